//! What is said at a field that was refused, by the refusal's stable code.
//!
//! What must stay true: whatever a save can be refused with has a text; a test reads the codes from where they are made.

use fluent_bundle::FluentValue;

use crate::console::address::readable;
use crate::console::catalogue::Catalogue;
use crate::error::FieldError;

/// The codes that have a text of their own. Of any other the server's own sentence is shown.
const TEXTS: &[(&str, &str)] = &[
    ("required", "error-field-required"),
    ("blank", "error-field-required"),
    ("taken", "error-field-taken"),
    ("too_long", "error-field-too-long"),
    ("too_short", "error-field-too-short"),
    ("too_easy", "error-too-easy"),
    ("too_many", "error-field-too-many"),
    ("too_few", "error-field-too-few"),
    ("too_deep", "error-field-too-deep"),
    ("too_long_with_options", "error-field-too-long-with-options"),
    ("out_of_range", "error-field-out-of-range"),
    ("invalid", "error-field-invalid"),
    ("invalid_characters", "error-field-invalid-characters"),
    ("invalid_name", "error-field-invalid-characters"),
    ("invalid_email", "error-field-invalid-email"),
    ("invalid_number", "error-field-invalid-number"),
    ("short_code", "error-field-short-code"),
    ("invalid_visitor", "error-field-invalid-visitor"),
    ("invalid_psid", "error-field-invalid-psid"),
    ("invalid_domain", "error-field-invalid-domain"),
    ("scheme_not_allowed", "error-field-scheme-not-allowed"),
    ("path_not_allowed", "error-field-path-not-allowed"),
    ("port_not_allowed", "error-field-port-not-allowed"),
    ("domain_or_standalone", "error-field-domain-or-standalone"),
    ("invalid_wildcard", "error-field-invalid-wildcard"),
    ("ipv6_not_allowed", "error-field-ipv6-not-allowed"),
    ("invalid_host", "error-field-invalid-host"),
    ("port_apart", "error-field-port-apart"),
    ("invalid_url", "error-field-invalid-url"),
    ("invalid_color", "error-field-invalid-color"),
    ("invalid_pin", "error-field-invalid-pin"),
    ("invalid_key", "error-field-invalid-key"),
    ("invalid_pointer", "error-field-invalid-pointer"),
    ("invalid_uuid", "error-field-invalid-uuid"),
    ("invalid_account_sid", "error-field-invalid-account-sid"),
    ("not_digits", "error-field-not-digits"),
    ("not_sendable", "error-field-not-sendable"),
    ("invalid_header_name", "error-field-not-a-pair"),
    ("invalid_time", "error-field-invalid-time"),
    ("unknown_time_zone", "error-field-invalid-time-zone"),
    ("not_a_number", "error-field-not-a-number"),
    ("not_a_pair", "error-field-not-a-pair"),
    ("not_after", "error-field-ends-before-start"),
    ("in_the_past", "error-field-in-the-past"),
    ("not_found", "console-verify-not-found"),
    ("unknown", "error-field-not-found"),
    ("unknown_agent", "error-field-not-found"),
    ("unknown_queue", "error-field-not-found"),
    ("unknown_chatbot", "error-field-not-found"),
    ("unknown_form", "error-field-not-found"),
    ("unknown_sms_trunk", "error-field-not-found"),
    ("unknown_key", "error-field-not-found"),
    ("unknown_value", "error-field-unknown-value"),
    ("unknown_field", "error-field-unsupported"),
    ("not_an_object", "error-field-invalid"),
    ("one_of", "error-field-invalid"),
    ("wrong_purpose", "error-field-wrong-purpose"),
    ("unsupported", "error-field-unsupported"),
    ("not_allowed", "error-field-not-allowed"),
    ("not_a_member", "error-not-a-member"),
    ("not_retryable", "error-field-not-allowed"),
    ("password_needed", "error-field-password-needed"),
    ("not_for_this_provider", "error-field-not-for-this-provider"),
    ("in_use", "error-field-in-use"),
    ("fixed", "error-field-fixed"),
    ("immutable", "error-field-read-only"),
    ("read_only", "error-field-read-only"),
    ("reused", "error-field-reused"),
    ("no_number_left", "error-field-no-number-left"),
    ("type_of_name", "error-field-type-of-name"),
    ("message_missing", "error-field-message-missing"),
    ("not_of_trunk", "error-field-number-not-in-service"),
    ("trunk_disabled", "error-field-trunk-disabled"),
    ("pending_deletion", "error-field-pending-deletion"),
    ("sign_on_needed", "error-field-sign-on-needed"),
    ("sign_on_gone", "error-field-sign-on-expired"),
    ("sign_on_unfinished", "error-field-sign-on-unfinished"),
    ("sign_on_expired", "error-field-sign-on-expired"),
    ("licence", "error-field-licence"),
    ("duplicate", "error-field-duplicate"),
    ("number_of_another", "error-field-number-of-another"),
    ("unknown_column", "error-field-unknown-column"),
    ("not_utf8", "error-field-not-utf8"),
    ("unclosed_quote", "error-field-unclosed-quote"),
    ("private_address", "error-field-private-address"),
];

/// What a company refuses when a channel is connected to it or saved.
const OF_COMPANIES: &[(&str, &str)] = &[
    ("differs", "error-field-number-differs"),
    ("wrong_kind", "error-field-wrong-kind"),
    ("nothing_to_choose", "cmp-fault-nothing"),
    ("refused_by_person", "cmp-fault-refused"),
    ("denied", "cmp-fault-refused"),
    ("no_app_role", "cmp-fault-role"),
    ("bad_callback", "cmp-fault-code"),
    ("code_used", "cmp-fault-code"),
    ("code_expired", "cmp-fault-code"),
    ("code_invalid", "cmp-fault-code"),
    ("code_unusable", "cmp-fault-code"),
    ("wrong_state", "cmp-fault-code"),
    ("redirect_mismatch", "cmp-fault-settings"),
    ("wrong_redirect", "cmp-fault-settings"),
    ("wrong_client", "cmp-fault-settings"),
    ("missing_scope", "cmp-fault-scope"),
    ("missing_permissions", "cmp-fault-scope"),
    ("no_page_granted", "cmp-fault-nothing"),
    ("nothing_granted", "cmp-fault-nothing"),
    ("no_permission", "cmp-fault-permission"),
    ("unknown_channel", "cmp-fault-permission"),
    ("admin_consent_needed", "cmp-fault-admin"),
    ("not_running", "cmp-fault-preparing"),
    ("no_mailbox", "cmp-fault-mailbox"),
    ("no_refresh_token", "cmp-fault-mailbox"),
    ("token_dead", "error-field-token-dead"),
    ("sign_in_required", "error-field-token-dead"),
    ("interaction_required", "error-field-token-dead"),
    ("wrong_token", "error-field-wrong-token"),
    ("bad_number", "error-field-bad-number"),
    ("not_of_this_account", "console-verify-not-assigned"),
    ("key_refused", "error-field-key-refused"),
    ("webhook_refused", "error-field-webhook-refused"),
    ("webhook_differs", "error-field-webhook-differs"),
    ("provider_error", "error-field-provider-refused"),
    ("refused", "error-field-provider-refused"),
];

/// The texts of codes that are refused with bounds, with what would be accepted, or with their place in a file.
const BOUNDED: &[(&str, &str)] = &[
    ("out_of_range", "error-field-between"),
    ("too_long", "error-field-longer-than"),
    ("too_many", "error-field-more-than"),
    ("not_sendable", "error-field-not-sendable-or-long"),
    ("taken", "error-field-taken-but"),
    ("unclosed_quote", "error-field-unclosed-quote-at"),
    ("duplicate", "error-field-duplicate-column"),
];

/// The sentence for a refused field, in the reader's language.
#[must_use]
pub fn sentence(error: &FieldError, catalogue: &'static Catalogue) -> String {
    if let Some(text) = held(error, catalogue).or_else(|| bounded(error, catalogue)) {
        return text;
    }
    match key(&error.code) {
        Some(key) => catalogue.text(key).into_owned(),
        None => error.message.clone(),
    }
}

/// The sentence with the name of what has it, where that is told.
fn held(error: &FieldError, catalogue: &'static Catalogue) -> Option<String> {
    let holder = readable(error.holder.as_deref()?);
    let values = [("holder", FluentValue::from(holder.as_ref()))];
    Some(catalogue.fill("error-field-taken-by", &values))
}

/// The sentence with its numbers, where all of them are told.
fn bounded(error: &FieldError, catalogue: &'static Catalogue) -> Option<String> {
    let (_, key) = BOUNDED.iter().find(|(code, _)| *code == error.code)?;
    let values: Vec<(&str, FluentValue<'_>)> = match error.code.as_str() {
        "out_of_range" => vec![
            ("minimum", error.minimum?.into()),
            ("maximum", error.maximum?.into()),
        ],
        "taken" => vec![("suggestion", error.suggestion.as_deref()?.into())],
        "duplicate" => vec![("column", error.field.strip_prefix("csv.")?.into())],
        "unclosed_quote" => vec![("line", line_of_file(&error.field)?.into())],
        _ => vec![("maximum", error.maximum?.into())],
    };
    Some(catalogue.fill(key, &values))
}

/// The line that a refusal of a whole file is about: `3` for `csv[3]`.
fn line_of_file(field: &str) -> Option<&str> {
    field.strip_prefix("csv[")?.strip_suffix(']')
}

fn key(code: &str) -> Option<&'static str> {
    let mut known = TEXTS.iter().chain(OF_COMPANIES);
    known.find(|(known, _)| *known == code).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests;
