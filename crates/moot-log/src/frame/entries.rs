//! The frame that carries entries: a run of one chain, without what the receiver can work out.
//!
//! Owns leaving out and putting back: the receiver rebuilds each header to the byte, or the signature fails. Never places an
//! entry. [`verify`] is pure, so that a caller may run it on several cores at once.

use minicbor::{Decode, Encode};

use super::field;
use crate::entry::{Entry, EntryError, Header, Kind, SUITE, VERSION};
use crate::ids::{DevicePk, EntryId, KeyId, LogId};
use crate::limits::ENTRIES_MAX;

/// Consecutive entries of one log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entries {
    /// The encoded head of the log, where the receiver may not have it. It also names the log.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub init: Option<Vec<u8>>,
    /// The log, where `init` is absent.
    #[n(1)]
    pub log: Option<LogId>,
    /// The position of the first entry.
    #[n(2)]
    pub first_seq: u64,
    /// The entry before the first one; absent at position 0, where it is the log's id.
    #[n(3)]
    pub prev: Option<EntryId>,
    /// The keys that the entries name.
    #[cbor(
        n(4),
        decode_with = "field::list::<_, _, ENTRIES_MAX>",
        skip_if = "field::is_empty"
    )]
    pub keys: Vec<KeyId>,
    /// The entries.
    #[cbor(n(5), decode_with = "field::list::<_, _, ENTRIES_MAX>")]
    pub items: Vec<Item>,
}

/// What is left of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// The body; its length and hash follow from it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The signature.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: [u8; 64],
    /// Index into the frame's keys; absent for [`KeyId::NONE`].
    #[n(2)]
    pub key: Option<u32>,
    /// The header's first four bytes, big-endian; absent for a sealed entry of this version and suite without flags.
    #[n(3)]
    pub head: Option<u32>,
}

/// Why an entry of a frame does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} does not hold: {error}")]
pub struct EntriesError {
    /// The position.
    pub seq: u64,
    /// What is wrong there.
    pub error: EntryError,
}

const PLAIN_HEAD: u32 = u32::from_be_bytes([VERSION, SUITE, 0, 0]);

impl Entries {
    /// Packs consecutive entries of one log; `None` where there are none.
    pub fn pack(init: Option<Vec<u8>>, entries: &[Entry]) -> Option<Self> {
        let first = entries.first()?.header();
        let mut keys: Vec<KeyId> = Vec::new();
        let items = entries
            .iter()
            .map(|entry| Item::pack(entry, &mut keys))
            .collect();
        Some(Self {
            log: init.is_none().then_some(first.log_id),
            init,
            first_seq: first.seq,
            prev: (first.seq > 0).then_some(first.prev),
            keys,
            items,
        })
    }

    /// Rebuilds the entries of a log. Signatures are not checked.
    ///
    /// # Errors
    /// [`EntriesError`] with the first entry that breaks a rule.
    pub fn rebuild(self, log: LogId) -> Result<Vec<Entry>, EntriesError> {
        if self.first_seq > u64::MAX - ENTRIES_MAX as u64 {
            return Err(EntriesError {
                seq: self.first_seq,
                error: EntryError::Malformed("the position is at the end of what can be counted"),
            });
        }
        let mut prev = self.prev.unwrap_or(EntryId(log.0));
        let mut entries = Vec::with_capacity(self.items.len());
        for (seq, item) in (self.first_seq..).zip(self.items) {
            let entry = item
                .rebuild(log, seq, prev, &self.keys)
                .map_err(|error| EntriesError { seq, error })?;
            prev = entry.id();
            entries.push(entry);
        }
        Ok(entries)
    }
}

impl Item {
    fn pack(entry: &Entry, keys: &mut Vec<KeyId>) -> Self {
        let header = entry.header();
        let head = u32::from_be_bytes([
            header.version,
            header.suite,
            header.kind.to_byte(),
            header.flags,
        ]);
        Self {
            body: entry.body().to_vec(),
            signature: *entry.signature(),
            key: (header.key_id != KeyId::NONE).then(|| index_of(header.key_id, keys)),
            head: (head != PLAIN_HEAD).then_some(head),
        }
    }

    fn rebuild(
        self,
        log: LogId,
        seq: u64,
        prev: EntryId,
        keys: &[KeyId],
    ) -> Result<Entry, EntryError> {
        let [version, suite, kind, flags] = self.head.unwrap_or(PLAIN_HEAD).to_be_bytes();
        let key_id = match self.key {
            None => KeyId::NONE,
            Some(index) => *usize::try_from(index)
                .ok()
                .and_then(|index| keys.get(index))
                .ok_or(EntryError::Malformed(
                    "the entry names a key that its frame does not list",
                ))?,
        };
        let header = Header {
            version,
            suite,
            kind: Kind::from_byte(kind),
            flags,
            log_id: log,
            seq,
            prev,
            key_id,
            body_len: u32::try_from(self.body.len()).unwrap_or(u32::MAX),
            body_hash: *blake3::hash(&self.body).as_bytes(),
        };
        Entry::from_parts(header, &self.signature, self.body)
    }
}

/// Runs of entries mostly name one or two keys, so that looking from the end finds them at once.
fn index_of(key: KeyId, keys: &mut Vec<KeyId>) -> u32 {
    let index = keys.iter().rposition(|known| *known == key);
    let index = index.unwrap_or_else(|| {
        keys.push(key);
        keys.len() - 1
    });
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// What checks the signatures of entries of one log by one device: [`verify`], or one that shares the work out to several cores
/// and answers the same.
pub type Verify = fn(&[Entry], &LogId, &DevicePk) -> Result<(), EntriesError>;

/// Checks every signature, one by one and strictly: a batch may accept what one by one is rejected.
///
/// # Errors
/// [`EntriesError`] with the first entry that does not hold.
pub fn verify(entries: &[Entry], log: &LogId, device: &DevicePk) -> Result<(), EntriesError> {
    entries.iter().try_for_each(|entry| {
        entry.verify(log, device).map_err(|error| EntriesError {
            seq: entry.header().seq,
            error,
        })
    })
}
