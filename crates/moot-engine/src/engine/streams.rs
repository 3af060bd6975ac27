//! Streams to other nodes: what their sessions report.
//!
//! Owns the way from a session's event to a notebook. Bad bytes never become an error here: the session closes.

use std::collections::VecDeque;

use rand_core::Rng;

use moot_log::session::{CloseReason, Event as Said, Initiate, Output, Session};
use moot_log::{ClockRow, DevicePk, Entry, NotebookId};

use super::Engine;
use crate::fault::Outcome;
use crate::machine::{PeerName, Reach, Role, StreamId};
use crate::notebook::Holds;
use crate::reply::{Event, Named};
use crate::sessions::{HostView, Link, send};
use crate::tx::Tx;

impl Engine {
    /// Calls into a session with what it may read, and carries out what it hands back.
    pub(crate) fn with_session(
        &mut self,
        stream: StreamId,
        tx: &mut Tx<'_>,
        call: impl FnOnce(&mut Session, &HostView<'_, '_>) -> Output,
    ) -> Outcome<()> {
        let Some(link) = self.sessions.links.get_mut(&stream) else {
            return Ok(());
        };
        let host = HostView {
            notebooks: &self.notebooks,
            nothing: &self.nothing,
            enrolling: &self.enrolling,
            tx,
            verify: self.verify,
        };
        let output = call(&mut link.session, &host);
        self.carry_out(stream, output, tx)
    }

    fn carry_out(&mut self, stream: StreamId, mut output: Output, tx: &mut Tx<'_>) -> Outcome<()> {
        send(stream, &mut output, tx);
        let mut events: VecDeque<Said> = output.events.into();
        while let Some(event) = events.pop_front() {
            self.said(stream, event, tx)?;
        }
        if let Some(reason) = output.close {
            self.notice_refusal(stream, &reason, tx);
            self.notice_loss(stream, &reason, tx)?;
            tx.close(stream, reason.to_string());
            self.closed(stream, &reason.to_string(), tx);
        }
        Ok(())
    }

    /// A session stumbled over an entry that the disk has lost: from now on it is left out, and asked of others.
    fn notice_loss(
        &mut self,
        stream: StreamId,
        reason: &CloseReason,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let link = self.sessions.links.get(&stream);
        let about = link.and_then(|link| link.notebook);
        if let CloseReason::Store(moot_log::storage::ReadError::Damaged(_)) = reason
            && let Some(notebook) = about.and_then(|id| self.notebooks.get_mut(&id))
        {
            notebook.look_for_lost(tx)?;
        }
        Ok(())
    }

    /// Whoever has left and is refused as a stranger need not tell it any more: only who has heard of it refuses, at an address
    /// where a member answers. Otherwise a lost receipt would have them ask for ever.
    fn notice_refusal(&mut self, stream: StreamId, reason: &CloseReason, tx: &mut Tx<'_>) {
        if *reason == CloseReason::Refused {
            self.turned_away(stream, tx);
        }
        let link = self.sessions.links.get(&stream);
        let Some(id) = link.and_then(|link| link.notebook) else {
            return;
        };
        if *reason == CloseReason::Refused
            && let Some(notebook) = self.notebooks.get_mut(&id)
        {
            notebook.turned_away |= notebook.has_left();
        }
    }

    pub(super) fn opened(
        &mut self,
        stream: StreamId,
        peer: PeerName,
        role: Role,
        reach: Reach,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let mut nonce = [0; 32];
        self.rng.fill_bytes(&mut nonce);
        let (own_peer, other_peer) = (
            self.peer_name.0.as_bytes().to_vec(),
            peer.0.as_bytes().to_vec(),
        );
        let now_ms = tx.now.steady_ms;
        let (session, output, notebook) = match role {
            Role::Initiator { label } => {
                let Some(notebook) = self.reaching.notebook_of(label) else {
                    tx.close(stream, "nothing is to be synced on this stream any more");
                    return Ok(());
                };
                let role = match self.role_at_relay(notebook, &peer, tx)? {
                    Some(role) => role,
                    None => self.session_role(notebook)?,
                };
                let start = Initiate {
                    notebook,
                    role,
                    own_peer,
                    other_peer,
                    nonce,
                };
                let (session, output) = Session::initiate(start, now_ms);
                (session, output, Some(notebook))
            }
            Role::Responder => {
                let (session, output) = Session::respond(own_peer, other_peer, nonce, now_ms);
                (session, output, None)
            }
        };
        self.reaching.reached(&peer);
        let link = Link {
            session,
            peer,
            role,
            reach,
            notebook,
            device: None,
            clock_ahead_ms: 0,
            told_relay: None,
            waits_since_ms: None,
        };
        self.sessions.links.insert(stream, link);
        self.carry_out(stream, output, tx)
    }

    pub(super) fn frame(&mut self, stream: StreamId, bytes: &[u8], tx: &mut Tx<'_>) -> Outcome<()> {
        let now_ms = tx.now.steady_ms;
        self.with_session(stream, tx, |session, host| {
            session.handle(now_ms, bytes, host)
        })
    }

    pub(super) fn closed(&mut self, stream: StreamId, reason: &str, tx: &mut Tx<'_>) {
        let Some(link) = self.sessions.links.remove(&stream) else {
            return;
        };
        self.doors.forget_stream(stream);
        self.sessions.forget_told();
        if let (Some(notebook), Some(device)) = (link.notebook, link.device) {
            let (person, device) = self.person_behind(notebook, &device);
            let notebook = notebook.to_string();
            tx.event(Event::Disconnected {
                notebook,
                person,
                device,
                reason: reason.to_owned(),
            });
        }
        self.reach_again(tx);
    }

    /// Whom to reach may have changed because a stream came or went; a failure to read is told with the next input.
    fn reach_again(&mut self, tx: &mut Tx<'_>) {
        if let Err(error) = self.look_whom_to_reach(tx) {
            tx.event(Event::Notice {
                notebook: String::new(),
                text: format!("{error:?}"),
            });
        }
    }

    pub(super) fn tick_sessions(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let now_ms = tx.now.steady_ms;
        let due: Vec<StreamId> = self
            .sessions
            .links
            .iter()
            .filter(|(_, link)| link.session.next_timeout().is_some_and(|due| due <= now_ms))
            .map(|(stream, _)| *stream)
            .collect();
        for stream in due {
            self.with_session(stream, tx, |session, host| session.tick(now_ms, host))?;
        }
        Ok(())
    }

    /// Tells every session about a notebook that something was committed there.
    pub(super) fn advance_sessions(
        &mut self,
        notebook: NotebookId,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        for stream in self.sessions.streams_of(notebook) {
            self.with_session(stream, tx, |session, host| session.advanced(host))?;
        }
        Ok(())
    }

    /// Sends what was typed to everybody who is here.
    pub(super) fn send_live(&mut self, tx: &mut Tx<'_>) {
        for (id, notebook) in &mut self.notebooks {
            for frame in std::mem::take(&mut notebook.outbox) {
                for stream in self.sessions.streams_of(*id) {
                    if let Some(link) = self.sessions.links.get_mut(&stream) {
                        let mut output = link.session.live(frame.clone());
                        send(stream, &mut output, tx);
                    }
                }
            }
        }
    }

    fn said(&mut self, stream: StreamId, said: Said, tx: &mut Tx<'_>) -> Outcome<()> {
        let Some(link) = self.sessions.links.get(&stream) else {
            return Ok(());
        };
        let (notebook, device, peer) = (link.notebook, link.device, link.peer.clone());
        match said {
            Said::Established { notebook, device } => {
                return self.established(stream, notebook, device, tx);
            }
            Said::JoinRequested {
                notebook, request, ..
            } => return self.asked_in(stream, notebook, &request, tx),
            // Only members open doors.
            Said::Admitted if self.is_at_relay(stream) => {}
            Said::Admitted => {
                if let Some(notebook) = notebook.and_then(|id| self.notebooks.get_mut(&id)) {
                    notebook.note_admitted(tx);
                }
            }
            Said::JoinWaits { text } => self.join_waits(stream, notebook, &text, tx),
            Said::JoinRefused { refusal, text } => {
                let refusal = if self.is_at_relay(stream) {
                    moot_log::session::JoinRefusal::Other
                } else {
                    refusal
                };
                self.join_refused(stream, notebook, refusal, &text, tx)?
            }
            Said::LogInit(init) => {
                if let Some(notebook) = notebook.and_then(|id| self.notebooks.get_mut(&id)) {
                    notebook.keep_log(init, tx);
                }
            }
            Said::Entries(entries) => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    self.entries_came(stream, id, &device, &entries, tx)?;
                }
            }
            Said::Live(bytes) => {
                if let Some(notebook) = notebook.and_then(|id| self.notebooks.get_mut(&id)) {
                    notebook.take_live(bytes, tx)?;
                }
            }
            Said::Relay(bytes) => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    self.relay_said(stream, id, device, &bytes, tx)?;
                }
            }
            Said::Addresses(bytes) => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    self.told_addresses(stream, id, device, &peer, &bytes, tx)?;
                }
            }
            // A member takes everything.
            Said::Declined { .. } => {}
            Said::PeerHas {
                rows,
                whole,
                in_step,
                ..
            } => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    let ahead = link.clock_ahead_ms;
                    self.keep_receipt(id, device, &peer, (rows, whole, in_step), ahead, tx);
                    self.peer_has(id, device, in_step, tx);
                }
            }
        }
        Ok(())
    }

    /// Takes down what a device says it holds: rows, whether they are all of it, and whether it is in step.
    fn keep_receipt(
        &mut self,
        id: NotebookId,
        device: DevicePk,
        peer: &PeerName,
        (rows, whole, in_step): (Vec<ClockRow>, bool, bool),
        clock_ahead_ms: i64,
        tx: &mut Tx<'_>,
    ) {
        let Some(notebook) = self.notebooks.get_mut(&id) else {
            return;
        };
        let holds = match (in_step, whole) {
            (true, _) => Holds::All(notebook.held_chains().clock()),
            (false, true) => Holds::All(rows),
            (false, false) => Holds::More(rows),
        };
        notebook.keep_receipt(device, peer, holds, clock_ahead_ms, tx);
    }

    fn entries_came(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        from: &DevicePk,
        entries: &[Entry],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Self { notebooks, rng, .. } = self;
        let Some(notebook) = notebooks.get_mut(&id) else {
            return Ok(());
        };
        let taken = notebook.take_in(entries, rng, tx)?;
        if taken.gap {
            let reason = "an entry came without what is before it";
            tx.close(stream, reason);
            self.closed(stream, reason, tx);
        }
        self.received(id, from, taken.new, tx);
        Ok(())
    }

    fn received(&mut self, id: NotebookId, from: &DevicePk, new: u64, tx: &mut Tx<'_>) {
        if new == 0 {
            return;
        }
        let (from, _) = self.person_behind(id, from);
        for wait in self
            .waits
            .syncs
            .iter_mut()
            .filter(|wait| wait.notebook == id)
        {
            wait.received += new;
        }
        tx.event(Event::Received {
            notebook: id.to_string(),
            entries: new,
            from,
        });
    }

    fn established(
        &mut self,
        stream: StreamId,
        notebook: NotebookId,
        device: DevicePk,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Some(link) = self.sessions.links.get_mut(&stream) else {
            return Ok(());
        };
        link.notebook = Some(notebook);
        link.device = Some(device);
        let peer = link.peer.clone();
        // Where it is asked to keep the notebook this is a stranger to the relay, which gives berths to members alone.
        if !self.enrolling.is_relay(&notebook, &device) {
            tx.authorised(stream);
        }
        if let Some(surplus) = self.sessions.surplus(stream, &self.peer_name) {
            self.with_session(surplus, tx, |session, _| session.bye())?;
            if surplus == stream {
                return Ok(());
            }
        }
        if self.enrolling.is_relay(&notebook, &device) {
            return self.enrol(stream, notebook, tx);
        }
        let is_relay = self
            .notebooks
            .get(&notebook)
            .is_some_and(|known| known.is_relay(&device));
        if is_relay {
            self.enrolling.refusing.remove(&(notebook, device));
            // Where members are is none of its business: they tell each other, sealed, in entries that it carries.
            self.tell_relays(tx)?;
        } else {
            self.remember_met(notebook, device, &peer, tx)?;
            let told = self.what_to_tell(notebook, tx)?;
            self.with_session(stream, tx, |session, _| session.addresses(told))?;
        }
        let (person, device) = self.person_behind(notebook, &device);
        tx.event(Event::Connected {
            notebook: notebook.to_string(),
            person,
            device,
        });
        let waiting = self
            .waits
            .syncs
            .iter()
            .any(|wait| wait.notebook == notebook);
        if waiting {
            self.with_session(stream, tx, |session, host| session.ask(host))?;
        }
        self.look_whom_to_reach(tx)
    }

    /// The person behind a device, and the device's id, as they are shown.
    pub(crate) fn person_behind(&self, notebook: NotebookId, device: &DevicePk) -> (Named, String) {
        if let Some(relay) = self.relay_behind(notebook, device) {
            return (relay, device.to_string());
        }
        let person = self.notebooks.get(&notebook).and_then(|notebook| {
            let person = notebook.roster.person_of(device)?;
            Some(Named {
                id: person.0.to_string(),
                name: notebook.person_name(&person),
            })
        });
        let unknown = || Named {
            id: device.to_string(),
            name: "a member".to_owned(),
        };
        (person.unwrap_or_else(unknown), device.to_string())
    }

    // Addresses.

    /// Ends sessions with devices that are served no more.
    pub(super) fn drop_retired(&mut self, tx: &mut Tx<'_>) {
        let gone: Vec<StreamId> = self
            .sessions
            .links
            .iter()
            .filter(|(_, link)| {
                let notebook = link.notebook.and_then(|id| self.notebooks.get(&id));
                // Who left may still take the news of it along; a retired device may not.
                let retired = |device: &DevicePk| {
                    notebook.is_some_and(|notebook| {
                        notebook.roster.device(device).is_some_and(|known| {
                            known.state == moot_group::roster::DeviceState::Retired
                        })
                    })
                };
                link.device.is_some_and(|device| retired(&device))
            })
            .map(|(stream, _)| *stream)
            .collect();
        for stream in gone {
            tx.close(stream, "this device was retired");
            self.closed(stream, "this device was retired", tx);
        }
    }
}
