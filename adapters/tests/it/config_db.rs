//! What `config.db` promises, through its public face, on real files.

mod channels;
mod commits;
mod dialog360_clients;
mod directory;
mod documents;
mod expiry;
mod pending_deletion;
mod people;
mod queues;
mod whole;
mod world;
