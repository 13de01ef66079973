//! The people who sign in: agents, supervisors and administrators.

use async_trait::async_trait;
use ecluse_adapters::storage::config_db::bounds;
use serde_json::{Value, json};

use super::queues::{bounded, search};
use crate::console::admin::administrator::Administrator;
use crate::console::admin::cell::{Badge, Cell, Content, Tone};
use crate::console::admin::head::ActionView;
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::scalar;
use crate::console::form::{
    Action, Block, Choice, Control, Field, Form, Group, Key, Section, Words,
};
use crate::resources::matches;

const ROLES: [(&str, Key, Key); 3] = [
    ("agent", "console-role-agent", "console-role-agent-help"),
    (
        "supervisor",
        "console-role-supervisor",
        "console-role-supervisor-help",
    ),
    (
        "administrator",
        "console-role-administrator",
        "console-role-administrator-help",
    ),
];

/// The people of a tenant.
#[derive(Debug)]
pub struct Agents;

#[async_trait(?Send)]
impl Resource for Agents {
    fn kind(&self) -> Kind {
        Kind::Agent
    }

    fn slug(&self) -> &'static str {
        "agents"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-agents",
            lead: "console-agents-lead",
            icon: "users",
            add: Some("console-agent-add"),
            empty: "console-agents-empty",
            empty_help: "console-agents-empty-help",
            deletion: Some(Deletion {
                question: "console-agent-question",
                warning: "console-agent-warning",
                button: "console-agent-delete",
            }),
        }
    }

    fn columns(&self) -> &'static [Key] {
        &[
            "console-agent",
            "console-number",
            "console-pin-required",
            "console-wrap-up",
        ]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let pin = item.body.get("has_pin") == Some(&Value::Bool(true));
        let pin = asked
            .admin
            .text(if pin { "console-yes" } else { "console-no" });
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/agents/{}", item.id),
            detail: Some(role(asked.around, item)),
        };
        let [edit, delete] = edit_and_delete(asked, "agents", &item.id, item.name());
        vec![
            name.into(),
            Cell::text(item.text("number")),
            Cell::text(pin),
            Cell::text(scalar(item.body.get("wrap_up_secs"))),
            edit,
            delete,
        ]
    }

    fn actions(&self, admin: &Administrator) -> Vec<ActionView> {
        let action = |path: &str, label: Key, icon| ActionView {
            href: format!("/console/agents/{path}"),
            label: admin.text(label),
            icon,
            primary: false,
            danger: false,
            dialog: None,
        };
        vec![
            action("import", "console-import", "upload"),
            action("export", "console-export", "download"),
        ]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        let roles = ROLES.map(|(word, label, _)| (word.to_owned(), asked.admin.text(label)));
        let role = FilterView {
            name: "role",
            label: asked.admin.text("console-all-roles"),
            value: asked.admin.asked("role").to_owned(),
            choices: Some(roles.to_vec()),
        };
        vec![search(asked, "console-agents-search"), role]
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        let role = asked.admin.asked("role");
        let texts = [item.name(), item.text("number"), item.text("email")];
        (role.is_empty() || role == item.text("role")) && matches(asked.admin.asked("q"), &texts)
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        variant.is_none().then(|| {
            json!({"name": "", "email": "", "role": "agent", "wrap_up_secs": 20, "capacity": 100, "language": null})
        })
    }

    fn form(&self, _around: &Around, subject: Subject<'_>) -> Option<Form> {
        let mut person = Section::new("person", "console-general", person());
        if subject.id.is_some() {
            let invite = Action::new("invite", "console-invite", "key");
            person = person.tail(Block::Action(invite));
        }
        let language = Control::Select {
            groups: Group::plain(vec![
                Choice::ours("fr", "console-french"),
                Choice::ours("en", "console-english"),
            ]),
            none: Some("console-language-browser"),
        };
        Some(Form::of([
            person,
            Section::new("work", "console-work", work()).help("console-work-help"),
            Section::new(
                "pages",
                "console-agent-pages",
                [Field::new("language", "common-language", language).half()],
            ),
        ]))
    }

    fn badges(&self, around: &Around, value: &Value) -> Vec<Badge> {
        let invited = value.get("has_password") == Some(&Value::Bool(false));
        let badge = invited.then(|| Badge::new(Tone::Warn, around.text("console-agent-invited")));
        badge.into_iter().collect()
    }

    fn once(&self) -> Option<(&'static str, Key, Key)> {
        Some((
            "invitation_url",
            "console-invitation",
            "console-invitation-help",
        ))
    }
}

fn role(around: &Around, item: &Shown) -> String {
    let found = ROLES
        .into_iter()
        .find(|(word, ..)| *word == item.text("role"));
    let role = found.map_or_else(String::new, |(_, label, _)| around.text(label));
    match item.text("email") {
        "" => role,
        email => format!("{role} · {email}"),
    }
}

fn person() -> [Field; 3] {
    let choices =
        ROLES.map(|(word, label, detail)| Choice::ours(word, label).detail(Words::Ours(detail)));
    let role = Control::Radio {
        choices: choices.to_vec(),
    };
    [
        Field::new("name", "console-full-name", Control::Text)
            .required()
            .half(),
        Field::new("email", "console-email", Control::Email)
            .help("console-agent-email-help")
            .required()
            .half(),
        Field::new("role", "console-role", role).required(),
    ]
}

fn work() -> [Field; 4] {
    let pin = Control::Secret { has: "has_pin" };
    [
        Field::new("number", "console-number", Control::Text)
            .help("console-agent-number-help")
            .example("0001")
            .half(),
        Field::new("pin", "console-pin", pin)
            .help("console-pin-help")
            .half(),
        Field::new(
            "wrap_up_secs",
            "console-wrap-up",
            bounded(&bounds::WRAP_UP_SECS, Some("console-unit-seconds")),
        )
        .help("console-wrap-up-help")
        .half(),
        Field::new(
            "capacity",
            "console-capacity",
            bounded(&bounds::CAPACITY, Some("console-unit-units")),
        )
        .help("console-capacity-help")
        .half(),
    ]
}
