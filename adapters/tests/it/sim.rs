//! What the stand-in of Meta promises to the demo and to the tests that rely on it.

use std::collections::BTreeMap;
use std::time::Duration;

use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::sim::customers::CustomersOptions;
use ecluse_adapters::sim::ledger::FILE_NAME;
use ecluse_adapters::sim::meta::{Limits, Line, MetaOptions, MetaSim, Redelivery, StatusDelays};
use ecluse_adapters::whatsapp::cloud::{Cloud, CloudConfig, VERSION};
use ecluse_adapters::whatsapp::{Received, ReceivedItem};
use ecluse_engine::ids::{Address, ProviderMessageId};
use ecluse_engine::message::{Author, Content, Outbound, Status};
use ecluse_engine::provider::{Provider as _, Sending};

use crate::hook::Hook;

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .expect("what was waited for never came")
}

fn options() -> MetaOptions {
    MetaOptions {
        delays: StatusDelays::NONE,
        redelivery: Redelivery {
            first: Duration::from_millis(5),
            max: Duration::from_millis(50),
        },
        ..MetaOptions::default()
    }
}

fn cloud(sim: &MetaSim) -> Cloud {
    let played = sim.options();
    let config = CloudConfig {
        phone_number_id: played.number.phone_number_id.clone(),
        access_token: played.access_token.clone(),
        app_secret: played.app_secret.clone(),
        verify_token: played.verify_token.clone(),
        appsecret_proof: false,
        base_url: sim.base_url(),
        version: VERSION.to_owned(),
    };
    Cloud::new(&config, client(&ClientOptions::default()).unwrap()).unwrap()
}

/// What the webhook accepted of each customer, in order.
fn by_customer(received: Vec<Received>) -> BTreeMap<Address, Vec<ProviderMessageId>> {
    let mut found: BTreeMap<Address, Vec<ProviderMessageId>> = BTreeMap::new();
    for received in received {
        if let ReceivedItem::Message { from, message } = received.item {
            found.entry(from).or_default().push(message.provider_id);
        }
    }
    found
}

#[tokio::test]
async fn what_was_not_acknowledged_is_delivered_by_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let options = MetaOptions {
        ledger: Some(directory.path().to_owned()),
        ..options()
    };
    let sim = MetaSim::start(options.clone()).unwrap();
    let down = Hook::start(sim.options(), usize::MAX);
    sim.set_webhook(Some(down.url()));
    for i in 0..30 {
        let id = sim
            .write(
                &format!("3363998000{}", i % 3),
                "Zoé",
                &Line::Text(format!("ligne {i}")),
            )
            .unwrap();
        let file = std::fs::read_to_string(directory.path().join(FILE_NAME)).unwrap();
        assert!(file.contains(&*id.0), "recorded before it is sent");
    }
    soon(sim.until(|_| sim.bodies_refused() >= 5)).await;
    let before = sim.summary();
    assert_eq!(
        (
            before.sent,
            before.acknowledged,
            before.unacknowledged.len()
        ),
        (30, 0, 30)
    );
    assert!(down.accepted().is_empty());
    drop(sim);

    let up = Hook::start(&options, 7);
    let sim = MetaSim::start(MetaOptions {
        webhook: Some(up.url()),
        ..options
    })
    .unwrap();
    let after = soon(sim.until(|summary| summary.acknowledged == 30)).await;
    assert_eq!(after.by_customer, before.by_customer);
    assert_eq!(
        by_customer(up.accepted()),
        before.by_customer,
        "everything once, in the order of writing"
    );
}

#[tokio::test]
async fn statuses_that_a_dead_process_owed_are_delivered_too() {
    let directory = tempfile::tempdir().unwrap();
    let options = MetaOptions {
        ledger: Some(directory.path().to_owned()),
        ..options()
    };
    let sim = MetaSim::start(options.clone()).unwrap();
    sim.hold_statuses(true);
    let hook = Hook::start(sim.options(), 0);
    sim.set_webhook(Some(hook.url()));
    sim.write("33639980001", "Zoé", &Line::Text("Bonjour".to_owned()))
        .unwrap();
    soon(sim.until(|summary| summary.acknowledged == 1)).await;
    let content = Content::text("Bonjour Zoé");
    let message = Outbound {
        author: Author::Program,
        client_id: None,
        reply_to: None,
        content,
    };
    let Sending::Sent(id) = cloud(&sim).send(&"33639980001".into(), &message).await else {
        panic!("not sent")
    };
    drop(sim);

    let sim = MetaSim::start(MetaOptions {
        webhook: Some(hook.url()),
        ..options
    })
    .unwrap();
    soon(sim.until_delivered()).await;
    let reported = hook
        .accepted()
        .into_iter()
        .filter_map(|received| match received.item {
            ReceivedItem::Status { report, .. } if report.provider_id == id => Some(report.status),
            ReceivedItem::Status { .. }
            | ReceivedItem::Message { .. }
            | ReceivedItem::Account { .. } => None,
        });
    let mut reported: Vec<Status> = reported.collect();
    reported.sort();
    assert_eq!(reported, [Status::Sent, Status::Delivered, Status::Read]);
    assert_eq!(sim.summary().answers_accepted, 1);
}

/// How many customers have written three lines; nobody writes more than two without an answer between.
fn drawn_in(sim: &MetaSim) -> usize {
    sim.summary()
        .by_customer
        .values()
        .filter(|lines| lines.len() >= 3)
        .count()
}

#[tokio::test]
async fn customers_write_and_go_on_when_they_are_answered() {
    let thinking = Duration::from_millis(20);
    let customers = CustomersOptions {
        per_second: 400.0,
        count: 20,
        thinking,
        seed: 3,
    };
    let limits = Limits {
        per_second: 100_000,
        pair_burst: 100_000,
        ..Limits::default()
    };
    let options = MetaOptions {
        customers: Some(customers),
        limits,
        ..options()
    };
    let sim = MetaSim::start(options).unwrap();
    let hook = Hook::start(sim.options(), 3);
    sim.set_webhook(Some(hook.url()));
    soon(sim.until(|summary| summary.by_customer.len() == 20 && summary.acknowledged >= 20)).await;
    assert_eq!(drawn_in(&sim), 0);
    let cloud = cloud(&sim);
    let content = Content::text("Je regarde tout de suite.");
    let message = Outbound {
        author: Author::Program,
        client_id: None,
        reply_to: None,
        content,
    };
    let answering = async {
        while drawn_in(&sim) < 10 {
            for customer in sim.summary().by_customer.keys() {
                assert!(matches!(
                    cloud.send(customer, &message).await,
                    Sending::Sent(_)
                ));
            }
        }
    };
    soon(answering).await;
    sim.set_rate(0.0);
    let summary = soon(sim.until(|summary| summary.unacknowledged.is_empty())).await;
    assert_eq!(summary.acknowledged, summary.sent);
    let delivered = by_customer(hook.accepted());
    for (customer, lines) in &summary.by_customer {
        assert!(delivered[customer].starts_with(lines), "{customer}");
    }
}

#[tokio::test]
async fn several_elements_share_a_body_and_lose_nothing() {
    let sim = MetaSim::start(options()).unwrap();
    sim.shuffle(true);
    for i in 0..200 {
        sim.write(
            &format!("336399800{:02}", i % 40),
            "Zoé",
            &Line::Text(i.to_string()),
        )
        .unwrap();
    }
    let hook = Hook::start(sim.options(), 10);
    sim.set_webhook(Some(hook.url()));
    soon(sim.until_delivered()).await;
    assert_eq!(by_customer(hook.accepted()), sim.summary().by_customer);
}
