//! Checks of SMS trunks, against the stand-ins of the carriers and of a message centre.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::http::{ClientOptions, client, tls};
use ecluse_adapters::sim::carriers::{CarrierOptions, CarrierSim, PROFILE};
use ecluse_adapters::sim::smsc::{SmscOptions, SmscSeen, SmscSim};
use ecluse_adapters::sms::check::{CheckError, Checked, TrunkChecker, TrunkUrls};
use ecluse_adapters::sms::number::PhoneNumber;
use ecluse_adapters::sms::trunk::TrunkProvider;
use ecluse_engine::provider::VerifyStep;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};

fn checker(urls: TrunkUrls) -> TrunkChecker {
    let client = client(&ClientOptions::default()).unwrap();
    TrunkChecker::new(client, tls(None).unwrap(), urls)
}

fn trunk(trunk: Value) -> TrunkProvider {
    serde_json::from_value(trunk).unwrap()
}

fn numbers(numbers: &[&str]) -> Vec<PhoneNumber> {
    numbers
        .iter()
        .map(|number| PhoneNumber::parse(number, None).unwrap())
        .collect()
}

/// What a check says, in short.
async fn outcome(
    checker: &TrunkChecker,
    provider: Value,
    own: &[&str],
) -> Result<Checked, (VerifyStep, &'static str)> {
    let checked = checker.check(&trunk(provider), &numbers(own)).await;
    checked.map_err(|error: CheckError| {
        assert!(!error.to_string().contains("s3cret"), "{error}");
        (error.step, error.problem.code())
    })
}

fn twilio(token: &str) -> Value {
    let sid = format!("AC{}", "0a".repeat(16));
    json!({ "twilio": { "account_sid": sid, "auth_token": token } })
}

#[tokio::test]
async fn twilio_is_asked_for_the_account_and_for_each_number() {
    let sim = CarrierSim::start(CarrierOptions::default()).unwrap();
    let checker = checker(sim.urls());
    let good = || twilio("simulated-auth-token");
    assert_eq!(
        outcome(&checker, good(), &["+12015550123"]).await,
        Ok(Checked::Verified)
    );
    assert_eq!(outcome(&checker, good(), &[]).await, Ok(Checked::SignedIn));
    let expected = Err((VerifyStep::SignIn, "credentials_refused"));
    assert_eq!(outcome(&checker, twilio("s3cret"), &[]).await, expected);
    let unknown = json!({ "twilio": { "account_sid": format!("AC{}", "0b".repeat(16)), "auth_token": "simulated-auth-token" } });
    assert_eq!(outcome(&checker, unknown, &[]).await, expected);
    let expected = Err((VerifyStep::Number, "number_not_assigned"));
    assert_eq!(
        outcome(&checker, good(), &["+12015550123", "+12015550199"]).await,
        expected
    );
    let expected = Err((VerifyStep::Number, "number_cannot_text"));
    assert_eq!(outcome(&checker, good(), &["+12015550124"]).await, expected);
    sim.change(|options| options.twilio.status = "suspended".to_owned());
    let expected = Err((VerifyStep::Account, "account_inactive"));
    assert_eq!(outcome(&checker, good(), &[]).await, expected);
}

fn telnyx(key: &str, profile: &str) -> Value {
    json!({ "telnyx": { "api_key": key, "messaging_profile_id": profile, "public_key": "a2V5" } })
}

#[tokio::test]
async fn telnyx_is_asked_for_the_profile_and_for_each_number_in_it() {
    let sim = CarrierSim::start(CarrierOptions::default()).unwrap();
    let checker = checker(sim.urls());
    let good = || telnyx("KEYsimulated", PROFILE);
    assert_eq!(
        outcome(&checker, good(), &["+12015550123"]).await,
        Ok(Checked::Verified)
    );
    let expected = Err((VerifyStep::SignIn, "credentials_refused"));
    assert_eq!(
        outcome(&checker, telnyx("s3cret", PROFILE), &[]).await,
        expected
    );
    let other = "00000000-0000-4000-8000-000000000000";
    let expected = Err((VerifyStep::Account, "account_unknown"));
    assert_eq!(
        outcome(&checker, telnyx("KEYsimulated", other), &[]).await,
        expected
    );
    // The first belongs to no profile, the second to nobody.
    let expected = Err((VerifyStep::Number, "number_not_assigned"));
    assert_eq!(outcome(&checker, good(), &["+12015550124"]).await, expected);
    assert_eq!(outcome(&checker, good(), &["+12015550199"]).await, expected);
    sim.change(|options| options.telnyx.enabled = false);
    let expected = Err((VerifyStep::Account, "account_inactive"));
    assert_eq!(outcome(&checker, good(), &[]).await, expected);
}

fn bandwidth(password: &str, account: &str, application: &str) -> Value {
    json!({ "bandwidth": {
        "username": "ecluse", "password": password, "user_id": account, "app_id": application,
    } })
}

#[tokio::test]
async fn bandwidth_is_asked_for_the_application_and_for_each_number() {
    let sim = CarrierSim::start(CarrierOptions::default()).unwrap();
    let checker = checker(sim.urls());
    let good = || bandwidth("simulated-password", "9900000", PROFILE);
    assert_eq!(
        outcome(&checker, good(), &["+12015550123"]).await,
        Ok(Checked::Verified)
    );
    // Numbers of other countries are not in that list.
    assert_eq!(
        outcome(&checker, good(), &["+33612345678"]).await,
        Ok(Checked::SignedIn)
    );
    let refused = Err((VerifyStep::SignIn, "credentials_refused"));
    assert_eq!(
        outcome(&checker, bandwidth("s3cret", "9900000", PROFILE), &[]).await,
        refused
    );
    let other = bandwidth("simulated-password", "9900001", PROFILE);
    assert_eq!(outcome(&checker, other, &[]).await, refused);
    let other = bandwidth(
        "simulated-password",
        "9900000",
        "00000000-0000-4000-8000-000000000000",
    );
    let unknown = Err((VerifyStep::Account, "account_unknown"));
    assert_eq!(outcome(&checker, other, &[]).await, unknown);
    let expected = Err((VerifyStep::Number, "number_not_assigned"));
    assert_eq!(outcome(&checker, good(), &["+12015550199"]).await, expected);
    sim.change(|options| options.bandwidth.service_type = "Voice-V2".to_owned());
    assert_eq!(outcome(&checker, good(), &[]).await, unknown);
}

#[tokio::test]
async fn voip_innovations_is_asked_about_each_number() {
    let sim = CarrierSim::start(CarrierOptions::default()).unwrap();
    let checker = checker(sim.urls());
    let vi = |secret: &str| json!({ "vi": { "login": "ecluse", "secret": secret } });
    assert_eq!(
        outcome(&checker, vi("simulated-secret"), &["+12015550123"]).await,
        Ok(Checked::Verified)
    );
    assert_eq!(
        outcome(&checker, vi("simulated-secret"), &[]).await,
        Ok(Checked::SignedIn)
    );
    let expected = Err((VerifyStep::SignIn, "credentials_refused"));
    assert_eq!(
        outcome(&checker, vi("s3cret"), &["+12015550123"]).await,
        expected
    );
    let expected = Err((VerifyStep::Number, "number_not_assigned"));
    assert_eq!(
        outcome(&checker, vi("simulated-secret"), &["+12015550199"]).await,
        expected
    );
}

#[tokio::test]
async fn what_can_only_be_known_by_sending_is_said_to_be_so() {
    let checker = checker(TrunkUrls::default());
    let ozsms = json!({ "ozsms": { "username": "u", "api_key": "k" } });
    assert_eq!(
        outcome(&checker, ozsms, &["+12015550123"]).await,
        Ok(Checked::NotWithoutSending)
    );
}

#[tokio::test]
async fn an_http_trunk_is_only_connected_to() {
    let checker = checker(TrunkUrls::default());
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let http = |url: String| json!({ "http": { "url": url } });
    let url = format!("http://{address}/send?to={{to}}");
    assert_eq!(
        outcome(&checker, http(url), &[]).await,
        Ok(Checked::Reached)
    );
    let (mut stream, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut bytes).unwrap();
    assert_eq!(bytes, b"", "something was sent");
    drop(listener);
    let url = format!("http://{address}/send");
    let expected = Err((VerifyStep::Connection, "unreachable"));
    assert_eq!(outcome(&checker, http(url), &[]).await, expected);
    let url = "http://sms.example/send".to_owned();
    let expected = Err((VerifyStep::Name, "bad_address"));
    assert_eq!(outcome(&checker, http(url), &[]).await, expected);
}

fn smpp(centre: &SmscSim, changes: &Value) -> Value {
    let address = centre.address();
    let mut smpp = json!({
        "host": address.ip().to_string(), "port": address.port(), "system_id": "ecluse", "password": "s3cret",
    });
    for (key, value) in changes.as_object().unwrap() {
        smpp[key] = value.clone();
    }
    json!({ "smpp": smpp })
}

#[tokio::test]
async fn a_session_is_bound_tried_and_closed_and_no_message_is_sent() {
    for bind in ["transceiver", "transmitter_receiver"] {
        let centre = SmscSim::start(SmscOptions::default()).await.unwrap();
        let checker = checker(TrunkUrls::default());
        let trunk = smpp(&centre, &json!({ "bind": bind }));
        assert_eq!(
            outcome(&checker, trunk, &["+12015550123"]).await,
            Ok(Checked::SignedIn)
        );
        let expected = SmscSeen {
            binds: 1,
            enquiries: 1,
            unbinds: 1,
            others: 0,
        };
        assert_eq!(centre.seen(), expected);
    }
}

#[tokio::test]
async fn each_refusal_of_a_centre_is_told_apart() {
    let centre = SmscSim::start(SmscOptions {
        system_type: "CC".to_owned(),
        ..SmscOptions::default()
    })
    .await
    .unwrap();
    let checker = checker(TrunkUrls::default());
    let sign_in = |code| Err((VerifyStep::SignIn, code));
    for (changes, code) in [
        (json!({ "password": "wrong" }), "password_wrong"),
        (json!({ "system_id": "stranger" }), "system_id_unknown"),
        (json!({ "system_type": "VMS" }), "system_type_wrong"),
    ] {
        assert_eq!(
            outcome(&checker, smpp(&centre, &changes), &[]).await,
            sign_in(code)
        );
    }
    for (status, code) in [
        (0x0D, "bind_refused"),
        (0x05, "bind_refused"),
        (0x08, "provider_fault"),
        (0x58, "too_many_calls"),
        (0x0400, "bind_refused"),
    ] {
        let centre = SmscSim::start(SmscOptions {
            refuses_with: Some(status),
            ..SmscOptions::default()
        })
        .await
        .unwrap();
        let trunk = trunk(smpp(&centre, &json!({})));
        let error = checker.check(&trunk, &[]).await.unwrap_err();
        assert_eq!(
            (error.step, error.problem.code()),
            (VerifyStep::SignIn, code)
        );
        assert_eq!(error.detail, format!("command_status 0x{status:08X}"));
    }
}

#[tokio::test]
async fn each_step_of_reaching_a_centre_is_told_apart() {
    let short = Duration::from_millis(200);
    let checker = checker(TrunkUrls::default()).with_step_timeout(short);
    let silent = SmscSim::start(SmscOptions {
        is_silent: true,
        ..SmscOptions::default()
    })
    .await
    .unwrap();
    let expected = Err((VerifyStep::Connection, "unreachable"));
    assert_eq!(
        outcome(&checker, smpp(&silent, &json!({})), &[]).await,
        expected
    );
    let expected = Err((VerifyStep::Tls, "tls_failed"));
    assert_eq!(
        outcome(&checker, smpp(&silent, &json!({ "tls": true })), &[]).await,
        expected
    );
    let expected = Err((VerifyStep::Name, "host_unknown"));
    let nowhere = smpp(&silent, &json!({ "host": "smsc.invalid" }));
    let patient = self::checker(TrunkUrls::default());
    assert_eq!(outcome(&patient, nowhere, &[]).await, expected);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let free = listener.local_addr().unwrap().port();
    drop(listener);
    let expected = Err((VerifyStep::Connection, "unreachable"));
    let closed = smpp(&silent, &json!({ "port": free }));
    assert_eq!(outcome(&checker, closed, &[]).await, expected);
}

/// A centre whose certificate is for `localhost`, and the file that makes it trusted.
async fn secured_centre() -> (SmscSim, tempfile::NamedTempFile) {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), issued.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    let options = SmscOptions {
        tls: Some(Arc::new(tls)),
        ..SmscOptions::default()
    };
    (SmscSim::start(options).await.unwrap(), file)
}

#[tokio::test]
async fn a_centre_with_tls_is_believed_only_with_a_certificate_that_we_trust() {
    let (centre, authority) = secured_centre().await;
    let trunk = || smpp(&centre, &json!({ "tls": true, "host": "localhost" }));
    let expected = Err((VerifyStep::Tls, "tls_failed"));
    let stranger = checker(TrunkUrls::default());
    assert_eq!(outcome(&stranger, trunk(), &[]).await, expected);
    let trusting = || {
        let client = client(&ClientOptions::default()).unwrap();
        let tls = tls(Some(authority.path())).unwrap();
        TrunkChecker::new(client, tls, TrunkUrls::default())
    };
    assert_eq!(
        outcome(&trusting(), trunk(), &[]).await,
        Ok(Checked::SignedIn)
    );
    // The certificate is for a name, and this is none.
    let by_address = smpp(&centre, &json!({ "tls": true }));
    assert_eq!(outcome(&trusting(), by_address, &[]).await, expected);
}
