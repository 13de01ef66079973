//! What one channel alone may hold: domains, numbers, mailboxes, pages.
//!
//! What must stay true: an address has one scope, the tenant's or the deployment's, so that the table's key keeps it unique.

use ecluse_engine::ids::TenantId;

use super::domain::Domain;

/// An address that one channel holds.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) scope: String,
    pub(super) address: String,
    pub(super) field: String,
}

impl Claim {
    /// Scope and address, as the table has them.
    pub(super) fn place(&self) -> (&str, &str) {
        (&self.scope, &self.address)
    }

    /// Scope and address in one, as rosters have them.
    pub(super) fn held(&self) -> String {
        format!("{} {}", self.scope, self.address)
    }

    fn of_tenant(tenant: TenantId, scope: &str, address: &str, field: String) -> Self {
        Self {
            scope: format!("{scope}/{}", tenant.0),
            address: address.to_owned(),
            field,
        }
    }

    /// One that no other tenant's channel may hold either.
    pub(super) fn deployment_wide(field: &str, address: &str) -> Self {
        Self {
            scope: field.to_owned(),
            address: address.to_owned(),
            field: field.to_owned(),
        }
    }

    pub(super) fn domain(tenant: TenantId, index: usize, domain: &Domain) -> Self {
        let field = format!("live_chat.domains[{index}]");
        Self::of_tenant(tenant, "live_chat.domain", &domain.to_string(), field)
    }

    pub(super) fn sms_number(tenant: TenantId, number: &str) -> Self {
        Self::of_tenant(tenant, "sms.number", number, "sms.number".to_owned())
    }

    pub(super) fn mailbox(tenant: TenantId, address: &str) -> Self {
        let field = "email.address".to_owned();
        Self::of_tenant(tenant, "email.address", address, field)
    }

    pub(super) fn page(id: &str) -> Self {
        Self::deployment_wide("facebook.page_id", id)
    }

    pub(super) fn whatsapp(number: Option<&str>, id: Option<&str>) -> Vec<Self> {
        let number = number.map(|number| Self::deployment_wide("whatsapp.number", number));
        let id = id.map(|id| Self::deployment_wide("whatsapp.phone_number_id", id));
        number.into_iter().chain(id).collect()
    }
}
