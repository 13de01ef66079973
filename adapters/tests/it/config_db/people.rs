//! People: who may sign in, with what, and for how long.

use super::world::{ALL, EDITOR, HOUR, TENANT, World, editor, files_hold, refusal};
use ecluse_adapters::storage::config_db::{
    AuditFilter, ConfigError, LinkPurpose, PersonDraft, PersonRecord, PinChange, QueueDraft,
    Resource, Token,
};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;
use std::time::Duration;

#[tokio::test]
async fn a_deleted_person_leaves_queues_sessions_and_numbers() {
    let world = World::new().await;
    let agent = world.person("a@example.com", Role::Agent).await;
    let mut draft = QueueDraft::new("Support", Strategy::Auto);
    draft.members = vec![agent, agent];
    let queue = world.db.create_queue(&editor(), draft).await.unwrap();
    assert_eq!(queue.members, [agent]);
    let session = world
        .db
        .create_session(TENANT, agent)
        .await
        .unwrap()
        .digest();
    assert!(world.db.session(session).await.unwrap().is_some());
    world
        .db
        .delete_person(&editor(), agent, None)
        .await
        .unwrap();
    let after = world.db.queue(TENANT, queue.id).await.unwrap().unwrap();
    assert!(after.members.is_empty() && after.revision > queue.revision);
    assert!(world.db.session(session).await.unwrap().is_none());
    assert!(
        world
            .db
            .credentials_by_email("a@example.com")
            .await
            .unwrap()
            .is_none()
    );
    assert!(world.db.feed().current().agents.is_empty());
    assert_eq!(
        world.db.names(TENANT).await.unwrap().people[&agent],
        "Somebody"
    );
    world.person("a@example.com", Role::Agent).await;
}

#[tokio::test]
async fn numbers_are_four_digits_unique_and_first_free() {
    let world = World::new().await;
    let numbered = |email: &str, number: Option<&str>| {
        let mut draft = PersonDraft::new("Somebody", email, Role::Agent);
        draft.number = number.map(str::to_owned);
        draft
    };
    let db = &world.db;
    let number = async |draft| {
        db.create_person(&editor(), draft)
            .await
            .unwrap()
            .person
            .number
    };
    assert_eq!(number(numbered("a@x.test", None)).await, "0001");
    assert_eq!(number(numbered("b@x.test", Some("0003"))).await, "0003");
    assert_eq!(number(numbered("c@x.test", None)).await, "0002");
    assert_eq!(number(numbered("d@x.test", None)).await, "0004");
    assert_eq!(number(numbered("e@x.test", Some("0000"))).await, "0000");
    assert_eq!(number(numbered("f@x.test", None)).await, "0005");
    match db
        .create_person(&editor(), numbered("g@x.test", Some("0003")))
        .await
    {
        Err(ConfigError::Invalid(violations)) => {
            assert_eq!(
                (violations[0].field.as_str(), violations[0].code),
                ("number", "taken")
            );
            assert!(
                violations[0].message.contains("0006"),
                "the first free number is offered"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_number_of_somebody_who_is_taken_back_is_free_for_the_next() {
    let (world, editor) = (World::new().await, editor());
    let added = world.db.change(&editor, |change| {
        async move {
            change.look_for_free_numbers().await?;
            let mut numbers = Vec::new();
            for (place, stays) in [true, false, true, false, false, true]
                .into_iter()
                .enumerate()
            {
                let draft = PersonDraft::new("Somebody", format!("{place}@x.test"), Role::Agent);
                let part = change.part(move |part| {
                    async move { Ok((part.create_person(draft).await?, stays)) }.boxed()
                });
                let new: Result<_, ConfigError> = part.await;
                numbers.push(new?.person.number);
            }
            Ok::<_, ConfigError>(numbers)
        }
        .boxed()
    });
    let expected = ["0001", "0002", "0002", "0003", "0003", "0003"];
    assert_eq!(added.await.unwrap(), expected);
}

#[tokio::test]
async fn two_people_change_places_in_one_change_and_the_trail_says_only_that() {
    let world = World::new().await;
    let draft = |email: &str, number: &str| {
        let mut draft = PersonDraft::new("Somebody", email, Role::Agent);
        draft.number = Some(number.to_owned());
        draft
    };
    let db = &world.db;
    let add = async |draft| {
        let added = db.create_person(&editor(), draft).await;
        added.unwrap().person.id
    };
    let first = add(draft("a@x.test", "0001")).await;
    let second = add(draft("b@x.test", "0002")).await;
    let places = [
        (first, draft("b@x.test", "0002")),
        (second, draft("a@x.test", "0001")),
    ];
    let swapped = db.change(&EDITOR, move |change| {
        async move {
            for (id, _) in &places {
                change.let_go(Resource::Agent, id.0).await?;
            }
            // Who gave a number up shows it until they have another one.
            assert_eq!(change.person(second).await?.number, "0002");
            let mut after = Vec::new();
            for (id, draft) in places {
                after.push(change.change_person(id, None, draft).await?);
            }
            Ok::<Vec<PersonRecord>, ConfigError>(after)
        }
        .boxed()
    });
    let after = swapped.await.unwrap().into_iter();
    let numbers: Vec<String> = after.map(|person| person.number).collect();
    assert_eq!(numbers, ["0002", "0001"]);
    let taken = db.create_person(&editor(), draft("c@x.test", "0001")).await;
    assert_eq!(refusal(taken), ("number".to_owned(), "taken"));

    let changes = AuditFilter {
        action: Some("changed".to_owned()),
        ..AuditFilter::default()
    };
    let changes = db.audit_page(TENANT, &changes, 10).await.unwrap();
    let numbers = changes.iter().map(|change| {
        let states = [&change.before, &change.after];
        states.map(|state| state.as_ref().unwrap()["number"].clone())
    });
    let told: Vec<_> = numbers.collect();
    assert_eq!(told, [["0002", "0001"], ["0001", "0002"]]);
}

#[tokio::test]
async fn what_is_wrong_with_a_person_is_named_field_by_field() {
    let world = World::new().await;
    world.person("Taken@Example.com", Role::Agent).await;
    type Edit = fn(&mut PersonDraft);
    let rows: [(Edit, &str, &str); 14] = [
        (|draft| draft.name = " ".to_owned(), "name", "required"),
        (|draft| draft.name = "x".repeat(101), "name", "too_long"),
        (|draft| draft.email = String::new(), "email", "required"),
        (
            |draft| draft.email = "nobody".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "a b@x.test".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "@x.test".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "john..doe@x.test".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "a@b..c".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "taken@example.COM".to_owned(),
            "email",
            "taken",
        ),
        (
            |draft| draft.number = Some("123".to_owned()),
            "number",
            "invalid_number",
        ),
        (
            |draft| draft.number = Some("12a4".to_owned()),
            "number",
            "invalid_number",
        ),
        (
            |draft| draft.wrap_up_secs = 3_601,
            "wrap_up_secs",
            "out_of_range",
        ),
        (|draft| draft.capacity = 0, "capacity", "out_of_range"),
        (|draft| draft.capacity = 1_001, "capacity", "out_of_range"),
    ];
    for (edit, field, code) in rows {
        let mut draft = PersonDraft::new("B", "b@example.com", Role::Agent);
        edit(&mut draft);
        assert_eq!(
            refusal(world.db.create_person(&editor(), draft).await),
            (field.to_owned(), code)
        );
    }
}

#[tokio::test]
async fn somebody_can_always_administer() {
    let world = World::new().await;
    let first = world.administrator("one@example.com").await;
    world
        .person("only-invited@example.com", Role::Administrator)
        .await;
    let demoted = || PersonDraft::new("One", "one@example.com", Role::Supervisor);
    let db = &world.db;
    let is_last = |error: ConfigError| matches!(error, ConfigError::LastAdministrator);
    assert!(is_last(
        db.delete_person(&editor(), first, None).await.unwrap_err()
    ));
    assert!(is_last(
        db.change_person(&editor(), first, None, demoted())
            .await
            .unwrap_err()
    ));
    let second = world.administrator("two@example.com").await;
    db.change_person(&editor(), first, None, demoted())
        .await
        .unwrap();
    assert!(is_last(
        db.delete_person(&editor(), second, None).await.unwrap_err()
    ));
    db.delete_person(&editor(), first, None).await.unwrap();
}

#[tokio::test]
async fn sessions_end_when_idle_and_when_old() {
    let world = World::new().await;
    let agent = world.person("a@example.com", Role::Agent).await;
    let open = async || {
        world
            .db
            .create_session(TENANT, agent)
            .await
            .unwrap()
            .digest()
    };
    let is_open = async |session| world.db.session(session).await.unwrap().is_some();
    let idle = open().await;
    world.pass(HOUR * 12 - Duration::from_secs(1));
    assert!(is_open(idle).await);
    world.db.touch_session(idle, world.db.now()).await.unwrap();
    world.pass(HOUR * 11);
    assert!(is_open(idle).await, "using it keeps it open");
    world.pass(HOUR);
    assert!(!is_open(idle).await);

    let old = open().await;
    for _ in 0..7 * 24 - 1 {
        world.pass(HOUR);
        world.db.touch_session(old, world.db.now()).await.unwrap();
    }
    assert!(is_open(old).await);
    world.pass(HOUR);
    assert!(
        !is_open(old).await,
        "using it does not keep it open for ever"
    );
}

#[tokio::test]
async fn a_link_works_once_and_not_for_long() {
    let world = World::new().await;
    let db = &world.db;
    let draft = PersonDraft::new("A", "a@example.com", Role::Agent);
    let new = db.create_person(&editor(), draft).await.unwrap();
    let agent = new.person.id;
    let session = db.create_session(TENANT, agent).await.unwrap().digest();
    let invitation = new.invitation.digest();
    assert_eq!(
        db.link(invitation).await.unwrap().unwrap().purpose,
        LinkPurpose::Invitation
    );
    db.use_link(invitation, "hash-1".to_owned()).await.unwrap();
    assert!(
        db.session(session).await.unwrap().is_none(),
        "other sessions end"
    );
    let gone = |result: Result<(), ConfigError>| matches!(result, Err(ConfigError::LinkGone));
    assert!(gone(db.use_link(invitation, "hash-2".to_owned()).await));
    assert!(gone(
        db.use_link(Token::presented("guess").digest(), "hash-2".to_owned())
            .await
    ));

    for (purpose, age_max) in [
        (LinkPurpose::Invitation, HOUR * 24 * 7),
        (LinkPurpose::Reset, HOUR),
    ] {
        let void = db
            .create_link(&editor(), agent, purpose)
            .await
            .unwrap()
            .digest();
        let link = db
            .create_link(&editor(), agent, purpose)
            .await
            .unwrap()
            .digest();
        assert!(
            gone(db.use_link(void, "hash-2".to_owned()).await),
            "a newer link replaces it"
        );
        world.pass(age_max - Duration::from_secs(1));
        assert!(db.link(link).await.unwrap().is_some());
        world.pass(Duration::from_secs(1));
        assert!(gone(db.use_link(link, "hash-2".to_owned()).await));
    }
    let credentials = db
        .credentials_by_email(" A@Example.com ")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(credentials.password_hash.as_deref(), Some("hash-1"));
}

#[tokio::test]
async fn a_pin_is_kept_set_or_cleared() {
    let world = World::new().await;
    let agent = world.person("a@example.com", Role::Agent).await;
    let draft = |pin| PersonDraft {
        pin,
        ..PersonDraft::new("A", "a@example.com", Role::Agent)
    };
    let rows = [
        (PinChange::Keep, false),
        (
            PinChange::Set {
                hash: "pin-hash".to_owned(),
            },
            true,
        ),
        (PinChange::Keep, true),
        (PinChange::Clear, false),
    ];
    for (pin, has_pin) in rows {
        let person = world
            .db
            .change_person(&editor(), agent, None, draft(pin))
            .await
            .unwrap();
        assert_eq!(person.has_pin, has_pin);
        assert_eq!(
            person.number, "0001",
            "the number stays when it is not mentioned"
        );
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_digest_until_it_is_revoked() {
    let world = World::new().await;
    let db = &world.db;
    let refused = db.create_api_key(&editor(), " ", Role::Agent).await;
    assert_eq!(refusal(refused), ("name".to_owned(), "required"));
    let new = db
        .create_api_key(&editor(), "CRM", Role::Supervisor)
        .await
        .unwrap();
    let digest = Token::presented(new.key.expose()).digest();
    assert_eq!(db.api_key(digest).await.unwrap().unwrap(), new.record);
    db.touch_api_key(new.record.id, Timestamp(5)).await.unwrap();
    assert_eq!(
        db.api_keys(TENANT, ALL).await.unwrap()[0].last_used_at,
        Some(Timestamp(5))
    );
    let generation = db.sign_in_generation();
    db.delete_api_key(&editor(), new.record.id).await.unwrap();
    assert!(
        db.sign_in_generation() > generation,
        "whoever remembers keys forgets them"
    );
    assert!(db.api_key(digest).await.unwrap().is_none());
    assert!(matches!(
        db.delete_api_key(&editor(), new.record.id).await,
        Err(ConfigError::NotFound)
    ));
    assert!(!files_hold(world.dir.path(), new.key.expose()));
}

#[tokio::test]
async fn the_first_administrator_is_added_once() {
    let world = World::new().await;
    assert!(!world.db.has_people().await.unwrap());
    let first = world
        .db
        .create_first_administrator(TENANT, "hash".to_owned())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (first.email.as_str(), first.number.as_str()),
        ("admin", "0000")
    );
    assert!(world.db.has_people().await.unwrap());
    assert!(
        world
            .db
            .create_first_administrator(TENANT, "other".to_owned())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn spellings_of_one_e_mail_are_one_person() {
    let world = World::new().await;
    let typed = "Ada+Chat@bücher.example";
    let person = world.person(typed, Role::Agent).await;
    let spelled = [
        typed,
        "ada+chat@BÜCHER.example",
        "ada+chat@xn--bcher-kva.example",
    ];
    let found = async |email: &str| {
        let found = world.db.credentials_by_email(email).await.unwrap();
        found.map(|found| found.person)
    };
    for email in spelled {
        let draft = PersonDraft::new("Somebody", email, Role::Agent);
        let taken = world.db.create_person(&editor(), draft).await;
        assert_eq!(refusal(taken), ("email".to_owned(), "taken"), "{email}");
        assert_eq!(found(email).await, Some(person), "{email}");
    }
    assert_eq!(found("ada@bücher.example").await, None);
    let record = world.db.person(TENANT, person).await.unwrap().unwrap();
    assert_eq!(record.email, typed, "it is shown as it was typed");
    world.person("\"Ada L\"@bücher.example", Role::Agent).await;
}

#[tokio::test]
async fn who_was_added_before_domains_had_one_form_still_signs_in() {
    let world = World::new().await;
    let typed = "ada@bücher.example";
    let person = world.person(typed, Role::Agent).await;
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    file.execute("UPDATE people SET email_key = ?1", [typed])
        .unwrap();
    let found = world.db.credentials_by_email(typed).await.unwrap().unwrap();
    assert_eq!(found.person, person);
    let draft = PersonDraft::new("Somebody", typed, Role::Agent);
    let taken = world.db.create_person(&editor(), draft.clone()).await;
    assert_eq!(refusal(taken), ("email".to_owned(), "taken"));
    let editor = editor();
    let change = world.db.change_person(&editor, person, None, draft);
    change.await.unwrap();
    let ascii = world.db.credentials_by_email("ada@xn--bcher-kva.example");
    assert_eq!(ascii.await.unwrap().unwrap().person, person);
}
