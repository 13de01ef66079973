//! The console over a backend in memory: what its pages show, what its forms send, and who may see them.

mod pages;
mod sample;
mod saving;
mod world;

use self::world::World;
