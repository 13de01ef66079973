//! What every kind of configuration does alike: list, add, read, replace, patch, delete. One set of handlers for all of
//! them; [`described`] has their part of the API's document.

mod described;

use std::collections::HashMap;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::header::ETAG;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{IfMatch, List, PATCH_TRIES, PageQuery, etag, shown};
use super::once::{Added, Once};
use crate::auth::{AdministratorOnly, Principal, SupervisorUp};
use crate::config_file::all;
use crate::connect::Asking;
use crate::console::address::readable;
use crate::error::{ApiError, Asked, Query, no_route};
use crate::resources::{
    Draft, Kind, Place, Put, Services, Shown, finds_channel, merge_shown, remove_unless_busy, strip,
};

/// The operations of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Crud(pub Kind);

/// Mounts every kind.
pub fn configure(config: &mut ServiceConfig<'_>) {
    for kind in Kind::ALL {
        config.service(Crud(kind));
    }
}

impl HttpServiceFactory for Crud {
    fn register(self, config: &mut AppService) {
        let kind = self.0;
        let collection = web::resource(format!("/{}", kind.path()))
            .route(
                web::get().to(move |caller, services, query| list(kind, caller, services, query)),
            )
            .route(
                web::post()
                    .to(move |request, services, asked| create(kind, request, services, asked)),
            );
        let item = web::resource(format!("/{}/{{id}}", kind.path()))
            .route(web::get().to(move |caller, services, id| show(kind, caller, services, id)))
            .route(web::put().to(move |services, id, expected, asked| {
                replace(kind, services, id, expected, asked)
            }))
            .route(web::patch().to(move |services, id, expected, asked| {
                patch(kind, services, id, expected, asked)
            }))
            .route(web::delete().to(move |caller, services, id, expected| {
                delete(kind, caller, services, id, expected)
            }));
        // A wrong method is told like everywhere else.
        collection
            .default_service(web::to(no_route))
            .register(config);
        item.default_service(web::to(no_route)).register(config);
    }
}

/// Which resources of a list are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
    /// A part of the name, the key or the address; of channels, what [`finds_channel`] finds.
    q: Option<String>,
    /// The author's own name.
    key: Option<String>,
    /// Of channels: their kind.
    kind: Option<String>,
    /// Of channels: their state.
    state: Option<String>,
}

/// What channels can be asked for by.
const CHANNEL_KINDS: [&str; 5] = ["live_chat", "sms", "email", "facebook", "whatsapp"];
const CHANNEL_STATES: [&str; 4] = ["active", "degraded", "sign_in_required", "pending_deletion"];

impl ListQuery {
    /// # Errors
    /// No such kind or state.
    fn check(&self) -> Result<(), ApiError> {
        one_of("kind", self.kind.as_deref(), &CHANNEL_KINDS)?;
        one_of("state", self.state.as_deref(), &CHANNEL_STATES)
    }

    fn fits(&self, kind: Kind, shown: &Shown, names: &Names) -> bool {
        let is = |member: &str, wanted: &Option<String>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| shown.body[member].as_str() == Some(wanted))
        };
        is("key", &self.key)
            && is("kind", &self.kind)
            && self.is_in_state(shown)
            && self.found_in(kind, shown, names)
    }

    /// A channel that is deleted at the end of the month may need a person besides.
    fn is_in_state(&self, shown: &Shown) -> bool {
        let states = [&shown.body["state"], &shown.body["health"]["state"]];
        self.state
            .as_deref()
            .is_none_or(|wanted| states.iter().any(|state| state.as_str() == Some(wanted)))
    }

    fn found_in(&self, kind: Kind, shown: &Shown, names: &Names) -> bool {
        let Some(search) = self.q.as_deref() else {
            return true;
        };
        if kind == Kind::Channel {
            return finds_channel(search, &shown.body, names.leads_to(&shown.body));
        }
        let part = search.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&part);
        ["name", "key", "address", "email", "number"]
            .iter()
            .any(|member| {
                let text = shown.body[*member].as_str().unwrap_or_default();
                has(text) || has(&readable(text))
            })
    }
}

/// What queues and chatbots are called, by their ids.
#[derive(Debug, Default)]
struct Names(HashMap<String, String>);

impl Names {
    async fn read(services: &Services, tenant: TenantId) -> Result<Self, ApiError> {
        let mut names = HashMap::new();
        for kind in [Kind::Queue, Kind::Chatbot] {
            for record in all(services, kind, tenant).await? {
                let Shown { id, body, .. } = record.shown(services);
                let name = body["name"].as_str().unwrap_or_default();
                names.insert(id.to_string(), name.to_owned());
            }
        }
        Ok(Self(names))
    }

    /// The name of where a channel leads.
    fn leads_to(&self, channel: &Value) -> Option<&str> {
        let destination = channel["destination"].as_object()?.values().next()?;
        self.0.get(destination.as_str()?).map(String::as_str)
    }
}

fn one_of(field: &str, asked: Option<&str>, known: &[&str]) -> Result<(), ApiError> {
    match asked {
        Some(asked) if !known.contains(&asked) => {
            let message = format!("must be one of {}", known.join(", "));
            Err(ApiError::field(field, "invalid", &message))
        }
        Some(_) | None => Ok(()),
    }
}

async fn list(
    kind: Kind,
    caller: SupervisorUp,
    services: Data<Services>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    query.check()?;
    let page = PageQuery::new(query.limit, query.cursor.clone()).page()?;
    let wanted = page.limit as usize;
    let names = match query.q {
        Some(_) if kind == Kind::Channel => Names::read(&services, caller.0.tenant).await?,
        _ => Names::default(),
    };
    let (mut found, mut next) = (Vec::new(), page);
    loop {
        let records = services.records(kind, caller.0.tenant, next).await?;
        let is_last = records.len() < next.limit as usize;
        next.after = records.last().map(crate::resources::Record::id);
        let shown = records.into_iter().map(|record| record.shown(&services));
        found.extend(shown.filter(|shown| query.fits(kind, shown, &names)));
        if is_last || found.len() >= wanted {
            break;
        }
    }
    let list = List::of(page, found, |shown| shown.id, |shown| shown.body);
    Ok(HttpResponse::Ok().json(list))
}

async fn show(
    kind: Kind,
    caller: SupervisorUp,
    services: Data<Services>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let record = services.record(kind, caller.0.tenant, *id).await?;
    Ok(answer(record.shown(&services)))
}

fn answer(Shown { body, revision, .. }: Shown) -> HttpResponse {
    shown(&body, revision)
}

fn added(kind: Kind, put: Put, services: &Services) -> Added {
    let invitation = put.invitation.map(|token| services.auth.link_url(&token));
    let Shown {
        id,
        revision,
        mut body,
    } = put.record.shown(services);
    if let (Some(url), Value::Object(members)) = (invitation, &mut body) {
        members.insert("invitation_url".to_owned(), Value::String(url));
    }
    Added {
        revision: Some(revision),
        place: Some(format!("/api/v1/{}/{id}", kind.path())),
        body,
    }
}

async fn create(
    kind: Kind,
    request: HttpRequest,
    services: Data<Services>,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let once = Once::of(&request, &caller.0, kind.path(), &body)?;
    if let Some(answer) = once.before(&services.db).await? {
        return Ok(answer);
    }
    let asking = Asking {
        tenant: caller.0.tenant,
        id: None,
        expected: None,
    };
    let draft = match Draft::or_refusals(kind, &services, asking, body).await {
        Ok(draft) => draft,
        Err(error) => return once.answered_meanwhile(&services.db, error).await,
    };
    let inner = services.get_ref().clone();
    let done = once.add(&services.db, move |change| {
        async move { Ok(added(kind, draft.put(change, None).await?, &inner)) }.boxed()
    });
    done.await
}

async fn replace(
    kind: Kind,
    services: Data<Services>,
    id: Path<Uuid>,
    expected: IfMatch,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let at = Place {
        id: *id,
        expected: expected.revision()?,
    };
    Ok(answer(put(kind, &services, &caller.0, at, body).await?))
}

async fn put(
    kind: Kind,
    services: &Services,
    caller: &Principal,
    at: Place,
    body: Value,
) -> Result<Shown, ApiError> {
    // Whoever may not see it learns that first, and a stale editor before what is wrong with the rest.
    let stored = services.record(kind, caller.tenant, at.id).await?;
    if at
        .expected
        .is_some_and(|expected| expected != stored.revision())
    {
        return Err(ApiError::PreconditionFailed);
    }
    let asking = Asking {
        tenant: caller.tenant,
        id: Some(at.id),
        expected: at.expected,
    };
    let draft = Draft::or_refusals(kind, services, asking, body).await?;
    let (editor, inner) = (caller.editor(), services.clone());
    let work = services.db.change(&editor, move |change| {
        draft.put_over(change, inner, at).boxed()
    });
    Ok(work.await?.record.shown(services))
}

async fn patch(
    kind: Kind,
    services: Data<Services>,
    id: Path<Uuid>,
    expected: IfMatch,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let expected = expected.revision()?;
    let mut tries = 0;
    loop {
        tries += 1;
        let stored = services.record(kind, caller.0.tenant, *id).await?;
        let mut whole = stored.shown(&services);
        if expected.is_some_and(|expected| expected != whole.revision) {
            return Err(ApiError::PreconditionFailed);
        }
        strip(&mut whole.body, kind.read_only());
        merge_shown(&mut whole.body, body.clone(), kind.secrets());
        let at = Place {
            id: *id,
            expected: Some(whole.revision),
        };
        match put(kind, &services, &caller.0, at, whole.body).await {
            Err(ApiError::PreconditionFailed) if expected.is_none() && tries < PATCH_TRIES => {
                services.db.settle().await?;
            }
            done => return Ok(answer(done?)),
        }
    }
}

async fn delete(
    kind: Kind,
    caller: AdministratorOnly,
    services: Data<Services>,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let at = Place {
        id: *id,
        expected: expected.revision()?,
    };
    let left = remove_unless_busy(&services, &caller.0.editor(), kind, at).await?;
    Ok(match left {
        Some(record) => {
            let Shown { body, revision, .. } = record.shown(&services);
            HttpResponse::Accepted()
                .insert_header((ETAG, etag(revision)))
                .json(body)
        }
        None => HttpResponse::NoContent().finish(),
    })
}
