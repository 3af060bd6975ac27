//! Meetings and roles: what each command does, and which meeting, role, person or thing is meant.
//!
//! Owns the way from words to ids. What an act needs and what it comes to is moot-notebook's; how a meeting is shown stands in
//! `showing`.

mod acting;
mod adding;
mod fairness;
mod inbox;
mod meant;
mod offering;
mod settling;
mod showing;

use std::collections::BTreeSet;

use moot_log::storage::Space;
use moot_notebook::{
    ActorId, Carried, DocId, DueReview, GroupState, MeetingState, Occasion, PersonId, Suggestion,
    Tally, Traces, Turn, Version, group_state, meeting_reviews, meeting_state, room_for,
};

use crate::command::MeetingCommand;
use crate::commands::notes::timestamp;
use crate::docs::fold_title;
use crate::docs::meeting::{Sort, occasion_prefix, order, trace_prefix};
use crate::fault::{Outcome, not_found, usage};
use crate::notebook::{Notebook, Random};
use crate::reply::meeting::{MeetingRow, PolicyView, ReviewRow, SuggestionRow, Suggestions};
use crate::reply::{Named, Reply, TitleChoice};
use crate::rows::{LINK_MEETING, MeetingRow as KeptMeeting, TitleRow};
use crate::tx::Tx;

use self::showing::{Beside, Showing};

/// A meeting, loaded.
pub(crate) struct Meeting {
    pub(crate) doc: DocId,
    pub(crate) state: MeetingState,
    pub(crate) version: [u8; 32],
    /// For how many more facts of this person it has room.
    pub(crate) room: usize,
}

impl Notebook {
    /// Does a command about meetings.
    pub(crate) fn on_meetings(
        &mut self,
        command: MeetingCommand,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        match command {
            MeetingCommand::New(new) => self.meeting_new(new, rng, tx),
            MeetingCommand::List => self.meeting_list(tx),
            MeetingCommand::Show { meeting } => self.meeting_show(&meeting, tx),
            MeetingCommand::Minutes { meeting } => self.meeting_minutes(&meeting, tx),
            MeetingCommand::Suggest { meeting, role } => self.role_suggest(&meeting, &role, tx),
            MeetingCommand::Roles { meeting } => {
                let meeting = self.meeting(&meeting, tx)?;
                let carried = self.carried(&meeting, tx)?;
                Ok(Reply::Roles(self.showing(&meeting, &carried, tx).roles()))
            }
            MeetingCommand::Thing { id } => self.thing_show(&id, tx),
            MeetingCommand::Policy { role } => self.policy_show(&role, tx),
            MeetingCommand::Report { role } => self.fairness_show(&role, tx),
            MeetingCommand::Act { meeting, act } => self.meeting_act(&meeting, act, rng, tx),
            MeetingCommand::Add { meeting, acts } => self.meeting_add(&meeting, acts, rng, tx),
            MeetingCommand::Answer { id, answer } => self.meeting_answer(&id, answer, rng, tx),
            MeetingCommand::Standing(standing) => self.stand(standing, rng, tx),
            MeetingCommand::Inbox => self.inbox(tx),
            MeetingCommand::Merged => self.merged_show(tx),
        }
    }

    fn meeting_list(&mut self, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let mut rows = Vec::new();
        for (key, row) in tx.rows::<KeptMeeting>(Space::Link, &self.id, &[LINK_MEETING])? {
            if let Some(doc) = key.last_chunk::<16>() {
                rows.push(meeting_row(DocId(*doc), row));
            }
        }
        rows.reverse();
        Ok(Reply::Meetings(rows))
    }

    fn meeting_show(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let meeting = self.meeting(text, tx)?;
        let carried = self.carried(&meeting, tx)?;
        let beside = Beside {
            alike: self.alike(&meeting, tx)?,
            reviews: self.reviews(&meeting, tx)?,
        };
        self.mark_read(meeting.doc, meeting.version, tx)?;
        let version = Version(meeting.version).to_string();
        let showing = self.showing(&meeting, &carried, tx);
        Ok(Reply::Meeting(Box::new(showing.view(beside, version))))
    }

    fn thing_show(&mut self, id: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (meeting, fact, sort) = self.thing(id, tx)?;
        let carried = Carried::default();
        let showing = self.showing(&meeting, &carried, tx);
        let state = &meeting.state;
        let reply = match sort {
            Sort::Consent => {
                let found = state.consents.iter().find(|one| one.id == fact);
                found.map(|one| Reply::Consent(Box::new(showing.consent(one))))
            }
            Sort::Round => {
                let found = state.rounds.iter().find(|one| one.id == fact);
                found.map(|one| Reply::Round(showing.round(one)))
            }
            Sort::Check => {
                let found = state.checks.iter().find(|one| one.id == fact);
                found.map(|one| Reply::Check(showing.check(one)))
            }
            Sort::Item | Sort::Offer | Sort::Action | Sort::Remark | Sort::Contest => None,
        };
        reply.ok_or_else(|| {
            usage(
                format!("{id:?} is {}", sort.with_article()),
                "`moot meeting show MEETING` shows it.",
            )
        })
    }

    fn role_suggest(&mut self, text: &str, role: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let meeting = self.meeting(text, tx)?;
        let role = self.role_meant(&meeting, role)?;
        let rota = self.rota(&meeting, &role, tx)?;
        let rhythm = self.group(tx)?.wishes.policy(&role).rhythm;
        let row = |person: &PersonId, part: &str, reason: String| SuggestionRow {
            person: person.to_string(),
            name: self.name_of_person(person),
            reason,
            part: part.to_owned(),
        };
        Ok(Reply::Suggestions(Suggestions {
            suggested: rota
                .suggested
                .iter()
                .map(|one| row(&one.person, one.part.word(), one.reason.words(&role)))
                .collect(),
            per: rhythm.word().to_owned(),
            left_out: rota
                .left_out
                .iter()
                .map(|one| row(&one.person, "", one.reason.words(&role)))
                .collect(),
        }))
    }

    /// Whom the rota suggests for a role of a meeting.
    fn rota(
        &mut self,
        meeting: &Meeting,
        role: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<moot_notebook::Rota> {
        let turn = Turn::of(self.rota_seed(), meeting.doc, &meeting.state, role);
        let tally = Tally::of(&self.occasions(role, tx)?, role, turn.key);
        let people = self.people_here();
        let wishes = self.group(tx)?.wishes;
        Ok(tally.suggest(&people, &wishes, &turn))
    }

    /// The suggestion for one person, where there is one: it goes along with an offer, as the answer to "why me?".
    fn suggestion_for(
        &mut self,
        meeting: &Meeting,
        role: &str,
        person: &PersonId,
        tx: &mut Tx<'_>,
    ) -> Outcome<Option<Suggestion>> {
        let rota = self.rota(meeting, role, tx)?;
        Ok(rota.suggested.into_iter().find(|one| one.person == *person))
    }

    fn policy_show(&mut self, role: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let group = self.group(tx)?;
        let role = &*self.as_written(role, &group, tx)?;
        let wishes = group.wishes;
        let policy = wishes.policy(role);
        let slot = wishes
            .policies
            .iter()
            .find(|(name, _)| name.as_str() == role);
        let competing = slot.filter(|(_, slot)| slot.is_contested());
        Ok(Reply::Policy(PolicyView {
            role: role.to_owned(),
            per: policy.rhythm.word().to_owned(),
            gap: policy.gap,
            shadowing: policy.shadowing.word().to_owned(),
            auto_offer: policy.auto_offer.word().to_owned(),
            review: policy.review_ms.map(timestamp),
            due: policy.review_ms.is_some_and(|day| day <= tx.now.wall_ms),
            competing: competing
                .iter()
                .flat_map(|(_, slot)| &slot.values)
                .map(|value| TitleChoice {
                    title: self.seen(|eyes| eyes.policy(&value.value)),
                    by: self.names_of_persons(&value.by).join(", "),
                })
                .collect(),
        }))
    }

    // What a meeting is seen with.

    fn showing<'a>(
        &'a self,
        meeting: &'a Meeting,
        carried: &'a Carried,
        tx: &Tx<'_>,
    ) -> Showing<'a> {
        Showing {
            notebook: self,
            meeting,
            carried,
            now_ms: tx.now.wall_ms,
        }
    }

    /// A meeting with everything that has arrived of it.
    pub(super) fn load_meeting(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<Meeting> {
        let facts = self.fresh(doc, tx)?.document.facts().clone();
        let version = self.fresh(doc, tx)?.document.version().0;
        let attribution = |actor: &ActorId| self.author_of(actor);
        Ok(Meeting {
            doc,
            state: meeting_state(&facts, &attribution, tx.now.wall_ms),
            room: room_for(&facts, &attribution, self.myself()),
            version,
        })
    }

    /// What the document about the group says.
    pub(super) fn group(&mut self, tx: &mut Tx<'_>) -> Outcome<GroupState> {
        let doc = self.group_doc();
        let facts = self.fresh(doc, tx)?.document.facts().clone();
        let attribution = |actor: &ActorId| self.author_of(actor);
        Ok(group_state(&facts, &attribution, tx.now.wall_ms))
    }

    /// What the earlier meetings of its series leave to a meeting.
    pub(super) fn carried(&self, meeting: &Meeting, tx: &Tx<'_>) -> Outcome<Carried> {
        let series = meeting.state.series.shown().map(|name| name.as_str());
        let prefix = trace_prefix(series);
        let own = order(meeting.doc, &meeting.state);
        let mut earlier = Vec::new();
        for (key, value) in tx.scan(Space::Link, &self.id, &prefix)? {
            let place = &key[prefix.len()..];
            if place >= own.as_slice() {
                break;
            }
            if let (Some(doc), Some(traces)) = (place.last_chunk::<16>(), Traces::decode(&value)) {
                earlier.push((DocId(*doc), traces));
            }
        }
        let earlier = earlier.iter().map(|(doc, traces)| (*doc, traces));
        Ok(Carried::from_earlier(earlier))
    }

    fn occasions(&self, role: &str, tx: &Tx<'_>) -> Outcome<Vec<Occasion>> {
        let rows = tx.scan(Space::Link, &self.id, &occasion_prefix(role))?;
        let read = rows.iter().filter_map(|(_, row)| Occasion::decode(row));
        Ok(read.filter(|occasion| occasion.role == role).collect())
    }

    /// The policies that the meeting has reason to look at again.
    fn reviews(&mut self, meeting: &Meeting, tx: &mut Tx<'_>) -> Outcome<Vec<ReviewRow>> {
        let wishes = self.group(tx)?.wishes;
        let due = meeting_reviews(&meeting.state, &wishes, tx.now.wall_ms);
        let row = |due: DueReview| ReviewRow {
            role: due.role.to_string(),
            since: timestamp(due.since_ms),
        };
        Ok(due.into_iter().map(row).collect())
    }

    /// Other meetings of the same title in which people sit at this moment. All meetings of a series may bear one title, so the
    /// rows are asked and not the documents.
    fn alike(&self, meeting: &Meeting, tx: &Tx<'_>) -> Outcome<Vec<Named>> {
        let sitting = |phase: &str| phase == "sitting" || phase == "wrapping";
        if !sitting(meeting.state.phase().word()) {
            return Ok(Vec::new());
        }
        let titles = meeting.state.title.values.iter();
        let titles: BTreeSet<String> = titles.map(|title| fold_title(&title.value)).collect();
        let mut alike = Vec::new();
        for (key, row) in tx.rows::<KeptMeeting>(Space::Link, &self.id, &[LINK_MEETING])? {
            let Some(doc) = key.last_chunk::<16>().map(|doc| DocId(*doc)) else {
                continue;
            };
            let mut borne = row.titles.iter();
            let same = borne.any(|title| titles.contains(&fold_title(&title.text)));
            if doc != meeting.doc && sitting(&row.phase) && same {
                alike.push(Named {
                    id: doc.to_string(),
                    name: first_title(&row.titles),
                });
            }
        }
        Ok(alike)
    }

    /// Those who could be asked at all: members who have not left.
    pub(super) fn people_here(&self) -> BTreeSet<PersonId> {
        let people = self.roster.persons();
        people
            .filter(|person| person.state == moot_group::roster::PersonState::Joined)
            .map(|person| PersonId(person.id.0.0))
            .collect()
    }

    pub(in crate::commands) fn name_of_person(&self, person: &PersonId) -> String {
        self.name_of(&crate::rows::Person(person.0))
    }

    pub(super) fn names_of_persons(&self, persons: &BTreeSet<PersonId>) -> Vec<String> {
        persons.iter().map(|one| self.name_of_person(one)).collect()
    }

    /// What breaks ties in the rota: the notebook's id, as wide as the rota takes it.
    fn rota_seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&self.id.0);
        seed
    }
}

fn meeting_row(doc: DocId, row: KeptMeeting) -> MeetingRow {
    MeetingRow {
        id: doc.to_string(),
        title: first_title(&row.titles),
        state: row.phase,
        at: row.at_ms.map(timestamp),
        zone: row.zone,
        series: row.series,
    }
}

fn first_title(titles: &[TitleRow]) -> String {
    titles
        .first()
        .map(|title| title.text.clone())
        .unwrap_or_default()
}

/// Nothing of that sort is called so.
fn no_such(what: &str, text: &str, hint: impl Into<String>) -> crate::fault::Fault {
    not_found(format!("there is no {what} {text:?} here"), hint)
}
