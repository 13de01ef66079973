//! What a deployment may set: read once from a file, the environment and the command line, checked, and passed on as small
//! structs. Nothing else reads the environment.
//!
//! An option `a.b` in the file is `ECLUSE_A_B` in the environment. The command line wins over the environment, the
//! environment over the file, the file over the default.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use ecluse_adapters::directory::ProviderSettings;
use ecluse_adapters::oauth::servers::{MailServer, MailServers, NotAServer};
use ecluse_adapters::sms::check::TrunkUrls;
use ecluse_engine::limits::Limits;

/// Every option that may be set by the environment, by its name in the file.
const OPTIONS: &[&str] = &[
    "data_dir",
    "listen",
    "public_url",
    "database_url",
    "master_key",
    "admin_api_key",
    "admin_password",
    "workers",
    "arbiters",
    "http.trusted_proxies",
    "http.webhook_bytes_max",
    "tls.ca_file",
    "providers.meta_url",
    "providers.meta_dialog_url",
    "providers.meta_app_id",
    "providers.meta_app_secret",
    "providers.meta_verify_token",
    "providers.dialog360_url",
    "providers.dialog360_hub_url",
    "providers.dialog360_partner_id",
    "providers.dialog360_partner_secret",
    "providers.dialog360_webhook_secret",
    "providers.twilio_url",
    "providers.telnyx_url",
    "providers.bandwidth_url",
    "providers.vi_url",
    "providers.ozsms_url",
    "providers.google_oauth_url",
    "providers.google_imap",
    "providers.google_smtp",
    "providers.google_client_id",
    "providers.google_client_secret",
    "providers.microsoft_oauth_url",
    "providers.microsoft_imap",
    "providers.microsoft_smtp",
    "providers.microsoft_client_id",
    "providers.microsoft_client_secret",
    "limits.gate_messages",
    "limits.gate_bytes",
    "limits.journal_segment_bytes",
    "limits.lag_max",
    "limits.live_max",
    "limits.drain_secs",
    "faults.commit_delay_ms",
    "faults.projection_delay_ms",
    "faults.journal_bytes_max",
    "faults.crash_on",
    "faults.crash_times",
    "faults.for_secs",
];

/// Variables of the environment that are no options but belong to the command line.
const OF_THE_COMMAND_LINE: [&str; 2] = ["ECLUSE_CONFIG", "ECLUSE_LOG"];

/// What may be written in the file or the environment.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    data_dir: Option<PathBuf>,
    listen: Option<String>,
    public_url: Option<String>,
    database_url: Option<String>,
    master_key: Option<SecretString>,
    admin_api_key: Option<SecretString>,
    admin_password: Option<SecretString>,
    workers: Option<usize>,
    arbiters: Option<usize>,
    http: Http,
    tls: Tls,
    providers: Providers,
    limits: WrittenLimits,
    faults: FaultSettings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Http {
    trusted_proxies: Option<ProxyList>,
    webhook_bytes_max: Option<usize>,
}

/// A list in the file, words with commas in the environment.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ProxyList {
    List(Vec<String>),
    Words(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tls {
    ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Providers {
    meta_url: Option<String>,
    meta_dialog_url: Option<String>,
    meta_app_id: Option<Digits>,
    meta_app_secret: Option<SecretString>,
    meta_verify_token: Option<SecretString>,
    dialog360_url: Option<String>,
    dialog360_hub_url: Option<String>,
    dialog360_partner_id: Option<String>,
    dialog360_partner_secret: Option<SecretString>,
    dialog360_webhook_secret: Option<SecretString>,
    twilio_url: Option<String>,
    telnyx_url: Option<String>,
    bandwidth_url: Option<String>,
    vi_url: Option<String>,
    ozsms_url: Option<String>,
    google_oauth_url: Option<String>,
    google_imap: Option<String>,
    google_smtp: Option<String>,
    google_client_id: Option<String>,
    google_client_secret: Option<SecretString>,
    microsoft_oauth_url: Option<String>,
    microsoft_imap: Option<String>,
    microsoft_smtp: Option<String>,
    microsoft_client_id: Option<String>,
    microsoft_client_secret: Option<SecretString>,
}

/// An id of Meta's, which is a number that many write without quotation marks.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Digits {
    Number(u64),
    Text(String),
}

impl From<Digits> for String {
    fn from(digits: Digits) -> Self {
        match digits {
            Digits::Number(number) => number.to_string(),
            Digits::Text(text) => text,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenLimits {
    gate_messages: Option<usize>,
    gate_bytes: Option<usize>,
    journal_segment_bytes: Option<u64>,
    lag_max: Option<u64>,
    live_max: Option<usize>,
    drain_secs: Option<u64>,
}

/// Faults for rehearsals; all off by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultSettings {
    /// Every commit of the journal takes this much longer.
    pub commit_delay_ms: u64,
    /// Every transaction of the projector takes this much longer.
    pub projection_delay_ms: u64,
    /// The disk is full when the journal's segments take this many bytes; 0 is never.
    pub journal_bytes_max: u64,
    /// A customer's text with this word in it crashes its conversation.
    pub crash_on: Option<String>,
    /// How often each such text crashes it before it goes through; left out, until it is a dead letter.
    pub crash_times: Option<u32>,
    /// The faults end by themselves after this many seconds; 0 is never.
    pub for_secs: u64,
}

/// What the command line may say.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<String>,
    pub config: Option<PathBuf>,
    pub database_url: Option<String>,
}

/// What is true of this process.
#[derive(Debug)]
pub struct Settings {
    pub data_dir: PathBuf,
    pub listen: String,
    /// The address that customers, providers and people use; `None` until the port is known.
    pub public_url: Option<Url>,
    pub master_key: Option<SecretString>,
    pub admin_api_key: Option<SecretString>,
    pub admin_password: Option<SecretString>,
    /// Threads that serve HTTP and run conversations; as many as cores.
    pub workers: usize,
    /// Threads that run channels and the router; one.
    pub arbiters: usize,
    /// Addresses or networks whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<String>,
    /// The largest webhook body, in bytes.
    pub webhook_bytes_max: usize,
    pub ca_file: Option<PathBuf>,
    pub providers: ProviderSettings,
    pub limits: Limits,
    pub drain: Duration,
    pub faults: FaultSettings,
}

/// Why the process cannot start with what is set.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the configuration cannot be read")]
    Read(#[source] config::ConfigError),
    #[error("{option} is not a URL: {value}")]
    Url {
        option: &'static str,
        value: String,
        #[source]
        source: url::ParseError,
    },
    #[error("{option} cannot be used")]
    MailServer {
        option: &'static str,
        #[source]
        source: NotAServer,
    },
    #[error("ECLUSE_MASTER_KEY must be 32 bytes in base64 (try: head -c 32 /dev/urandom | base64)")]
    MasterKey,
    #[error(
        "this version keeps its data in files in the data directory and cannot use {scheme}:// databases yet; \
         leave --database-url out"
    )]
    PostgreSql { scheme: String },
    #[error(
        "everything is kept in the data directory, and no database can be used; \
         choose it with data_dir (--data-dir) and leave database_url (--database-url) out"
    )]
    Database,
    #[error(
        "public_url is the address that people open, like https://chat.example.org: {value} {why}"
    )]
    PublicUrl { value: Url, why: &'static str },
    #[error("{option} in the environment is not UTF-8")]
    NotText { option: &'static str },
    #[error("{option} must be at least {least}")]
    TooSmall { option: &'static str, least: u64 },
}

impl Settings {
    /// Reads everything that is set.
    ///
    /// # Errors
    /// What is wrong, and with which option.
    pub fn read(command_line: &CommandLine) -> Result<Self, SettingsError> {
        let written = read_written(command_line.config.as_deref())?;
        let database_url = command_line
            .database_url
            .as_ref()
            .or(written.database_url.as_ref());
        check_database(database_url.map(String::as_str))?;
        check_master_key(written.master_key.as_ref())?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let settings = Self {
            data_dir: command_line
                .data_dir
                .clone()
                .or(written.data_dir)
                .unwrap_or_else(|| "./ecluse-data".into()),
            listen: command_line
                .listen
                .clone()
                .or(written.listen)
                .unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            public_url: written.public_url.map(public_url).transpose()?,
            master_key: written.master_key,
            admin_api_key: written.admin_api_key,
            admin_password: written.admin_password,
            workers: written.workers.unwrap_or(cores),
            arbiters: written.arbiters.unwrap_or(1).max(1),
            trusted_proxies: proxies(written.http.trusted_proxies),
            webhook_bytes_max: written.http.webhook_bytes_max.unwrap_or(3 << 20),
            ca_file: written.tls.ca_file,
            providers: providers(written.providers)?,
            limits: limits(&written.limits)?,
            drain: Duration::from_secs(written.limits.drain_secs.unwrap_or(20)),
            faults: written.faults,
        };
        Ok(settings)
    }
}

fn read_written(file: Option<&Path>) -> Result<Written, SettingsError> {
    let mut builder = config::Config::builder();
    if let Some(file) = file {
        builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
    }
    for variable in without_effect(std::env::vars_os()) {
        tracing::warn!("{variable} is no option and has no effect");
    }
    for option in OPTIONS {
        let value = in_environment(option)?;
        builder = builder
            .set_override_option(*option, value)
            .map_err(SettingsError::Read)?;
    }
    builder
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(SettingsError::Read)
}

fn in_environment(option: &'static str) -> Result<Option<String>, SettingsError> {
    let value = std::env::var_os(variable(option)).map(OsString::into_string);
    let value = value.transpose();
    let value = value.map_err(|_| SettingsError::NotText { option })?;
    Ok(value.filter(|value| !value.is_empty()))
}

fn variable(option: &str) -> String {
    format!("ECLUSE_{}", option.replace('.', "_").to_uppercase())
}

/// Variables that look like options and are none. They are told and not refused, because Kubernetes gives every container
/// such names for each service of its namespace.
fn without_effect(environment: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let names = environment.filter_map(|(name, _)| name.into_string().ok());
    let is_known = |name: &String| {
        OF_THE_COMMAND_LINE.contains(&name.as_str())
            || OPTIONS.iter().any(|option| variable(option) == *name)
    };
    let ours = names.filter(|name| name.starts_with("ECLUSE_"));
    ours.filter(|name| !is_known(name)).collect()
}

/// Whoever names a database must not find their data somewhere else.
fn check_database(url: Option<&str>) -> Result<(), SettingsError> {
    let Some(url) = url.map(str::trim).filter(|url| !url.is_empty()) else {
        return Ok(());
    };
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    if ["postgres", "postgresql"].contains(&scheme.to_lowercase().as_str()) {
        return Err(SettingsError::PostgreSql {
            scheme: scheme.to_owned(),
        });
    }
    Err(SettingsError::Database)
}

fn check_master_key(key: Option<&SecretString>) -> Result<(), SettingsError> {
    use secrecy::ExposeSecret as _;
    let Some(key) = key else { return Ok(()) };
    let bytes = base64::engine::general_purpose::STANDARD.decode(key.expose_secret().trim());
    if bytes.is_ok_and(|bytes| bytes.len() == 32) {
        Ok(())
    } else {
        Err(SettingsError::MasterKey)
    }
}

fn public_url(value: String) -> Result<Url, SettingsError> {
    let url = Url::parse(&value).map_err(|source| SettingsError::Url {
        option: "public_url",
        value,
        source,
    })?;
    let why = if !["http", "https"].contains(&url.scheme()) {
        "begins with neither http:// nor https://"
    } else if url.query().is_some() || url.fragment().is_some() {
        "goes on after the path"
    } else {
        return Ok(url);
    };
    Err(SettingsError::PublicUrl { value: url, why })
}

fn proxies(written: Option<ProxyList>) -> Vec<String> {
    match written {
        None => Vec::new(),
        Some(ProxyList::List(list)) => list,
        Some(ProxyList::Words(words)) => words
            .split(',')
            .map(|word| word.trim().to_owned())
            .collect(),
    }
}

fn providers(written: Providers) -> Result<ProviderSettings, SettingsError> {
    let usual = ProviderSettings::default();
    Ok(ProviderSettings {
        meta_url: written.meta_url.unwrap_or(usual.meta_url),
        meta_dialog_url: written.meta_dialog_url.unwrap_or(usual.meta_dialog_url),
        dialog360_url: written.dialog360_url.unwrap_or(usual.dialog360_url),
        dialog360_hub_url: written.dialog360_hub_url.unwrap_or(usual.dialog360_hub_url),
        trunks: TrunkUrls {
            twilio: written.twilio_url.unwrap_or(usual.trunks.twilio),
            telnyx: written.telnyx_url.unwrap_or(usual.trunks.telnyx),
            bandwidth: written.bandwidth_url.unwrap_or(usual.trunks.bandwidth),
            vi: written.vi_url.unwrap_or(usual.trunks.vi),
            ozsms: written.ozsms_url.or(usual.trunks.ozsms),
        },
        google_oauth_url: written.google_oauth_url.unwrap_or(usual.google_oauth_url),
        microsoft_oauth_url: written
            .microsoft_oauth_url
            .unwrap_or(usual.microsoft_oauth_url),
        google_mail: MailServers {
            imap: mail_server("providers.google_imap", written.google_imap)?
                .unwrap_or(usual.google_mail.imap),
            smtp: mail_server("providers.google_smtp", written.google_smtp)?
                .unwrap_or(usual.google_mail.smtp),
        },
        microsoft_mail: MailServers {
            imap: mail_server("providers.microsoft_imap", written.microsoft_imap)?
                .unwrap_or(usual.microsoft_mail.imap),
            smtp: mail_server("providers.microsoft_smtp", written.microsoft_smtp)?
                .unwrap_or(usual.microsoft_mail.smtp),
        },
        meta_app_id: written.meta_app_id.map(String::from),
        meta_app_secret: written.meta_app_secret,
        meta_verify_token: written.meta_verify_token,
        dialog360_partner_id: written.dialog360_partner_id,
        dialog360_partner_secret: written.dialog360_partner_secret,
        dialog360_webhook_secret: written.dialog360_webhook_secret,
        google_client_id: written.google_client_id,
        google_client_secret: written.google_client_secret,
        microsoft_client_id: written.microsoft_client_id,
        microsoft_client_secret: written.microsoft_client_secret,
    })
}

fn mail_server(
    option: &'static str,
    written: Option<String>,
) -> Result<Option<MailServer>, SettingsError> {
    let read = written.map(|text| text.parse()).transpose();
    read.map_err(|source| SettingsError::MailServer { option, source })
}

/// A segment has room for its header and some small groups; one that a larger group has grown is cut when it is trimmed.
const SEGMENT_BYTES_MIN: u64 = 64 << 10;

fn limits(written: &WrittenLimits) -> Result<Limits, SettingsError> {
    let mut limits = Limits::default();
    limits.gate.messages = written.gate_messages.unwrap_or(limits.gate.messages);
    limits.gate.bytes = written.gate_bytes.unwrap_or(limits.gate.bytes);
    let segment_bytes = written.journal_segment_bytes;
    limits.journal_segment_bytes = segment_bytes.unwrap_or(limits.journal_segment_bytes);
    limits.lag_max = written.lag_max.unwrap_or(limits.lag_max);
    limits.passivation.live_max = written.live_max.unwrap_or(limits.passivation.live_max);
    if limits.gate.messages < 4 {
        return Err(SettingsError::TooSmall {
            option: "limits.gate_messages",
            least: 4,
        });
    }
    if limits.journal_segment_bytes < SEGMENT_BYTES_MIN {
        return Err(SettingsError::TooSmall {
            option: "limits.journal_segment_bytes",
            least: SEGMENT_BYTES_MIN,
        });
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_toml(text: &str) -> Result<Settings, SettingsError> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ecluse.toml");
        std::fs::write(&file, text).unwrap();
        Settings::read(&CommandLine {
            config: Some(file),
            ..CommandLine::default()
        })
    }

    #[test]
    fn a_database_beside_the_data_directory_is_refused_with_a_clear_sentence() {
        let postgresql = ["postgresql://", "data directory"];
        let data_dir = ["data directory", "--data-dir"];
        for (url, words) in [
            ("postgresql://user:secret@db/ecluse", postgresql),
            (
                "PostgreSQL://db/ecluse",
                ["PostgreSQL://", "data directory"],
            ),
            ("postgres://db/ecluse", ["postgres://", "data directory"]),
            ("sqlite:///var/lib/ecluse.db", data_dir),
            ("sqlite::memory:", data_dir),
            ("mysql://user:secret@db/ecluse", data_dir),
            ("ecluse.db", data_dir),
        ] {
            let asked = CommandLine {
                database_url: Some(url.to_owned()),
                ..CommandLine::default()
            };
            let of_the_line = Settings::read(&asked).unwrap_err().to_string();
            let of_the_file = from_toml(&format!("database_url = '{url}'")).unwrap_err();
            assert_eq!(of_the_line, of_the_file.to_string());
            let told = words.iter().all(|word| of_the_line.contains(word));
            assert!(
                told && !of_the_line.contains("secret"),
                "{url}: {of_the_line}"
            );
        }
        assert!(from_toml("database_url = ''").is_ok());
    }

    #[test]
    fn a_public_url_that_nobody_can_open_is_refused() {
        for url in [
            "http://localhost:8080",
            "https://chat.example.org/",
            "https://example.org/chat",
        ] {
            let settings = from_toml(&format!("public_url = '{url}'")).unwrap();
            assert_eq!(settings.public_url, Some(url.parse().unwrap()));
        }
        for url in [
            "localhost:8080",
            "chat.example.org",
            "https://",
            "ftp://chat.example.org",
            "unix:/run/ecluse",
            "https://chat.example.org/?a=1",
            "https://chat.example.org/#top",
        ] {
            let refused = from_toml(&format!("public_url = '{url}'")).unwrap_err();
            assert!(
                refused.to_string().contains("public_url"),
                "{url}: {refused}"
            );
        }
    }

    #[test]
    fn every_option_is_in_the_readme() {
        let readme = include_str!("../../README.md");
        let named = |option: &str| {
            let name = format!("`{option}`");
            let mut rows = readme.lines().filter(|line| line.starts_with('|'));
            rows.any(|row| {
                row.split('|')
                    .nth(1)
                    .is_some_and(|cell| cell.contains(&name))
            })
        };
        for option in OPTIONS {
            assert!(named(option), "{option}");
        }
        let table = readme.split("| option |").nth(1).unwrap();
        let rows = table.lines().skip(2).take_while(|row| row.starts_with('|'));
        for name in rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`')) {
            let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
            assert!(!is_name || OPTIONS.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_variable_that_is_no_option_is_told() {
        let environment = [
            "ECLUSE_LISTEN",
            "ECLUSE_HTTP_TRUSTED_PROXIES",
            "ECLUSE_LOG",
            "ECLUSE_LISTENN",
            "ECLUSE_PORT_80_TCP",
            "PATH",
        ];
        let told = without_effect(
            environment
                .map(|name| (name.into(), "x".into()))
                .into_iter(),
        );
        assert_eq!(told, ["ECLUSE_LISTENN", "ECLUSE_PORT_80_TCP"]);
    }

    #[test]
    fn the_file_is_read_and_a_misspelt_option_is_refused() {
        let settings =
            from_toml("listen = '127.0.0.1:9'\n[http]\ntrusted_proxies = ['10.0.0.1']\n").unwrap();
        assert_eq!(settings.listen, "127.0.0.1:9");
        assert_eq!(settings.trusted_proxies, ["10.0.0.1"]);
        let refused = from_toml("listenn = 'x'").unwrap_err();
        assert!(matches!(refused, SettingsError::Read(_)));
    }

    #[test]
    fn a_master_key_of_the_wrong_length_is_refused() {
        assert!(matches!(
            from_toml("master_key = 'c2hvcnQ='"),
            Err(SettingsError::MasterKey)
        ));
    }
}
