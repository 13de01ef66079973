//! Lists: a table of a kind's things, with a search, filters and pages, all in the address.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use url::form_urlencoded;

use super::administrator::Administrator;
use super::around::Around;
use super::cell::Cell;
use super::head::{ActionView, Head};
use super::resource::Resource;
use super::shell::Shell;
use crate::console::backend::{Filter, Kind, Shown};
use crate::console::headers::Frames;
use crate::console::kinds::channels::{KindCard, kind_cards};
use crate::console::pages::{Page, answer};
use crate::error::ApiError;

/// Rows on one page.
const PAGE: usize = 50;

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    pub label: String,
    /// It holds a button.
    pub narrow: bool,
}

/// What the rows of a list are made with.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub admin: &'a Administrator,
    pub around: &'a Around,
}

impl Asked<'_> {
    /// The time zone in which times are shown.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        let zone = self.around.settings.get("time_zone");
        zone.and_then(serde_json::Value::as_str).unwrap_or("UTC")
    }
}

#[derive(Debug)]
pub struct FilterView {
    pub name: &'static str,
    pub label: String,
    pub value: String,
    /// `None` is a search.
    pub choices: Option<Vec<(String, String)>>,
}

#[derive(Debug)]
struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    cells: Vec<Cell>,
    /// It has just been made or changed.
    fresh: bool,
}

impl Table {
    fn label(&self, place: &usize) -> &str {
        self.columns.get(*place).map_or("", |column| &column.label)
    }

    fn is_narrow(&self, place: &usize) -> bool {
        self.columns.get(*place).is_some_and(|column| column.narrow)
    }
}

#[derive(Debug)]
struct Pager {
    words: String,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Debug)]
struct Empty {
    icon: &'static str,
    title: String,
    help: String,
}

/// The choice of a channel's kind.
#[derive(Debug)]
pub struct KindDialog {
    pub kinds: Vec<KindCard>,
}

#[derive(Debug, Template)]
#[template(path = "console/list.html")]
struct ListPage {
    page: Page,
    shell: Shell,
    head: Head,
    filters: Vec<FilterView>,
    filtered: bool,
    clear: String,
    table: Table,
    pager: Option<Pager>,
    empty: Empty,
    dialog: Option<KindDialog>,
}

/// `GET /console/{slug}`.
///
/// # Errors
/// The list cannot be read.
pub async fn page(
    admin: &Administrator,
    resource: &dyn Resource,
) -> Result<HttpResponse, ApiError> {
    let around = Around::load(admin, resource.needs()).await?;
    let asked = Asked {
        admin,
        around: &around,
    };
    let (items, pager) = if is_record(resource.kind()) {
        records(admin, resource).await?
    } else {
        configured(admin, resource, &asked).await?
    };
    let page = list_page(resource, &asked, &items, pager);
    Ok(answer(StatusCode::OK, Frames::Nobody, &page))
}

fn list_page(
    resource: &dyn Resource,
    asked: &Asked<'_>,
    items: &[Arc<Shown>],
    pager: Option<Pager>,
) -> ListPage {
    let (admin, texts) = (asked.admin, resource.texts());
    let filters = resource.filters(asked);
    let title = admin.text(texts.title);
    ListPage {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &title),
        head: head(admin, resource, title),
        filtered: filters.iter().any(|filter| !filter.value.is_empty()),
        clear: admin.here.clone(),
        filters,
        table: Table {
            columns: resource.columns_of(asked),
            rows: items
                .iter()
                .map(|item| row(resource, item, asked))
                .collect(),
        },
        pager,
        empty: Empty {
            icon: texts.icon,
            title: admin.text(texts.empty),
            help: admin.text(texts.empty_help),
        },
        dialog: (resource.kind() == Kind::Channel).then(|| KindDialog {
            kinds: kind_cards(admin.catalogue),
        }),
    }
}

/// Records are listed in parts by the backend; what is configured is listed whole.
const fn is_record(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Alert | Kind::Ban | Kind::DeadLetter | Kind::Audit
    )
}

fn row(resource: &dyn Resource, item: &Shown, asked: &Asked<'_>) -> Row {
    Row {
        cells: resource.row(item, asked),
        fresh: asked.admin.asked("id") == item.id,
    }
}

fn head(admin: &Administrator, resource: &dyn Resource, title: String) -> Head {
    let texts = resource.texts();
    let is_channel = resource.kind() == Kind::Channel;
    let add = texts.add.map(|label| ActionView {
        href: format!("/console/{}/new", resource.slug()),
        label: admin.text(label),
        icon: "plus",
        primary: true,
        danger: false,
        dialog: is_channel.then_some("add-channel"),
    });
    Head {
        title,
        lead: Some(admin.text(texts.lead)),
        actions: resource.actions(admin).into_iter().chain(add).collect(),
        ..Head::default()
    }
}

type Part = (Vec<Arc<Shown>>, Option<Pager>);

async fn records(admin: &Administrator, resource: &dyn Resource) -> Result<Part, ApiError> {
    let cursor = Some(admin.asked("cursor")).filter(|cursor| !cursor.is_empty());
    let filter = Filter {
        cursor: cursor.map(str::to_owned),
        limit: Some(PAGE),
        terms: resource.terms(&admin.query),
    };
    let listed = admin.backend.list(resource.kind(), &filter).await?;
    let pager = (cursor.is_some() || listed.next.is_some()).then(|| Pager {
        words: String::new(),
        previous: cursor.map(|_| address(admin, "cursor", "")),
        next: listed
            .next
            .as_deref()
            .map(|next| address(admin, "cursor", next)),
    });
    Ok((listed.items, pager))
}

async fn configured(
    admin: &Administrator,
    resource: &dyn Resource,
    asked: &Asked<'_>,
) -> Result<Part, ApiError> {
    let listed = admin
        .backend
        .list(resource.kind(), &Filter::default())
        .await?;
    let mut kept: Vec<Arc<Shown>> = listed
        .items
        .into_iter()
        .filter(|item| resource.keeps(item, asked))
        .collect();
    let (from, pager) = pager(admin, kept.len());
    let items = kept.drain(from..(from + PAGE).min(kept.len())).collect();
    Ok((items, pager))
}

fn pager(admin: &Administrator, count: usize) -> (usize, Option<Pager>) {
    let pages = count.div_ceil(PAGE).max(1);
    let number = admin.asked("page").parse().unwrap_or(1).clamp(1, pages);
    let from = (number - 1) * PAGE;
    let pager = (pages > 1).then(|| Pager {
        words: admin.catalogue.fill(
            "console-page-of",
            &[
                ("from", (from + 1).into()),
                ("to", (from + PAGE).min(count).into()),
                ("count", count.into()),
            ],
        ),
        previous: (number > 1).then(|| address(admin, "page", &(number - 1).to_string())),
        next: (number < pages).then(|| address(admin, "page", &(number + 1).to_string())),
    });
    (from, pager)
}

/// The address of this list with one parameter changed.
fn address(admin: &Administrator, name: &str, value: &str) -> String {
    let mut query: BTreeMap<&str, &str> = admin
        .query
        .iter()
        .filter(|(known, value)| !matches!(known.as_str(), "done" | "id") && !value.is_empty())
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    query.insert(name, value);
    query.retain(|_, value| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    format!("{}?{query}", admin.here)
}
