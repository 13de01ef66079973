//! The real program on a data directory of its own: started, written to, stopped or killed, and its files read.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::meta::{AppSecret, SIGNATURE_HEADER};
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ConfigDb, Editor, FacebookDraft, QueueDraft, SecretChange, SecretsDraft,
    SettingsDraft, WhatsappDraft, WhatsappProviderKind,
};
use ecluse_adapters::storage::data_dir::JOURNAL_DIR;
use ecluse_adapters::storage::journal::SegmentReader;
use ecluse_engine::configuration::Strategy;
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::Destination;
use ecluse_engine::runtime::Clock;
use reqwest::StatusCode;
use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

pub(crate) const APP_SECRET: &str = "test-app-secret";
pub(crate) const VERIFY_TOKEN: &str = "test-verify-token";
/// What 360dialog signs with, and the header that it was told to send.
pub(crate) const DIALOG360_SECRET: &str = "test-360dialog-secret";
pub(crate) const DIALOG360_HEADER: (&str, &str) = ("X-Ecluse-Test", "let-me-in");
/// Meta's id of our number in the Cloud API.
pub(crate) const NUMBER: &str = "106540352242922";

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_ecluse");
/// So that a few messages fill several.
pub(crate) const SMALL_SEGMENTS: [(&str, &str); 1] = [("LIMITS_JOURNAL_SEGMENT_BYTES", "65536")];
/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with these arguments, in an environment that says nothing.
pub(crate) async fn ecluse(arguments: &[&str]) -> Output {
    run(PROGRAM, arguments).await
}

/// Another program.
pub(crate) async fn run(program: &str, arguments: &[&str]) -> Output {
    let ended = Command::new(program)
        .args(arguments)
        .env_clear()
        .kill_on_drop(true)
        .output();
    timeout(PATIENCE, ended).await.unwrap().unwrap()
}

/// What `ecluse check` finds in a data directory that nobody uses.
pub(crate) async fn check(data: &Path) -> Output {
    ecluse(&["check", "--data-dir", data.to_str().unwrap()]).await
}

/// What a program said on both of its outputs.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// A data directory with one queue, a number of Meta's Cloud API and a number at 360dialog.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) cloud: ChannelId,
    pub(crate) dialog360: ChannelId,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let clock = Clock::system();
        let config = ConfigDb::open(&data, None, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let editor = Editor::system(TenantId::DEFAULT);
        let queue = QueueDraft::new("Support", Strategy::Manual);
        let queue = config.create_queue(&editor, queue).await.unwrap();
        let channel = async |(whatsapp, secrets)| {
            let destination = Destination::Queue(queue.id);
            let draft = ChannelDraft {
                secrets,
                ..ChannelDraft::new(destination, SettingsDraft::Whatsapp(whatsapp))
            };
            config.create_channel(&editor, draft).await.unwrap().id
        };
        let cloud = channel(cloud()).await;
        let dialog360 = channel(dialog360()).await;
        config.close().await;
        Self {
            dir,
            cloud,
            dialog360,
        }
    }

    /// Adds a channel of this page of Facebook's; no node may run.
    pub(crate) async fn add_page(&self, id: &str) {
        let clock = Clock::system();
        let config = ConfigDb::open(&self.data(), None, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let editor = Editor::system(TenantId::DEFAULT);
        let queue = QueueDraft::new("Pages", Strategy::Manual);
        let queue = config.create_queue(&editor, queue).await.unwrap().id;
        let page = FacebookDraft {
            page_id: id.to_owned(),
            page_name: "Maison Écluse".to_owned(),
        };
        let draft = ChannelDraft {
            secrets: SecretsDraft {
                page_access_token: SecretChange::Set("test-page-token".into()),
                ..SecretsDraft::default()
            },
            ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Facebook(page))
        };
        config.create_channel(&editor, draft).await.unwrap();
        config.close().await;
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The data directory as an argument.
    pub(crate) fn data_text(&self) -> String {
        self.data().to_str().unwrap().to_owned()
    }

    /// Another directory, which does not exist yet.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) async fn start(&self) -> Node {
        self.start_with(&[]).await
    }

    /// Starts a node with options of the environment, without `ECLUSE_`.
    pub(crate) async fn start_with(&self, options: &[(&str, &str)]) -> Node {
        Node::start(&self.data(), options, &[]).await
    }

    /// What the read model shows; the node may run.
    pub(crate) fn shown(&self) -> Shown {
        Shown::read(&self.data())
    }
}

fn cloud() -> (WhatsappDraft, SecretsDraft) {
    let number = WhatsappDraft {
        phone_number_id: Some(NUMBER.to_owned()),
        ..WhatsappDraft::new(WhatsappProviderKind::Cloud, "+15550783881")
    };
    let secrets = SecretsDraft {
        access_token: SecretChange::Set("test-token".into()),
        ..SecretsDraft::default()
    };
    (number, secrets)
}

fn dialog360() -> (WhatsappDraft, SecretsDraft) {
    let (name, value) = DIALOG360_HEADER;
    let headers = BTreeMap::from([(name.to_owned(), value.into())]);
    let number = WhatsappDraft::new(WhatsappProviderKind::Dialog360, "+15550783882");
    let secrets = SecretsDraft {
        api_key: SecretChange::Set("test-key".into()),
        webhook_secret: SecretChange::Set(DIALOG360_SECRET.into()),
        webhook_headers: SecretChange::Set(headers),
        ..SecretsDraft::default()
    };
    (number, secrets)
}

/// The journal of a data directory, as it is now.
pub(crate) fn journal(data: &Path) -> SegmentReader {
    SegmentReader::open(&data.join(JOURNAL_DIR)).unwrap()
}

/// A running node.
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
    data: PathBuf,
    client: reqwest::Client,
    _stdout: BufReader<ChildStdout>,
}

impl Node {
    /// Starts the program, under another one if `under` names it.
    pub(crate) async fn start(data: &Path, options: &[(&str, &str)], under: &[&str]) -> Self {
        let mut words = [under, &[PROGRAM, "serve"]].concat().into_iter();
        let mut child = Command::new(words.next().unwrap())
            .args(words)
            .arg("--data-dir")
            .arg(data)
            .args(["--listen", "127.0.0.1:0", "--log", "warn"])
            .env_clear()
            .env("ECLUSE_PROVIDERS_META_APP_SECRET", APP_SECRET)
            .env("ECLUSE_PROVIDERS_META_VERIFY_TOKEN", VERIFY_TOKEN)
            .envs(
                options
                    .iter()
                    .map(|(name, value)| (format!("ECLUSE_{name}"), value)),
            )
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let address = timeout(PATIENCE, listening(&mut stdout)).await.unwrap();
        Self {
            child,
            address,
            data: data.to_owned(),
            client: client(&ClientOptions {
                total: PATIENCE,
                ..ClientOptions::default()
            })
            .unwrap(),
            _stdout: stdout,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// A body at Meta's webhook, as Meta signs it.
    pub(crate) async fn deliver(&self, body: &str) -> StatusCode {
        self.try_deliver(body).await.unwrap().status()
    }

    pub(crate) async fn try_deliver(&self, body: &str) -> reqwest::Result<reqwest::Response> {
        let request = self.client.post(self.url("/webhooks/meta"));
        let request = request.header(SIGNATURE_HEADER, sign(APP_SECRET, body));
        request.body(body.to_owned()).send().await
    }

    /// Sends a body again for as long as it is refused.
    pub(crate) async fn deliver_until_taken(&self, body: &str) {
        let taken = async {
            while self.deliver(body).await != StatusCode::OK {
                yield_now().await;
            }
        };
        timeout(PATIENCE, taken).await.unwrap();
    }

    /// A body at the webhook of a number at 360dialog, as 360dialog signs it.
    pub(crate) async fn deliver_360dialog(&self, channel: ChannelId, body: &str) -> StatusCode {
        let request = self
            .client
            .post(self.url(&format!("/webhooks/360dialog/{channel}")));
        let digits = sign(DIALOG360_SECRET, body).replace("sha256=", "");
        let request = request.header("x-360dialog-signature", digits);
        let request = request.header(DIALOG360_HEADER.0, DIALOG360_HEADER.1);
        request.body(body.to_owned()).send().await.unwrap().status()
    }

    /// The status of a GET, and its body.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.client.get(self.url(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Waits until it takes nothing more in for now.
    pub(crate) async fn not_ready(&self) {
        let shut = async {
            while self.get("/health/ready").await.0 != StatusCode::SERVICE_UNAVAILABLE {
                yield_now().await;
            }
        };
        timeout(PATIENCE, shut).await.unwrap();
    }

    /// A counter or gauge that has no labels.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let (_, text) = self.get("/metrics").await;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Waits until the read model has everything that the journal holds now.
    pub(crate) async fn projected(&self) {
        let head = journal(&self.data).ends().map_or(0, |(_, newest)| newest.0);
        let checkpoint = || number(&self.data, "store.db", "SELECT position FROM checkpoint");
        wait_for("the read model", || checkpoint() >= head).await;
    }

    /// Kills the node; what it may be under ends with it.
    pub(crate) async fn kill(self) {
        kill_process(self.process(), Signal::KILL).unwrap();
        self.ended().await;
    }

    /// Asks the node to stop.
    pub(crate) fn ask_to_stop(&self) {
        kill_process(self.process(), Signal::TERM).unwrap();
    }

    /// The node's own process, which holds the lock, and not one that it may be under.
    fn process(&self) -> Pid {
        let lock = std::fs::read_to_string(self.data.join("lock")).unwrap();
        let id = lock
            .trim()
            .strip_prefix("process ")
            .unwrap()
            .parse()
            .unwrap();
        Pid::from_raw(id).unwrap()
    }

    /// How many files it holds open.
    pub(crate) fn open_files(&self) -> usize {
        let id = self.process().as_raw_nonzero();
        std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
    }

    /// What the system lets it do, as proc(5) says it.
    pub(crate) fn limits(&self) -> String {
        let id = self.process().as_raw_nonzero();
        std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap()
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap()
    }

    /// Stops the node properly.
    pub(crate) async fn stop(self) {
        self.ask_to_stop();
        let status = self.ended().await;
        assert!(status.success(), "the node ended with {status}");
    }
}

async fn listening(stdout: &mut BufReader<ChildStdout>) -> SocketAddr {
    loop {
        let mut line = String::new();
        let read = stdout.read_line(&mut line).await.unwrap();
        assert!(read > 0, "the node ended before it listened");
        if let Some(address) = line.trim().strip_prefix("listening ") {
            return address.parse().unwrap();
        }
    }
}

/// Looks again and again until something is true.
pub(crate) async fn wait_for(what: &str, mut is_true: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// The signature that Meta puts on a body.
pub(crate) fn sign(secret: &str, body: &str) -> String {
    AppSecret::new(&secret.into())
        .unwrap()
        .sign(body.as_bytes())
}

/// One text message.
pub(crate) fn text(contact: &str, id: &str) -> Value {
    json!({ "from": contact, "id": id, "timestamp": "1749416383", "type": "text", "text": { "body": "Bonjour" } })
}

/// A body with these elements of `messages`.
pub(crate) fn body(messages: &[Value]) -> String {
    let contacts: BTreeSet<&str> = messages
        .iter()
        .filter_map(|message| message["from"].as_str())
        .collect();
    let contacts: Vec<_> = contacts
        .into_iter()
        .map(|contact| json!({ "profile": { "name": "Camille" }, "wa_id": contact }))
        .collect();
    change(
        &json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550783881", "phone_number_id": NUMBER },
            "contacts": contacts, "messages": messages,
        }),
        "messages",
    )
}

/// A body with one change.
pub(crate) fn change(value: &Value, field: &str) -> String {
    let changes = json!([{ "field": field, "value": value }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1022", "changes": changes }] }).to_string()
}

/// A message that people see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShownMessage {
    pub(crate) address: String,
    pub(crate) seq: u64,
    pub(crate) provider_id: String,
}

/// What the read model shows.
#[derive(Debug)]
pub(crate) struct Shown {
    /// By address, then number.
    pub(crate) messages: Vec<ShownMessage>,
    /// For each conversation the address.
    pub(crate) conversations: Vec<String>,
    /// The kinds of what belongs to no conversation.
    pub(crate) notices: Vec<String>,
}

impl Shown {
    pub(crate) fn read(data: &Path) -> Self {
        let store = open(data, "store.db");
        let messages = rows(
            &store,
            "SELECT a.address, t.seq, json_extract(t.body, '$.provider_id') FROM timeline t \
             JOIN addresses a ON a.key = t.key WHERE t.kind = 1 ORDER BY a.address, t.seq",
            |row| {
                Ok(ShownMessage {
                    address: row.get(0)?,
                    seq: row.get(1)?,
                    provider_id: row.get(2)?,
                })
            },
        );
        let conversations = rows(
            &store,
            "SELECT a.address FROM conversations c JOIN addresses a ON a.key = c.key ORDER BY 1",
            |row| row.get(0),
        );
        let notices = rows(&store, "SELECT kind FROM notices ORDER BY kind", |row| {
            row.get(0)
        });
        Self {
            messages,
            conversations,
            notices,
        }
    }

    /// The providers' ids of the messages, as often as they are shown, sorted.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self
            .messages
            .iter()
            .map(|message| message.provider_id.as_str())
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Each of these messages is shown once.
    pub(crate) fn assert_once(&self, ids: impl IntoIterator<Item = String>) {
        let shown = self.ids();
        let twice: Vec<_> = shown.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "shown twice: {twice:?}");
        let shown: BTreeSet<_> = shown.into_iter().collect();
        let lost: Vec<_> = ids
            .into_iter()
            .filter(|id| !shown.contains(id.as_str()))
            .collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    }
}

/// Opens a file of a data directory beside whoever uses it.
pub(crate) fn open(data: &Path, file: &str) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data.join(file), flags).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut select = connection.prepare(sql).unwrap();
    let rows = select.query_map([], read).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

pub(crate) fn number(data: &Path, file: &str, sql: &str) -> u64 {
    open(data, file)
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}
