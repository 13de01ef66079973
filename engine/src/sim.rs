//! A world in one process, for tests, benches and rehearsals: no disk, no provider, and a clock that is moved by hand.
//!
//! What must stay true: it keeps the contracts of [`crate::journal`] and [`crate::store`], and adds only control over when
//! things happen. On one thread and with one seed, a run goes the same way every time.

pub mod dice;
pub mod journal;
pub mod sample;
pub mod script;
pub mod store;
pub mod world;

pub use dice::Dice;
pub use journal::{Commits, NullJournal, SimJournal};
pub use script::Script;
pub use store::SimStore;
pub use world::World;
