//! Reading a number back from the Cloud API, against the stand-in.

use ecluse_adapters::cmp::META_APP_SECRET;
use ecluse_adapters::cmp::cloud::{CloudError, CloudReader, CloudReaderConfig, What};
use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::sim::meta::{MetaOptions, MetaSim};
use secrecy::SecretString;

fn reader(sim: &MetaSim, app_secret: Option<SecretString>) -> CloudReader {
    let config = CloudReaderConfig {
        graph_url: sim.base_url(),
        app_secret,
        ..CloudReaderConfig::default()
    };
    CloudReader::new(&config, client(&ClientOptions::default()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_number_is_what_meta_says_it_is() {
    let sim = MetaSim::start(MetaOptions::default()).unwrap();
    let played = sim.options();
    for secret in [None, Some(played.app_secret.clone())] {
        let reader = reader(&sim, secret);
        let id = &played.number.phone_number_id;
        let found = reader
            .read(id, &played.account, &played.access_token)
            .await
            .unwrap();
        assert_eq!(found.number.as_str(), "+15550783881");
        assert_eq!(found.phone_number_id, *id);
        assert_eq!(found.verified_name.as_deref(), Some("Maison Écluse"));
        assert_eq!(found.quality_rating.as_deref(), Some("GREEN"));
        reader
            .subscribe(&played.account, &played.access_token)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_does_not_fit_together_is_named() {
    let sim = MetaSim::start(MetaOptions::default()).unwrap();
    let played = sim.options();
    let reader_of = |secret: Option<&str>| reader(&sim, secret.map(Into::into));
    let plain = reader_of(None);
    let (id, account) = (&played.number.phone_number_id, &played.account);
    let error = plain
        .read(id, account, &"EAAwrong".into())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "token_dead");
    let error = plain
        .read("1", account, &played.access_token)
        .await
        .unwrap_err();
    let (what, one) = (What::PhoneNumber, "1".to_owned());
    assert_eq!(
        error,
        CloudError::NotFound {
            what,
            id: one.clone()
        }
    );
    let error = plain.read(id, "1", &played.access_token).await.unwrap_err();
    let what = What::BusinessAccount;
    assert_eq!(error, CloudError::NotFound { what, id: one });
    let wrong = reader_of(Some("wrong"));
    let error = wrong
        .read(id, account, &played.access_token)
        .await
        .unwrap_err();
    let CloudError::NotAvailable(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.setting(), META_APP_SECRET);
}
