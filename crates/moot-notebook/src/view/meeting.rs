//! A meeting at a glance: the rows that a screen or a script gets. Owns their fields, which others rely on.

use std::collections::BTreeSet;

use super::Eyes;
use crate::fact::meeting::Attendance;
use crate::id::{DocId, FactId, PersonId};
use crate::meeting::{Attended, Carried, Consent, EntryState, MeetingState, Sitting};
use crate::state::{Offer, Role};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingView {
    /// The document.
    pub id: DocId,
    /// Its title; all of them, while they compete.
    pub title: String,
    /// What it is for: the older, while purposes compete.
    pub purpose: String,
    /// How far it has come.
    pub state: &'static str,
    /// When it is to be, in UTC, and in which zone that was chosen.
    pub schedule: Option<(i64, String)>,
    /// The series it belongs to, if that has a name.
    pub series: Option<String>,
    /// Its gatherings.
    pub sittings: Vec<SittingView>,
    /// Its agenda, what was carried into it included.
    pub agenda: Vec<AgendaView>,
    /// Its roles.
    pub roles: Vec<RoleView>,
    /// Who says what of their attendance.
    pub attendance: Vec<AttendanceView>,
    /// What is to be done, what was carried into it included.
    pub actions: Vec<ActionView>,
    /// Its consent rounds.
    pub consents: Vec<ConsentView>,
    /// What competes and waits to be settled: any of the facts, and what it is about.
    pub unsettled: Vec<(FactId, String)>,
    /// Facts that do not count.
    pub ignored: usize,
    /// Facts that a newer program wrote.
    pub newer: usize,
}

/// One gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SittingView {
    /// Its id.
    pub id: FactId,
    /// A letter to call it by, where there are several.
    pub letter: char,
    /// "open", "probably over" or "closed".
    pub state: &'static str,
    /// When it was opened.
    pub opened_ms: i64,
    /// When it was closed.
    pub closed_ms: Option<i64>,
    /// The item being spoken of.
    pub current: Option<FactId>,
    /// The start of that item's time, and its minutes.
    pub timebox: Option<(i64, u32)>,
    /// Where others stepped to at the same moment.
    pub rivals: BTreeSet<FactId>,
    /// Who waits for the floor: entry, person, kind, note.
    pub queue: Vec<(FactId, PersonId, &'static str, Option<String>)>,
    /// How many of the members at its opening are, or were, here.
    pub quorum: (usize, usize),
}

/// One line of the agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaView {
    /// The item.
    pub id: FactId,
    /// Its words.
    pub text: String,
    /// Its minutes.
    pub minutes: Option<u32>,
    /// What it is for.
    pub kind: &'static str,
    /// How it stands.
    pub state: &'static str,
    /// The meeting it was carried from.
    pub from: Option<DocId>,
    /// The letters of the sittings that discussed it.
    pub discussed_in: Vec<char>,
}

/// One offer of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// The offer.
    pub id: FactId,
    /// Who is asked.
    pub to: PersonId,
    /// What the offer is.
    pub kind: &'static str,
    /// What became of it.
    pub state: &'static str,
    /// Why this person was suggested.
    pub reason: Option<String>,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// Its name.
    pub role: String,
    /// How it stands: vacant, offered, held, co-held.
    pub state: &'static str,
    /// Who holds it.
    pub holders: BTreeSet<PersonId>,
    /// Who is at their side.
    pub shadows: BTreeSet<PersonId>,
    /// Who said yes while somebody else opened it.
    pub nominees: BTreeSet<PersonId>,
    /// Its offers.
    pub offers: Vec<OfferView>,
    /// Whether its being held by several is to be settled.
    pub unsettled: bool,
    /// Whether it is open to be given anew.
    pub open: bool,
    /// What the last holders left for the next: by whom, and the note.
    pub notes: Vec<(BTreeSet<PersonId>, String)>,
}

/// What one person says of their attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceView {
    /// Who.
    pub person: PersonId,
    /// What: the latest of what they say about sittings, else about the meeting.
    pub state: &'static str,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionView {
    /// The action.
    pub id: FactId,
    /// What is to be done.
    pub text: String,
    /// "open", "done" or "dropped".
    pub state: &'static str,
    /// Who said yes. Nobody: it is unowned, and shown so.
    pub owners: BTreeSet<PersonId>,
    /// Who was asked and has not answered.
    pub asked: BTreeSet<PersonId>,
    /// The meeting it was carried from.
    pub from: Option<DocId>,
}

/// One position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionView {
    /// Who.
    pub by: PersonId,
    /// The position.
    pub answer: &'static str,
    /// Why.
    pub reason: Option<String>,
    /// On which version.
    pub version: [u8; 32],
    /// Whether that version still stands.
    pub stands: bool,
}

/// One consent round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentView {
    /// The round.
    pub id: FactId,
    /// The text that stands.
    pub text: String,
    /// Its version.
    pub version: [u8; 32],
    /// How it stands.
    pub state: &'static str,
    /// The positions people hold.
    pub answers: Vec<PositionView>,
    /// Who objects, or asks to hold, and was not heard by the closer.
    pub unheard: BTreeSet<PersonId>,
}

/// Quiet for so long, a sitting is probably over.
const QUIET_MS: i64 = 2 * 60 * 60 * 1_000;

/// Shows a meeting, as of `now_ms`.
#[must_use]
pub fn meeting_view(
    id: DocId,
    meeting: &MeetingState,
    carried: &Carried,
    now_ms: i64,
) -> MeetingView {
    let all = |values: &[crate::state::SlotValue<String>]| {
        let texts: Vec<&str> = values.iter().map(|value| value.value.as_str()).collect();
        texts.join(" / ")
    };
    let schedule = meeting.schedule.shown();
    MeetingView {
        id,
        title: all(&meeting.title.values),
        purpose: meeting.purpose.shown().cloned().unwrap_or_default(),
        state: meeting.phase().word(),
        schedule: schedule.map(|one| (one.at_ms, one.zone.as_str().to_owned())),
        series: meeting.series.shown().map(|name| name.as_str().to_owned()),
        sittings: sittings(meeting, carried, now_ms),
        agenda: agenda(meeting, carried),
        roles: roles(meeting, carried),
        attendance: attendance(meeting),
        actions: actions(meeting, carried),
        consents: meeting.consents.iter().map(consent_view).collect(),
        unsettled: super::inbox::unsettled(meeting),
        ignored: meeting.ignored.len(),
        newer: meeting.newer.len(),
    }
}

/// The letter of a sitting: A for the first by id.
pub(super) fn letter(meeting: &MeetingState, sitting: FactId) -> char {
    let at = meeting.sittings.iter().position(|one| one.id == sitting);
    let letters = 'A'..='Z';
    at.and_then(|at| letters.clone().nth(at)).unwrap_or('?')
}

fn sittings(meeting: &MeetingState, carried: &Carried, now_ms: i64) -> Vec<SittingView> {
    let agenda = meeting.agenda(carried);
    let minutes = |sitting: &Sitting, item: FactId| {
        let asked = agenda
            .iter()
            .find(|row| row.id == item)
            .and_then(|row| row.minutes);
        sitting.extended.get(&item).copied().or(asked)
    };
    let show = |sitting: &Sitting| {
        let quiet = now_ms.saturating_sub(sitting.last_ms) >= QUIET_MS;
        let timebox = sitting
            .current
            .and_then(|item| Some((sitting.current_since_ms?, minutes(sitting, item)?)));
        let waiting = |entry: &&crate::meeting::QueueEntry| entry.state == EntryState::Waiting;
        let queue = sitting.queue.iter().filter(waiting).filter_map(|entry| {
            let by = *entry.by.first()?;
            let note = entry.note.as_ref().map(|note| note.as_str().to_owned());
            Some((entry.id, by, entry.kind.word(), note))
        });
        let here = |person: &&PersonId| {
            let own = meeting.attendance.get(person);
            own.is_some_and(|own| {
                let status = own.sittings.get(&sitting.id);
                matches!(status, Some(Attendance::Present | Attendance::Left))
            })
        };
        SittingView {
            id: sitting.id,
            letter: letter(meeting, sitting.id),
            state: match (sitting.is_open(), quiet) {
                (true, false) => "open",
                (true, true) => "probably over",
                (false, _) => "closed",
            },
            opened_ms: sitting.at_ms,
            closed_ms: sitting.closed_at_ms,
            current: sitting.current,
            timebox,
            rivals: sitting.rivals.clone(),
            queue: queue.collect(),
            quorum: (
                sitting.members.iter().filter(here).count(),
                sitting.members.len(),
            ),
        }
    };
    meeting.sittings.iter().map(show).collect()
}

fn agenda(meeting: &MeetingState, carried: &Carried) -> Vec<AgendaView> {
    let rows = meeting.agenda(carried).into_iter();
    rows.map(|row| AgendaView {
        id: row.id,
        text: row.text,
        minutes: row.minutes,
        kind: row.kind.word(),
        state: row.standing.word(),
        from: row.from,
        discussed_in: row
            .discussed_in
            .iter()
            .map(|sitting| letter(meeting, *sitting))
            .collect(),
    })
    .collect()
}

fn roles(meeting: &MeetingState, carried: &Carried) -> Vec<RoleView> {
    let offer = |offer: &Offer| OfferView {
        id: offer.id,
        to: offer.to,
        kind: offer.kind.word(),
        state: offer.state.word(),
        reason: offer
            .reason
            .as_ref()
            .map(|reason| reason.as_str().to_owned()),
    };
    let show = |(name, role): (&crate::fact::Line, &Role)| {
        let left = carried.notes.get(name.as_str());
        let left = left.map(|note| (note.by.clone(), note.text.clone()));
        let here = role
            .notes
            .iter()
            .map(|note| (note.by.clone(), note.text.as_str().to_owned()));
        RoleView {
            role: name.as_str().to_owned(),
            state: role.standing().word(),
            holders: role.holders(),
            shadows: role.shadows(),
            nominees: role.nominees(),
            offers: role.offers.iter().map(offer).collect(),
            unsettled: role.unsettled,
            open: role.open,
            notes: left.into_iter().chain(here).collect(),
        }
    };
    meeting.roles.0.iter().map(show).collect()
}

fn attendance(meeting: &MeetingState) -> Vec<AttendanceView> {
    let show = |(person, own): (&PersonId, &Attended)| {
        let state = own.sittings.values().next_back().copied().or(own.overall)?;
        Some(AttendanceView {
            person: *person,
            state: if own.came() && state == Attendance::Regrets {
                Attendance::Present.word()
            } else {
                state.word()
            },
        })
    };
    meeting.attendance.iter().filter_map(show).collect()
}

fn actions(meeting: &MeetingState, carried: &Carried) -> Vec<ActionView> {
    let rows = meeting.actions_with(carried).into_iter();
    rows.map(|row| ActionView {
        id: row.id,
        text: row.text,
        state: row.state.word(),
        owners: row.owners,
        asked: row.asked,
        from: row.from,
    })
    .collect()
}

/// Shows a consent round.
#[must_use]
pub fn consent_view(consent: &Consent) -> ConsentView {
    let version = consent.version();
    let position = |given: &crate::meeting::Given| PositionView {
        by: given.by,
        answer: given.position.word(),
        reason: given
            .reason
            .as_ref()
            .map(|reason| reason.as_str().to_owned()),
        version: given.version,
        stands: given.version == version,
    };
    ConsentView {
        id: consent.id,
        text: consent
            .text
            .shown()
            .map(|text| text.as_str().to_owned())
            .unwrap_or_default(),
        version,
        state: consent.state.word(),
        answers: consent.positions.iter().map(position).collect(),
        unheard: consent.unheard.clone(),
    }
}

impl Eyes<'_> {
    /// Who holds a role, in words.
    #[must_use]
    pub fn holders(&self, role: &RoleView) -> String {
        if role.holders.is_empty() {
            return "vacant".to_owned();
        }
        self.names(&role.holders).join(" and ")
    }
}
