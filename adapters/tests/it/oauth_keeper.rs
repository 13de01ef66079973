//! Access tokens over time: renewed once, stored first, and given up with a word.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::oauth::keeper::StoreError;
use ecluse_adapters::oauth::{
    Application, Callback, Company, OAuthClient, OAuthError, Pending, TokenError, TokenKeeper,
    TokenStore,
};
use ecluse_adapters::sim::sign_on::{Decision, SignOnOptions, SignOnSim};
use ecluse_engine::ids::ChannelId;
use ecluse_engine::message::Timestamp;
use ecluse_engine::runtime::clock::{Clock, ClockHand};

const REDIRECT: &str = "http://127.0.0.1:8080/oauth/mail";
const MAILBOX: &str = "support@example.test";
const CHANNEL: ChannelId = ChannelId(uuid::Uuid::from_u128(1));

/// What a test sees of the store.
#[derive(Debug, Default)]
struct Store(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    token: Option<SecretString>,
    is_broken: bool,
    told: Vec<&'static str>,
}

impl Kept {
    fn is_current(&self, used: &SecretString) -> bool {
        self.token.as_ref().map(|token| token.expose_secret()) == Some(used.expose_secret())
    }
}

#[async_trait]
impl TokenStore for Store {
    async fn refresh_token(&self, _: ChannelId) -> Result<Option<SecretString>, StoreError> {
        Ok(self.0.lock().token.clone())
    }

    async fn replace(
        &self,
        _: ChannelId,
        used: &SecretString,
        fresh: &SecretString,
    ) -> Result<bool, StoreError> {
        let mut kept = self.0.lock();
        if kept.is_broken {
            return Err("the disk is full".into());
        }
        let is_current = kept.is_current(used);
        if is_current {
            kept.token = Some(fresh.clone());
        }
        Ok(is_current)
    }

    async fn sign_in_required(
        &self,
        _: ChannelId,
        used: &SecretString,
        why: &OAuthError,
    ) -> Result<bool, StoreError> {
        let mut kept = self.0.lock();
        let is_current = kept.is_current(used);
        if is_current {
            kept.told.push(why.code());
        }
        Ok(is_current)
    }
}

struct World {
    sim: SignOnSim,
    application: Arc<Application>,
    client: OAuthClient,
    hand: ClockHand,
    store: Arc<Store>,
    keeper: TokenKeeper,
}

impl World {
    /// With a sign-on done.
    async fn new(company: Company) -> Self {
        let (clock, hand) = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let options = SignOnOptions {
            redirect_uris: vec![REDIRECT.to_owned()],
            clock: clock.clone(),
            token_lifetime: Duration::from_secs(3_600),
            ..SignOnOptions::default()
        };
        let sim = match company {
            Company::Google => SignOnSim::google(options),
            Company::Microsoft => SignOnSim::microsoft(options),
        };
        let sim = sim.unwrap();
        let secret = sim.options().client_secret.clone();
        let id = sim.options().client_id.clone();
        let application = Application::new(company, &sim.base_url(), &id, secret).unwrap();
        let client = OAuthClient::new(client(&ClientOptions::default()).unwrap(), clock);
        let store = Arc::new(Store::default());
        let keeper = TokenKeeper::new(client.clone(), Arc::clone(&store) as Arc<dyn TokenStore>);
        let world = Self {
            sim,
            application: Arc::new(application),
            client,
            hand,
            store,
            keeper,
        };
        world.sign_on().await;
        world
    }

    async fn sign_on(&self) {
        let pending = Pending::new(REDIRECT);
        let url = pending.url(&self.application, None);
        let location = self
            .sim
            .sign_in(url.as_str(), MAILBOX, &Decision::Accept)
            .await
            .unwrap();
        let query = location.split_once('?').unwrap().1;
        let code = Callback::parse(query)
            .code(self.application.company, &pending)
            .unwrap();
        let grant = self
            .client
            .exchange(&self.application, &code, &pending)
            .await
            .unwrap();
        self.store.0.lock().token = Some(grant.refresh_token);
    }

    async fn token(&self) -> Result<String, TokenError> {
        let token = self.keeper.access_token(CHANNEL, &self.application).await;
        token.map(|token| token.expose_secret().to_owned())
    }

    fn stored(&self) -> String {
        self.store
            .0
            .lock()
            .token
            .as_ref()
            .unwrap()
            .expose_secret()
            .to_owned()
    }

    fn refreshes(&self) -> u64 {
        self.sim.requests().refreshes
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_and_not_earlier() {
    for company in [Company::Google, Company::Microsoft] {
        let world = World::new(company).await;
        let first = world.token().await.unwrap();
        world.hand.advance(Duration::from_secs(2_990));
        assert_eq!(world.token().await.unwrap(), first);
        assert_eq!(world.refreshes(), 1);
        world.hand.advance(Duration::from_secs(310));
        assert_ne!(world.token().await.unwrap(), first);
        assert_eq!(world.refreshes(), 2);
    }
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_renewal() {
    let world = World::new(Company::Microsoft).await;
    let asked = (0..20).map(|_| world.token());
    let tokens = futures_util::future::join_all(asked).await;
    let first = tokens[0].as_ref().unwrap();
    assert!(tokens.iter().all(|token| token.as_ref().unwrap() == first));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn token_rotation_a_returned_refresh_token_is_stored_before_it_is_used() {
    let world = World::new(Company::Microsoft).await;
    let before = world.stored();
    world.store.0.lock().is_broken = true;
    // The company gave new ones, and nobody gets to use them while they are not stored.
    assert!(matches!(world.token().await, Err(TokenError::Store(_))));
    assert!(matches!(world.token().await, Err(TokenError::Store(_))));
    assert_eq!(world.refreshes(), 1);
    assert_eq!(world.stored(), before);
    world.store.0.lock().is_broken = false;
    let token = world.token().await.unwrap();
    assert_ne!(world.stored(), before);
    assert_eq!(world.refreshes(), 1);
    world.hand.advance(Duration::from_secs(3_600));
    assert_ne!(world.token().await.unwrap(), token);
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn a_renewal_is_not_lost_with_the_one_who_asked() {
    let world = World::new(Company::Microsoft).await;
    let before = world.stored();
    world.sim.hold_tokens(true);
    {
        let mut asked = Box::pin(world.token());
        tokio::select! {
            _ = &mut asked => panic!("answered"),
            () = world.sim.until(|requests| requests.refreshes == 1) => {}
        }
    }
    world.sim.hold_tokens(false);
    world.token().await.unwrap();
    assert_eq!(world.refreshes(), 1);
    assert_ne!(world.stored(), before);
}

#[tokio::test]
async fn a_grant_that_is_over_is_told_once_until_somebody_signs_on() {
    for company in [Company::Google, Company::Microsoft] {
        let world = World::new(company).await;
        world.sim.revoke(MAILBOX);
        for _ in 0..3 {
            assert!(matches!(
                world.token().await,
                Err(TokenError::SignInRequired)
            ));
        }
        assert_eq!(world.store.0.lock().told, ["sign_on.sign_in_required"]);
        assert_eq!(world.refreshes(), 1);
        world.sign_on().await;
        world.token().await.unwrap();
        assert_eq!(world.store.0.lock().told.len(), 1);
    }
}

#[tokio::test]
async fn a_good_token_is_used_while_the_company_is_away() {
    let world = World::new(Company::Google).await;
    let first = world.token().await.unwrap();
    world.sim.set_unavailable(true);
    world.hand.advance(Duration::from_secs(3_400));
    assert_eq!(world.token().await.unwrap(), first);
    world.hand.advance(Duration::from_secs(200));
    let gone = world.token().await;
    assert!(matches!(
        gone,
        Err(TokenError::Renewal(OAuthError::Unavailable { .. }))
    ));
    assert!(world.store.0.lock().told.is_empty());
    world.sim.set_unavailable(false);
    assert_ne!(world.token().await.unwrap(), first);
}

#[tokio::test]
async fn a_new_sign_on_is_not_overwritten_by_a_renewal_of_the_old_one() {
    let world = World::new(Company::Microsoft).await;
    world.sim.hold_tokens(true);
    let (keeper, application) = (world.keeper.clone(), Arc::clone(&world.application));
    let asked = tokio::spawn(async move { keeper.access_token(CHANNEL, &application).await });
    world.sim.until(|requests| requests.refreshes == 1).await;
    world.store.0.lock().token = Some("the new one".into());
    world.sim.hold_tokens(false);
    timeout(Duration::from_secs(10), asked)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(world.stored(), "the new one");
}

#[tokio::test]
async fn a_refusal_of_the_old_grant_says_nothing_of_a_new_sign_on() {
    let world = World::new(Company::Microsoft).await;
    world.sim.revoke(MAILBOX);
    world.sim.hold_tokens(true);
    let (keeper, application) = (world.keeper.clone(), Arc::clone(&world.application));
    let asked = tokio::spawn(async move { keeper.access_token(CHANNEL, &application).await });
    world.sim.until(|requests| requests.refreshes == 1).await;
    world.store.0.lock().token = Some("the new one".into());
    world.sim.hold_tokens(false);
    let refused = timeout(Duration::from_secs(10), asked).await.unwrap();
    assert!(matches!(
        refused.unwrap(),
        Err(TokenError::Renewal(OAuthError::SignInRequired { .. }))
    ));
    assert!(world.store.0.lock().told.is_empty());
}

#[tokio::test]
async fn a_grant_that_is_over_is_asked_for_again_when_that_is_forgotten() {
    let world = World::new(Company::Google).await;
    world.sim.revoke(MAILBOX);
    for asked in 1..=2 {
        assert!(matches!(
            world.token().await,
            Err(TokenError::SignInRequired)
        ));
        assert_eq!(world.refreshes(), asked);
        world.keeper.forget(CHANNEL);
    }
}

#[tokio::test]
async fn a_channel_that_nobody_signed_on_to_has_no_token() {
    let world = World::new(Company::Google).await;
    world.store.0.lock().token = None;
    assert!(matches!(world.token().await, Err(TokenError::NotSignedOn)));
    assert_eq!(world.refreshes(), 0);
}
