//! VoIP Innovations' query about a number, in SOAP.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Shared;
use crate::meta::same_secret;
use crate::sms::check::element;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/Services/APIService.asmx", web::post().to(query));
}

async fn query(shared: web::Data<Shared>, request: HttpRequest, body: String) -> HttpResponse {
    let action = request.headers().get("SOAPAction");
    let action = action
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if action.trim_matches('"') != "http://tempuri.org/queryDID" {
        return HttpResponse::InternalServerError()
            .body("<faultstring>Server did not recognize the value of HTTP Header SOAPAction</faultstring>");
    }
    let value = |name: &str| element(&body, name).unwrap_or_default();
    let options = shared.options();
    let (login, secret) = &options.vi;
    if value("login") != *login || !same_secret(&value("secret"), secret) {
        return answer("401", "Invalid login or secret", "");
    }
    let wanted = format!("+1{}", value("did"));
    match options.numbers.iter().any(|own| own.number == wanted) {
        true => answer("100", "Success", "<status>Assigned</status>"),
        false => answer("100", "Success", "<status>No records found</status>"),
    }
}

/// Whatever was asked is answered with 200.
fn answer(code: &str, message: &str, did: &str) -> HttpResponse {
    let did = match did {
        "" => String::new(),
        did => format!("<DIDs><DID>{did}</DID></DIDs>"),
    };
    HttpResponse::Ok()
        .content_type("text/xml; charset=utf-8")
        .body(format!(
            "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <queryDIDResponse xmlns=\"http://tempuri.org/\"><queryDIDResult><responseCode>{code}</responseCode>\
             <responseMessage>{message}</responseMessage>{did}</queryDIDResult></queryDIDResponse></soap:Body>\
             </soap:Envelope>"
        ))
}
