//! The router's promises, as tables of what happens and what the router then does; the same against a dumb model; and
//! what it costs.

mod audit;
mod bots;
mod capacity;
mod cost;
mod desk;
mod edges;
mod model;
mod promises;
mod random;
mod world;
