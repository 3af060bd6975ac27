//! What members tell a relay: which notebook to keep, which devices to serve, which invites may post.
//!
//! Lists only grow, but for invites; they are there against spam, and members verify everything themselves.

use std::collections::BTreeSet;

use moot_log::relay::{Enrol, List, Listed, Word};
use moot_log::storage::{Durability, HOME, Op};
use moot_log::{DevicePk, NotebookId};

use super::{Failed, Relay, StreamId, Tx};
use crate::limits::{
    DAY_MS, DEVICES_PER_NOTEBOOK, ENROLMENTS_PER_HOUR, HOUR_MS, INVITES_PER_NOTEBOOK,
};
use crate::machine::Event;
use crate::records::{Record, delete_invite, put_device, put_invite, put_notebook};

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
        let may = match &known {
            Some(record) => same(record),
            None => id != HOME && id != self.enrolment.notebook && self.may_enrol(tx.now.steady_ms),
        };
        if !may {
            tx.effects.events.push(Event::NotEnrolled(id));
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
        let mut ops = Vec::new();
        for invite in &list.closed {
            ops.push(delete_invite(notebook, invite));
        }
        self.add(stream, notebook, list, ops, tx)
    }

    /// Adds to a notebook's lists, says so once it is on disk, and lets those in who waited for it.
    fn add(
        &mut self,
        stream: StreamId,
        id: &NotebookId,
        list: &List,
        mut ops: Vec<Op>,
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let listed = tx.records().devices(id)?;
        let known: BTreeSet<DevicePk> = listed.into_iter().map(|(device, _)| device).collect();
        let new: BTreeSet<&DevicePk> = list.devices.iter().collect();
        let new: Vec<_> = new
            .into_iter()
            .filter(|new| !known.contains(*new))
            .collect();
        // What has no room is left out, and whoever lists goes on being served: nobody is locked out by what another listed.
        let room = DEVICES_PER_NOTEBOOK.saturating_sub(known.len());
        let new: Vec<_> = new.into_iter().take(room).collect();
        ops.extend(new.iter().map(|device| put_device(id, device, 0)));
        let mut room = INVITES_PER_NOTEBOOK.saturating_sub(tx.records().invites(id)?);
        for invite in &list.invites {
            if room > 0 && !list.closed.contains(invite) && !tx.records().has_invite(id, invite)? {
                ops.push(put_invite(id, invite));
                room -= 1;
            }
        }
        tx.commit(ops, Durability::Synced)?;
        self.kept.devices += new.len() as u64;
        let number = list.number;
        self.say(stream, &Word::Listed(Listed { number }), tx)?;
        if new.is_empty() {
            return Ok(());
        }
        self.ask_to_come_again(stream, id, tx)
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
