//! Twilio: the account, and each number in it.
//!
//! Sources: twilio.com/docs/iam/api/account (`GET /2010-04-01/Accounts/{Sid}.json`; status active, suspended or closed),
//! twilio.com/docs/phone-numbers/api/incomingphonenumber-resource (`IncomingPhoneNumbers.json?PhoneNumber=`, capabilities),
//! twilio.com/docs/api/errors (20003 authenticate, 20404 not found).

use reqwest::RequestBuilder;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use ecluse_engine::provider::VerifyStep;

use super::{Answer, CheckError, CheckProblem, Checked, TrunkChecker, base};
use crate::http::below;
use crate::sms::number::PhoneNumber;
use crate::sms::trunk::Twilio;

pub(super) async fn check(
    checker: &TrunkChecker,
    twilio: &Twilio,
    numbers: &[PhoneNumber],
) -> Result<Checked, CheckError> {
    let base = base(&checker.urls.twilio)?;
    let account = format!("{}.json", twilio.account_sid);
    let url = below(base.clone(), &["2010-04-01", "Accounts", &account]);
    let request = checker.client.get(url);
    check_account(&checker.ask(signed_in(request, twilio)).await?)?;
    let list = [
        "2010-04-01",
        "Accounts",
        &twilio.account_sid,
        "IncomingPhoneNumbers.json",
    ];
    for number in numbers {
        let mut url = below(base.clone(), &list);
        url.query_pairs_mut()
            .append_pair("PhoneNumber", number.as_str());
        let request = checker.client.get(url);
        check_number(&checker.ask(signed_in(request, twilio)).await?, number)?;
    }
    Ok(match numbers {
        [] => Checked::SignedIn,
        _ => Checked::Verified,
    })
}

fn signed_in(request: RequestBuilder, twilio: &Twilio) -> RequestBuilder {
    request.basic_auth(&twilio.account_sid, Some(twilio.auth_token.expose_secret()))
}

fn check_account(answer: &Answer) -> Result<(), CheckError> {
    if !answer.is_success() {
        return Err(refusal(answer));
    }
    let account: Account = read(answer)?;
    match account.status.as_str() {
        "active" => Ok(()),
        status => Err(CheckError::new(
            VerifyStep::Account,
            CheckProblem::AccountInactive,
            format!("the account is {status}"),
        )),
    }
}

fn check_number(answer: &Answer, number: &PhoneNumber) -> Result<(), CheckError> {
    if !answer.is_success() {
        return Err(refusal(answer));
    }
    let list: Numbers = read(answer)?;
    let mut found = list.incoming_phone_numbers.into_iter();
    // The filter takes parts of numbers as well.
    match found.find(|found| found.phone_number == number.as_str()) {
        None => Err(CheckError::not_assigned(
            number,
            "the account does not have it",
        )),
        Some(found) if !found.capabilities.sms => Err(CheckError::cannot_text(
            number,
            "Twilio says that it has no SMS",
        )),
        Some(_) => Ok(()),
    }
}

fn refusal(answer: &Answer) -> CheckError {
    let error: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = error
        .message
        .unwrap_or_else(|| format!("HTTP status {}", answer.status));
    let detail = match error.code {
        Some(code) => format!("{words} ({code})"),
        None => words,
    };
    CheckError::of_status(answer.status, detail)
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, CheckError> {
    serde_json::from_slice(&answer.body).map_err(|error| CheckError::unreadable(error.to_string()))
}

#[derive(Default, Deserialize)]
struct Refusal {
    code: Option<i64>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    status: String,
}

#[derive(Deserialize)]
struct Numbers {
    incoming_phone_numbers: Vec<Number>,
}

#[derive(Deserialize)]
struct Number {
    phone_number: String,
    capabilities: Capabilities,
}

#[derive(Deserialize)]
struct Capabilities {
    #[serde(alias = "SMS", default)]
    sms: bool,
}
