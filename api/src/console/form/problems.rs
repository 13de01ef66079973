//! What is said at a field that was refused, by the refusal's stable code.

use crate::console::catalogue::Catalogue;
use crate::error::FieldError;

/// The codes that have a text of their own. Of any other the server's own sentence is shown.
const TEXTS: [(&str, &str); 56] = [
    ("required", "error-field-required"),
    ("blank", "error-field-required"),
    ("taken", "error-field-taken"),
    ("too_long", "error-field-too-long"),
    ("too_short", "error-field-too-short"),
    ("too_many", "error-field-too-many"),
    ("too_few", "error-field-too-few"),
    ("too_deep", "error-field-too-deep"),
    ("out_of_range", "error-field-out-of-range"),
    ("invalid", "error-field-invalid"),
    ("invalid_characters", "error-field-invalid-characters"),
    ("invalid_name", "error-field-invalid-characters"),
    ("invalid_email", "error-field-invalid-email"),
    ("invalid_number", "error-field-invalid-number"),
    ("invalid_domain", "error-field-invalid-domain"),
    ("invalid_host", "error-field-invalid-host"),
    ("invalid_url", "error-field-invalid-url"),
    ("invalid_color", "error-field-invalid-color"),
    ("invalid_pin", "error-field-invalid-pin"),
    ("invalid_key", "error-field-invalid-key"),
    ("invalid_pointer", "error-field-invalid-pointer"),
    ("invalid_header_name", "error-field-not-a-pair"),
    ("invalid_time", "error-field-invalid-time"),
    ("unknown_time_zone", "error-field-invalid-time-zone"),
    ("not_a_number", "error-field-not-a-number"),
    ("not_a_pair", "error-field-not-a-pair"),
    ("not_after", "error-field-ends-before-start"),
    ("in_the_past", "error-field-in-the-past"),
    ("not_found", "error-field-not-found"),
    ("unknown", "error-field-not-found"),
    ("unknown_agent", "error-field-not-found"),
    ("unknown_queue", "error-field-not-found"),
    ("unknown_chatbot", "error-field-not-found"),
    ("unknown_form", "error-field-not-found"),
    ("unknown_trunk", "error-field-not-found"),
    ("unknown_key", "error-field-not-found"),
    ("unknown_value", "error-field-unknown-value"),
    ("unsupported", "error-field-unsupported"),
    ("not_allowed", "error-field-not-allowed"),
    ("not_for_this_provider", "error-field-not-for-this-provider"),
    ("in_use", "error-field-in-use"),
    ("fixed", "error-field-fixed"),
    ("immutable", "error-field-read-only"),
    ("read_only", "error-field-read-only"),
    ("reused", "error-field-reused"),
    ("no_number_left", "error-field-no-number-left"),
    ("message_missing", "error-field-message-missing"),
    ("not_of_trunk", "error-field-number-not-in-service"),
    ("trunk_disabled", "error-field-trunk-disabled"),
    ("pending_deletion", "error-field-pending-deletion"),
    ("sign_on_needed", "error-field-sign-on-needed"),
    ("sign_on_gone", "error-field-sign-on-expired"),
    ("sign_on_expired", "error-field-sign-on-expired"),
    ("licence", "error-field-licence"),
    ("duplicate", "error-field-duplicate"),
    ("private_address", "error-field-private-address"),
];

/// The sentence for a refused field, in the reader's language.
#[must_use]
pub fn sentence(error: &FieldError, catalogue: &'static Catalogue) -> String {
    let known = TEXTS.iter().find(|(code, _)| *code == error.code);
    match known {
        Some((_, key)) => catalogue.text(key).into_owned(),
        None => error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::language::Lang;

    #[test]
    fn a_code_that_nobody_translated_is_said_as_the_server_says_it() {
        let error = |code: &str| FieldError::new("name", code, "has three heads");
        let french = Catalogue::of(Lang::Fr);
        assert_eq!(sentence(&error("novel"), french), "has three heads");
        assert_ne!(sentence(&error("taken"), french), "has three heads");
    }
}
