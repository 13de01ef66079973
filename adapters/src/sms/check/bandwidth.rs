//! Bandwidth: the messaging application of the account, and each number among the account's.
//!
//! Sources: dev.bandwidth.com/docs/account/applications (`/api/accounts/{accountId}/applications`, `ServiceType`
//! `Messaging-V2`, XML, basic authentication) and the account's in-service numbers
//! (`/api/accounts/{accountId}/inserviceNumbers/{number}`, ten digits), which the vendor's own client library calls. Whether
//! a number's location is linked to the application is not asked. Numbers outside of the North American plan are not in
//! this list, so such a number is not asked about.

use secrecy::ExposeSecret as _;
use url::Url;

use ecluse_engine::provider::VerifyStep;

use super::vi::element;
use super::{Answer, CheckError, CheckProblem, Checked, TrunkChecker, base};
use crate::http::below;
use crate::sms::number::PhoneNumber;
use crate::sms::trunk::Bandwidth;

pub(super) async fn check(
    checker: &TrunkChecker,
    bandwidth: &Bandwidth,
    numbers: &[PhoneNumber],
) -> Result<Checked, CheckError> {
    let base = base(&checker.urls.bandwidth)?;
    let account = below(base, &["api", "accounts", &bandwidth.user_id]);
    let url = below(account.clone(), &["applications", &bandwidth.app_id]);
    check_application(&get(checker, bandwidth, url).await?)?;
    let mut asked = 0;
    for number in numbers {
        let Some(national) = north_american(number) else {
            continue;
        };
        let url = below(account.clone(), &["inserviceNumbers", national]);
        check_number(&get(checker, bandwidth, url).await?, number)?;
        asked += 1;
    }
    Ok(match numbers.len() == asked && asked > 0 {
        true => Checked::Verified,
        false => Checked::SignedIn,
    })
}

/// The ten digits of a number with the country code 1.
fn north_american(number: &PhoneNumber) -> Option<&str> {
    let national = number.as_str().strip_prefix("+1")?;
    (national.len() == 10).then_some(national)
}

async fn get(
    checker: &TrunkChecker,
    bandwidth: &Bandwidth,
    url: Url,
) -> Result<Answer, CheckError> {
    let password = bandwidth.password.expose_secret();
    let request = checker.client.get(url);
    let request = request.basic_auth(&bandwidth.username, Some(password));
    checker.ask(request).await
}

fn check_application(answer: &Answer) -> Result<(), CheckError> {
    let body = String::from_utf8_lossy(&answer.body);
    if !answer.is_success() {
        return Err(CheckError::of_status(
            answer.status,
            words(answer.status, &body),
        ));
    }
    let service = element(&body, "ServiceType");
    match service.as_deref() {
        Some(service) if service.starts_with("Messaging") => Ok(()),
        Some(service) => Err(CheckError::new(
            VerifyStep::Account,
            CheckProblem::AccountUnknown,
            format!("the application is for {service}, not for messages"),
        )),
        None => Err(CheckError::unreadable(
            "the answer describes no application",
        )),
    }
}

fn check_number(answer: &Answer, number: &PhoneNumber) -> Result<(), CheckError> {
    match answer.status {
        200..=299 => Ok(()),
        404 => Err(CheckError::not_assigned(
            number,
            "the account does not have it in service",
        )),
        status => {
            let body = String::from_utf8_lossy(&answer.body);
            Err(CheckError::of_status(status, words(status, &body)))
        }
    }
}

fn words(status: u16, body: &str) -> String {
    let words = element(body, "Description").or_else(|| element(body, "Message"));
    words.unwrap_or_else(|| format!("HTTP status {status}"))
}
