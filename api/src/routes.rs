//! The HTTP routes: thin, no decisions.

pub mod agents;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod bans;
pub mod chat;
pub mod common;
pub mod config;
pub mod contact_data;
pub mod contacts;
pub mod conversations;
pub mod crud;
pub mod dead_letters;
#[cfg(feature = "sim")]
pub mod demo;
pub mod desk;
pub mod licence;
pub mod once;
pub mod pages;
mod refusals;
pub mod session;
pub mod settings;
pub mod sign_ons;
pub mod tenants;
pub mod verify;
pub mod webhooks;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::no_route;
use crate::openapi::API_PREFIX;

/// Everything below `/api/v1`, in the order of the API document.
pub fn api(config: &mut ServiceConfig<'_>) {
    config
        .configure(session::configure)
        .configure(verify::configure)
        .configure(sign_ons::configure)
        .configure(agents::configure)
        .configure(crud::configure)
        .configure(settings::configure)
        .configure(licence::configure)
        .configure(bans::configure)
        .configure(alerts::configure)
        .configure(audit::configure)
        .configure(tenants::configure)
        .configure(config::configure)
        .configure(contacts::configure)
        .configure(contact_data::configure)
        .configure(conversations::configure)
        .configure(desk::configure)
        .configure(api_keys::configure)
        .configure(dead_letters::configure);
}

/// Mounts the API.
pub fn mount_api(services: &mut web::ServiceConfig) {
    services.service(
        web::scope(API_PREFIX)
            .configure(|inner| api(&mut ServiceConfig::new(inner)))
            .default_service(web::to(no_route)),
    );
}
