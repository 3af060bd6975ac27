//! The bytes of a fact: one CBOR map with integer keys, ascending, each once. Owns tags and key numbers.
//!
//! Reading never fails: what is not well formed is `None`, and what is newer is `Newer`.

use std::collections::BTreeMap;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::field::{Field, Read};
use super::{Fact, FactBody, LinkKind, MeetingFact, NoteKind, RoleFact, RotaFact};
use crate::canon::{Encoded, Sink};
use crate::id::{ChangeHash, DocId, FactId};
use crate::limits::{FACT_AFTER_MAX, FACT_BYTES_MAX};

const TITLE: u32 = 1;
const DELETED: u32 = 2;
const RESTORED: u32 = 3;
const IMPORTED: u32 = 4;
const TAG: u32 = 5;
const LINK: u32 = 6;
const SOURCE: u32 = 7;
const RETRACT: u32 = 8;
const NOTE_CREATED: u32 = 16;
const NOTEBOOK_NAME: u32 = 32;
const PURPOSE: u32 = 33;
const PROFILE_NAME: u32 = 34;

const KEY_TAG: u32 = 0;
const KEY_AT_MS: u32 = 1;
const KEY_AFTER: u32 = 2;
const KEY_NONCE: u32 = 3;
/// The first key of a fact's own.
const KEY_FIRST: u32 = 4;
const KEY_SECOND: u32 = 5;

impl FactBody {
    /// The number of this kind of fact in the format.
    #[must_use]
    pub const fn tag(&self) -> u32 {
        match self {
            Self::Title { .. } => TITLE,
            Self::Deleted { .. } => DELETED,
            Self::Restored => RESTORED,
            Self::Imported { .. } => IMPORTED,
            Self::Tag { .. } => TAG,
            Self::Link { .. } => LINK,
            Self::Source { .. } => SOURCE,
            Self::Retract { .. } => RETRACT,
            Self::NoteCreated { .. } => NOTE_CREATED,
            Self::NotebookName { .. } => NOTEBOOK_NAME,
            Self::Purpose { .. } => PURPOSE,
            Self::ProfileName { .. } => PROFILE_NAME,
            Self::Meeting(fact) => fact.tag(),
            Self::Role(fact) => fact.tag(),
            Self::Rota(fact) => fact.tag(),
            Self::Newer { tag } => *tag,
        }
    }

    /// How many keys of its own it has.
    fn fields(&self) -> u64 {
        match self {
            Self::Meeting(fact) => fact.fields(),
            Self::Role(fact) => fact.fields(),
            Self::Rota(fact) => fact.fields(),
            Self::Restored | Self::Newer { .. } => 0,
            Self::Imported { .. } | Self::Link { .. } | Self::Source { url: Some(_), .. } => 2,
            _ => 1,
        }
    }
}

impl Fact {
    /// The bytes that are stored, signed and hashed into its id. Equal facts give equal bytes.
    ///
    /// # Panics
    /// Never: writing to memory does not fail.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        self.write(&mut Encoder::new(&mut bytes))
            .expect("writing to memory does not fail");
        bytes
    }

    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.map(4 + self.body.fields())?;
        sink.u32(KEY_TAG)?.u32(self.body.tag())?;
        sink.u32(KEY_AT_MS)?.i64(self.at_ms)?;
        sink.u32(KEY_AFTER)?.array(self.after.len() as u64)?;
        for id in &self.after {
            sink.bytes(id.as_bytes())?;
        }
        sink.u32(KEY_NONCE)?.bytes(&self.nonce)?;
        write_body(&self.body, sink)
    }

    /// Reads a fact, or says that these bytes are none.
    ///
    /// A tag, or a number inside a fact, that this program does not know gives [`FactBody::Newer`]; keys it does
    /// not know are passed over. `None`: not a map of ascending integer keys, something of the wrong type or
    /// missing, a text that breaks its limit, bytes left over.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > FACT_BYTES_MAX {
            return None;
        }
        let fields = Fields::read(bytes)?;
        let tag = fields.number(KEY_TAG)?;
        let fact = Self {
            at_ms: fields.decoder(KEY_AT_MS)?.i64().ok()?,
            after: fields
                .list(KEY_AFTER, FACT_AFTER_MAX)?
                .into_iter()
                .map(FactId)
                .collect(),
            nonce: fields.exact(KEY_NONCE)?,
            body: read_body(tag, &fields)?,
        };
        let newer = matches!(fact.body, FactBody::Newer { .. });
        (newer || fact.check().is_ok()).then_some(fact)
    }
}

fn write_body(body: &FactBody, sink: &mut Sink<'_>) -> Encoded {
    match body {
        FactBody::Title { text }
        | FactBody::Tag { text }
        | FactBody::NotebookName { text }
        | FactBody::Purpose { text }
        | FactBody::ProfileName { text } => {
            sink.u32(KEY_FIRST)?.str(text)?;
        }
        FactBody::Deleted { seen } => {
            sink.u32(KEY_FIRST)?.array(seen.len() as u64)?;
            for head in seen {
                sink.bytes(head.as_bytes())?;
            }
        }
        FactBody::Imported { path, digest } => {
            sink.u32(KEY_FIRST)?.str(path)?;
            sink.u32(KEY_SECOND)?.bytes(digest)?;
        }
        FactBody::Link { kind, to } => {
            sink.u32(KEY_FIRST)?.u32(kind.number())?;
            sink.u32(KEY_SECOND)?.bytes(to.as_bytes())?;
        }
        FactBody::Source { citation, url } => {
            sink.u32(KEY_FIRST)?.str(citation)?;
            if let Some(url) = url {
                sink.u32(KEY_SECOND)?.str(url)?;
            }
        }
        FactBody::Retract { of } => {
            sink.u32(KEY_FIRST)?.bytes(of.as_bytes())?;
        }
        FactBody::NoteCreated { kind } => {
            sink.u32(KEY_FIRST)?.u32(kind.number())?;
        }
        FactBody::Meeting(fact) => fact.write(sink)?,
        FactBody::Role(fact) => fact.write(sink)?,
        FactBody::Rota(fact) => fact.write(sink)?,
        FactBody::Restored | FactBody::Newer { .. } => {}
    }
    Ok(())
}

fn read_body(tag: u32, fields: &Fields<'_>) -> Option<FactBody> {
    let body = match tag {
        TITLE => FactBody::Title {
            text: fields.text(KEY_FIRST)?,
        },
        DELETED => FactBody::Deleted {
            seen: fields
                .list(KEY_FIRST, crate::limits::DELETED_SEEN_MAX)?
                .into_iter()
                .map(ChangeHash)
                .collect(),
        },
        RESTORED => FactBody::Restored,
        IMPORTED => FactBody::Imported {
            path: fields.text(KEY_FIRST)?,
            digest: fields.exact(KEY_SECOND)?,
        },
        TAG => FactBody::Tag {
            text: fields.text(KEY_FIRST)?,
        },
        LINK => {
            let to = DocId(fields.exact(KEY_SECOND)?);
            LinkKind::from_number(fields.number(KEY_FIRST)?)
                .map_or(FactBody::Newer { tag }, |kind| FactBody::Link { kind, to })
        }
        SOURCE => FactBody::Source {
            citation: fields.text(KEY_FIRST)?,
            url: fields.optional_text(KEY_SECOND)?,
        },
        RETRACT => FactBody::Retract {
            of: FactId(fields.exact(KEY_FIRST)?),
        },
        NOTE_CREATED => NoteKind::from_number(fields.number(KEY_FIRST)?)
            .map_or(FactBody::Newer { tag }, |kind| FactBody::NoteCreated {
                kind,
            }),
        NOTEBOOK_NAME => FactBody::NotebookName {
            text: fields.text(KEY_FIRST)?,
        },
        PURPOSE => FactBody::Purpose {
            text: fields.text(KEY_FIRST)?,
        },
        PROFILE_NAME => FactBody::ProfileName {
            text: fields.text(KEY_FIRST)?,
        },
        _ => return read_family(tag, fields),
    };
    Some(body)
}

/// A fact of one of the families that are declared by their fields.
fn read_family(tag: u32, fields: &Fields<'_>) -> Option<FactBody> {
    fn body<T>(read: Read<T>, tag: u32, of: impl Fn(T) -> FactBody) -> Option<FactBody> {
        match read {
            Read::Value(fact) => Some(of(fact)),
            Read::Newer => Some(FactBody::Newer { tag }),
            Read::Bad => None,
        }
    }
    if let Some(read) = MeetingFact::read(tag, fields) {
        return body(read, tag, FactBody::Meeting);
    }
    if let Some(read) = RoleFact::read(tag, fields) {
        return body(read, tag, FactBody::Role);
    }
    match RotaFact::read(tag, fields) {
        Some(read) => body(read, tag, FactBody::Rota),
        None => Some(FactBody::Newer { tag }),
    }
}

/// The values of a fact's map, each still in its bytes.
pub(super) struct Fields<'b>(BTreeMap<u32, &'b [u8]>);

impl<'b> Fields<'b> {
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let count = decoder.map().ok()??;
        let mut fields = BTreeMap::new();
        for _ in 0..count {
            let key = decoder.u32().ok()?;
            if fields
                .last_key_value()
                .is_some_and(|(last, _)| *last >= key)
            {
                return None;
            }
            let from = decoder.position();
            decoder.skip().ok()?;
            fields.insert(key, bytes.get(from..decoder.position())?);
        }
        (decoder.position() == bytes.len()).then_some(Self(fields))
    }

    fn decoder(&self, key: u32) -> Option<Decoder<'b>> {
        self.0.get(&key).map(|bytes| Decoder::new(bytes))
    }

    /// A declared field. Its bytes are exactly one value: the map was cut so.
    pub(super) fn field<T: Field>(&self, key: u32) -> Read<T> {
        let Some(bytes) = self.0.get(&key) else {
            return T::absent();
        };
        let mut decoder = Decoder::new(bytes);
        T::read(&mut decoder)
    }

    fn number(&self, key: u32) -> Option<u32> {
        self.decoder(key)?.u32().ok()
    }

    fn text(&self, key: u32) -> Option<String> {
        self.decoder(key)?.str().ok().map(str::to_owned)
    }

    /// Absent is fine; present but no text is not.
    fn optional_text(&self, key: u32) -> Option<Option<String>> {
        if self.0.contains_key(&key) {
            self.text(key).map(Some)
        } else {
            Some(None)
        }
    }

    fn exact<const N: usize>(&self, key: u32) -> Option<[u8; N]> {
        self.decoder(key)?.bytes().ok()?.try_into().ok()
    }

    /// A list of ids; its length is checked before anything is set aside for it.
    fn list<const N: usize>(&self, key: u32, max: usize) -> Option<Vec<[u8; N]>> {
        let mut decoder = self.decoder(key)?;
        if decoder.datatype().ok()? != Type::Array {
            return None;
        }
        let count = usize::try_from(decoder.array().ok()??)
            .ok()
            .filter(|count| *count <= max)?;
        (0..count)
            .map(|_| decoder.bytes().ok()?.try_into().ok())
            .collect()
    }
}
