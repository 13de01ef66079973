//! The desk's snapshot and its live events: what an agent sees, and what changes of it.
//!
//! What must stay true: the snapshot names the position up to which it is true, and the socket sends everything of the
//! agent's concern above that position, or says "reload". Nothing is left out in between.

pub mod floors;
pub mod snapshot;
pub mod socket;
