//! Sign-ons against the stand-ins of Google and Microsoft.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::oauth::{
    Application, Callback, Company, Grant, OAuthClient, OAuthError, Pending,
};
use ecluse_adapters::sim::sign_on::{Decision, SignOnOptions, SignOnSim};
use ecluse_engine::message::Timestamp;
use ecluse_engine::runtime::clock::{Clock, ClockHand};

const REDIRECT: &str = "http://127.0.0.1:8080/oauth/mail";
const MAILBOX: &str = "support@example.test";
const COMPANIES: [Company; 2] = [Company::Google, Company::Microsoft];

/// A stand-in, our application there, and our client, all at one time.
struct World {
    sim: SignOnSim,
    application: Application,
    client: OAuthClient,
    hand: ClockHand,
}

impl World {
    fn new(company: Company) -> Self {
        let (clock, hand) = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let options = SignOnOptions {
            redirect_uris: vec![REDIRECT.to_owned()],
            clock: clock.clone(),
            ..SignOnOptions::default()
        };
        let sim = match company {
            Company::Google => SignOnSim::google(options),
            Company::Microsoft => SignOnSim::microsoft(options),
        };
        let sim = sim.unwrap();
        let options = sim.options();
        let secret = options.client_secret.clone();
        let application = Application::new(company, &sim.base_url(), &options.client_id, secret);
        Self {
            application: application.unwrap(),
            client: OAuthClient::new(client(&ClientOptions::default()).unwrap(), clock),
            sim,
            hand,
        }
    }

    /// What the browser brings back, or the page that it stays on.
    async fn sign_in(&self, pending: &Pending, decision: &Decision) -> Result<String, String> {
        let url = pending.url(&self.application, None);
        let location = self.sim.sign_in(url.as_str(), MAILBOX, decision).await?;
        let (address, query) = location.split_once('?').unwrap();
        assert_eq!(address, pending.redirect_uri);
        Ok(query.to_owned())
    }

    async fn code(&self, pending: &Pending) -> SecretString {
        let query = self.sign_in(pending, &Decision::Accept).await.unwrap();
        Callback::parse(&query)
            .code(self.application.company, pending)
            .unwrap()
    }

    async fn exchange(&self, code: &SecretString, pending: &Pending) -> Result<Grant, OAuthError> {
        self.client.exchange(&self.application, code, pending).await
    }

    async fn grant(&self) -> Grant {
        let pending = Pending::new(REDIRECT);
        let code = self.code(&pending).await;
        self.exchange(&code, &pending).await.unwrap()
    }
}

fn code_of<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test]
async fn a_sign_on_gives_the_mailbox_and_lasting_access() {
    for company in COMPANIES {
        let world = World::new(company);
        let grant = world.grant().await;
        assert_eq!(grant.mailbox, MAILBOX);
        assert_eq!(grant.expires_at, Timestamp::from_secs(1_800_003_599));
        let tokens = world
            .client
            .refresh(&world.application, &grant.refresh_token)
            .await
            .unwrap();
        assert_ne!(
            tokens.access_token.expose_secret(),
            grant.access_token.expose_secret()
        );
        // Google's refresh token stays, Microsoft's is a new one each time.
        assert_eq!(
            tokens.refresh_token.is_some(),
            company == Company::Microsoft
        );
        let again = world
            .client
            .refresh(&world.application, &grant.refresh_token)
            .await;
        match company {
            Company::Google => assert!(again.is_ok()),
            Company::Microsoft => assert_eq!(code_of(again), "sign_on.sign_in_required"),
        }
        let shown = format!("{grant:?} {tokens:?}");
        assert!(!shown.contains(grant.refresh_token.expose_secret()));
        assert!(!shown.contains(tokens.access_token.expose_secret()));
    }
}

#[tokio::test]
async fn who_says_no_is_understood() {
    for company in COMPANIES {
        let world = World::new(company);
        let pending = Pending::new(REDIRECT);
        let query = world.sign_in(&pending, &Decision::Refuse).await.unwrap();
        let refused = Callback::parse(&query).code(company, &pending);
        assert_eq!(code_of(refused), "sign_on.denied");
        world.sim.require_admin_consent(true);
        let page = world
            .sign_in(&pending, &Decision::Accept)
            .await
            .unwrap_err();
        assert!(page.contains("Need admin approval"), "{page}");
        let query = world.sign_in(&pending, &Decision::Refuse).await.unwrap();
        let refused = Callback::parse(&query).code(company, &pending);
        assert_eq!(code_of(refused), "sign_on.admin_consent_needed");
    }
}

#[tokio::test]
async fn a_permission_that_google_lets_one_untick_is_missed() {
    let world = World::new(Company::Google);
    let pending = Pending::new(REDIRECT);
    let without = Decision::AcceptWithout("https://mail.google.com/".to_owned());
    let query = world.sign_in(&pending, &without).await.unwrap();
    let code = Callback::parse(&query)
        .code(Company::Google, &pending)
        .unwrap();
    let error = world.exchange(&code, &pending).await.unwrap_err();
    assert_eq!(error.code(), "sign_on.missing_permissions");
    assert!(
        error.to_string().contains("https://mail.google.com/"),
        "{error}"
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_who_asked() {
    for company in COMPANIES {
        let world = World::new(company);
        let pending = Pending::new(REDIRECT);
        let code = world.code(&pending).await;
        let stranger = Pending {
            verifier: Pending::new(REDIRECT).verifier,
            ..pending.clone()
        };
        assert_eq!(
            code_of(world.exchange(&code, &stranger).await),
            "sign_on.code_unusable"
        );
        world.exchange(&code, &pending).await.unwrap();
        assert_eq!(
            code_of(world.exchange(&code, &pending).await),
            "sign_on.code_unusable"
        );
        let late = world.code(&pending).await;
        world.hand.advance(Duration::from_secs(600));
        assert_eq!(
            code_of(world.exchange(&late, &pending).await),
            "sign_on.code_unusable"
        );
        let invented = "4/0Ainvented".into();
        assert_eq!(
            code_of(world.exchange(&invented, &pending).await),
            "sign_on.code_unusable"
        );
    }
}

#[tokio::test]
async fn a_wrong_registration_is_told_as_such() {
    for company in COMPANIES {
        let world = World::new(company);
        let elsewhere = Pending::new("http://127.0.0.1:9/elsewhere");
        let page = world
            .sign_in(&elsewhere, &Decision::Accept)
            .await
            .unwrap_err();
        let words = match company {
            Company::Google => "redirect_uri_mismatch",
            Company::Microsoft => "AADSTS50011",
        };
        assert!(page.contains(words), "{page}");
        let pending = Pending::new(REDIRECT);
        let code = world.code(&pending).await;
        let moved = Pending {
            redirect_uri: elsewhere.redirect_uri,
            ..pending.clone()
        };
        assert_eq!(
            code_of(world.exchange(&code, &moved).await),
            "sign_on.wrong_redirect"
        );
        let with = |id: &str, secret: &str| {
            let secret = SecretString::from(secret);
            Application::new(company, &world.sim.base_url(), id, secret).unwrap()
        };
        let secret = world.application.client_secret.expose_secret();
        for application in [
            with(&world.application.client_id, "wrong"),
            with("unknown", secret),
        ] {
            let result = world.client.exchange(&application, &code, &pending).await;
            assert_eq!(code_of(result), "sign_on.wrong_client");
        }
        world.exchange(&code, &pending).await.unwrap();
    }
}

#[tokio::test]
async fn a_grant_that_is_over_needs_a_person() {
    for company in COMPANIES {
        let world = World::new(company);
        let unused = world.grant().await;
        let revoked = world.grant().await;
        world.sim.revoke(MAILBOX);
        let error = world
            .client
            .refresh(&world.application, &revoked.refresh_token)
            .await;
        let error = error.unwrap_err();
        assert!(error.needs_sign_in(), "{error}");
        assert_eq!(error.code(), "sign_on.sign_in_required");
        let kept = world.grant().await;
        world.hand.advance(Duration::from_secs(184 * 24 * 3_600));
        for token in [unused.refresh_token, kept.refresh_token] {
            let error = world
                .client
                .refresh(&world.application, &token)
                .await
                .unwrap_err();
            assert!(error.needs_sign_in(), "{error}");
        }
    }
}

#[tokio::test]
async fn a_company_that_cannot_be_reached_is_no_reason_to_sign_in_again() {
    for company in COMPANIES {
        let world = World::new(company);
        let grant = world.grant().await;
        world.sim.set_unavailable(true);
        let error = world
            .client
            .refresh(&world.application, &grant.refresh_token)
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.code(), "sign_on.unavailable");
        assert!(!error.needs_sign_in());
        let error = world
            .client
            .refresh(&nowhere(company), &grant.refresh_token)
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.code(), "sign_on.unreachable");
        assert!(!error.needs_sign_in());
    }
}

/// Our application at an address where nobody listens any more.
fn nowhere(company: Company) -> Application {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", port.local_addr().unwrap());
    Application::new(company, &base, "id", "secret".into()).unwrap()
}

/// The stand-in's answer to a sign-in address with one parameter changed.
async fn page(world: &World, name: &str, value: Option<&str>) -> String {
    let url = Pending::new(REDIRECT).url(&world.application, None);
    let mut changed = url.clone();
    let others = url.query_pairs().filter(|(key, _)| key != name);
    changed.query_pairs_mut().clear().extend_pairs(others);
    if let Some(value) = value {
        changed.query_pairs_mut().append_pair(name, value);
    }
    let client = client(&ClientOptions::default()).unwrap();
    let answer = client.get(changed).send().await.unwrap();
    let status = answer.status();
    let page = answer.text().await.unwrap();
    assert_eq!(status.is_client_error(), page.contains("Error:"), "{page}");
    page
}

#[tokio::test]
async fn the_pages_refuse_what_the_real_ones_refuse() {
    for company in COMPANIES {
        let world = World::new(company);
        for (name, value, google, microsoft) in [
            (
                "client_id",
                Some("unknown"),
                "invalid_client",
                "AADSTS700016",
            ),
            ("client_id", None, "client_id", "AADSTS900144"),
            (
                "redirect_uri",
                Some("http://127.0.0.1:8080/oauth/mail/"),
                "redirect_uri_mismatch",
                "AADSTS50011",
            ),
            (
                "scope",
                None,
                "Missing required parameter: scope",
                "AADSTS900144",
            ),
            (
                "scope",
                Some("https://mail.google.com https://outlook.office.com/Fax"),
                "invalid_scope",
                "AADSTS70011",
            ),
            (
                "response_type",
                Some("token"),
                "unsupported_response_type",
                "AADSTS9002313",
            ),
            (
                "code_challenge_method",
                None,
                "code_challenge_method",
                "AADSTS9002313",
            ),
            ("prompt", Some("please"), "prompt", "AADSTS9002313"),
        ] {
            let page = page(&world, name, value).await;
            let words = match company {
                Company::Google => google,
                Company::Microsoft => microsoft,
            };
            assert!(page.contains(words), "{name}={value:?}: {page}");
        }
        assert!(page(&world, "state", None).await.contains("Sign in to"));
    }
}

#[tokio::test]
async fn a_person_goes_through_the_pages_one_by_one() {
    let world = World::new(Company::Google);
    let client = client(&ClientOptions::default()).unwrap();
    let url = Pending::new(REDIRECT).url(&world.application, Some("<support@example.test>"));
    let login = client
        .get(url.clone())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(login.contains("name=\"email\""), "{login}");
    assert!(login.contains("&lt;support@example.test&gt;"), "{login}");
    let form = [("request", url.query().unwrap()), ("email", MAILBOX)];
    let mut body = Url::parse("http://a.example").unwrap();
    body.query_pairs_mut().extend_pairs(form);
    let consent = client
        .post(url.as_str().split('?').next().unwrap())
        .body(body.query().unwrap().to_owned())
        .send();
    let consent = consent.await.unwrap().text().await.unwrap();
    for words in [
        "permanently delete all your email",
        "Allow",
        "Cancel",
        MAILBOX,
    ] {
        assert!(consent.contains(words), "{words}: {consent}");
    }
}

#[tokio::test]
async fn the_token_endpoints_answer_in_the_companies_own_shapes() {
    let ask = async |world: &World, body: &'static str| -> (u16, serde_json::Value) {
        let path = match world.application.company {
            Company::Google => "/token",
            Company::Microsoft => "/common/oauth2/v2.0/token",
        };
        let request = client(&ClientOptions::default())
            .unwrap()
            .post(format!("{}{path}", world.sim.base_url()))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    let google = World::new(Company::Google);
    let (status, body) = ask(&google, "grant_type=refresh_token&refresh_token=x&client_id=simulated-client-id&client_secret=simulated-client-secret").await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        serde_json::json!({ "error": "invalid_grant", "error_description": "Bad Request" })
    );
    let (status, body) = ask(
        &google,
        "grant_type=refresh_token&refresh_token=x&client_id=simulated-client-id&client_secret=no",
    )
    .await;
    assert_eq!(
        (status, body["error"].as_str().unwrap()),
        (401, "invalid_client")
    );
    let microsoft = World::new(Company::Microsoft);
    let (status, body) = ask(
        &microsoft,
        "grant_type=password&client_id=simulated-client-id&client_secret=simulated-client-secret",
    )
    .await;
    assert_eq!(status, 400);
    assert_eq!(body["error"], "unsupported_grant_type");
    assert_eq!(body["error_codes"], serde_json::json!([70003]));
    assert_eq!(body["timestamp"], "2027-01-15 08:00:00Z");
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with("AADSTS70003: "), "{description}");
    let (_, body) = ask(
        &microsoft,
        "grant_type=refresh_token&client_id=simulated-client-id&client_id=twice&client_secret=x",
    )
    .await;
    assert_eq!(body["error"], "invalid_request");
}
