//! The first change that every document shares, compiled in: so that all peers have the same root objects.
//!
//! Owns its bytes and the ids of the two objects. It is never sent, and exempt from the rule about actors.

use automerge::{Automerge, Change, ObjId, TextEncoding};

use crate::id::ActorId;

/// The actor of the first change. No log and session give this id but by chance.
pub(crate) const ACTOR: ActorId = ActorId(*b"moot/document/1\0");

/// How many operations the first change has: the next starts one further.
pub(crate) const OPS: u64 = 2;

/// The first change: makes the map `facts`, then the text `body`, at time 0.
const BYTES: &[u8] = &[
    0x85, 0x6f, 0x4a, 0x83, 0x6d, 0x6c, 0x98, 0x57, 0x01, 0x36, 0x00, 0x10, 0x6d, 0x6f, 0x6f, 0x74,
    0x2f, 0x64, 0x6f, 0x63, 0x75, 0x6d, 0x65, 0x6e, 0x74, 0x2f, 0x31, 0x00, 0x01, 0x01, 0x00, 0x00,
    0x00, 0x05, 0x15, 0x0c, 0x34, 0x01, 0x42, 0x03, 0x56, 0x02, 0x70, 0x02, 0x7e, 0x05, 0x66, 0x61,
    0x63, 0x74, 0x73, 0x04, 0x62, 0x6f, 0x64, 0x79, 0x02, 0x7e, 0x00, 0x04, 0x02, 0x00, 0x02, 0x00,
];

/// The map of facts.
pub(crate) fn facts() -> ObjId {
    ObjId::Id(1, library_actor(&ACTOR), 0)
}

/// The text.
pub(crate) fn body() -> ObjId {
    ObjId::Id(2, library_actor(&ACTOR), 0)
}

/// The text, as changes made by hand name it.
pub(crate) fn body_name() -> automerge::legacy::ObjectId {
    automerge::legacy::ObjectId::Id(automerge::legacy::OpId::new(2, &library_actor(&ACTOR)))
}

/// The library's name for an actor.
pub(crate) fn library_actor(actor: &ActorId) -> automerge::ActorId {
    automerge::ActorId::from(actor.0)
}

/// The first change as the library holds it.
pub(crate) fn change() -> Change {
    Change::try_from(BYTES).expect("the first change is compiled in and well formed")
}

/// A document of the library that holds the first change and nothing else.
pub(crate) fn document() -> Automerge {
    let mut document = Automerge::new_with_encoding(TextEncoding::Utf8CodeUnit);
    // The library drew a random actor; this one is put in its place before it can show.
    document.set_actor(library_actor(&ACTOR));
    document
        .apply_changes([change()])
        .expect("the first change applies to an empty document");
    document
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ObjType, ROOT, ReadDoc};

    use super::*;

    #[test]
    fn the_first_change_is_what_the_library_makes_of_two_puts() {
        let mut document = Automerge::new_with_encoding(TextEncoding::Utf8CodeUnit);
        document.set_actor(library_actor(&ACTOR));
        let mut transaction = document.transaction();
        transaction.put_object(ROOT, "facts", ObjType::Map).unwrap();
        transaction.put_object(ROOT, "body", ObjType::Text).unwrap();
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(0));
        let made = document.get_change_by_hash(&hash.unwrap()).unwrap();
        assert_eq!(made.raw_bytes(), BYTES);
        assert_eq!(made.len() as u64, OPS);
    }

    #[test]
    fn the_hash_of_the_first_change_never_changes() {
        assert_eq!(
            change().hash().to_string(),
            "6d6c98570dff78f2da3f3908363764bff43a5fd7bf6f4539aa868e657d4fec3b"
        );
    }
}
