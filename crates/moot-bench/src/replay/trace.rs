//! A trace: who typed what, and what of the other's they had seen.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::Outcome;

/// One edit.
pub(super) struct Typed {
    /// Who: 0 or 1.
    pub(super) agent: usize,
    /// Where, in characters of the text that they saw.
    pub(super) at: usize,
    /// How many characters go.
    pub(super) delete: usize,
    pub(super) insert: String,
    /// How many of the other's edits they had seen; 0 where no more than at their edit before.
    pub(super) sees: usize,
}

/// All of it.
pub(super) struct Trace {
    pub(super) typed: Vec<Typed>,
    pub(super) end: String,
    /// Of each agent: after how many of their edits somebody saw just so many.
    awaited: [BTreeSet<usize>; 2],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    end_content: String,
    txns: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    parents: Vec<usize>,
    agent: usize,
    patches: Vec<(usize, usize, String)>,
}

impl Trace {
    pub(super) fn read(path: &str) -> Outcome<Self> {
        let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(format!("{path} is packed; unpack it first: gunzip -k {path}").into());
        }
        let written: Written =
            serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))?;
        let mut trace = Self {
            typed: Vec::new(),
            end: written.end_content,
            awaited: [BTreeSet::new(), BTreeSet::new()],
        };
        // Of each step: how many edits of each agent its author knew right after it.
        let mut known: Vec<[usize; 2]> = Vec::with_capacity(written.txns.len());
        let mut seen = [0, 0];
        for step in written.txns {
            let agent = step.agent;
            if agent > 1 {
                return Err("the trace has more than two people".into());
            }
            let mut now = [0, 0];
            for parent in step.parents {
                let of = known
                    .get(parent)
                    .ok_or("a step follows one that comes later")?;
                now = [now[0].max(of[0]), now[1].max(of[1])];
            }
            let mut sees = 0;
            if now[1 - agent] > seen[agent] {
                sees = now[1 - agent];
                seen[agent] = sees;
                trace.awaited[1 - agent].insert(sees);
            }
            for (at, delete, insert) in step.patches {
                trace.typed.push(Typed {
                    agent,
                    at,
                    delete,
                    insert,
                    sees: std::mem::take(&mut sees),
                });
                now[agent] += 1;
            }
            known.push(now);
        }
        Ok(trace)
    }

    /// Whether somebody sees just so many edits of an agent at some time.
    pub(super) fn is_awaited(&self, agent: usize, made: usize) -> bool {
        self.awaited[agent].contains(&made)
    }

    /// How often somebody saw what the other had done.
    pub(super) fn meetings(&self) -> usize {
        self.awaited.iter().map(BTreeSet::len).sum()
    }
}
