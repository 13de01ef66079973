//! Connecting a number by way of 360dialog, against the stand-in of its hub, its Partner API and its messaging API.

use ecluse_adapters::cmp::dialog360::events::{EventKind, PartnerWebhook, parse};
use ecluse_adapters::cmp::dialog360::{
    Cancellation, Dialog360Error, Dialog360Hub, Dialog360HubConfig, Dialog360Numbers, Granted,
    HubChannelState, Return,
};
use ecluse_adapters::cmp::{DIALOG360_PARTNER_ID, DIALOG360_PARTNER_SECRET, NotAvailable};
use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::sim::meta::{
    Dialog360Options, HubClient, HubNumber, HubOptions, Line, MetaOptions, MetaSim,
};
use ecluse_adapters::whatsapp::dialog360::{Dialog360, Dialog360Config, SecretHeader};
use ecluse_engine::provider::Provider as _;

use super::query_of;
use super::visitor::{Led, Visitor};
use crate::hook::Hook;

const REDIRECT: &str = "https://ecluse.example/cmp/whatsapp/return";
const SIGN_IN: [(&str, &str); 2] = [
    ("email", "camille@example.test"),
    ("password", "correct horse"),
];

fn start(hub: HubOptions) -> MetaSim {
    let sim = MetaSim::start(MetaOptions {
        dialog360: Some(Dialog360Options {
            api_key: "the-number's-old-key".into(),
            webhook_secret: "platform".into(),
        }),
        hub: Some(hub),
        ..MetaOptions::default()
    })
    .unwrap();
    sim.allow_redirect(REDIRECT);
    sim
}

fn config(sim: &MetaSim) -> Dialog360HubConfig {
    let played = sim.options().hub.as_ref().unwrap();
    Dialog360HubConfig {
        partner_id: Some(played.partner_id.clone()),
        partner_secret: Some(played.partner_key.clone()),
        api_url: sim.base_url(),
        hub_url: sim.base_url(),
        partner_url: None,
    }
}

fn hub(config: &Dialog360HubConfig) -> Dialog360Hub {
    Dialog360Hub::new(config, client(&ClientOptions::default()).unwrap()).unwrap()
}

/// Goes through the hub's pages and authorises exactly these.
async fn authorise(sim: &MetaSim, hub: &Dialog360Hub, channels: &[&str]) -> Return {
    let url = hub.permissions_url(REDIRECT, "our state");
    let (mut visitor, led) = Visitor::open(&sim.base_url(), &url).await;
    assert!(led.page().contains("Sign in"));
    assert!(
        visitor
            .submit(&SIGN_IN)
            .await
            .page()
            .contains("Choose the numbers")
    );
    let chosen: Vec<_> = channels.iter().map(|id| ("channel", *id)).collect();
    Return::read(&query_of(visitor.submit(&chosen).await))
}

async fn granted(sim: &MetaSim, hub: &Dialog360Hub, channels: &[&str]) -> Granted {
    let came_back = authorise(sim, hub, channels).await;
    assert_eq!(came_back.state.as_deref(), Some("our state"));
    came_back.outcome.unwrap()
}

#[tokio::test]
async fn a_client_connects_a_number_and_its_messages_come() {
    let hub_options = HubOptions {
        allows_loopback: true,
        ..HubOptions::default()
    };
    let sim = start(hub_options);
    let hub = hub(&config(&sim));
    hub.check().await.unwrap();
    let granted = granted(&sim, &hub, &["skds23CH", "skds24CH"]).await;
    assert_eq!(granted.client_id, "3CpBg3CL");
    let channels = hub.granted(&granted).await.unwrap();
    let numbers: Vec<_> = channels
        .iter()
        .map(|channel| channel.number.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(numbers, ["+15550783881", "+33639980002"]);
    assert_eq!(channels[0].name.as_deref(), Some("Maison Écluse"));
    assert_eq!(
        channels[0].business_account_id.as_deref(),
        Some("102290129340398")
    );
    assert_eq!(channels[0].state, HubChannelState::Running);

    let key = hub.create_api_key("skds23CH").await.unwrap();
    let hook = Hook::start(sim.options(), 0);
    let secret = [SecretHeader {
        name: "X-Ecluse".to_owned(),
        value: "our word".into(),
    }];
    hub.numbers()
        .register_webhook(&key.api_key, &hook.url(), &secret)
        .await
        .unwrap();
    assert_eq!(
        hub.numbers().webhook(&key.api_key).await.unwrap().url,
        Some(hook.url())
    );
    sim.write(
        "33639980001",
        "Zoé Moreau",
        &Line::Text("Bonjour".to_owned()),
    )
    .unwrap();
    let arrived = sim.until(|summary| summary.acknowledged == 1);
    tokio::time::timeout(std::time::Duration::from_secs(20), arrived)
        .await
        .unwrap();
    assert_eq!(hook.accepted().len(), 1);

    let provider = Dialog360Config {
        api_key: key.api_key,
        webhook_secret: Some("platform".into()),
        webhook_headers: Vec::new(),
        base_url: sim.base_url(),
    };
    let provider = Dialog360::new(&provider, client(&ClientOptions::default()).unwrap()).unwrap();
    provider.verify().await.unwrap();
}

#[tokio::test]
async fn a_key_is_made_only_for_a_number_that_was_authorised() {
    let sim = start(HubOptions::default());
    let hub = hub(&config(&sim));
    granted(&sim, &hub, &["skds24CH"]).await;
    let code = |result: Result<_, Dialog360Error>| result.map(drop).map_err(|error| error.code());
    assert_eq!(
        code(hub.create_api_key("skds23CH").await),
        Err("no_permission")
    );
    assert_eq!(code(hub.create_api_key("skds24CH").await), Ok(()));
    assert_eq!(
        code(hub.create_api_key("nobodysCH").await),
        Err("unknown_channel")
    );
    sim.revoke_number("skds24CH");
    assert_eq!(
        code(hub.create_api_key("skds24CH").await),
        Err("no_permission")
    );
}

#[tokio::test]
async fn a_key_is_made_only_for_a_number_that_runs() {
    let sim = start(HubOptions::default());
    let hub = hub(&config(&sim));
    granted(&sim, &hub, &["skds23CH"]).await;
    sim.change_number("skds23CH", |number| number.status = "submitted".to_owned());
    let error = hub.create_api_key("skds23CH").await.unwrap_err();
    let (channel_id, status) = ("skds23CH".to_owned(), "submitted".to_owned());
    assert_eq!(error, Dialog360Error::NotRunning { channel_id, status });
}

#[tokio::test]
async fn a_new_key_ends_the_one_before_it() {
    let sim = start(HubOptions::default());
    let hub = hub(&config(&sim));
    granted(&sim, &hub, &["skds23CH"]).await;
    let first = hub.create_api_key("skds23CH").await.unwrap().api_key;
    let second = hub.create_api_key("skds23CH").await.unwrap().api_key;
    assert_eq!(
        hub.numbers().webhook(&first).await.unwrap_err().code(),
        "key_refused"
    );
    assert_eq!(hub.numbers().webhook(&second).await.unwrap().url, None);
}

#[tokio::test]
async fn what_a_client_takes_back_is_told() {
    let sim = start(HubOptions::default());
    let hub = hub(&config(&sim));
    granted(&sim, &hub, &["skds23CH", "skds24CH"]).await;
    let granted = granted(&sim, &hub, &["skds23CH"]).await;
    assert_eq!(granted.channels, ["skds23CH"]);
    assert_eq!(granted.revoked, ["skds24CH"]);
    let nothing = authorise(&sim, &hub, &[]).await;
    assert_eq!(nothing.outcome, Err(Dialog360Error::NothingGranted));
}

#[tokio::test]
async fn a_channel_of_another_client_is_not_taken_from_an_invented_return() {
    let mut options = HubOptions::default();
    options.clients.push(HubClient {
        id: "OtherCL".to_owned(),
        name: "Autre".to_owned(),
        email: "autre@example.test".to_owned(),
        password: "x".into(),
        numbers: vec![HubNumber::running("otherCH", "33639980009", "Autre")],
    });
    let sim = start(options);
    let hub = hub(&config(&sim));
    let forged = Return::read("client=3CpBg3CL&channels=[otherCH]")
        .outcome
        .unwrap();
    let error = hub.granted(&forged).await.unwrap_err();
    assert_eq!(error.code(), "unknown_channel");
    assert_eq!(hub.channels("OtherCL").await.unwrap().len(), 1);
    assert_eq!(hub.channels("NobodyCL").await.unwrap(), []);
}

#[tokio::test]
async fn every_number_of_a_large_client_is_found() {
    let mut options = HubOptions::default();
    let number = |i: u32| HubNumber::running(&format!("c{i}CH"), &format!("3363998{i:04}"), "N");
    options.clients[0].numbers = (0..250).map(number).collect();
    let sim = start(options);
    let found = hub(&config(&sim)).channels("3CpBg3CL").await.unwrap();
    assert_eq!(found.len(), 250);
    assert_eq!(found[249].id, "c249CH");
}

#[tokio::test]
async fn a_partner_signs_in_with_a_user_as_well_and_again_when_the_token_ends() {
    let sim = start(HubOptions::default());
    let signed_in = |secret: &str| {
        let config = Dialog360HubConfig {
            partner_secret: Some(secret.into()),
            ..config(&sim)
        };
        hub(&config)
    };
    let hub = signed_in("cmp@ecluse.example:simulated-password");
    hub.check().await.unwrap();
    sim.forget_partner_tokens();
    hub.check().await.unwrap();
    let wrong = signed_in("cmp@ecluse.example:wrong")
        .check()
        .await
        .unwrap_err();
    assert_eq!(wrong.code(), "not_available");
}

#[tokio::test]
async fn credentials_that_are_missing_or_refused_are_named() {
    let sim = start(HubOptions::default());
    let whole = config(&sim);
    let with = |id: Option<&str>, secret: Option<&str>| Dialog360HubConfig {
        partner_id: id.map(str::to_owned),
        partner_secret: secret.map(Into::into),
        ..whole.clone()
    };
    let new = |config: &Dialog360HubConfig| {
        Dialog360Hub::new(config, client(&ClientOptions::default()).unwrap())
            .map(drop)
            .map_err(|error| error.setting())
    };
    assert_eq!(new(&with(None, Some("k"))), Err(DIALOG360_PARTNER_ID));
    assert_eq!(
        new(&with(Some("../x"), Some("k"))),
        Err(DIALOG360_PARTNER_ID)
    );
    assert_eq!(
        new(&with(Some("EcLusePA"), None)),
        Err(DIALOG360_PARTNER_SECRET)
    );
    assert_eq!(
        new(&with(Some("EcLusePA"), Some(""))),
        Err(DIALOG360_PARTNER_SECRET)
    );
    for config in [
        with(Some("EcLusePA"), Some("wrong")),
        with(Some("OtherPA"), Some("simulated-partner-key")),
    ] {
        let error = hub(&config).check().await.unwrap_err();
        let Dialog360Error::NotAvailable(NotAvailable::Refused { setting, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(setting, DIALOG360_PARTNER_SECRET);
    }
}

#[tokio::test]
async fn the_hub_sends_nobody_to_an_address_that_it_does_not_know() {
    let sim = start(HubOptions::default());
    let url = hub(&config(&sim)).permissions_url("https://ecluse.example/other", "s");
    let (_, led) = Visitor::open(&sim.base_url(), &url).await;
    assert!(matches!(led, Led::Page(400, _)), "{led:?}");
    let stranger = Dialog360HubConfig {
        partner_id: Some("OtherPA".to_owned()),
        ..config(&sim)
    };
    let url = hub(&stranger).permissions_url(REDIRECT, "s");
    let (_, led) = Visitor::open(&sim.base_url(), &url).await;
    assert!(matches!(led, Led::Page(400, _)), "{led:?}");
}

#[tokio::test]
async fn a_webhook_that_is_not_https_is_refused() {
    let sim = start(HubOptions::default());
    let hub = hub(&config(&sim));
    granted(&sim, &hub, &["skds23CH"]).await;
    let key = hub.create_api_key("skds23CH").await.unwrap().api_key;
    for url in [
        "http://ecluse.example/hook",
        "http://127.0.0.1:1/hook",
        "hook",
    ] {
        let error = hub
            .numbers()
            .register_webhook(&key, url, &[])
            .await
            .unwrap_err();
        assert_eq!(error.code(), "webhook_refused", "{url}");
    }
    let url = "https://ecluse.example/hook";
    hub.numbers()
        .register_webhook(&key, url, &[])
        .await
        .unwrap();
    let error = hub
        .numbers()
        .register_webhook(&"wrong".into(), url, &[])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "key_refused");
}

#[tokio::test]
async fn a_number_that_its_client_cancelled_is_seen_to_be_so_and_only_the_client_can() {
    let sim = start(HubOptions::default());
    let hub = hub(&config(&sim));
    let end = Some("2026-11-30T23:59:59Z".to_owned());
    sim.change_number("skds23CH", |number| number.terminated_at = end);
    let channel = hub.channel("skds23CH").await.unwrap();
    assert_eq!(channel.state, HubChannelState::Cancelled);
    let Cancellation::OnlyByClient { hub_url } = hub.cancellation();
    assert_eq!(hub_url, format!("{}/", sim.base_url()));
}

#[tokio::test]
async fn a_partner_event_is_verified_and_read() {
    let sim = start(HubOptions::default());
    let (body, signature) = sim.partner_event("channel_running", "skds23CH").unwrap();
    let webhook = PartnerWebhook::new(&"platform".into()).unwrap();
    webhook.verify(Some(&signature), body.as_bytes()).unwrap();
    let event = parse(body.as_bytes()).unwrap();
    assert_eq!(event.kind, EventKind::ChannelRunning);
    assert_eq!(event.client_id.as_deref(), Some("3CpBg3CL"));
    assert_eq!(event.channel_id.as_deref(), Some("skds23CH"));
    assert_eq!(event.number.unwrap().as_str(), "+15550783881");
}

#[test]
fn the_usual_hub_has_its_partner_api_on_another_host() {
    let usual = Dialog360HubConfig {
        partner_id: Some("EcLusePA".to_owned()),
        partner_secret: Some("key".into()),
        ..Dialog360HubConfig::default()
    };
    let url = hub(&usual).permissions_url(REDIRECT, "s");
    assert!(
        url.as_str()
            .starts_with("https://hub.360dialog.com/dashboard/app/EcLusePA/permissions?")
    );
    assert!(format!("{:?}", hub(&usual)).contains("hub.360dialog.io"));
}

#[tokio::test]
async fn a_key_alone_tells_metas_ids_of_its_number() {
    let sim = start(HubOptions::default());
    let numbers =
        Dialog360Numbers::new(&sim.base_url(), client(&ClientOptions::default()).unwrap());
    let numbers = numbers.unwrap();
    let of = async |channel: &str| {
        let key = sim.key_of_number(channel).unwrap();
        numbers.ids(&key.into()).await.unwrap()
    };
    let (played, other) = (of("skds23CH").await, of("skds24CH").await);
    let options = sim.options();
    assert_eq!(
        played.phone_number_id,
        Some(options.number.phone_number_id.clone())
    );
    assert_eq!(played.business_account_id, Some(options.account.clone()));
    assert_ne!(other.phone_number_id, played.phone_number_id);
    let refused = numbers.ids(&"wrong".into()).await.unwrap_err();
    assert_eq!(refused.code(), "key_refused");
}
