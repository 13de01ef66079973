//! The tenants of a deployment, for who administers the platform.

use serde_json::{Value, json};

use super::queues::search;
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::{Asked, FilterView, matches};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::{Around, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::{Control, Field, Form, Key, Section};

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
            question: "console-tenant-question",
            warning: "console-tenant-warning",
            delete: "console-tenant-delete",
        }
    }

    fn columns(&self) -> &'static [Key] {
        &["console-name", "console-key"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/tenants/{}", item.id),
            detail: None,
        };
        let [edit, delete] = edit_and_delete(asked, "tenants", &item.id, item.name());
        vec![name.into(), Cell::text(item.text("key")), edit, delete]
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

    fn form(&self, _around: &Around, _subject: Subject<'_>) -> Option<Form> {
        let general = Section::new(
            "tenant",
            "console-general",
            [
                Field::new("name", "console-name", Control::Text)
                    .required()
                    .half(),
                Field::new("key", "console-key", Control::Text)
                    .help("console-key-help")
                    .example("acme")
                    .half(),
            ],
        );
        Some(Form::of([general]))
    }
}
