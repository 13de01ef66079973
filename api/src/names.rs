//! What everything is called, read once for each tenant and revision of the configuration.
//!
//! What must stay true: a tenant is answered with its own names only, however often another one has asked.

use std::collections::HashMap;
use std::sync::Arc;

use ecluse_adapters::storage::config_db::{ConfigDb, ConfigError, Names};
use ecluse_engine::ids::TenantId;
use parking_lot::Mutex;

/// The names of each tenant, and the revision of the configuration that they were read at.
type Known = HashMap<TenantId, (u64, Arc<Names>)>;

/// What everything is called, kept until the configuration changes.
#[derive(Clone, Debug)]
pub struct NameBook {
    config: ConfigDb,
    known: Arc<Mutex<Known>>,
}

impl NameBook {
    /// The names of `config`.
    #[must_use]
    pub fn new(config: ConfigDb) -> Self {
        Self {
            config,
            known: Arc::default(),
        }
    }

    /// The names of a tenant, as of now.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub async fn of(&self, tenant: TenantId) -> Result<Arc<Names>, ConfigError> {
        let revision = self.config.feed().current().revision;
        if let Some((at, names)) = self.known.lock().get(&tenant)
            && *at == revision
        {
            return Ok(Arc::clone(names));
        }
        let names = Arc::new(self.config.names(tenant).await?);
        let known = (revision, Arc::clone(&names));
        self.known.lock().insert(tenant, known);
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use ecluse_adapters::storage::config_db::{Editor, QueueDraft};
    use ecluse_engine::configuration::Strategy;
    use ecluse_engine::runtime::Clock;

    use super::*;

    async fn called(book: &NameBook, tenant: TenantId) -> Vec<String> {
        let names = book.of(tenant).await.unwrap();
        names.queues.values().cloned().collect()
    }

    #[tokio::test]
    async fn a_tenant_hears_its_own_names_whoever_asked_before() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let config = ConfigDb::open(directory.path(), None, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let book = NameBook::new(config.clone());
        let (ours, stranger) = (Editor::system(TenantId::DEFAULT), TenantId(2));
        for name in ["Support", "Verkauf"] {
            let queue = QueueDraft::new(name, Strategy::Manual);
            config.create_queue(&ours, queue).await.unwrap();
            for _ in 0..2 {
                let told = called(&book, ours.tenant).await;
                assert!(
                    told.contains(&name.to_owned()),
                    "a change is seen: {told:?}"
                );
                assert!(called(&book, stranger).await.is_empty());
            }
        }
    }
}
