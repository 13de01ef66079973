//! Connecting a page, against the stand-in of Facebook Login and the Graph API.

use std::net::TcpListener;
use std::time::Duration;

use ecluse_adapters::cmp::facebook::{
    Callback, FIELDS, Facebook, FacebookConfig, FacebookError, TokenDeath, TokenFault,
};
use ecluse_adapters::cmp::{META_APP_ID, META_APP_SECRET, NotAvailable};
use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::sim::meta::{FacebookOptions, MetaOptions, MetaSim, Person, PersonsPage};
use ecluse_engine::message::Timestamp;
use ecluse_engine::provider::VerifyStep;
use ecluse_engine::runtime::Clock;
use secrecy::{ExposeSecret as _, SecretString};

use super::query_of;
use super::visitor::{Led, Visitor};

const REDIRECT: &str = "https://ecluse.example/cmp/facebook/return";
const SIGN_IN: [(&str, &str); 3] = [
    ("email", "camille@example.test"),
    ("password", "correct horse"),
    ("do", "continue"),
];

fn start(facebook: FacebookOptions) -> MetaSim {
    start_at(facebook, Clock::system())
}

fn start_at(facebook: FacebookOptions, clock: Clock) -> MetaSim {
    let sim = MetaSim::start(MetaOptions {
        facebook: Some(facebook),
        clock,
        ..MetaOptions::default()
    })
    .unwrap();
    sim.allow_redirect(REDIRECT);
    sim
}

fn config(sim: &MetaSim) -> FacebookConfig {
    let played = sim.options();
    FacebookConfig {
        app_id: played.facebook.as_ref().map(|own| own.app_id.clone()),
        app_secret: Some(played.app_secret.clone()),
        graph_url: sim.base_url(),
        dialog_url: sim.base_url(),
        ..FacebookConfig::default()
    }
}

fn facebook(config: &FacebookConfig) -> Facebook {
    Facebook::new(config, client(&ClientOptions::default()).unwrap()).unwrap()
}

/// Goes through the dialog as far as the pages.
async fn at_the_pages(sim: &MetaSim, facebook: &Facebook) -> Visitor {
    let url = facebook.authorise_url(REDIRECT, "our state");
    let (mut visitor, led) = Visitor::open(&sim.base_url(), &url).await;
    assert!(led.page().contains("Log in to Facebook"));
    assert!(
        visitor
            .submit(&SIGN_IN)
            .await
            .page()
            .contains("Link your account")
    );
    assert!(
        visitor
            .press("continue")
            .await
            .page()
            .contains("Choose the pages")
    );
    visitor
}

/// Goes through the dialog and allows everything.
async fn code(sim: &MetaSim, facebook: &Facebook) -> SecretString {
    let mut visitor = at_the_pages(sim, facebook).await;
    assert!(visitor.press("continue").await.page().contains("Review"));
    let callback = Callback::read(&query_of(visitor.press("save").await));
    assert_eq!(callback.state.as_deref(), Some("our state"));
    callback.outcome.unwrap()
}

#[tokio::test]
async fn a_person_connects_a_page_that_they_picked() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    let connected = facebook.connect(&code, REDIRECT).await.unwrap();
    let names: Vec<&str> = connected
        .pages
        .iter()
        .map(|page| page.name.as_str())
        .collect();
    assert_eq!(names, ["Maison Écluse", "Maison Écluse Lyon"]);
    assert_eq!(
        connected.expires_in,
        Some(Duration::from_secs(60 * 24 * 60 * 60))
    );
    let page = &connected.pages[1];
    assert!(page.can_be_connected());

    facebook
        .subscribe(&page.id, &page.access_token)
        .await
        .unwrap();
    assert_eq!(sim.subscribed_fields(&page.id).unwrap(), FIELDS);
    assert_eq!(sim.subscribed_fields(&connected.pages[0].id), None);
    let found = facebook.read_page(&page.access_token).await.unwrap();
    assert_eq!((found.id, found.name), (page.id.clone(), page.name.clone()));
    facebook
        .unsubscribe(&page.id, &page.access_token)
        .await
        .unwrap();
    assert_eq!(sim.subscribed_fields(&page.id), None);
    assert!(!format!("{connected:?}").contains(page.access_token.expose_secret()));
}

#[tokio::test]
async fn every_page_of_a_long_list_is_offered() {
    let mut options = FacebookOptions::default();
    let pages =
        (0..120).map(|i| PersonsPage::managed(&format!("10499{i:010}"), &format!("Page {i}")));
    options.people[0].pages = pages.collect();
    let sim = start(options);
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    let connected = facebook.connect(&code, REDIRECT).await.unwrap();
    assert_eq!(connected.pages.len(), 120);
    assert_eq!(connected.pages[119].name, "Page 119");
}

#[tokio::test]
async fn a_reused_code_is_refused() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    facebook.connect(&code, REDIRECT).await.unwrap();
    let error = facebook.connect(&code, REDIRECT).await.unwrap_err();
    assert_eq!(error, FacebookError::CodeUsed);
}

#[tokio::test]
async fn an_expired_code_is_refused() {
    let (clock, hand) = Clock::manual(Timestamp(1_764_000_000_000_000));
    let sim = start_at(FacebookOptions::default(), clock);
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    hand.advance(Duration::from_secs(601));
    let error = facebook.connect(&code, REDIRECT).await.unwrap_err();
    assert_eq!(error, FacebookError::CodeExpired);
}

#[tokio::test]
async fn a_code_for_another_address_is_refused_and_so_is_an_invented_one() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    let elsewhere = format!("{REDIRECT}/");
    let error = facebook.connect(&code, &elsewhere).await.unwrap_err();
    assert_eq!(error, FacebookError::RedirectMismatch);
    let error = facebook
        .connect(&"AQDinvented".into(), REDIRECT)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "code_invalid");
}

#[tokio::test]
async fn a_person_who_cancels_comes_back_with_a_refusal() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let mut visitor = at_the_pages(&sim, &facebook).await;
    let callback = Callback::read(&query_of(visitor.press("cancel").await));
    assert_eq!(callback.state.as_deref(), Some("our state"));
    assert_eq!(callback.outcome.unwrap_err().code(), "refused_by_person");
}

#[tokio::test]
async fn what_was_not_allowed_is_named() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let mut visitor = at_the_pages(&sim, &facebook).await;
    let chosen = [
        ("page", "104996122399160"),
        ("scope", "pages_show_list"),
        ("scope", "pages_manage_metadata"),
        ("scope", "pages_read_engagement"),
        ("do", "continue"),
    ];
    visitor.submit(&chosen).await.page();
    let code = Callback::read(&query_of(visitor.press("save").await))
        .outcome
        .unwrap();
    let error = facebook.connect(&code, REDIRECT).await.unwrap_err();
    let scopes = vec![
        "pages_messaging".to_owned(),
        "business_management".to_owned(),
    ];
    assert_eq!(error, FacebookError::MissingScope { scopes });
}

#[tokio::test]
async fn a_person_who_allows_no_page_is_told_so() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let mut visitor = at_the_pages(&sim, &facebook).await;
    let scopes = ecluse_adapters::cmp::facebook::SCOPES.map(|scope| ("scope", scope));
    visitor.submit(&scopes).await.page();
    let code = Callback::read(&query_of(visitor.press("save").await))
        .outcome
        .unwrap();
    let error = facebook.connect(&code, REDIRECT).await.unwrap_err();
    assert_eq!(error, FacebookError::NoPageGranted);
}

#[tokio::test]
async fn a_person_without_a_role_in_the_app_is_told_so() {
    let mut options = FacebookOptions::default();
    options.people[0].has_role = false;
    let sim = start(options);
    let facebook = facebook(&config(&sim));
    let url = facebook.authorise_url(REDIRECT, "s");
    let (mut visitor, _) = Visitor::open(&sim.base_url(), &url).await;
    let callback = Callback::read(&query_of(visitor.submit(&SIGN_IN).await));
    let error = callback.outcome.unwrap_err();
    assert_eq!(error.code(), "no_app_role");
    assert_eq!(error.remedy().code(), "change_at_provider");
}

#[tokio::test]
async fn facebook_shows_a_page_of_its_own_to_whoever_may_not_come_back() {
    let sim = start(FacebookOptions::default());
    let mut config = config(&sim);
    let url = facebook(&config).authorise_url("https://ecluse.example/other", "s");
    let (_, led) = Visitor::open(&sim.base_url(), &url).await;
    assert!(matches!(led, Led::Page(400, page) if page.contains("URL blocked")));
    config.app_id = Some("1".to_owned());
    let url = facebook(&config).authorise_url(REDIRECT, "s");
    let (_, led) = Visitor::open(&sim.base_url(), &url).await;
    assert!(matches!(led, Led::Page(400, page) if page.contains("Invalid App ID")));
}

#[tokio::test]
async fn a_wrong_password_leads_back_to_the_form() {
    let sim = start(FacebookOptions::default());
    let url = facebook(&config(&sim)).authorise_url(REDIRECT, "s");
    let (mut visitor, _) = Visitor::open(&sim.base_url(), &url).await;
    let wrong = [("email", "camille@example.test"), ("password", "wrong")];
    assert!(visitor.submit(&wrong).await.page().contains("is not right"));
    assert!(
        visitor
            .submit(&SIGN_IN)
            .await
            .page()
            .contains("Link your account")
    );
}

#[tokio::test]
async fn credentials_that_are_missing_or_refused_are_named() {
    let sim = start(FacebookOptions::default());
    let whole = config(&sim);
    let new = |config: &FacebookConfig| {
        Facebook::new(config, client(&ClientOptions::default()).unwrap()).map(drop)
    };
    let missing = |setting| Err(NotAvailable::Missing { setting });
    let without = |app_id: Option<&str>, app_secret: Option<&str>| FacebookConfig {
        app_id: app_id.map(str::to_owned),
        app_secret: app_secret.map(Into::into),
        ..whole.clone()
    };
    assert_eq!(new(&without(None, Some("s"))), missing(META_APP_ID));
    assert_eq!(new(&without(Some(""), Some("s"))), missing(META_APP_ID));
    assert_eq!(new(&without(Some("1"), None)), missing(META_APP_SECRET));
    assert_eq!(new(&without(Some("1"), Some(""))), missing(META_APP_SECRET));
    assert!(matches!(
        new(&without(Some("app"), Some("s"))),
        Err(NotAvailable::Unusable { .. })
    ));
    let address = FacebookConfig {
        graph_url: "http://graph.facebook.com".to_owned(),
        ..whole.clone()
    };
    assert!(matches!(
        new(&address),
        Err(NotAvailable::BadAddress { .. })
    ));

    let code = code(&sim, &facebook(&whole)).await;
    let refused = |error: FacebookError| match error {
        FacebookError::NotAvailable(error) => error.setting(),
        other => panic!("{other:?}"),
    };
    let wrong_secret = FacebookConfig {
        app_secret: Some("wrong".into()),
        ..whole.clone()
    };
    let wrong_secret = facebook(&wrong_secret);
    let error = wrong_secret.connect(&code, REDIRECT).await.unwrap_err();
    assert_eq!(refused(error), META_APP_SECRET);
    let error = wrong_secret.read_page(&"EAAx".into()).await.unwrap_err();
    assert_eq!(refused(error), META_APP_SECRET);
    let wrong_app = FacebookConfig {
        app_id: Some("1".to_owned()),
        ..whole.clone()
    };
    let error = facebook(&wrong_app)
        .connect(&code, REDIRECT)
        .await
        .unwrap_err();
    assert_eq!(refused(error), META_APP_ID);
    // The code was not spent by the refusals.
    facebook(&whole).connect(&code, REDIRECT).await.unwrap();
}

#[tokio::test]
async fn a_dead_token_tells_of_what_it_died() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    let connected = facebook.connect(&code, REDIRECT).await.unwrap();
    let page = &connected.pages[0];
    for (subcode, expected) in [
        (460, TokenDeath::PasswordChanged),
        (458, TokenDeath::AppRemoved),
        (492, TokenDeath::RoleLost),
    ] {
        sim.kill_tokens("camille@example.test", subcode);
        let dead = |error: FacebookError| match error {
            FacebookError::TokenDead { death, .. } => death,
            other => panic!("{other:?}"),
        };
        let error = facebook
            .subscribe(&page.id, &page.access_token)
            .await
            .unwrap_err();
        assert_eq!(dead(error), expected);
        let error = facebook.read_page(&page.access_token).await.unwrap_err();
        assert_eq!(dead(error), expected);
    }
}

#[tokio::test]
async fn only_a_pages_token_of_our_app_is_taken_from_a_program() {
    let sim = start(FacebookOptions::default());
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    let connected = facebook.connect(&code, REDIRECT).await.unwrap();
    let error = facebook.read_page(&connected.user_token).await.unwrap_err();
    let fault = TokenFault::NotAPages("USER".to_owned());
    assert_eq!(error, FacebookError::WrongToken { fault });
    let stranger = sim.strangers_token("104996122399160").unwrap();
    let error = facebook.read_page(&stranger).await.unwrap_err();
    let fault = TokenFault::OfAnotherApp;
    assert_eq!(error, FacebookError::WrongToken { fault });
    let error = facebook.read_page(&"EAAinvented".into()).await.unwrap_err();
    assert_eq!(error.code(), "token_dead");
}

#[tokio::test]
async fn a_page_that_its_person_may_not_manage_is_not_subscribed() {
    let mut options = FacebookOptions::default();
    options.people[0].pages[0].tasks = vec!["MESSAGING".to_owned(), "ANALYZE".to_owned()];
    let sim = start(options);
    let facebook = facebook(&config(&sim));
    let code = code(&sim, &facebook).await;
    let connected = facebook.connect(&code, REDIRECT).await.unwrap();
    let page = &connected.pages[0];
    assert!(!page.can_be_connected());
    let error = facebook
        .subscribe(&page.id, &page.access_token)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "no_permission");
    let other = &connected.pages[1];
    let error = facebook
        .subscribe(&page.id, &other.access_token)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "provider_error");
}

#[tokio::test]
async fn a_person_sees_only_their_own_pages() {
    let mut options = FacebookOptions::default();
    options.people.push(Person {
        email: "noor@example.test".to_owned(),
        password: "battery staple".into(),
        name: "Noor Haddad".to_owned(),
        has_role: true,
        pages: vec![PersonsPage::managed("7", "Noor")],
    });
    let sim = start(options);
    let facebook = facebook(&config(&sim));
    let mut visitor = at_the_pages(&sim, &facebook).await;
    let mut chosen = ecluse_adapters::cmp::facebook::SCOPES
        .map(|scope| ("scope", scope))
        .to_vec();
    chosen.push(("page", "7"));
    chosen.push(("page", "104996122399160"));
    visitor.submit(&chosen).await.page();
    let code = Callback::read(&query_of(visitor.press("save").await))
        .outcome
        .unwrap();
    let connected = facebook.connect(&code, REDIRECT).await.unwrap();
    let ids: Vec<&str> = connected
        .pages
        .iter()
        .map(|page| page.id.as_str())
        .collect();
    assert_eq!(ids, ["104996122399160"]);
}

#[tokio::test]
async fn meta_that_cannot_be_reached_is_told_apart() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    let sim = start(FacebookOptions::default());
    let away = FacebookConfig {
        graph_url: format!("http://{free}"),
        ..config(&sim)
    };
    let error = facebook(&away)
        .connect(&"AQDx".into(), REDIRECT)
        .await
        .unwrap_err();
    let FacebookError::Unreachable(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.step, VerifyStep::Connection);
    assert!(!error.detail.contains("client_secret"), "{error}");
}
