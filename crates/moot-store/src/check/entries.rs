//! Entries, one by one and as chains.

use moot_log::{Entry, EntryId};
use rusqlite::Row;

use super::{Findings, Severity};
use crate::store::SqliteStore;

/// Chains that do not say what their entries say: how many there are, where they begin and end, which is the last, what
/// they continue.
const WRONG_CHAINS: &str = "
SELECT hex(chains.id) FROM chains
LEFT JOIN runs ON runs.notebook = chains.notebook AND runs.id = chains.id
WHERE chains.len - chains.first_seq IS NOT (SELECT count(*) FROM entries WHERE run = runs.n)
   OR chains.first_seq IS NOT (SELECT min(seq) FROM entries WHERE run = runs.n)
   OR chains.len - 1 IS NOT (SELECT max(seq) FROM entries WHERE run = runs.n)
   OR chains.tip IS NOT (SELECT id FROM entries WHERE run = runs.n AND seq = chains.len - 1)
   OR (chains.parent IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM chains AS parent
         WHERE parent.notebook = chains.notebook AND parent.id = chains.parent AND parent.len = chains.first_seq))";

const STRAY_ENTRIES: &str = "
SELECT count(*) FROM entries JOIN runs ON runs.n = entries.run
WHERE NOT EXISTS (SELECT 1 FROM chains WHERE chains.notebook = runs.notebook AND chains.id = runs.id)";

const ENTRIES: &str = "
SELECT entries.id, entries.seq, entries.header, entries.body, chains.log, entries.run, entries.notebook
FROM entries
JOIN runs ON runs.n = entries.run
LEFT JOIN chains ON chains.notebook = runs.notebook AND chains.id = runs.id
ORDER BY entries.run, entries.seq";

impl SqliteStore {
    pub(super) fn check_entries(&self, findings: &mut Findings) {
        let result = self.decode_all(findings);
        findings.note("the entries", result);
    }

    fn decode_all(&self, findings: &mut Findings) -> rusqlite::Result<()> {
        let mut statement = self.connection().prepare(ENTRIES)?;
        let mut rows = statement.query([])?;
        let mut before: Option<(i64, EntryId)> = None;
        while let Some(row) = rows.next()? {
            let id = EntryId(row.get(0)?);
            let run: i64 = row.get(5)?;
            let previous = before.filter(|(last, _)| *last == run).map(|(_, id)| id);
            if let Err(reason) = check_entry(row, id, previous)? {
                findings.add(Severity::Damage, format!("entry {id} is damaged: {reason}"));
            }
            before = Some((run, id));
        }
        Ok(())
    }

    pub(super) fn check_chains(&self, findings: &mut Findings) {
        let result = self.compare_chains(findings);
        findings.note("the chains", result);
    }

    fn compare_chains(&self, findings: &mut Findings) -> rusqlite::Result<()> {
        let mut statement = self.connection().prepare(WRONG_CHAINS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let what = format!("chain {} does not fit its entries", id.to_lowercase());
            findings.add(Severity::Damage, what);
        }
        let strays: i64 = self
            .connection()
            .query_row(STRAY_ENTRIES, [], |row| row.get(0))?;
        if strays > 0 {
            let what = format!("{strays} entries stand in no chain");
            findings.add(Severity::Damage, what);
        }
        Ok(())
    }
}

/// What is wrong with an entry, in words.
fn check_entry(
    row: &Row<'_>,
    id: EntryId,
    previous: Option<EntryId>,
) -> rusqlite::Result<Result<(), String>> {
    let seq: i64 = row.get(1)?;
    let header: Vec<u8> = row.get(2)?;
    let body: Vec<u8> = row.get(3)?;
    let log: Option<[u8; 32]> = row.get(4)?;
    Ok(match Entry::decode(&header, body) {
        Err(error) => Err(error.to_string()),
        Ok(entry) if entry.id() != id => Err("it is stored under another name".to_owned()),
        Ok(entry) if i64::try_from(entry.header().seq) != Ok(seq) => {
            Err("it is stored at another position".to_owned())
        }
        Ok(entry) if log.is_some_and(|log| log != entry.header().log_id.0) => {
            Err("it is stored in another log".to_owned())
        }
        Ok(entry) if previous.is_some_and(|previous| previous != entry.header().prev) => {
            Err("it does not follow the one before it".to_owned())
        }
        Ok(_) => Ok(()),
    })
}
