//! The request with which 360dialog's hub sends the client back to us; pure.
//!
//! What must stay true: neither the client nor the channels are believed for being there. The state is ours and is compared
//! by whoever calls, and a channel is only taken after the Partner API has said that it is that client's.
//!
//! Source: docs.360dialog.com/partner, custom integrated onboarding, "Consuming redirect": `client=<client-id>`,
//! `channels=[<channel-id>,<channel-id>]`, optionally `revoked=[<channel-id>]`. That `state` comes back is what the connect
//! button (npm 360dialog-connect-button, query parameter `state`) and public code rely on; no page of theirs says so, which
//! is why the state may also stand in the address that is given as `redirect_url`.

use std::borrow::Cow;

use super::Dialog360Error;

/// What a client came back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// Our own word, or what somebody made up.
    pub state: Option<String>,
    pub outcome: Result<Granted, Dialog360Error>,
}

/// What the client did on the hub's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub client_id: String,
    /// The channels that we may use; never empty.
    pub channels: Vec<String>,
    /// The channels that the client took back.
    pub revoked: Vec<String>,
}

impl Return {
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

fn outcome<'q>(value: impl Fn(&str) -> Option<Cow<'q, str>>) -> Result<Granted, Dialog360Error> {
    let list = |name: &str| value(name).map_or_else(Vec::new, |text| ids(&text));
    let client_id = value("client").filter(|id| is_id(id));
    let client_id = client_id.ok_or_else(|| Dialog360Error::Callback {
        detail: "there is no client".to_owned(),
    })?;
    let granted = Granted {
        client_id: client_id.into_owned(),
        channels: list("channels"),
        revoked: list("revoked"),
    };
    if granted.channels.is_empty() {
        return Err(Dialog360Error::NothingGranted);
    }
    Ok(granted)
}

/// `[a,b]`, with or without brackets, spaces and quotation marks. What is no id is left out.
fn ids(text: &str) -> Vec<String> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let each = text.split(',');
    each.map(|id| id.trim().trim_matches(['"', '\'']))
        .filter(|id| is_id(id))
        .map(str::to_owned)
        .collect()
}

/// Ids of 360dialog's are letters and digits that end in the kind, such as `skds23CH`.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(String, Vec<String>, Vec<String>), &'static str> {
        match Return::read(query).outcome {
            Ok(granted) => Ok((granted.client_id, granted.channels, granted.revoked)),
            Err(error) => Err(error.code()),
        }
    }

    #[test]
    fn a_client_comes_back_with_the_numbers_that_were_authorised() {
        let list = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let client = || "3CpBg3CL".to_owned();
        assert_eq!(
            read("client=3CpBg3CL&channels=[aaCH,bbCH]"),
            Ok((client(), list(&["aaCH", "bbCH"]), list(&[])))
        );
        assert_eq!(
            read("client=3CpBg3CL&channels=%5B%22aaCH%22%2C+%22bbCH%22%5D&revoked=[ccCH]&state=s"),
            Ok((client(), list(&["aaCH", "bbCH"]), list(&["ccCH"])))
        );
        assert_eq!(
            read("client=3CpBg3CL&channels=aaCH"),
            Ok((client(), list(&["aaCH"]), list(&[])))
        );
        for (query, code) in [
            ("channels=[aaCH]", "bad_callback"),
            ("client=../x&channels=[aaCH]", "bad_callback"),
            ("client=3CpBg3CL", "nothing_granted"),
            ("client=3CpBg3CL&channels=[]", "nothing_granted"),
            (
                "client=3CpBg3CL&channels=[]&revoked=[aaCH]",
                "nothing_granted",
            ),
            ("client=3CpBg3CL&channels=[../partners]", "nothing_granted"),
        ] {
            assert_eq!(read(query), Err(code), "{query}");
        }
        assert_eq!(Return::read("state=a%20b").state.as_deref(), Some("a b"));
    }
}
