//! The tenants of a deployment, for who administers the platform.

use ecluse_adapters::storage::config_db::bounds;
use serde_json::{Value, json};

use super::queues::{bounded, search};
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::{Around, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::{Choice, Control, Field, Form, Key, Section};
use crate::resources::matches;

/// The tenants.
#[derive(Debug)]
pub struct Tenants;

impl Resource for Tenants {
    fn kind(&self) -> Kind {
        Kind::Tenant
    }

    fn slug(&self) -> &'static str {
        "tenants"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-tenants",
            lead: "console-tenants-lead",
            icon: "building",
            add: Some("console-tenant-add"),
            empty: "console-tenants-empty",
            empty_help: "console-tenants-empty-help",
            deletion: None,
        }
    }

    fn columns(&self) -> &'static [Key] {
        &["console-name", "console-key"]
    }

    /// A tenant can be renamed and licensed, and not deleted.
    fn buttons(&self) -> &'static [Key] {
        &["console-column-edit"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/tenants/{}", item.id),
            detail: None,
        };
        let [edit, _] = edit_and_delete(asked, "tenants", &item.id, item.name());
        vec![name.into(), Cell::text(item.text("key")), edit]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        vec![search(asked, "console-tenants-search")]
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        matches(asked.admin.asked("q"), &[item.name(), item.text("key")])
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        variant.is_none().then(|| json!({"name": "", "key": null}))
    }

    fn form(&self, _around: &Around, subject: Subject<'_>) -> Option<Form> {
        let name = Field::new("name", "console-name", Control::Text)
            .required()
            .half();
        if subject.id.is_some() {
            let key = Field::new("key", "console-key", Control::ReadOnly).half();
            return Some(Form::of([
                Section::new("tenant", "console-general", [name, key]),
                Section::new("licence", "console-licence", licence())
                    .help("console-tenant-licence-help"),
            ]));
        }
        let key = Field::new("key", "console-key", Control::Text)
            .help("console-key-help")
            .example("acme")
            .half();
        Some(Form::of([
            Section::new("tenant", "console-general", [name, key]),
            Section::new(
                "administrator",
                "console-tenant-administrator",
                administrator(),
            )
            .help("console-tenant-administrator-help"),
        ]))
    }

    fn once(&self) -> Option<(&'static str, Key, Key)> {
        Some((
            "invitation_url",
            "console-invitation",
            "console-invitation-help",
        ))
    }
}

/// Who administers a new tenant first.
fn administrator() -> [Field; 2] {
    [
        Field::new("administrator.name", "console-full-name", Control::Text)
            .required()
            .half(),
        Field::new("administrator.email", "console-email", Control::Email)
            .help("console-agent-email-help")
            .required()
            .half(),
    ]
}

/// What the tenant may use. An empty limit is none.
fn licence() -> [Field; 4] {
    let limit = |path, label| {
        let number = bounded(&bounds::LICENCE_LIMIT, None);
        Field::new(path, label, number).half()
    };
    let modules = Control::MultiSelect {
        choices: vec![
            Choice::ours("omnichannel", "console-licence-omnichannel"),
            Choice::ours("customer_survey", "console-licence-survey"),
        ],
        filter: "common-filter",
    };
    [
        limit("licence.agent_seats", "console-licence-agents").help("console-licence-agents-help"),
        limit("licence.supervisor_seats", "console-licence-supervisors")
            .help("console-licence-supervisors-help"),
        limit("licence.channels_max", "console-licence-channels")
            .help("console-licence-channels-help"),
        Field::new("licence.modules", "console-licence-modules", modules),
    ]
}
