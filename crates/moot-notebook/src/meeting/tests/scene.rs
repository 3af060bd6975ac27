//! Facts said by people on their devices, together and apart. Owns who is who; claims nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::attribution::Author;
use crate::fact::{
    Fact, FactBody, FactDraft, FactEntry, Facts, Insertion, Line, MeetingFact, Paragraph, RoleFact,
    RotaFact,
};
use crate::id::{ActorId, ChangeHash, DeviceId, FactId, PersonId};
use crate::meeting::{MeetingState, meeting_state};
use crate::state::{GroupState, group_state};

pub(crate) const ANA: ActorId = ActorId([1; 16]);
pub(crate) const ANAS_PHONE: ActorId = ActorId([2; 16]);
pub(crate) const BEN: ActorId = ActorId([3; 16]);
pub(crate) const CY: ActorId = ActorId([4; 16]);
pub(crate) const DEE: ActorId = ActorId([5; 16]);

/// The person behind an actor.
pub(crate) fn person(actor: ActorId) -> PersonId {
    let byte = match actor {
        ANA | ANAS_PHONE => 0xa,
        BEN => 0xb,
        CY => 0xc,
        DEE => 0xd,
        ActorId(other) => other[0],
    };
    PersonId([byte; 32])
}

/// Nobody is proven to stand behind an actor that begins with 99.
pub(crate) fn attribution(actor: &ActorId) -> Option<Author> {
    (actor.0[0] != 99).then(|| Author {
        person: person(*actor),
        device: DeviceId([actor.0[0]; 32]),
    })
}

pub(crate) fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

pub(crate) fn para(text: &str) -> Paragraph {
    Paragraph::new(text).unwrap()
}

/// What can be said without spelling out the family.
pub(crate) trait Body {
    fn body(self) -> FactBody;
}

impl Body for FactBody {
    fn body(self) -> FactBody {
        self
    }
}

impl Body for MeetingFact {
    fn body(self) -> FactBody {
        FactBody::Meeting(self)
    }
}

impl Body for RoleFact {
    fn body(self) -> FactBody {
        FactBody::Role(self)
    }
}

impl Body for RotaFact {
    fn body(self) -> FactBody {
        FactBody::Rota(self)
    }
}

/// A place where people are in touch: what one says, the next one knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    pub(crate) facts: Facts,
    said: u64,
    /// Makes what halves say differ.
    half: u8,
    pub(crate) now_ms: i64,
}

impl Scene {
    /// Says something, knowing all that is here.
    pub(crate) fn say(&mut self, actor: ActorId, body: impl Body) -> FactId {
        let after = self.heads();
        self.say_after(actor, after, body)
    }

    /// Says something, knowing only what these follow.
    pub(crate) fn say_after(
        &mut self,
        actor: ActorId,
        after: Vec<FactId>,
        body: impl Body,
    ) -> FactId {
        self.said += 1;
        let mut nonce = self.said.to_be_bytes();
        nonce[0] = self.half;
        let draft = FactDraft {
            after,
            nonce,
            body: body.body(),
        };
        self.add(
            actor,
            draft
                .at(self.now_ms + 1_000 * self.said.cast_signed())
                .encode(),
        )
    }

    pub(crate) fn add(&mut self, actor: ActorId, bytes: Vec<u8>) -> FactId {
        let id = FactId::of_bytes(&bytes);
        let fact = Fact::decode(&bytes);
        let entry = FactEntry {
            id,
            bytes,
            fact,
            inserted: vec![],
        };
        self.facts
            .entry(id)
            .or_insert(entry)
            .inserted
            .push(Insertion {
                actor,
                change: ChangeHash([0; 32]),
            });
        id
    }

    fn heads(&self) -> Vec<FactId> {
        let all: BTreeSet<FactId> = self.facts.keys().copied().collect();
        let heads = crate::state::latest(&self.facts, &all);
        heads.into_iter().collect()
    }

    /// The group is split in two: each half goes on from what all knew.
    pub(crate) fn split(&self) -> (Self, Self) {
        let (mut one, mut other) = (self.clone(), self.clone());
        one.half = 1;
        other.half = 2;
        (one, other)
    }

    /// The halves meet again.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.said += other.said;
        self.half = 3;
        self.facts.extend(other.facts);
        self
    }

    pub(crate) fn state(&self) -> MeetingState {
        self.state_at(self.now_ms)
    }

    pub(crate) fn state_at(&self, as_of_ms: i64) -> MeetingState {
        meeting_state(&self.facts, &attribution, as_of_ms)
    }

    pub(crate) fn group(&self) -> GroupState {
        group_state(&self.facts, &attribution, self.now_ms)
    }
}

/// A meeting that Ana began, with a facilitator to be found.
pub(crate) fn meeting() -> Scene {
    let mut scene = Scene::default();
    scene.say(ANA, MeetingFact::Begun {});
    scene.say(
        ANA,
        FactBody::Title {
            text: "Tuesday".to_owned(),
        },
    );
    scene.say(
        ANA,
        FactBody::Purpose {
            text: "To agree on the plot.".to_owned(),
        },
    );
    scene.say(
        ANA,
        MeetingFact::RoleListed {
            role: line("facilitator"),
        },
    );
    scene
}

/// People by the letter of their names.
pub(crate) fn people(actors: &[ActorId]) -> BTreeSet<PersonId> {
    actors.iter().map(|actor| person(*actor)).collect()
}

/// Counts of whatever comes.
pub(crate) fn counts<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}
