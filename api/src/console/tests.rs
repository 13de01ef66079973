//! The console over a backend in memory: what its pages show, what its forms send, and who may see them.

mod conflicts;
mod deletions;
mod pages;
mod sample;
mod saving;
mod tries;
mod world;

use self::world::World;
