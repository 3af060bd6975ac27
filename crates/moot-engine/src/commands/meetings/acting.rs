//! Acts in a meeting: from what was asked to what moot-notebook checks, and the facts that come of it into the document.
//!
//! Owns which words stand for which ids. What may be done, and why not, is moot-notebook's.

use std::collections::BTreeSet;

use moot_notebook::{
    Act, ActError, ActErrorKind, ActionMark, AgendaRow, Answer as YesNo, Carried, CheckResult,
    DocId, Edit, FactBody, FactDraft, FactId, GroupAct, ItemMark, ItemPlace, ItemStanding,
    MeetingFact, Naming, NewMeeting, OfferKind, Part, PersonId, Record, RoleAct, RoundTurn,
    Situation, Terms, Willingness, act, consent_version, group_act, new_meeting, occasion_digest,
};

use super::meant::item;
use super::offering::leaves_a_gap;
use super::{Meeting, showing};
use crate::command::{self, CommandError, ErrorKind};
use crate::docs::meeting::Sort;
use crate::fault::{Fault, Outcome, refused, usage};
use crate::notebook::{Notebook, Random, WriteNow};
use crate::reply::meeting::Acted;
use crate::reply::{Named, Reply};
use crate::tx::Tx;

impl Notebook {
    pub(super) fn meeting_new(
        &mut self,
        new: command::NewMeeting,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let bodies = new_meeting(&NewMeeting {
            title: new.title.clone(),
            purpose: new.purpose,
            schedule: new.when.map(|when| (when.at_ms, when.zone)),
            series: new.series,
            roles: new.roles,
        })
        .map_err(refusal)?;
        let doc = self.new_doc_id(rng);
        self.write_facts(doc, BTreeSet::new(), bodies, rng, tx)?;
        self.offer_what_is_due(doc, rng, tx)?;
        let id = doc.to_string();
        Ok(Reply::Acted(Acted {
            meeting: Named {
                id: id.clone(),
                name: new.title.trim().to_owned(),
            },
            id: Some(id),
            version: None,
            changed: true,
            floor: None,
        }))
    }

    pub(super) fn meeting_act(
        &mut self,
        text: &str,
        wanted: command::Act,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let meeting = self.meeting(text, tx)?;
        let carried = self.carried(&meeting, tx)?;
        let offer = match &wanted {
            command::Act::AddAction {
                offer: Some(to), ..
            } => Some(self.person_meant(to)?),
            _ => None,
        };
        if wanted == command::Act::AgreeAgenda {
            return self.agree_agenda(&meeting, &carried, rng, tx);
        }
        let wanted = self.typed(&meeting, &carried, wanted, tx)?;
        let mut bodies = self.bodies(&meeting, &carried, wanted, tx)?;
        if let Some(to) = offer {
            if !self.people_here().contains(&to) {
                return Err(refusal(ActError::NotAMember));
            }
            // Which action it is about is known once that one is written.
            let action = FactId([0; 16]);
            bodies.push(FactBody::Meeting(MeetingFact::ActionOffered { action, to }));
        }
        self.do_in(&meeting, bodies, rng, tx)
    }

    /// Consent to the agenda: to everything on it that is only proposed.
    fn agree_agenda(
        &mut self,
        meeting: &Meeting,
        carried: &Carried,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let agenda = meeting.state.agenda(carried);
        let proposed = agenda
            .iter()
            .filter(|row| row.standing == ItemStanding::Proposed);
        let mut bodies = Vec::new();
        for row in proposed {
            let agreed = Act::MarkItem(row.id, ItemMark::Agreed);
            bodies.extend(self.bodies(meeting, carried, agreed, tx)?);
        }
        self.do_in(meeting, bodies, rng, tx)
    }

    pub(super) fn meeting_answer(
        &mut self,
        id: &str,
        answer: command::Answer,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (meeting, fact, sort) = self.thing(id, tx)?;
        // What an earlier meeting left is answered in the meeting that goes on with it.
        let carried = self.carried(&meeting, tx)?;
        let wanted = self.typed_answer(fact, sort, answer)?;
        let bodies = self.bodies(&meeting, &carried, wanted, tx)?;
        self.do_in(&meeting, bodies, rng, tx)
    }

    pub(super) fn stand(
        &mut self,
        standing: command::Standing,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let doc = self.group_doc();
        let group = self.group(tx)?;
        let wanted = match standing {
            command::Standing::OptOut { role, until_ms } => GroupAct::OptOut {
                role: self.as_written(&role, &group, tx)?,
                until_ms,
            },
            command::Standing::OptIn { role } => {
                GroupAct::OptIn(self.as_written(&role, &group, tx)?)
            }
            command::Standing::Ready { role } => {
                GroupAct::Ready(self.as_written(&role, &group, tx)?)
            }
            command::Standing::Policy {
                role,
                rhythm,
                gap,
                shadowing,
                auto_offer,
                review,
            } => {
                let role = self.as_written(&role, &group, tx)?;
                let mut policy = group.wishes.policy(&role);
                policy.rhythm = rhythm.unwrap_or(policy.rhythm);
                policy.gap = gap.unwrap_or(policy.gap);
                policy.shadowing = shadowing.unwrap_or(policy.shadowing);
                policy.auto_offer = auto_offer.unwrap_or(policy.auto_offer);
                policy.review_ms = match review {
                    Some(command::ReviewDay::From(at_ms)) => Some(at_ms),
                    Some(command::ReviewDay::Never) => None,
                    // The day stays, also one that has come: nobody reviews a policy by changing a number of it.
                    None => policy.review_ms,
                };
                GroupAct::SetPolicy(role, policy)
            }
            command::Standing::Zone { zone } => GroupAct::SetZone(known_zone(&zone)?),
        };
        let people = self.people_here();
        let body = group_act(&group, &people, tx.now.wall_ms, self.myself(), wanted);
        let after = self.fresh(doc, tx)?.document.fact_heads();
        let after = after.into_iter().collect();
        self.write_facts(doc, after, vec![body.map_err(refusal)?], rng, tx)?;
        Ok(Reply::Done)
    }

    /// This person, as documents know them.
    pub(super) fn myself(&self) -> PersonId {
        PersonId(self.me().0.0)
    }

    fn bodies(
        &self,
        meeting: &Meeting,
        carried: &Carried,
        wanted: Act,
        tx: &Tx<'_>,
    ) -> Outcome<Vec<FactBody>> {
        self.may_write()?;
        let people = self.people_here();
        let now = Situation {
            meeting: &meeting.state,
            carried,
            people: &people,
            now_ms: tx.now.wall_ms,
        };
        act(&now, self.myself(), wanted).map_err(refusal)
    }

    fn do_in(
        &mut self,
        meeting: &Meeting,
        bodies: Vec<FactBody>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if bodies.len() > meeting.room {
            return Err(refusal(ActError::Full));
        }
        let heads = self.fresh(meeting.doc, tx)?.document.fact_heads();
        let version = bodies.iter().find_map(|body| match body {
            FactBody::Meeting(
                MeetingFact::ConsentOpened { text, .. } | MeetingFact::ConsentReworded { text, .. },
            ) => Some(showing::hex(&consent_version(text.as_str()))),
            _ => None,
        });
        let after: BTreeSet<FactId> = heads.into_iter().collect();
        let leaves_a_gap = bodies.iter().any(leaves_a_gap);
        let floor = bodies
            .iter()
            .find_map(|body| self.given_floor(meeting, body));
        let made = self.write_facts(meeting.doc, after, bodies, rng, tx)?;
        if leaves_a_gap {
            self.offer_what_is_due(meeting.doc, rng, tx)?;
        }
        let title = meeting.state.title.first().cloned().unwrap_or_default();
        Ok(Reply::Acted(Acted {
            meeting: Named {
                id: meeting.doc.to_string(),
                name: title,
            },
            id: made.first().map(FactId::to_string),
            version,
            changed: !made.is_empty(),
            floor,
        }))
    }

    /// Who has the floor by this fact.
    fn given_floor(&self, meeting: &Meeting, body: &FactBody) -> Option<String> {
        let FactBody::Meeting(MeetingFact::QueueTaken { entry }) = body else {
            return None;
        };
        let mut queues = meeting.state.sittings.iter().flat_map(|one| &one.queue);
        let entry = queues.find(|one| one.id == *entry)?;
        Some(self.names_of_persons(&entry.by).join(", "))
    }

    /// Writes facts to a document, each following the one before it, as one edit. Answers their ids.
    pub(super) fn write_facts(
        &mut self,
        doc: DocId,
        mut after: BTreeSet<FactId>,
        bodies: Vec<FactBody>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Vec<FactId>> {
        let mut edits = Vec::new();
        let mut ids = Vec::new();
        for body in bodies {
            let draft = FactDraft {
                after: after.into_iter().collect(),
                ..self.first_fact(following(body, &ids), rng)
            };
            let id = draft.id(tx.now.wall_ms);
            edits.push(Edit::Fact(draft));
            ids.push(id);
            after = BTreeSet::from([id]);
        }
        if !edits.is_empty() {
            self.write(doc, None, &edits, WriteNow::Entry, rng, tx)?;
        }
        Ok(ids)
    }

    // From words to ids.

    fn typed(
        &mut self,
        meeting: &Meeting,
        carried: &Carried,
        wanted: command::Act,
        tx: &mut Tx<'_>,
    ) -> Outcome<Act> {
        use command::Act as Asked;
        let agenda = || meeting.state.agenda(carried);
        Ok(match wanted {
            Asked::Open => Act::Open,
            Asked::Close => Act::Close(None),
            Asked::AgreeMinutes => Act::AgreeMinutes(meeting.state.minutes_digest()),
            Asked::Move(when) => Act::Schedule {
                at_ms: when.at_ms,
                zone: when.zone,
            },
            Asked::Rename { title } => Act::Rename(title),
            Asked::SetPurpose { purpose } => Act::SetPurpose(purpose),
            Asked::SetSeries { series } => Act::SetSeries(series),
            Asked::Cancel => Act::Cancel,
            Asked::Resume => Act::Resume,
            Asked::Advance { from, to, carry } => {
                advance(&agenda(), from.as_deref(), to.as_deref(), carry)?
            }
            Asked::Extend { minutes } => Act::Extend(minutes),
            Asked::Queue { kind, note } => Act::JoinQueue { kind, note },
            Asked::Unqueue => Act::LeaveQueue,
            Asked::NextSpeaker => Act::NextSpeaker(None),
            Asked::RuleQueue(rule) => Act::RuleQueue(rule),
            Asked::LeaveNote { role, note } => Act::LeaveNote {
                role: self.role_meant(meeting, &role)?,
                text: note,
            },
            Asked::Attend(status) => Act::Attend(status),
            Asked::OpenConsent { text } => Act::OpenConsent(text),
            Asked::AddAction { text, .. } => Act::AddAction(text),
            Asked::OpenRound { text, kind } => Act::OpenRound { kind, text },
            Asked::OpenCheck { text } => Act::OpenCheck(text),
            Asked::Remark { text, off_record } => {
                let record = if off_record { Record::Off } else { Record::On };
                Act::Remark(text, record)
            }
            Asked::Name { leave_out: true } => Act::Name(Naming::LeaveOut),
            Asked::Name { leave_out: false } => Act::Name(Naming::Show),
            about_an_item @ (Asked::AddItem { .. }
            | Asked::MarkItem { .. }
            | Asked::ChangeItem { .. }
            | Asked::Reorder { .. }) => typed_item(&agenda(), about_an_item)?,
            about_a_role => return self.typed_role(meeting, about_a_role, tx),
        })
    }

    fn typed_role(
        &mut self,
        meeting: &Meeting,
        wanted: command::Act,
        tx: &mut Tx<'_>,
    ) -> Outcome<Act> {
        use command::Act as Asked;
        let act = match wanted {
            Asked::AddRole { role } => return Ok(Act::ListRole(role)),
            Asked::RemoveRole { role } => {
                return Ok(Act::UnlistRole(self.role_meant(meeting, &role)?));
            }
            Asked::Offer {
                role,
                to,
                kind,
                note,
                until_ms,
            } => {
                let role = self.role_meant(meeting, &role)?;
                let to = self.person_meant(&to)?;
                let terms = Terms {
                    note,
                    until_ms,
                    in_return: self.in_return(meeting, &to, kind)?,
                    ..self.why(meeting, &role, &to, kind, tx)?
                };
                RoleAct::Offer {
                    role,
                    to,
                    kind,
                    terms,
                }
            }
            Asked::Take { role, shadow } => {
                let part = if shadow { Part::Shadow } else { Part::Holder };
                RoleAct::Take(self.role_meant(meeting, &role)?, part)
            }
            Asked::StepBack { role, note } => RoleAct::StepBack {
                role: self.role_meant(meeting, &role)?,
                note,
            },
            Asked::ExtendTerm {
                role,
                holder,
                until_ms,
            } => RoleAct::Extend {
                role: self.role_meant(meeting, &role)?,
                holder: self.person_meant(&holder)?,
                until_ms,
            },
            Asked::Share { role } => RoleAct::Share(self.role_meant(meeting, &role)?),
            Asked::OpenRole { role } => RoleAct::Open(self.role_meant(meeting, &role)?),
            Asked::Willing { role, willing } => {
                let word = if willing {
                    Willingness::AskMe
                } else {
                    Willingness::NotForMe
                };
                RoleAct::Willing(self.role_meant(meeting, &role)?, word)
            }
            _ => return Err(usage("this is not about a role", "")),
        };
        Ok(Act::Role(act))
    }

    /// In a swap, the role that whoever asks takes over: the one that the other holds.
    fn in_return(
        &self,
        meeting: &Meeting,
        to: &PersonId,
        kind: OfferKind,
    ) -> Outcome<Option<String>> {
        if kind != OfferKind::Swap {
            return Ok(None);
        }
        let mut held = meeting.state.roles.held_by(*to);
        match (held.next(), held.next()) {
            (Some(role), None) => Ok(Some(role.as_str().to_owned())),
            _ => Err(refused(
                format!(
                    "{} does not hold just one role here, so there is nothing to swap for",
                    self.name_of_person(to)
                ),
                "`moot role hand-over` gives a role on without one in return.",
            )),
        }
    }

    /// What an offer says of why this person is asked, and the digest of what that was computed from.
    fn why(
        &mut self,
        meeting: &Meeting,
        role: &str,
        to: &PersonId,
        kind: OfferKind,
        tx: &mut Tx<'_>,
    ) -> Outcome<Terms> {
        if kind != OfferKind::Turn {
            return Ok(Terms::default());
        }
        let suggested = self.suggestion_for(meeting, role, to, tx)?;
        let wishes = self.group(tx)?.wishes;
        let basis = occasion_digest(&self.occasions(role, tx)?, &wishes);
        Ok(Terms {
            reason: suggested.map(|one| one.reason.words(role)),
            basis: Some(basis),
            ..Terms::default()
        })
    }

    fn typed_answer(&self, id: FactId, sort: Sort, answer: command::Answer) -> Outcome<Act> {
        use command::Answer as Asked;
        Ok(match (sort, answer) {
            (Sort::Offer, Asked::Accept) => Act::Role(RoleAct::Answer(id, YesNo::Accept)),
            (Sort::Offer, Asked::Decline) => Act::Role(RoleAct::Answer(id, YesNo::Decline)),
            (Sort::Offer, Asked::Withdraw) => Act::Role(RoleAct::Withdraw(id)),
            (Sort::Action, Asked::Accept) => Act::AnswerAction(id, YesNo::Accept),
            (Sort::Action, Asked::Decline) => Act::AnswerAction(id, YesNo::Decline),
            (Sort::Action, Asked::Offer { to }) => Act::OfferAction(id, self.person_meant(&to)?),
            (Sort::Action, Asked::Done) => Act::MarkAction(id, ActionMark::Done),
            (Sort::Action, Asked::Drop) => Act::MarkAction(id, ActionMark::Dropped),
            (Sort::Action, Asked::Reopen) => Act::MarkAction(id, ActionMark::Reopened),
            (Sort::Consent, Asked::Position { position, reason }) => Act::Position {
                round: id,
                version: None,
                position,
                reason,
            },
            (Sort::Consent, Asked::Reword { text }) => Act::Reword(id, text),
            (Sort::Consent, Asked::Close { .. }) => Act::CloseConsent(id),
            (Sort::Round, Asked::Turn { pass, text }) => Act::TakeTurn {
                round: id,
                turn: if pass {
                    RoundTurn::Passed
                } else {
                    RoundTurn::Spoke
                },
                text,
            },
            (Sort::Round, Asked::Close { .. }) => Act::CloseRound(id),
            (Sort::Check, Asked::Word(word)) => Act::AnswerCheck(id, word),
            (Sort::Check, Asked::Close { keep }) => {
                let result = if keep {
                    CheckResult::Keep
                } else {
                    CheckResult::Discard
                };
                Act::CloseCheck(id, result)
            }
            (Sort::Remark, Asked::Correct { text }) => Act::Correct(id, text),
            (sort, _) => {
                return Err(usage(
                    format!(
                        "this is {}, for which that makes no sense",
                        sort.with_article()
                    ),
                    "`moot meeting show MEETING` tells what is what.",
                ));
            }
        })
    }
}

/// What is asked about an item of the agenda.
pub(super) fn typed_item(agenda: &[AgendaRow], wanted: command::Act) -> Outcome<Act> {
    use command::Act as Asked;
    Ok(match wanted {
        Asked::AddItem {
            text,
            kind,
            minutes,
            backlog,
        } => Act::AddItem {
            text,
            kind,
            place: if backlog {
                ItemPlace::Backlog
            } else {
                ItemPlace::Proposed
            },
            minutes,
        },
        Asked::MarkItem { item: text, mark } => Act::MarkItem(item(agenda, &text)?, mark),
        Asked::ChangeItem {
            item: text,
            text: words,
            kind,
            minutes,
        } => Act::ChangeItem {
            item: item(agenda, &text)?,
            text: words,
            kind,
            minutes,
        },
        Asked::Reorder { items } => {
            let items: Outcome<Vec<FactId>> = items.iter().map(|text| item(agenda, text)).collect();
            Act::Order(items?)
        }
        _ => return Err(usage("this is not about an item", "")),
    })
}

/// The step from one item to another.
fn advance(
    agenda: &[AgendaRow],
    from: Option<&str>,
    to: Option<&str>,
    carry: bool,
) -> Outcome<Act> {
    let from = from.map(|text| item(agenda, text)).transpose()?;
    let to = to.map(|text| item(agenda, text)).transpose()?;
    let fate = match (carry, to) {
        (true, _) => ItemMark::Carried,
        (false, Some(_)) => ItemMark::Skipped,
        (false, None) => ItemMark::Done,
    };
    Ok(Act::Advance { from, fate, to })
}

/// A zone that there is, by its IANA name.
fn known_zone(text: &str) -> Outcome<String> {
    let zone = jiff::tz::TimeZone::get(text.trim()).ok();
    let name = zone.as_ref().and_then(jiff::tz::TimeZone::iana_name);
    name.map(str::to_owned).ok_or_else(|| {
        usage(
            format!("there is no zone {text:?}"),
            "Zones are named like Europe/Berlin or America/Lima.",
        )
    })
}

/// A fact that is about the one written just before it, with that one's id.
fn following(body: FactBody, before: &[FactId]) -> FactBody {
    match (body, before.last()) {
        (FactBody::Meeting(MeetingFact::ActionOffered { to, .. }), Some(action)) => {
            FactBody::Meeting(MeetingFact::ActionOffered {
                action: *action,
                to,
            })
        }
        (body, _) => body,
    }
}

/// Why an act cannot be done: what ends a command.
pub(super) fn refusal(error: ActError) -> Fault {
    why_not(&error).into()
}

/// Why an act cannot be done, as commands say it.
pub(super) fn why_not(error: &ActError) -> CommandError {
    let kind = match error.kind() {
        ActErrorKind::Usage => ErrorKind::Usage,
        ActErrorKind::NotFound => ErrorKind::NotFound,
        ActErrorKind::Refused => ErrorKind::Refused,
    };
    CommandError::new(kind, error.to_string(), error.hint())
}
