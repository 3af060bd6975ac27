//! Settling: which contest is meant, and which of its values.
//!
//! Owns the way from what was typed to both. What competes, and who may settle it, is moot-notebook's.

use std::collections::{BTreeMap, BTreeSet};

use moot_notebook::{
    Choice, Contest, DocId, Edit, FactId, Rival, group_contests, meeting_contests,
};

use super::acting::refusal;
use crate::command::{CommandError, ErrorKind};
use crate::commands::select::one_of;
use crate::docs::fold_title;
use crate::docs::meeting::Sort;
use crate::fault::{Fault, Outcome};
use crate::notebook::{Notebook, Random, WriteNow};
use crate::reply::Reply;
use crate::tx::Tx;

/// The words that leave a role to all its holders.
const BOTH: [&str; 2] = ["both", "share"];

impl Notebook {
    /// Settles what several people said apart from each other: in a note, a meeting, or about the group.
    pub(crate) fn settle(
        &mut self,
        id: &str,
        choice: &str,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let noted = self.find_note(id, tx);
        let contests = self.contests_of(id, tx)?;
        let Some((doc, _)) = contests.first() else {
            let (doc, row) = noted.map_err(nothing_such)?;
            return self.settle_title(doc, &row, choice, rng, tx);
        };
        let doc = *doc;
        if noted.is_ok() {
            return Err(ambiguous(id, "a note, and something to settle"));
        }
        let contests: Vec<Contest> = contests.into_iter().map(|(_, one)| one).collect();
        let mut edits = Vec::new();
        for (contest, choice) in self.chosen(&contests, choice)? {
            let body = contest.settle(self.myself(), choice).map_err(refusal)?;
            edits.push(Edit::Fact(self.next_fact(doc, body, rng, tx)?));
        }
        self.change(doc, None, &edits, WriteNow::Entry, rng, tx)
    }

    /// The contests in which a fact of this id competes, and their document: several where one fact gave an item other words and
    /// another time.
    fn contests_of(&mut self, id: &str, tx: &mut Tx<'_>) -> Outcome<Vec<(DocId, Contest)>> {
        let id = id.trim().to_ascii_lowercase();
        if id.is_empty() {
            return Ok(Vec::new());
        }
        let group = group_contests(&self.group(tx)?, self.myself());
        let mut places = BTreeMap::from([(self.group_doc(), group)]);
        for (_, doc, sort) in self.things(&id, tx)? {
            if sort == Sort::Contest && !places.contains_key(&doc) {
                let meeting = self.load_meeting(doc, tx)?;
                places.insert(doc, meeting_contests(&meeting.state));
            }
        }
        let mut meant: BTreeSet<FactId> = BTreeSet::new();
        let mut found = Vec::new();
        for (doc, contests) in places {
            for contest in contests {
                let facts = contest.rivals.iter().map(|rival| rival.fact);
                let named: Vec<FactId> = facts
                    .filter(|fact| fact.to_string().starts_with(&id))
                    .collect();
                if !named.is_empty() {
                    meant.extend(named);
                    found.push((doc, contest));
                }
            }
        }
        if meant.len() > 1 {
            return Err(ambiguous(&id, "the beginning of several ids"));
        }
        Ok(found)
    }

    /// What is chosen, and in which contests: by its words, or by its id.
    fn chosen<'c>(
        &self,
        contests: &'c [Contest],
        text: &str,
    ) -> Outcome<Vec<(&'c Contest, Choice)>> {
        let typed = fold_title(text);
        let words = |rival: &Rival| self.seen(|eyes| eyes.rival(rival));
        let chosen: Vec<(&Contest, Choice)> = contests
            .iter()
            .filter_map(|contest| {
                if contest.both.is_some() && BOTH.contains(&typed.as_str()) {
                    return Some((contest, Choice::Both));
                }
                // Two who said the same are one choice.
                let mut rivals = contest.rivals.iter();
                let said = rivals.find(|rival| fold_title(&words(rival)) == typed);
                said.map(|rival| (contest, Choice::This(rival.fact)))
            })
            .collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let both = contests.iter().any(|contest| contest.both.is_some());
        let rivals = || contests.iter().flat_map(|contest| &contest.rivals);
        let all: Vec<String> = rivals()
            .map(|rival| format!("{:?}", words(rival)))
            .collect();
        let or_both = if both { ", or both" } else { "" };
        let hint = format!("Choose {}{or_both}.", all.join(" or "));
        let facts: BTreeSet<FactId> = rivals().map(|rival| rival.fact).collect();
        let listed = facts.iter().map(|fact| (*fact, fact.to_string(), ""));
        let fact = one_of(text, "choice", &hint, listed)?;
        let holds = |contest: &&Contest| contest.rivals.iter().any(|rival| rival.fact == fact);
        let meant = contests.iter().filter(holds);
        Ok(meant.map(|one| (one, Choice::This(fact))).collect())
    }
}

fn ambiguous(id: &str, what: &str) -> Fault {
    CommandError::new(
        ErrorKind::Ambiguous,
        format!("{id:?} is {what}"),
        "Say which by more of its id; `moot inbox` tells it.",
    )
    .into()
}

/// What `settle` was to settle is not here.
fn nothing_such(fault: Fault) -> Fault {
    match fault {
        Fault::Command(error) if error.kind == ErrorKind::NotFound => CommandError::new(
            ErrorKind::NotFound,
            error
                .message
                .replace("no note", "no note or thing to settle"),
            "`moot inbox` tells what there is to settle, with ids.",
        )
        .into(),
        other => other,
    }
}
