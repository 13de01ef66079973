//! A `config.db` of its own, and drafts that are good.

use ecluse_adapters::storage::config_db::{
    ChannelDraft, Clock, ConfigDb, ConfigError, Editor, EditorKind, EmailDraft, EmailProvider,
    LiveChatDraft, MailServer, Page, PersonDraft, QueueDraft, QueueRecord, SecretChange,
    SecretsDraft, Security, SettingsDraft, WhatsappDraft, WhatsappProviderKind,
};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::{AgentId, QueueId, TenantId};
use ecluse_engine::message::{Destination, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

pub(super) const TENANT: TenantId = TenantId::DEFAULT;
pub(super) const ALL: Page = Page {
    after: None,
    limit: 1_000,
};
pub(super) const SECRET: &str = "EAAG-very-secret-token";
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

pub(super) struct World {
    pub(super) dir: tempfile::TempDir,
    pub(super) now: Arc<AtomicI64>,
    pub(super) db: ConfigDb,
}

pub(super) fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Arc::new(move || Timestamp(now.load(Ordering::Relaxed)))
}

impl World {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(Timestamp::from_secs(1_700_000_000).0));
        let db = ConfigDb::open(dir.path(), None, clock(&now)).await.unwrap();
        Self { dir, now, db }
    }

    pub(super) fn pass(&self, time: Duration) {
        self.now
            .fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::Relaxed);
    }

    pub(super) async fn queue(&self, name: &str) -> QueueRecord {
        self.db
            .create_queue(&editor(), QueueDraft::new(name, Strategy::Auto))
            .await
            .unwrap()
    }

    pub(super) async fn person(&self, email: &str, role: Role) -> AgentId {
        let draft = PersonDraft::new("Somebody", email, role);
        self.db
            .create_person(&editor(), draft)
            .await
            .unwrap()
            .person
            .id
    }

    pub(super) async fn administrator(&self, email: &str) -> AgentId {
        let id = self.person(email, Role::Administrator).await;
        self.db
            .set_password(&editor(), id, "hash".to_owned(), None)
            .await
            .unwrap();
        id
    }
}

pub(super) static EDITOR: std::sync::LazyLock<Editor> = std::sync::LazyLock::new(editor);

pub(super) fn editor() -> Editor {
    Editor {
        tenant: TENANT,
        kind: EditorKind::Key(Uuid::from_u128(9)),
        name: "tests".to_owned(),
    }
}

pub(super) fn live_chat(queue: QueueId, domains: &[&str]) -> ChannelDraft {
    let chat = LiveChatDraft {
        domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
        ..LiveChatDraft::default()
    };
    ChannelDraft::new(Destination::Queue(queue), SettingsDraft::LiveChat(chat))
}

pub(super) fn cloud(queue: QueueId, number: &str, id: &str) -> ChannelDraft {
    let whatsapp = WhatsappDraft {
        phone_number_id: Some(id.to_owned()),
        ..WhatsappDraft::new(WhatsappProviderKind::Cloud, number)
    };
    ChannelDraft {
        name: Some("Support".to_owned()),
        secrets: SecretsDraft {
            access_token: SecretChange::Set(SECRET.into()),
            ..SecretsDraft::default()
        },
        ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Whatsapp(whatsapp))
    }
}

pub(super) fn mailbox(queue: QueueId, imap_port: u16) -> ChannelDraft {
    let server = |port| {
        Some(MailServer {
            host: "mail.example.test".to_owned(),
            port,
            security: Security::Tls,
            username: "ada".to_owned(),
        })
    };
    let mail = EmailDraft {
        provider: EmailProvider::Custom,
        address: "ada@example.test".to_owned(),
        imap: server(imap_port),
        smtp: server(465),
        attachment_mb_max: EmailDraft::ATTACHMENT_MB_MAX,
        check_interval_secs: EmailDraft::CHECK_INTERVAL_SECS,
    };
    ChannelDraft {
        name: Some("Support".to_owned()),
        secrets: SecretsDraft {
            imap_password: SecretChange::Set(SECRET.into()),
            smtp_password: SecretChange::Set(SECRET.into()),
            ..SecretsDraft::default()
        },
        ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Email(mail))
    }
}

pub(super) fn mail(draft: &mut ChannelDraft) -> &mut EmailDraft {
    match &mut draft.settings {
        SettingsDraft::Email(mail) => mail,
        _ => panic!("a mailbox's draft"),
    }
}

pub(super) fn whatsapp(draft: &mut ChannelDraft) -> &mut WhatsappDraft {
    match &mut draft.settings {
        SettingsDraft::Whatsapp(whatsapp) => whatsapp,
        _ => panic!("a WhatsApp draft"),
    }
}

pub(super) fn chat(draft: &mut ChannelDraft) -> &mut LiveChatDraft {
    match &mut draft.settings {
        SettingsDraft::LiveChat(chat) => chat,
        _ => panic!("a live chat draft"),
    }
}

/// The refused fields with their codes.
pub(super) fn refusals<T: std::fmt::Debug>(
    result: Result<T, ConfigError>,
) -> Vec<(String, &'static str)> {
    match result {
        Err(ConfigError::Invalid(violations)) => violations
            .into_iter()
            .map(|violation| (violation.field, violation.code))
            .collect(),
        other => panic!("expected refused fields, not {other:?}"),
    }
}

pub(super) fn refusal<T: std::fmt::Debug>(
    result: Result<T, ConfigError>,
) -> (String, &'static str) {
    let mut refusals = refusals(result);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

pub(super) fn files_hold(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}
