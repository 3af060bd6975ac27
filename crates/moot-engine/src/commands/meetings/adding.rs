//! Several things at once that only add: items of an agenda, lines of the minutes.
//!
//! Owns that a pasted list is one reading of the meeting and one writing, however long it is. What each line comes to, and why
//! it is refused, is as if it had been asked by itself.

use std::collections::BTreeSet;

use moot_notebook::{Act, FactBody, FactId, Record, Situation, additions};

use super::acting::{typed_item, why_not};
use crate::command;
use crate::fault::{Outcome, usage};
use crate::limits::ADDED_AT_ONCE_MAX;
use crate::notebook::{Notebook, Random};
use crate::reply::meeting::Added;
use crate::reply::{Named, Reply};
use crate::tx::Tx;

impl Notebook {
    pub(super) fn meeting_add(
        &mut self,
        text: &str,
        wanted: Vec<command::Act>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if wanted.len() > ADDED_AT_ONCE_MAX {
            return Err(usage(
                format!("{} things are more than can be added at once", wanted.len()),
                format!("Add up to {ADDED_AT_ONCE_MAX} at a time."),
            ));
        }
        let meeting = self.meeting(text, tx)?;
        let carried = self.carried(&meeting, tx)?;
        self.may_write()?;
        let wanted: Outcome<Vec<Act>> = wanted.into_iter().map(addition).collect();
        let people = self.people_here();
        let now = Situation {
            meeting: &meeting.state,
            carried: &carried,
            people: &people,
            now_ms: tx.now.wall_ms,
        };
        let judged = additions(&now, self.myself(), meeting.room, wanted?);
        let bodies: Vec<FactBody> = judged.iter().flatten().cloned().collect();
        let after = self.fresh(meeting.doc, tx)?.document.fact_heads();
        let after: BTreeSet<FactId> = after.into_iter().collect();
        let mut made = self
            .write_facts(meeting.doc, after, bodies, rng, tx)?
            .into_iter();
        let mut lines = Vec::new();
        for one in judged {
            lines.push(match one {
                Ok(_) => Ok(made.next().map(|id| id.to_string()).unwrap_or_default()),
                Err(error) => Err(why_not(&error)),
            });
        }
        Ok(Reply::Added(Added {
            meeting: Named {
                id: meeting.doc.to_string(),
                name: meeting.state.title.first().cloned().unwrap_or_default(),
            },
            lines,
        }))
    }
}

/// What is added, as moot-notebook takes it. Nothing of it is about what stands already.
fn addition(wanted: command::Act) -> Outcome<Act> {
    match wanted {
        command::Act::Remark { text, off_record } => {
            let record = if off_record { Record::Off } else { Record::On };
            Ok(Act::Remark(text, record))
        }
        wanted @ command::Act::AddItem { .. } => typed_item(&[], wanted),
        _ => Err(usage(
            "this does not only add something",
            "Items of the agenda and lines of the minutes can be added several at once.",
        )),
    }
}
