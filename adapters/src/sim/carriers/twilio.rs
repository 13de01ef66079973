//! Twilio's account and its numbers.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{CarrierOptions, Shared, basic, is_user};
use crate::sim::pages::Filled;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/2010-04-01/Accounts/{sid}.json", web::get().to(account))
        .route(
            "/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json",
            web::get().to(numbers),
        );
}

/// A wrong token and an unknown account are refused alike.
fn refusal(request: &HttpRequest, sid: &str, options: &CarrierOptions) -> Option<HttpResponse> {
    let own = &options.twilio;
    if is_user(basic(request), &own.sid, &own.auth_token) && sid == own.sid {
        return None;
    }
    Some(HttpResponse::Unauthorized().json(json!({
        "code": 20003, "message": "Authenticate", "more_info": "https://www.twilio.com/docs/errors/20003", "status": 401,
    })))
}

async fn account(
    shared: web::Data<Shared>,
    request: HttpRequest,
    sid: web::Path<String>,
) -> HttpResponse {
    let options = shared.options();
    if let Some(refused) = refusal(&request, &sid, &options) {
        return refused;
    }
    HttpResponse::Ok().json(json!({
        "sid": options.twilio.sid, "friendly_name": "Écluse", "status": options.twilio.status, "type": "Full",
    }))
}

async fn numbers(
    shared: web::Data<Shared>,
    request: HttpRequest,
    sid: web::Path<String>,
) -> HttpResponse {
    let options = shared.options();
    if let Some(refused) = refusal(&request, &sid, &options) {
        return refused;
    }
    let query = Filled::read(request.query_string().as_bytes());
    let wanted = query.value("PhoneNumber").to_owned();
    let found = options
        .numbers
        .iter()
        .filter(|own| own.number.contains(&wanted));
    let found: Vec<_> = found
        .map(|own| {
            let capabilities =
                json!({ "voice": true, "sms": own.can_text, "mms": false, "fax": false });
            json!({ "phone_number": own.number, "capabilities": capabilities, "status": "in-use" })
        })
        .collect();
    HttpResponse::Ok().json(json!({ "incoming_phone_numbers": found, "page": 0, "page_size": 50 }))
}
