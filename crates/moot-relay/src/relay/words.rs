//! What members tell a relay: which notebook to keep, which devices to serve, which invites may post.
//!
//! Lists only grow, but for invites; they are there against spam, and members verify everything themselves.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::relay::{Enrol, List, Listed, NotEnrolled, Unenrolled, Word};
use moot_log::storage::{Durability, HOME, Op};
use moot_log::{DevicePk, NotebookId};

use super::mailbox::CLOSED;
use super::{Failed, Relay, StreamId, Tx};
use crate::limits::{
    DAY_MS, DEVICES_PER_NOTEBOOK, ENROLMENTS_PER_HOUR, HOUR_MS, INVITES_PER_NOTEBOOK,
};
use crate::machine::Event;
use crate::records::{Door, Record, delete_invite, put_device, put_invite, put_notebook};

impl Relay {
    /// Takes a word. One that cannot be read ends the session; one that only relays say is passed over.
    pub(super) fn told(
        &mut self,
        stream: StreamId,
        bytes: &[u8],
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let Some(notebook) = self.links.get(&stream).and_then(|link| link.notebook) else {
            return Ok(());
        };
        let is_enrolment = notebook == self.enrolment.notebook;
        let now_ms = tx.now.steady_ms;
        if let Some(link) = self.links.get_mut(&stream)
            && !link.words.take(1, now_ms)
        {
            let fast = link.device.map(|device| Event::TooFast(notebook, device));
            tx.effects.events.extend(fast);
            return self.with_session(stream, tx, |session, _| session.bye());
        }
        match Word::decode(bytes) {
            Ok(Some(Word::Enrol(enrol))) if is_enrolment => self.enrol(stream, enrol, tx),
            Ok(Some(Word::List(list))) if !is_enrolment => self.list(stream, &notebook, &list, tx),
            Ok(Some(Word::Taken(taken))) if !is_enrolment => self.taken(&notebook, &taken.ids, tx),
            Ok(_) => Ok(()),
            Err(_) => self.with_session(stream, tx, |session, _| session.bye()),
        }
    }

    fn enrol(&mut self, stream: StreamId, enrol: Enrol, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let id = enrol.notebook;
        let known = tx.records().notebook(&id)?;
        let same = |record: &Record| {
            record.discovery_key == enrol.discovery_key && record.genesis == enrol.genesis
        };
        let refused = match &known {
            Some(record) if same(record) => None,
            Some(_) => Some(Unenrolled::Another),
            None if id == HOME || id == self.enrolment.notebook => Some(Unenrolled::Another),
            None if self.room().left() == 0 => Some(Unenrolled::Full),
            None if self.may_enrol(tx.now.steady_ms) => None,
            None => Some(Unenrolled::TooMany),
        };
        if let Some(why) = refused {
            tx.effects.events.push(Event::NotEnrolled(id, why));
            let word = Word::NotEnrolled(NotEnrolled {
                number: enrol.number,
                code: why.to_code(),
            });
            self.say(stream, &word, tx)?;
            return self.with_session(stream, tx, |session, _| session.bye());
        }
        let mut ops = Vec::new();
        if known.is_none() {
            let record = Record {
                discovery_key: enrol.discovery_key,
                genesis: enrol.genesis,
                day: tx.now.wall_ms.div_euclid(DAY_MS),
            };
            ops.push(put_notebook(&id, &record));
            self.enrolled_ms.push_back(tx.now.steady_ms);
            self.kept.notebooks += 1;
            tx.effects.events.push(Event::Enrolled(id));
        }
        let list = List {
            number: enrol.number,
            devices: enrol.devices,
            invites: enrol.invites,
            closed: Vec::new(),
        };
        self.add(stream, &id, &list, ops, tx)
    }

    fn may_enrol(&mut self, now_ms: u64) -> bool {
        let an_hour_ago = now_ms.saturating_sub(HOUR_MS);
        while self.enrolled_ms.front().is_some_and(|at| *at < an_hour_ago) {
            self.enrolled_ms.pop_front();
        }
        self.enrolled_ms.len() < ENROLMENTS_PER_HOUR
    }

    fn list(
        &mut self,
        stream: StreamId,
        notebook: &NotebookId,
        list: &List,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        self.add(stream, notebook, list, Vec::new(), tx)
    }

    /// Adds to a notebook's lists, says so once it is on disk, and tells those who wait what has come of it.
    fn add(
        &mut self,
        stream: StreamId,
        id: &NotebookId,
        list: &List,
        mut ops: Vec<Op>,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let mut new: BTreeSet<DevicePk> = BTreeSet::new();
        for device in &list.devices {
            if tx.records().written(id, device)?.is_none() {
                new.insert(*device);
            }
        }
        let mut left_out = 0;
        if !new.is_empty() {
            // What has no room is left out, and whoever lists goes on being served: nobody is locked out by what another listed.
            let room = DEVICES_PER_NOTEBOOK.saturating_sub(tx.records().devices(id)?.len());
            left_out = new.len().saturating_sub(room);
            new = new.into_iter().take(room).collect();
        }
        ops.extend(new.iter().map(|device| put_device(id, device, 0)));
        let (closed, shut_out) = Self::doors(id, list, &mut ops, tx)?;
        left_out += shut_out;
        if !ops.is_empty() && self.disk.is_at_its_end() {
            // No answer: it was not taken, and is said again when the member comes again.
            return Ok(());
        }
        tx.commit(ops, Durability::Synced)?;
        self.kept.devices += new.len() as u64;
        if let Some(open) = self.open.get_mut(id) {
            new.iter().for_each(|device| open.written.set(*device, 0));
        }
        let number = list.number;
        let left_out = (left_out > 0).then_some(left_out as u64);
        self.say(stream, &Word::Listed(Listed { number, left_out }), tx)?;
        if !new.is_empty() {
            self.ask_to_come_again(stream, id, tx)?;
        }
        self.tell_closed(id, &closed, tx)
    }

    /// What a list changes of the invites; answers those that are closed now, and how many that are open it left out. A closed one is remembered, so that whoever
    /// holds it is told, as long as there is room for it beside those that are open.
    fn doors(
        id: &NotebookId,
        list: &List,
        ops: &mut Vec<Op>,
        tx: &Tx<'_>,
    ) -> Result<(BTreeSet<DevicePk>, usize), Failed> {
        let closed: BTreeSet<DevicePk> = list.closed.iter().copied().collect();
        if list.invites.is_empty() && closed.is_empty() {
            return Ok((closed, 0));
        }
        let known = tx.records().invites(id)?;
        let mut doors: BTreeMap<DevicePk, Door> = known.iter().copied().collect();
        for invite in &closed {
            doors.insert(*invite, Door::Closed);
        }
        for invite in &list.invites {
            // Whoever closed it may have a clock that is off. What is said last counts; members judge for themselves.
            if !closed.contains(invite) {
                doors.insert(*invite, Door::Open);
            }
        }
        let surplus = doors.len().saturating_sub(INVITES_PER_NOTEBOOK);
        let of = |wanted: Door| {
            let all = doors.iter().filter(move |(_, door)| **door == wanted);
            all.map(|(invite, _)| *invite)
        };
        let is_new = |invite: &DevicePk| !known.iter().any(|(other, _)| other == invite);
        let closed_first = of(Door::Closed).chain(of(Door::Open).filter(is_new));
        let left_out: BTreeSet<DevicePk> = closed_first.take(surplus).collect();
        doors.retain(|invite, _| !left_out.contains(invite));
        let is_open = |invite: &&DevicePk| !closed.contains(*invite);
        let asked: BTreeSet<&DevicePk> = list.invites.iter().filter(is_open).collect();
        let shut_out = asked
            .into_iter()
            .filter(|invite| left_out.contains(*invite));
        let shut_out = shut_out.count();
        for (invite, door) in known {
            match doors.remove(&invite) {
                Some(now) if now == door => {}
                Some(now) => ops.push(put_invite(id, &invite, now)),
                None => ops.push(delete_invite(id, &invite)),
            }
        }
        ops.extend(
            doors
                .iter()
                .map(|(invite, door)| put_invite(id, invite, *door)),
        );
        Ok((closed, shut_out))
    }

    /// Tells those who wait at a door that it is closed.
    fn tell_closed(
        &mut self,
        notebook: &NotebookId,
        closed: &BTreeSet<DevicePk>,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        if closed.is_empty() {
            return Ok(());
        }
        let waiting = self.links.iter().filter(|(_, link)| {
            let is_closed = link.invite.is_some_and(|invite| closed.contains(&invite));
            link.notebook.as_ref() == Some(notebook) && is_closed
        });
        let waiting: Vec<StreamId> = waiting.map(|(stream, _)| *stream).collect();
        for stream in waiting {
            self.refuse(stream, CLOSED, tx)?;
        }
        Ok(())
    }

    /// Joiners who wait come again as members; members of whom something was passed over bring it again.
    fn ask_to_come_again(
        &mut self,
        from: StreamId,
        notebook: &NotebookId,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let waiting = self.links.iter().filter(|(stream, link)| {
            let waits = link.device.is_none() || link.has_declined;
            link.notebook.as_ref() == Some(notebook) && waits && **stream != from
        });
        let mut waiting: Vec<StreamId> = waiting.map(|(stream, _)| *stream).collect();
        if self.links.get(&from).is_some_and(|link| link.has_declined) {
            waiting.push(from);
        }
        for stream in waiting {
            self.with_session(stream, tx, |session, _| session.bye())?;
        }
        Ok(())
    }
}
