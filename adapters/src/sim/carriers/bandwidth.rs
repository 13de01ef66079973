//! Bandwidth's application and numbers, in XML.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{CarrierOptions, Shared, basic, is_user};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route(
            "/api/accounts/{account}/applications/{id}",
            web::get().to(application),
        )
        .route(
            "/api/accounts/{account}/inserviceNumbers/{number}",
            web::get().to(number),
        );
}

fn xml(status: StatusCode, body: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("application/xml; charset=utf-8")
        .body(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}"))
}

fn refuse(status: StatusCode, code: &str, words: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse><ResponseStatus><ErrorCode>{code}</ErrorCode><Description>{words}</Description></ResponseStatus>\
         </ErrorResponse>"
    );
    xml(status, &body)
}

fn refusal(request: &HttpRequest, account: &str, options: &CarrierOptions) -> Option<HttpResponse> {
    let own = &options.bandwidth;
    if !is_user(basic(request), &own.username, &own.password) {
        return Some(HttpResponse::Unauthorized().finish());
    }
    match account == own.account_id {
        true => None,
        false => {
            let words = "The user has no access to this account";
            Some(refuse(StatusCode::FORBIDDEN, "12004", words))
        }
    }
}

async fn application(
    shared: web::Data<Shared>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    let options = shared.options();
    if let Some(refused) = refusal(&request, &account, &options) {
        return refused;
    }
    let own = &options.bandwidth;
    if id != own.application_id {
        return refuse(StatusCode::NOT_FOUND, "12667", "Application not found");
    }
    let body = format!(
        "<ApplicationProvisioningResponse><Application><ApplicationId>{id}</ApplicationId><ServiceType>{}</ServiceType>\
         <AppName>Écluse</AppName></Application></ApplicationProvisioningResponse>",
        own.service_type
    );
    xml(StatusCode::OK, &body)
}

async fn number(
    shared: web::Data<Shared>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (account, number) = path.into_inner();
    let options = shared.options();
    if let Some(refused) = refusal(&request, &account, &options) {
        return refused;
    }
    let wanted = format!("+1{number}");
    match options.numbers.iter().any(|own| own.number == wanted) {
        true => xml(StatusCode::OK, ""),
        false => refuse(
            StatusCode::NOT_FOUND,
            "12500",
            "The number is not in service on this account",
        ),
    }
}
