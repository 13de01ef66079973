//! A Dovecot and a Postfix of this test's own, on free ports, under a directory that goes with them.

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::RngExt as _;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use ecluse_adapters::email::network::{Limits, Network};
use ecluse_adapters::email::settings::{ImapSettings, Security, SmtpSettings};

use crate::certificates::Authority;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail");

/// The mailbox that Dovecot knows, and its password.
pub(crate) const MAILBOX: &str = "support@example.test";
pub(crate) const PASSWORD: &str = "secret";

/// Running mail servers, with certificates that `ca.pem` vouches for, valid for localhost and 127.0.0.1.
pub(crate) struct MailPeers {
    directory: TempDir,
    ports: Ports,
    dovecot: Option<Child>,
    postfix: Option<Child>,
}

#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) imap: u16,
    pub(crate) imaps: u16,
    pub(crate) smtp: u16,
    pub(crate) submission: u16,
    pub(crate) smtps: u16,
    lmtp: u16,
    sasl: u16,
}

impl Ports {
    fn new() -> Self {
        Self {
            imap: free_port(),
            imaps: free_port(),
            smtp: free_port(),
            submission: free_port(),
            smtps: free_port(),
            lmtp: free_port(),
            sasl: free_port(),
        }
    }

    fn fill(self, text: &str, directory: &Path) -> String {
        text.replace("@DIR@", directory.to_str().unwrap())
            .replace("@IMAP@", &self.imap.to_string())
            .replace("@IMAPS@", &self.imaps.to_string())
            .replace("@SMTP@", &self.smtp.to_string())
            .replace("@SUBMISSION@", &self.submission.to_string())
            .replace("@SMTPS@", &self.smtps.to_string())
            .replace("@LMTP@", &self.lmtp.to_string())
            .replace("@SASL@", &self.sasl.to_string())
    }
}

/// A port that nothing listens on, below those that the system gives to connections.
fn free_port() -> u16 {
    loop {
        let port = rand::rng().random_range(10_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl MailPeers {
    /// Dovecot alone. `token_key` is the public key, in PEM, of those who make access tokens.
    pub(crate) async fn imap(token_key: Option<&str>) -> Self {
        let mut peers = Self::prepared(token_key);
        let conf = peers.path("dovecot.conf");
        let arguments = ["-F", "-c", conf.to_str().unwrap()];
        peers.dovecot = Some(start("dovecot", "dovecot-core", &arguments));
        peers
            .until_greeted(peers.ports.imap, "* OK", "dovecot.log")
            .await;
        peers
    }

    /// Dovecot and Postfix, which asks Dovecot who may send and gives it what comes for example.test.
    pub(crate) async fn imap_and_smtp(token_key: Option<&str>) -> Self {
        let mut peers = Self::imap(token_key).await;
        let etc = peers.path("etc");
        let arguments = ["-c", etc.to_str().unwrap(), "start-fg"];
        peers.postfix = Some(start("postfix", "postfix", &arguments));
        peers
            .until_greeted(peers.ports.smtp, "220", "maillog")
            .await;
        peers
    }

    fn prepared(token_key: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let peers = Self {
            directory,
            ports: Ports::new(),
            dovecot: None,
            postfix: None,
        };
        let root = peers.directory.path();
        // The servers' own users go through it.
        fs::set_permissions(root, Permissions::from_mode(0o755)).unwrap();
        for folder in ["run", "mail", "etc", "queue", "data", "keys/default/ES256"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for name in ["dovecot.conf", "oauth2.conf.ext", "users", "acl"] {
            peers.fill(name, name);
        }
        for name in ["main.cf", "master.cf"] {
            peers.fill(name, &format!("etc/{name}"));
        }
        peers.certify();
        if let Some(key) = token_key {
            fs::write(root.join("keys/default/ES256/default"), key).unwrap();
        }
        peers.give("mail", "mail:mail");
        peers.give("data", "postfix");
        peers
    }

    fn fill(&self, from: &str, to: &str) {
        let text = fs::read_to_string(Path::new(DATA).join(from)).unwrap();
        let text = self.ports.fill(&text, self.directory.path());
        fs::write(self.path(to), text).unwrap();
    }

    fn certify(&self) {
        let authority = Authority::new();
        let (certificate, key) = authority.issue(&["localhost", "127.0.0.1"], |_| {});
        fs::write(self.path("ca.pem"), authority.pem()).unwrap();
        fs::write(self.path("tls.pem"), certificate).unwrap();
        fs::write(self.path("tls.key"), key).unwrap();
    }

    fn give(&self, folder: &str, owner: &str) {
        let mut chown = as_root("chown");
        assert!(
            chown
                .arg(owner)
                .arg(self.path(folder))
                .status()
                .unwrap()
                .success()
        );
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn network(&self) -> Network {
        let ca_file = self.path("ca.pem");
        let limits = Limits {
            greeting: Duration::from_secs(2),
            ..Limits::default()
        };
        Network::new(Some(&ca_file)).unwrap().with_limits(limits)
    }

    pub(crate) fn imaps(&self) -> ImapSettings {
        ImapSettings {
            host: "localhost".to_owned(),
            port: self.ports.imaps,
            security: Security::Tls,
            username: MAILBOX.to_owned(),
        }
    }

    pub(crate) fn submission(&self) -> SmtpSettings {
        SmtpSettings {
            host: "localhost".to_owned(),
            port: self.ports.submission,
            security: Security::StartTls,
            username: MAILBOX.to_owned(),
            sender: MAILBOX.to_owned(),
        }
    }

    pub(crate) const fn ports(&self) -> Ports {
        self.ports
    }

    /// The mails that were delivered to a mailbox and not read, one after the other.
    pub(crate) fn new_mails(&self, mailbox: &str) -> String {
        let folder = self.path("mail").join(mailbox).join("Maildir/new");
        let mut list = as_root("sh");
        let output = list
            .args(["-c", "cat -- \"$0\"/* 2>/dev/null"])
            .arg(folder)
            .output();
        String::from_utf8(output.unwrap().stdout)
            .unwrap()
            .replace('\r', "")
    }

    /// The same, once there are any.
    pub(crate) async fn until_mail(&self, mailbox: &str) -> String {
        let arrived = async {
            loop {
                let mails = self.new_mails(mailbox);
                if !mails.is_empty() {
                    return mails;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), arrived).await {
            Ok(mails) => mails,
            Err(_) => panic!(
                "{}",
                fs::read_to_string(self.path("maillog")).unwrap_or_default()
            ),
        }
    }

    async fn until_greeted(&self, port: u16, greeting: &str, log: &str) {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let greeted = async {
            while !greets(address, greeting).await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), greeted)
            .await
            .is_err()
        {
            let log = fs::read_to_string(self.path(log)).unwrap_or_default();
            panic!("no {greeting} from {address}:\n{log}");
        }
    }
}

async fn greets(address: SocketAddr, greeting: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return false;
    };
    let mut words = vec![0; greeting.len()];
    stream.read_exact(&mut words).await.is_ok() && words == greeting.as_bytes()
}

/// A command that runs as root, which the servers want to be started by.
fn as_root(program: &str) -> Command {
    if rustix::process::getuid().is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", program]);
    sudo
}

fn start(program: &str, package: &str, arguments: &[&str]) -> Child {
    let found = ["/usr/sbin", "/usr/bin", "/sbin", "/usr/local/sbin"]
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.exists());
    let Some(path) = found else {
        panic!("{program} is not there: install the package {package}, as .ci/test does");
    };
    let mut command = as_root(path.to_str().unwrap());
    let started = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.unwrap()
}

impl Drop for MailPeers {
    /// Each stops the instance that its configuration names.
    fn drop(&mut self) {
        if let Some(mut postfix) = self.postfix.take() {
            let mut stop = as_root("/usr/sbin/postfix");
            let stopped = stop.arg("-c").arg(self.path("etc")).arg("stop").output();
            drop((stopped, postfix.wait()));
        }
        if let Some(mut dovecot) = self.dovecot.take() {
            let mut stop = as_root("/usr/bin/doveadm");
            let stopped = stop
                .arg("-c")
                .arg(self.path("dovecot.conf"))
                .arg("stop")
                .output();
            drop((stopped, dovecot.wait()));
        }
        // What belongs to the servers' users may need more than ours to be removed.
        let removed = as_root("rm").arg("-rf").arg(self.directory.path()).status();
        drop(removed);
    }
}
