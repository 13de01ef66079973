//! Alerts: raised with what they tell, mailed through a real Postfix into a real mailbox, and never silently lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use ecluse_adapters::email::network::Network;
use ecluse_adapters::email::postman::{AlertText, AlertWords, Postman};
use ecluse_adapters::storage::config_db::{
    AlertFacts, AlertMail, AlertRecord, BanDraft, ChannelDraft, ChannelHealth, ConfigDb, Editor,
    LiveChatDraft, MailState, QueueDraft, SecretChange, Security, SettingsBody, SettingsDraft,
    SystemMail, TenantDraft,
};
use ecluse_engine::configuration::Strategy;
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use ecluse_engine::texts::Language;
use futures_util::FutureExt as _;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::mail_peers::{MAILBOX, MailPeers, PASSWORD};

const TENANT: TenantId = TenantId::DEFAULT;
const OWNER: &str = "agent@example.test";

struct Plain;

impl AlertWords for Plain {
    fn mail(&self, alert: &AlertRecord, language: Language) -> AlertText {
        AlertText {
            from_name: "Ecluse".to_owned(),
            subject: format!("Alert {} in {language:?}", alert.id),
            text: format!("{:?}\n", alert.facts),
        }
    }
}

struct World {
    now: Arc<AtomicI64>,
    db: ConfigDb,
    peers: MailPeers,
    _dir: TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(1_800_000_000_000_000));
        let clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Timestamp(now.load(Ordering::Acquire)))
        };
        Self {
            db: ConfigDb::open(dir.path(), None, clock).await.unwrap(),
            peers: MailPeers::imap_and_smtp(None).await,
            now,
            _dir: dir,
        }
    }

    /// The settings mail alerts to `to` by the account of the real server, at `port`.
    async fn set(&self, to: Option<&str>, port: Option<u16>) {
        let account = |port| SystemMail {
            host: "localhost".to_owned(),
            port,
            security: Security::Starttls,
            username: MAILBOX.to_owned(),
            from: MAILBOX.to_owned(),
            password: SecretChange::Set(PASSWORD.into()),
        };
        let body = SettingsBody {
            alert_email: to.map(str::to_owned),
            mail: port.map(account),
            language: Language::Fr,
            ..SettingsBody::default()
        };
        let editor = Editor::system(TENANT);
        let put = self.db.change(&editor, move |change| {
            change.put_only_document(None, body).boxed()
        });
        put.await.unwrap();
    }

    fn post(&self) -> JoinHandle<()> {
        let postman = Postman::new(self.db.clone(), self.peers.network(), Arc::new(Plain));
        tokio::spawn(postman.run())
    }

    async fn ban(&self, address: &str) {
        let ban = BanDraft {
            kind: ChannelKind::Sms,
            address: address.to_owned(),
            reason: "too_many_messages".to_owned(),
            until: None,
        };
        self.db.ban_and_alert(TENANT, ban).await.unwrap();
    }

    async fn alerts(&self) -> Vec<AlertRecord> {
        self.db.alerts(TENANT, None, 2_000).await.unwrap()
    }

    /// What became of the newest alert's mail, once it fits.
    async fn until(&self, wanted: impl Fn(&AlertMail) -> bool) -> AlertMail {
        let settled = async {
            loop {
                let newest = self.alerts().await.remove(0).mail;
                if wanted(&newest) {
                    return newest;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let settled = tokio::time::timeout(Duration::from_secs(30), settled).await;
        settled.expect("an alert that is not settled")
    }

    async fn until_state(&self, state: MailState) -> AlertMail {
        self.until(|mail| mail.state == state).await
    }
}

#[tokio::test]
async fn a_ban_is_mailed_once_in_the_tenants_language() {
    let world = World::new().await;
    world
        .set(Some(OWNER), Some(world.peers.ports().submission))
        .await;
    let postman = world.post();
    world.ban("+33612345678").await;
    let mail = world.peers.until_mail(OWNER).await;
    assert!(mail.contains("Alert 1 in Fr"), "{mail}");
    assert!(mail.contains("33612345678"), "{mail}");
    assert_eq!(world.until_state(MailState::Sent).await.tries, 1);
    world.ban("+33612345679").await;
    world.until(|mail| mail.state == MailState::Sent).await;
    assert_eq!(
        world.peers.new_mails(OWNER).matches("\nSubject:").count(),
        2
    );
    postman.abort();
}

#[tokio::test]
async fn an_alert_that_cannot_be_mailed_says_why() {
    let world = World::new().await;
    let postman = world.post();
    world.ban("1").await;
    world.until_state(MailState::NoAddress).await;

    world.set(Some(OWNER), None).await;
    world.ban("2").await;
    world.until_state(MailState::NoAccount).await;

    let port = world.peers.ports().submission;
    world.set(Some("nobody@example.test"), Some(port)).await;
    world.ban("3").await;
    let refused = world.until_state(MailState::Refused).await;
    assert!(refused.words.unwrap().starts_with("550"));

    // A server that speaks another protocol cannot be used; it is tried again when its time has come.
    world.set(Some(OWNER), Some(world.peers.ports().imap)).await;
    world.ban("4").await;
    let waiting = world.until(|mail| mail.tries == 1).await;
    assert_eq!(waiting.state, MailState::Waiting);
    assert!(waiting.words.unwrap().starts_with("protocol.not_smtp"));
    world.set(Some(OWNER), Some(port)).await;
    world.now.store(waiting.at.0, Ordering::Release);
    // Whatever is raised next wakes the postman, whose clock stood still.
    world.ban("5").await;
    let settled = async {
        while world
            .alerts()
            .await
            .iter()
            .filter(|one| one.mail.state == MailState::Sent)
            .count()
            < 2
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), settled)
        .await
        .unwrap();
    postman.abort();
}

async fn channel(db: &ConfigDb) -> ChannelId {
    let editor = Editor::system(TENANT);
    let queue = QueueDraft::new("Support", Strategy::Manual);
    let queue = db.create_queue(&editor, queue).await.unwrap().id;
    let chat = LiveChatDraft {
        domains: vec!["example.org".to_owned()],
        ..LiveChatDraft::default()
    };
    let draft = ChannelDraft {
        name: Some("Boutique".to_owned()),
        ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::LiveChat(chat))
    };
    db.create_channel(&editor, draft).await.unwrap().id
}

#[tokio::test]
async fn a_channel_that_falls_ill_is_told_once_and_again_when_it_needs_a_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(|| Timestamp(1_800_000_000_000_000));
    let db = ConfigDb::open(dir.path(), None, clock).await.unwrap();
    let channel = channel(&db).await;
    let ill = |reason: &str| ChannelHealth::Degraded {
        reason: reason.to_owned(),
    };
    let lost = ChannelHealth::SignInRequired {
        reason: "revoked".to_owned(),
    };
    for health in [
        ill("one"),
        ill("two"),
        lost.clone(),
        lost,
        ChannelHealth::Healthy,
        ill("three"),
    ] {
        db.set_channel_health(TENANT, channel, health)
            .await
            .unwrap();
    }
    let told = db.alerts(TENANT, None, 10).await.unwrap();
    let told: Vec<_> = told.into_iter().rev().map(|one| one.facts).collect();
    let name = || "Boutique".to_owned();
    let degraded = |reason: &str| AlertFacts::ChannelDegraded {
        channel,
        name: name(),
        reason: reason.to_owned(),
    };
    let sign_in = AlertFacts::SignInRequired {
        channel,
        name: name(),
        reason: "revoked".to_owned(),
    };
    assert_eq!(told, [degraded("one"), sign_in, degraded("three")]);
    assert_eq!(db.alerts(TenantId(2), None, 10).await.unwrap(), []);
}

/// A mail server that takes connections and does with them what it is told; how many it took.
async fn server(hangs: bool) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            held.extend(hangs.then_some(socket));
        }
    });
    (port, visits)
}

/// Two tenants, of which the first has no alert address, and the second an account at `port`.
async fn two_tenants(port: u16) -> (ConfigDb, TenantId, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(|| Timestamp(1_800_000_000_000_000));
    let db = ConfigDb::open(dir.path(), None, clock).await.unwrap();
    let other = TenantDraft {
        key: None,
        name: "Other".to_owned(),
    };
    let platform = Editor::system(TENANT);
    let other = db.create_tenant(&platform, other).await.unwrap().id;
    set_account(&db, other, port).await;
    (db, other, dir)
}

async fn set_account(db: &ConfigDb, tenant: TenantId, port: u16) {
    let body = SettingsBody {
        alert_email: Some(OWNER.to_owned()),
        mail: Some(SystemMail {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::None,
            username: String::new(),
            from: MAILBOX.to_owned(),
            password: SecretChange::Keep,
        }),
        ..SettingsBody::default()
    };
    let editor = Editor::system(tenant);
    let put = db.change(&editor, move |change| {
        change.put_only_document(None, body).boxed()
    });
    put.await.unwrap();
}

async fn raise(db: &ConfigDb, tenant: TenantId, address: &str) {
    let ban = BanDraft {
        kind: ChannelKind::Sms,
        address: address.to_owned(),
        reason: String::new(),
        until: None,
    };
    db.ban_and_alert(tenant, ban).await.unwrap();
}

/// Waits for what the newest alert's mail becomes.
async fn newest_until(db: &ConfigDb, tenant: TenantId, wanted: impl Fn(&AlertMail) -> bool) {
    let settled = async {
        loop {
            let newest = db.alerts(tenant, None, 1).await.unwrap().remove(0).mail;
            if wanted(&newest) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let settled = tokio::time::timeout(Duration::from_secs(30), settled).await;
    settled.expect("an alert that is not settled");
}

#[tokio::test]
async fn a_tenant_whose_server_hangs_makes_nobody_else_wait() {
    let (port, visits) = server(true).await;
    let (db, other, _dir) = two_tenants(port).await;
    let postman = Postman::new(db.clone(), Network::new(None).unwrap(), Arc::new(Plain));
    let postman = tokio::spawn(postman.run());
    raise(&db, other, "1").await;
    raise(&db, other, "2").await;
    let came = async {
        while visits.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), came)
        .await
        .unwrap();
    raise(&db, TENANT, "1").await;
    newest_until(&db, TENANT, |mail| mail.state == MailState::NoAddress).await;
    let waiting = db.alerts(other, None, 10).await.unwrap();
    assert!(
        waiting.iter().all(|alert| alert.mail.tries == 0),
        "{waiting:?}"
    );
    assert_eq!(
        visits.load(Ordering::SeqCst),
        1,
        "one of a tenant at a time"
    );
    postman.abort();
}

#[tokio::test]
async fn an_account_that_fails_rests_with_all_its_alerts_until_its_settings_change() {
    let (port, visits) = server(false).await;
    let (db, other, _dir) = two_tenants(port).await;
    raise(&db, other, "1").await;
    raise(&db, other, "2").await;
    let postman = Postman::new(db.clone(), Network::new(None).unwrap(), Arc::new(Plain));
    let postman = tokio::spawn(postman.run());
    let tried = async || {
        let alerts = db.alerts(other, None, 10).await.unwrap();
        alerts.iter().filter(|alert| alert.mail.tries > 0).count()
    };
    let once = async {
        while tried().await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), once)
        .await
        .unwrap();
    // The rounds that mail this one look at the others, too.
    for address in ["1", "2"] {
        raise(&db, TENANT, address).await;
        newest_until(&db, TENANT, |mail| mail.state == MailState::NoAddress).await;
    }
    assert_eq!((visits.load(Ordering::SeqCst), tried().await), (1, 1));
    set_account(&db, other, port).await;
    raise(&db, TENANT, "3").await;
    let again = async {
        while tried().await < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again)
        .await
        .unwrap();
    postman.abort();
}

#[tokio::test]
async fn the_newest_thousand_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(|| Timestamp(1_800_000_000_000_000));
    let db = ConfigDb::open(dir.path(), None, clock).await.unwrap();
    let ban = async |number: u32| {
        let ban = BanDraft {
            kind: ChannelKind::Sms,
            address: number.to_string(),
            reason: String::new(),
            until: None,
        };
        db.ban_and_alert(TENANT, ban).await.unwrap();
    };
    futures_util::future::join_all((0..1_010).map(ban)).await;
    let kept = db.alerts(TENANT, None, 2_000).await.unwrap();
    assert_eq!((kept[0].id, kept.len(), kept[999].id), (1_010, 1_000, 11));
}
