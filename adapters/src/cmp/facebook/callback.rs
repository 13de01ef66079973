//! The request with which Facebook sends the person back to us; pure.
//!
//! What must stay true: the state is read before anything else, and whoever calls compares it with the one that was given
//! out before the outcome is believed; anybody can make such a request.
//!
//! Sources: developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow, "Canceled Login"
//! (`error_reason=user_denied`, `error=access_denied`). `error_code` with `error_message` is what Facebook sends when the
//! app itself is the trouble: 1349126 for an app that is in development and a person without a role in it, or that is not
//! active. No page of Meta's lists these; several public reports have them.

use std::borrow::Cow;

use secrecy::SecretString;

use super::FacebookError;

/// Facebook's number for an app that this person may not use.
const APP_NOT_SET_UP: &str = "1349126";

/// What the person came back with.
#[derive(Debug)]
pub struct Callback {
    /// Our own word, or what somebody made up.
    pub state: Option<String>,
    pub outcome: Result<SecretString, FacebookError>,
}

impl Callback {
    /// Reads the query of the request, without its question mark.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let value = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value)
        };
        Self {
            state: value("state").map(Cow::into_owned),
            outcome: outcome(value),
        }
    }
}

fn outcome<'q>(
    value: impl Fn(&str) -> Option<Cow<'q, str>>,
) -> Result<SecretString, FacebookError> {
    if let Some(error) = value("error") {
        let reason = value("error_reason").unwrap_or_default();
        let detail = value("error_description").unwrap_or_else(|| error.clone());
        return Err(refusal(&error, &reason, detail.into_owned()));
    }
    if let Some(number) = value("error_code") {
        let message = value("error_message").unwrap_or_default();
        return Err(app_error(&number, &message));
    }
    value("code")
        .map(|code| SecretString::from(code.into_owned()))
        .ok_or_else(|| FacebookError::Callback {
            detail: "there is no code".to_owned(),
        })
}

fn refusal(error: &str, reason: &str, detail: String) -> FacebookError {
    if error == "access_denied" || reason == "user_denied" {
        FacebookError::RefusedByPerson { detail }
    } else {
        FacebookError::Callback { detail }
    }
}

fn app_error(number: &str, message: &str) -> FacebookError {
    let detail = format!("{message} ({number})");
    if number == APP_NOT_SET_UP {
        FacebookError::NoAppRole { detail }
    } else {
        FacebookError::Callback { detail }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_person_comes_back_with_a_code_or_a_reason() {
        let good = Callback::read("code=AQD%2Fx&state=a+b#_=_");
        assert_eq!(good.state.as_deref(), Some("a b#_=_"));
        assert_eq!(good.outcome.unwrap().expose_secret(), "AQD/x");
        for (query, code) in [
            (
                "error_reason=user_denied&error=access_denied&error_description=Permissions+error&state=s",
                "refused_by_person",
            ),
            (
                "error_code=1349126&error_message=App+Not+Setup%3A+This+app+is+still+in+development+mode&state=s",
                "no_app_role",
            ),
            (
                "error_code=191&error_message=Can%27t+load+URL&state=s",
                "bad_callback",
            ),
            ("error=server_error&state=s", "bad_callback"),
            ("code=&state=s", "bad_callback"),
            ("state=s", "bad_callback"),
            // An error wins, whatever else somebody added.
            ("code=AQD&error=access_denied&state=s", "refused_by_person"),
        ] {
            let callback = Callback::read(query);
            assert_eq!(callback.state.as_deref(), Some("s"), "{query}");
            assert_eq!(callback.outcome.unwrap_err().code(), code, "{query}");
        }
        assert_eq!(Callback::read("").state, None);
    }

    #[test]
    fn a_code_never_reaches_a_log() {
        assert!(!format!("{:?}", Callback::read("code=AQDsecret&state=s")).contains("AQDsecret"));
    }
}
