//! How actors run here. This module is the only code that touches actix addresses.
//!
//! actix gives actors and arbiters; it gives neither bounds nor supervision. `do_send` has no bound, `try_send` is bounded
//! per clone of an address, and a panic in a handler ends the actor with its queue. So:
//!
//! - **Order.** An actor handles one message at a time, in the order of posting. Nothing is promised across actors.
//! - **Bounds.** [`Gate`] admits whole bodies into the process; a [`Door`] admits messages to one actor. Room travels with
//!   the message and with the journal entry that it becomes, and is freed by the commit. Only an edge (a request, a
//!   socket) waits for room; an actor never does.
//! - **Failure.** [`guard`] lends the message to the behaviour. At a panic the actor stays, its queue waits, its state is
//!   read again from the store once everything that it handed in is committed and projected, and the message is tried
//!   again first. The second panic makes it a durable dead letter. Too many panics quarantine the actor for a while.
//! - **Stop.** [`Lane`] is beside the door: what returns to an actor, and its stop, never wait behind a full door.
//! - **Sleep.** [`Registry`] finds or starts the actor of a key, and puts idle ones to sleep without losing a post.

pub mod clock;
pub mod door;
pub mod gate;
pub mod guard;
pub mod registry;
pub mod threads;

pub use clock::Clock;
pub use door::{Door, Lane, Refused};
pub use gate::{Admission, Answer, Gate, GateCapacity, NoRoom, Receipt, Settled};
pub use guard::{Behaviour, Decision, Envelope};
pub use registry::Registry;
pub use threads::Threads;
