//! Who stands behind an actor. Owns the question only; the roster, which has the answer, is not this crate's.

use crate::id::{ActorId, DeviceId, PersonId};

/// The person and the device that signed what an actor did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Author {
    /// Who it was.
    pub person: PersonId,
    /// On which of their devices.
    pub device: DeviceId,
}

/// Answers who an actor is: actor to session to log to device to person.
///
/// Must be a function of the notebook's entries alone, or two machines will show different states.
pub trait Attribution {
    /// The author behind `actor`, or `None` while no entry proves one.
    fn author(&self, actor: &ActorId) -> Option<Author>;
}

impl<F: Fn(&ActorId) -> Option<Author>> Attribution for F {
    fn author(&self, actor: &ActorId) -> Option<Author> {
        self(actor)
    }
}
