//! The pages that a person sees, plain enough for any browser and any test.

use super::dialect::Dialect;
use super::request::SignInRequest;

/// Asks who signs in.
pub(super) fn login(dialect: &dyn Dialect, query: &str, request: &SignInRequest) -> String {
    let hint = escaped(request.login_hint.as_deref().unwrap_or_default());
    let form = format!(
        "<p>to go on to {}</p><form method=\"post\">{}\
         <p><label>E-mail <input name=\"email\" type=\"email\" value=\"{hint}\" required autofocus></label></p>\
         <p><button type=\"submit\">Next</button></p></form>",
        escaped(&request.client_id),
        hidden("request", query),
    );
    page(&format!("Sign in to {}", dialect.shown().company), &form)
}

/// Lists what the application asks for.
pub(super) fn consent(
    dialect: &dyn Dialect,
    query: &str,
    request: &SignInRequest,
    email: &str,
) -> String {
    let shown = dialect.shown();
    let items: String = request
        .scopes
        .iter()
        .map(|scope| permission(dialect, scope))
        .collect();
    let form = format!(
        "<p>{}</p><form method=\"post\">{}{}<ul>{items}</ul>\
         <p><button name=\"decision\" value=\"accept\">{}</button> \
         <button name=\"decision\" value=\"refuse\">{}</button></p></form>",
        escaped(email),
        hidden("request", query),
        hidden("email", email),
        shown.accept,
        shown.refuse,
    );
    page(
        &format!("{} asks for permissions", request.client_id),
        &form,
    )
}

fn permission(dialect: &dyn Dialect, scope: &str) -> String {
    let text = escaped(dialect.permission(scope).unwrap_or(scope));
    let value = escaped(scope);
    if dialect.shown().has_boxes && dialect.is_optional(scope) {
        return format!(
            "<li><label><input type=\"checkbox\" name=\"granted\" value=\"{value}\" checked> {text}</label></li>"
        );
    }
    format!("<li>{text}<input type=\"hidden\" name=\"granted\" value=\"{value}\"></li>")
}

/// Says that nobody but an administrator can agree, and leads back.
pub(super) fn admin_approval(query: &str, email: &str) -> String {
    let form = format!(
        "<p>This application needs permissions that only an administrator can give.</p>\
         <form method=\"post\">{}{}\
         <p><button name=\"decision\" value=\"refuse\">Return to the application without granting consent</button></p></form>",
        hidden("request", query),
        hidden("email", email),
    );
    page("Need admin approval", &form)
}

/// Says why the application is sent away; nobody is sent back to an address that may be a stranger's.
pub(super) fn refused(dialect: &dyn Dialect, error: &str, description: &str) -> String {
    let text = format!(
        "<p>Error: {}</p><p>{}</p>",
        escaped(error),
        escaped(description)
    );
    page(
        &format!("{} cannot sign you in", dialect.shown().company),
        &text,
    )
}

fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><link rel=\"icon\" href=\"data:,\"><title>{title}</title>\
         <h1>{title}</h1>{body}</html>"
    )
}

fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
        escaped(value)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
