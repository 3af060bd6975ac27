//! Looking a store over for damage.
//!
//! Owns what a sound store is and what to tell a person about one that is not. Never repairs, never writes.

use std::fmt;

use crate::limits::FINDINGS_MAX;
use crate::store::SqliteStore;

mod entries;
mod file;

/// Something that a check found, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is lost; something should be put right.
    Advice,
    /// Something that can be made again from the rest is wrong.
    Rebuild,
    /// Something that cannot be made again from this file is wrong.
    Damage,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.remedy)
    }
}

const RESTORE: &str = "Entries come back by `moot sync` from whoever holds them. What stays: copy this home to a safe place as it is, then restore a backup or let a new home fetch the notebook from the other members";
const REBUILD: &str = "Run `moot doctor --rebuild`: it makes this again from the entries";
const PROTECT: &str = "Take the rights of others away from the file (chmod 600)";

impl SqliteStore {
    /// Reads the whole store and lists what is wrong with it, worst first; an empty list means that it is sound. Signatures are
    /// not checked. Takes about as long as reading the file and hashing every body. After fifty findings one more says
    /// that there are others.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Findings::default();
        self.check_file(&mut findings);
        self.check_entries(&mut findings);
        self.check_chains(&mut findings);
        self.check_index(&mut findings);
        findings.into_list()
    }
}

#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    untold: usize,
}

impl Findings {
    fn add(&mut self, severity: Severity, what: String) {
        if self.list.len() >= FINDINGS_MAX {
            self.untold += 1;
            return;
        }
        let remedy = match severity {
            Severity::Advice => PROTECT,
            Severity::Rebuild => REBUILD,
            Severity::Damage => RESTORE,
        };
        self.list.push(Finding {
            severity,
            what,
            remedy,
        });
    }

    /// Takes up the failure of a check itself.
    fn note(&mut self, what: &str, result: rusqlite::Result<()>) {
        if let Err(error) = result {
            self.add(
                Severity::Damage,
                format!("{what} could not be read: {error}"),
            );
        }
    }

    fn into_list(mut self) -> Vec<Finding> {
        self.list
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        if self.untold > 0 {
            self.list.push(Finding {
                severity: Severity::Damage,
                what: format!("{} more of the kind", self.untold),
                remedy: RESTORE,
            });
        }
        self.list
    }
}
