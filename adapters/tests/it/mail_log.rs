//! The library for IMAP writes the commands that it sends to the log.

use log::{LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;

use ecluse_adapters::email::network::Network;
use ecluse_adapters::email::settings::{MailSignIn, Security};
use ecluse_adapters::email::verify::verify_imap;

use crate::mail_scripts::{Script, hasty, imap_at, serve};

struct Everything(Mutex<Vec<String>>);

impl Log for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().push(record.args().to_string());
    }

    fn flush(&self) {}
}

static LOG: Everything = Everything(Mutex::new(Vec::new()));

#[tokio::test]
async fn a_password_is_never_logged_at_whatever_level() {
    const SCRIPT: Script = &[
        ("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"),
        ("LOGIN", "{tag} NO wrong\r\n"),
    ];
    log::set_logger(&LOG).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let address = serve("* OK ready\r\n", SCRIPT).await;
    let network = Network::new(None).unwrap().with_limits(hasty());
    let sign_in = MailSignIn::Password("swordfish".into());
    let verified = verify_imap(&imap_at(address, Security::None), &sign_in, &network).await;
    assert!(verified.is_err());
    log::debug!("the log is kept");
    let log = LOG.0.lock();
    assert!(log.iter().any(|line| line == "the log is kept"));
    assert!(
        !log.iter().any(|line| line.contains("swordfish")),
        "{log:?}"
    );
}
