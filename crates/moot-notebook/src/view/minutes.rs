//! Minutes as Markdown, at any time, whether or not anybody ended anything. Owns what they look like; the same facts and
//! names give the same bytes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Eyes;
use crate::fact::meeting::{Attendance, Record, RoundTurn, Warmth};
use crate::fact::role::Part;
use crate::id::{FactId, PersonId};
use crate::meeting::{AgendaRow, Carried, Consent, MeetingState, Remark, Sitting};

/// What a person is called in minutes that leave their name out.
const UNNAMED: &str = "someone";

/// The minutes. `body` is the text that all write in, and stands at the end.
#[must_use]
pub fn minutes_markdown(
    meeting: &MeetingState,
    carried: &Carried,
    body: &str,
    eyes: Eyes<'_>,
) -> String {
    let mut page = Page {
        meeting,
        agenda: meeting.agenda(carried),
        eyes,
        text: String::new(),
    };
    page.head();
    for sitting in &meeting.sittings {
        page.sitting(sitting);
    }
    page.apart();
    page.decisions();
    page.actions(carried);
    if !body.trim().is_empty() {
        page.line("## Notes\n");
        page.line(body.trim_end());
    }
    page.text
}

/// The letter of a sitting: A for the first by id.
fn letter(meeting: &MeetingState, sitting: FactId) -> char {
    let at = meeting.sittings.iter().position(|one| one.id == sitting);
    at.and_then(|at| ('A'..='Z').nth(at)).unwrap_or('?')
}

struct Page<'p> {
    meeting: &'p MeetingState,
    agenda: Vec<AgendaRow>,
    eyes: Eyes<'p>,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A point in a list; what it says may have several lines.
    fn point(&mut self, text: &str) {
        let indented = text.replace('\n', "\n  ");
        let _ = writeln!(self.text, "- {indented}");
    }

    /// The same on every machine: in the zone in which people chose the meeting's time.
    fn time(&self, at_ms: i64) -> String {
        let zone = self.meeting.schedule.shown().map(|at| at.zone.as_str());
        (self.eyes.time_of)(at_ms, zone.unwrap_or("UTC"))
    }

    fn name(&self, person: PersonId) -> String {
        if self.meeting.unnamed.contains(&person) {
            UNNAMED.to_owned()
        } else {
            (self.eyes.name_of)(person)
        }
    }

    fn names<'n>(&self, people: impl IntoIterator<Item = &'n PersonId>) -> String {
        let mut names: Vec<String> = people.into_iter().map(|one| self.name(*one)).collect();
        names.sort();
        if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        }
    }

    fn head(&mut self) {
        let titles: Vec<&str> = self
            .meeting
            .title
            .values
            .iter()
            .map(|value| value.value.as_str())
            .collect();
        let title = titles.join(" / ");
        self.line(&format!("# {title}\n"));
        if let Some(purpose) = self.meeting.purpose.shown() {
            self.line(&format!("{purpose}\n"));
        }
        // Times that compete are all told: none of them is chosen by being told alone.
        let times = self.meeting.schedule.values.iter();
        let times: Vec<String> = times
            .map(|at| (self.eyes.time_of)(at.value.at_ms, at.value.zone.as_str()))
            .collect();
        if !times.is_empty() {
            self.point(&format!("Time: {}", times.join(" / ")));
        }
        self.point(&format!("State: {}", self.meeting.phase().word()));
        let regrets = |own: &crate::meeting::Attended| own.regrets();
        let people = &self.meeting.attendance;
        let away: BTreeSet<PersonId> = people
            .iter()
            .filter(|(_, own)| regrets(own))
            .map(|(person, _)| *person)
            .collect();
        let present = self.meeting.present();
        self.point(&format!("Present: {}", self.names(&present)));
        if !away.is_empty() {
            self.point(&format!("Regrets: {}", self.names(&away)));
        }
        let roles: Vec<String> = self
            .meeting
            .roles
            .0
            .iter()
            .filter(|(_, role)| role.listed || !role.holders().is_empty())
            .map(|(name, role)| match role.holders() {
                held if held.is_empty() => format!("{name}: vacant"),
                held => format!("{name}: {}", self.names(&held)),
            })
            .collect();
        for role in roles {
            self.point(&role);
        }
        self.line("");
    }

    fn sitting(&mut self, sitting: &Sitting) {
        let from = self.time(sitting.at_ms);
        let until = sitting.closed_at_ms.map(|at_ms| self.time(at_ms));
        let span = until.map_or(from.clone(), |until| format!("{from} to {until}"));
        let heading = if self.meeting.sittings.len() > 1 {
            format!("## Sitting {}: {span}\n", letter(self.meeting, sitting.id))
        } else {
            format!("## Sitting: {span}\n")
        };
        self.line(&heading);
        let here = |own: &crate::meeting::Attended| {
            let status = own.sittings.get(&sitting.id);
            matches!(status, Some(Attendance::Present | Attendance::Left))
        };
        let present: BTreeSet<PersonId> = self
            .meeting
            .attendance
            .iter()
            .filter(|(_, own)| here(own))
            .map(|(person, _)| *person)
            .collect();
        self.point(&format!("Present: {}", self.names(&present)));
        for held in self.held_in(sitting) {
            self.point(&held);
        }
        self.line("");
        let reached = sitting.steps.iter().filter_map(|step| step.to).collect();
        self.items(reached, Some(sitting.id));
        self.remarks("Besides", Some(sitting.id), None);
    }

    /// For each role who held it in a sitting, one after the other; from when and till when, where that was within it.
    fn held_in(&self, sitting: &Sitting) -> Vec<String> {
        let before_end = |at_ms: i64| sitting.closed_at_ms.is_none_or(|closed| at_ms <= closed);
        let mut lines = Vec::new();
        for (name, role) in &self.meeting.roles.0 {
            let holders = role.holdings.iter().filter(|held| {
                let here = held.sittings.contains(&sitting.id) && before_end(held.at_ms);
                here && held.part == Part::Holder
            });
            let holders = holders.map(|held| {
                let mut words = self.name(held.person);
                if held.at_ms > sitting.at_ms {
                    let _ = write!(words, " from {}", self.time(held.at_ms));
                }
                if let Some(end) = held.ended_ms.filter(|end| before_end(*end)) {
                    let _ = write!(words, " until {}", self.time(end));
                }
                words
            });
            let holders: Vec<String> = holders.collect();
            if !holders.is_empty() {
                lines.push(format!("{name}: {}", holders.join(", then ")));
            }
        }
        lines
    }

    /// What was said before, between and after sittings.
    fn apart(&mut self) {
        let start = self.text.len();
        self.items(Vec::new(), None);
        self.remarks("", None, None);
        if self.text.len() > start {
            self.text.insert_str(start, "## Outside of sittings\n\n");
        }
    }

    /// The items that were reached, and those that something was said about without.
    fn items(&mut self, reached: Vec<FactId>, sitting: Option<FactId>) {
        let remarks = self.meeting.remarks.iter();
        let spoken = remarks
            .filter(|remark| remark.record == Record::On && remark.sitting == sitting)
            .filter_map(|remark| remark.item);
        let rounds = self
            .meeting
            .rounds
            .iter()
            .filter(|round| round.sitting == sitting);
        let all: Vec<FactId> = reached
            .into_iter()
            .chain(spoken)
            .chain(rounds.filter_map(|round| round.item))
            .collect();
        let mut seen = BTreeSet::new();
        for item in all {
            if seen.insert(item) {
                self.item(item, sitting);
            }
        }
    }

    fn item(&mut self, item: FactId, sitting: Option<FactId>) {
        let row = self.agenda.iter().find(|row| row.id == item);
        let heading = match row {
            Some(row) => format!(
                "### {} ({}): {}{}\n",
                row.text,
                row.kind.word(),
                row.standing.word(),
                self.discussed(row)
            ),
            None => "### An item that was taken off\n".to_owned(),
        };
        self.line(&heading);
        self.remarks("", sitting, Some(item));
    }

    /// Of several sittings, those that discussed an item.
    fn discussed(&self, row: &AgendaRow) -> String {
        if self.meeting.sittings.len() < 2 || row.discussed_in.is_empty() {
            return String::new();
        }
        let sittings = row.discussed_in.iter();
        let letters: Vec<String> = sittings
            .map(|sitting| letter(self.meeting, *sitting).to_string())
            .collect();
        format!(", discussed in {}", letters.join(" and "))
    }

    /// The remarks on an item in a sitting; those on no item come under a heading of their own.
    fn remarks(&mut self, heading: &str, sitting: Option<FactId>, item: Option<FactId>) {
        let on_record = |remark: &&Remark| {
            remark.record == Record::On && remark.sitting == sitting && remark.item == item
        };
        let points: Vec<String> = self
            .meeting
            .remarks
            .iter()
            .filter(on_record)
            .map(|remark| {
                let texts: Vec<&str> = remark
                    .text
                    .values
                    .iter()
                    .map(|value| value.value.as_str())
                    .collect();
                let corrected = if remark.corrected() {
                    " (corrected)"
                } else {
                    ""
                };
                format!(
                    "{}: {}{corrected}",
                    self.names(&remark.by),
                    texts.join(" / ")
                )
            })
            .chain(self.rounds(sitting, item))
            .chain(self.checks(sitting, item))
            .collect();
        if points.is_empty() {
            return;
        }
        if !heading.is_empty() {
            self.line(&format!("### {heading}\n"));
        }
        for point in points {
            self.point(&point);
        }
        self.line("");
    }

    fn rounds(&self, sitting: Option<FactId>, item: Option<FactId>) -> Vec<String> {
        let here = |round: &&crate::meeting::Round| round.sitting == sitting && round.item == item;
        let mut points = Vec::new();
        for round in self.meeting.rounds.iter().filter(here) {
            points.push(format!("{}: {}", round.kind.word(), round.text));
            for person in round.order(&round.turns.keys().copied().collect()) {
                let Some(taken) = round.turns.get(&person) else {
                    continue;
                };
                let what = match (&taken.text, taken.turn) {
                    (Some(text), _) => text.as_str().to_owned(),
                    (None, RoundTurn::Passed) => "passed".to_owned(),
                    (None, RoundTurn::Spoke) => "spoke".to_owned(),
                };
                points.push(format!("{}: {what}", self.name(person)));
            }
        }
        points
    }

    /// Nothing is left of a check but what somebody kept, and no names.
    fn checks(&self, sitting: Option<FactId>, item: Option<FactId>) -> Vec<String> {
        let kept = |check: &&crate::meeting::Check| {
            check.kept && check.sitting == sitting && item.is_none()
        };
        let show = |check: &crate::meeting::Check| {
            let counts: Vec<String> = Warmth::ALL
                .iter()
                .zip(check.counts())
                .map(|(word, count)| format!("{} {count}", word.word()))
                .collect();
            format!("Temperature: {} ({})", check.statement, counts.join(", "))
        };
        self.meeting.checks.iter().filter(kept).map(show).collect()
    }

    fn decisions(&mut self) {
        if self.meeting.consents.is_empty() {
            return;
        }
        self.line("## Decisions\n");
        for consent in &self.meeting.consents {
            let (stands, text) = consent.words();
            let spoken = self.spoken(consent);
            self.point(&format!("{}: {text}{spoken}", consent.state.word()));
            for given in &consent.positions {
                let older = if given.version == stands {
                    ""
                } else {
                    " (on another wording)"
                };
                let reason = given
                    .reason
                    .as_ref()
                    .map(|reason| format!(": {}", reason.as_str().replace('\n', "\n    ")))
                    .unwrap_or_default();
                let name = self.name(given.by);
                let _ = writeln!(
                    self.text,
                    "  - {name}, {}{older}{reason}",
                    given.position.word()
                );
            }
            if let Some((_, other)) = consent.reworded() {
                let other = other.replace('\n', "\n    ");
                let _ = writeln!(self.text, "  - worded otherwise, and not adopted: {other}");
            }
        }
        self.line("");
    }

    /// How many of those who were members when the sitting was opened took a position: it decides nothing here.
    fn spoken(&self, consent: &Consent) -> String {
        let sitting = consent.sitting.and_then(|id| self.meeting.sitting(id));
        sitting.map_or_else(String::new, |sitting| {
            let quorum = consent.quorum(&sitting.members);
            format!(" ({} of {} have spoken)", quorum.positions, quorum.members)
        })
    }

    fn actions(&mut self, carried: &Carried) {
        let rows = self.meeting.actions_with(carried);
        if rows.is_empty() {
            return;
        }
        self.line("## Actions\n");
        for row in rows {
            let who = match (row.owners.is_empty(), row.asked.is_empty()) {
                (false, _) => self.names(&row.owners),
                (true, false) => format!("unowned; asked: {}", self.names(&row.asked)),
                (true, true) => "unowned".to_owned(),
            };
            self.point(&format!("{} ({who}; {})", row.text, row.state.word()));
        }
        self.line("");
    }
}
