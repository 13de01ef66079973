//! Tenants and their licences, which belong to whoever administers the platform.
//!
//! What must stay true: a tenant's name and its licence are changed together or not at all; the licence's change is recorded
//! in the tenant's own audit trail.

use std::collections::BTreeSet;

use ecluse_adapters::storage::config_db::{LicenceBody, TenantRecord};
use ecluse_engine::ids::TenantId;
use ecluse_engine::tenant::{Licence, Module};
use futures_util::FutureExt as _;
use serde_json::Value;

use super::{Listed, Mine, Shown, json, record, whole};
use crate::auth::PlatformOnly;
use crate::error::{ApiError, FieldError, parse_value};
use crate::routes::tenants::TenantView;

const MODULES: [Module; 2] = [Module::Omnichannel, Module::CustomerSurvey];

impl Mine {
    pub(super) fn platform(&self) -> Result<PlatformOnly, ApiError> {
        match self.caller.is_of_the_platform() {
            true => Ok(PlatformOnly(self.caller.clone())),
            false => Err(ApiError::Forbidden),
        }
    }

    pub(super) async fn tenants(&self) -> Result<Listed, ApiError> {
        self.platform()?;
        let tenants = self.services.db.tenants().await?.into_iter();
        Ok(whole(tenants.map(shown_tenant)))
    }

    /// A tenant with its licence. Every module is named, also those of a licence that has all.
    pub(super) async fn tenant(&self, id: &str) -> Result<Shown, ApiError> {
        self.platform()?;
        let (db, id) = (&self.services.db, tenant_id(id)?);
        let tenant = db.tenant(id).await?.ok_or(ApiError::NotFound)?;
        let mut licence = db.licence(id).await?;
        licence.modules.get_or_insert_with(all_modules);
        let mut shown = shown_tenant(tenant);
        shown.body["licence"] = json(&licence);
        Ok(shown)
    }

    pub(super) async fn replace_tenant(
        &self,
        id: &str,
        expected: Option<u64>,
        body: Value,
    ) -> Result<Shown, ApiError> {
        let (editor, tenant) = (self.platform()?.0.editor(), tenant_id(id)?);
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        let licence = licence(&body["licence"])?;
        let before = self.services.db.licence(tenant).await?;
        let work = self.services.db.change(&editor, move |change| {
            async move {
                change.rename_tenant(tenant, expected, name).await?;
                if licence != before {
                    let change = change.in_tenant(tenant);
                    let put = change.put_only_document(None, LicenceBody(licence)).await;
                    put.map_err(|error| error.below("licence"))?;
                }
                Ok::<_, ApiError>(())
            }
            .boxed()
        });
        work.await?;
        self.tenant(id).await
    }
}

fn shown_tenant(tenant: TenantRecord) -> Shown {
    Shown {
        revision: tenant.revision,
        ..record(json(&TenantView::from(tenant)))
    }
}

fn tenant_id(id: &str) -> Result<TenantId, ApiError> {
    id.parse().map(TenantId).map_err(|_| ApiError::NotFound)
}

fn all_modules() -> BTreeSet<Module> {
    MODULES.into_iter().collect()
}

/// The licence of a form: who has every module also has those to come.
fn licence(typed: &Value) -> Result<Licence, ApiError> {
    let read = match typed {
        Value::Null => Ok(Licence::default()),
        typed => parse_value::<Licence>(typed),
    };
    let mut licence = read.map_err(below_licence)?;
    let modules = licence.modules.unwrap_or_default();
    licence.modules = (modules != all_modules()).then_some(modules);
    Ok(licence)
}

fn below_licence(error: ApiError) -> ApiError {
    let below = |error: FieldError| {
        let field = format!("licence.{}", error.field);
        error.at(field)
    };
    match error {
        ApiError::Validation(errors) => {
            ApiError::Validation(errors.into_iter().map(below).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_licence_with_every_module_has_those_to_come() {
        let all = json!({ "modules": ["customer_survey", "omnichannel"], "channels_max": 3 });
        let read = licence(&all).unwrap();
        assert_eq!((read.modules, read.channels_max), (None, Some(3)));
        let none = licence(&json!({ "modules": [] })).unwrap();
        assert_eq!(none.modules, Some(BTreeSet::new()));
    }

    #[test]
    fn what_is_refused_is_named_as_the_form_has_it() {
        let Err(ApiError::Validation(errors)) = licence(&json!({ "agent_seats": -1 })) else {
            panic!("a licence of less than nobody");
        };
        assert_eq!(errors[0].field, "licence.agent_seats");
    }
}
