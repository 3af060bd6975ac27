//! Checking a notebook, and making its projections again from its entries.
//!
//! Owns what is checked above the store: logs, keys, documents, rows. The store checks itself.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::storage::{Row, Space};
use moot_log::{Chain, Entry, EntryId, LogInit, NotebookId};
use moot_notebook::DocId;

use crate::engine::Engine;
use crate::fault::Outcome;
use crate::notebook::{Notebook, Random};
use crate::reply::{Doctor, Finding, Named, Reply};
use crate::rows::{AsideRow, DocRow, WaitRow};
use crate::tx::Tx;

impl Engine {
    pub(crate) fn doctor(
        &mut self,
        id: NotebookId,
        rebuild: bool,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (notebook, rng) = self.notebook_mut(id)?;
        notebook.look_for_lost(tx)?;
        let mut findings = notebook.check_logs(tx)?;
        if !notebook.lost.is_empty() {
            notebook.refresh_all(tx)?;
            findings.push(finding("projections", NOTE, UNCHECKED, KEPT));
        } else if rebuild {
            findings.push(notebook.rebuild(rng, tx)?);
        } else {
            notebook.refresh_all(tx)?;
            // What was typed a moment ago is not in the search index yet, which is no damage.
            notebook.index_all(tx)?;
            findings.extend(notebook.check_projections(rng, tx)?);
        }
        findings.extend(notebook.check_waiting(tx)?);
        let named = Named {
            id: id.to_string(),
            name: match self.notebooks.get(&id) {
                Some(notebook) => self.shown_name(notebook, tx)?,
                None => String::new(),
            },
        };
        for finding in &mut findings {
            finding.notebook = Some(named.clone());
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
        notebook: None,
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
                let (entries, next) = self.readable_from(chain, seq, tx)?;
                if entries.is_empty() {
                    let message = format!("entry {seq} of log {} cannot be read", chain.log);
                    findings.push(finding("logs", DAMAGE, message, FETCH));
                    (prev, seq) = (self.link_after(chain, seq, tx)?, next);
                    continue;
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
            let logs: BTreeSet<_> = self.chains.iter().map(|chain| chain.log).collect();
            let message = format!(
                "{} in {}, every signature and every link checked",
                counted(checked, "entry", "entries"),
                counted(logs.len() as u64, "log", "logs")
            );
            findings.push(finding("logs", OK, message, ""));
        }
        Ok(findings)
    }

    /// What the entry after a lost one must name: as far as it can be told, the lost one.
    fn link_after(&self, chain: &Chain, seq: u64, tx: &Tx<'_>) -> Outcome<EntryId> {
        if seq + 1 == chain.len {
            return Ok(chain.tip);
        }
        let (after, _) = self.readable_from(chain, seq + 1, tx)?;
        Ok(after
            .first()
            .map_or(EntryId([0; 32]), |entry| entry.header().prev))
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
                ["waits", "wait"],
                "for a key that nobody has given this device yet",
                MEET,
            ),
            (
                WaitRow::CarriedKey,
                ["carries", "carry"],
                "something for which a key is missing",
                MEET,
            ),
            (
                WaitRow::OpenToAll,
                ["waits", "wait"],
                "until everybody whom the author knew has the key",
                MEET,
            ),
            (
                WaitRow::Roster,
                ["waits", "wait"],
                "for news of who belongs to the notebook",
                MEET,
            ),
            (
                WaitRow::Newer,
                ["needs", "need"],
                "a newer moot; everything is kept and passed on",
                "Install a newer moot.",
            ),
        ];
        for (why, [waits_one, wait_all], what, advice) in told {
            let message = match waits(why) {
                0 => continue,
                1 => format!("1 entry {waits_one} {what}"),
                several => format!("{several} entries {wait_all} {what}"),
            };
            findings.push(finding("logs", NOTE, message, advice));
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

    /// Everything that is kept of the entries, against the same made again on the side.
    fn check_projections(&mut self, rng: &Random, tx: &mut Tx<'_>) -> Outcome<Vec<Finding>> {
        let (again, aside) = self.made_again(rng, tx)?;
        let mut findings = Vec::new();
        for space in [Space::Opened, Space::Pending, Space::Aside, Space::Link] {
            let kept: BTreeSet<Row> = tx.scan(space, &self.id, &[])?.into_iter().collect();
            let right = aside.scan(space, &self.id, &[])?.into_iter().collect();
            findings.extend(wrong(kept.symmetric_difference(&right).count(), space));
        }
        // Rows say in what order entries came, and of some actors that no entry is by: neither is wrong.
        let put_to = |tx: &Tx<'_>| -> Outcome<BTreeSet<Row>> {
            let rows = tx.scan(Space::DocEntry, &self.id, &[])?;
            Ok(rows
                .into_iter()
                .map(|(key, entry)| (key[..16.min(key.len())].to_vec(), entry))
                .collect())
        };
        let (kept, right) = (put_to(tx)?, put_to(&aside)?);
        findings.extend(wrong(
            kept.symmetric_difference(&right).count(),
            Space::DocEntry,
        ));
        let kept: BTreeSet<Row> = tx.scan(Space::Actor, &self.id, &[])?.into_iter().collect();
        let right: BTreeSet<Row> = aside
            .scan(Space::Actor, &self.id, &[])?
            .into_iter()
            .collect();
        findings.extend(wrong(right.difference(&kept).count(), Space::Actor));
        self.compare_documents(&again, &aside, tx, &mut findings)?;
        findings.extend(self.compare_index(&aside, tx)?);
        Ok(findings)
    }

    /// What the search finds and shows, against what the documents say.
    fn compare_index(&self, aside: &Tx<'_>, tx: &Tx<'_>) -> Outcome<Option<Finding>> {
        let mut kept = tx.indexed(&self.id)?;
        let right = aside.indexed(&self.id)?;
        let lacking = right
            .iter()
            .filter(|(doc, document)| kept.remove(*doc).as_ref() != Some(*document))
            .count();
        let wrong = lacking + kept.len();
        Ok((wrong > 0).then(|| {
            let what = if wrong == 1 { "document" } else { "documents" };
            let message =
                format!("the search index does not say of {wrong} {what} what stands in it");
            finding("projections", DAMAGE, message, AGAIN)
        }))
    }

    fn compare_documents(
        &self,
        again: &Self,
        aside: &Tx<'_>,
        tx: &Tx<'_>,
        findings: &mut Vec<Finding>,
    ) -> Outcome<()> {
        let mut kept: BTreeMap<Vec<u8>, DocRow> =
            tx.rows(Space::DocRow, &self.id, &[])?.into_iter().collect();
        let right = aside.rows::<DocRow>(Space::DocRow, &self.id, &[])?;
        let (count, mut wrong) = (right.len(), 0);
        for (key, row) in right {
            let title = row.titles.first();
            let title = title.map_or("(no title)", |title| title.text.as_str());
            let same = kept.remove(&key).is_some_and(|kept| {
                let upto = row.upto;
                DocRow { upto, ..kept } == row
            });
            if !same {
                let message = format!("{title:?} is not what its entries say");
                findings.push(finding("projections", DAMAGE, message, AGAIN));
                wrong += 1;
            }
            if row.quarantined > 0 {
                let message = match row.quarantined {
                    1 => format!("1 change to {title:?} was refused"),
                    several => format!("{several} changes to {title:?} were refused"),
                };
                let advice = "Nothing: they are kept, passed on and not applied.";
                findings.push(finding("documents", NOTE, message, advice));
            }
            if <[u8; 16]>::try_from(&key[..])
                .is_ok_and(|doc| again.docs.read_only().contains(&DocId(doc)))
            {
                let message = format!(
                    "something in {title:?} could not be applied; it can be read, not changed"
                );
                let advice = "Export it, and go on in a new note.";
                findings.push(finding("documents", NOTE, message, advice));
            }
        }
        for row in kept.into_values() {
            let title = row.titles.first();
            let title = title.map_or("(no title)", |title| title.text.as_str());
            let message = format!("no entry says anything of {title:?}");
            findings.push(finding("projections", DAMAGE, message, AGAIN));
            wrong += 1;
        }
        if wrong == 0 {
            let message = match count {
                1 => "1 document is what its entries say".to_owned(),
                count => format!("{count} documents are what their entries say"),
            };
            findings.push(finding("documents", OK, message, ""));
        }
        Ok(())
    }

    /// Drops every projection and makes it again from entries, keys and journal, whatever they looked like.
    fn rebuild(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<Finding> {
        let before = self.refresh_all(tx).and_then(|()| self.state_digest(tx));
        self.rebuild_projections(rng, tx)?;
        self.refresh_all(tx)?;
        tx.must_be_synced();
        let after = self.state_digest(tx)?;
        Ok(if before.is_ok_and(|before| before == after) {
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
}

/// A number with its noun.
fn counted(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Rows of a space that are not what the entries say.
fn wrong(rows: usize, space: Space) -> Option<Finding> {
    let what = match space {
        Space::Opened => "what entries said of people and keys",
        Space::Pending => "what entries wait for",
        Space::Aside => "which entries were refused",
        Space::Link => "titles, links and imported paths",
        Space::DocEntry => "which entries belong to which note",
        _ => "who wrote what",
    };
    (rows > 0).then(|| {
        let message = match rows {
            1 => format!("1 row about {what} is not what the entries say"),
            rows => format!("{rows} rows about {what} are not what the entries say"),
        };
        finding("projections", DAMAGE, message, AGAIN)
    })
}

const AGAIN: &str = "`moot doctor --rebuild` makes it again.";
const RESTORE: &str = "Keep a copy of this home as it is. Join again from another home, or restore a backup: others hold \
                       what this one lost.";
const FETCH: &str = "`moot sync`: whoever holds it sends it again.";
const UNCHECKED: &str =
    "what was made of the entries was neither compared nor made again, since some cannot be read";
const KEPT: &str =
    "Nothing: it may hold what those entries said. `moot export DIR` writes down what is readable.";
const MEET: &str = "Nothing: it settles when members are met. `moot sync` asks them now.";

fn check_signature(entry: &Entry, init: &LogInit) -> Option<String> {
    entry
        .verify(&init.log_id(), &init.device())
        .err()
        .map(|error| format!("does not hold: {error}"))
}
