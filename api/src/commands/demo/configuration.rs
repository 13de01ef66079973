//! What the demonstration's first start configures: a shop with one queue, two agents and two channels.
//!
//! What must stay true: a start that was killed in the middle is completed by the next one, and nothing that somebody
//! changed or deleted afterwards comes back.

use ecluse_adapters::sim::meta::MetaOptions;
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelRecord, ChannelSettings, ChannelState, ConfigDb, Domain, Editor,
    LiveChatDraft, LiveChatSettings, Page, PersonDraft, QueueDraft, SecretChange, SecretsDraft,
    SettingsDraft, WhatsappDraft, WhatsappProviderKind,
};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::{AgentId, ChannelId, QueueId, TenantId};
use ecluse_engine::message::Destination;
use ecluse_engine::texts::{Language, Localized};
use secrecy::SecretString;

use super::place::{Channels, Place};
use crate::auth::{first_start, hash_secret};

/// Of everybody, in the demonstration only.
pub(super) const PASSWORD: &str = "lampyre-demo";

const TENANT: TenantId = TenantId::DEFAULT;
const QUEUE: &str = "Boutique";
const GREETING_FR: &str = "Bonjour\u{a0}! Que pouvons-nous éclairer\u{a0}?";
const GREETING_EN: &str = "Hello! What can we light up for you?";
const CLAY: &str = "#b2512a";

/// Long enough to breathe, short enough for somebody who is trying things out.
const WRAP_UP_SECS: u32 = 5;
/// As many as one person can follow.
const MAX_PER_AGENT: u32 = 8;
/// More than the first start creates of anything.
const ALL: Page = Page {
    after: None,
    limit: 200,
};

/// Somebody who answers customers.
#[derive(Debug)]
pub(super) struct Colleague {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) number: &'static str,
    pub(super) language: Language,
}

pub(super) const COLLEAGUES: [Colleague; 2] = [
    Colleague {
        name: "Amélie",
        email: "amelie@lampyre.example",
        number: "0001",
        language: Language::Fr,
    },
    Colleague {
        name: "James",
        email: "james@lampyre.example",
        number: "0002",
        language: Language::En,
    },
];

/// What is configured.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) channels: Channels,
    /// Of an administrator; known only to the start that made it.
    pub(super) api_key: Option<SecretString>,
}

/// Creates what is missing of the first start, and lets the chat run on the `sites` of this start.
///
/// # Errors
/// The configuration cannot be read or written.
pub(super) async fn prepare(
    config: &ConfigDb,
    place: &Place,
    number: &MetaOptions,
    sites: &[String],
) -> anyhow::Result<Prepared> {
    if let Some(channels) = place.channels()? {
        move_chat(config, channels.live_chat, sites).await?;
        return Ok(Prepared {
            channels,
            api_key: None,
        });
    }
    let made = first_start(config, Some(PASSWORD.into()), None)
        .await
        .map_err(|error| anyhow::anyhow!(error.problem().detail))?;
    let members = colleagues(config).await?;
    let queue = queue(config, members).await?;
    let channels = Channels {
        whatsapp: channel(config, whatsapp(queue, number)).await?,
        live_chat: channel(config, live_chat(queue, sites)).await?,
    };
    place.remember(channels)?;
    Ok(Prepared {
        channels,
        api_key: made.and_then(|made| made.api_key),
    })
}

fn system() -> Editor {
    Editor::system(TENANT)
}

async fn colleagues(config: &ConfigDb) -> anyhow::Result<Vec<AgentId>> {
    let hash = tokio::task::spawn_blocking(|| hash_secret(&SecretString::from(PASSWORD)))
        .await?
        .map_err(|error| anyhow::anyhow!(error.problem().detail))?;
    let known = config.people(TENANT, ALL).await?;
    let mut members = Vec::new();
    for colleague in &COLLEAGUES {
        let same = known.iter().find(|person| person.email == colleague.email);
        let id = match same {
            Some(person) => person.id,
            None => {
                let new = config.create_person(&system(), colleague.draft()).await?;
                new.person.id
            }
        };
        config
            .set_password(&system(), id, hash.clone(), None)
            .await?;
        members.push(id);
    }
    Ok(members)
}

impl Colleague {
    fn draft(&self) -> PersonDraft {
        PersonDraft {
            number: Some(self.number.to_owned()),
            wrap_up_secs: WRAP_UP_SECS,
            language: Some(self.language),
            ..PersonDraft::new(self.name, self.email, Role::Agent)
        }
    }
}

async fn queue(config: &ConfigDb, members: Vec<AgentId>) -> anyhow::Result<QueueId> {
    let known = config.queues(TENANT, ALL).await?;
    if let Some(queue) = known.iter().find(|queue| queue.name == QUEUE) {
        return Ok(queue.id);
    }
    let draft = QueueDraft {
        members,
        max_per_agent: MAX_PER_AGENT,
        ..QueueDraft::new(QUEUE, Strategy::Auto)
    };
    Ok(config.create_queue(&system(), draft).await?.id)
}

/// The channel of the draft's kind, created if there is none.
async fn channel(config: &ConfigDb, draft: ChannelDraft) -> anyhow::Result<ChannelId> {
    let kind = draft.settings.kind();
    let known = config.channels(TENANT, ALL).await?;
    if let Some(channel) = known.iter().find(|channel| channel.settings.kind() == kind) {
        return Ok(channel.id);
    }
    Ok(config.create_channel(&system(), draft).await?.id)
}

fn whatsapp(queue: QueueId, played: &MetaOptions) -> ChannelDraft {
    let number = format!("+{}", played.number.display_phone_number);
    let whatsapp = WhatsappDraft {
        phone_number_id: Some(played.number.phone_number_id.clone()),
        business_account_id: Some(played.account.clone()),
        ..WhatsappDraft::new(WhatsappProviderKind::Cloud, number)
    };
    ChannelDraft {
        name: Some("WhatsApp".to_owned()),
        secrets: SecretsDraft {
            access_token: SecretChange::Set(played.access_token.clone()),
            ..SecretsDraft::default()
        },
        ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Whatsapp(whatsapp))
    }
}

fn live_chat(queue: QueueId, sites: &[String]) -> ChannelDraft {
    let chat = LiveChatDraft {
        domains: sites.to_vec(),
        standalone: true,
        theme_color: Some(CLAY.to_owned()),
        greeting: Localized {
            fr: Some(GREETING_FR.to_owned()),
            en: Some(GREETING_EN.to_owned()),
        },
        ..LiveChatDraft::default()
    };
    ChannelDraft {
        name: Some("Lampyre".to_owned()),
        ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::LiveChat(chat))
    }
}

/// The ports of this start may be others than those of the start before.
async fn move_chat(config: &ConfigDb, chat: ChannelId, sites: &[String]) -> anyhow::Result<()> {
    let Some(record) = config.channel(TENANT, chat).await? else {
        return Ok(());
    };
    let settings = match (&record.state, &record.settings) {
        (ChannelState::Active, ChannelSettings::LiveChat(settings)) => settings,
        (ChannelState::Active | ChannelState::Deleted, _) => return Ok(()),
    };
    let domains = moved(&settings.domains, sites);
    if settings
        .domains
        .iter()
        .map(Domain::as_str)
        .eq(domains.iter().map(String::as_str))
    {
        return Ok(());
    }
    let draft = with_domains(&record, settings, domains);
    config.change_channel(&system(), chat, None, draft).await?;
    Ok(())
}

/// What somebody added stays; loopback ports are those of this start.
fn moved(domains: &[Domain], sites: &[String]) -> Vec<String> {
    let stays = |domain: &&Domain| !domain.as_str().contains(':');
    let kept = domains.iter().filter(stays);
    let kept = kept.map(|domain| domain.as_str().to_owned());
    sites.iter().cloned().chain(kept).collect()
}

fn with_domains(
    record: &ChannelRecord,
    settings: &LiveChatSettings,
    domains: Vec<String>,
) -> ChannelDraft {
    let chat = LiveChatDraft {
        domains,
        standalone: settings.standalone,
        theme_color: settings.theme_color.clone(),
        title: settings.title.clone(),
        greeting: settings.greeting.clone(),
        prechat_form: settings.prechat_form,
        leave_message_form: settings.leave_message_form,
    };
    ChannelDraft {
        name: Some(record.name.clone()),
        language: record.language,
        auto_replies: record.auto_replies.clone(),
        ..ChannelDraft::new(record.destination, SettingsDraft::LiveChat(chat))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ecluse_engine::message::Timestamp;

    use super::*;

    fn sites(port: u16) -> Vec<String> {
        vec![format!("localhost:{port}"), format!("127.0.0.1:{port}")]
    }

    async fn open(place: &Place) -> ConfigDb {
        let now = Arc::new(|| Timestamp::from_secs(1_700_000_000));
        ConfigDb::open(place.path(), None, now).await.unwrap()
    }

    async fn domains(config: &ConfigDb, chat: ChannelId) -> Vec<String> {
        let record = config.channel(TENANT, chat).await.unwrap().unwrap();
        match record.settings {
            ChannelSettings::LiveChat(settings) => {
                settings.domains.into_iter().map(String::from).collect()
            }
            _ => panic!("not a chat"),
        }
    }

    #[tokio::test]
    async fn a_first_start_that_was_killed_is_completed_and_later_ones_create_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::claim(&directory.path().join("demo")).unwrap();
        let config = open(&place).await;
        let number = MetaOptions::default();
        // As if the process had been killed after the first colleague.
        first_start(&config, Some(PASSWORD.into()), None)
            .await
            .unwrap();
        config
            .create_person(&system(), COLLEAGUES[0].draft())
            .await
            .unwrap();

        let channels = prepare(&config, &place, &number, &sites(8_081))
            .await
            .unwrap()
            .channels;
        let people = config.people(TENANT, ALL).await.unwrap();
        let agents = people.iter().filter(|person| person.role == Role::Agent);
        let mut agents: Vec<_> = agents
            .map(|person| (person.number.as_str(), person.has_password))
            .collect();
        agents.sort_unstable();
        assert_eq!(agents, [("0001", true), ("0002", true)]);
        let queues = config.queues(TENANT, ALL).await.unwrap();
        assert_eq!((queues.len(), queues[0].members.len()), (1, 2));
        assert_eq!(config.channels(TENANT, ALL).await.unwrap().len(), 2);

        config
            .delete_channel(&system(), channels.whatsapp, None)
            .await
            .unwrap();
        let again = prepare(&config, &place, &number, &sites(8_081))
            .await
            .unwrap();
        assert_eq!((again.channels, again.api_key.is_none()), (channels, true));
        assert_eq!(config.channels(TENANT, ALL).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_chat_follows_the_shop_to_another_port() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::claim(&directory.path().join("demo")).unwrap();
        let config = open(&place).await;
        let number = MetaOptions::default();
        let chat = prepare(&config, &place, &number, &sites(8_081))
            .await
            .unwrap()
            .channels
            .live_chat;
        assert_eq!(domains(&config, chat).await, sites(8_081));

        let record = config.channel(TENANT, chat).await.unwrap().unwrap();
        let own = [sites(8_081), vec!["shop.example".to_owned()]].concat();
        let ChannelSettings::LiveChat(settings) = &record.settings else {
            panic!("not a chat")
        };
        let draft = with_domains(&record, settings, own);
        config
            .change_channel(&system(), chat, None, draft)
            .await
            .unwrap();
        prepare(&config, &place, &number, &sites(9_001))
            .await
            .unwrap();
        let expected = [sites(9_001), vec!["shop.example".to_owned()]].concat();
        assert_eq!(domains(&config, chat).await, expected);
    }
}
