//! From a meeting's facts to its state: sorts each fact to the part it is about, then lets the parts finish in the
//! order in which they build on each other. Owns which facts lead nowhere, and whose voice counts; no merge rule.

use std::collections::BTreeSet;

use super::consent::Gathered as Consents;
use super::minutes::Remark;
use super::queue::{Asking, EntryState, QueueEntry};
use super::{
    Check, MeetingState, Round, Schedule, actions, agenda, attendance, checks, minutes, rounds,
    sittings,
};
use crate::attribution::Attribution;
use crate::fact::{FactBody, Facts, Line, MeetingFact};
use crate::id::{FactId, PersonId};
use crate::state::ledger::{Ledger, Said};
use crate::state::roles;
use crate::state::slot::Candidates;
use crate::state::{Created, IgnoredWhy, NewerFact};

/// Works out the state; see [`super::meeting_state`].
pub(super) fn state(facts: &Facts, attribution: &dyn Attribution, as_of_ms: i64) -> MeetingState {
    let mut ledger = Ledger::new(facts, attribution);
    let mut gathering = Gathering::default();
    let said = ledger.said().to_vec();
    for one in &said {
        if let Err(why) = gathering.take(one, &ledger) {
            ledger.ignore(one.id, one.by.clone(), why);
        }
    }
    gathering.finish(ledger, as_of_ms)
}

#[derive(Default)]
struct Gathering {
    titles: Candidates<String>,
    purposes: Candidates<String>,
    schedules: Candidates<Schedule>,
    series: Candidates<Line>,
    begun: Vec<(FactId, Created)>,
    listed: Vec<(Line, FactId)>,
    unlisted: Vec<(Line, FactId)>,
    cancelled: Vec<FactId>,
    resumed: Vec<FactId>,
    minutes_agreed: BTreeSet<[u8; 32]>,
    sittings: sittings::Gathered,
    attendance: attendance::Gathered,
    agenda: agenda::Gathered,
    entries_left: Vec<(FactId, BTreeSet<PersonId>, FactId)>,
    entries_taken: BTreeSet<FactId>,
    entries: Vec<(FactId, QueueEntry)>,
    rounds: rounds::Gathered,
    checks: checks::Gathered,
    consents: Consents,
    actions: actions::Gathered,
    minutes: minutes::Gathered,
    roles: roles::Gathered,
    newer: Vec<NewerFact>,
    updated_ms: Option<i64>,
}

impl Gathering {
    fn take(&mut self, said: &Said<'_>, ledger: &Ledger<'_>) -> Result<(), IgnoredWhy> {
        self.updated_ms = self.updated_ms.max(Some(said.at_ms));
        match said.body {
            FactBody::Title { text } => {
                self.titles.insert(said.id, said.value(text.clone()));
            }
            FactBody::Purpose { text } => {
                self.purposes.insert(said.id, said.value(text.clone()));
            }
            FactBody::Meeting(fact) => {
                if is_own_voice(fact) && said.by.is_empty() {
                    return Err(IgnoredWhy::NotTheirs);
                }
                if !leads_somewhere(fact, ledger) {
                    return Err(IgnoredWhy::LeadsNowhere);
                }
                if let Some(sitting) = sitting_of(fact, ledger) {
                    self.sittings.happened(sitting, said, fact);
                }
                self.sort(said, fact);
            }
            FactBody::Role(fact) => self.roles.take(said, fact)?,
            FactBody::Newer { tag } => self.newer.push(NewerFact {
                fact: said.id,
                tag: *tag,
            }),
            _ => return Err(IgnoredWhy::OutOfPlace),
        }
        Ok(())
    }

    /// Sorts a fact that counts to the part it is about.
    fn sort(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        use MeetingFact as F;
        match fact {
            F::Begun {}
            | F::Scheduled { .. }
            | F::Series { .. }
            | F::RoleListed { .. }
            | F::RoleUnlisted { .. }
            | F::Cancelled {}
            | F::Resumed {}
            | F::MinutesAgreed { .. } => self.sort_heading(said, fact),
            F::SittingOpened { .. }
            | F::SittingClosed { .. }
            | F::Extended { .. }
            | F::QueueRuled { .. }
            | F::Advanced { .. } => self.sittings.take(said, fact),
            F::Attended { status, sitting } => self.attendance.take(said, *status, *sitting),
            F::ItemAdded { .. }
            | F::ItemMarked { .. }
            | F::ItemChanged { .. }
            | F::AgendaOrdered { .. } => self.agenda.take(said, fact),
            F::QueueJoined { .. } | F::QueueLeft { .. } | F::QueueTaken { .. } => {
                self.sort_queue(said, fact);
            }
            F::RoundOpened { .. }
            | F::RoundTaken { .. }
            | F::RoundClosed { .. }
            | F::CheckOpened { .. }
            | F::CheckAnswered { .. }
            | F::CheckClosed { .. } => self.sort_round(said, fact),
            F::ConsentOpened { .. }
            | F::ConsentReworded { .. }
            | F::ConsentAnswered { .. }
            | F::ConsentClosed { .. } => self.consents.take(said, fact),
            F::ActionAdded { .. }
            | F::ActionOffered { .. }
            | F::ActionAnswered { .. }
            | F::ActionMarked { .. } => self.actions.take(said, fact),
            F::Remarked { .. } | F::Corrected { .. } | F::Named { .. } | F::HandOverNote { .. } => {
                self.sort_remark(said, fact)
            }
        }
    }

    fn sort_heading(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::Begun {} => {
                let created = Created {
                    at_ms: said.at_ms,
                    by: said.by.clone(),
                };
                self.begun.push((said.id, created));
            }
            MeetingFact::Scheduled { at_ms, zone } => {
                let schedule = Schedule {
                    at_ms: *at_ms,
                    zone: zone.clone(),
                };
                self.schedules.insert(said.id, said.value(schedule));
            }
            MeetingFact::Series { name } => {
                self.series.insert(said.id, said.value(name.clone()));
            }
            MeetingFact::RoleListed { role } => self.listed.push((role.clone(), said.id)),
            MeetingFact::RoleUnlisted { role } => self.unlisted.push((role.clone(), said.id)),
            MeetingFact::Cancelled {} => self.cancelled.push(said.id),
            MeetingFact::Resumed {} => self.resumed.push(said.id),
            MeetingFact::MinutesAgreed { digest } => drop(self.minutes_agreed.insert(*digest)),
            _ => {}
        }
    }

    fn sort_queue(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::QueueJoined {
                sitting,
                kind,
                note,
            } => {
                let entry = QueueEntry {
                    id: said.id,
                    by: said.by.clone(),
                    at_ms: said.at_ms,
                    kind: *kind,
                    note: note.clone(),
                    state: EntryState::Waiting,
                };
                self.entries.push((*sitting, entry));
            }
            MeetingFact::QueueLeft { entry } => {
                self.entries_left.push((*entry, said.by.clone(), said.id));
            }
            MeetingFact::QueueTaken { entry } => drop(self.entries_taken.insert(*entry)),
            _ => {}
        }
    }

    fn sort_round(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::RoundOpened {
                kind,
                text,
                sitting,
                item,
            } => self.rounds.open(Round {
                id: said.id,
                by: said.by.clone(),
                at_ms: said.at_ms,
                kind: *kind,
                text: text.clone(),
                sitting: *sitting,
                item: *item,
                turns: std::collections::BTreeMap::new(),
                closed: false,
            }),
            MeetingFact::RoundTaken { round, turn, text } => {
                self.rounds.turn(said, *round, *turn, text.as_ref());
            }
            MeetingFact::RoundClosed { round } => self.rounds.close(*round),
            MeetingFact::CheckOpened { statement, sitting } => self.checks.open(Check {
                id: said.id,
                by: said.by.clone(),
                at_ms: said.at_ms,
                statement: statement.clone(),
                sitting: *sitting,
                answers: std::collections::BTreeMap::new(),
                closed: false,
                kept: false,
            }),
            MeetingFact::CheckAnswered { check, word } => self.checks.answer(said, *check, *word),
            MeetingFact::CheckClosed { check, result } => self.checks.close(*check, *result),
            _ => {}
        }
    }

    fn sort_remark(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::Remarked {
                text,
                record,
                sitting,
                item,
            } => {
                let remark = Remark {
                    id: said.id,
                    by: said.by.clone(),
                    at_ms: said.at_ms,
                    text: crate::state::Slot::default(),
                    record: *record,
                    sitting: *sitting,
                    item: *item,
                };
                self.minutes.remark(said, text, remark);
            }
            MeetingFact::Corrected { remark, text } => self.minutes.correct(said, *remark, text),
            MeetingFact::Named { naming } => self.minutes.name(said, *naming),
            MeetingFact::HandOverNote { role, text } => self.roles.note(role, said, text.clone()),
            _ => {}
        }
    }

    fn finish(mut self, mut ledger: Ledger<'_>, as_of_ms: i64) -> MeetingState {
        self.queue_up(&mut ledger);
        let openings = self.sittings.openings();
        let cancelled = holds(&self.cancelled, &self.resumed, &openings, &ledger);
        let mut sittings = self.sittings.finish(&ledger);
        let order = self.agenda.order(&ledger);
        lead_all(&mut sittings, order.shown(), &ledger);
        self.agenda.follow(&sittings);
        let (remarks, unnamed) = self.minutes.finish(&ledger);
        let step_backs = self.roles.step_backs();
        let mut roles = self.roles.finish(&mut ledger, &openings, as_of_ms);
        for role in listed(&self.listed, &self.unlisted, &ledger) {
            roles.0.entry(role).or_default().listed = true;
        }
        ledger.ignored.sort();
        self.begun.sort_by_key(|(id, _)| *id);
        MeetingState {
            title: ledger.slot(self.titles),
            purpose: ledger.slot(self.purposes),
            schedule: ledger.slot(self.schedules),
            series: ledger.slot(self.series),
            created: self.begun.into_iter().next().map(|(_, created)| created),
            cancelled,
            attendance: self.attendance.finish(&ledger, &openings),
            items: self.agenda.finish(&ledger, &sittings),
            order,
            rounds: self.rounds.finish(&ledger),
            checks: self.checks.finish(&ledger),
            consents: self.consents.finish(&ledger),
            actions: self.actions.finish(&ledger, &step_backs),
            remarks,
            unnamed,
            minutes_agreed: self.minutes_agreed.into_iter().collect(),
            roles,
            updated_ms: self.updated_ms.unwrap_or(0),
            ignored: ledger.ignored,
            newer: self.newer,
            sittings,
        }
    }

    /// Gives each sitting the entries of its queue. Only their own author takes one out.
    fn queue_up(&mut self, ledger: &mut Ledger<'_>) {
        let authors: std::collections::BTreeMap<FactId, BTreeSet<PersonId>> = self
            .entries
            .iter()
            .map(|(_, entry)| (entry.id, entry.by.clone()))
            .collect();
        let mut left = BTreeSet::new();
        for (entry, by, fact) in std::mem::take(&mut self.entries_left) {
            if authors.get(&entry).is_some_and(|own| !own.is_disjoint(&by)) {
                left.insert(entry);
            } else {
                ledger.ignore(fact, by, IgnoredWhy::NotTheirs);
            }
        }
        for (sitting, entry) in std::mem::take(&mut self.entries) {
            let asking = Asking {
                left: left.contains(&entry.id),
                taken: self.entries_taken.contains(&entry.id),
                entry,
            };
            self.sittings.ask(sitting, asking);
        }
    }
}

/// Lets the agenda's order decide between steps that were made at once.
fn lead_all(sittings: &mut [sittings::Sitting], order: Option<&Vec<FactId>>, ledger: &Ledger<'_>) {
    let ranks: std::collections::BTreeMap<FactId, usize> = order
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(rank, item)| (*item, rank))
        .collect();
    let after = ranks.len();
    let rank = |item: FactId| {
        let unordered = || after.saturating_add(ledger.place(item));
        ranks.get(&item).copied().unwrap_or_else(unordered)
    };
    for sitting in sittings {
        sittings::lead(sitting, ledger, &rank);
    }
}

/// A cancellation holds if its author knew of everything that speaks for meeting.
fn holds(
    cancelled: &[FactId],
    resumed: &[FactId],
    openings: &[FactId],
    ledger: &Ledger<'_>,
) -> bool {
    let knew = |fact: FactId| {
        let against = resumed.iter().chain(openings);
        against
            .into_iter()
            .all(|other| ledger.follows(fact, *other))
    };
    cancelled.iter().any(|fact| knew(*fact))
}

/// The roles that some listing names which nobody who knew of it took off the list.
fn listed(
    listed: &[(Line, FactId)],
    unlisted: &[(Line, FactId)],
    ledger: &Ledger<'_>,
) -> BTreeSet<Line> {
    let stands = |(role, fact): &&(Line, FactId)| {
        !unlisted
            .iter()
            .any(|(other, off)| other == role && ledger.follows(*off, *fact))
    };
    listed
        .iter()
        .filter(stands)
        .map(|(role, _)| role.clone())
        .collect()
}

fn is_own_voice(fact: &MeetingFact) -> bool {
    matches!(
        fact,
        MeetingFact::Attended { .. }
            | MeetingFact::QueueJoined { .. }
            | MeetingFact::QueueLeft { .. }
            | MeetingFact::RoundTaken { .. }
            | MeetingFact::CheckAnswered { .. }
            | MeetingFact::ConsentAnswered { .. }
            | MeetingFact::ActionAnswered { .. }
            | MeetingFact::Named { .. }
    )
}

/// The sitting in which a fact happened.
fn sitting_of(fact: &MeetingFact, ledger: &Ledger<'_>) -> Option<FactId> {
    use MeetingFact as F;
    let in_sitting_of = |id: &FactId| match ledger.get(*id)?.body {
        FactBody::Meeting(F::QueueJoined { sitting, .. }) => Some(*sitting),
        FactBody::Meeting(F::RoundOpened { sitting, .. }) => *sitting,
        _ => None,
    };
    match fact {
        F::Advanced { sitting, .. }
        | F::Extended { sitting, .. }
        | F::QueueJoined { sitting, .. }
        | F::QueueRuled { sitting, .. } => Some(*sitting),
        F::ItemMarked { sitting, .. }
        | F::RoundOpened { sitting, .. }
        | F::CheckOpened { sitting, .. }
        | F::ConsentOpened { sitting, .. }
        | F::ActionAdded { sitting, .. }
        | F::Remarked { sitting, .. } => *sitting,
        F::QueueTaken { entry } => in_sitting_of(entry),
        F::RoundTaken { round, .. } | F::RoundClosed { round } => in_sitting_of(round),
        _ => None,
    }
}

/// Whether what a fact names is here, and of the right kind. Items and actions may be of an earlier meeting.
fn leads_somewhere(fact: &MeetingFact, ledger: &Ledger<'_>) -> bool {
    use MeetingFact as F;
    let said = |id: &FactId| match ledger.get(*id)?.body {
        FactBody::Meeting(fact) => Some(fact),
        _ => None,
    };
    let is_sitting = |id: &FactId| matches!(said(id), Some(F::SittingOpened { .. }));
    let is_item =
        |id: &FactId| ledger.get(*id).is_none() || matches!(said(id), Some(F::ItemAdded { .. }));
    let is_action =
        |id: &FactId| ledger.get(*id).is_none() || matches!(said(id), Some(F::ActionAdded { .. }));
    let is_entry = |id: &FactId| matches!(said(id), Some(F::QueueJoined { .. }));
    let maybe = |id: &Option<FactId>, is: &dyn Fn(&FactId) -> bool| id.as_ref().is_none_or(is);
    match fact {
        F::SittingClosed { sitting } | F::QueueRuled { sitting, .. } => is_sitting(sitting),
        F::QueueJoined { sitting, .. } => is_sitting(sitting),
        F::Attended { sitting, .. } | F::CheckOpened { sitting, .. } => maybe(sitting, &is_sitting),
        F::Advanced {
            sitting, from, to, ..
        } => is_sitting(sitting) && maybe(from, &is_item) && maybe(to, &is_item),
        F::Extended { sitting, item, .. } => is_sitting(sitting) && is_item(item),
        F::ItemMarked { item, sitting, .. } => is_item(item) && maybe(sitting, &is_sitting),
        F::ItemChanged { item, .. } => is_item(item),
        F::RoundOpened { sitting, item, .. }
        | F::ConsentOpened { sitting, item, .. }
        | F::ActionAdded { sitting, item, .. }
        | F::Remarked { sitting, item, .. } => maybe(sitting, &is_sitting) && maybe(item, &is_item),
        F::QueueLeft { entry } | F::QueueTaken { entry } => is_entry(entry),
        F::RoundTaken { round, .. } | F::RoundClosed { round } => {
            matches!(said(round), Some(F::RoundOpened { .. }))
        }
        F::CheckAnswered { check, .. } | F::CheckClosed { check, .. } => {
            matches!(said(check), Some(F::CheckOpened { .. }))
        }
        F::ConsentReworded { round, .. }
        | F::ConsentAnswered { round, .. }
        | F::ConsentClosed { round, .. } => {
            matches!(said(round), Some(F::ConsentOpened { .. }))
        }
        F::Corrected { remark, .. } => matches!(said(remark), Some(F::Remarked { .. })),
        F::ActionOffered { action, .. }
        | F::ActionAnswered { action, .. }
        | F::ActionMarked { action, .. } => is_action(action),
        _ => true,
    }
}
