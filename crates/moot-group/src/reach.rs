//! Where a device or relay can be reached: a network identity and addresses, as bytes and texts that this crate does not read.

use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};

use crate::cbor::{self, Field};
use crate::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX, PEER_ID_BYTES_MAX, REACHES_MAX};

/// A network identity and where it was last reached. It authorises nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// The name on the network, as the network layer writes it in text (base58 of a libp2p PeerId). Opaque here.
    pub peer_id: Vec<u8>,
    /// Multiaddrs as text, the best first.
    pub addresses: Vec<String>,
}

impl Reach {
    /// Whether it is within the limits of what is written.
    pub(crate) fn fits(&self) -> bool {
        self.peer_id.len() <= PEER_ID_BYTES_MAX
            && self.addresses.len() <= ADDRESSES_MAX
            && self
                .addresses
                .iter()
                .all(|address| address.len() <= ADDRESS_BYTES_MAX)
    }

    pub(crate) fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(2)?
            .u8(0)?
            .bytes(&self.peer_id)?
            .u8(1)?
            .array(self.addresses.len() as u64)?;
        for address in &self.addresses {
            e.str(address)?;
        }
        Ok(())
    }

    pub(crate) fn decode(d: &mut Decoder<'_>) -> Result<Self, Error> {
        let mut reach = Self::default();
        cbor::map(d, |key, d| {
            match key {
                0 => reach.peer_id = cbor::bytes(d, PEER_ID_BYTES_MAX)?,
                1 => {
                    reach.addresses =
                        cbor::list(d, ADDRESSES_MAX, |d| cbor::text(d, ADDRESS_BYTES_MAX))?
                }
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(reach)
    }
}

pub(crate) fn encode_list<W: minicbor::encode::Write>(
    reaches: &[Reach],
    e: &mut Encoder<W>,
) -> Result<(), minicbor::encode::Error<W::Error>> {
    e.array(reaches.len() as u64)?;
    reaches.iter().try_for_each(|reach| reach.encode(e))
}

pub(crate) fn decode_list(d: &mut Decoder<'_>) -> Result<Vec<Reach>, Error> {
    cbor::list(d, REACHES_MAX, Reach::decode)
}
