//! The promise of the engine: what a form shows and a browser sends back is what it was made of.

use std::collections::BTreeMap;

use askama::Template as _;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::read::{CHOSEN, OWN_SUFFIX};
use super::view::{BlockKind, ControlView, ErrorView, FieldView, FormView};
use super::*;
use crate::console::catalogue::Catalogue;
use crate::console::language::Lang;
use crate::error::FieldError;

const LABEL: Key = "console-name";

fn field(path: &'static str, control: Control) -> Field {
    Field::new(path, LABEL, control)
}

/// A form with every sort of control, rows in rows and what depends on a choice.
fn every_control() -> Form {
    let choices = || vec![Choice::theirs("a", "A"), Choice::theirs("b", "B")];
    let list = |fields, ordered| Control::Repeated {
        fields,
        add: LABEL,
        row: LABEL,
        none: LABEL,
        rows_max: 100,
        ordered,
    };
    let leaf = |key, fields| Variant {
        key,
        label: LABEL,
        fields,
    };
    let below = list(vec![field("label", Control::Localized { rows: 1 })], true);
    let menu = leaf("menu", vec![field("menu.options", below)]);
    let text = leaf("text", vec![field("text", Control::Localized { rows: 2 })]);
    let one_of = Control::OneOf {
        variants: vec![text, menu],
    };
    let simple = Section::new(
        "simple",
        LABEL,
        [
            field("text", Control::Text),
            field(
                "deep.er.number",
                Control::Number {
                    min: 0,
                    max: 99,
                    unit: None,
                },
            ),
            field("flag", Control::Checkbox),
            field("on", Control::Switch),
            field(
                "color",
                Control::Color {
                    usual: "#000000",
                    own: LABEL,
                },
            ),
            field("long", Control::Textarea { rows: 2 }),
            field("said", Control::Localized { rows: 1 }),
            field(
                "one",
                Control::Select {
                    groups: Group::plain(choices()),
                    none: Some(LABEL),
                },
            ),
            field(
                "tag",
                Control::Tagged {
                    groups: Group::plain(vec![
                        Choice::theirs("queue:a", "A"),
                        Choice::theirs("chatbot:b", "B"),
                    ]),
                    none: LABEL,
                },
            ),
            field(
                "some",
                Control::MultiSelect {
                    choices: choices(),
                    filter: LABEL,
                },
            ),
            field("pairs", Control::Pairs { rows: 2 }),
            field("week", Control::Week),
        ],
    );
    let lists = Section::new(
        "lists",
        LABEL,
        [
            field("names", list(vec![field("", Control::Text)], false)),
            field(
                "options",
                list(
                    vec![
                        field("label", Control::Localized { rows: 1 }),
                        field("", one_of),
                    ],
                    true,
                ),
            ),
        ],
    );
    Form::of([simple, lists])
}

fn word() -> impl Strategy<Value = String> {
    "[a-zé<>&\"']{1,8}( [a-z]{1,4})?"
}

fn localized() -> impl Strategy<Value = Value> {
    (option::of(word()), option::of(word())).prop_map(|(fr, en)| {
        let texts = [("fr", fr), ("en", en)];
        let filled = texts
            .into_iter()
            .filter_map(|(lang, text)| Some((lang.to_owned(), text?.into())));
        Value::Object(filled.collect())
    })
}

fn option_row() -> impl Strategy<Value = Value> {
    let leads_to = prop_oneof![
        localized().prop_map(|text| json!({"text": text})),
        vec(localized().prop_map(|label| json!({"label": label})), 0..3)
            .prop_map(|options| json!({"menu": {"options": options}})),
    ];
    (localized(), leads_to).prop_map(|(label, mut row)| {
        row["label"] = label;
        row
    })
}

fn window() -> impl Strategy<Value = (usize, String)> {
    (0..7_usize, 0..24_u8).prop_map(|(day, hour)| (day, format!("{hour:02}:30")))
}

fn week() -> impl Strategy<Value = Value> {
    vec(window(), 0..5).prop_map(|mut windows| {
        windows.sort_by_key(|(day, _)| *day);
        let one = |(day, from): (usize, String)| json!({"day": WEEKDAYS[day].0, "from": from, "to": "23:45"});
        windows.into_iter().map(one).collect()
    })
}

type Simple = (
    Option<String>,
    Option<i64>,
    [bool; 2],
    Option<u32>,
    Option<String>,
    Value,
);

fn simple() -> impl Strategy<Value = Simple> {
    let long =
        option::of((word(), word()).prop_map(|(first, second)| format!("{first}\n{second}")));
    (
        option::of(word()),
        option::of(0..100_i64),
        any::<[bool; 2]>(),
        option::of(0..0xff_ffff_u32),
        long,
        localized(),
    )
}

fn value() -> impl Strategy<Value = Value> {
    let chosen = (
        option::of(prop_oneof![Just("a"), Just("b")]),
        option::of(any::<bool>()),
        any::<[bool; 2]>(),
    );
    let lists = (vec(word(), 0..4), vec(option_row(), 0..4), week());
    (simple(), chosen, lists).prop_map(|(simple, (one, tag, some), (names, options, week))| {
        let (text, number, [flag, on], color, long, said) = simple;
        let mut value =
            json!({"flag": flag, "said": said, "week": week, "names": names, "options": options});
        let mut put = |name: &str, member: Option<Value>| {
            if let Some(member) = member {
                value[name] = member;
            }
        };
        put("text", text.map(Value::from));
        put("on", (!on).then(|| false.into()));
        put(
            "deep",
            number.map(|number| json!({"er": {"number": number}})),
        );
        put(
            "color",
            color.map(|color| Value::from(format!("#{color:06x}"))),
        );
        put("long", long.map(Value::from));
        put("one", one.map(Value::from));
        put(
            "tag",
            tag.map(|queue| {
                if queue {
                    json!({"queue": "a"})
                } else {
                    json!({"chatbot": "b"})
                }
            }),
        );
        let some = ["a", "b"]
            .into_iter()
            .zip(some)
            .filter(|(_, chosen)| *chosen);
        put("some", Some(some.map(|(name, _)| name).collect()));
        put(
            "pairs",
            Some(Value::Object(Map::from_iter([(
                "X-Key".to_owned(),
                "a b".into(),
            )]))),
        );
        value
    })
}

fn view(form: &Form, value: &Value) -> FormView {
    let outcomes = Outcomes::new();
    FormView::new(
        form,
        Sight {
            value,
            usual: &Value::Null,
            errors: &[],
            outcomes: &outcomes,
            fresh: None,
            retype: &[],
            catalogue: Catalogue::of(Lang::Fr),
        },
    )
}

/// The successful controls of a form, as a browser would send them.
fn sent(view: &FormView) -> Posted {
    let mut pairs = Vec::new();
    for field in view.sections.iter().flat_map(|section| &section.fields) {
        send_field(field, &mut pairs);
    }
    Posted::of(pairs)
}

fn send_field(field: &FieldView, pairs: &mut Vec<(String, String)>) {
    let name = &field.name;
    let mut push =
        |suffix: &str, value: &str| pairs.push((format!("{name}{suffix}"), value.to_owned()));
    match &field.control {
        ControlView::Input { value, .. }
        | ControlView::Number { value, .. }
        | ControlView::Hidden { value } => push("", value),
        // A browser ends lines with CR LF (HTML, 4.10.21.4).
        ControlView::Textarea { value, .. } => push("", &value.replace('\n', "\r\n")),
        ControlView::Secret { forget: true, .. } => push(super::read::FORGET_SUFFIX, "on"),
        ControlView::Select { groups, .. } => {
            let mut choices = groups.iter().flat_map(|group| &group.choices);
            let chosen = choices.find(|choice| choice.chosen);
            push("", chosen.map_or("", |choice| &choice.value));
        }
        ControlView::Radio(choices) | ControlView::Checks { choices, .. } => {
            choices
                .iter()
                .filter(|choice| choice.chosen)
                .for_each(|choice| push("", &choice.value));
        }
        ControlView::Checkbox { checked: true, .. } => push("", "true"),
        ControlView::Color { value, own, .. } => {
            push("", value);
            if *own {
                push(OWN_SUFFIX, "on");
            }
        }
        ControlView::Localized { fr, en, .. } => {
            push(".fr", fr);
            push(".en", en);
        }
        ControlView::Week(days) => {
            for day in days {
                for window in &day.windows {
                    pairs.push((format!("{}[]", day.name), window.key.to_string()));
                    pairs.push((format!("{}.from", window.name), window.from.clone()));
                    pairs.push((format!("{}.to", window.name), window.to.clone()));
                }
            }
        }
        ControlView::Rows(rows) => {
            for row in &rows.rows {
                pairs.push((format!("{name}[]"), row.key.to_string()));
                row.fields.iter().for_each(|field| send_field(field, pairs));
            }
        }
        ControlView::OneOf { name, variants, .. } => {
            let chosen = variants.iter().find(|variant| variant.chosen).unwrap();
            pairs.push((name.clone(), chosen.key.to_owned()));
            let fields = variants.iter().flat_map(|variant| &variant.fields);
            fields.for_each(|field| send_field(field, pairs));
        }
        ControlView::Secret { .. }
        | ControlView::Checkbox { .. }
        | ControlView::ReadOnly { .. } => {}
    }
}

#[test]
fn a_number_says_what_is_taken_when_it_is_left_empty() {
    let number = |path| {
        let control = Control::Number {
            min: 0,
            max: 600,
            unit: None,
        };
        field(path, control)
    };
    let form = Form::of([Section::new(
        "form",
        "console-general",
        [number("offer.secs"), number("limit")],
    )]);
    let (outcomes, value) = (Outcomes::new(), json!({"offer": {"secs": ""}}));
    let sight = Sight {
        value: &value,
        usual: &json!({"offer": {"secs": 60}}),
        errors: &[],
        outcomes: &outcomes,
        fresh: None,
        retype: &[],
        catalogue: Catalogue::of(Lang::Fr),
    };
    let view = FormView::new(&form, sight);
    let fields = view.sections.iter().flat_map(|section| &section.fields);
    let html: Vec<String> = fields.map(|field| field.render().unwrap()).collect();
    assert!(html[0].contains("placeholder=\"60\""), "{}", html[0]);
    assert!(!html[1].contains("placeholder"), "{}", html[1]);
}

proptest! {
    #[test]
    fn what_a_form_shows_and_a_browser_sends_is_what_it_was_made_of(value in value()) {
        let form = every_control();
        let posted = sent(&view(&form, &value));
        let mut read = read(&form, &posted, json!({}));
        prop_assert_eq!(&send(&form, &mut read).unwrap(), &value);
        // And showing what was read changes nothing either.
        let again = sent(&view(&form, &read));
        let mut read = super::read(&form, &again, json!({}));
        prop_assert_eq!(send(&form, &mut read).unwrap(), value);
    }
}

fn form_of(field: Field) -> Form {
    Form::of([Section::new("only", LABEL, [field])])
}

#[test]
fn what_cannot_be_read_is_refused_and_stays_as_it_was_typed() {
    let number = field(
        "port",
        Control::Number {
            min: 1,
            max: 9,
            unit: None,
        },
    );
    let form = form_of(number);
    let mut value = read(&form, &Posted::of([("port", "ninety")]), json!({}));
    let refused = send(&form, &mut value).unwrap_err();
    assert_eq!(
        (refused[0].field.as_str(), refused[0].code.as_str()),
        ("port", "not_a_number")
    );
    let view = view(&form, &value);
    let ControlView::Number { value, .. } = &view.sections[0].fields[0].control else {
        panic!("it is a number");
    };
    assert_eq!(value, "ninety");
}

#[test]
fn a_number_that_is_larger_than_any_is_outside_its_bounds() {
    let port = Control::Number {
        min: 1,
        max: 9,
        unit: None,
    };
    let form = form_of(field("port", port));
    for typed in ["99999999999999999999", "-99999999999999999999"] {
        let mut value = read(&form, &Posted::of([("port", typed)]), json!({}));
        let refused = send(&form, &mut value).unwrap_err();
        assert_eq!(refused[0].code, "out_of_range", "{typed}");
        assert_eq!(refused[0].maximum, Some(9), "{typed}");
    }
}

#[test]
fn a_switch_beside_a_text_is_a_difference_of_its_own() {
    let fields = [
        field("said", Control::Localized { rows: 1 }),
        field("said.enabled", Control::Switch),
    ];
    let form = Form::of([Section::new("only", LABEL, fields)]);
    let theirs = json!({"said": {"fr": "a", "en": "b"}});
    let ours = json!({"said": {"fr": "a", "en": "b", "enabled": false}});
    let versions = Versions {
        theirs: &theirs,
        ours: &ours,
        recorded: None,
    };
    let found = differences(&form, versions, Catalogue::of(Lang::En));
    let told: Vec<_> = found
        .iter()
        .map(|difference| (difference.theirs.as_str(), difference.ours.as_str()))
        .collect();
    assert_eq!(told, [("Yes", "No")]);
}

#[test]
fn a_switch_sends_only_that_it_is_off() {
    let fields = [
        field("said", Control::Localized { rows: 1 }),
        field("said.enabled", Control::Switch),
    ];
    let form = Form::of([Section::new("only", LABEL, fields)]);
    let body = |posted: &[(&str, &str)]| {
        let mut value = read(&form, &Posted::of(posted.iter().copied()), json!({}));
        send(&form, &mut value).unwrap()
    };
    let on = [("said.fr", "a"), ("said.enabled", "true")];
    assert_eq!(body(&on), json!({"said": {"fr": "a"}}));
    let off = json!({"said": {"fr": "a", "enabled": false}});
    assert_eq!(body(&on[..1]), off);
    assert_eq!(body(&[]), json!({"said": {"enabled": false}}));
}

#[test]
fn what_is_chosen_and_not_offered_stays_as_it_is() {
    let choices = || vec![Choice::theirs("a", "A")];
    let select = Control::Select {
        groups: Group::plain(choices()),
        none: None,
    };
    let tagged = Control::Tagged {
        groups: Group::plain(vec![Choice::theirs("queue:a", "A")]),
        none: LABEL,
    };
    let some = Control::MultiSelect {
        choices: choices(),
        filter: LABEL,
    };
    let radio = Control::Radio { choices: choices() };
    let fields = [
        field("select", select),
        field("tagged", tagged),
        field("some", some),
        field("radio", radio),
    ];
    let form = Form::of([Section::new("only", LABEL, fields)]);
    for other in ["a", "b"] {
        let value = json!({
            "select": other, "tagged": {"queue": other}, "some": [other], "radio": other,
        });
        let mut read = read(&form, &sent(&view(&form, &value)), json!({}));
        assert_eq!(send(&form, &mut read).unwrap(), value);
    }
}

#[test]
fn a_number_outside_its_bounds_is_refused_with_them_and_what_is_tried_is_explained() {
    let port = Control::Number {
        min: 1,
        max: 65_535,
        unit: None,
    };
    let form = form_of(field("port", port));
    for (typed, good) in [("0", false), ("1", true), ("65535", true), ("99999", false)] {
        let mut value = read(&form, &Posted::of([("port", typed)]), json!({}));
        let (_, faults) = super::draft(&form, &mut value);
        match send(&form, &mut value) {
            Ok(_) => assert!(good && faults.is_empty(), "{typed}"),
            Err(refused) => {
                assert_eq!((good, &faults), (false, &refused), "{typed}");
                let bounds = (refused[0].minimum, refused[0].maximum);
                assert_eq!(refused[0].code, "out_of_range");
                assert_eq!(bounds, (Some(1), Some(65_535)), "{typed}");
            }
        }
    }
}

#[test]
fn a_secret_is_kept_set_or_forgotten_and_never_shown() {
    let form = form_of(field("a.key", Control::Secret { has: "a.has_key" }));
    let base = json!({"a": {"has_key": true}});
    let body = |posted: &[(&str, &str)]| {
        let mut value = read(&form, &Posted::of(posted.iter().copied()), base.clone());
        let shown = format!("{:?}", view(&form, &value));
        assert!(!shown.contains("s3cret"), "{shown}");
        send(&form, &mut value).unwrap()
    };
    assert_eq!(body(&[("a.key", "")]), json!({"a": {}}));
    assert_eq!(
        body(&[("a.key", "s3cret")]),
        json!({"a": {"key": "s3cret"}})
    );
    assert_eq!(
        body(&[("a.key", ""), ("a.key~forget", "on")]),
        json!({"a": {"key": null}})
    );
}

#[test]
fn a_secret_that_is_needed_and_not_kept_is_missing_as_any_field_is() {
    let form = form_of(field("a.key", Control::Secret { has: "a.has_key" }).required());
    for (has, typed, is_missing) in [
        (false, "", true),
        (false, "s3cret", false),
        (true, "", false),
    ] {
        let base = json!({"a": {"has_key": has}});
        let mut value = read(&form, &Posted::of([("a.key", typed)]), base);
        let sent = send(&form, &mut value);
        let missing = sent.map_or_else(|errors| errors[0].field == "a.key", |_| false);
        assert_eq!(missing, is_missing, "{has} {typed}");
    }
}

#[test]
fn what_a_choice_makes_useless_is_left_out_and_what_it_only_hides_is_kept() {
    let provider = || Control::Select {
        groups: Group::plain(vec![Choice::theirs("a", "A"), Choice::theirs("b", "B")]),
        none: None,
    };
    let fields = [
        field("provider", provider()),
        field("a.host", Control::Text).when("provider", &["a"]),
        field("hours", Control::Text).shown_when("provider", &["a"]),
    ];
    let form = Form::of([Section::new("only", LABEL, fields)]);
    let posted = Posted::of([("provider", "b"), ("a.host", "h"), ("hours", "8")]);
    let mut value = read(
        &form,
        &posted,
        json!({"a": {"has_password": true}, "key": "k"}),
    );
    assert_eq!(
        value["a"]["host"], "h",
        "it is still there when the page is shown again"
    );
    assert_eq!(
        send(&form, &mut value).unwrap(),
        json!({"provider": "b", "hours": "8", "a": {}, "key": "k"})
    );
}

#[test]
fn a_refusal_stands_at_the_innermost_field_that_it_is_about() {
    let form = every_control();
    let value = json!({"options": [{"label": {"fr": "x"}, "text": {"fr": "y"}}], "week": [{"day": "friday", "from": "09:00", "to": "08:00"}]});
    let errors = [
        FieldError::new("options[0].label.fr", "too_long", ""),
        FieldError::new("week[0].to", "not_after", ""),
        FieldError::new("options[0]", "invalid", ""),
        FieldError::new("nowhere", "novel", "as the server says"),
    ];
    let outcomes = BTreeMap::new();
    let sight = Sight {
        value: &value,
        usual: &Value::Null,
        errors: &errors,
        outcomes: &outcomes,
        fresh: None,
        retype: &[],
        catalogue: Catalogue::of(Lang::En),
    };
    let view = FormView::new(&form, sight);
    let ids: Vec<Option<&str>> = view
        .errors
        .iter()
        .map(|error| error.id.as_deref())
        .collect();
    assert_eq!(
        ids,
        [
            Some("f-options-0--label"),
            Some("f-week"),
            Some("f-options"),
            None
        ]
    );
    assert_eq!(view.errors[3].text, "as the server says");
    let ControlView::Rows(rows) = &view.sections[1].fields[1].control else {
        panic!("it is a list");
    };
    assert!(rows.rows[0].error.is_some() && rows.rows[0].fields[0].error.is_some());
    let ControlView::OneOf { name, .. } = &rows.rows[0].fields[1].control else {
        panic!("it leads somewhere");
    };
    assert_eq!(*name, format!("options[0].{CHOSEN}"));
}

/// A page with a button that fills in its number and its key.
fn filled_by_a_sign_on() -> Form {
    let paths: &[&str] = &["page.sign_on", "page.key", "page.id"];
    let connect = Action::new("sign-on page", "console-facebook-connect", "external").fills(paths);
    let fields = [
        field("page.id", Control::ReadOnly).required(),
        field("page.sign_on", Control::Hidden),
        Field::new("other", "console-number", Control::ReadOnly),
    ];
    let section = Section::new("only", LABEL, fields);
    Form::of([section.tail(Block::Action(connect))])
}

fn refused(form: &Form, value: &Value, errors: &[FieldError]) -> FormView {
    let outcomes = Outcomes::new();
    let sight = Sight {
        value,
        usual: &Value::Null,
        errors,
        outcomes: &outcomes,
        fresh: None,
        retype: &[],
        catalogue: Catalogue::of(Lang::En),
    };
    FormView::new(form, sight)
}

#[test]
fn what_only_a_sign_on_fills_in_is_refused_once_and_at_its_button() {
    let errors = [
        FieldError::new("page.key", "required", ""),
        FieldError::new("page.id", "invalid_number", ""),
        FieldError::new("page.sign_on", "sign_on_needed", ""),
    ];
    let view = refused(&filled_by_a_sign_on(), &json!({}), &errors);
    let line = ErrorView {
        id: Some("f-sign-on-page".to_owned()),
        label: "Connect with Facebook".to_owned(),
        text: "Connect the account first.".to_owned(),
    };
    assert_eq!(view.errors, [line]);
    assert_eq!(view.sections[0].fields[0].error, None);
    let BlockKind::Action { outcome, .. } = &view.sections[0].tail[0].kind else {
        panic!("it is a button");
    };
    let outcome = outcome.as_ref().unwrap();
    assert!(!outcome.good && outcome.text == "Connect the account first.");
}

#[test]
fn what_a_sign_on_filled_in_wrongly_is_said_where_it_is_shown() {
    let errors = [
        FieldError::new("page.id", "taken", ""),
        FieldError::new("page.key", "key_refused", ""),
    ];
    let value = json!({"page": {"id": "1077"}});
    let view = refused(&filled_by_a_sign_on(), &value, &errors);
    let ids: Vec<_> = view.errors.iter().map(|line| line.id.as_deref()).collect();
    assert_eq!(ids, [Some("f-page-id"), Some("f-sign-on-page")]);
    assert!(view.sections[0].fields[0].error.is_some());
}

#[test]
fn what_has_no_place_on_the_page_is_named_in_words_and_what_fills_itself_in_is_not_asked_for() {
    let errors = [
        FieldError::new("page.webhook_secret", "required", ""),
        FieldError::new("other", "invalid_number", ""),
    ];
    let view = refused(&filled_by_a_sign_on(), &json!({}), &errors);
    assert_eq!(view.errors[0].label, "A setting that is not on this page");
    let said = "This field fills itself in; fill in the others first.";
    assert_eq!(view.errors[1].text, said);
    assert_eq!(view.sections[0].fields[2].error.as_deref(), Some(said));
}

#[test]
fn nothing_is_sent_before_a_sign_on_filled_in_what_is_needed() {
    let form = filled_by_a_sign_on();
    let refused = send(&form, &mut json!({"page": {}})).unwrap_err();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].field, "page.id");
    assert!(send(&form, &mut json!({"page": {"id": "1077"}})).is_ok());
}
