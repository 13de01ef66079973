//! From a page's hello to its welcome: who the visitor is, what they said before, and what they are asked.
//!
//! What must stay true: between the history that is read and the subscription nothing is lost; whoever is banned learns
//! nothing else.

use actix_ws::AggregatedMessageStream;
use ecluse_adapters::storage::config_db::{FormBody, FormPurpose, LiveChatSettings};
use ecluse_adapters::storage::read_model::visitor::{VisitorHistory, VisitorRange};
use ecluse_engine::ids::{ChannelId, ConversationKey, TenantId};
use ecluse_engine::live::{Interest, Subscription};
use ecluse_engine::texts::Language;
use tokio::time::timeout;

use super::Asked;
use super::line::{COME_BACK, End, GO_AWAY, Line, Read, read};
use crate::chat::Chat;
use crate::chat::entry::visitor_of;
use crate::chat::form::Form;
use crate::chat::frames::{FromVisitor, Hello};
use crate::chat::session::{Beginning, Effect, Session};
use crate::console::language::Lang;

/// Messages that a page gets when it has none, or missed too many.
const RECENT: u32 = 100;

/// The longest gap that is closed; beyond it the page begins anew.
const GAP_MAX: u32 = 500;

/// A page that was let in.
pub(super) struct Greeted {
    pub(super) key: ConversationKey,
    pub(super) lang: Lang,
    pub(super) session: Session,
    pub(super) subscription: Subscription,
    pub(super) effects: Vec<Effect>,
}

/// Hears the page's hello and prepares its welcome.
pub(super) async fn greet(
    chat: &Chat,
    asked: Box<Asked>,
    line: &mut Line,
    frames: &mut AggregatedMessageStream,
) -> Result<Greeted, End> {
    let hello = timeout(chat.times.hello_within, hello(line, frames))
        .await
        .map_err(|_late| COME_BACK)??;
    let Asked {
        channel,
        page,
        lang,
    } = *asked;
    let (id, now) = (channel.served.id, chat.app.engine.clock.now());
    let visitor =
        visitor_of(&chat.signer, id, &channel.settings, page, &hello, now).ok_or(GO_AWAY)?;
    let key = channel.key_of(visitor);
    if chat.is_banned(&key) {
        return Err(line.banish().await);
    }
    let interest = Interest {
        watched: Some(key.clone()),
        ..Interest::default()
    };
    let subscription = chat.app.engine.live.subscribe(interest);
    let epoch = chat.app.config.epoch();
    let is_same = hello.epoch.is_some_and(|known| known.parse() == Ok(epoch));
    let after = hello.offset.filter(|_| is_same);
    let history = history(chat, &key, after).await?;
    // Whoever is in a conversation is not sent away from it.
    let purpose = match history.open.is_some() || is_answered(chat, id).await {
        true => FormPurpose::Prechat,
        false => FormPurpose::LeaveMessage,
    };
    let beginning = Beginning {
        visitor: chat.signer.visitor(id, visitor, now),
        epoch,
        lang,
        introduced: chat.introductions.has(&key),
        form: form(
            chat,
            key.tenant,
            &channel.settings,
            purpose,
            lang.language(),
        )
        .await,
        greeting: greeting(&channel.settings, lang),
        theme_color: channel.settings.theme_color,
    };
    let (session, effects) =
        Session::begin(beginning, &history, now, |agent| chat.agent_name(agent));
    Ok(Greeted {
        key,
        lang,
        session,
        subscription,
        effects,
    })
}

/// Whether a visitor may expect an answer; also where that cannot be told in time.
async fn is_answered(chat: &Chat, channel: ChannelId) -> bool {
    let asked = timeout(chat.times.catch_up, chat.is_answered(channel));
    asked.await.unwrap_or(true)
}

/// The form with which a visitor leaves a message who waits no longer.
pub(super) async fn form_to_leave(chat: &Chat, key: &ConversationKey, language: Language) -> Form {
    let purpose = FormPurpose::LeaveMessage;
    match chat.channel(key.channel) {
        Some(channel) => form(chat, key.tenant, &channel.settings, purpose, language).await,
        None => Form::usual(purpose),
    }
}

/// The channel's form; the usual one where it names none, or it cannot be read now.
async fn form(
    chat: &Chat,
    tenant: TenantId,
    settings: &LiveChatSettings,
    purpose: FormPurpose,
    language: Language,
) -> Form {
    let chosen = match purpose {
        FormPurpose::Prechat => settings.prechat_form,
        FormPurpose::LeaveMessage => settings.leave_message_form,
    };
    let Some(id) = chosen else {
        return Form::usual(purpose);
    };
    match chat.app.config.document::<FormBody>(tenant, id).await {
        Ok(Some(form)) => Form::of(&form.body, language),
        Ok(None) => Form::usual(purpose),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the form of a chat cannot be read; the usual one is asked"
            );
            Form::usual(purpose)
        }
    }
}

/// The greeting in the visitor's language, else in the other one.
fn greeting(chat: &LiveChatSettings, lang: Lang) -> Option<String> {
    chat.greeting.text(lang.language()).map(str::to_owned)
}

/// The first frame that is no control frame.
async fn hello(line: &mut Line, frames: &mut AggregatedMessageStream) -> Result<Hello, End> {
    loop {
        match read(frames.recv().await)? {
            Read::Frame(FromVisitor::Hello(hello)) => return Ok(hello),
            Read::Frame(_) => return Err(GO_AWAY),
            Read::Ping(bytes) => line
                .socket
                .pong(&bytes)
                .await
                .map_err(|_closed| End::Gone)?,
            Read::Pong => {}
        }
    }
}

/// The visitor's history, with everything that was committed before the subscription: what comes after, it hears.
async fn history(
    chat: &Chat,
    key: &ConversationKey,
    after: Option<u64>,
) -> Result<VisitorHistory, End> {
    let log = &chat.app.engine.log;
    let reached = log.projected_to(log.head());
    timeout(chat.times.catch_up, reached)
        .await
        .map_err(|_behind| COME_BACK)?;
    let range = VisitorRange {
        after,
        gap_max: GAP_MAX,
        recent: RECENT,
    };
    chat.app
        .reads
        .visitor_history(key, range)
        .await
        .map_err(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a visitor's history could not be read"
            );
            COME_BACK
        })
}
