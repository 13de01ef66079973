//! The demonstration as a stranger plays it: watched, answered, killed in the middle, and started again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ecluse_adapters::http::{ClientOptions, client};
use reqwest::{Method, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::node::{Place, Shown, ecluse, said};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "lampyre-demo";
const AMELIE: &str = "amelie@lampyre.example";

/// A running demonstration.
struct Play {
    child: Child,
    data: PathBuf,
    console: String,
    shop: String,
    client: reqwest::Client,
    _stdout: Lines<BufReader<ChildStdout>>,
}

/// Who is signed in at a desk.
struct Session {
    cookie: String,
    csrf: String,
}

impl Play {
    async fn start(data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ecluse"))
            .args([
                "demo",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--data-dir",
            ])
            .arg(data)
            .args(more)
            .env_clear()
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let welcome = timeout(PATIENCE, welcome(&mut stdout)).await.unwrap();
        assert!(
            welcome.contains(&format!("kill -9 {}", child.id().unwrap())),
            "{welcome}"
        );
        Self {
            child,
            data: data.to_owned(),
            console: url_after(&welcome, "Desk")
                .trim_end_matches("/desk")
                .to_owned(),
            shop: url_after(&welcome, "Shop"),
            client: client(&ClientOptions {
                total: PATIENCE,
                ..ClientOptions::default()
            })
            .unwrap(),
            _stdout: stdout,
        }
    }

    async fn get(&self, url: &str) -> (StatusCode, String) {
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn ledger(&self) -> Value {
        let (status, body) = self
            .get(&format!("{}/demo/ledger.json", self.console))
            .await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// As somebody does who kills and starts in one line: nobody waits until the process has gone.
    fn kill(&self) {
        kill_process(self.process(), Signal::KILL).unwrap();
    }

    fn process(&self) -> Pid {
        Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap()
    }

    /// Waits until the ledger is as wanted; nothing may be wrong meanwhile.
    async fn ledger_until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ledger = self.ledger().await;
            assert_faultless(&ledger);
            if wanted(&ledger) {
                return ledger;
            }
            assert!(
                Instant::now() < deadline,
                "waited too long for {what}: {ledger}"
            );
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn sign_in(&self, email: &str) -> Session {
        let answer = self
            .client
            .post(format!("{}/api/v1/session", self.console))
            .header("Origin", &self.console)
            .json(&json!({ "email": email, "password": PASSWORD }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let session: Value = answer.json().await.unwrap();
        Session {
            cookie,
            csrf: session["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn api(
        &self,
        session: &Session,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let mut request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.console))
            .header("Cookie", &session.cookie)
            .header("X-CSRF-Token", &session.csrf)
            .header("Origin", &self.console);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The ids of the customers' conversations.
    async fn conversations(&self, session: &Session) -> BTreeSet<String> {
        let list = self
            .api(session, Method::GET, "/conversations?limit=200", None)
            .await;
        let items = list["items"].as_array().unwrap().iter();
        let whatsapp = items.filter(|item| item["channel"]["kind"] == "whatsapp");
        whatsapp
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn messages(&self, session: &Session, conversation: &str) -> Vec<Value> {
        let path = format!("/conversations/{conversation}/messages?limit=200");
        let mut list = self.api(session, Method::GET, &path, None).await;
        serde_json::from_value(list["items"].take()).unwrap()
    }

    /// Answers as the agent, and waits until the customer has read it.
    async fn answer(&self, session: &Session, conversation: &str, text: &str) -> Value {
        let path = format!("/conversations/{conversation}/messages");
        let body = json!({ "content": { "type": "text", "body": text } });
        let sent = self.api(session, Method::POST, &path, Some(body)).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let messages = self.messages(session, conversation).await;
            let found = messages
                .into_iter()
                .find(|message| message["seq"] == sent["seq"])
                .unwrap();
            if found["status"] == "read" {
                return found;
            }
            assert!(Instant::now() < deadline, "never read: {found}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn stop(mut self) {
        kill_process(self.process(), Signal::INT).unwrap();
        let status = timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        assert!(status.success(), "the demonstration ended with {status}");
    }
}

/// Everything that is said until one can begin.
async fn welcome(stdout: &mut Lines<BufReader<ChildStdout>>) -> String {
    let mut text = String::new();
    while !text.contains("begins anew") {
        let line = stdout.next_line().await.unwrap();
        text += &line.expect("the demonstration ended before it began");
        text.push('\n');
    }
    text
}

fn url_after(welcome: &str, word: &str) -> String {
    let line = welcome
        .lines()
        .find(|line| line.contains(word) && line.contains("http://"));
    let (_, url) = line.unwrap().split_once("http://").unwrap();
    format!("http://{url}")
}

fn assert_faultless(ledger: &Value) {
    for figure in ["lost", "doubled", "out_of_order"] {
        assert_eq!(ledger[figure], 0, "{ledger}");
    }
    for restart in ledger["restarts"].as_array().unwrap() {
        assert_eq!(
            (&restart["lost"], &restart["doubled"]),
            (&json!(0), &json!(0)),
            "{ledger}"
        );
    }
}

fn count(ledger: &Value, figure: &str) -> u64 {
    ledger[figure].as_u64().unwrap()
}

/// What the stand-in wrote down: each customer's messages in order, and which of all were acknowledged.
fn written(data: &Path) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let mut by_customer: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut acknowledged = Vec::new();
    let text = std::fs::read_to_string(data.join("stand-in/meta-ledger.jsonl")).unwrap();
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| event[name].as_str().unwrap().to_owned();
        match word("event").as_str() {
            "sent" => by_customer
                .entry(word("customer"))
                .or_default()
                .push(word("id")),
            "acknowledged" => acknowledged.push(word("id")),
            _ => {}
        }
    }
    (by_customer, acknowledged)
}

/// Looks into the files of a demonstration at rest, past everything that it says of itself.
fn assert_everything_once_and_in_order(data: &Path) {
    let (written, acknowledged) = written(data);
    let shown = Shown::read(data);
    shown.assert_once(acknowledged);
    let mut by_customer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for message in &shown.messages {
        by_customer
            .entry(&message.address)
            .or_default()
            .push(&message.provider_id);
    }
    for (customer, shown) in by_customer {
        let mut turns = written[customer].iter();
        for id in shown {
            assert!(
                turns.any(|turn| turn == id),
                "{customer}: {id} is out of order"
            );
        }
    }
}

#[tokio::test]
async fn killed_in_the_middle_everything_is_there_once_and_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("demo");
    let mut answers: Vec<(String, Value)> = Vec::new();
    let mut conversations = BTreeSet::new();
    let mut sent = 0;
    for round in 0..3_usize {
        let play = Play::start(&data, &["--pace", "20"]).await;
        let enough = sent + 12;
        let ledger = play
            .ledger_until("messages", |ledger| count(ledger, "acknowledged") >= enough)
            .await;
        assert_eq!(
            ledger["restarts"].as_array().unwrap().len(),
            round,
            "{ledger}"
        );
        if round > 0 {
            assert!(
                count(&ledger["restarts"][round - 1], "sent") >= sent,
                "{ledger}"
            );
        }

        let session = play.sign_in(AMELIE).await;
        let open = play.conversations(&session).await;
        assert!(
            open.is_superset(&conversations),
            "{open:?} {conversations:?}"
        );
        for (conversation, answer) in &answers {
            let messages = play.messages(&session, conversation).await;
            assert!(messages.contains(answer), "{answer} is not in {messages:?}");
        }

        let conversation = open.iter().nth(round).unwrap();
        let answer = play
            .answer(&session, conversation, &format!("Réponse {round}"))
            .await;
        let answered = u64::try_from(round + 1).unwrap();
        play.ledger_until("the answer", |ledger| {
            count(ledger, "answers_accepted") == answered
        })
        .await;
        answers.push((conversation.clone(), answer));
        conversations = open;
        sent = count(&play.ledger().await, "sent");
        play.kill();
    }

    let play = Play::start(&data, &["--pace", "0"]).await;
    let ledger = play
        .ledger_until("the redelivery", |ledger| {
            ledger["sent"] == ledger["acknowledged"]
        })
        .await;
    assert!(count(&ledger, "sent") >= sent);
    assert_eq!(ledger["stored"], ledger["sent"], "{ledger}");
    assert_eq!(ledger["shown"], ledger["sent"], "{ledger}");
    assert_eq!(ledger["answers_accepted"], 3, "{ledger}");
    play.stop().await;
    assert_everything_once_and_in_order(&data);
}

#[tokio::test]
async fn customers_go_on_when_they_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    let play = Play::start(&directory.path().join("demo"), &["--pace", "20"]).await;
    play.ledger_until("messages", |ledger| count(ledger, "acknowledged") >= 5)
        .await;
    let session = play.sign_in("james@lampyre.example").await;
    let conversation = play.conversations(&session).await.pop_first().unwrap();
    let answer = play
        .answer(&session, &conversation, "Un instant, je regarde.")
        .await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let messages = play.messages(&session, &conversation).await;
        let after = |message: &&Value| {
            message["direction"] == "in" && message["seq"].as_u64() > answer["seq"].as_u64()
        };
        if messages.iter().any(|message| after(&message)) {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "the customer never goes on: {messages:?}"
        );
        sleep(Duration::from_millis(20)).await;
    }
    play.stop().await;
}

#[tokio::test]
async fn a_fresh_start_empties_a_demonstration_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("demo");
    let play = Play::start(&data, &["--pace", "20"]).await;
    play.ledger_until("messages", |ledger| count(ledger, "acknowledged") >= 3)
        .await;

    let text = data.to_str().unwrap();
    let refused = ecluse(&[
        "demo",
        "--data-dir",
        text,
        "--listen",
        "127.0.0.1:0",
        "--fresh",
    ])
    .await;
    assert!(
        !refused.status.success() && said(&refused).contains("in use"),
        "{}",
        said(&refused)
    );
    play.stop().await;

    let play = Play::start(&data, &["--pace", "0", "--fresh"]).await;
    let ledger = play.ledger().await;
    assert_eq!(
        (&ledger["sent"], &ledger["shown"]),
        (&json!(0), &json!(0)),
        "{ledger}"
    );
    assert_eq!(ledger["restarts"], json!([]));
    play.sign_in("admin").await;
    play.stop().await;

    let other = TempDir::new_in(directory.path()).unwrap();
    let precious = other.path().join("journal.db");
    std::fs::write(&precious, "precious").unwrap();
    let text = other.path().to_str().unwrap();
    for more in [&["--fresh"][..], &[]] {
        let arguments = [
            &["demo", "--data-dir", text, "--listen", "127.0.0.1:0"][..],
            more,
        ]
        .concat();
        let refused = ecluse(&arguments).await;
        assert!(!refused.status.success(), "{}", said(&refused));
        assert!(
            said(&refused).contains("nothing in it was touched"),
            "{}",
            said(&refused)
        );
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn the_shop_is_a_site_of_its_own_and_the_ledger_needs_no_sign_in() {
    let directory = tempfile::tempdir().unwrap();
    let play = Play::start(&directory.path().join("demo"), &["--pace", "0"]).await;
    let (status, shop) = play.get(&play.shop).await;
    assert_eq!(status, 200);
    let snippet = format!(r#"src="{}/widget.js" data-channel=""#, play.console);
    assert!(shop.contains(&snippet), "{shop}");
    let session = play.sign_in("admin").await;
    let channels = play.api(&session, Method::GET, "/channels", None).await;
    let channels = channels["items"].as_array().unwrap();
    let chat = channels
        .iter()
        .find(|channel| channel["kind"] == "live_chat")
        .unwrap();
    assert!(shop.contains(chat["id"].as_str().unwrap()), "{shop}");
    let site = play
        .shop
        .trim_start_matches("http://")
        .trim_end_matches('/');
    assert!(site.starts_with("localhost:") && play.console.starts_with("http://127.0.0.1:"));
    assert!(
        chat["live_chat"]["domains"]
            .as_array()
            .unwrap()
            .contains(&json!(site)),
        "{chat}"
    );

    let (status, page) = play
        .get(&format!("{}/demo/ledger?lang=fr", play.console))
        .await;
    assert_eq!(status, 200);
    let process = play.child.id().unwrap();
    assert_eq!(play.ledger().await["pid"], process);
    assert!(
        page.contains(&format!("{process}</span>")) && page.contains("<html lang=\"fr\">"),
        "{page}"
    );
    for (from, to) in [
        (format!("{}/demo", play.console), "/demo/ledger".to_owned()),
        (format!("{}/demo/shop", play.console), play.shop.clone()),
        (
            format!("{}desk", play.shop),
            format!("{}/desk", play.console),
        ),
    ] {
        let answer = play.client.get(&from).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{from}");
        assert_eq!(answer.headers()["location"].to_str().unwrap(), to);
    }
    let listen = play.console.trim_start_matches("http://").to_owned();
    let second = directory.path().join("second");
    let refused = ecluse(&[
        "demo",
        "--data-dir",
        second.to_str().unwrap(),
        "--listen",
        &listen,
    ])
    .await;
    let remedy = "try: ecluse demo --listen 127.0.0.1:8090";
    assert!(
        !refused.status.success() && said(&refused).contains(remedy),
        "{}",
        said(&refused)
    );
    assert!(play.data.exists());
    play.stop().await;

    let place = Place::new().await;
    let node = place.start().await;
    let (status, _) = node.get("/demo/ledger.json").await;
    assert_eq!(status, 404, "a real node has no such page");
    node.stop().await;
}
