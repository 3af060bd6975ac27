//! The tables, and how a file of an older version becomes one of this version.
//!
//! Owns the SQL that makes tables and the numbers that mark a file as ours. Never reads or writes rows. A migration that was
//! released is never edited: files out there have been through it.

use moot_log::storage::Space;
use rusqlite::{Connection, Transaction};

/// Marks a file as ours; the letters `moot`.
pub(crate) const APPLICATION_ID: i32 = 0x6d6f_6f74;

/// The version that this program writes. Version 0 is a file without tables.
pub(crate) const VERSION: usize = MIGRATIONS.len();

type Migration = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// What makes version n + 1 out of version n, at place n.
const MIGRATIONS: &[Migration] = &[version_1, version_2];

/// Brings a file from `found` to [`VERSION`], in one transaction.
pub(crate) fn migrate(connection: &mut Connection, found: usize) -> rusqlite::Result<()> {
    if found >= VERSION {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for migration in MIGRATIONS.iter().skip(found) {
        migration(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(VERSION).unwrap_or(i64::MAX),
    )?;
    transaction.commit()
}

/// The table of a space. The name is part of the file format.
pub(crate) fn table(space: Space) -> &'static str {
    match space {
        Space::Home => "space_home",
        Space::Notebook => "space_notebook",
        Space::Key => "space_key",
        Space::Opened => "space_opened",
        Space::Pending => "space_pending",
        Space::Aside => "space_aside",
        Space::DocEntry => "space_doc_entry",
        Space::Snapshot => "space_snapshot",
        Space::DocRow => "space_doc_row",
        Space::Link => "space_link",
        Space::Journal => "space_journal",
        Space::Actor => "space_actor",
        Space::Receipt => "space_receipt",
        Space::Address => "space_address",
        Space::Invite => "space_invite",
        Space::Read => "space_read",
        Space::Notice => "space_notice",
        Space::Relay => "space_relay",
    }
}

/// The search index as this version has it, to make it again.
pub(crate) const SEARCH: &str = "
CREATE VIRTUAL TABLE search USING fts5 (
  title, text,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);
";

const V1: &str = "
CREATE TABLE notebooks (
  n  INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE logs (
  notebook INTEGER NOT NULL REFERENCES notebooks(n),
  id       BLOB NOT NULL,
  init     BLOB NOT NULL,
  PRIMARY KEY (notebook, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  n        INTEGER PRIMARY KEY,
  notebook INTEGER NOT NULL REFERENCES notebooks(n),
  id       BLOB NOT NULL,
  UNIQUE (notebook, id)
) STRICT;

CREATE TABLE chains (
  notebook  INTEGER NOT NULL REFERENCES notebooks(n),
  id        BLOB NOT NULL,
  log       BLOB NOT NULL,
  parent    BLOB,
  first_seq INTEGER NOT NULL,
  len       INTEGER NOT NULL,
  tip       BLOB NOT NULL,
  PRIMARY KEY (notebook, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
  n        INTEGER PRIMARY KEY,
  notebook INTEGER NOT NULL REFERENCES notebooks(n),
  id       BLOB NOT NULL,
  run      INTEGER NOT NULL REFERENCES runs(n),
  seq      INTEGER NOT NULL,
  header   BLOB NOT NULL,
  body     BLOB NOT NULL,
  UNIQUE (notebook, id),
  UNIQUE (run, seq)
) STRICT;

CREATE TABLE documents (
  n        INTEGER PRIMARY KEY,
  notebook INTEGER NOT NULL REFERENCES notebooks(n),
  doc      BLOB NOT NULL,
  title    TEXT NOT NULL,
  text     TEXT NOT NULL,
  UNIQUE (notebook, doc)
) STRICT;

CREATE VIRTUAL TABLE search USING fts5 (
  title, text,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);
";

fn version_1(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(V1)?;
    for space in Space::ALL
        .into_iter()
        .filter(|space| *space != Space::Relay)
    {
        transaction.execute_batch(&space_table(space))?;
    }
    Ok(())
}

/// Version 2 has the relay's space.
fn version_2(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(&space_table(Space::Relay))
}

/// A space's table. Rows of some kibibytes lie in a table of their own under an index, so that walking the
/// keys does not walk the values; small rows lie in the index itself.
fn space_table(space: Space) -> String {
    let columns =
        "notebook INTEGER NOT NULL REFERENCES notebooks(n), key BLOB NOT NULL, value BLOB NOT NULL";
    let name = table(space);
    match space {
        Space::Opened
        | Space::Pending
        | Space::Aside
        | Space::Snapshot
        | Space::DocRow
        | Space::Journal
        | Space::Relay => {
            format!("CREATE TABLE {name} ({columns}, UNIQUE (notebook, key)) STRICT;")
        }
        Space::Home
        | Space::Notebook
        | Space::Key
        | Space::DocEntry
        | Space::Link
        | Space::Actor
        | Space::Receipt
        | Space::Address
        | Space::Invite
        | Space::Read
        | Space::Notice => format!(
            "CREATE TABLE {name} ({columns}, PRIMARY KEY (notebook, key)) STRICT, WITHOUT ROWID;"
        ),
    }
}
