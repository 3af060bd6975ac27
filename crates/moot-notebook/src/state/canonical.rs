//! The bytes that a state is compared by. Owns the encoding and the digests; equal states give equal bytes on every
//! machine. Never read back.

use std::collections::BTreeSet;

use minicbor::Encoder;

use super::slot::{Slot, SlotValue};
use super::{GroupState, Ignored, IgnoredWhy, NewerFact, NoteState, Standing};
use crate::canon::{Canonical, Encoded, Sink};
use crate::id::{DocId, PersonId};

/// BLAKE3 of a state's canonical bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// The digest of a whole notebook's state: of its documents, in any order, and of its roster.
///
/// Each document is given once.
#[must_use]
pub fn state_digest(documents: &[(DocId, Digest)], roster: &[u8; 32]) -> Digest {
    let sorted: BTreeSet<(DocId, Digest)> = documents.iter().copied().collect();
    let mut hasher = blake3::Hasher::new_derive_key("moot 2026 notebook state v1");
    hasher.update(&(sorted.len() as u64).to_be_bytes());
    for (document, digest) in &sorted {
        hasher.update(document.as_bytes()).update(&digest.0);
    }
    hasher.update(roster);
    Digest(*hasher.finalize().as_bytes())
}

impl NoteState {
    /// The digest to compare this state by.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest_of(|sink| write_note(self, sink))
    }
}

impl GroupState {
    /// The digest to compare this state by.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest_of(|sink| write_group(self, sink))
    }
}

fn digest_of(write: impl FnOnce(&mut Sink<'_>) -> Encoded) -> Digest {
    let mut bytes = Vec::with_capacity(512);
    write(&mut Encoder::new(&mut bytes)).expect("writing to memory does not fail");
    Digest(blake3::derive_key("moot 2026 document state v1", &bytes))
}

fn write_note(state: &NoteState, sink: &mut Sink<'_>) -> Encoded {
    sink.array(14)?.u32(1)?;
    write_slot(&state.title, sink, |text, sink| sink.str(text).map(drop))?;
    write_slot(&state.kind, sink, |kind, sink| {
        sink.u32(kind.number()).map(drop)
    })?;
    sink.u32(match state.standing {
        Standing::Open => 0,
        Standing::Reopened => 1,
        Standing::Deleted => 2,
    })?;
    match &state.created {
        Some(created) => {
            sink.array(2)?.i64(created.at_ms)?;
            write_persons(&created.by, sink)?;
        }
        None => drop(sink.null()?),
    }
    sink.i64(state.updated_ms)?;
    write_persons(&state.writers, sink)?;
    sink.array(state.imports.len() as u64)?;
    for import in &state.imports {
        sink.array(3)?
            .bytes(import.fact.as_bytes())?
            .str(&import.path)?
            .bytes(&import.digest)?;
    }
    write_references(state, sink)?;
    sink.bytes(&state.body_digest)?;
    write_set_aside(&state.ignored, &state.newer, sink)
}

/// Tags, links and sources: three lists.
fn write_references(state: &NoteState, sink: &mut Sink<'_>) -> Encoded {
    sink.array(state.tags.len() as u64)?;
    for tag in &state.tags {
        sink.array(3)?.bytes(tag.fact.as_bytes())?.str(&tag.text)?;
        write_persons(&tag.by, sink)?;
    }
    sink.array(state.links.len() as u64)?;
    for link in &state.links {
        sink.array(4)?
            .bytes(link.fact.as_bytes())?
            .u32(link.kind.number())?
            .bytes(link.to.as_bytes())?;
        write_persons(&link.by, sink)?;
    }
    sink.array(state.sources.len() as u64)?;
    for source in &state.sources {
        sink.array(4)?
            .bytes(source.fact.as_bytes())?
            .str(&source.citation)?;
        sink.str(source.url.as_deref().unwrap_or_default())?;
        write_persons(&source.by, sink)?;
    }
    Ok(())
}

fn write_group(state: &GroupState, sink: &mut Sink<'_>) -> Encoded {
    let text = |text: &String, sink: &mut Sink<'_>| sink.str(text).map(drop);
    sink.array(8)?.u32(2)?;
    write_slot(&state.name, sink, text)?;
    write_slot(&state.purpose, sink, text)?;
    sink.map(state.names.len() as u64)?;
    for (person, name) in &state.names {
        sink.bytes(person.as_bytes())?;
        write_slot(name, sink, text)?;
    }
    state.roles.write(sink)?;
    state.wishes.write(sink)?;
    write_set_aside(&state.ignored, &state.newer, sink)
}

fn write_slot<T>(
    slot: &Slot<T>,
    sink: &mut Sink<'_>,
    write: impl Fn(&T, &mut Sink<'_>) -> Encoded,
) -> Encoded {
    sink.array(2)?.array(slot.values.len() as u64)?;
    for value in &slot.values {
        write_value(value, sink, &write)?;
    }
    match &slot.before {
        Some(before) => write_value(before, sink, &write),
        None => sink.null().map(drop),
    }
}

fn write_value<T>(
    value: &SlotValue<T>,
    sink: &mut Sink<'_>,
    write: &impl Fn(&T, &mut Sink<'_>) -> Encoded,
) -> Encoded {
    sink.array(4)?
        .bytes(value.fact.as_bytes())?
        .i64(value.at_ms)?;
    write_persons(&value.by, sink)?;
    write(&value.value, sink)
}

fn write_persons(persons: &BTreeSet<PersonId>, sink: &mut Sink<'_>) -> Encoded {
    sink.array(persons.len() as u64)?;
    for person in persons {
        sink.bytes(person.as_bytes())?;
    }
    Ok(())
}

/// What is ignored and what is newer: two lists.
fn write_set_aside(ignored: &[Ignored], newer: &[NewerFact], sink: &mut Sink<'_>) -> Encoded {
    sink.array(ignored.len() as u64)?;
    for one in ignored {
        sink.array(3)?
            .bytes(one.fact.as_bytes())?
            .u32(match one.why {
                IgnoredWhy::Malformed => 0,
                IgnoredWhy::OutOfPlace => 1,
                IgnoredWhy::NotTheirs => 2,
                IgnoredWhy::LeadsNowhere => 3,
                IgnoredWhy::TooMany => 4,
            })?;
        write_persons(&one.by, sink)?;
    }
    sink.array(newer.len() as u64)?;
    for one in newer {
        sink.array(2)?.bytes(one.fact.as_bytes())?.u32(one.tag)?;
    }
    Ok(())
}
