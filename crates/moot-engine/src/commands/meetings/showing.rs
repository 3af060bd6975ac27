//! A meeting as people see it: names for persons, times for milliseconds.
//!
//! Owns the way from the state of a meeting to what is answered. Decides nothing: what is true of a meeting is
//! moot-notebook's.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::DevicePk;
use moot_notebook::{
    ActionRow as OpenAction, AgendaRow, Carried, Check, Consent, Contest, EntryState, FactId,
    IgnoredWhy, Line, MeetingState, Offer, PersonId, Record, Role, Round, Sitting, Slot, Warmth,
    meeting_contests,
};

use super::Meeting;
use crate::commands::notes::timestamp;
use crate::notebook::Notebook;
use crate::reply::meeting::{
    ActionRow, AgendaItem, AttendanceRow, CheckView, ConsentAnswer, ConsentView, CurrentItem,
    MeetingView, NoteLeft, OfferRow, QueueRow, RemarkRow, ReviewRow, RoleRow, RoundView, SettleRow,
    SittingView, Spoken, TurnRow, WordCount, Wording,
};
use crate::reply::{Named, TitleChoice};

/// Everything that has to be known to show a meeting.
pub(super) struct Showing<'a> {
    pub(super) notebook: &'a Notebook,
    pub(super) meeting: &'a Meeting,
    pub(super) carried: &'a Carried,
    pub(super) now_ms: i64,
}

/// What is told of a meeting that does not stand in it.
pub(super) struct Beside {
    pub(super) alike: Vec<Named>,
    pub(super) reviews: Vec<ReviewRow>,
}

impl Showing<'_> {
    fn state(&self) -> &MeetingState {
        &self.meeting.state
    }

    fn name(&self, person: &PersonId) -> String {
        self.notebook
            .person_name(&moot_group::PersonId(DevicePk(person.0)))
    }

    pub(super) fn named(&self, person: &PersonId) -> Named {
        Named {
            id: person.to_string(),
            name: self.name(person),
        }
    }

    pub(super) fn names<'p>(&self, persons: impl IntoIterator<Item = &'p PersonId>) -> Vec<String> {
        let mut names: Vec<String> = persons.into_iter().map(|one| self.name(one)).collect();
        names.sort();
        names
    }

    fn choices<T: ToString>(&self, slot: &Slot<T>) -> Vec<TitleChoice> {
        if !slot.is_contested() {
            return Vec::new();
        }
        let choice = |value: &moot_notebook::SlotValue<T>| TitleChoice {
            title: value.value.to_string(),
            by: self.names(&value.by).join(", "),
        };
        slot.values.iter().map(choice).collect()
    }

    pub(super) fn view(&self, beside: Beside, version: String) -> MeetingView {
        let state = self.state();
        let schedule = state.schedule.shown();
        let agenda = state.agenda(self.carried);
        MeetingView {
            id: self.meeting.doc.to_string(),
            title: state.title.first().cloned().unwrap_or_default(),
            titles: self.choices(&state.title),
            purpose: state.purpose.shown().cloned().unwrap_or_default(),
            purposes: self.choices(&state.purpose),
            state: state.phase().word().to_owned(),
            at: schedule.map(|schedule| timestamp(schedule.at_ms)),
            zone: schedule.map(|schedule| schedule.zone.to_string()),
            series: state.series.shown().map(Line::to_string),
            sittings: self.sittings(&agenda),
            agenda: agenda.iter().map(|row| self.item(row)).collect(),
            roles: self.roles(),
            attendance: self.attendance(),
            actions: self.actions(),
            consents: state.consents.iter().map(|one| self.consent(one)).collect(),
            rounds: state.rounds.iter().map(|one| self.round(one)).collect(),
            checks: state.checks.iter().map(|one| self.check(one)).collect(),
            remarks: self.remarks(),
            notes: self.notes(),
            to_settle: self.contests(),
            alike: beside.alike,
            reviews: beside.reviews,
            version,
            newer: state.newer.len() as u64,
            uncounted: state
                .ignored
                .iter()
                .filter(|one| one.why == IgnoredWhy::TooMany)
                .count() as u64,
        }
    }

    fn contests(&self) -> Vec<SettleRow> {
        let contests = meeting_contests(self.state());
        let row = |contest: &Contest| SettleRow {
            id: contest.id.to_string(),
            text: contest.about.clone(),
            choices: self.notebook.choices(contest),
            both: contest.both.is_some(),
        };
        contests.iter().map(row).collect()
    }

    fn sittings(&self, agenda: &[AgendaRow]) -> Vec<SittingView> {
        let rows: BTreeMap<FactId, &AgendaRow> = agenda.iter().map(|row| (row.id, row)).collect();
        let sittings: &[Sitting] = &self.state().sittings;
        sittings
            .iter()
            .map(|sitting| SittingView {
                id: sitting.id.to_string(),
                state: if sitting.is_open() { "open" } else { "closed" }.to_owned(),
                by: self.names(&sitting.by),
                opened: timestamp(sitting.at_ms),
                closed: sitting.closed_at_ms.map(timestamp),
                current: sitting.current.map(|id| {
                    let row = rows.get(&id);
                    let asked = row.and_then(|row| row.minutes);
                    CurrentItem {
                        id: id.to_string(),
                        text: row.map(|row| row.text.clone()).unwrap_or_default(),
                        since: sitting.current_since_ms.map(timestamp),
                        minutes: sitting.extended.get(&id).copied().max(asked),
                    }
                }),
                queue: self.queue(sitting),
                members: sitting.members.len() as u64,
                quiet: sitting.is_quiet(self.now_ms),
                rule: sitting.queue_rule().word().to_owned(),
            })
            .collect()
    }

    fn queue(&self, sitting: &Sitting) -> Vec<QueueRow> {
        let here = sitting.queue.iter();
        here.filter(|entry| entry.state != EntryState::Left)
            .map(|entry| QueueRow {
                id: entry.id.to_string(),
                by: self.names(&entry.by).join(", "),
                kind: entry.kind.word().to_owned(),
                note: entry.note.as_ref().map(Line::to_string),
                state: match entry.state {
                    EntryState::Taken => "taken",
                    EntryState::Waiting | EntryState::Left => "waiting",
                }
                .to_owned(),
            })
            .collect()
    }

    fn item(&self, row: &AgendaRow) -> AgendaItem {
        AgendaItem {
            id: row.id.to_string(),
            text: row.text.clone(),
            minutes: row.minutes,
            kind: row.kind.word().to_owned(),
            state: row.standing.word().to_owned(),
            by: self.names(&row.by),
            from: row.from.map(|from| from.to_string()),
            discussed_in: row.discussed_in.iter().map(FactId::to_string).collect(),
        }
    }

    /// The roles that the meeting has, and those of which somebody speaks all the same.
    pub(super) fn roles(&self) -> Vec<RoleRow> {
        let roles = self.state().roles.0.iter();
        let concerns = |role: &Role| role.listed || !role.holders().is_empty();
        roles
            .filter(|(_, role)| concerns(role))
            .map(|(name, role)| self.role(name, role))
            .collect()
    }

    fn role(&self, name: &Line, role: &Role) -> RoleRow {
        RoleRow {
            role: name.to_string(),
            state: role.standing().word().to_owned(),
            holders: self.names(&role.holders()),
            shadows: self.names(&role.shadows()),
            nominees: self.names(&role.nominees()),
            to_settle: role.unsettled,
            offers: role.offers.iter().map(|offer| self.offer(offer)).collect(),
        }
    }

    fn offer(&self, offer: &Offer) -> OfferRow {
        OfferRow {
            id: offer.id.to_string(),
            to: self.named(&offer.to),
            by: self.names(&offer.by),
            kind: offer.kind.word().to_owned(),
            state: offer.state.word().to_owned(),
            reason: offer.reason.as_ref().map(Line::to_string),
            until: offer.until_ms.map(timestamp),
            note: offer.note.as_ref().map(ToString::to_string),
        }
    }

    fn attendance(&self) -> Vec<AttendanceRow> {
        let mut rows: Vec<AttendanceRow> = self
            .state()
            .attendance
            .iter()
            .filter_map(|(person, own)| {
                Some(AttendanceRow {
                    person: self.named(person),
                    state: own.shown()?.word().to_owned(),
                })
            })
            .collect();
        rows.sort_by(|one, other| one.person.name.cmp(&other.person.name));
        rows
    }

    fn actions(&self) -> Vec<ActionRow> {
        let actions = self.state().actions_with(self.carried);
        actions.iter().map(|action| self.action(action)).collect()
    }

    fn action(&self, action: &OpenAction) -> ActionRow {
        ActionRow {
            id: action.id.to_string(),
            text: action.text.clone(),
            state: action.state.word().to_owned(),
            owners: self.names(&action.owners),
            asked: self.names(&action.asked),
            from: action.from.map(|from| from.to_string()),
        }
    }

    pub(super) fn consent(&self, consent: &Consent) -> ConsentView {
        let answers = consent.positions.iter().map(|given| ConsentAnswer {
            by: self.name(&given.by),
            answer: given.position.word().to_owned(),
            reason: given.reason.as_ref().map(ToString::to_string),
            version: hex(&given.version),
        });
        let (version, text) = consent.words();
        let sitting = consent.sitting.and_then(|id| self.state().sitting(id));
        ConsentView {
            id: consent.id.to_string(),
            text: text.to_owned(),
            version: hex(&version),
            state: consent.state.word().to_owned(),
            answers: answers.collect(),
            unheard: self.names(&consent.unheard),
            texts: self.choices(&consent.text),
            reworded: consent.reworded().map(|(version, text)| Wording {
                text: text.to_owned(),
                version: hex(&version),
            }),
            spoken: sitting.map(|sitting| {
                let quorum = consent.quorum(&sitting.members);
                Spoken {
                    positions: quorum.positions,
                    members: quorum.members,
                }
            }),
        }
    }

    pub(super) fn round(&self, round: &Round) -> RoundView {
        let turn = |(person, taken): (&PersonId, &moot_notebook::Taken)| TurnRow {
            by: self.name(person),
            turn: taken.turn.word().to_owned(),
            text: taken.text.as_ref().map(ToString::to_string),
        };
        let order = round.order(&self.state().present());
        let waiting = order
            .iter()
            .filter(|person| !round.turns.contains_key(person));
        RoundView {
            id: round.id.to_string(),
            kind: round.kind.word().to_owned(),
            text: round.text.to_string(),
            state: if round.closed { "closed" } else { "open" }.to_owned(),
            turns: round.turns.iter().map(turn).collect(),
            waiting: waiting.map(|person| self.name(person)).collect(),
        }
    }

    pub(super) fn check(&self, check: &Check) -> CheckView {
        let me = PersonId(self.notebook.me().0.0);
        let counts = Warmth::ALL.iter().zip(check.counts());
        CheckView {
            id: check.id.to_string(),
            text: check.statement.to_string(),
            state: if check.closed { "closed" } else { "open" }.to_owned(),
            counts: counts
                .map(|(word, count)| WordCount {
                    word: word.word().to_owned(),
                    count: count as u64,
                })
                .collect(),
            yours: check.answers.get(&me).map(|word| word.word().to_owned()),
        }
    }

    fn remarks(&self) -> Vec<RemarkRow> {
        let remarks = self.state().remarks.iter();
        remarks
            .map(|remark| RemarkRow {
                id: remark.id.to_string(),
                by: self.names(&remark.by),
                at: timestamp(remark.at_ms),
                text: remark
                    .text
                    .shown()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                off_record: remark.record == Record::Off,
                corrected: remark.corrected(),
            })
            .collect()
    }

    /// What was left at earlier meetings for the holders of this one's roles, and at this one.
    fn notes(&self) -> Vec<NoteLeft> {
        let mut notes: BTreeMap<String, NoteLeft> = BTreeMap::new();
        let left = |role: &str, by: &BTreeSet<PersonId>, text: &str| NoteLeft {
            role: role.to_owned(),
            by: self.names(by),
            text: text.to_owned(),
        };
        for (role, note) in &self.carried.notes {
            notes.insert(role.clone(), left(role, &note.by, &note.text));
        }
        for (role, here) in &self.state().roles.0 {
            if let Some(note) = here.notes.last() {
                let role = role.as_str();
                notes.insert(role.to_owned(), left(role, &note.by, note.text.as_str()));
            }
        }
        notes.into_values().collect()
    }
}

/// Bytes as text.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
