//! Who a visitor says to be. It proves nothing: it names the contact for the agents, and shows the visitor nothing.
//!
//! A visitor says it before the first message, when there is no contact to name yet, so it is kept until a message takes it
//! along. What must stay true: nothing that was acknowledged lacks it; whoever fills in a form is let in, however many did;
//! the visitors of one chat take no room from those of another, as long as there is any; and all chats together have a bound.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use ecluse_engine::ids::{ChannelId, ConversationKey, KeyDigest};
use ecluse_engine::message::Timestamp;
use uuid::Uuid;

use super::form::{Answers, Form, Given};
use super::frames::RefusalCode;

/// Longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3, without its brackets).
pub const EMAIL_MAX: usize = 254;

/// How long a form without a message is kept after its page has gone.
const KEPT: Duration = Duration::from_secs(3_600);
/// Where there is no room, those stay whose pages were heard of within this: several of their pings.
const GONE: Duration = Duration::from_secs(180);
/// More forms of one chat than this are not kept; each takes sixteen kilobytes at the most.
const KEPT_MAX: usize = 1_000;
/// Room for the forms of all chats.
const BYTES_MAX: usize = 64 << 20;
/// What a form takes besides its texts, about.
const FORM_BYTES: usize = 256;
/// Between two looks for forms whose pages have gone.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// What a visitor typed in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    pub name: Option<String>,
    /// Lower case, so that agents find the same address again.
    pub email: Option<String>,
    /// What else the form asked for.
    pub answers: Option<Filled>,
}

/// Answers, with an id by which giving them twice is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub id: Uuid,
    pub answers: Answers,
}

impl Introduction {
    /// Reads what was given for a form. With `required` every field that has to be filled must be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(
        form: &Form,
        given: &BTreeMap<String, String>,
        required: bool,
    ) -> Result<Self, RefusalCode> {
        form.read(given, required).map(Self::of)
    }

    /// Who the visitor is, of what was given for a form.
    #[must_use]
    pub fn of(given: Given) -> Self {
        Self {
            name: given.name,
            email: given.email,
            answers: given.answers.map(|answers| Filled {
                id: Uuid::now_v7(),
                answers,
            }),
        }
    }

    /// How much there is of it, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let answers = self
            .answers
            .iter()
            .flat_map(|filled| &filled.answers.answers);
        let answers = answers.map(|(asked, answer)| asked.len() + answer.len());
        let known = [&self.name, &self.email].into_iter().flatten();
        known.map(String::len).chain(answers).sum()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.email.is_none() && self.answers.is_none()
    }
}

/// One line without what no screen shows.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The same rule as the page's: whether mail arrives there, only mail can tell.
pub(super) fn looks_like_an_address(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else {
        return false;
    };
    let dotted = domain
        .split_once('.')
        .is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty());
    !local.is_empty() && dotted && !domain.contains('@') && !email.contains(char::is_whitespace)
}

/// Forms of visitors who have not written yet, so that they are not asked again after a break, nor on another page of theirs.
#[derive(Debug, Default)]
pub struct Introductions {
    chats: DashMap<ChannelId, Kept>,
    /// What all of them take.
    bytes: AtomicUsize,
    swept_at: AtomicI64,
}

/// The forms of one chat, with when their visitors were last there.
type Kept = HashMap<KeyDigest, (Introduction, Timestamp)>;

impl Introductions {
    /// Keeps a form until it is recorded, or its visitor is away for an hour. False if the chat has too many, or there are too
    /// many in all: it is not kept.
    #[must_use]
    pub fn keep(
        &self,
        visitor: &ConversationKey,
        introduction: Introduction,
        now: Timestamp,
    ) -> bool {
        self.sweep(now);
        let mut kept = self.chats.entry(visitor.channel).or_default();
        let visitor = visitor.digest();
        if kept.len() >= KEPT_MAX {
            self.let_go(&mut kept, GONE, now);
        }
        let size = size(&introduction);
        let is_room = self.bytes.load(Ordering::Relaxed) + size <= BYTES_MAX;
        let has_room = is_room && (kept.len() < KEPT_MAX || kept.contains_key(&visitor));
        if has_room {
            self.bytes.fetch_add(size, Ordering::Relaxed);
            let before = kept.insert(visitor, (introduction, now));
            self.freed(before.as_ref().map(|(before, _)| before));
        }
        has_room
    }

    fn freed(&self, forms: impl IntoIterator<Item = impl Borrow<Introduction>>) {
        let bytes = forms.into_iter().map(|form| size(form.borrow())).sum();
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Forgets those of a chat whose pages were not heard of for so long.
    fn let_go(&self, kept: &mut Kept, gone: Duration, now: Timestamp) {
        let left = kept.extract_if(|_, (_, at)| now.since(*at) >= gone);
        self.freed(left.map(|(_, (form, _))| form));
    }

    /// The visitor is still there.
    pub fn renew(&self, visitor: &ConversationKey, now: Timestamp) {
        self.sweep(now);
        if let Some(mut kept) = self.chats.get_mut(&visitor.channel)
            && let Some((_, at)) = kept.get_mut(&visitor.digest())
        {
            *at = now;
        }
    }

    /// The form that is kept.
    #[must_use]
    pub fn get(&self, visitor: &ConversationKey) -> Option<Introduction> {
        let kept = self.chats.get(&visitor.channel)?;
        let (introduction, _) = kept.get(&visitor.digest())?;
        Some(introduction.clone())
    }

    /// Whether a form is kept.
    #[must_use]
    pub fn has(&self, visitor: &ConversationKey) -> bool {
        let kept = self.chats.get(&visitor.channel);
        kept.is_some_and(|kept| kept.contains_key(&visitor.digest()))
    }

    /// The form is recorded; one that was given after it stays.
    pub fn forget(&self, visitor: &ConversationKey, recorded: &Introduction) {
        let Some(mut kept) = self.chats.get_mut(&visitor.channel) else {
            return;
        };
        let visitor = visitor.digest();
        if kept.get(&visitor).is_some_and(|(kept, _)| kept == recorded) {
            kept.remove(&visitor);
            self.freed([recorded]);
        }
    }

    /// Forgets those whose pages have gone, in all chats: in one that nobody visits any more nothing else would. The fuller it
    /// is, the sooner.
    fn sweep(&self, now: Timestamp) {
        let last = Timestamp(self.swept_at.load(Ordering::Relaxed));
        if now.since(last) < SWEEP_EVERY {
            return;
        }
        self.swept_at.store(now.0, Ordering::Relaxed);
        let is_half_full = self.bytes.load(Ordering::Relaxed) > BYTES_MAX / 2;
        let gone = if is_half_full { GONE } else { KEPT };
        self.chats.retain(|_, kept| {
            self.let_go(kept, gone, now);
            !kept.is_empty()
        });
    }
}

fn size(introduction: &Introduction) -> usize {
    FORM_BYTES + introduction.bytes()
}

#[cfg(test)]
mod tests {
    use ecluse_adapters::storage::config_db::FormPurpose;
    use ecluse_engine::ids::{Address, TenantId};

    use super::*;

    #[test]
    fn a_form_is_read_as_people_fill_it() {
        use RefusalCode::{Empty, InvalidEmail, TooLong};
        let long = "é".repeat(101);
        let long_email = format!("{}@b.fr", "a".repeat(250));
        let both = |name: &str, email: &str| Ok((Some(name.to_owned()), Some(email.to_owned())));
        let rows = [
            (
                Some(" Ada\n"),
                Some("Ada@Example.FR "),
                true,
                both("Ada", "ada@example.fr"),
            ),
            (Some("Ada"), None, true, Err(Empty)),
            (Some("  "), Some("a@b.fr"), true, Err(Empty)),
            (None, None, true, Err(Empty)),
            (None, None, false, Ok((None, None))),
            (Some("Ada"), None, false, Ok((Some("Ada".to_owned()), None))),
            (Some(long.as_str()), Some("a@b.fr"), true, Err(TooLong)),
            (Some("Ada"), Some(long_email.as_str()), true, Err(TooLong)),
            (Some("Ada"), Some("ada"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("ada@localhost"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("@b.fr"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("a@b@c.fr"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("a b@c.fr"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("a@.fr"), true, Err(InvalidEmail)),
        ];
        for (name, email, required, expected) in rows {
            let given = [("name", name), ("email", email)]
                .into_iter()
                .filter_map(|(field, answer)| Some((field.to_owned(), answer?.to_owned())))
                .collect();
            let read = Introduction::read(&Form::usual(FormPurpose::Prechat), &given, required);
            assert_eq!(
                read.map(|read| (read.name, read.email)),
                expected,
                "{name:?} {email:?}"
            );
        }
    }

    fn form() -> Introduction {
        Introduction {
            name: Some("Ada".to_owned()),
            email: None,
            answers: None,
        }
    }

    fn visitor(chat: u128, number: usize) -> ConversationKey {
        ConversationKey {
            tenant: TenantId::DEFAULT,
            channel: ChannelId(Uuid::from_u128(chat)),
            address: Address(number.to_string().into()),
            thread: None,
        }
    }

    #[test]
    fn forms_are_kept_for_an_hour_and_never_without_end() {
        let kept = Introductions::default();
        let one = |number| visitor(1, number);
        for number in 0..KEPT_MAX + 5 {
            let is_kept = kept.keep(&one(number), form(), Timestamp(0));
            assert_eq!(is_kept, number < KEPT_MAX, "{number}: the first ones stay");
        }
        assert!(!kept.has(&one(KEPT_MAX)));
        let corrected = Introduction {
            email: Some("ada@b.fr".to_owned()),
            ..form()
        };
        assert!(kept.keep(&one(1), corrected.clone(), Timestamp(0)));
        let later = Timestamp(0).plus(GONE);
        kept.renew(&one(0), later);
        assert!(kept.keep(&one(KEPT_MAX), form(), later));
        assert!(
            kept.has(&one(0)) && !kept.has(&one(1)),
            "those make room whose visitors are gone"
        );
        kept.forget(&one(KEPT_MAX), &corrected);
        assert_eq!(kept.get(&one(KEPT_MAX)), Some(form()), "it is another");
        kept.forget(&one(KEPT_MAX), &form());
        assert_eq!(kept.get(&one(KEPT_MAX)), None);
    }

    #[test]
    fn no_chat_takes_the_room_of_another_nor_keeps_what_nobody_comes_back_for() {
        let kept = Introductions::default();
        for number in 0..=KEPT_MAX {
            let _ = kept.keep(&visitor(1, number), form(), Timestamp(0));
        }
        assert!(kept.keep(&visitor(2, 0), form(), Timestamp(0)));
        assert!(kept.has(&visitor(1, 0)), "and pushes nobody out");
        let later = Timestamp(0).plus(KEPT);
        assert!(kept.keep(&visitor(2, 1), form(), later));
        assert!(!kept.has(&visitor(1, 0)) && !kept.has(&visitor(2, 0)));
        assert_eq!(kept.chats.len(), 1);
        kept.forget(&visitor(2, 1), &form());
        assert_eq!(kept.bytes.load(Ordering::Relaxed), 0, "nothing is left");
    }

    #[test]
    fn all_chats_together_have_a_bound_and_what_is_gone_makes_room_sooner_near_it() {
        let kept = Introductions::default();
        let large = Introduction {
            name: Some("x".repeat(1 << 20)),
            ..form()
        };
        let at = Timestamp::from_secs(1_000_000);
        let fill = |chats: std::ops::Range<u128>, now| {
            chats
                .filter(|chat| kept.keep(&visitor(*chat, 0), large.clone(), now))
                .count()
        };
        assert_eq!(fill(0..70, at), 63, "with what each takes besides");
        assert!(
            kept.keep(&visitor(0, 0), form(), at),
            "a smaller one instead"
        );
        assert_eq!(fill(70..71, at), 1);
        let later = at.plus(GONE);
        assert_eq!(fill(100..170, later), 63, "those of before are gone");
        assert!(!kept.has(&visitor(1, 0)));
    }
}
