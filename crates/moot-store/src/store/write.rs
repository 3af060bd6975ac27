//! Commits: one transaction for a batch.
//!
//! Owns how each operation is written. Never checks that operations make sense together: that is for whoever made the batch.

use std::collections::BTreeMap;

use moot_log::chain::{Chain, Cut};
use moot_log::storage::{Batch, CommitError, Durability, Indexed, Op, Space, Store};
use moot_log::{ChainId, Entry, LogId, NotebookId};
use rusqlite::{Connection, OptionalExtension, Params, TransactionBehavior, params};

use super::{SqliteStore, failed};
use crate::schema::table;
use crate::search;

impl Store for SqliteStore {
    /// An entry whose id is stored already, and a log's head likewise, are left as they are.
    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if self.is_poisoned {
            return Err(CommitError::Poisoned);
        }
        if batch.is_empty() {
            return Ok(());
        }
        let written = self.write(batch);
        self.is_poisoned = written.is_err();
        written.map_err(|error| match error {
            WriteError::Sqlite(error) => failed(&error),
            WriteError::Position => {
                CommitError::Io("a position in a log is beyond what the store can count".to_owned())
            }
        })
    }
}

/// Why a transaction was rolled back.
#[derive(Debug)]
enum WriteError {
    Sqlite(rusqlite::Error),
    /// Nobody reaches 2^63 entries by writing them one after another.
    Position,
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

type Written = Result<(), WriteError>;

impl SqliteStore {
    fn write(&mut self, batch: &Batch) -> Written {
        self.promise(batch.durability)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut writer = Writer {
            connection: &transaction,
            notebooks: BTreeMap::new(),
            runs: BTreeMap::new(),
        };
        batch.ops.iter().try_for_each(|op| writer.apply(op))?;
        transaction.commit()?;
        Ok(())
    }

    /// With a write-ahead log, `NORMAL` syncs only when the log is moved into the database, `FULL` at each commit besides.
    fn promise(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.durability == durability {
            return Ok(());
        }
        let synchronous = match durability {
            Durability::Relaxed => "NORMAL",
            Durability::Synced => "FULL",
        };
        self.connection
            .pragma_update(None, "synchronous", synchronous)?;
        self.durability = durability;
        Ok(())
    }
}

/// Writes the operations of one transaction. Notebooks and chains stand in other tables by a number; those met are remembered
/// until the end of the transaction and no longer, so that a rollback leaves nothing wrong behind.
struct Writer<'t> {
    connection: &'t Connection,
    notebooks: BTreeMap<NotebookId, i64>,
    runs: BTreeMap<(i64, ChainId), i64>,
}

impl Writer<'_> {
    fn apply(&mut self, op: &Op) -> Written {
        match op {
            Op::PutLogInit {
                notebook,
                log,
                bytes,
            } => self.put_log_init(notebook, log, bytes),
            Op::PutEntry {
                notebook,
                chain,
                entry,
            } => self.put_entry(notebook, chain, entry),
            Op::CutChain { notebook, cut } => self.cut_chain(notebook, cut),
            Op::PutChain { notebook, chain } => self.put_chain(notebook, chain),
            Op::RemoveChain { notebook, chain } => {
                let notebook = self.notebook(notebook)?;
                let sql = "DELETE FROM chains WHERE notebook = ?1 AND id = ?2";
                self.execute(sql, params![notebook, chain.0])
            }
            Op::Put {
                space,
                notebook,
                key,
                value,
            } => self.put(*space, notebook, key, value),
            Op::Delete {
                space,
                notebook,
                key,
            } => {
                let notebook = self.notebook(notebook)?;
                let table = table(*space);
                let sql = format!("DELETE FROM {table} WHERE notebook = ?1 AND key = ?2");
                self.execute(&sql, params![notebook, key])
            }
            Op::Clear { space, notebook } => {
                let notebook = self.notebook(notebook)?;
                let sql = format!("DELETE FROM {} WHERE notebook = ?1", table(*space));
                self.execute(&sql, [notebook])
            }
            Op::Index { notebook, document } => self.index(notebook, document),
            Op::Unindex { notebook, doc } => self.unindex(notebook, doc),
            Op::ClearIndex { notebook } => self.clear_index(notebook),
        }
    }

    fn put_log_init(&mut self, notebook: &NotebookId, log: &LogId, bytes: &[u8]) -> Written {
        let notebook = self.notebook(notebook)?;
        self.execute(
            "INSERT INTO logs (notebook, id, init) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![notebook, log.0, bytes],
        )
    }

    /// Only a known id is passed over. Another entry at the same position of a chain fails the commit: the chains would lie.
    fn put_entry(&mut self, notebook: &NotebookId, chain: &ChainId, entry: &Entry) -> Written {
        let notebook = self.notebook(notebook)?;
        let run = self.run(notebook, chain)?;
        self.execute(
            "INSERT INTO entries (notebook, id, run, seq, header, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (notebook, id) DO NOTHING",
            params![
                notebook,
                entry.id().0,
                run,
                position(entry.header().seq)?,
                entry.header_bytes(),
                entry.body()
            ],
        )
    }

    fn cut_chain(&mut self, notebook: &NotebookId, cut: &Cut) -> Written {
        let notebook = self.notebook(notebook)?;
        let from = self.run(notebook, &cut.from)?;
        let to = self.run(notebook, &cut.to)?;
        self.execute(
            "UPDATE entries SET run = ?1 WHERE run = ?2 AND seq >= ?3",
            params![to, from, position(cut.first_seq)?],
        )
    }

    fn put_chain(&mut self, notebook: &NotebookId, chain: &Chain) -> Written {
        let notebook = self.notebook(notebook)?;
        self.execute(
            "INSERT OR REPLACE INTO chains (notebook, id, log, parent, first_seq, len, tip)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                notebook,
                chain.id.0,
                chain.log.0,
                chain.parent.map(|parent| parent.0),
                position(chain.first_seq)?,
                position(chain.len)?,
                chain.tip.0
            ],
        )
    }

    fn put(&mut self, space: Space, notebook: &NotebookId, key: &[u8], value: &[u8]) -> Written {
        let notebook = self.notebook(notebook)?;
        let sql = format!(
            "INSERT INTO {} (notebook, key, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (notebook, key) DO UPDATE SET value = excluded.value",
            table(space)
        );
        self.execute(&sql, params![notebook, key, value])
    }

    fn index(&mut self, notebook: &NotebookId, document: &Indexed) -> Written {
        let number = self.notebook(notebook)?;
        self.execute(
            "INSERT INTO documents (notebook, doc, title, text) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (notebook, doc) DO UPDATE SET title = excluded.title, text = excluded.text",
            params![number, document.doc, document.title, document.text],
        )?;
        let Some(row) = self.document(number, &document.doc)? else {
            return Ok(());
        };
        self.execute("DELETE FROM search WHERE rowid = ?1", [row])?;
        self.execute(
            "INSERT INTO search (rowid, title, text) VALUES (?1, ?2, ?3)",
            params![
                row,
                search::terms(&document.title),
                search::terms(&document.text)
            ],
        )
    }

    fn unindex(&mut self, notebook: &NotebookId, doc: &[u8; 16]) -> Written {
        let notebook = self.notebook(notebook)?;
        let Some(row) = self.document(notebook, doc)? else {
            return Ok(());
        };
        self.execute("DELETE FROM search WHERE rowid = ?1", [row])?;
        self.execute("DELETE FROM documents WHERE n = ?1", [row])
    }

    fn clear_index(&mut self, notebook: &NotebookId) -> Written {
        let notebook = self.notebook(notebook)?;
        self.execute(
            "DELETE FROM search WHERE rowid IN (SELECT n FROM documents WHERE notebook = ?1)",
            [notebook],
        )?;
        self.execute("DELETE FROM documents WHERE notebook = ?1", [notebook])
    }

    fn document(&self, notebook: i64, doc: &[u8; 16]) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT n FROM documents WHERE notebook = ?1 AND doc = ?2")?
            .query_row(params![notebook, doc], |row| row.get(0))
            .optional()
    }

    fn notebook(&mut self, id: &NotebookId) -> rusqlite::Result<i64> {
        if let Some(number) = self.notebooks.get(id) {
            return Ok(*number);
        }
        self.connection
            .prepare_cached("INSERT INTO notebooks (id) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([id.0])?;
        let number = self
            .connection
            .prepare_cached("SELECT n FROM notebooks WHERE id = ?1")?
            .query_row([id.0], |row| row.get(0))?;
        self.notebooks.insert(*id, number);
        Ok(number)
    }

    fn run(&mut self, notebook: i64, chain: &ChainId) -> rusqlite::Result<i64> {
        if let Some(number) = self.runs.get(&(notebook, *chain)) {
            return Ok(*number);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO runs (notebook, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![notebook, chain.0])?;
        let number = self
            .connection
            .prepare_cached("SELECT n FROM runs WHERE notebook = ?1 AND id = ?2")?
            .query_row(params![notebook, chain.0], |row| row.get(0))?;
        self.runs.insert((notebook, *chain), number);
        Ok(number)
    }

    fn execute(&self, sql: &str, params: impl Params) -> Written {
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}

fn position(seq: u64) -> Result<i64, WriteError> {
    i64::try_from(seq).map_err(|_| WriteError::Position)
}
