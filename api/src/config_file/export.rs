//! A tenant's configuration as documents.

use std::collections::HashMap;

use ecluse_adapters::storage::config_db::{MAIL_PASSWORD, Page};
use ecluse_engine::ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::references::visit;
use crate::error::ApiError;
use crate::resources::{Kind, Record, Services, strip};
use crate::routes::settings;

const BATCH: u32 = 500;

/// Every document of the tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfigDocuments)]
pub struct Exported {
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Value>,
    /// What is kept and is in no document.
    pub secrets: Vec<KeptSecrets>,
}

/// The secrets of one resource that its document does not have.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigSecrets)]
pub struct KeptSecrets {
    pub resource: String,
    /// Empty for the settings.
    pub key: String,
    pub fields: Vec<String>,
}

/// Every document of a tenant, in an order in which what is pointed to comes first. Secrets are not in it: applied to the
/// same server, they are kept.
///
/// # Errors
/// The configuration cannot be read.
pub async fn export(services: &Services, tenant: TenantId) -> Result<Exported, ApiError> {
    let mut keys: HashMap<String, Value> = HashMap::new();
    let (settings, mut secrets) = settings_document(services, tenant).await?;
    let mut documents = vec![settings];
    for kind in Kind::ALL {
        for record in all(services, kind, tenant).await? {
            if is_about_to_go(&record) {
                continue;
            }
            secrets.extend(KeptSecrets::of(kind.as_str(), &record));
            let mut shown = record.shown(services);
            keys.insert(shown.id.to_string(), shown.body["key"].clone());
            strip(&mut shown.body, kind.read_only());
            visit(kind, &mut shown.body, &mut |_, _, pointer| {
                let key = pointer.as_str().and_then(|id| keys.get(id));
                if let Some(key) = key {
                    *pointer = key.clone();
                }
            });
            documents.push(document(kind.as_str(), shown.body));
        }
    }
    Ok(Exported { documents, secrets })
}

impl KeptSecrets {
    fn of(resource: &str, record: &Record) -> Option<Self> {
        let fields = record.secret_fields();
        (!fields.is_empty()).then(|| Self {
            resource: resource.to_owned(),
            key: record.key().to_owned(),
            fields,
        })
    }
}

/// A channel that is deleted at the end of the month is not wanted any more; a file that had it would take that back.
fn is_about_to_go(record: &Record) -> bool {
    match record {
        Record::Channel(channel) => channel.pending_deletion_until.is_some(),
        _ => false,
    }
}

async fn settings_document(
    services: &Services,
    tenant: TenantId,
) -> Result<(Value, Vec<KeptSecrets>), ApiError> {
    let mut shown = settings::read(services, tenant).await?.body;
    let password = KeptSecrets {
        resource: "settings".to_owned(),
        key: String::new(),
        fields: vec![MAIL_PASSWORD.to_owned()],
    };
    let is_kept = shown["mail"]["has_password"] == true;
    strip(&mut shown, settings::READ_ONLY);
    if settings::has_fixed_url(services, tenant) {
        strip(&mut shown, &["public_url"]);
    }
    let secrets = Some(password).filter(|_| is_kept);
    Ok((document("settings", shown), secrets.into_iter().collect()))
}

fn document(resource: &str, body: Value) -> Value {
    let mut document = Map::new();
    document.insert("resource".to_owned(), Value::String(resource.to_owned()));
    if let Value::Object(members) = body {
        document.extend(members);
    }
    Value::Object(document)
}

/// Every record of a kind, in the order of their creation.
pub(crate) async fn all(
    services: &Services,
    kind: Kind,
    tenant: TenantId,
) -> Result<Vec<Record>, ApiError> {
    let mut page = Page {
        after: None,
        limit: BATCH,
    };
    let mut records = Vec::new();
    loop {
        let batch = services.records(kind, tenant, page).await?;
        page.after = batch.last().map(Record::id);
        let is_last = batch.len() < BATCH as usize;
        records.extend(batch);
        if is_last {
            return Ok(records);
        }
    }
}
