//! Commits: one transaction for a batch.
//!
//! Owns how each operation is written. Never checks that operations make sense together: that is for whoever made the batch.

use std::collections::BTreeMap;

use moot_log::chain::{Chain, Cut};
use moot_log::storage::{Batch, CommitError, Durability, Indexed, Op, Space, Store};
use moot_log::{ChainId, Entry, LogId, NotebookId};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, TransactionBehavior, params};

use super::{Group, SqliteStore, failed};
use crate::schema::{SEARCH, table};
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
        let written = match self.write(batch, Index::AsItIs) {
            // Nothing that matters may fail over an index that can be made again. In a group half of it would stand already.
            Err(error)
                if self.group == Group::None
                    && batch.ops.iter().any(is_in_index)
                    && error.is_of_a_damaged_index() =>
            {
                self.write(batch, Index::MadeAgain)
            }
            other => other,
        };
        self.written(written)
    }

    fn begin_group(&mut self) -> Result<(), CommitError> {
        if self.is_poisoned {
            return Err(CommitError::Poisoned);
        }
        self.group = Group::Begun;
        self.numbers = Numbers::default();
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), CommitError> {
        if self.is_poisoned {
            return Err(CommitError::Poisoned);
        }
        let written = match std::mem::replace(&mut self.group, Group::None) {
            Group::Writing => self.connection.execute_batch("COMMIT"),
            Group::Begun | Group::None => Ok(()),
        };
        self.written(written.map_err(WriteError::Sqlite))
    }
}

/// Why a transaction was rolled back.
#[derive(Debug)]
enum WriteError {
    Sqlite(rusqlite::Error),
    /// Nobody reaches 2^63 entries by writing them one after another.
    Position,
}

/// What is done about the search index before a batch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    AsItIs,
    MadeAgain,
}

fn is_in_index(op: &Op) -> bool {
    matches!(
        op,
        Op::Index { .. } | Op::Unindex { .. } | Op::ClearIndex { .. } | Op::Forget { .. }
    )
}

impl WriteError {
    /// Whether an index that contradicts itself may be why. It may say so no earlier than when the transaction ends.
    fn is_of_a_damaged_index(&self) -> bool {
        let Self::Sqlite(error) = self else {
            return false;
        };
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation)
        )
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

type Written = Result<(), WriteError>;

impl SqliteStore {
    /// After a failure nothing more is written. What a group had written is taken back when the store is closed, if not before.
    fn written(&mut self, written: Written) -> Result<(), CommitError> {
        self.is_poisoned = written.is_err();
        written.map_err(|error| match error {
            WriteError::Sqlite(error) => failed(&error),
            WriteError::Position => {
                CommitError::Io("a position in a log is beyond what the store can count".to_owned())
            }
        })
    }

    fn write(&mut self, batch: &Batch, index: Index) -> Written {
        if self.group != Group::None {
            return self.write_in_group(batch);
        }
        self.promise(batch.durability)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut writer = Writer {
            connection: &transaction,
            numbers: &mut Numbers::default(),
        };
        if index == Index::MadeAgain {
            writer.make_search_again()?;
        }
        batch.ops.iter().try_for_each(|op| writer.apply(op))?;
        transaction.commit()?;
        Ok(())
    }

    fn write_in_group(&mut self, batch: &Batch) -> Written {
        if self.group == Group::Begun {
            self.promise(Durability::Synced)?;
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.group = Group::Writing;
        }
        let mut writer = Writer {
            connection: &self.connection,
            numbers: &mut self.numbers,
        };
        batch.ops.iter().try_for_each(|op| writer.apply(op))
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

/// Notebooks and chains stand in other tables by a number. Those met are remembered until the end of the transaction and no
/// longer, so that a rollback leaves nothing wrong behind.
#[derive(Default)]
pub(super) struct Numbers {
    notebooks: BTreeMap<NotebookId, i64>,
    runs: BTreeMap<(i64, ChainId), i64>,
}

/// Writes the operations of one transaction.
struct Writer<'t> {
    connection: &'t Connection,
    numbers: &'t mut Numbers,
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
            Op::Forget { notebook } => self.forget(notebook),
        }
    }

    fn put_log_init(&mut self, notebook: &NotebookId, log: &LogId, bytes: &[u8]) -> Written {
        let notebook = self.notebook(notebook)?;
        self.execute(
            "INSERT INTO logs (notebook, id, init) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![notebook, log.0, bytes],
        )
    }

    /// A known id is written again as it was: its row may have been spoilt, and the id says all that stands in it. Another entry at the same position of a chain fails the commit: the chains would lie.
    fn put_entry(&mut self, notebook: &NotebookId, chain: &ChainId, entry: &Entry) -> Written {
        let notebook = self.notebook(notebook)?;
        let run = self.run(notebook, chain)?;
        self.execute(
            "INSERT INTO entries (notebook, id, run, seq, header, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (notebook, id) DO UPDATE SET header = excluded.header, body = excluded.body",
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
        self.put_terms(row, &document.title, &document.text)
    }

    fn unindex(&mut self, notebook: &NotebookId, doc: &[u8; 16]) -> Written {
        let notebook = self.notebook(notebook)?;
        let Some(row) = self.document(notebook, doc)? else {
            return Ok(());
        };
        self.execute("DELETE FROM search WHERE rowid = ?1", [row])?;
        self.execute("DELETE FROM documents WHERE n = ?1", [row])
    }

    /// The number of the notebook stays, which is nothing but its id.
    fn forget(&mut self, notebook: &NotebookId) -> Written {
        let number = self.notebook(notebook)?;
        for space in Space::ALL {
            let sql = format!("DELETE FROM {} WHERE notebook = ?1", table(space));
            self.execute(&sql, [number])?;
        }
        for table in ["entries", "chains", "runs", "logs"] {
            let sql = format!("DELETE FROM {table} WHERE notebook = ?1");
            self.execute(&sql, [number])?;
        }
        self.numbers.runs.retain(|(of, _), _| *of != number);
        let of_notebook = "SELECT n FROM documents WHERE notebook = ?1";
        let sql = format!("DELETE FROM search WHERE rowid IN ({of_notebook})");
        self.execute(&sql, [number])?;
        self.execute("DELETE FROM documents WHERE notebook = ?1", [number])
    }

    fn clear_index(&mut self, notebook: &NotebookId) -> Written {
        let notebook = self.notebook(notebook)?;
        self.execute("DELETE FROM documents WHERE notebook = ?1", [notebook])?;
        // Whoever empties it may do so because it is damaged in a way that only a new one mends.
        self.make_search_again()
    }

    /// Makes the search index again from the titles and texts that are kept beside it.
    fn make_search_again(&self) -> Written {
        self.connection.execute_batch("DROP TABLE search")?;
        self.connection.execute_batch(SEARCH)?;
        self.index_all()
    }

    fn index_all(&self) -> Written {
        let mut all = self
            .connection
            .prepare("SELECT n, title, text FROM documents")?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let (number, title, text) = (
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            );
            self.put_terms(number, &title, &text)?;
        }
        Ok(())
    }

    fn put_terms(&self, number: i64, title: &str, text: &str) -> Written {
        self.execute(
            "INSERT INTO search (rowid, title, text) VALUES (?1, ?2, ?3)",
            params![number, search::terms(title), search::terms(text)],
        )
    }

    fn document(&self, notebook: i64, doc: &[u8; 16]) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT n FROM documents WHERE notebook = ?1 AND doc = ?2")?
            .query_row(params![notebook, doc], |row| row.get(0))
            .optional()
    }

    fn notebook(&mut self, id: &NotebookId) -> rusqlite::Result<i64> {
        if let Some(number) = self.numbers.notebooks.get(id) {
            return Ok(*number);
        }
        let number = self.number(
            "SELECT n FROM notebooks WHERE id = ?1",
            "INSERT INTO notebooks (id) VALUES (?1) RETURNING n",
            [id.0],
        )?;
        self.numbers.notebooks.insert(*id, number);
        Ok(number)
    }

    fn run(&mut self, notebook: i64, chain: &ChainId) -> rusqlite::Result<i64> {
        if let Some(number) = self.numbers.runs.get(&(notebook, *chain)) {
            return Ok(*number);
        }
        let number = self.number(
            "SELECT n FROM runs WHERE notebook = ?1 AND id = ?2",
            "INSERT INTO runs (notebook, id) VALUES (?1, ?2) RETURNING n",
            (notebook, chain.0),
        )?;
        self.numbers.runs.insert((notebook, *chain), number);
        Ok(number)
    }

    /// The number of a row, which is made where it is not there.
    fn number(&self, find: &str, make: &str, row: impl Params + Copy) -> rusqlite::Result<i64> {
        let found = self
            .connection
            .prepare_cached(find)?
            .query_row(row, |row| row.get(0))
            .optional()?;
        match found {
            Some(number) => Ok(number),
            None => self
                .connection
                .prepare_cached(make)?
                .query_row(row, |row| row.get(0)),
        }
    }

    fn execute(&self, sql: &str, params: impl Params) -> Written {
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}

fn position(seq: u64) -> Result<i64, WriteError> {
    i64::try_from(seq).map_err(|_| WriteError::Position)
}
