//! The address book of a notebook: where its devices said that they can be reached, for as long as one of them is connected.
//!
//! Owns what is remembered and its bytes, which are those of an Addresses frame (`docs/sync-protocol.md`). A relay tells of
//! others only; receivers believe it no more than any member that tells of others.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use moot_log::DevicePk;
use moot_log::limits::ADDRESSES_BYTES_MAX;

use crate::limits::{BOOK_ADDRESSES, BOOK_DEVICES};

/// What an Addresses frame says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Told {
    #[n(0)]
    wall_ms: i64,
    #[n(1)]
    own: Vec<String>,
    #[n(2)]
    others: Vec<Other>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Other {
    #[n(0)]
    device: DevicePk,
    #[n(1)]
    peer: String,
    #[n(2)]
    addresses: Vec<String>,
}

/// Who is where.
#[derive(Debug, Default)]
pub(crate) struct Book(BTreeMap<DevicePk, (String, Vec<String>)>);

impl Book {
    /// Takes down what a device says of itself. What cannot be read says nothing.
    pub(crate) fn note(&mut self, device: DevicePk, peer: &str, content: &[u8]) {
        let Ok(told) = minicbor::decode::<Told>(content) else {
            return;
        };
        if self.0.len() >= BOOK_DEVICES && !self.0.contains_key(&device) {
            return;
        }
        let mut addresses = told.own;
        addresses.truncate(BOOK_ADDRESSES);
        self.0.insert(device, (peer.to_owned(), addresses));
    }

    /// What a device is to be told of the others; nothing where there are none, or more than a frame holds.
    pub(crate) fn for_device(&self, device: &DevicePk, wall_ms: i64) -> Option<Vec<u8>> {
        let others: Vec<Other> = self
            .0
            .iter()
            .filter(|(other, _)| *other != device)
            .map(|(device, (peer, addresses))| Other {
                device: *device,
                peer: peer.clone(),
                addresses: addresses.clone(),
            })
            .collect();
        if others.is_empty() {
            return None;
        }
        let told = Told {
            wall_ms,
            own: Vec::new(),
            others,
        };
        let bytes = minicbor::to_vec(&told).expect("encoding into memory does not fail");
        (bytes.len() <= ADDRESSES_BYTES_MAX).then_some(bytes)
    }
}
