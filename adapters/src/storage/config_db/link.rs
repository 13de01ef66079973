//! What points to what: a target must exist, and stays as long as somebody points to it.

use uuid::Uuid;

use super::audit::Resource;
use super::violation::InTheWay;
use super::{Change, ConfigError, Violation, from_word, sql, word};

/// One pointer of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The field that holds it, as in `destination.queue`.
    pub field: String,
    pub kind: Resource,
    pub target: Uuid,
}

impl Link {
    /// A pointer from a field.
    pub fn new(field: impl Into<String>, kind: Resource, target: Uuid) -> Self {
        Self {
            field: field.into(),
            kind,
            target,
        }
    }

    fn violation(self) -> Violation {
        let kind = word(&self.kind);
        let (code, message) = match self.kind {
            Resource::Queue => ("unknown_queue", "there is no such queue"),
            Resource::Chatbot => ("unknown_chatbot", "there is no such chatbot"),
            Resource::Form => ("unknown_form", "there is no such form"),
            Resource::SmsTrunk => ("unknown_sms_trunk", "there is no such SMS trunk"),
            Resource::Agent => ("unknown_agent", "there is no such agent"),
            _ => unreachable!("nothing points to a {kind}"),
        };
        Violation::new(self.field, code, message)
    }
}

impl Change {
    /// A violation for each pointer to what does not exist.
    pub(super) async fn dangling(&mut self, links: &[Link]) -> Result<Vec<Violation>, ConfigError> {
        let mut violations = Vec::new();
        for link in links {
            let statement = match link.kind {
                Resource::Queue => sql::QUEUE_EXISTS,
                Resource::Agent => sql::PERSON_EXISTS,
                _ => sql::DOCUMENT_EXISTS,
            };
            let count: i64 = sqlx::query_scalar(statement)
                .bind(self.tenant().0)
                .bind(link.target)
                .bind(word(&link.kind))
                .fetch_one(self.conn())
                .await?;
            if count == 0 {
                violations.push(link.clone().violation());
            }
        }
        Ok(violations)
    }

    /// Replaces the pointers of a resource; a new one has none before.
    pub(super) async fn store_links(
        &mut self,
        (kind, source): (Resource, Uuid),
        before: Option<&[Link]>,
        links: &[Link],
    ) -> Result<(), ConfigError> {
        if before == Some(links) {
            return Ok(());
        }
        if before.is_some_and(|before| !before.is_empty()) {
            sqlx::query(sql::LINKS_CLEAR)
                .bind(source)
                .execute(self.conn())
                .await?;
        }
        for link in links {
            sqlx::query(sql::LINK_ADD)
                .bind(source)
                .bind(word(&kind))
                .bind(link.target)
                .bind(self.tenant().0)
                .execute(self.conn())
                .await?;
        }
        Ok(())
    }

    /// Refuses to delete what others point to.
    pub(super) async fn refuse_if_linked(
        &mut self,
        what: Resource,
        target: Uuid,
    ) -> Result<(), ConfigError> {
        let rows: Vec<(String, Uuid, Option<String>)> = sqlx::query_as(sql::LINKS_TO)
            .bind(self.tenant().0)
            .bind(target)
            .fetch_all(self.conn())
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        let named = |(kind, id, name): (String, Uuid, Option<String>)| {
            Ok(InTheWay {
                kind: from_word("link", &kind)?,
                id,
                name: name.unwrap_or_default(),
            })
        };
        let by: Result<_, ConfigError> = rows.into_iter().map(named).collect();
        Err(ConfigError::InUse { what, by: by? })
    }
}
