//! The two WhatsApp providers against the stand-in of Meta, over real HTTP.

use std::net::TcpListener;
use std::time::Duration;

use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::sim::meta::{
    Dialog360Options, Fault, GraphError, Limits, Line, MetaOptions, MetaSim, StatusDelays,
};
use ecluse_adapters::whatsapp::cloud::{Cloud, CloudConfig, CloudConfigError, VERSION};
use ecluse_adapters::whatsapp::dialog360::{Dialog360, Dialog360Config};
use ecluse_adapters::whatsapp::{Received, ReceivedItem};
use ecluse_engine::ids::ProviderMessageId;
use ecluse_engine::message::{Author, Content, Outbound, Status, StatusReport};
use ecluse_engine::provider::{Provider, RetryScope, Sending, VerifyStep};

use crate::hook::Hook;

const CUSTOMER: &str = "33639980001";

/// Longer than anything here takes; only a broken test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what)
        .await
        .expect("what was waited for never came")
}

fn options() -> MetaOptions {
    MetaOptions {
        delays: StatusDelays::NONE,
        ..MetaOptions::default()
    }
}

fn config(sim: &MetaSim) -> CloudConfig {
    let played = sim.options();
    CloudConfig {
        phone_number_id: played.number.phone_number_id.clone(),
        access_token: played.access_token.clone(),
        app_secret: played.app_secret.clone(),
        verify_token: played.verify_token.clone(),
        appsecret_proof: true,
        base_url: sim.base_url(),
        version: VERSION.to_owned(),
    }
}

fn cloud_with(config: &CloudConfig, total: Duration) -> Cloud {
    let options = ClientOptions {
        total,
        ..ClientOptions::default()
    };
    Cloud::new(config, client(&options).unwrap()).unwrap()
}

fn cloud(sim: &MetaSim) -> Cloud {
    cloud_with(&config(sim), PATIENCE)
}

fn text(body: &str) -> Outbound {
    Outbound {
        author: Author::Program,
        client_id: None,
        reply_to: None,
        content: Content::text(body),
    }
}

/// A stand-in and a webhook, and a customer who wrote.
async fn started(options: MetaOptions) -> (MetaSim, Hook) {
    let sim = MetaSim::start(options).unwrap();
    let hook = Hook::start(sim.options(), 0);
    sim.set_webhook(Some(hook.url()));
    sim.write(CUSTOMER, "Zoé Moreau", &Line::Text("Bonjour".to_owned()))
        .unwrap();
    soon(sim.until(|summary| summary.acknowledged == 1)).await;
    (sim, hook)
}

fn reports(received: Vec<Received>) -> Vec<StatusReport> {
    let report = |received: Received| match received.item {
        ReceivedItem::Status { recipient, report } => {
            assert_eq!(recipient, CUSTOMER.into());
            Some(report)
        }
        ReceivedItem::Message { .. } => None,
        ReceivedItem::Account { kind, .. } => panic!("{kind}"),
    };
    received.into_iter().filter_map(report).collect()
}

#[tokio::test]
async fn a_message_is_sent_and_its_statuses_come_back() {
    let (sim, hook) = started(options()).await;
    let Sending::Sent(id) = cloud(&sim)
        .send(&CUSTOMER.into(), &text("Bonjour Zoé, « oui » 😀"))
        .await
    else {
        panic!("not sent");
    };
    soon(sim.until_delivered()).await;
    let mut statuses: Vec<Status> = reports(hook.accepted())
        .into_iter()
        .map(|report| {
            assert_eq!(report.provider_id, id);
            report.status
        })
        .collect();
    statuses.sort();
    assert_eq!(statuses, [Status::Sent, Status::Delivered, Status::Read]);
    assert_eq!(sim.summary().answers_by_customer[&CUSTOMER.into()], [id]);
}

#[tokio::test]
async fn a_customer_is_read_as_metas_webhooks_write() {
    let (_sim, hook) = started(options()).await;
    let [
        Received {
            number,
            item: ReceivedItem::Message { from, message },
        },
    ] = &hook.accepted()[..]
    else {
        panic!("one message was written");
    };
    assert_eq!(
        (number.as_str(), from.0.as_str()),
        ("106540352242922", CUSTOMER)
    );
    assert_eq!(
        (message.profile_name.as_deref(), &message.content),
        (Some("Zoé Moreau"), &Content::text("Bonjour"))
    );
}

#[tokio::test]
async fn every_way_to_fail_has_its_own_end() {
    let (sim, _hook) = started(options()).await;
    let patient = cloud(&sim);
    let hasty = cloud_with(&config(&sim), Duration::from_millis(200));
    let refuse = |code| Fault::Refuse(GraphError::new(code, "spoilt"));
    let page = |status, retry_after_secs| Fault::Answer {
        status,
        body: "<html>".to_owned(),
        retry_after_secs,
    };
    for (fault, expected) in [
        (refuse(190), "halted"),
        (refuse(130429), "retry Channel 1s"),
        (refuse(131056), "retry Recipient 1s"),
        (refuse(131000), "retry Message 1s"),
        (refuse(131026), "rejected"),
        (page(429, Some(7)), "retry Channel 7s"),
        (page(502, None), "ambiguous"),
        (page(503, Some(120)), "retry Channel 120s"),
        (page(301, None), "halted"),
        (page(200, None), "ambiguous"),
        (Fault::Drop { accepted: false }, "ambiguous"),
        (Fault::Drop { accepted: true }, "ambiguous"),
        (Fault::TimeOut { accepted: true }, "ambiguous"),
        (Fault::TimeOut { accepted: false }, "ambiguous"),
    ] {
        sim.spoil(1, &fault);
        let sender = if matches!(fault, Fault::TimeOut { .. }) {
            &hasty
        } else {
            &patient
        };
        let sending = soon(sender.send(&CUSTOMER.into(), &text("oui"))).await;
        let found = match &sending {
            Sending::Retry { after, scope, .. } => format!("retry {scope:?} {}s", after.as_secs()),
            Sending::Rejected(_) => "rejected".to_owned(),
            Sending::Halted(_) => "halted".to_owned(),
            Sending::Ambiguous(_) => "ambiguous".to_owned(),
            Sending::Sent(_) => "sent".to_owned(),
        };
        assert_eq!(found, expected, "{fault:?}: {sending:?}");
        assert!(
            !format!("{sending:?}").contains("appsecret_proof"),
            "{sending:?}"
        );
    }
    soon(sim.until(|summary| summary.answers_accepted == 2)).await;
    assert!(matches!(
        patient.send(&CUSTOMER.into(), &text("oui")).await,
        Sending::Sent(_)
    ));
}

#[tokio::test]
async fn a_lost_answer_is_cleared_up_by_the_statuses() {
    let (sim, hook) = started(options()).await;
    sim.spoil(1, &Fault::Drop { accepted: true });
    assert!(matches!(
        cloud(&sim).send(&CUSTOMER.into(), &text("oui")).await,
        Sending::Ambiguous(_)
    ));
    soon(sim.until_delivered()).await;
    let accepted = &sim.summary().answers_by_customer[&CUSTOMER.into()];
    assert!(
        reports(hook.accepted())
            .iter()
            .all(|report| accepted.contains(&report.provider_id))
    );
    assert_eq!(reports(hook.accepted()).len(), 3);
}

#[tokio::test]
async fn nothing_is_in_doubt_while_nobody_can_be_reached() {
    let sim = MetaSim::start(options()).unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let https = sim.base_url().replace("http://", "https://");
    for (base_url, step) in [
        (format!("http://{free}"), VerifyStep::Connection),
        (https, VerifyStep::Tls),
    ] {
        let cloud = cloud_with(
            &CloudConfig {
                base_url: base_url.clone(),
                ..config(&sim)
            },
            PATIENCE,
        );
        let sending = soon(cloud.send(&CUSTOMER.into(), &text("oui"))).await;
        assert!(
            matches!(
                sending,
                Sending::Retry {
                    scope: RetryScope::Channel,
                    ..
                }
            ),
            "{base_url}: {sending:?}"
        );
        assert_eq!(
            soon(cloud.verify()).await.unwrap_err().step,
            step,
            "{base_url}"
        );
    }
    assert_eq!(sim.summary().answers_accepted, 0);
}

#[tokio::test]
async fn outside_the_service_window_a_message_is_accepted_and_then_fails() {
    let (sim, hook) = started(options()).await;
    let stranger = "447700900001";
    let Sending::Sent(id) = cloud(&sim).send(&stranger.into(), &text("Hello")).await else {
        panic!("not accepted")
    };
    soon(sim.until_delivered()).await;
    let failed = hook
        .accepted()
        .into_iter()
        .find_map(|received| match received.item {
            ReceivedItem::Status { recipient, report } => Some((recipient, report)),
            ReceivedItem::Message { .. } | ReceivedItem::Account { .. } => None,
        });
    let (recipient, report) = failed.unwrap();
    assert_eq!(
        (recipient, report.provider_id, report.status),
        (stranger.into(), id, Status::Failed)
    );
    assert_eq!(report.error.unwrap().code, 131047);
}

#[tokio::test]
async fn the_limits_of_a_number_are_those_of_the_table() {
    let limits = Limits {
        per_second: 6,
        pair_interval: Duration::from_secs(600),
        pair_burst: 3,
    };
    let (sim, _hook) = started(MetaOptions {
        limits,
        ..options()
    })
    .await;
    let cloud = cloud(&sim);
    let mut ends = Vec::new();
    for to in [CUSTOMER, CUSTOMER, CUSTOMER, CUSTOMER, "33639980002"] {
        ends.push(match cloud.send(&to.into(), &text("oui")).await {
            Sending::Sent(_) => 0,
            Sending::Retry { error, .. } => error.code,
            Sending::Rejected(_) | Sending::Halted(_) | Sending::Ambiguous(_) => {
                panic!("neither sent nor to retry")
            }
        });
    }
    assert_eq!(ends, [0, 0, 0, 131056, 0]);
}

#[tokio::test]
async fn a_status_may_come_before_the_answer() {
    let (sim, hook) = started(options()).await;
    sim.statuses_first(true);
    let Sending::Sent(id) = soon(cloud(&sim).send(&CUSTOMER.into(), &text("oui"))).await else {
        panic!("not sent")
    };
    let known: Vec<ProviderMessageId> = reports(hook.accepted())
        .into_iter()
        .map(|report| report.provider_id)
        .collect();
    assert!(known.contains(&id));
}

#[tokio::test]
async fn verifying_says_which_step_failed() {
    let (sim, _hook) = started(options()).await;
    let good = config(&sim);
    assert_eq!(cloud(&sim).verify().await, Ok(()));
    let wrong = |change: &dyn Fn(&mut CloudConfig)| {
        let mut config = good.clone();
        change(&mut config);
        cloud_with(&config, PATIENCE)
    };
    let token = wrong(&|config| config.access_token = "EAAother".into());
    let number = wrong(&|config| config.phone_number_id = "1".to_owned());
    let proof = wrong(&|config| config.app_secret = "other".into());
    for (cloud, step) in [
        (token, VerifyStep::SignIn),
        (number, VerifyStep::Account),
        (proof, VerifyStep::Account),
    ] {
        assert_eq!(cloud.verify().await.unwrap_err().step, step);
        // Whatever verifying finds wrong must also stop the channel instead of losing messages one by one.
        assert!(matches!(
            cloud.send(&CUSTOMER.into(), &text("oui")).await,
            Sending::Halted(_)
        ));
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let sim = MetaSim::start(options()).unwrap();
    let check = |change: &dyn Fn(&mut CloudConfig)| {
        let mut config = config(&sim);
        change(&mut config);
        Cloud::new(&config, client(&ClientOptions::default()).unwrap()).map(drop)
    };
    assert_eq!(check(&|_| {}), Ok(()));
    for id in ["", "12/34", "../me", "+336"] {
        assert_eq!(
            check(&|config| id.clone_into(&mut config.phone_number_id)),
            Err(CloudConfigError::PhoneNumberId)
        );
    }
    for version in ["", "v", "23.0", "v23.0/..", "v2.3.0"] {
        assert_eq!(
            check(&|config| version.clone_into(&mut config.version)),
            Err(CloudConfigError::Version)
        );
    }
    for token in ["", "a b", "a\r\nX: y", "é"] {
        assert_eq!(
            check(&|config| config.access_token = token.into()),
            Err(CloudConfigError::AccessToken)
        );
    }
    assert!(matches!(
        check(&|config| config.app_secret = "".into()),
        Err(CloudConfigError::AppSecret(_))
    ));
    let insecure =
        |config: &mut CloudConfig| "http://graph.facebook.com".clone_into(&mut config.base_url);
    assert!(matches!(
        check(&insecure),
        Err(CloudConfigError::BaseUrl(_))
    ));
}

#[tokio::test]
async fn a_number_at_360dialog_sends_and_verifies_with_its_key() {
    let own = Dialog360Options {
        api_key: "k3y".into(),
        webhook_secret: "s3cret".into(),
    };
    let (sim, _hook) = started(MetaOptions {
        dialog360: Some(own),
        ..options()
    })
    .await;
    let provider = |key: &str| {
        let config = Dialog360Config {
            api_key: key.into(),
            webhook_secret: Some("s3cret".into()),
            webhook_headers: Vec::new(),
            base_url: sim.base_url(),
        };
        Dialog360::new(&config, client(&ClientOptions::default()).unwrap()).unwrap()
    };
    assert_eq!(provider("k3y").verify().await, Ok(()));
    assert!(matches!(
        provider("k3y").send(&CUSTOMER.into(), &text("oui")).await,
        Sending::Sent(_)
    ));
    let error = provider("0ther").verify().await.unwrap_err();
    assert_eq!(error.step, VerifyStep::SignIn);
    assert!(error.detail.contains("Invalid api_key"), "{error}");
    assert!(matches!(
        provider("0ther").send(&CUSTOMER.into(), &text("oui")).await,
        Sending::Halted(_)
    ));
}

#[tokio::test]
async fn the_handshake_needs_our_word() {
    let (sim, _hook) = started(options()).await;
    assert_eq!(sim.handshake().await, Ok(()));
    let stranger = MetaSim::start(MetaOptions {
        verify_token: "other".into(),
        ..options()
    })
    .unwrap();
    let hook = Hook::start(sim.options(), 0);
    stranger.set_webhook(Some(hook.url()));
    assert_eq!(
        stranger.handshake().await,
        Err("the answer is 403".to_owned())
    );
}

#[test]
fn a_proof_is_as_secret_as_the_token() {
    let sim = MetaSim::start(options()).unwrap();
    let proof = AppSecret::new(&sim.options().app_secret)
        .unwrap()
        .proof(&sim.options().access_token);
    let shown = format!("{:?} {:?}", cloud(&sim), config(&sim));
    assert!(
        !shown.contains(&proof) && !shown.contains("EAA") && !shown.contains("simulated"),
        "{shown}"
    );
}
