//! Telnyx: the messaging profile, and each number in it.
//!
//! Sources: developers.telnyx.com/api-reference/profiles (`GET /v2/messaging_profiles/{id}`, `enabled`) and
//! /api-reference/phone-number-configurations/list-phone-numbers (`GET /v2/phone_numbers?filter[phone_number]=`, digits only;
//! `messaging_profile_id`, `status`). Errors are `{"errors": [{"code", "title", "detail"}]}`.

use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use ecluse_engine::provider::VerifyStep;

use super::{Answer, CheckError, CheckProblem, Checked, TrunkChecker, base};
use crate::http::below;
use crate::sms::number::PhoneNumber;
use crate::sms::trunk::Telnyx;

pub(super) async fn check(
    checker: &TrunkChecker,
    telnyx: &Telnyx,
    numbers: &[PhoneNumber],
) -> Result<Checked, CheckError> {
    let base = below(base(&checker.urls.telnyx)?, &["v2"]);
    let profile = &telnyx.messaging_profile_id;
    let url = below(base.clone(), &["messaging_profiles", profile]);
    let found: Data<Profile> = get(checker, telnyx, url).await?;
    if !found.data.enabled {
        let detail = "the messaging profile is switched off";
        return Err(CheckError::new(
            VerifyStep::Account,
            CheckProblem::AccountInactive,
            detail,
        ));
    }
    for number in numbers {
        let mut url = below(base.clone(), &["phone_numbers"]);
        url.query_pairs_mut()
            .append_pair("filter[phone_number]", number.digits());
        let list: Data<Vec<Number>> = get(checker, telnyx, url).await?;
        check_number(&list.data, number, profile)?;
    }
    Ok(match numbers {
        [] => Checked::SignedIn,
        _ => Checked::Verified,
    })
}

fn check_number(found: &[Number], number: &PhoneNumber, profile: &str) -> Result<(), CheckError> {
    let own = found
        .iter()
        .find(|found| found.phone_number == number.as_str());
    let Some(own) = own else {
        return Err(CheckError::not_assigned(
            number,
            "the account does not have it",
        ));
    };
    if own.messaging_profile_id.as_deref() != Some(profile) {
        let detail = "it is not assigned to this messaging profile";
        return Err(CheckError::not_assigned(number, detail));
    }
    match own.status.as_deref() {
        None | Some("active") => Ok(()),
        Some(status) => Err(CheckError::not_assigned(number, format!("it is {status}"))),
    }
}

async fn get<T: DeserializeOwned>(
    checker: &TrunkChecker,
    telnyx: &Telnyx,
    url: Url,
) -> Result<T, CheckError> {
    let request = checker.client.get(url);
    let request = request.bearer_auth(telnyx.api_key.expose_secret());
    let answer = checker.ask(request).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    serde_json::from_slice(&answer.body).map_err(|error| CheckError::unreadable(error.to_string()))
}

fn refusal(answer: &Answer) -> CheckError {
    let body: Errors = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = body.errors.into_iter().next().map(|error| {
        let detail = error.detail.unwrap_or_default();
        format!("{} ({}): {detail}", error.title, error.code)
    });
    let detail = words.unwrap_or_else(|| format!("HTTP status {}", answer.status));
    CheckError::of_status(answer.status, detail)
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    enabled: bool,
}

#[derive(Deserialize)]
struct Number {
    phone_number: String,
    messaging_profile_id: Option<String>,
    status: Option<String>,
}

#[derive(Default, Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<TelnyxError>,
}

#[derive(Deserialize)]
struct TelnyxError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    detail: Option<String>,
}
