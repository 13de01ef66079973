//! VoIP Innovations: a query about a number, which nobody pays for and which changes nothing.
//!
//! Sources: voipinnovations.atlassian.net/wiki, All API 3.0 Methods (`queryDID(login, secret, did)`; `responseCode`,
//! `responseMessage`, and the record of the number with its status). The address `/Services/APIService.asmx`, SOAP 1.1 under
//! `http://tempuri.org/`, the code 100 for success and the use of bare digits are as public clients of it have them; the
//! list of codes is in no page that we could find, so the message is read for what it is about.

use secrecy::ExposeSecret as _;

use ecluse_engine::provider::VerifyStep;

use super::{Answer, CheckError, CheckProblem, Checked, TrunkChecker, base};
use crate::http::below;
use crate::sms::number::PhoneNumber;
use crate::sms::trunk::Vi;

/// Success, in `responseCode`.
const SUCCESS: &str = "100";

/// Whom to ask about when the trunk has no number: nobody has this one (NANP, fictitious numbers).
const NOBODYS: &str = "2015550100";

pub(super) async fn check(
    checker: &TrunkChecker,
    vi: &Vi,
    numbers: &[PhoneNumber],
) -> Result<Checked, CheckError> {
    if numbers.is_empty() {
        query(checker, vi, NOBODYS).await?;
        return Ok(Checked::SignedIn);
    }
    for number in numbers {
        let digits = number.digits();
        let national = digits.strip_prefix('1').unwrap_or(digits);
        let body = query(checker, vi, national).await?;
        check_number(&body, number)?;
    }
    Ok(Checked::Verified)
}

/// The answer's body, once it says that we are signed in.
async fn query(checker: &TrunkChecker, vi: &Vi, did: &str) -> Result<String, CheckError> {
    let url = below(base(&checker.urls.vi)?, &["Services", "APIService.asmx"]);
    let request = checker
        .client
        .post(url)
        .header("Content-Type", "text/xml; charset=utf-8")
        .header("SOAPAction", "\"http://tempuri.org/queryDID\"")
        .body(envelope(vi, did));
    let answer = checker.ask(request).await?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    check_sign_in(&answer, &body)?;
    Ok(body)
}

fn envelope(vi: &Vi, did: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
         xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><queryDID \
         xmlns=\"http://tempuri.org/\"><login>{}</login><secret>{}</secret><did>{}</did></queryDID></soap:Body>\
         </soap:Envelope>",
        escaped(&vi.login),
        escaped(vi.secret.expose_secret()),
        escaped(did),
    )
}

fn check_sign_in(answer: &Answer, body: &str) -> Result<(), CheckError> {
    let words = element(body, "responseMessage").or_else(|| element(body, "faultstring"));
    let words = words.unwrap_or_else(|| format!("HTTP status {}", answer.status));
    let Some(code) = element(body, "responseCode") else {
        return Err(CheckError::of_status(answer.status, words));
    };
    if code == SUCCESS {
        return Ok(());
    }
    let about = words.to_ascii_lowercase();
    let is_sign_in = ["login", "secret", "password", "auth", "ip address"]
        .iter()
        .any(|word| about.contains(word));
    let (step, problem) = match is_sign_in {
        true => (VerifyStep::SignIn, CheckProblem::CredentialsRefused),
        false => (VerifyStep::Account, CheckProblem::ProviderFault),
    };
    Err(CheckError::new(step, problem, format!("{words} ({code})")))
}

/// A number that is not ours is described too, as available, or not at all.
fn check_number(body: &str, number: &PhoneNumber) -> Result<(), CheckError> {
    let status = element(body, "status").unwrap_or_default();
    let about = status.to_ascii_lowercase();
    let is_own = !status.is_empty()
        && !["no record", "not found", "available", "not owned"]
            .iter()
            .any(|word| about.contains(word));
    match is_own {
        true => Ok(()),
        false => {
            let words = format!("VoIP Innovations says: {status}");
            Err(CheckError::not_assigned(number, words))
        }
    }
}

/// The text of the first element of that name, whatever its prefix of namespace.
pub(crate) fn element(xml: &str, name: &str) -> Option<String> {
    for (at, _) in xml.match_indices('<') {
        let tag = xml.get(at + 1..)?;
        let (opening, rest) = tag.split_once('>')?;
        let own = opening.split_whitespace().next().unwrap_or_default();
        let own = own.rsplit(':').next().unwrap_or_default();
        if own == name && !opening.ends_with('/') {
            let (text, _) = rest.split_once("</")?;
            return Some(unescaped(text.trim()));
        }
    }
    None
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let text = text.replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_found_whatever_surrounds_it() {
        let xml = r#"<?xml version="1.0"?><s:Envelope xmlns:s="x"><empty/><s:Body a="b"><responseCode>100</responseCode>
            <a:responseMessage> A &amp; B </a:responseMessage></s:Body></s:Envelope>"#;
        assert_eq!(element(xml, "responseCode").as_deref(), Some("100"));
        assert_eq!(element(xml, "responseMessage").as_deref(), Some("A & B"));
        assert_eq!(element(xml, "empty"), None);
        assert_eq!(element(xml, "missing"), None);
        assert_eq!(element("<a", "a"), None);
        assert_eq!(element("<a>é", "a"), None);
    }

    #[test]
    fn a_secret_cannot_break_out_of_its_element() {
        let vi = Vi {
            login: "a&b".to_owned(),
            secret: "</secret><did>1</did>".into(),
        };
        let xml = envelope(&vi, "2015550100");
        assert!(xml.contains("<login>a&amp;b</login>"), "{xml}");
        assert_eq!(
            element(&xml, "secret").as_deref(),
            Some("</secret><did>1</did>")
        );
        assert_eq!(element(&xml, "did").as_deref(), Some("2015550100"));
    }
}
