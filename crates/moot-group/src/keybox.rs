//! Keyboxes: entry bodies that hand an epoch key to devices.
//!
//! A rekeying, a later grant and a part of a split keybox all have one form: the key's id, the keys it replaces, and wraps.
//! A keybox is not sealed: who may open it is in its wraps, and a relay learns how many there are. Owns the body's encoding and
//! the making of it. Never decides what a keybox is worth: that is [`crate::keys`].

use std::collections::BTreeSet;

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder};
use moot_log::{KeyId, NotebookId};

use crate::cbor::{self, Field};
use crate::epoch::EpochKey;
use crate::kem::{KemPk, KemSecret, WRAP_BYTES, Wrap};
use crate::limits::{SUPERSEDES_MAX, WRAPS_PER_BOX_MAX};

/// One keybox body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keybox {
    /// The key that is wrapped; also in the header of the entry.
    pub key_id: KeyId,
    /// The keys in whose place this one is used.
    pub supersedes: BTreeSet<KeyId>,
    /// The wraps, in the order of their bytes, which says nothing about whom they are for.
    pub wraps: BTreeSet<Wrap>,
}

/// Why a body is not a keybox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyboxError {
    /// Not the encoding of one.
    #[error("not a keybox: {0}")]
    Malformed(String),
    /// The entry's header names another key than the body.
    #[error("the entry and its keybox name different keys")]
    OtherKey,
}

/// A recipient's sealing key is one that nothing may be wrapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be sealed to the key {0:?}")]
pub struct UnusableKey(pub KemPk);

impl Keybox {
    /// Wraps a key to recipients: as many keyboxes as the limit of one asks for, at least one.
    ///
    /// # Errors
    /// [`UnusableKey`]: the roster counts no device with such a key, so that this is a fault of the caller's list.
    pub fn make(
        notebook: &NotebookId,
        epoch: &EpochKey,
        supersedes: &BTreeSet<KeyId>,
        recipients: &BTreeSet<KemPk>,
    ) -> Result<Vec<Self>, UnusableKey> {
        let wraps: BTreeSet<Wrap> = recipients
            .iter()
            .map(|recipient| Wrap::make(notebook, epoch, recipient).ok_or(UnusableKey(*recipient)))
            .collect::<Result<_, _>>()?;
        let wraps: Vec<Wrap> = wraps.into_iter().collect();
        let supersedes: BTreeSet<KeyId> = supersedes.iter().copied().take(SUPERSEDES_MAX).collect();
        let boxed = |part: &[Wrap]| Self {
            key_id: epoch.id(),
            supersedes: supersedes.clone(),
            wraps: part.iter().copied().collect(),
        };
        if wraps.is_empty() {
            return Ok(vec![boxed(&[])]);
        }
        Ok(wraps.chunks(WRAPS_PER_BOX_MAX).map(boxed).collect())
    }

    /// The body of a keybox entry; its header must name [`Keybox::key_id`].
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads the body of a keybox entry whose header names `key_id`.
    ///
    /// # Errors
    /// Every variant of [`KeyboxError`].
    pub fn decode(key_id: &KeyId, body: &[u8]) -> Result<Self, KeyboxError> {
        let keybox: Self =
            cbor::decode_whole(body).map_err(|error| KeyboxError::Malformed(error.to_string()))?;
        if keybox.key_id != *key_id {
            return Err(KeyboxError::OtherKey);
        }
        Ok(keybox)
    }

    /// Looks for a wrap that one of the device's secrets opens. Trial is the only way: the hints say nothing before one has the key.
    pub fn open<'a>(
        &self,
        notebook: &NotebookId,
        secrets: impl IntoIterator<Item = &'a KemSecret> + Clone,
    ) -> Option<EpochKey> {
        self.wraps.iter().find_map(|wrap| {
            secrets
                .clone()
                .into_iter()
                .find_map(|secret| wrap.open(notebook, &self.key_id, secret))
        })
    }
}

impl<C> Encode<C> for Keybox {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let wraps: Vec<u8> = self.wraps.iter().flat_map(|wrap| wrap.0).collect();
        e.map(3)?
            .u8(0)?
            .encode(self.key_id)?
            .u8(1)?
            .array(self.supersedes.len() as u64)?;
        for key_id in &self.supersedes {
            e.encode(key_id)?;
        }
        e.u8(2)?.bytes(&wraps)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Keybox {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let (mut key_id, mut supersedes, mut wraps) = (None, BTreeSet::new(), BTreeSet::new());
        cbor::map(d, |key, d| {
            match key {
                0 => key_id = Some(d.decode()?),
                1 => {
                    supersedes = cbor::list(d, SUPERSEDES_MAX, |d| d.decode())?
                        .into_iter()
                        .collect()
                }
                2 => wraps = decode_wraps(d.bytes()?)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            key_id: cbor::required(key_id, "a keybox without key id")?,
            supersedes,
            wraps,
        })
    }
}

fn decode_wraps(bytes: &[u8]) -> Result<BTreeSet<Wrap>, Error> {
    let (wraps, rest) = bytes.as_chunks::<WRAP_BYTES>();
    if !rest.is_empty() || wraps.len() > WRAPS_PER_BOX_MAX {
        return Err(Error::message("wraps cut short or over their limit"));
    }
    Ok(wraps.iter().copied().map(Wrap).collect())
}

#[cfg(test)]
mod tests;
