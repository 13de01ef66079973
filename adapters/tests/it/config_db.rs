//! What `config.db` promises, through its public face, on real files.

mod channels;
mod people;
mod queues;
mod whole;
mod world;
