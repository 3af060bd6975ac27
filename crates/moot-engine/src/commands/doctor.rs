//! Checking a notebook, and making its projections again from its entries.
//!
//! Owns what is checked above the store: logs, keys, documents, rows. The store checks itself.

use moot_group::Keys;
use moot_log::storage::Space;
use moot_log::{Entry, EntryId, LogInit, NotebookId};
use moot_notebook::DocId;

use crate::docs::Docs;
use crate::engine::Engine;
use crate::fault::{Outcome, failed};
use crate::notebook::{LookFor, Notebook, Random};
use crate::reply::{Doctor, Finding, Reply};
use crate::rows::{AsideRow, DocRow, WaitRow};
use crate::tx::Tx;

/// Bytes of entries that are read in one go.
const CHUNK_BYTES: usize = 1 << 20;

impl Engine {
    pub(crate) fn doctor(
        &mut self,
        id: NotebookId,
        rebuild: bool,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (notebook, rng) = self.notebook_mut(id)?;
        let mut findings = notebook.check_logs(tx)?;
        notebook.refresh_all(tx)?;
        findings.extend(notebook.check_waiting(tx)?);
        if rebuild {
            findings.push(notebook.rebuild(rng, tx)?);
        } else {
            findings.extend(notebook.check_documents(tx)?);
        }
        let ok = findings.iter().all(|finding| finding.level != DAMAGE);
        Ok(Reply::Doctor(Doctor { ok, findings }))
    }
}

const OK: &str = "ok";
const NOTE: &str = "note";
const DAMAGE: &str = "damage";

fn finding(part: &str, level: &str, message: impl Into<String>, advice: &str) -> Finding {
    Finding {
        part: part.to_owned(),
        level: level.to_owned(),
        message: message.into(),
        advice: advice.to_owned(),
    }
}

impl Notebook {
    /// Every entry again: signature, position, and what it follows.
    fn check_logs(&self, tx: &Tx<'_>) -> Outcome<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut checked = 0;
        for chain in self.chains.iter() {
            let parent_tip = chain
                .parent
                .and_then(|parent| self.chains.get(&parent))
                .map(|parent| parent.tip);
            let mut prev = parent_tip.unwrap_or(EntryId(chain.log.0));
            let mut seq = chain.first_seq;
            while seq < chain.len {
                let entries = tx.entries_from(&self.id, &chain.id, seq, CHUNK_BYTES)?;
                if entries.is_empty() {
                    break;
                }
                for entry in &entries {
                    if let Some(what) = self.fault_of(entry, seq, prev) {
                        let message = format!("entry {seq} of log {} {what}", chain.log);
                        findings.push(finding("logs", DAMAGE, message, RESTORE));
                    }
                    prev = entry.id();
                    seq += 1;
                    checked += 1;
                }
            }
            if seq != chain.len || prev != chain.tip {
                let message = format!(
                    "log {} should have {} entries and has {seq}",
                    chain.log, chain.len
                );
                findings.push(finding("logs", DAMAGE, message, RESTORE));
            }
        }
        if findings.is_empty() {
            let logs = self.log_inits.len();
            let message =
                format!("{checked} entries in {logs} logs, every signature and every link checked");
            findings.push(finding("logs", OK, message, ""));
        }
        Ok(findings)
    }

    fn fault_of(&self, entry: &Entry, seq: u64, prev: EntryId) -> Option<String> {
        let header = entry.header();
        if header.seq != seq || header.prev != prev {
            return Some("does not follow the one before it".to_owned());
        }
        let Some(init) = self.log_inits.get(&header.log_id) else {
            return Some("stands in a log without a head".to_owned());
        };
        check_signature(entry, init)
    }

    fn check_waiting(&self, tx: &Tx<'_>) -> Outcome<Vec<Finding>> {
        let mut findings = Vec::new();
        let waits = |why: WaitRow| {
            self.waiting
                .values()
                .filter(|waiting| waiting.why == why)
                .count()
        };
        let told = [
            (
                WaitRow::Key,
                "wait for a key that nobody has given this device yet",
                MEET,
            ),
            (
                WaitRow::CarriedKey,
                "carry something for which a key is missing",
                MEET,
            ),
            (
                WaitRow::OpenToAll,
                "wait until everybody whom their author knew has the key",
                MEET,
            ),
            (
                WaitRow::Roster,
                "wait for news of who belongs to the notebook",
                MEET,
            ),
            (
                WaitRow::Newer,
                "need a newer moot; they are kept and passed on",
                "Install a newer moot.",
            ),
        ];
        for (why, what, advice) in told {
            match waits(why) {
                0 => {}
                count => findings.push(finding(
                    "logs",
                    NOTE,
                    format!("{count} entries {what}"),
                    advice,
                )),
            }
        }
        for (key, row) in tx.rows::<AsideRow>(Space::Aside, &self.id, &[])? {
            let id = EntryId::try_from(key.as_slice())
                .map(|id| id.to_string())
                .unwrap_or_default();
            let message = format!("entry {id} was refused: {}", row.why);
            findings.push(finding(
                "logs",
                NOTE,
                message,
                "Nothing: it is kept, passed on and not applied.",
            ));
        }
        Ok(findings)
    }

    /// Every document made from its entries alone, against what is shown.
    fn check_documents(&mut self, tx: &mut Tx<'_>) -> Outcome<Vec<Finding>> {
        let mut findings = Vec::new();
        let rows = tx.rows::<DocRow>(Space::DocRow, &self.id, &[])?;
        let count = rows.len();
        self.docs.forget();
        for (key, row) in rows {
            let Ok(doc) = <[u8; 16]>::try_from(key.as_slice()) else {
                continue;
            };
            let again = self.fresh(DocId(doc), tx)?;
            let title = row
                .titles
                .first()
                .map_or("(no title)", |title| title.text.as_str());
            if again.document.version().0 != row.version {
                let message = format!("{title:?} is not what its entries say");
                findings.push(finding(
                    "projections",
                    DAMAGE,
                    message,
                    "`moot doctor --rebuild` makes it again.",
                ));
            }
            if again.document.read_only().is_some() {
                let message = format!(
                    "something in {title:?} could not be applied; it can be read, not changed"
                );
                findings.push(finding(
                    "documents",
                    NOTE,
                    message,
                    "Export it, and go on in a new note.",
                ));
            }
            if row.quarantined > 0 {
                let message = format!("{} changes to {title:?} were refused", row.quarantined);
                findings.push(finding(
                    "documents",
                    NOTE,
                    message,
                    "Nothing: they are kept, passed on and not applied.",
                ));
            }
        }
        if findings.iter().all(|finding| finding.level != DAMAGE) {
            findings.push(finding(
                "documents",
                OK,
                format!("{count} documents are what their entries say"),
                "",
            ));
        }
        Ok(findings)
    }

    /// Drops every projection and makes it again from entries, keys and journal.
    fn rebuild(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<Finding> {
        let before = self.state_digest(tx)?;
        self.rebuild_projections(rng, tx)?;
        self.refresh_all(tx)?;
        tx.must_be_synced();
        let after = self.state_digest(tx)?;
        Ok(if before == after {
            finding(
                "projections",
                OK,
                "all projections were made again, and say the same as before",
                "",
            )
        } else {
            let advice = "Nothing more: what is shown now is what the entries say.";
            finding(
                "projections",
                NOTE,
                "all projections were made again; some had been wrong",
                advice,
            )
        })
    }

    /// Drops every projection and looks into every entry again. Documents are brought up to date afterwards.
    pub(crate) fn rebuild_projections(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        for space in Space::ALL.into_iter().filter(|space| space.is_projection()) {
            tx.clear(space, &self.id);
        }
        tx.clear_index(self.id);
        self.docs = Docs::default();
        self.events.clear();
        self.waiting.clear();
        self.actors.clear();
        self.arrivals = 0;
        let held: Vec<_> = self
            .keys
            .held()
            .filter_map(|id| self.keys.get(&id).cloned())
            .collect();
        self.keys = Keys::new(self.id);
        for key in held {
            self.keys.add_key(key);
        }
        self.look_everywhere_for(LookFor::Rules, rng, tx)?;
        self.look_everywhere_for(LookFor::Changes, rng, tx)?;
        self.keep_journal_actors(tx)?;
        self.stage_row(tx);
        Ok(())
    }

    fn look_everywhere_for(
        &mut self,
        what: LookFor,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let chains: Vec<_> = self.chains.iter().cloned().collect();
        for chain in chains {
            let mut seq = chain.first_seq;
            while seq < chain.len {
                let entries = tx.entries_from(&self.id, &chain.id, seq, CHUNK_BYTES)?;
                if entries.is_empty() {
                    return Err(failed("entries are missing", RESTORE));
                }
                seq += entries.len() as u64;
                self.look_for(what, entries, rng, tx)?;
            }
        }
        Ok(())
    }
}

const RESTORE: &str = "Keep a copy of this home as it is. Join again from another home, or restore a backup: others hold \
                       what this one lost.";
const MEET: &str = "Nothing: it settles when members are met. `moot sync` asks them now.";

fn check_signature(entry: &Entry, init: &LogInit) -> Option<String> {
    entry
        .verify(&init.log_id(), &init.device())
        .err()
        .map(|error| format!("does not hold: {error}"))
}
