//! Whether a change changes anything: what is shown before and after it, and digests of secrets.
//!
//! What must stay true: what changes nothing is taken back, and keeps its revision, its times and the trail as they are.

use ecluse_adapters::storage::config_db::{
    Change, ConfigError, Document, DocumentRecord, SecretName,
};
use futures_util::FutureExt as _;
use serde_json::Value;

use super::{Draft, Kind, Place, Put, Record, Services, strip, value};

/// What only a change itself or time makes another.
const OF_TIME: &[&str] = &["updated_at", "health.last_worked_at"];

/// A resource as it can be compared.
pub(crate) struct Seen {
    pub(crate) view: Value,
    digests: Vec<(String, [u8; 32])>,
}

impl Seen {
    pub(crate) async fn of(
        part: &mut Change,
        services: &Services,
        kind: Kind,
        record: Record,
    ) -> Result<Self, ConfigError> {
        let digests = match record.has_secrets() {
            true => part.secret_digests(kind.resource(), record.id()).await?,
            false => Vec::new(),
        };
        let view = record.shown(services).body;
        Ok(Self { view, digests })
    }

    /// The only document of its kind, which is the usual one where there is none yet.
    pub(crate) async fn of_only<D: Document + Default>(
        part: &mut Change,
        record: Option<&DocumentRecord<D>>,
    ) -> Result<Self, ConfigError> {
        let Some(record) = record else {
            return Ok(Self {
                view: value(&D::default()),
                digests: Vec::new(),
            });
        };
        Ok(Self {
            view: value(&record.body),
            digests: part.secret_digests(D::KIND, record.id).await?,
        })
    }

    /// The secrets that are others than before.
    pub(crate) fn changed_secrets(&self, before: &Self) -> Vec<String> {
        let both = self.digests.iter().chain(&before.digests);
        let mut changed: Vec<String> = both
            .map(|(name, _)| name)
            .filter(|name| *name != SecretName::BroughtToken.as_str())
            .filter(|name| self.digest(name) != before.digest(name))
            .cloned()
            .collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// The secrets that there are.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let none = Self {
            view: Value::Null,
            digests: Vec::new(),
        };
        self.changed_secrets(&none)
    }

    fn digest(&self, name: &str) -> Option<&[u8; 32]> {
        let found = self.digests.iter().find(|(other, _)| other == name);
        found.map(|(_, digest)| digest)
    }
}

/// Whether two sights differ in nothing but when they were.
fn same(mut now: Seen, mut before: Seen) -> bool {
    strip(&mut now.view, OF_TIME);
    strip(&mut before.view, OF_TIME);
    now.view == before.view && now.digests == before.digests
}

impl Draft {
    /// Replaces the resource at a place, unless it is so already.
    ///
    /// # Errors
    /// What the configuration refuses, and why.
    pub async fn put_over(
        self,
        change: &mut Change,
        services: Services,
        at: Place,
    ) -> Result<Put, ConfigError> {
        let done = change.part(move |part| put_over(part, services, self, at).boxed());
        done.await
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Channel(..) => Kind::Channel,
            Self::Queue(_) => Kind::Queue,
            Self::Chatbot(_) => Kind::Chatbot,
            Self::Form(_) => Kind::Form,
            Self::SmsTrunk(_) => Kind::SmsTrunk,
            Self::Agent(_) => Kind::Agent,
        }
    }

    /// Whether it is written whatever it looks like: what was moved at a company must be known here, and of a PIN there is
    /// only the hash, which is another each time.
    fn must_be_written(&self) -> bool {
        match self {
            Self::Channel(draft, turn) => turn.is_some() || draft.sign_on.is_some(),
            Self::Agent(person) => person.sets_pin(),
            Self::Queue(_) | Self::Chatbot(_) | Self::Form(_) | Self::SmsTrunk(_) => false,
        }
    }
}

async fn put_over(
    part: &mut Change,
    services: Services,
    draft: Draft,
    at: Place,
) -> Result<(Put, bool), ConfigError> {
    if draft.must_be_written() {
        return Ok((draft.put(part, Some(at)).await?, true));
    }
    let kind = draft.kind();
    let stored = Record::read(part, kind, at.id).await?;
    let before = Seen::of(part, &services, kind, stored.clone()).await?;
    let put = draft.put(part, Some(at)).await?;
    let after = Seen::of(part, &services, kind, put.record.clone()).await?;
    Ok(match same(after, before) {
        true => (stored.into(), false),
        false => (put, true),
    })
}

/// Replaces the only document of its kind, unless it is so already. `None` is left where there is none and the usual one is
/// asked for.
///
/// # Errors
/// A refused field, or a newer revision.
pub async fn put_only<D: Document + Default>(
    change: &mut Change,
    expected: Option<u64>,
    body: D,
) -> Result<Option<DocumentRecord<D>>, ConfigError> {
    let done = change.part(move |part| put_only_part(part, expected, body).boxed());
    done.await
}

async fn put_only_part<D: Document + Default>(
    part: &mut Change,
    expected: Option<u64>,
    body: D,
) -> Result<(Option<DocumentRecord<D>>, bool), ConfigError> {
    let stored = part.only_document::<D>().await?;
    let before = Seen::of_only(part, stored.as_ref()).await?;
    let record = part.put_only_document(expected, body).await?;
    let after = Seen::of_only(part, Some(&record)).await?;
    Ok(match same(after, before) {
        true => (stored, false),
        false => (Some(record), true),
    })
}
