//! One SQLite file that holds a home: entries, rows of every kind, and the full-text index.
//!
//! This crate owns the file's format (`docs/store-format.md`), what a commit promises, and how words are found. It reads no
//! meaning into rows and bodies, opens nothing that is sealed, and decides nothing: it does what a [`Batch`] says, wholly or
//! not at all.
//!
//! - [`SqliteStore`]: the store, through the traits of [`moot_log::storage`].
//! - [`OpenError`]: why a file cannot be used.
//! - [`Finding`]: what a check of the file found.
//!
//! [`Batch`]: moot_log::storage::Batch

mod check;
mod limits;
mod opening;
mod schema;
mod search;
mod store;

pub use check::{Finding, Severity};
pub use opening::OpenError;
pub use store::{FileIdentity, SqliteStore, StoreSize};
