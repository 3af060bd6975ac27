//! Reads, each one statement.
//!
//! Owns how rows become values again. What does not fit is damage and said to be so; nothing is repaired here.

use moot_log::chain::Chain;
use moot_log::storage::{Hit, Indexed, ReadError, Reader, Row, Space, StoredEntry};
use moot_log::{ChainId, Entry, EntryId, LogId, NotebookId};
use rusqlite::types::FromSql;
use rusqlite::{ErrorCode, OptionalExtension, Params, params};

use super::SqliteStore;
use crate::schema::table;
use crate::search::Query;

/// The number under which other tables know the notebook ?1.
const NOTEBOOK: &str = "(SELECT n FROM notebooks WHERE id = ?1)";

const SEARCH: &str = "
SELECT documents.doc, documents.title, documents.text, best.rank
FROM (
  SELECT search.rowid AS n, bm25(search, 8.0, 1.0) AS rank, documents.doc AS doc
  FROM search JOIN documents ON documents.n = search.rowid
  WHERE search MATCH ?2 AND documents.notebook = (SELECT n FROM notebooks WHERE id = ?1)
  ORDER BY rank, documents.doc LIMIT ?3
) AS best JOIN documents ON documents.n = best.n
ORDER BY best.rank, best.doc";

type Read<T> = Result<T, ReadError>;

impl Reader for SqliteStore {
    fn get(&self, space: Space, notebook: &NotebookId, key: &[u8]) -> Read<Option<Vec<u8>>> {
        let table = table(space);
        let sql = format!("SELECT value FROM {table} WHERE notebook = {NOTEBOOK} AND key = ?2");
        self.one(&sql, params![notebook.0, key], |row| row.get(0))
    }

    fn scan(
        &self,
        space: Space,
        notebook: &NotebookId,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Read<Vec<Row>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let table = table(space);
        // The least key behind `after` is `after` with a zero byte.
        let behind = after.map(|after| [after, &[0]].concat());
        let first = behind.as_deref().unwrap_or(prefix).max(prefix);
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let select =
            format!("SELECT key, value FROM {table} WHERE notebook = {NOTEBOOK} AND key >= ?2");
        match end_of(prefix) {
            Some(end) => self.all(
                &format!("{select} AND key < ?4 ORDER BY key LIMIT ?3"),
                params![notebook.0, first, limit, end],
                row,
            ),
            None => self.all(
                &format!("{select} ORDER BY key LIMIT ?3"),
                params![notebook.0, first, limit],
                row,
            ),
        }
    }

    fn count(&self, space: Space, notebook: &NotebookId) -> Read<u64> {
        let table = table(space);
        let sql = format!("SELECT count(*) FROM {table} WHERE notebook = {NOTEBOOK}");
        let count = self.one(&sql, [notebook.0], |row| row.get::<_, i64>(0))?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

    fn log_inits(&self, notebook: &NotebookId) -> Read<Vec<(LogId, Vec<u8>)>> {
        let sql = format!("SELECT id, init FROM logs WHERE notebook = {NOTEBOOK} ORDER BY id");
        self.all(&sql, [notebook.0], |row| {
            Ok((LogId(row.get(0)?), row.get(1)?))
        })
    }

    fn chains(&self, notebook: &NotebookId) -> Read<Vec<Chain>> {
        let sql = format!(
            "SELECT id, log, parent, first_seq, len, tip FROM chains WHERE notebook = {NOTEBOOK} ORDER BY id"
        );
        self.all(&sql, [notebook.0], |row| {
            Ok(Chain {
                id: ChainId(row.get(0)?),
                log: LogId(row.get(1)?),
                parent: row.get::<_, Option<[u8; 32]>>(2)?.map(ChainId),
                first_seq: position(row, 3)?,
                len: position(row, 4)?,
                tip: EntryId(row.get(5)?),
            })
        })
    }

    fn entry(&self, notebook: &NotebookId, id: &EntryId) -> Read<Option<StoredEntry>> {
        let sql = format!(
            "SELECT entries.header, entries.body, runs.id FROM entries JOIN runs ON runs.n = entries.run
             WHERE entries.notebook = {NOTEBOOK} AND entries.id = ?2"
        );
        let found = self.one(&sql, params![notebook.0, id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, ChainId(row.get(2)?)))
        })?;
        let Some((header, body, chain)) = found else {
            return Ok(None);
        };
        let entry = decode(header, body, |entry| entry.id() == *id)?;
        Ok(Some(StoredEntry { entry, chain }))
    }

    fn locate(&self, notebook: &NotebookId, id: &EntryId) -> Read<Option<(ChainId, u64)>> {
        let sql = format!(
            "SELECT runs.id, entries.seq FROM entries JOIN runs ON runs.n = entries.run
             WHERE entries.notebook = {NOTEBOOK} AND entries.id = ?2"
        );
        self.one(&sql, params![notebook.0, id.0], |row| {
            Ok((ChainId(row.get(0)?), position(row, 1)?))
        })
    }

    fn entry_at(&self, notebook: &NotebookId, chain: &ChainId, seq: u64) -> Read<Option<EntryId>> {
        let Ok(seq) = i64::try_from(seq) else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT id FROM entries
             WHERE run = (SELECT n FROM runs WHERE notebook = {NOTEBOOK} AND id = ?2) AND seq = ?3"
        );
        self.one(&sql, params![notebook.0, chain.0, seq], |row| {
            row.get(0).map(EntryId)
        })
    }

    fn entries_from(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Read<Vec<Entry>> {
        let Ok(first) = i64::try_from(first_seq) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT header, body, seq FROM entries
             WHERE run = (SELECT n FROM runs WHERE notebook = {NOTEBOOK} AND id = ?2) AND seq >= ?3
             ORDER BY seq"
        );
        let mut statement = self.prepare(&sql)?;
        let mut rows = statement
            .query(params![notebook.0, chain.0, first])
            .map_err(|error| failed(&error))?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        while bytes < bytes_max.max(1) {
            let Some(row) = rows.next().map_err(|error| failed(&error))? else {
                break;
            };
            let (header, body, seq) = entry_row(row).map_err(|error| failed(&error))?;
            let entry = decode(header, body, |entry| entry.header().seq == seq)?;
            bytes += entry.header_bytes().len() + entry.body().len();
            entries.push(entry);
        }
        Ok(entries)
    }

    /// A query without a word finds nothing.
    fn search(&self, notebook: &NotebookId, query: &str, limit: usize) -> Read<Vec<Hit>> {
        let query = Query::parse(query);
        let Some(expression) = query.expression() else {
            return Ok(Vec::new());
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(SEARCH, params![notebook.0, expression, limit], |row| {
            let title: String = row.get(1)?;
            let text: String = row.get(2)?;
            Ok(Hit {
                doc: row.get(0)?,
                snippet: query.snippet(&title, &text),
                title,
                score: -row.get::<_, f64>(3)?,
            })
        })
    }

    fn indexed(&self, notebook: &NotebookId) -> Read<Vec<Indexed>> {
        let sql = "SELECT doc, title, text FROM documents
            WHERE notebook = (SELECT n FROM notebooks WHERE id = ?1) ORDER BY doc";
        self.all(sql, params![notebook.0], |row| {
            Ok(Indexed {
                doc: row.get(0)?,
                title: row.get(1)?,
                text: row.get(2)?,
            })
        })
    }
}

impl SqliteStore {
    fn prepare(&self, sql: &str) -> Read<rusqlite::CachedStatement<'_>> {
        self.connection
            .prepare_cached(sql)
            .map_err(|error| failed(&error))
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Read<Option<T>> {
        self.prepare(sql)?
            .query_row(params, map)
            .optional()
            .map_err(|error| failed(&error))
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Read<Vec<T>> {
        self.prepare(sql)?
            .query_map(params, map)
            .and_then(Iterator::collect)
            .map_err(|error| failed(&error))
    }
}

fn entry_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Vec<u8>, Vec<u8>, u64)> {
    Ok((row.get(0)?, row.get(1)?, position(row, 2)?))
}

/// The entry, if it is whole and stands where it belongs.
fn decode(header: Vec<u8>, body: Vec<u8>, is_right: impl FnOnce(&Entry) -> bool) -> Read<Entry> {
    let entry = Entry::decode(&header, body)
        .map_err(|error| ReadError::Damaged(format!("an entry: {error}")))?;
    if !is_right(&entry) {
        return Err(ReadError::Damaged(format!(
            "entry {} is stored under another entry's name or position",
            entry.id()
        )));
    }
    Ok(entry)
}

fn position(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value = row.get_ref(column)?;
    i64::column_result(value)
        .ok()
        .and_then(|number| u64::try_from(number).ok())
        .ok_or(rusqlite::Error::InvalidColumnType(
            column,
            "position".to_owned(),
            value.data_type(),
        ))
}

/// The first key behind all that begin with a prefix; none where every key from the prefix on begins with it.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// What a failed read is called.
pub(super) fn failed(error: &rusqlite::Error) -> ReadError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ReadError::Damaged(error.to_string())
        }
        Some(_) => ReadError::Io(error.to_string()),
        // Everything that is not SQLite's answer is a value that is not of the kind or length that it must have.
        None => ReadError::Damaged(error.to_string()),
    }
}
