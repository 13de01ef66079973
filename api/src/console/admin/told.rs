//! What a refusal means, for whoever reads the console.
//!
//! What must stay true: every refusal has words in both languages, because each match below names every variant; what can be
//! mended says where: the setting that is missing, the limit that is reached.

use ecluse_adapters::cmp::NotAvailable;
use ecluse_adapters::storage::config_db::LicenceGate;
use ecluse_engine::tenant::Module;

use super::administrator::Administrator;
use crate::console::catalogue::Catalogue;
use crate::console::form::problems;
use crate::error::{ApiError, Conflict};

/// What a refusal means, in the reader's language.
#[must_use]
pub fn told(admin: &Administrator, error: &ApiError) -> String {
    words(admin.catalogue, error)
}

/// As [`told`], for whoever has no session.
pub(crate) fn words(catalogue: &'static Catalogue, error: &ApiError) -> String {
    let key = match error {
        ApiError::Validation(errors) => {
            let sentences = errors.iter();
            let sentences = sentences.map(|error| problems::sentence(error, catalogue));
            return sentences.collect::<Vec<_>>().join(" ");
        }
        ApiError::Conflict(conflict) => return of_conflict(catalogue, conflict),
        ApiError::TooManyAttempts { retry_after_secs }
        | ApiError::TooManyRequests { retry_after_secs } => {
            let seconds = [("seconds", (*retry_after_secs).into())];
            return catalogue.fill("console-refused-too-often", &seconds);
        }
        ApiError::ProviderUnreachable { .. } => "console-refused-unreachable",
        ApiError::Malformed { .. }
        | ApiError::UnsupportedMediaType
        | ApiError::MethodNotAllowed { .. } => "console-refused-unreadable",
        ApiError::Unauthenticated | ApiError::PeopleOnly => "error-signed-out",
        ApiError::SignInRefused => "error-sign-in-refused",
        ApiError::Forbidden => "error-forbidden",
        ApiError::Csrf => "error-csrf",
        ApiError::NotFound => "error-not-found",
        ApiError::LinkGone => "error-link-gone",
        ApiError::PreconditionRequired | ApiError::PreconditionFailed => {
            "console-changed-meanwhile"
        }
        ApiError::PayloadTooLarge { .. } => "error-too-long",
        ApiError::BodyTimeout | ApiError::Busy { .. } => "error-unavailable",
        ApiError::WindowClosed { .. } => "error-window-closed",
        ApiError::Stale { .. } => "error-stale",
        ApiError::Closed => "error-closed",
        ApiError::Routing(_) | ApiError::Internal(_) => "error-unexpected",
    };
    catalogue.text(key).into_owned()
}

fn of_conflict(catalogue: &Catalogue, conflict: &Conflict) -> String {
    let key = match conflict {
        Conflict::Licence(gate) => return of_licence(catalogue, *gate),
        Conflict::QueueNotEmpty { open } => {
            return catalogue.fill("console-refused-not-empty", &[("count", (*open).into())]);
        }
        Conflict::NotAvailable(why) => return not_available(catalogue, why),
        Conflict::InUse(_) => "console-refused-in-use",
        Conflict::LastAdministrator => "console-refused-last-administrator",
        Conflict::AgentLoggedIn => "console-refused-agent-logged-in",
        Conflict::AgentHasConversations(_) => "console-refused-agent-has-conversations",
        Conflict::ChannelDeleted => "console-refused-channel-deleted",
        Conflict::NotPending => "console-refused-not-pending",
        Conflict::SignOnGone => "error-field-sign-on-expired",
        Conflict::SignOnUnfinished => "error-field-sign-on-unfinished",
        Conflict::IdempotencyKeyUsed => "error-unexpected",
        Conflict::Banned => "error-banned",
        Conflict::ConversationsOpen(_) => "error-conversation-open",
    };
    catalogue.text(key).into_owned()
}

fn of_licence(catalogue: &Catalogue, gate: LicenceGate) -> String {
    let (key, limit, used) = match gate {
        LicenceGate::Channels { limit, used } => ("console-refused-channels", limit, used),
        LicenceGate::AgentSeats { limit, used } => ("console-refused-agents", limit, used),
        LicenceGate::SupervisorSeats { limit, used } => {
            ("console-refused-supervisors", limit, used)
        }
        LicenceGate::Module(Module::Omnichannel) => {
            return catalogue.text("console-refused-omnichannel").into_owned();
        }
        LicenceGate::Module(Module::CustomerSurvey) => {
            return catalogue.text("console-refused-survey").into_owned();
        }
    };
    catalogue.fill(key, &[("limit", limit.into()), ("used", used.into())])
}

fn not_available(catalogue: &Catalogue, why: &NotAvailable) -> String {
    let key = match why {
        NotAvailable::Missing { .. } => "console-refused-not-set",
        NotAvailable::Unusable { .. }
        | NotAvailable::BadAddress { .. }
        | NotAvailable::Refused { .. } => "console-refused-not-usable",
    };
    catalogue.fill(key, &[("setting", why.setting().into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::language::Lang;
    use crate::error::tests::every_refusal;

    #[test]
    fn every_refusal_is_told_in_the_readers_language() {
        for error in every_refusal() {
            let [english, french] =
                [Lang::En, Lang::Fr].map(|lang| words(Catalogue::of(lang), &error));
            assert!(!english.is_empty(), "{error}");
            assert_ne!(english, french, "{error}");
            assert!(!french.contains(&error.problem().remedy), "{french}");
            assert!(!french.contains("console-"), "{french}");
        }
    }

    #[test]
    fn what_is_missing_or_used_up_is_named() {
        let french = |conflict| words(Catalogue::of(Lang::Fr), &ApiError::Conflict(conflict));
        let setting = "providers.meta_app_id";
        let missing = Conflict::NotAvailable(NotAvailable::Missing { setting });
        assert!(french(missing).contains(setting));
        let gate = LicenceGate::Channels { limit: 3, used: 4 };
        assert!(french(Conflict::Licence(gate)).contains("4 sur 3"));
        let gate = LicenceGate::Module(Module::Omnichannel);
        assert!(french(Conflict::Licence(gate)).contains("Omnichannel"));
    }
}
