//! Chatbots, forms, trunks and settings: what they refuse, what they point to, and what becomes of it.

use super::world::{ALL, EDITOR, TENANT, World, editor, live_chat, refusal, refusals};
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChatbotBody, ConfigError, DocumentRecord, FieldType, FormBody, FormField,
    FormPurpose, OperationTimes, Resource, SecretChange, SettingsBody, SettingsDraft, SmsDraft,
    SmsProvider, SmsTrunkBody, TenantStatus, Twilio,
};
use ecluse_engine::chatbot::menu::{LeadsTo, MenuOption, Submenu};
use ecluse_engine::ids::{ChatbotId, QueueId};
use ecluse_engine::message::Destination;
use ecluse_engine::texts::Localized;
use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

fn option(label: &str, leads_to: LeadsTo) -> MenuOption {
    MenuOption {
        label: Localized::same(label),
        leads_to,
    }
}

fn chatbot(options: &[MenuOption]) -> ChatbotBody {
    serde_json::from_value(json!({
        "name": "Welcome",
        "options": options,
    }))
    .unwrap()
}

fn trunk(numbers: &[&str], auth_token: SecretChange) -> SmsTrunkBody {
    let mut trunk: SmsTrunkBody = serde_json::from_value(json!({
        "name": "Twilio",
        "provider": "twilio",
        "numbers": numbers,
        "twilio": { "account_sid": "AC0123456789abcdef0123456789abcdef" },
    }))
    .unwrap();
    trunk.twilio = trunk.twilio.map(|twilio| Twilio {
        auth_token,
        ..twilio
    });
    trunk
}

async fn create<D: ecluse_adapters::storage::config_db::Document>(
    world: &World,
    body: D,
) -> Result<DocumentRecord<D>, ConfigError> {
    let work = world
        .db
        .change(&EDITOR, move |change| change.create_document(body).boxed());
    work.await
}

#[tokio::test]
async fn a_menu_is_checked_to_its_last_leaf() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let deep = (0..5).fold(
        vec![option("Support", LeadsTo::Queue(queue))],
        |options, _| {
            vec![option(
                "More",
                LeadsTo::Menu(Submenu {
                    text: Localized::default(),
                    options,
                }),
            )]
        },
    );
    let many = vec![option("Support", LeadsTo::Queue(queue)); 11];
    let nowhere = QueueId(Uuid::from_u128(7));
    let rows = [
        (vec![], "options", "required"),
        (many, "options", "too_many"),
        (
            deep,
            "options[0].menu.options[0].menu.options[0].menu.options[0].menu.options[0].menu.options",
            "too_deep",
        ),
        (
            vec![option(" ", LeadsTo::Queue(queue))],
            "options[0].label",
            "required",
        ),
        (
            vec![option("Support", LeadsTo::Queue(nowhere))],
            "options[0].queue",
            "unknown_queue",
        ),
    ];
    for (options, field, code) in rows {
        let refused = create(&world, chatbot(&options)).await;
        assert_eq!(refusal(refused), (field.to_owned(), code));
    }
    let good = create(&world, chatbot(&[option("Support", LeadsTo::Queue(queue))])).await;
    let good = good.unwrap();
    assert_eq!(
        (
            good.key.as_str(),
            good.body.invalid_max,
            good.body.timeout_secs
        ),
        ("welcome", 3, 300)
    );
    let known = world.db.feed().current();
    assert_eq!(known.chatbots[&ChatbotId(good.id)].script.options.len(), 1);
    assert_eq!(*known, world.db.snapshot().await.unwrap());
}

#[tokio::test]
async fn no_two_options_of_one_menu_have_the_same_answer() {
    let world = World::new().await;
    let queue = LeadsTo::Queue(world.queue("Support").await.id);
    let pair = |label: Localized| {
        let other = MenuOption {
            label,
            leads_to: queue.clone(),
        };
        vec![option("Réclamation", queue.clone()), other]
    };
    let english = |text: &str| Localized {
        fr: Some("Autre".to_owned()),
        en: Some(text.to_owned()),
    };
    let below = |options: Vec<MenuOption>| {
        let text = Localized::default();
        vec![option("More", LeadsTo::Menu(Submenu { text, options }))]
    };
    let rows = [
        (pair(Localized::same(" RECLAMATION ")), "options[1].label"),
        (pair(english("reclamation")), "options[1].label"),
        (
            below(pair(Localized::same("réclamation"))),
            "options[0].menu.options[1].label",
        ),
    ];
    for (options, field) in rows {
        let refused = create(&world, chatbot(&options)).await;
        assert_eq!(refusal(refused), (field.to_owned(), "duplicate"));
    }
    let apart = [pair(english("Other")), below(pair(english("Other")))].concat();
    create(&world, chatbot(&apart)).await.unwrap();
}

#[tokio::test]
async fn no_label_is_the_number_of_another_option() {
    let world = World::new().await;
    let queue = LeadsTo::Queue(world.queue("Support").await.id);
    let labelled = |labels: [&str; 2]| labels.map(|label| option(label, queue.clone()));
    let rows = [
        (["Ventes", "1"], "options[1].label"),
        (["\u{ff12}", "Ventes"], "options[0].label"),
        (["2.", "Autre"], "options[0].label"),
    ];
    for (labels, field) in rows {
        let refused = create(&world, chatbot(&labelled(labels))).await;
        assert_eq!(refusal(refused), (field.to_owned(), "number_of_another"));
    }
    for (name, labels) in [("Own", ["1", "2."]), ("Beyond", ["3", "2026"])] {
        let mut body = chatbot(&labelled(labels));
        name.clone_into(&mut body.name);
        create(&world, body).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_chatbot_says_at_once_fits_into_an_sms() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    // With their numbers, ten lines that take 640 characters.
    let label = |number: usize| format!("{number}{}", "c".repeat(59));
    let options: Vec<MenuOption> = (0..10)
        .map(|number| option(&label(number), LeadsTo::Queue(queue)))
        .collect();
    let long = Localized::same("x".repeat(890));
    let says = |change: &dyn Fn(&mut ChatbotBody)| {
        let mut bot = chatbot(&options);
        change(&mut bot);
        bot
    };
    let submenu = |text: &Localized| {
        let (text, options) = (text.clone(), options.clone());
        vec![option("More", LeadsTo::Menu(Submenu { text, options }))]
    };
    let rows = [
        (says(&|bot| bot.greeting = long.clone()), "greeting"),
        (
            says(&|bot| bot.invalid_reply = long.clone()),
            "invalid_reply",
        ),
        (
            says(&|bot| bot.options[3].leads_to = LeadsTo::Text(long.clone())),
            "options[3].text",
        ),
        (
            says(&|bot| bot.options = submenu(&long)),
            "options[0].menu.text",
        ),
        (
            says(&|bot| {
                bot.options = submenu(&Localized::default());
                bot.invalid_reply = long.clone();
            }),
            "invalid_reply",
        ),
    ];
    for (body, field) in rows {
        let refused = create(&world, body).await;
        let expected = (field.to_owned(), "too_long_with_options");
        assert_eq!(refusal(refused), expected);
    }
    let fits = says(&|bot| bot.greeting = Localized::same("x".repeat(889)));
    create(&world, fits).await.unwrap();
}

#[tokio::test]
async fn what_is_pointed_to_is_not_deleted_and_says_by_whom() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let bot = create(&world, chatbot(&[option("Support", LeadsTo::Queue(queue))]))
        .await
        .unwrap();
    let mut draft = live_chat(queue, &["a.test"]);
    draft.destination = Destination::Chatbot(ChatbotId(bot.id));
    let channel = world.db.create_channel(&editor(), draft).await.unwrap();

    let by = |error| match error {
        ConfigError::InUse { by, .. } => by
            .into_iter()
            .map(|one| (one.kind, one.id))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let queue_kept = world
        .db
        .delete_queue(&editor(), queue, None)
        .await
        .unwrap_err();
    assert_eq!(by(queue_kept), [(Resource::Chatbot, bot.id)]);
    let delete_bot = || {
        world.db.change(&EDITOR, move |change| {
            change.delete_document::<ChatbotBody>(bot.id, None).boxed()
        })
    };
    assert_eq!(
        by(delete_bot().await.unwrap_err()),
        [(Resource::Channel, channel.id.0)]
    );

    world
        .db
        .delete_channel(&editor(), channel.id, None)
        .await
        .unwrap();
    delete_bot().await.unwrap();
    world.db.delete_queue(&editor(), queue, None).await.unwrap();
    let known = world.db.feed().current();
    assert!(known.chatbots.is_empty() && known.queues.is_empty());
}

#[tokio::test]
async fn an_sms_channel_needs_a_number_of_an_enabled_trunk() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let secret = || SecretChange::Set("token".into());
    let trunk = create(&world, trunk(&["+33 6 12 34 56 78"], secret()))
        .await
        .unwrap();
    assert_eq!(trunk.body.numbers, ["+33612345678"]);
    let draft = |number: &str| {
        let sms = SmsDraft {
            number: number.to_owned(),
            trunk: trunk.id,
        };
        ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Sms(sms))
    };
    let other = world
        .db
        .create_channel(&editor(), draft("+33699999999"))
        .await;
    assert_eq!(refusal(other), ("sms.number".to_owned(), "not_of_trunk"));
    let short = world.db.create_channel(&editor(), draft("36180")).await;
    assert_eq!(refusal(short), ("sms.number".to_owned(), "short_code"));
    let channel = world
        .db
        .create_channel(&editor(), draft("+33612345678"))
        .await
        .unwrap();
    let again = world
        .db
        .create_channel(&editor(), draft("+33 612 345 678"))
        .await;
    assert_eq!(refusal(again), ("sms.number".to_owned(), "taken"));

    let mut off = trunk.body.clone();
    off.enabled = false;
    let id = trunk.id;
    let switch_off = || {
        let off = off.clone();
        world.db.change(&EDITOR, move |change| {
            change.change_document(id, None, off).boxed()
        })
    };
    let used = switch_off().await;
    assert!(matches!(used, Err(ConfigError::InUse { .. })), "{used:?}");
    let deletion = world.db.delete_channel(&EDITOR, channel.id, None);
    deletion.await.unwrap();
    switch_off().await.unwrap();
    let disabled = world
        .db
        .create_channel(&editor(), draft("+33612345678"))
        .await;
    assert!(refusals(disabled).contains(&("sms.trunk".to_owned(), "trunk_disabled")));
}

#[tokio::test]
async fn a_trunks_secret_is_sealed_kept_and_needed() {
    let world = World::new().await;
    let none = create(&world, trunk(&[], SecretChange::Keep)).await;
    assert_eq!(refusal(none), ("twilio.auth_token".to_owned(), "required"));
    let stored = create(
        &world,
        trunk(&[], SecretChange::Set(" quite-secret ".into())),
    )
    .await
    .unwrap();
    assert!(stored.secrets.contains("twilio.auth_token"));
    let opened = world
        .db
        .document_secret(stored.id, "twilio.auth_token")
        .await
        .unwrap();
    assert_eq!(opened.unwrap().expose_secret(), "quite-secret");
    let audit = format!(
        "{:?} {stored:?}",
        world.db.audit(TENANT, None, 10).await.unwrap()
    );
    assert!(
        audit.contains("twilio.auth_token") && !audit.contains("quite-secret"),
        "{audit}"
    );

    let id = stored.id;
    let kept = stored.body.clone();
    let change = world.db.change(&EDITOR, move |change| {
        change.change_document(id, None, kept).boxed()
    });
    assert!(change.await.unwrap().secrets.contains("twilio.auth_token"));
    let mut other = stored.body.clone();
    other.provider = SmsProvider::Http;
    let change = world.db.change(&EDITOR, move |change| {
        change.change_document(id, None, other).boxed()
    });
    let refused = refusals(change.await);
    assert_eq!(
        refused,
        [
            ("twilio".to_owned(), "not_allowed"),
            ("http".to_owned(), "required")
        ]
    );
}

#[tokio::test]
async fn a_trunk_is_stored_only_as_its_provider_can_take_it() {
    let world = World::new().await;
    let uuid = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    let rows = [
        (
            json!({ "provider": "twilio", "twilio": { "account_sid": "AC01", "auth_token": "two words" } }),
            vec![
                ("twilio.account_sid", "invalid_account_sid"),
                ("twilio.auth_token", "not_sendable"),
            ],
        ),
        (
            json!({ "provider": "telnyx", "telnyx": { "messaging_profile_id": "7", "public_key": "", "api_key": "k" } }),
            vec![
                ("telnyx.public_key", "required"),
                ("telnyx.messaging_profile_id", "invalid_uuid"),
            ],
        ),
        (
            json!({ "provider": "bandwidth", "bandwidth": { "username": "u", "user_id": "me", "app_id": uuid, "password": "p" } }),
            vec![("bandwidth.user_id", "not_digits")],
        ),
        (
            json!({ "provider": "smpp", "smpp": { "host": "smsc.example", "port": 2775, "system_id": "ecluse",
                "binds": 21, "password": "nine-long" } }),
            vec![
                ("smpp.binds", "out_of_range"),
                ("smpp.password", "not_sendable"),
            ],
        ),
        (
            json!({ "provider": "http", "http": { "url": "http://sms.example.com/send" } }),
            vec![("http.url", "invalid_url")],
        ),
    ];
    for (mut body, expected) in rows {
        body["name"] = "Trunk".into();
        let trunk: SmsTrunkBody = serde_json::from_value(body.clone()).unwrap();
        let refused = refusals(create(&world, trunk).await);
        let refused: Vec<_> = refused
            .iter()
            .map(|(field, code)| (field.as_str(), *code))
            .collect();
        assert_eq!(refused, expected, "{body}");
    }
}

#[tokio::test]
async fn a_form_asks_each_thing_once_and_leaves_a_message() {
    let world = World::new().await;
    let field = |name: &str, kind| FormField {
        name: name.to_owned(),
        kind,
        label: Localized::same(name),
        required: true,
        choices: Vec::new(),
    };
    let form = |purpose, fields| FormBody {
        name: "Contact".to_owned(),
        purpose,
        title: Localized::default(),
        intro: Localized::default(),
        fields,
    };
    let name = || field("name", FieldType::Text);
    let choice = |choices: [Localized; 2]| FormField {
        choices: choices.into(),
        ..field("topic", FieldType::Choice)
    };
    let french = |text: &str| Localized {
        fr: Some(text.to_owned()),
        en: None,
    };
    let rows = [
        (FormPurpose::Prechat, vec![], "fields", "required"),
        (
            FormPurpose::Prechat,
            vec![name(), name()],
            "fields[1].name",
            "taken",
        ),
        (
            FormPurpose::Prechat,
            vec![field("E mail", FieldType::Email)],
            "fields[0].name",
            "invalid_name",
        ),
        (
            FormPurpose::Prechat,
            vec![field("topic", FieldType::Choice)],
            "fields[0].choices",
            "required",
        ),
        (
            FormPurpose::Prechat,
            vec![choice([Localized::same("A"), Localized::same(" A ")])],
            "fields[0].choices[1]",
            "duplicate",
        ),
        (
            FormPurpose::Prechat,
            vec![choice([Localized::same("A"), french("A")])],
            "fields[0].choices[1]",
            "duplicate",
        ),
        (
            FormPurpose::Prechat,
            vec![field("email", FieldType::Text)],
            "fields[0].type",
            "type_of_name",
        ),
        (
            FormPurpose::LeaveMessage,
            vec![field("message", FieldType::Text)],
            "fields[0].type",
            "type_of_name",
        ),
        (
            FormPurpose::LeaveMessage,
            vec![name()],
            "fields",
            "message_missing",
        ),
    ];
    for (purpose, fields, at, code) in rows {
        let refused = create(&world, form(purpose, fields)).await;
        assert_eq!(refusal(refused), (at.to_owned(), code));
    }
    create(&world, form(FormPurpose::Prechat, vec![name()]))
        .await
        .unwrap();
    assert_eq!(
        world
            .db
            .documents::<FormBody>(TENANT, ALL)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn settings_reach_the_engine_and_an_old_page_does_not_overwrite_them() {
    let world = World::new().await;
    let put = async |expected, body: SettingsBody| {
        world
            .db
            .change(&EDITOR, move |change| {
                change.put_only_document(expected, body).boxed()
            })
            .await
    };
    let paris = SettingsBody {
        time_zone: "Europe/Paris".to_owned(),
        operation_times: OperationTimes {
            status: TenantStatus::On,
            ..OperationTimes::default()
        },
        ..SettingsBody::default()
    };
    let first = put(Some(0), paris.clone()).await.unwrap();
    let tenant = world.db.feed().current().tenant(TENANT);
    assert_eq!(tenant.time_zone.iana_name(), Some("Europe/Paris"));
    assert!(tenant.hours.is_some());
    let stale = put(Some(0), SettingsBody::default()).await;
    assert!(matches!(stale, Err(ConfigError::Stale { .. })));
    let wrong = SettingsBody {
        time_zone: "Europe/Lutetia".to_owned(),
        ..paris
    };
    let wrong = put(Some(first.revision), wrong).await;
    assert_eq!(
        refusal(wrong),
        ("time_zone".to_owned(), "unknown_time_zone")
    );
}
