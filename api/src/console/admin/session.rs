//! What a reader does about their own session: another language, signing out.

use actix_web::HttpResponse;
use actix_web::web::Data;
use ecluse_adapters::storage::config_db::ConfigDb;
use ecluse_engine::texts::Language;

use super::administrator::Submission;
use super::refusal::see;
use crate::auth::Auth;
use crate::error::ApiError;

/// `POST /console/language`.
///
/// # Errors
/// It cannot be stored.
pub async fn language(
    Submission { by, posted }: Submission,
    db: &ConfigDb,
) -> Result<HttpResponse, ApiError> {
    let language = match posted.first("language") {
        Some("fr") => Language::Fr,
        _ => Language::En,
    };
    db.set_language(by.user.tenant, by.user.person, Some(language))
        .await?;
    Ok(see(own_place(posted.first("back").unwrap_or_default())))
}

/// Only a page of the console: an address from elsewhere leads nowhere else.
fn own_place(back: &str) -> &str {
    let is_own = back == "/console" || back.starts_with("/console/");
    if is_own && !back.contains(['\\', '\r', '\n']) {
        back
    } else {
        "/console"
    }
}

/// `POST /console/sign-out`.
///
/// # Errors
/// It cannot be stored.
pub async fn sign_out(
    Submission { by, .. }: Submission,
    db: &ConfigDb,
    auth: &Data<Auth>,
) -> Result<HttpResponse, ApiError> {
    db.end_session(by.user.session).await?;
    let mut answer = see("/login");
    // A cookie of ours has a name and a value that every header can hold.
    if let Err(error) = answer.add_cookie(&auth.no_cookie()) {
        tracing::error!(%error, "the cookie could not be taken away");
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::own_place;

    #[test]
    fn a_choice_of_language_leads_nowhere_but_the_console() {
        assert_eq!(own_place("/console/queues"), "/console/queues");
        for foreign in [
            "//evil.test",
            "https://evil.test",
            "/consoles",
            "",
            "/console/\r\nX: y",
        ] {
            assert_eq!(own_place(foreign), "/console", "{foreign:?}");
        }
    }
}
