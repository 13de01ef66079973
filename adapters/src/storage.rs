//! Where everything is kept: files in one data directory, each with one writer.
//!
//! - `journal/`, the commit point ([`journal`]): segments that are only appended to, by a thread of their own.
//! - `store.db`, the read model ([`projector`] writes, [`read_model`] reads): it can be rebuilt from its last durable
//!   checkpoint and the journal, so its own commits need no fsync.
//! - `config.db`, what administrators decided ([`config_db`]).
//!
//! The journal and the store are written by threads of their own, synchronously: a writer that waits for a disk belongs
//! on no executor. The store and the configuration are SQLite. Configuration is read and written by requests, through sqlx's pool.

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
