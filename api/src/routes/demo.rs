//! The demonstration's ledger as a page and as JSON. Mounted by `ecluse demo` only; aggregate figures, so nobody signs in.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::commands::demo::ledger::{Ledger, NotCompared};
use crate::console::language::Lang;
use crate::console::pages;
use crate::error::ApiError;

/// What the pages of the demonstration lead to.
#[derive(Debug)]
pub(crate) struct Tour {
    pub(crate) ledger: Ledger,
    /// The shop's site.
    pub(crate) shop: String,
    pub(crate) process: u32,
    /// What starts this demonstration again.
    pub(crate) command: String,
}

/// Mounts the demonstration's pages.
pub(crate) fn configure(config: &mut web::ServiceConfig, tour: &Data<Tour>) {
    config
        .app_data(tour.clone())
        .route("/demo", web::get().to(|| async { found("/demo/ledger") }))
        .route("/demo/shop", web::get().to(shop))
        .route("/demo/ledger", web::get().to(page))
        .route("/demo/ledger.json", web::get().to(figures));
}

async fn shop(tour: Data<Tour>) -> HttpResponse {
    found(&format!("{}/", tour.shop))
}

async fn page(tour: Data<Tour>, request: HttpRequest) -> HttpResponse {
    let lang = Lang::of_request(&request, None);
    let mut page = pages::ledger(lang, tour.process, &tour.command);
    if let Some(asked) = Lang::asked(&request)
        && let Err(error) = page.add_cookie(&asked.cookie())
    {
        tracing::warn!(%error, "a chosen language cannot be remembered");
    }
    page
}

async fn figures(tour: Data<Tour>) -> Result<HttpResponse, ApiError> {
    let account = tour.ledger.account().await.map_err(|error| match error {
        NotCompared::Behind(_) => ApiError::Busy {
            retry_after_secs: 1,
        },
        NotCompared::Store(error) => ApiError::internal(error),
    })?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(account))
}

fn found(place: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, place))
        .finish()
}
