//! The smallest actor: it counts its messages. What remains is the cost of reaching it.

use ecluse_engine::ids::{Key, TenantId};
use ecluse_engine::message::{DeadLetter, Entry, Fact, RawJson, Timestamp};
use ecluse_engine::metrics::ActorKind;
use ecluse_engine::runtime::guard::LoadError;
use ecluse_engine::runtime::{Behaviour, Decision};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Counts behind a door that holds `ROOM` messages; each reply is the count.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter<const ROOM: u32>;

impl<const ROOM: u32> Behaviour for Counter<ROOM> {
    const KIND: ActorKind = ActorKind::Conversation;
    const CAPACITY: u32 = ROOM;
    type Message = u64;
    type Reply = u64;
    type State = u64;

    fn load(&self) -> BoxFuture<'static, Result<u64, LoadError>> {
        async { Ok(0) }.boxed()
    }

    fn handle(&mut self, count: &mut u64, _: &u64, _: Timestamp) -> Decision<u64> {
        *count += 1;
        Decision::Answer(*count)
    }

    fn dead_letter(
        &mut self,
        count: &mut u64,
        _: &u64,
        cause: &str,
        now: Timestamp,
    ) -> (Entry, u64) {
        let letter = DeadLetter {
            cause: cause.to_owned(),
            letter: Box::new(RawJson(Box::default())),
        };
        let key = Key::Router {
            tenant: TenantId::DEFAULT,
        };
        (
            Entry {
                key,
                at: now,
                first_seq: 0,
                facts: [Fact::DeadLettered(letter)].into_iter().collect(),
            },
            *count,
        )
    }
}
