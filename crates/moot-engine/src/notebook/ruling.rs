//! From roster events to a roster.
//!
//! Owns which events are handed in: those before which everything in their log was opened, and whose key is wrapped to all
//! whom their author knew. What an event then counts for is moot-group's.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::{Content, Roster, RosterEntry};
use moot_log::{ChainId, EntryId, KeyId, LogId, LogInit};

use super::{Notebook, OpenedEvent};
use crate::reply::{Event, Named};
use crate::rows::WaitRow;
use crate::tx::Tx;

/// Entries of each log, in the order of their positions.
type ByLog = BTreeMap<LogId, BTreeSet<(u64, EntryId)>>;

/// The chains that lead to an entry, each with the first position that does not.
pub(super) type Path = BTreeMap<ChainId, u64>;

impl Notebook {
    pub(super) fn evaluate_roster(&mut self, tx: &mut Tx<'_>) {
        let roster = self.evaluated(tx);
        if roster.digest() == self.roster.digest() {
            // Where somebody is, or a relay, is no part of what is compared.
            let places = |roster: &Roster| -> Vec<_> {
                let devices = roster.live_devices();
                devices.map(|device| device.addresses.clone()).collect()
            };
            self.roster_changed |= places(&roster) != places(&self.roster);
            self.roster = roster;
            return;
        }
        for person in roster.persons() {
            if self.roster.person(&person.id).is_none() && self.roster.genesis().is_some() {
                let person = Named {
                    id: person.id.0.to_string(),
                    name: person.name.clone(),
                };
                tx.event(Event::Joined {
                    notebook: self.id.to_string(),
                    person,
                });
            }
        }
        self.roster = roster;
        self.roster_changed = true;
        self.recut = true;
        self.advanced = true;
        tx.event(Event::PeopleChanged {
            notebook: self.id.to_string(),
        });
    }

    /// The roster of all events that may count.
    pub(super) fn evaluated(&mut self, tx: &Tx<'_>) -> Roster {
        let entries = self.roster_entries(tx);
        let all = self.roster_from(&entries);
        let mut hidden: BTreeSet<EntryId> = BTreeSet::new();
        for (id, entry) in &entries {
            let key = self.events.get(id).map_or(KeyId::NONE, |event| event.key);
            if self.keys.is_open_to_all(&key, &entry.after, &all) == Some(false) {
                hidden.insert(*id);
            }
        }
        if hidden.is_empty() {
            return all;
        }
        let shown: BTreeMap<EntryId, RosterEntry> = entries
            .into_iter()
            .filter(|(id, _)| !hidden.contains(id))
            .collect();
        self.roster_from(&shown)
    }

    /// A genesis that this program cannot follow leaves the notebook as if nothing had come, and is remembered.
    fn roster_from(&mut self, entries: &BTreeMap<EntryId, RosterEntry>) -> Roster {
        match Roster::from_events(self.id, self.genesis, entries) {
            Ok(roster) => {
                self.strange_genesis = None;
                roster
            }
            Err(error) => {
                self.strange_genesis = Some(error.to_string());
                Roster::from_events(self.id, self.genesis, &BTreeMap::new())
                    .expect("no genesis, nothing to refuse")
            }
        }
    }

    fn roster_entries(&self, tx: &Tx<'_>) -> BTreeMap<EntryId, RosterEntry> {
        let mut events = ByLog::new();
        for (id, event) in &self.events {
            events
                .entry(event.log)
                .or_default()
                .insert((event.seq, *id));
        }
        let mut unopened = ByLog::new();
        for (id, waiting) in self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.why == WaitRow::Key)
        {
            unopened
                .entry(waiting.log)
                .or_default()
                .insert((waiting.seq, *id));
        }
        let mut entries = BTreeMap::new();
        for (id, event) in &self.events {
            let Content::Roster(content) = &event.body.content else {
                continue;
            };
            let Some(author) = self.log_inits.get(&event.log).map(LogInit::device) else {
                continue;
            };
            let path = self.path_to(id, event, tx);
            if self
                .nearest_before(event, path.as_ref(), &unopened, tx)
                .is_some()
            {
                continue;
            }
            let earlier = self.nearest_before(event, path.as_ref(), &events, tx);
            let after = event.body.after.clone();
            let event = content.clone();
            entries.insert(
                *id,
                RosterEntry {
                    author,
                    earlier,
                    after,
                    event,
                },
            );
        }
        entries
    }

    /// The nearest of some entries that stands before an event in its own log, on its own branch.
    fn nearest_before(
        &self,
        event: &OpenedEvent,
        path: Option<&Path>,
        entries: &ByLog,
        tx: &Tx<'_>,
    ) -> Option<EntryId> {
        let before = entries
            .get(&event.log)?
            .range(..(event.seq, EntryId([0; 32])));
        let mut ids = before.rev().map(|(_, id)| *id);
        let Some(path) = path else { return ids.next() };
        ids.find(|id| {
            let place = tx.places(self.id).seek(id).ok().flatten();
            place.is_some_and(|(chain, seq)| path.get(&chain).is_some_and(|until| seq < *until))
        })
    }

    /// The way to an event through its log; none where the log has no branches, so that all of it leads there.
    fn path_to(&self, id: &EntryId, event: &OpenedEvent, tx: &Tx<'_>) -> Option<Path> {
        self.chains.of_log(event.log).nth(1)?;
        let (chain, seq) = tx.places(self.id).seek(id).ok().flatten()?;
        Some(self.path_from(chain, seq))
    }

    /// The way through a log to a position in a chain of it.
    pub(super) fn path_from(&self, chain: ChainId, seq: u64) -> Path {
        let mut path = Path::new();
        let mut next = Some((chain, seq + 1));
        while let Some((chain, until)) = next {
            path.insert(chain, until);
            let parent = self
                .chains
                .get(&chain)
                .and_then(|chain| Some((chain.parent?, chain.first_seq)));
            next = parent;
        }
        path
    }
}
