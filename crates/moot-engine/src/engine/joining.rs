//! Coming into a notebook: asking, waiting at the door, opening it for others.
//!
//! Owns both sides of the door. Who may come in the roster says; this says it to people, step by step.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::roster::InviteProblem;
use moot_group::{JoinRequest, RequestId, RosterEvent, Ticket};
use moot_log::NotebookId;
use moot_log::session::{DiscoveryKey, JoinRefusal, Joiner, Role as SessionRole};

use super::Engine;
use crate::command::{CommandError, ErrorKind};
use crate::fault::{Outcome, failed};
use crate::limits::{REFUSED_MS, WAITING_MAX};
use crate::machine::StreamId;
use crate::notebook::Notebook;
use crate::reply::{Entered, Event, Named, OwnDevice, Reply};
use crate::tx::Tx;
use crate::words::six_words;

/// Who waits at the door for a member to compare six words with them.
#[derive(Default)]
pub(crate) struct Doors {
    waiting: BTreeMap<RequestId, AtTheDoor>,
}

struct AtTheDoor {
    /// Where they wait; none once they have gone, or where their request came by hand. It is good all the same.
    stream: Option<StreamId>,
    notebook: NotebookId,
    request: JoinRequest,
    since_ms: i64,
}

/// Somebody at the door, as a member sees them.
pub(crate) struct Knock<'d> {
    pub(crate) request: &'d JoinRequest,
    /// The six words to compare.
    pub(crate) words: String,
    /// When they first asked, by this device's clock.
    pub(crate) since_ms: i64,
}

impl Doors {
    /// A stream is gone. Who waited on it may be let in all the same, and hears of it when they ask again.
    pub(super) fn forget_stream(&mut self, stream: StreamId) {
        let there = self.waiting.values_mut();
        for waiting in there.filter(|waiting| waiting.stream == Some(stream)) {
            waiting.stream = None;
        }
    }

    /// Who waits to be let into a notebook, and has not been let in by another member meanwhile.
    pub(crate) fn waiting<'d>(&'d self, notebook: &'d Notebook) -> impl Iterator<Item = Knock<'d>> {
        self.waiting
            .values()
            .filter(|waiting| waiting.notebook == notebook.id)
            .filter(|waiting| !notebook.roster.is_live(&waiting.request.device()))
            .map(|waiting| Knock {
                request: &waiting.request,
                words: six_words(&waiting.request.id().0),
                since_ms: waiting.since_ms,
            })
    }

    /// Takes somebody down as waiting. Says whether they did not wait before.
    fn take_down(&mut self, knocks: AtTheDoor) -> bool {
        let id = knocks.request.id();
        let before = self.waiting.get(&id).map(|known| known.since_ms);
        if before.is_none() && self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_first();
        }
        let since_ms = before.unwrap_or(knocks.since_ms);
        self.waiting.insert(id, AtTheDoor { since_ms, ..knocks });
        before.is_none()
    }
}

impl Notebook {
    /// A member has opened the door; the entries that say so are on their way.
    pub(super) fn note_admitted(&mut self, tx: &mut Tx<'_>) {
        if let Some(joining) = &mut self.joining {
            joining.admitted = true;
            self.stage_row(tx);
        }
    }

    /// The name under which it was asked to be let in.
    pub(crate) fn asked_as(&self) -> Option<String> {
        let request = JoinRequest::decode(&self.joining.as_ref()?.request).ok()?;
        Some(request.applicant().name.clone())
    }

    /// The ticket with which this notebook is being joined.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        let joining = self.joining.as_ref()?;
        let text = self
            .storage_key
            .open(&ticket_place(&self.id), &joining.ticket)
            .ok()?;
        Ticket::decode(std::str::from_utf8(&text).ok()?).ok()
    }
}

/// Where the ticket of a join under way lies sealed.
pub(crate) fn ticket_place(notebook: &NotebookId) -> Vec<u8> {
    [b"ticket/".as_slice(), &notebook.0].concat()
}

impl Engine {
    /// What this device is in a notebook when it opens a session.
    pub(super) fn session_role(&self, id: NotebookId) -> Outcome<SessionRole> {
        let Some(notebook) = self.notebooks.get(&id) else {
            return Ok(SessionRole::Member);
        };
        let admitted = notebook.roster.is_live(&notebook.device());
        let (Some(joining), Some(ticket), false) = (&notebook.joining, notebook.ticket(), admitted)
        else {
            return Ok(SessionRole::Member);
        };
        Ok(SessionRole::Joiner(Box::new(Joiner {
            discovery_key: DiscoveryKey(notebook.discovery_key),
            genesis: notebook.genesis,
            invite: ticket.seed.signing_key(),
            request: joining.request.clone(),
        })))
    }

    // Opening the door.

    pub(super) fn asked_in(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        request: &[u8],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Some(notebook) = self.notebooks.get(&id) else {
            return Ok(());
        };
        let Ok(request) = JoinRequest::decode(request) else {
            return self.turn_away(
                stream,
                JoinRefusal::Malformed,
                "the request to join cannot be read",
                tx,
            );
        };
        if notebook.joining.is_some() || notebook.has_left() {
            let text = "this member cannot let anybody in; ask another";
            return self.turn_away(stream, JoinRefusal::Other, text, tx);
        }
        match notebook
            .roster
            .check_request(&request, &notebook.device(), tx.now.wall_ms)
        {
            Ok(()) => self.let_in_or_wait(stream, id, request, tx),
            // It was let in before and did not hear of it.
            Err(InviteProblem::AlreadyGranted) if notebook.roster.is_live(&request.device()) => {
                let device = request.device();
                self.with_session(stream, tx, |session, host| {
                    session.admit_joiner(device, host)
                })
            }
            Err(problem) => {
                let (refusal, text) = refusal(problem);
                self.turn_away(stream, refusal, &text, tx)
            }
        }
    }

    fn turn_away(
        &mut self,
        stream: StreamId,
        refusal: JoinRefusal,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        self.with_session(stream, tx, |session, _| session.refuse_join(refusal, text))
    }

    fn let_in_or_wait(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        request: JoinRequest,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let invite = self
            .notebooks
            .get(&id)
            .and_then(|notebook| notebook.roster.invite(&request.invite()));
        if !invite.is_some_and(|invite| invite.create.needs_confirm) {
            return self.let_in(Some(stream), id, request, tx);
        }
        let words = six_words(&request.id().0);
        let text = format!("a member must compare six words with you: {words}");
        self.have_wait(Some(stream), id, request, tx);
        self.with_session(stream, tx, |session, _| session.join_waits(&text))
    }

    /// Has somebody wait for a member to compare six words with them, and tells it the first time.
    pub(crate) fn have_wait(
        &mut self,
        stream: Option<StreamId>,
        id: NotebookId,
        request: JoinRequest,
        tx: &mut Tx<'_>,
    ) {
        let words = six_words(&request.id().0);
        let name = request.applicant().name.clone();
        let is_news = self.doors.take_down(AtTheDoor {
            stream,
            notebook: id,
            request,
            since_ms: tx.now.wall_ms,
        });
        if is_news {
            let text = format!(
                "{name} waits to join. Compare these words with them: {words}. Then `moot invite admit {name}`."
            );
            tx.event(Event::Notice {
                notebook: id.to_string(),
                text,
            });
        }
    }

    fn let_in(
        &mut self,
        stream: Option<StreamId>,
        id: NotebookId,
        request: JoinRequest,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let device = request.device();
        let (notebook, rng) = self.notebook_mut(id)?;
        notebook.publish_event(RosterEvent::Admit(Box::new(request)), rng, tx)?;
        notebook.grant_missing(rng, tx)?;
        let Some(stream) = stream else { return Ok(()) };
        self.with_session(stream, tx, |session, host| {
            session.admit_joiner(device, host)
        })
    }

    /// A member has compared the words.
    pub(crate) fn admit(
        &mut self,
        id: NotebookId,
        request: RequestId,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let waiting = self
            .doors
            .waiting
            .remove(&request)
            .filter(|waiting| waiting.notebook == id);
        let waiting =
            waiting.ok_or_else(|| failed("whoever asked is gone; they will ask again", ""))?;
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        if let Err(problem) =
            notebook
                .roster
                .check_request(&waiting.request, &notebook.device(), tx.now.wall_ms)
        {
            let (refusal, text) = refusal(problem);
            if let Some(stream) = waiting.stream {
                self.turn_away(stream, refusal, &text, tx)?;
            }
            return Err(CommandError::new(ErrorKind::Refused, text, "Make another invite.").into());
        }
        self.let_in(waiting.stream, id, waiting.request, tx)?;
        Ok(Reply::Done)
    }

    // Asking.

    pub(super) fn join_waits(
        &mut self,
        stream: StreamId,
        notebook: Option<NotebookId>,
        text: &str,
        tx: &mut Tx<'_>,
    ) {
        let now_ms = tx.now.steady_ms;
        let known = notebook.and_then(|id| self.notebooks.get(&id));
        let link = self.sessions.links.get_mut(&stream);
        let relay = link.filter(|link| known.is_some_and(|known| known.has_relay(&link.peer)));
        let whom = match relay {
            Some(link) => {
                link.waits_since_ms.get_or_insert(now_ms);
                "the relay"
            }
            None => "a member",
        };
        for wait in self
            .waits
            .joins
            .iter_mut()
            .filter(|wait| Some(wait.notebook) == notebook)
        {
            let told = format!("Reached {whom}; waiting: {text}");
            if wait.told != told {
                tx.progress(wait.reply_to, told.clone());
                wait.told = told;
            }
        }
    }

    /// A member said no. What no other member would say differently ends the request.
    pub(super) fn join_refused(
        &mut self,
        stream: StreamId,
        notebook: Option<NotebookId>,
        refusal: JoinRefusal,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Some(id) = notebook else { return Ok(()) };
        // Whoever has been let in meanwhile is not sent away again by somebody who does not know it yet.
        let is_asking = self.notebooks.get(&id).is_some_and(|notebook| {
            let joining = notebook.joining.as_ref();
            joining.is_some_and(|joining| !joining.admitted)
                && !notebook.roster.is_live(&notebook.device())
        });
        if !is_asking {
            return Ok(());
        }
        if refusal == JoinRefusal::Other {
            self.join_waits(stream, Some(id), text, tx);
            return Ok(());
        }
        let by_one = matches!(refusal, JoinRefusal::Expired | JoinRefusal::UsedUp);
        if by_one && self.wanted(id, tx)?.len() > 1 {
            let until_ms = tx.now.steady_ms.saturating_add(REFUSED_MS);
            let said = (until_ms, text.to_owned());
            self.waits.refused.entry(id).or_insert(said);
            return Ok(());
        }
        self.end_join(id, text, tx)
    }

    /// Ends the requests that a member refused and nobody else has granted since.
    pub(super) fn end_refused(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let now = tx.now.steady_ms;
        // Whoever waits no longer than this is told what was said, rather than that nobody was reached.
        let waits = self.waits.joins.iter();
        let unheard: BTreeSet<NotebookId> = waits
            .filter(|wait| wait.until_ms <= now)
            .map(|wait| wait.notebook)
            .collect();
        let over = self.waits.refused.iter();
        let over: Vec<NotebookId> = over
            .filter(|(id, (until_ms, _))| *until_ms <= now || unheard.contains(*id))
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            let said = self.waits.refused.remove(&id);
            let joining = self
                .notebooks
                .get(&id)
                .and_then(|notebook| notebook.joining.as_ref());
            if let (Some((_, text)), Some(false)) = (said, joining.map(|joining| joining.admitted))
            {
                self.end_join(id, &text, tx)?;
            }
        }
        Ok(())
    }

    fn end_join(&mut self, id: NotebookId, text: &str, tx: &mut Tx<'_>) -> Outcome<()> {
        let error = CommandError::new(ErrorKind::Refused, text, "Ask for a new ticket.");
        for wait in self.waits.end_joins(id) {
            tx.reply(wait.reply_to, Err(error.clone()));
        }
        tx.event(Event::Notice {
            notebook: id.to_string(),
            text: format!("Joining was refused: {text}"),
        });
        self.forget_notebook(id, tx);
        self.look_whom_to_reach(tx)
    }

    /// Ends requests to join notebooks that this program cannot follow.
    fn end_strange_joins(&mut self, tx: &mut Tx<'_>) {
        let strange: Vec<(NotebookId, String)> = self
            .notebooks
            .values()
            .filter(|notebook| notebook.joining.is_some())
            .filter_map(|notebook| Some((notebook.id, notebook.strange_genesis.clone()?)))
            .collect();
        for (id, why) in strange {
            let error = CommandError::new(ErrorKind::Refused, why, "Install a newer moot.");
            for wait in self.waits.end_joins(id) {
                tx.reply(wait.reply_to, Err(error.clone()));
            }
        }
    }

    /// Looks whether a request to join has come to its end.
    pub(super) fn finish_joins(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        self.end_strange_joins(tx);
        let arrived: Vec<NotebookId> = self
            .notebooks
            .values()
            .filter(|notebook| {
                notebook.joining.is_some() && notebook.roster.is_live(&notebook.device())
            })
            .map(|notebook| notebook.id)
            .collect();
        for id in arrived {
            let (notebook, _) = self.notebook_mut(id)?;
            notebook.refresh(notebook.group_doc(), tx)?;
            if notebook.name(tx)?.is_empty() {
                continue;
            }
            notebook.joining = None;
            notebook.stage_row(tx);
            notebook.roster_changed = true;
            tx.must_be_synced();
            self.end_asking(id, tx);
            self.publish_addresses(id, tx)?;
            let entered = self.entered(id, tx)?;
            for wait in self.waits.end_joins(id) {
                tx.reply(wait.reply_to, Ok(Reply::Entered(entered.clone())));
            }
        }
        Ok(())
    }

    /// Closes the streams on which others were still being asked.
    fn end_asking(&mut self, id: NotebookId, tx: &mut Tx<'_>) {
        let asking: Vec<StreamId> = self
            .sessions
            .links
            .iter()
            .filter(|(_, link)| link.notebook == Some(id) && link.device.is_none())
            .map(|(stream, _)| *stream)
            .collect();
        for stream in asking {
            tx.close(stream, "this device has been let in");
            self.closed(stream, "this device has been let in", tx);
        }
    }

    /// What is answered to whoever made or joined a notebook.
    pub(crate) fn entered(&self, id: NotebookId, tx: &Tx<'_>) -> Outcome<Entered> {
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        let (device, me) = (notebook.device(), notebook.me());
        let admitted_by = notebook
            .roster
            .device(&device)
            .map(|known| known.admitted_by)
            .filter(|by| *by != device);
        let admitted_by = admitted_by.and_then(|by| notebook.roster.person_of(&by));
        Ok(Entered {
            notebook: Named {
                id: id.to_string(),
                name: notebook.name(tx)?,
            },
            person: Named {
                id: me.0.to_string(),
                name: notebook.person_name(&me),
            },
            device: OwnDevice {
                id: device.to_string(),
                peer_id: self.peer_name.0.clone(),
            },
            admitted_by: admitted_by.map(|person| Named {
                id: person.0.to_string(),
                name: notebook.person_name(&person),
            }),
        })
    }
}

fn refusal(problem: InviteProblem) -> (JoinRefusal, String) {
    let refusal = match problem {
        InviteProblem::OtherNotebook => JoinRefusal::WrongNotebook,
        InviteProblem::Revoked => JoinRefusal::Revoked,
        InviteProblem::Expired => JoinRefusal::Expired,
        InviteProblem::UsedUp => JoinRefusal::UsedUp,
        InviteProblem::UnusableKey | InviteProblem::DeviceKnown | InviteProblem::OtherPurpose => {
            JoinRefusal::Malformed
        }
        InviteProblem::Unknown | InviteProblem::OtherPerson | InviteProblem::AlreadyGranted => {
            JoinRefusal::Other
        }
    };
    (refusal, problem.to_string())
}
