//! The verdict on every event, from its own past.
//!
//! Owns the rules of who may do what. Each verdict reads only facts that stand in the event's past, which no later event changes.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::{DevicePk, EntryId, NotebookId};

use super::event::{Genesis, InviteCreate, Retire};
use super::facts::{CreateFact, Facts, Intro, KemFact, KemSource, RetireFact};
use super::past::{Graph, Past};
use super::{GenesisError, PersonId, Refusal, Roster, RosterEntry, RosterEvent, view};
use crate::invite::{InvitePk, Purpose};
use crate::kem::KemPk;
use crate::request::JoinRequest;

pub(super) fn evaluate(
    notebook: NotebookId,
    genesis: EntryId,
    events: &BTreeMap<EntryId, RosterEntry>,
) -> Result<Roster, GenesisError> {
    let mut evaluation = Evaluation::new(notebook, genesis, events)?;
    if evaluation.genesis.is_some() {
        for position in evaluation.graph.order() {
            let id = evaluation.graph.id(position);
            evaluation.judge(position, id, &events[&id]);
        }
    }
    Ok(evaluation.finish(events))
}

struct Evaluation {
    notebook: NotebookId,
    genesis_id: EntryId,
    genesis: Option<Genesis>,
    facts: Facts,
    graph: Graph,
    /// By position; none for what has not been judged.
    pasts: Vec<Option<Past>>,
    refused: BTreeMap<EntryId, Refusal>,
    /// The positions of the events that count, in the order in which they were judged.
    counted: Vec<usize>,
    now: Past,
    indexes: usize,
    /// The last event of addresses, and of a name, along an event's own log, by position.
    said: Vec<Said>,
}

#[derive(Clone, Copy, Default)]
struct Said {
    addresses: Option<EntryId>,
    name: Option<EntryId>,
}

impl Evaluation {
    fn new(
        notebook: NotebookId,
        genesis_id: EntryId,
        events: &BTreeMap<EntryId, RosterEntry>,
    ) -> Result<Self, GenesisError> {
        let genesis = events
            .get(&genesis_id)
            .map(|entry| check_genesis(notebook, entry))
            .transpose()?;
        Ok(Self {
            notebook,
            genesis_id,
            genesis,
            facts: Facts::default(),
            graph: Graph::new(events),
            pasts: vec![None; events.len()],
            refused: BTreeMap::new(),
            counted: Vec::new(),
            now: Past::default(),
            indexes: 0,
            said: vec![Said::default(); events.len()],
        })
    }

    /// All that the event follows has been judged.
    fn judge(&mut self, position: usize, id: EntryId, entry: &RosterEntry) {
        let mut past = Past::default();
        for parent in self.graph.parents(position) {
            if let Some(before) = &self.pasts[*parent] {
                past.extend(before);
            }
        }
        if let Some(earlier) = self.graph.earlier(position) {
            self.said[position] = self.said[earlier];
        }
        match self.apply(position, id, entry, &past) {
            Ok(index) => {
                self.counted.push(position);
                if let Some(index) = index {
                    past.insert(index);
                    self.now.insert(index);
                }
            }
            Err(refusal) => {
                self.refused.insert(id, refusal);
            }
        }
        self.pasts[position] = Some(past);
    }

    /// The index of an event that can matter to verdicts, none for one that only says something, or why it does not count.
    fn apply(
        &mut self,
        position: usize,
        id: EntryId,
        entry: &RosterEntry,
        past: &Past,
    ) -> Result<Option<usize>, Refusal> {
        let author = entry.author;
        if let RosterEvent::Genesis(genesis) = &entry.event {
            return self.begin(id, genesis).map(Some);
        }
        let person = self
            .facts
            .person(&author, past)
            .ok_or(Refusal::AuthorUnknown)?;
        match &entry.event {
            RosterEvent::Genesis(_) | RosterEvent::ForeignGenesis(_) => Err(Refusal::SecondGenesis),
            RosterEvent::InviteCreate(create) => self.invite(author, person, create).map(Some),
            RosterEvent::InviteRevoke(invite) => Ok(Some(self.revoke(invite))),
            RosterEvent::Admit(request) => {
                self.grantable(request, Purpose::Join, person, past)?;
                let newcomer = PersonId(request.device());
                Ok(Some(self.introduce(id, author, newcomer, request)))
            }
            RosterEvent::Link(request) => {
                self.grantable(request, Purpose::Link, person, past)?;
                Ok(Some(self.introduce(id, author, person, request)))
            }
            RosterEvent::Retire(retire) => self.retire(person, retire, past).map(Some),
            RosterEvent::Leave => Ok(Some(self.leave(person))),
            RosterEvent::DeviceKey(kem) => self.device_key(author, *kem, past).map(Some),
            RosterEvent::DeviceAddresses(_) => Ok(self.addresses(position, id, author)),
            RosterEvent::DeviceName(_) => Ok(self.name(position, id, author)),
            RosterEvent::Unknown(_) => Ok(None),
        }
    }

    fn next_index(&mut self) -> usize {
        self.indexes += 1;
        self.indexes - 1
    }

    fn begin(&mut self, id: EntryId, genesis: &Genesis) -> Result<usize, Refusal> {
        if id != self.genesis_id {
            return Err(Refusal::SecondGenesis);
        }
        let index = self.next_index();
        let intro = Intro {
            index,
            id,
            request: None,
            person: PersonId(genesis.device),
            by: genesis.device,
            name: genesis.name.clone(),
            device_name: genesis.device_name.clone(),
        };
        self.facts
            .intros
            .entry(genesis.device)
            .or_default()
            .push(intro);
        self.announce(index, genesis.device, genesis.kem, KemSource::Request);
        Ok(index)
    }

    fn announce(&mut self, index: usize, device: DevicePk, kem: KemPk, source: KemSource) {
        self.facts
            .kems
            .entry(device)
            .or_default()
            .push(KemFact { index, kem, source });
    }

    fn invite(
        &mut self,
        author: DevicePk,
        person: PersonId,
        create: &InviteCreate,
    ) -> Result<usize, Refusal> {
        if create.notebook() != self.notebook {
            return Err(Refusal::OtherNotebook);
        }
        if create.device() != author {
            return Err(Refusal::OtherPerson);
        }
        let index = self.next_index();
        let fact = CreateFact {
            index,
            person,
            create: create.clone(),
        };
        self.facts
            .invites
            .entry(create.invite)
            .or_default()
            .creates
            .push(fact);
        Ok(index)
    }

    fn revoke(&mut self, invite: &InvitePk) -> usize {
        let index = self.next_index();
        self.facts
            .invites
            .entry(*invite)
            .or_default()
            .revokes
            .push(index);
        index
    }

    /// Whether a request may be granted by somebody who knew this past. Times and numbers of uses are the admitter's affair:
    /// no two members could agree on them.
    fn grantable(
        &self,
        request: &JoinRequest,
        purpose: Purpose,
        person: PersonId,
        past: &Past,
    ) -> Result<(), Refusal> {
        if request.notebook() != self.notebook {
            return Err(Refusal::OtherNotebook);
        }
        if request.purpose() != purpose {
            return Err(Refusal::OtherPurpose);
        }
        if !request.applicant().kem.is_usable() {
            return Err(Refusal::UnusableKey);
        }
        self.invite_stands(request, purpose, person, past)?;
        let mut known = self
            .facts
            .intros
            .get(&request.device())
            .into_iter()
            .flatten();
        if known.any(|intro| past.contains(intro.index) && intro.request != Some(request.id())) {
            return Err(Refusal::DeviceKnown);
        }
        Ok(())
    }

    fn invite_stands(
        &self,
        request: &JoinRequest,
        purpose: Purpose,
        person: PersonId,
        past: &Past,
    ) -> Result<(), Refusal> {
        let facts = self
            .facts
            .invites
            .get(&request.invite())
            .ok_or(Refusal::InviteUnknown)?;
        let creates: Vec<&CreateFact> = facts
            .creates
            .iter()
            .filter(|fact| past.contains(fact.index))
            .collect();
        if creates.is_empty() {
            return Err(Refusal::InviteUnknown);
        }
        if !creates.iter().any(|fact| fact.create.purpose == purpose) {
            return Err(Refusal::OtherPurpose);
        }
        let own = |fact: &&CreateFact| fact.create.purpose == purpose && fact.person == person;
        if purpose == Purpose::Link && !creates.iter().any(own) {
            return Err(Refusal::OtherPerson);
        }
        if facts.revokes.iter().any(|index| past.contains(*index)) {
            return Err(Refusal::InviteRevoked);
        }
        Ok(())
    }

    fn introduce(
        &mut self,
        id: EntryId,
        by: DevicePk,
        person: PersonId,
        request: &JoinRequest,
    ) -> usize {
        let index = self.next_index();
        let applicant = request.applicant();
        let device = request.device();
        let name = match request.purpose() {
            Purpose::Join => applicant.name.clone(),
            Purpose::Link => String::new(),
        };
        let intro = Intro {
            index,
            id,
            request: Some(request.id()),
            person,
            by,
            name,
            device_name: applicant.device_name.clone(),
        };
        self.facts.intros.entry(device).or_default().push(intro);
        self.announce(index, device, applicant.kem, KemSource::Request);
        let granted = &mut self
            .facts
            .invites
            .entry(request.invite())
            .or_default()
            .granted;
        granted.insert(request.id());
        index
    }
}

impl Evaluation {
    fn retire(&mut self, person: PersonId, retire: &Retire, past: &Past) -> Result<usize, Refusal> {
        if self.facts.person(&retire.device, past) != Some(person) {
            return Err(Refusal::OtherPerson);
        }
        let index = self.next_index();
        let fact = RetireFact {
            index,
            cut: retire.cut.clone(),
        };
        self.facts
            .retires
            .entry(retire.device)
            .or_default()
            .push(fact);
        Ok(index)
    }

    fn leave(&mut self, person: PersonId) -> usize {
        let index = self.next_index();
        self.facts.leaves.entry(person).or_default().push(index);
        index
    }

    fn device_key(&mut self, author: DevicePk, kem: KemPk, past: &Past) -> Result<usize, Refusal> {
        if !kem.is_usable() {
            return Err(Refusal::UnusableKey);
        }
        let index = self.next_index();
        self.announce(index, author, kem, KemSource::Own { past: past.clone() });
        Ok(index)
    }

    /// What a device says of itself replaces what it said earlier in the same log; other incarnations speak beside it.
    fn addresses(&mut self, position: usize, id: EntryId, author: DevicePk) -> Option<usize> {
        let latest = self.facts.addresses.entry(author).or_default();
        if let Some(before) = self.said[position].addresses.replace(id) {
            latest.remove(&before);
        }
        latest.insert(id);
        None
    }

    fn name(&mut self, position: usize, id: EntryId, author: DevicePk) -> Option<usize> {
        let latest = self.facts.names.entry(author).or_default();
        if let Some(before) = self.said[position].name.replace(id) {
            latest.remove(&before);
        }
        latest.insert(id);
        None
    }

    fn finish(self, events: &BTreeMap<EntryId, RosterEntry>) -> Roster {
        let matter = |position: &usize| !events[&self.graph.id(*position)].event.is_said();
        let mattering: Vec<usize> = self.counted.iter().copied().filter(matter).collect();
        let heads = heads(&mattering, &self.graph);
        let devices = view::devices(&self.facts, &self.now, events);
        let persons = view::persons(&self.facts, &devices, &self.now);
        let invites = view::invites(&self.facts);
        let (mut pasts, mut pending) = (BTreeMap::new(), BTreeSet::new());
        for (id, past) in self.graph.ids().iter().zip(self.pasts) {
            match past {
                Some(past) => drop(pasts.insert(*id, past)),
                None => drop(pending.insert(*id)),
            }
        }
        Roster {
            notebook: self.notebook,
            genesis: self.genesis,
            heads,
            pending,
            refused: self.refused,
            pasts,
            facts: self.facts,
            devices,
            persons,
            invites,
        }
    }
}

fn check_genesis(notebook: NotebookId, entry: &RosterEntry) -> Result<Genesis, GenesisError> {
    let genesis = match &entry.event {
        RosterEvent::Genesis(genesis) => genesis,
        RosterEvent::ForeignGenesis(foreign) if foreign.rules_version != super::RULES_VERSION => {
            return Err(GenesisError::NewerRules(foreign.rules_version));
        }
        RosterEvent::ForeignGenesis(_) => return Err(GenesisError::HasParent),
        _ => return Err(GenesisError::NotAGenesis("it is another event")),
    };
    let wrong = |why| Err(GenesisError::NotAGenesis(why));
    if genesis.notebook != notebook {
        return wrong("it begins another notebook");
    }
    if genesis.device != entry.author {
        return wrong("another device signed it");
    }
    if entry.parents().next().is_some() {
        return wrong("it follows another event");
    }
    if !genesis.kem.is_usable() {
        return wrong("nothing can be sealed to its key");
    }
    Ok(genesis.clone())
}

/// Those of the events that no other of them follows, be it by way of one that is not among them.
fn heads(events: &[usize], graph: &Graph) -> BTreeSet<EntryId> {
    let mut followed = vec![false; graph.ids().len()];
    let mut open = events.to_vec();
    while let Some(position) = open.pop() {
        for parent in graph.parents(position) {
            if !std::mem::replace(&mut followed[*parent], true) {
                open.push(*parent);
            }
        }
    }
    let unfollowed = events.iter().filter(|position| !followed[**position]);
    unfollowed.map(|position| graph.id(*position)).collect()
}
