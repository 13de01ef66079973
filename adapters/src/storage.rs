//! Where everything is kept: three SQLite files in one data directory, each with one writer.
//!
//! - `journal.db`, the commit point ([`journal`]): a thread that owns a connection and writes groups of entries.
//! - `store.db`, the read model ([`projector`] writes, [`read_model`] reads): it can be rebuilt from its last durable
//!   checkpoint and the journal, so its own commits need no fsync.
//! - `config.db`, what administrators decided ([`config_db`]).
//!
//! The journal and the store are driven by threads of their own through a synchronous connection: a writer that waits
//! for a disk belongs on no executor. Configuration is read and written by requests, through sqlx's pool.

pub mod backlog;
pub mod backup;
pub mod config_db;
pub mod data_dir;
pub mod entry_codec;
pub mod fail_stop;
pub mod faults;
pub mod journal;
pub mod projector;
pub mod read_model;
mod running;
mod sqlite;

pub use self::running::{Storage, StorageError, StorageOptions};
