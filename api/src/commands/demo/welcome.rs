//! What the demonstration says when it is ready: where to click, who to be, and how to kill it.

use std::path::Path;

use super::companies::CUSTOMER_OF_COMPANIES;
use super::configuration::{COLLEAGUES, Colleague, PASSWORD};
use super::{DATA_DIR, LISTEN, PACE};
use ecluse_engine::texts::Language;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) data_dir: &'a Path,
    /// As `http://127.0.0.1:8080`.
    pub(super) console: &'a str,
    pub(super) shop: &'a str,
    pub(super) process: u32,
    /// What starts this demonstration again.
    pub(super) command: &'a str,
    /// Shown once.
    pub(super) api_key: Option<&'a str>,
}

impl Places<'_> {
    /// The whole text, in French and in English.
    pub(super) fn text(&self) -> String {
        let Self {
            console,
            shop,
            process,
            command,
            ..
        } = self;
        let people = people();
        let folder = self.data_dir.display();
        let key = self.api_key.map_or_else(String::new, |key| {
            format!("\n  Clé d’API, affichée une fois / API key, shown once\n    {key}\n")
        });
        format!(
            "\n\
             Écluse — démonstration / demonstration\n\
             \n\
             \x20 Des clients inventés écrivent par WhatsApp à la boutique Lampyre, et vous par la discussion de son site.\n\
             \x20 Répondez-leur au poste, tuez ce processus, relancez-le : chaque message est là une fois, dans l’ordre.\n\
             \n\
             \x20 Invented customers write to the shop Lampyre by WhatsApp, and you by the chat on its site.\n\
             \x20 Answer them at the desk, kill this process, start it again: every message is there once, in order.\n\
             \n\
             \x20 Poste / Desk            {console}/desk\n\
             \x20 Boutique / Shop         {shop}/\n\
             \x20 Canaux / Channels       {console}/console\n\
             \x20 Registre / Ledger       {console}/demo/ledger\n\
             \x20 API                     {console}/docs\n\
             \x20 Dossier / Folder        {folder}\n\
             \n\
             {people}{key}\
             \n\
             \x20 Tuez-le, sans façons / Kill it, without ceremony\n\
             \x20   kill -9 {process}\n\
             \x20 Relancez-le, il reprend / Start it again, it goes on\n\
             \x20   {command}\n\
             \n\
             \x20 Ctrl+C l’arrête proprement ; --fresh recommence à zéro.\n\
             \x20 Ctrl+C stops it cleanly; --fresh begins anew.\n"
        )
    }
}

/// The table of who can sign in.
fn people() -> String {
    let mut rows =
        vec![["Qui / Who", "E-mail", "Mot de passe / Password", "N° / No."].map(str::to_owned)];
    for colleague in &COLLEAGUES {
        let Colleague {
            name,
            email,
            number,
            language,
        } = colleague;
        let language = match language {
            Language::Fr => "français",
            Language::En => "English",
        };
        let who = format!("{name}, agent ({language})");
        rows.push([
            who,
            (*email).to_owned(),
            PASSWORD.to_owned(),
            (*number).to_owned(),
        ]);
    }
    let administrator = ["Administration", "admin", PASSWORD, "0000"];
    rows.push(administrator.map(str::to_owned));
    let companies = ["Facebook, 360dialog", CUSTOMER_OF_COMPANIES, PASSWORD, ""];
    rows.push(companies.map(str::to_owned));
    rows.iter().map(row).collect()
}

fn row([who, email, password, number]: &[String; 4]) -> String {
    format!("  {who:<25}{email:<26}{password:<26}{number}\n")
}

/// The command that starts this demonstration again: as it was started, but never with `--fresh`.
pub(super) fn command(program: &str, data_dir: &Path, listen: &str, pace: f64) -> String {
    let program = match program.strip_prefix("target/") {
        Some("release/ecluse") => "cargo run --release --",
        Some("debug/ecluse") => "cargo run --",
        Some(_) | None => program,
    };
    let mut command = format!("{program} demo");
    let folder = data_dir.display().to_string();
    if folder != DATA_DIR {
        command += &format!(" --data-dir {}", quoted(&folder));
    }
    if listen != LISTEN {
        command += &format!(" --listen {listen}");
    }
    if pace.total_cmp(&PACE).is_ne() {
        command += &format!(" --pace {pace}");
    }
    command
}

/// As a shell reads it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~');
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_starts_the_same_demonstration_again() {
        let rows = [
            (
                "target/release/ecluse",
                DATA_DIR,
                LISTEN,
                PACE,
                "cargo run --release -- demo",
            ),
            (
                "target/debug/ecluse",
                "./mine",
                LISTEN,
                PACE,
                "cargo run -- demo --data-dir ./mine",
            ),
            (
                "ecluse",
                "my demo",
                LISTEN,
                PACE,
                "ecluse demo --data-dir 'my demo'",
            ),
            (
                "/opt/ecluse",
                DATA_DIR,
                "127.0.0.1:9000",
                2.0,
                "/opt/ecluse demo --listen 127.0.0.1:9000 --pace 2",
            ),
        ];
        for (program, folder, listen, pace, expected) in rows {
            assert_eq!(command(program, Path::new(folder), listen, pace), expected);
        }
    }

    #[test]
    fn the_welcome_fits_a_terminal_and_names_what_one_needs() {
        let places = Places {
            data_dir: Path::new(DATA_DIR),
            console: "http://127.0.0.1:8080",
            shop: "http://localhost:8081",
            process: 4_242,
            command: "cargo run --release -- demo",
            api_key: None,
        };
        let text = places.text();
        let needed = [
            "./ecluse-demo",
            "http://127.0.0.1:8080/desk",
            "http://127.0.0.1:8080/demo/ledger",
            "http://127.0.0.1:8080/docs",
            "http://localhost:8081/",
            "kill -9 4242",
            "cargo run --release -- demo",
            "amelie@lampyre.example",
            "james@lampyre.example",
            PASSWORD,
        ];
        for needed in needed {
            assert!(text.contains(needed), "{needed} is missing in {text}");
        }
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(110), "{widest:?}");
    }
}
