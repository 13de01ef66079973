//! Schemas of what is shown, made of the schemas of what is sent: the same members, with what only we set, and for each
//! secret whether it is there. So the two cannot drift apart.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ecluse_adapters::storage::config_db::SettingsBody;
use utoipa::{PartialSchema, ToSchema};

use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{AllOfBuilder, Ref, RefOr};

type Named = (String, RefOr<Schema>);

/// The schema of a body that has a `key` beside what it is stored with.
pub fn with_key(body: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut body)) = body else {
        return body;
    };
    let key =
        key("Your own name for it, unique among its kind; made of the name if it is left out.");
    body.properties.insert("key".to_owned(), key.into());
    RefOr::T(Schema::Object(body))
}

fn key(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-z0-9][a-z0-9_.-]{0,63}$"))
        .description(Some(description))
}

/// The schema `name` of what is shown of a resource's body, and the schemas of its parts that have secrets.
pub fn of(name: &str, body: &RefOr<Schema>, parts: &[Named]) -> Vec<Named> {
    let mut views = of_parts(name, body, parts);
    if let Some((_, RefOr::T(Schema::Object(view)))) = views.first_mut() {
        add_row(view);
    }
    views
}

/// What every row has.
fn add_row(view: &mut Object) {
    for (member, format) in [
        ("id", KnownFormat::Uuid),
        ("created_at", KnownFormat::DateTime),
        ("updated_at", KnownFormat::DateTime),
    ] {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(format)));
        view.properties.insert(member.to_owned(), text.into());
        view.required.push(member.to_owned());
    }
    view.required.push("key".to_owned());
}

/// As [`of`], without what rows have.
fn of_parts(name: &str, body: &RefOr<Schema>, parts: &[Named]) -> Vec<Named> {
    let mut shown_parts = BTreeMap::new();
    for (part, schema) in parts {
        if let RefOr::T(Schema::Object(object)) = schema
            && has_secrets(object)
        {
            shown_parts.insert(part.clone(), shown(object.clone()));
        }
    }
    let RefOr::T(Schema::Object(body)) = body else {
        return Vec::new();
    };
    let mut view = shown(body.clone());
    for property in view.properties.values_mut() {
        repoint(property, &shown_parts);
    }
    let mut named = vec![(name.to_owned(), RefOr::T(Schema::Object(view)))];
    named.extend(
        shown_parts
            .into_iter()
            .map(|(part, object)| (shown_name(&part), RefOr::T(Schema::Object(object)))),
    );
    named
}

fn shown_name(part: &str) -> String {
    format!("{part}Shown")
}

fn is_secret(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.write_only == Some(true))
}

fn has_secrets(object: &Object) -> bool {
    object.properties.values().any(is_secret)
}

/// Each secret becomes `has_…`.
fn shown(mut object: Object) -> Object {
    let secrets: Vec<String> = object
        .properties
        .iter()
        .filter(|(_, schema)| is_secret(schema))
        .map(|(name, _)| name.clone())
        .collect();
    for secret in secrets {
        object.properties.remove(&secret);
        object.required.retain(|name| *name != secret);
        let flag = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("Whether it is stored."));
        let name = format!("has_{secret}");
        object.required.push(name.clone());
        object.properties.insert(name, flag.into());
    }
    object
}

/// Lets references to a part with secrets point to what is shown of it.
fn repoint(schema: &mut RefOr<Schema>, parts: &BTreeMap<String, Object>) {
    match schema {
        RefOr::Ref(reference) => {
            let name = reference
                .ref_location
                .rsplit('/')
                .next()
                .unwrap_or_default();
            if parts.contains_key(name) {
                *reference = Ref::from_schema_name(shown_name(name));
            }
        }
        RefOr::T(Schema::OneOf(one_of)) => {
            one_of
                .items
                .iter_mut()
                .for_each(|item| repoint(item, parts));
        }
        RefOr::T(Schema::AllOf(all_of)) => {
            all_of
                .items
                .iter_mut()
                .for_each(|item| repoint(item, parts));
        }
        RefOr::T(_) => {}
    }
}

/// The settings as they are shown.
#[derive(Debug)]
pub struct Settings;

impl PartialSchema for Settings {
    fn schema() -> RefOr<Schema> {
        let mut parts = Vec::new();
        SettingsBody::schemas(&mut parts);
        let views = of_parts("Settings", &SettingsBody::schema(), &parts);
        views
            .into_iter()
            .next()
            .map_or_else(SettingsBody::schema, |(_, schema)| schema)
    }
}

impl ToSchema for Settings {
    fn name() -> Cow<'static, str> {
        "Settings".into()
    }

    fn schemas(schemas: &mut Vec<Named>) {
        let mut parts = Vec::new();
        SettingsBody::schemas(&mut parts);
        let views = of_parts("Settings", &SettingsBody::schema(), &parts);
        schemas.extend(views.into_iter().skip(1));
        schemas.extend(parts);
    }
}

/// A person just added: the person, and the link to hand out.
pub fn new_agent() -> RefOr<Schema> {
    let link = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "Where the person chooses a password; good for 7 days, once.",
        ));
    let link = ObjectBuilder::new()
        .property("invitation_url", link)
        .required("invitation_url");
    AllOfBuilder::new()
        .item(Ref::from_schema_name("Agent"))
        .item(link)
        .into()
}
