//! The relay itself: its streams, the notebooks that are open on them, and what each event of a session comes to.
//!
//! Owns the order of things within one handling: what is to be kept is committed first, then sessions are told, and what they
//! send leaves last. Never looks into what it keeps.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use moot_log::chain::Chains;
use moot_log::relay::{Full, Mail, Word, enrolment};
use moot_log::session::{DiscoveryKey, Event as Said, Output, Session};
use moot_log::storage::{Batch, Durability, Op, Store};
use moot_log::{DevicePk, EntryId, NotebookId};

use crate::host::View;
use crate::limits::{DAY_MS, ENROLMENT_MS, LIVE_BYTES, LIVE_FRAME_BYTES, SWEEP_MS, WORDS};
use crate::machine::{
    Crowded, Effects, Event, Failed, Identity, Input, Now, Policy, Status, StreamId,
};
use crate::rate::Bucket;
use crate::records::{Records, put_notebook};

mod crowd;
mod keeping;
mod mailbox;
mod notebook;
mod room;
mod words;

use crowd::{Crowd, Place, Proof};
pub(crate) use notebook::{Notebook, Written};
use room::Disk;
pub(crate) use room::Room;

/// The session in which notebooks are enrolled.
pub(crate) struct Enrolment {
    pub(crate) notebook: NotebookId,
    pub(crate) discovery_key: DiscoveryKey,
    pub(crate) genesis: EntryId,
}

/// A stream and its session.
struct Link {
    session: Session,
    peer: String,
    proof: Proof,
    /// When it is let go, on the steady clock; none for a member.
    leaves_ms: Option<u64>,
    /// The notebook, once a member or joiner of it has proved itself.
    notebook: Option<NotebookId>,
    /// The device at the other end; none for a joiner.
    device: Option<DevicePk>,
    /// The invite by which a joiner has proved itself.
    invite: Option<DevicePk>,
    /// Something was passed over in this session.
    has_declined: bool,
    /// How much it may still send to be passed on, and say.
    live: Bucket,
    words: Bucket,
}

impl Link {
    fn next_timeout(&self) -> Option<u64> {
        let session = self.session.next_timeout();
        session.into_iter().chain(self.leaves_ms).min()
    }
}

/// A relay. See the crate's documentation for how to drive it.
pub struct Relay {
    identity: Identity,
    policy: Policy,
    enrolment: Enrolment,
    links: BTreeMap<StreamId, Link>,
    crowd: Crowd,
    open: BTreeMap<NotebookId, Notebook>,
    nothing: Chains,
    kept: Status,
    disk: Disk,
    /// When notebooks were enrolled in the last hour, on the steady clock.
    enrolled_ms: VecDeque<u64>,
    /// How many requests may still be posted by an invite.
    posts: BTreeMap<(NotebookId, DevicePk), Bucket>,
    sweep_ms: Option<u64>,
}

/// One handling.
struct Tx<'s> {
    now: Now,
    store: &'s mut dyn Store,
    effects: Effects,
    /// Notebooks of which something new is kept, and sessions are not told yet.
    advanced: BTreeSet<NotebookId>,
}

impl Tx<'_> {
    fn records(&self) -> Records<'_> {
        Records(&*self.store)
    }

    fn commit(&mut self, ops: Vec<Op>, durability: Durability) -> Result<(), Failed> {
        Ok(self.store.commit(&Batch { ops, durability })?)
    }
}

impl Relay {
    /// Takes up what the store holds. Reads how much that is, once.
    ///
    /// # Errors
    /// [`Failed::Read`].
    pub fn open(identity: Identity, policy: Policy, store: &dyn Store) -> Result<Self, Failed> {
        let (notebook, discovery_key, genesis) = enrolment(&identity.token);
        let records = Records(store);
        let kept = keeping::count_all(records)?;
        Ok(Self {
            identity,
            policy,
            enrolment: Enrolment {
                notebook,
                discovery_key,
                genesis,
            },
            links: BTreeMap::new(),
            crowd: Crowd::default(),
            open: BTreeMap::new(),
            nothing: Chains::default(),
            kept,
            disk: Disk::default(),
            enrolled_ms: VecDeque::new(),
            posts: BTreeMap::new(),
            sweep_ms: None,
        })
    }

    /// Takes inputs in their order. What follows from all of them is on the disk, by one commit, when this returns.
    ///
    /// # Errors
    /// Every variant of [`Failed`]. The relay is to be dropped then: what it has in memory may not be what is on the disk.
    pub fn handle_many(
        &mut self,
        now: Now,
        inputs: impl IntoIterator<Item = Input>,
        store: &mut dyn Store,
    ) -> Result<Effects, Failed> {
        store.begin_group()?;
        let mut tx = Tx {
            now,
            store,
            effects: Effects::default(),
            advanced: BTreeSet::new(),
        };
        self.look_at_disk(&mut tx)?;
        for input in inputs {
            self.take(input, &mut tx)?;
        }
        // Once for all that came, and not for each frame: fewer receipts, and fuller frames to the others.
        while let Some(notebook) = tx.advanced.pop_first() {
            for stream in self.members_of(&notebook) {
                self.with_session(stream, &mut tx, |session, view| session.advanced(view))?;
            }
        }
        tx.store.end_group()?;
        let mut effects = tx.effects;
        let timeouts = self.links.values().filter_map(Link::next_timeout);
        effects.next_tick_ms = timeouts
            .chain([self.sweep_ms.unwrap_or(now.steady_ms)])
            .min();
        Ok(effects)
    }

    fn take(&mut self, input: Input, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let now_ms = tx.now.steady_ms;
        match input {
            Input::Opened {
                stream,
                peer,
                nonce,
            } => self.opened(stream, peer, nonce, tx),
            Input::Frame { stream, bytes } => {
                self.with_session(stream, tx, |session, view| {
                    session.handle(now_ms, &bytes, view)
                })?;
            }
            Input::Closed { stream } => self.closed(stream),
            Input::Tick => self.tick(tx)?,
        }
        Ok(())
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        Status {
            sessions: self.links.len() as u64,
            strangers: self.crowd.strangers(),
            joiners: self.crowd.joiners(),
            is_full: self.room().left() == 0,
            ..self.kept
        }
    }

    fn opened(&mut self, stream: StreamId, peer: String, nonce: [u8; 32], tx: &mut Tx<'_>) {
        let reason = "too many sessions are open";
        match self.crowd.place_for_stranger(&peer) {
            Place::Free => {}
            Place::InsteadOf(oldest) => {
                self.say_crowded(Crowded::Strangers, tx);
                tx.effects.closes.push((oldest, reason.to_owned()));
                self.closed(oldest);
            }
            Place::Taken => {
                tx.effects.closes.push((stream, reason.to_owned()));
                return;
            }
        }
        self.crowd.add(stream, &peer, Proof::Stranger);
        let own = self.identity.peer_id.as_bytes().to_vec();
        let other = peer.as_bytes().to_vec();
        // A responder has nothing to send before the other side has spoken.
        let (session, _) = Session::respond(own, other, nonce, tx.now.steady_ms);
        let link = Link {
            session,
            peer,
            proof: Proof::Stranger,
            leaves_ms: None,
            notebook: None,
            device: None,
            invite: None,
            has_declined: false,
            live: Bucket::full(LIVE_BYTES, tx.now.steady_ms),
            words: Bucket::full(WORDS, tx.now.steady_ms),
        };
        self.links.insert(stream, link);
    }

    fn closed(&mut self, stream: StreamId) {
        let Some(link) = self.links.remove(&stream) else {
            return;
        };
        self.crowd.remove(stream, &link.peer, link.proof);
        let Some(open) = link.notebook.and_then(|id| self.open.get_mut(&id)) else {
            return;
        };
        open.members.remove(&stream);
        if open.members.is_empty()
            && let Some(id) = link.notebook
        {
            self.open.remove(&id);
        }
    }

    /// Counts a stream among those whose other end has proved so much.
    fn prove(&mut self, stream: StreamId, proof: Proof) {
        if let Some(link) = self.links.get_mut(&stream) {
            self.crowd.remove(stream, &link.peer, link.proof);
            self.crowd.add(stream, &link.peer, proof);
            link.proof = proof;
        }
    }

    /// Tells the operator, unless that was just said.
    fn say_crowded(&mut self, crowded: Crowded, tx: &mut Tx<'_>) {
        if self.crowd.is_news(crowded, tx.now.steady_ms) {
            tx.effects.events.push(Event::Crowded(crowded));
        }
    }

    /// The streams of a notebook on which members are.
    fn members_of(&self, notebook: &NotebookId) -> Vec<StreamId> {
        let open = self.open.get(notebook);
        open.map(|open| open.members.iter().copied().collect())
            .unwrap_or_default()
    }

    fn with_session(
        &mut self,
        stream: StreamId,
        tx: &mut Tx<'_>,
        call: impl FnOnce(&mut Session, &View<'_>) -> Output,
    ) -> Result<(), Failed> {
        let room = self.room();
        let Some(link) = self.links.get_mut(&stream) else {
            return Ok(());
        };
        let view = View {
            identity: &self.identity,
            enrolment: &self.enrolment,
            open: &self.open,
            nothing: &self.nothing,
            room,
            store: &*tx.store,
        };
        let output = call(&mut link.session, &view);
        let frames = output.frames.into_iter().map(|frame| (stream, frame));
        tx.effects.sends.extend(frames);
        let mut heads = Vec::new();
        for event in output.events {
            match event {
                // Kept with the first entries that follow it.
                Said::LogInit(head) => heads.push(head),
                Said::Entries(entries) => {
                    self.keep(stream, std::mem::take(&mut heads), &entries, tx)?;
                }
                event => self.said(stream, event, tx)?,
            }
        }
        if let Some(reason) = output.close {
            tx.effects.closes.push((stream, reason.to_string()));
            self.closed(stream);
        }
        Ok(())
    }

    fn said(&mut self, stream: StreamId, event: Said, tx: &mut Tx<'_>) -> Result<(), Failed> {
        match event {
            Said::Established { notebook, device } => {
                self.established(stream, notebook, device, tx)
            }
            Said::JoinRequested {
                notebook,
                invite,
                request,
            } => self.posted(stream, notebook, Mail::new(invite, request), tx),
            Said::Declined { device } => self.declined(stream, device, tx),
            Said::Live(bytes) => self.pass_on(stream, &bytes, tx),
            Said::Relay(bytes) => self.told(stream, &bytes, tx),
            // Kept by the caller, for members alone, or of no concern to a relay: where members are they tell each other, sealed.
            Said::LogInit(_)
            | Said::Entries(_)
            | Said::Addresses(_)
            | Said::Admitted
            | Said::JoinWaits { .. }
            | Said::JoinRefused { .. }
            | Said::PeerHas { .. } => Ok(()),
        }
    }

    fn established(
        &mut self,
        stream: StreamId,
        notebook: NotebookId,
        device: DevicePk,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let Some(link) = self.links.get_mut(&stream) else {
            return Ok(());
        };
        link.notebook = Some(notebook);
        link.device = Some(device);
        let peer = link.peer.clone();
        if notebook == self.enrolment.notebook {
            // Whoever holds the ticket of the relay is a stranger to it until a notebook of theirs is kept.
            link.leaves_ms = Some(tx.now.steady_ms.saturating_add(ENROLMENT_MS));
            return Ok(());
        }
        if self.crowd.place_for_member() != Place::Free {
            self.say_crowded(Crowded::Members, tx);
            return self.with_session(stream, tx, |session, _| session.bye());
        }
        self.prove(stream, Proof::Member);
        tx.effects.authorised.push(stream);
        let open = match self.open.entry(notebook) {
            Entry::Vacant(place) => place.insert(Notebook::open(&notebook, &*tx.store)?),
            Entry::Occupied(open) => open.into_mut(),
        };
        open.members.insert(stream);
        // An older session of the same peer is a leftover of a connection that died.
        for older in self.members_of(&notebook) {
            let is_leftover =
                older != stream && self.links.get(&older).is_some_and(|link| link.peer == peer);
            if is_leftover {
                self.with_session(older, tx, |session, _| session.bye())?;
            }
        }
        self.note_day(&notebook, tx)?;
        self.hand_out_mail(stream, &notebook, tx)
    }

    /// Writes down that a member came today.
    fn note_day(&mut self, notebook: &NotebookId, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let day = tx.now.wall_ms.div_euclid(DAY_MS);
        let Some(mut record) = tx.records().notebook(notebook)? else {
            return Ok(());
        };
        if record.day == day {
            return Ok(());
        }
        record.day = day;
        if self.disk.is_at_its_end() {
            // A day later, then. Whoever comes is served.
            return Ok(());
        }
        tx.commit(vec![put_notebook(notebook, &record)], Durability::Relaxed)
    }

    fn say(&mut self, stream: StreamId, word: &Word, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let bytes = word.encode();
        self.with_session(stream, tx, |session, _| session.relay(bytes))
    }

    fn declined(
        &mut self,
        stream: StreamId,
        device: DevicePk,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let room = self.room();
        let Some(link) = self.links.get_mut(&stream) else {
            return Ok(());
        };
        link.has_declined = true;
        let Some(notebook) = link.notebook else {
            return Ok(());
        };
        let open = self.open.get(&notebook).map(|open| &open.written);
        let written = open.and_then(|written| written.by(&device));
        let of_notebook = open.map_or(0, Written::in_all);
        let full = Full {
            device,
            // Nothing at all is the share of a device that is not listed.
            share: written.map_or(0, |written| room.share(written, of_notebook).max(1)),
            held: written.unwrap_or(0),
        };
        tx.effects.events.push(Event::Full(notebook, device));
        self.say(stream, &Word::Full(full), tx)
    }

    /// Hands a live frame to everybody else who is here, unless its sender sends too many. It is not kept.
    fn pass_on(&mut self, from: StreamId, bytes: &[u8], tx: &mut Tx<'_>) -> Result<(), Failed> {
        let costs = bytes.len() as u64 + LIVE_FRAME_BYTES;
        let link = self.links.get_mut(&from);
        if !link.is_some_and(|link| link.live.take(costs, tx.now.steady_ms)) {
            return Ok(());
        }
        for stream in self.others(from) {
            // What a session has to say of it is the frame alone, which may be left out on the way.
            let before = tx.effects.sends.len();
            self.with_session(stream, tx, |session, _| session.live(bytes.to_vec()))?;
            let live = tx.effects.sends.split_off(before);
            tx.effects.live.extend(live);
        }
        Ok(())
    }

    /// The other members' streams of the same notebook.
    fn others(&self, stream: StreamId) -> Vec<StreamId> {
        let Some(notebook) = self.links.get(&stream).and_then(|link| link.notebook) else {
            return Vec::new();
        };
        let mut others = self.members_of(&notebook);
        others.retain(|other| *other != stream && notebook != self.enrolment.notebook);
        others
    }

    fn tick(&mut self, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let now_ms = tx.now.steady_ms;
        let is_over = |link: &Link| link.leaves_ms.is_some_and(|due| due <= now_ms);
        let over = self.links.iter().filter(|(_, link)| is_over(link));
        let over: Vec<StreamId> = over.map(|(stream, _)| *stream).collect();
        for stream in over {
            self.with_session(stream, tx, |session, _| session.bye())?;
        }
        let is_due = |link: &Link| link.session.next_timeout().is_some_and(|due| due <= now_ms);
        let due = self.links.iter().filter(|(_, link)| is_due(link));
        let due: Vec<StreamId> = due.map(|(stream, _)| *stream).collect();
        for stream in due {
            self.with_session(stream, tx, |session, view| session.tick(now_ms, view))?;
        }
        match self.sweep_ms {
            Some(due) if now_ms < due => {}
            // Not at once after the start: a clock may still be wrong then.
            None => self.sweep_ms = Some(now_ms.saturating_add(SWEEP_MS)),
            Some(_) if self.disk.is_at_its_end() => {}
            Some(_) => {
                self.sweep_ms = Some(now_ms.saturating_add(SWEEP_MS));
                self.sweep(tx)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
