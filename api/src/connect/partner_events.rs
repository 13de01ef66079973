//! What 360dialog tells its partner of the clients' numbers: sign-ons under way, the health of channels and their deletion
//! follow it.
//!
//! What must stay true: an event only says that something changed; what is so now is asked at the Partner API, so that one
//! that comes twice, late or out of order changes nothing that is not so. A number that 360dialog cannot be asked about now
//! is no answer: the event is refused, and comes again. No event is known to be of a number that is brought back at the
//! hub: it is one that was given up by 360dialog's last word, and runs.

use ecluse_adapters::cmp::dialog360::events::{EventKind, PartnerEvent};
use ecluse_adapters::cmp::dialog360::{Dialog360Error, HubChannel, HubChannelState};
use ecluse_adapters::storage::config_db::{
    ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, ConfigError, DeletionNews, Editor,
    EditorKind, SignOnKind, WhatsappProvider,
};
use ecluse_engine::ids::TenantId;

use super::companies::nothing_set;
use super::flow::Flow;
use super::{faults, trouble};
use crate::error::ApiError;
use crate::resources::Services;

/// Who is named in the audit trail for what 360dialog's events change.
const EDITOR: &str = "360dialog";

/// Takes an event that is verified.
///
/// # Errors
/// 360dialog cannot be asked now, or the configuration cannot be written.
pub(crate) async fn take(services: &Services, event: &PartnerEvent) -> Result<(), ApiError> {
    let Some(id) = id_of(services, event).await? else {
        return Ok(());
    };
    let number = look_up(services, &id).await?;
    for record in services.db.open_sign_ons(SignOnKind::Whatsapp).await? {
        let grant = record.progress.granted.as_ref();
        if grant.is_some_and(|grant| grant.channels.contains(&id)) {
            Flow::of(services, record.tenant)?
                .look_again(record)
                .await?;
        }
    }
    match channel_of(services, event, (&id, number.as_ref())).await? {
        Some(channel) => {
            let means = meaning(&event.kind, number.map(|number| number.state));
            apply(services, &channel, means).await
        }
        None => Ok(()),
    }
}

/// The channel of theirs that an event is about: some name only its number.
async fn id_of(services: &Services, event: &PartnerEvent) -> Result<Option<String>, ApiError> {
    if event.channel_id.is_some() {
        return Ok(event.channel_id.clone());
    }
    let Some(number) = &event.number else {
        return Ok(None);
    };
    let found = services.db.whatsapp_channel(number.as_str()).await?;
    Ok(found.and_then(|channel| match channel.settings {
        ChannelSettings::Whatsapp(whatsapp) => match whatsapp.provider {
            WhatsappProvider::Dialog360 { channel_id, .. } => channel_id,
            WhatsappProvider::Cloud { .. } => None,
        },
        _ => None,
    }))
}

/// The number as it is at 360dialog now; `None` if it is none of ours there any more.
async fn look_up(services: &Services, id: &str) -> Result<Option<HubChannel>, ApiError> {
    let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
    match companies.hub()?.channel(id).await {
        Ok(number) => Ok(Some(number)),
        Err(Dialog360Error::UnknownChannel { .. }) => Ok(None),
        Err(error) => Err(faults::refuse_hub("whatsapp", error)),
    }
}

/// Our channel of the number, if it is connected by way of this channel of theirs.
async fn channel_of(
    services: &Services,
    event: &PartnerEvent,
    (id, number): (&str, Option<&HubChannel>),
) -> Result<Option<ChannelRecord>, ApiError> {
    let number = number.and_then(|number| number.number.as_ref());
    let Some(number) = number.or(event.number.as_ref()) else {
        return Ok(None);
    };
    let found = services.db.whatsapp_channel(number.as_str()).await?;
    Ok(found.filter(|channel| {
        let ChannelSettings::Whatsapp(whatsapp) = &channel.settings else {
            return false;
        };
        matches!(&whatsapp.provider, WhatsappProvider::Dialog360 { channel_id, .. }
            if channel_id.as_deref().is_none_or(|own| own == id))
            && channel.state != ChannelState::Deleted
    }))
}

/// What an event changes here.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    health: Option<ChannelHealth>,
    deletion: Option<DeletionNews>,
}

/// What an event means for a number that is now as 360dialog says; `None` is a number that is not ours there.
fn meaning(event: &EventKind, state: Option<HubChannelState>) -> Meaning {
    // A number that is deleted is listed no more.
    let state = match (event, state) {
        (EventKind::ChannelDeleted, None) => Some(HubChannelState::Deleted),
        _ => state,
    };
    let degraded = |code: &str| {
        let reason = trouble::of_provider(code);
        Some(ChannelHealth::Degraded { reason })
    };
    let runs = matches!(
        state,
        Some(HubChannelState::Running | HubChannelState::Cancelled)
    );
    let health = match (event, state) {
        (EventKind::PermissionRevoked, _) => Some(ChannelHealth::SignInRequired {
            reason: trouble::of_provider("hub.permission_revoked"),
        }),
        (_, Some(HubChannelState::Terminated)) => degraded("hub.terminated"),
        (_, Some(HubChannelState::Deleted)) => degraded("hub.deleted"),
        (EventKind::AccountViolation { violation }, _) => {
            degraded(&with("hub.violation", violation))
        }
        (EventKind::AccountRestriction { violation }, _) => {
            degraded(&with("hub.restriction", violation))
        }
        (EventKind::TemplatesDisabled, _) => degraded("hub.templates_disabled"),
        (
            EventKind::PermissionGranted
            | EventKind::TemplatesEnabled
            | EventKind::ChannelRunning
            | EventKind::ChannelLive,
            _,
        ) if runs => Some(ChannelHealth::Healthy),
        _ => None,
    };
    Meaning {
        health,
        deletion: deletion(event, state),
    }
}

/// Only an event of the number's end schedules a deletion: whoever took one back here, while the number is given up there,
/// meant it. One that comes late says nothing of a number that runs again.
fn deletion(event: &EventKind, state: Option<HubChannelState>) -> Option<DeletionNews> {
    let is_end = matches!(
        event,
        EventKind::ChannelCancelled | EventKind::ChannelTerminated | EventKind::ChannelDeleted
    );
    match state? {
        HubChannelState::Cancelled | HubChannelState::Terminated | HubChannelState::Deleted => {
            is_end.then_some(DeletionNews::Scheduled)
        }
        HubChannelState::Running => (!is_end).then_some(DeletionNews::TakenBack),
        HubChannelState::Preparing => None,
    }
}

/// A code with WhatsApp's own word for what happened.
fn with(code: &str, violation: &Option<String>) -> String {
    let word = violation
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => format!("{code}.{word}"),
        false => code.to_owned(),
    }
}

async fn apply(
    services: &Services,
    channel: &ChannelRecord,
    Meaning { health, deletion }: Meaning,
) -> Result<(), ApiError> {
    let db = &services.db;
    let (tenant, id) = (channel.tenant, channel.id);
    if let Some(health) = health {
        db.set_channel_health(tenant, id, health).await?;
    }
    let Some(news) = deletion else {
        return Ok(());
    };
    match db.follow_deletion(&editor(tenant), id, news).await {
        // Somebody was quicker.
        Ok(()) | Err(ConfigError::ChannelDeleted) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn editor(tenant: TenantId) -> Editor {
    Editor {
        tenant,
        kind: EditorKind::System,
        name: EDITOR.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(event: &EventKind, state: HubChannelState) -> Option<ChannelHealth> {
        meaning(event, Some(state)).health
    }

    #[test]
    fn a_number_is_as_well_as_360dialog_says_now() {
        use HubChannelState::{Preparing, Running, Terminated};
        let healthy = Some(ChannelHealth::Healthy);
        assert_eq!(health(&EventKind::ChannelRunning, Running), healthy);
        assert_eq!(
            health(&EventKind::ChannelRunning, Preparing),
            None,
            "it is not so any more"
        );
        assert_eq!(health(&EventKind::QualityChanged, Running), None);
        let ended = health(&EventKind::ChannelRunning, Terminated);
        assert!(
            matches!(ended, Some(ChannelHealth::Degraded { .. })),
            "{ended:?}"
        );
        let violation = Some("SPAM".to_owned());
        let told = health(&EventKind::AccountViolation { violation }, Running);
        let Some(ChannelHealth::Degraded { reason }) = told else {
            panic!("{told:?}");
        };
        assert_eq!(reason, "provider: hub.violation.spam");
        let revoked = meaning(&EventKind::PermissionRevoked, None);
        assert!(
            matches!(revoked.health, Some(ChannelHealth::SignInRequired { .. })),
            "{revoked:?}"
        );
    }

    #[test]
    fn a_deletion_follows_the_hub_and_only_a_number_that_runs_again_takes_it_back() {
        use HubChannelState::{Cancelled, Deleted, Preparing, Running, Terminated};
        let deletion = |event: &EventKind, state| meaning(event, Some(state)).deletion;
        for given_up in [Cancelled, Terminated, Deleted] {
            let scheduled = Some(DeletionNews::Scheduled);
            assert_eq!(deletion(&EventKind::ChannelCancelled, given_up), scheduled);
            assert_eq!(
                deletion(&EventKind::QualityChanged, given_up),
                None,
                "who reactivated it here meant it"
            );
        }
        for event in [
            EventKind::ChannelRunning,
            EventKind::TemplatesEnabled,
            EventKind::Other("channel_reactivated".to_owned()),
        ] {
            let taken_back = Some(DeletionNews::TakenBack);
            assert_eq!(deletion(&event, Running), taken_back, "{event:?}");
        }
        for (event, state) in [
            (EventKind::ChannelCancelled, Running),
            (EventKind::ChannelRunning, Preparing),
        ] {
            assert_eq!(deletion(&event, state), None, "{event:?}");
        }
        assert_eq!(meaning(&EventKind::ChannelRunning, None).deletion, None);
        let gone = meaning(&EventKind::ChannelDeleted, None);
        assert_eq!(gone.deletion, Some(DeletionNews::Scheduled), "{gone:?}");
    }
}
