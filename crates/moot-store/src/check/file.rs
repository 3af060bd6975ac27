//! The file as SQLite sees it, the search index, and who may read it.

use super::{Findings, Severity};
use crate::limits::FINDINGS_MAX;
use crate::store::SqliteStore;

impl SqliteStore {
    pub(super) fn check_file(&self, findings: &mut Findings) {
        let result = self.check_pages(findings);
        findings.note("the file", result);
        #[cfg(unix)]
        self.check_mode(findings);
    }

    fn check_pages(&self, findings: &mut Findings) -> rusqlite::Result<()> {
        let sql = format!("PRAGMA integrity_check({FINDINGS_MAX})");
        let mut statement = self.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let said: String = row.get(0)?;
            if said == "ok" {
                continue;
            }
            let severity = if said.contains("fts5") {
                Severity::Rebuild
            } else {
                Severity::Damage
            };
            findings.add(severity, format!("the file is damaged ({said})"));
        }
        Ok(())
    }

    #[cfg(unix)]
    fn check_mode(&self, findings: &mut Findings) {
        use std::os::unix::fs::PermissionsExt;
        let Some(file) = self.file_identity() else {
            return;
        };
        let Ok(found) = std::fs::metadata(&file.path) else {
            let what = format!("{:?} is no longer where it was opened", file.path);
            return findings.add(Severity::Damage, what);
        };
        if found.permissions().mode() & 0o077 != 0 {
            let what = format!("other users of this machine may read {:?}", file.path);
            findings.add(Severity::Advice, what);
        }
    }

    /// Whether the index has a row for each document and no other. Its inner structure is part of the check of the file.
    pub(super) fn check_index(&self, findings: &mut Findings) {
        let sql = "SELECT
            (SELECT count(*) FROM documents WHERE n NOT IN (SELECT id FROM search_docsize)),
            (SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT n FROM documents))";
        let counts = self.connection().query_row(sql, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        match counts {
            Ok((0, 0)) => {}
            Ok((missing, extra)) => findings.add(
                Severity::Rebuild,
                format!("the search index lacks {missing} documents and has {extra} that are gone"),
            ),
            Err(error) => findings.add(
                Severity::Rebuild,
                format!("the search index could not be read: {error}"),
            ),
        }
    }
}
