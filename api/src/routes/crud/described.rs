//! The operations of [`Crud`] in the API's document.

use utoipa::ToSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    OperationBuilder, ParameterBuilder, ParameterIn, PathItemBuilder, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{
    Content, ContentBuilder, HttpMethod, Ref, RefOr, Required, Response, ResponseBuilder,
};
use utoipa_actix_web::OpenApiFactory;

use super::super::common::CURSOR_PATTERN;
use super::{CHANNEL_KINDS, CHANNEL_STATES, Crud};
use crate::openapi::{examples, views};
use crate::resources::{
    AgentBody, AgentView, ChannelBody, ChannelView, Kind, QueueBody, QueueView,
};
use ecluse_adapters::storage::config_db::{ChatbotBody, FormBody, SmsTrunkBody};

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The words of one kind.
struct Words {
    /// With its article.
    one: &'static str,
    many: &'static str,
    /// The schema of what is shown.
    view: &'static str,
    /// The schema of what is sent.
    body: &'static str,
    /// Why a change may be a conflict.
    conflicts: &'static str,
    /// What a deletion does.
    deletion: &'static str,
}

const fn words(kind: Kind) -> Words {
    match kind {
        Kind::Channel => Words {
            one: "a channel",
            many: "channels",
            view: "Channel",
            body: "ChannelBody",
            conflicts: "`channel_deleted`, `licence`; `sign_on_gone`, `sign_on_unfinished`: of a channel that names a sign-on",
            deletion: "It gives up its address and its secrets; its conversations are closed and its history stays. A \
                WhatsApp channel works on until the end of the month, in the tenant's time zone, and can be reactivated \
                until then: it is answered with 202 and the date.",
        },
        Kind::Queue => Words {
            one: "a queue",
            many: "queues",
            view: "Queue",
            body: "QueueBody",
            conflicts: "`in_use`: something points to it, which `references` lists; `queue_not_empty`: \
                conversations are open in it, as many as `open_conversations` says",
            deletion: "Refused while a channel or a chatbot points to it, or conversations are open in it.",
        },
        Kind::Chatbot => Words {
            one: "a chatbot",
            many: "chatbots",
            view: "Chatbot",
            body: "ChatbotBody",
            conflicts: "`in_use`: a channel points to it, which `references` lists",
            deletion: "Refused while a channel points to it.",
        },
        Kind::Form => Words {
            one: "a form",
            many: "forms",
            view: "Form",
            body: "FormBody",
            conflicts: "`in_use`: a channel points to it, which `references` lists",
            deletion: "Refused while a channel points to it.",
        },
        Kind::SmsTrunk => Words {
            one: "an SMS trunk",
            many: "SMS trunks",
            view: "SmsTrunk",
            body: "SmsTrunkBody",
            conflicts: "`in_use`: a channel points to it, which `references` lists",
            deletion: "Refused while a channel points to it.",
        },
        Kind::Agent => Words {
            one: "a person",
            many: "people",
            view: "Agent",
            body: "AgentBody",
            conflicts: "`agent_logged_in`, `agent_has_conversations`: these are open, and `conversations` lists them; \
                `last_administrator`, `licence`",
            deletion: "For good: sessions and memberships end. Refused while the person is at work at the desk, or has \
                conversations that are open.",
        },
    }
}

impl OpenApiFactory for Crud {
    fn paths(&self) -> Paths {
        let Words { one, many, .. } = words(self.0);
        let collection = PathItemBuilder::new()
            .operation(HttpMethod::Get, self.list(many))
            .operation(HttpMethod::Post, self.create(one));
        let item = PathItemBuilder::new()
            .operation(HttpMethod::Get, self.show(one))
            .operation(HttpMethod::Put, self.replace(one))
            .operation(HttpMethod::Patch, self.patch(one))
            .operation(HttpMethod::Delete, self.delete(one));
        PathsBuilder::new()
            .path(format!("/{}", self.0.path()), collection.build())
            .path(format!("/{}/{{id}}", self.0.path()), item.build())
            .build()
    }

    fn schemas(&self, schemas: &mut Vec<(String, RefOr<Schema>)>) {
        match self.0 {
            Kind::Channel => both::<ChannelView, ChannelBody>(schemas),
            Kind::Queue => both::<QueueView, QueueBody>(schemas),
            Kind::Agent => {
                both::<AgentView, AgentBody>(schemas);
                schemas.push(("NewAgent".to_owned(), views::new_agent()));
            }
            Kind::Chatbot => shown_as_stored::<ChatbotBody>("Chatbot", schemas),
            Kind::Form => shown_as_stored::<FormBody>("Form", schemas),
            Kind::SmsTrunk => shown_as_stored::<SmsTrunkBody>("SmsTrunk", schemas),
        }
    }
}

fn both<V: ToSchema, B: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    for (name, schema) in [(V::name(), V::schema()), (B::name(), B::schema())] {
        schemas.push((name.into_owned(), schema));
    }
    V::schemas(schemas);
    B::schemas(schemas);
}

/// The body's schema with `key`, and the schema of what is shown of it.
fn shown_as_stored<B: ToSchema>(view: &str, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    let mut parts = Vec::new();
    B::schemas(&mut parts);
    let body = views::with_key(B::schema());
    schemas.extend(views::of(view, &body, &parts));
    schemas.push((B::name().into_owned(), body));
    schemas.extend(parts);
}

impl Crud {
    fn operation(self, id: &str, summary: String) -> OperationBuilder {
        OperationBuilder::new()
            .tag(self.0.path())
            .operation_id(Some(id))
            .summary(Some(summary))
            .response("401", problem("`unauthenticated`"))
    }

    fn view(self) -> Ref {
        Ref::from_schema_name(words(self.0).view)
    }

    fn body(self) -> RequestBodyBuilder {
        let body = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(words(self.0).body)))
            .example(Some(examples::of(self.0)))
            .build();
        RequestBodyBuilder::new()
            .content(JSON, body)
            .required(Some(Required::True))
    }

    fn list(self, many: &str) -> OperationBuilder {
        let page = ObjectBuilder::new()
            .property("items", ArrayBuilder::new().items(self.view()))
            .required("items")
            .property(
                "next_cursor",
                nullable_text("Send it as `cursor` for the next page; `null` at the end."),
            )
            .required("next_cursor");
        let listed = ResponseBuilder::new()
            .description(format!("A page of {many}, oldest first"))
            .content(JSON, Content::new(Some(page)));
        let mut operation = self
            .operation("list", format!("List the {many}"))
            .parameter(query("limit", limit(), "How many items, 1 to 200."))
            .parameter(query(
                "cursor",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(CURSOR_PATTERN)),
                "The `next_cursor` of the page before; empty is the first page.",
            ))
            .parameter(query("q", text(), self.searched()))
            .parameter(query("key", text(), "The author's own name for it."));
        if self.0 == Kind::Channel {
            operation = operation
                .parameter(query("kind", one_of(&CHANNEL_KINDS), "Only of this kind."))
                .parameter(query(
                    "state",
                    one_of(&CHANNEL_STATES),
                    "Only in this state.",
                ));
        }
        operation
            .response("200", listed)
            .response("403", problem("`forbidden`: needs a supervisor"))
            .response("422", problem("`validation`"))
    }

    const fn searched(self) -> &'static str {
        match self.0 {
            Kind::Channel => {
                "Words of the name, the key, the address or its readable form, and the name of the queue or chatbot."
            }
            _ => "A part of the name, the key or the address.",
        }
    }

    fn create(self, one: &str) -> OperationBuilder {
        let made = match self.0 {
            Kind::Agent => Ref::from_schema_name("NewAgent"),
            _ => self.view(),
        };
        let created = ResponseBuilder::new()
            .description("Added")
            .content(JSON, Content::new(Some(made)))
            .header("ETag", HeaderBuilder::new().schema(Some(text())).build())
            .header(
                "Location",
                HeaderBuilder::new().schema(Some(text())).build(),
            );
        self.operation("create", format!("Add {one}"))
            .parameter(
                ParameterBuilder::new()
                    .name("Idempotency-Key")
                    .parameter_in(ParameterIn::Header)
                    .description(Some("Sent again within a day with the same body, the same answer is given and nothing is added."))
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255)).pattern(Some("^[!-~]+$")))),
            )
            .request_body(Some(self.body().build()))
            .response("201", created)
            .response("403", problem("`forbidden`: needs an administrator; `csrf`"))
            .response("409", problem("`idempotency_key_used`, `licence`"))
            .response("422", problem("`validation`"))
    }

    fn show(self, one: &str) -> OperationBuilder {
        self.operation("show", format!("Read {one}"))
            .parameter(id())
            .response("200", self.resource("As it is configured"))
            .response("403", problem("`forbidden`: needs a supervisor"))
            .response("404", problem("`not_found`"))
    }

    fn replace(self, one: &str) -> OperationBuilder {
        self.change("change", format!("Replace {one}'s configuration"))
            .description(Some("Acts at once. What GET shows can be sent back as it is; secrets that are left out are kept."))
            .request_body(Some(self.body().build()))
    }

    fn patch(self, one: &str) -> OperationBuilder {
        let patch = ObjectBuilder::new()
            .description(Some(
                "The members that change; `null` takes one away, and forgets a secret.",
            ))
            .build();
        let body = RequestBodyBuilder::new()
            .content(MERGE_PATCH, Content::new(Some(Schema::Object(patch))))
            .required(Some(Required::True));
        self.change("patch", format!("Change some of {one}'s configuration"))
            .description(Some("A merge patch (RFC 7396) of what GET shows."))
            .request_body(Some(body.build()))
    }

    fn change(self, id_: &str, summary: String) -> OperationBuilder {
        self.operation(id_, summary)
            .parameter(id())
            .parameter(if_match())
            .response("200", self.resource("As it is now"))
            .response(
                "403",
                problem("`forbidden`: needs an administrator; `csrf`"),
            )
            .response("404", problem("`not_found`"))
            .response("409", problem(words(self.0).conflicts))
            .response("412", problem("`precondition_failed`: changed meanwhile"))
            .response("422", problem("`validation`"))
            .response("428", problem("`precondition_required`"))
    }

    fn delete(self, one: &str) -> OperationBuilder {
        let Words {
            deletion,
            conflicts,
            ..
        } = words(self.0);
        let mut operation = self
            .operation("remove", format!("Delete {one}"))
            .description(Some(deletion))
            .parameter(id())
            .parameter(if_match())
            .response("204", ResponseBuilder::new().description("Deleted"))
            .response(
                "403",
                problem("`forbidden`: needs an administrator; `csrf`"),
            )
            .response("404", problem("`not_found`"))
            .response("409", problem(conflicts))
            .response("412", problem("`precondition_failed`: changed meanwhile"))
            .response("428", problem("`precondition_required`"));
        if self.0 == Kind::Channel {
            operation = operation.response("202", self.resource("Deleted at the end of the month"));
        }
        operation
    }

    fn resource(self, description: &str) -> ResponseBuilder {
        ResponseBuilder::new()
            .description(description)
            .content(JSON, Content::new(Some(self.view())))
            .header("ETag", HeaderBuilder::new().schema(Some(text())).build())
    }
}

fn problem(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(JSON, Content::new(Some(Ref::from_schema_name("Problem"))))
        .build()
}

fn id() -> ParameterBuilder {
    let uuid = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(uuid))
}

fn if_match() -> ParameterBuilder {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("The ETag that was read, or `*`"))
        .schema(Some(text()))
}

fn query(name: &str, schema: ObjectBuilder, description: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(description))
        .schema(Some(schema))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn nullable_text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(description))
}

fn limit() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(200))
        .default(Some(serde_json::json!(50)))
}

fn one_of(words: &[&str]) -> ObjectBuilder {
    text().enum_values(Some(words.iter().copied()))
}
