//! Tickets: what one person hands to another so that they can come in, as a text that survives being pasted, printed or scanned.
//!
//! A ticket has no key that reads. It has the invite's seed, which lets its holder ask; the id of the genesis, by which they know
//! the right notebook; and where to ask. Owns what a ticket says; the text form is that of `moot_log::pasted`. Never says whether the invite still stands.

use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use moot_log::pasted::Form;
use moot_log::{EntryId, NotebookId};
use zeroize::Zeroizing;

use crate::cbor::{self, Field};
use crate::invite::{InviteSeed, Purpose};
use crate::kem::KemPk;
use crate::limits::{
    TICKET_ADDRESSES_MAX, TICKET_CHARS_MAX, TICKET_HINT_BYTES_MAX, TICKET_REACHES_MAX,
};
use crate::reach::{self, Reach};

const FORM: Form = Form {
    what: "a ticket",
    begins: "moot1",
    checksum_context: "moot 2026 ticket-checksum v1",
    chars_max: TICKET_CHARS_MAX,
};

/// What a ticket says. It has a secret and is never printed but by [`Ticket::encode`].
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What its holder may ask for.
    pub purpose: Purpose,
    /// The notebook.
    pub notebook: NotebookId,
    /// Lets its holder find the notebook's devices.
    pub discovery_key: [u8; 32],
    /// The entry that begins the notebook: the root of trust.
    pub genesis: EntryId,
    /// The invite's secret.
    pub seed: InviteSeed,
    /// Where a request is sealed to when it goes by a relay.
    pub mailbox: KemPk,
    /// Devices to ask, the best first.
    pub peers: Vec<Reach>,
    /// Relays to ask, the best first.
    pub relays: Vec<Reach>,
    /// The notebook's name, so that people see what they join. Nobody vouches for it.
    pub notebook_name: String,
    /// The inviter's name, likewise.
    pub inviter_name: String,
}

pub use moot_log::pasted::PastedError as TicketError;

impl Ticket {
    /// The ticket as text, at most [`TICKET_CHARS_MAX`] characters. Names are cut short. Addresses are dropped until it fits: first
    /// the last ones of whoever has most, then the last peers, then the last relays.
    pub fn encode(&self) -> String {
        let mut fitting = self.clone();
        for reaches in [&mut fitting.peers, &mut fitting.relays] {
            reaches.retain(Reach::fits);
            reaches.truncate(TICKET_REACHES_MAX);
            for reach in reaches {
                reach.addresses.truncate(TICKET_ADDRESSES_MAX);
            }
        }
        loop {
            let content = Zeroizing::new(fitting.write().expect("a vector takes every write"));
            if FORM.chars_of(content.len()) <= TICKET_CHARS_MAX || !fitting.drop_one() {
                return FORM.encode(&content);
            }
        }
    }

    /// Reads a ticket. White space, line breaks and capitals, which come with copying, are no matter.
    ///
    /// # Errors
    /// Every variant of [`TicketError`].
    pub fn decode(text: &str) -> Result<Self, TicketError> {
        let content = FORM.decode(text)?;
        let mut ticket =
            Self::read(&content).map_err(|error| TicketError::Malformed(error.to_string()))?;
        for name in [&mut ticket.notebook_name, &mut ticket.inviter_name] {
            name.retain(|character| !character.is_control());
        }
        Ok(ticket)
    }

    fn drop_one(&mut self) -> bool {
        let most = self
            .peers
            .iter_mut()
            .chain(&mut self.relays)
            .max_by_key(|reach| reach.addresses.len());
        match most {
            Some(reach) if reach.addresses.len() > 1 => reach.addresses.pop().is_some(),
            _ => self.peers.pop().or_else(|| self.relays.pop()).is_some(),
        }
    }

    fn write(&self) -> Result<Vec<u8>, minicbor::encode::Error<std::convert::Infallible>> {
        let mut e = Encoder::new(Vec::with_capacity(TICKET_CHARS_MAX));
        e.map(10)?
            .u8(0)?
            .u8(self.purpose.to_byte())?
            .u8(1)?
            .encode(self.notebook)?;
        e.u8(2)?
            .bytes(&self.discovery_key)?
            .u8(3)?
            .encode(self.genesis)?;
        e.u8(4)?
            .bytes(self.seed.as_bytes())?
            .u8(5)?
            .encode(self.mailbox)?
            .u8(6)?;
        reach::encode_list(&self.peers, &mut e)?;
        e.u8(7)?;
        reach::encode_list(&self.relays, &mut e)?;
        e.u8(8)?
            .str(cut(&self.notebook_name))?
            .u8(9)?
            .str(cut(&self.inviter_name))?;
        Ok(e.into_writer())
    }

    fn read(content: &[u8]) -> Result<Self, Error> {
        let (mut purpose, mut notebook, mut discovery_key) = (None, None, None);
        let (mut genesis, mut seed, mut mailbox) = (None, None, None);
        let (mut peers, mut relays) = (Vec::new(), Vec::new());
        let (mut notebook_name, mut inviter_name) = (String::new(), String::new());
        cbor::whole_map(content, |key, d: &mut Decoder<'_>| {
            match key {
                0 => purpose = Purpose::from_u64(d.u64()?),
                1 => notebook = Some(d.decode()?),
                2 => discovery_key = Some(cbor::array(d)?),
                3 => genesis = Some(d.decode()?),
                4 => seed = Some(InviteSeed::from_bytes(cbor::array(d)?)),
                5 => mailbox = Some(d.decode()?),
                6 => peers = reach::decode_list(d)?,
                7 => relays = reach::decode_list(d)?,
                8 => notebook_name = cbor::text(d, TICKET_CHARS_MAX)?,
                9 => inviter_name = cbor::text(d, TICKET_CHARS_MAX)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            purpose: cbor::required(purpose, "no known purpose")?,
            notebook: cbor::required(notebook, "no notebook")?,
            discovery_key: cbor::required(discovery_key, "no discovery key")?,
            genesis: cbor::required(genesis, "no genesis")?,
            seed: cbor::required(seed, "no seed")?,
            mailbox: cbor::required(mailbox, "no mailbox")?,
            peers,
            relays,
            notebook_name,
            inviter_name,
        })
    }
}

/// As much of a name as a ticket has room for.
fn cut(name: &str) -> &str {
    let mut end = name.len().min(TICKET_HINT_BYTES_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

#[cfg(test)]
mod tests;
