//! Telnyx's messaging profile and numbers.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{CarrierOptions, Shared};
use crate::meta::same_secret;
use crate::sim::pages::Filled;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v2/messaging_profiles/{id}", web::get().to(profile))
        .route("/v2/phone_numbers", web::get().to(numbers));
}

fn refusal(request: &HttpRequest, options: &CarrierOptions) -> Option<HttpResponse> {
    let header = request.headers().get("Authorization");
    let key = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if key.is_some_and(|key| same_secret(key, &options.telnyx.api_key)) {
        return None;
    }
    Some(HttpResponse::Unauthorized().json(json!({ "errors": [{
        "code": "10009", "title": "Authentication failed", "detail": "The required authentication headers were either \
         invalid or not included in the request.",
    }] })))
}

async fn profile(
    shared: web::Data<Shared>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    let options = shared.options();
    if let Some(refused) = refusal(&request, &options) {
        return refused;
    }
    let own = &options.telnyx;
    if *id != own.messaging_profile_id {
        return HttpResponse::NotFound().json(json!({ "errors": [{
            "code": "10005", "title": "Resource not found", "detail": "The requested resource or URL could not be found.",
        }] }));
    }
    HttpResponse::Ok().json(json!({ "data": {
        "record_type": "messaging_profile", "id": own.messaging_profile_id, "name": "Écluse", "enabled": own.enabled,
    } }))
}

async fn numbers(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let options = shared.options();
    if let Some(refused) = refusal(&request, &options) {
        return refused;
    }
    let query = Filled::read(request.query_string().as_bytes());
    let wanted = query.value("filter[phone_number]").to_owned();
    // Anything but digits finds nothing, says the reference.
    let is_digits = !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit());
    let found = options
        .numbers
        .iter()
        .filter(|own| is_digits && own.number.contains(&wanted));
    let found: Vec<_> = found
        .map(|own| {
            let profile = &own.messaging_profile_id;
            json!({ "phone_number": own.number, "status": "active", "messaging_profile_id": profile })
        })
        .collect();
    let meta = json!({ "total_pages": 1, "total_results": found.len(), "page_number": 1, "page_size": 20 });
    HttpResponse::Ok().json(json!({ "data": found, "meta": meta }))
}
