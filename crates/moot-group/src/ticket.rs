//! Tickets: what one person hands to another so that they can come in, as a text that survives being pasted, printed or scanned.
//!
//! A ticket has no key that reads. It has the invite's seed, which lets its holder ask; the id of the genesis, by which they know
//! the right notebook; and where to ask. Owns the text form and its errors. Never says whether the invite still stands.

use data_encoding::BASE32_NOPAD;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use moot_log::{EntryId, NotebookId};
use zeroize::Zeroizing;

use crate::cbor::{self, Field};
use crate::invite::{InviteSeed, Purpose};
use crate::kem::KemPk;
use crate::limits::{
    TICKET_ADDRESSES_MAX, TICKET_CHARS_MAX, TICKET_HINT_BYTES_MAX, TICKET_REACHES_MAX,
    TICKET_TEXT_BYTES_MAX,
};
use crate::reach::{self, Reach};

const PREFIX: &str = "moot";
const VERSION: u32 = 1;
const CHECKSUM_CONTEXT: &str = "moot 2026 ticket-checksum v1";
const CHECKSUM_BYTES: usize = 4;
const LENGTH_BYTES: usize = 2;

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

/// Why a text is not a ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Something else altogether.
    #[error("this is not a ticket: a ticket begins with \"moot1\"")]
    Foreign,
    /// Made by a newer program.
    #[error("this ticket is of version {0}, which needs a newer moot")]
    Newer(u32),
    /// A character that no ticket has.
    #[error("the ticket has a character that cannot be in one: {character:?}, the {position}th")]
    Character {
        /// The character.
        character: char,
        /// Where it stands, from 1, white space not counted.
        position: usize,
    },
    /// Hardly more than the beginning is there.
    #[error(
        "only the beginning of a ticket is here: it goes on for some hundred characters after \"moot1\"; copy all of it"
    )]
    OnlyBegun,
    /// The end is missing.
    #[error(
        "the end of the ticket is missing: it should be {expected} characters long and is {found}"
    )]
    Truncated {
        /// How many characters there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Something follows the ticket.
    #[error("something follows the ticket: it should be {expected} characters long and is {found}")]
    TooLong {
        /// How many characters there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The checksum does not fit.
    #[error("the ticket has been mistyped or damaged: copy it again")]
    Mistyped,
    /// The checksum fits and the content does not: made by a faulty program.
    #[error("the ticket is damaged inside: {0}")]
    Malformed(String),
}

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
            if chars_of(content.len()) <= TICKET_CHARS_MAX || !fitting.drop_one() {
                return text_of(&content);
            }
        }
    }

    /// Reads a ticket. White space, line breaks and capitals, which come with copying, are no matter.
    ///
    /// # Errors
    /// Every variant of [`TicketError`].
    pub fn decode(text: &str) -> Result<Self, TicketError> {
        if text.len() > TICKET_TEXT_BYTES_MAX {
            return Err(TicketError::Foreign);
        }
        let text: String = text
            .chars()
            .filter(|character| !is_blank(*character))
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let digits = digits_of(&text)?;
        let payload = Zeroizing::new(bytes_of(&text, digits)?);
        let mut ticket =
            Self::read(&payload).map_err(|error| TicketError::Malformed(error.to_string()))?;
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

/// How many characters a ticket has whose content has so many bytes.
fn chars_of(content: usize) -> usize {
    PREFIX.len() + 1 + ((LENGTH_BYTES + content + CHECKSUM_BYTES) * 8).div_ceil(5)
}

fn text_of(content: &[u8]) -> String {
    let whole = LENGTH_BYTES + content.len() + CHECKSUM_BYTES;
    let length = u16::try_from(whole).unwrap_or(u16::MAX).to_be_bytes();
    let mut payload = Zeroizing::new([&length, content].concat());
    let checksum = checksum(&payload);
    payload.extend_from_slice(&checksum);
    format!(
        "{PREFIX}{VERSION}{}",
        BASE32_NOPAD.encode(&payload).to_ascii_lowercase()
    )
}

/// White space, and the invisible characters that programs put into long words.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
        )
}

/// What follows prefix and version, which is one digit.
fn digits_of(text: &str) -> Result<&str, TicketError> {
    let rest = text.strip_prefix(PREFIX).ok_or(TicketError::Foreign)?;
    let mut characters = rest.chars();
    match characters.next().and_then(|version| version.to_digit(10)) {
        Some(VERSION) => Ok(characters.as_str()),
        Some(version) if version > VERSION => Err(TicketError::Newer(version)),
        _ => Err(TicketError::Foreign),
    }
}

/// The content that the digits stand for, once its length and checksum are found right.
fn bytes_of(text: &str, digits: &str) -> Result<Vec<u8>, TicketError> {
    let head = text.len() - digits.len();
    if let Some((at, character)) = digits
        .char_indices()
        .find(|(_, c)| !matches!(c, 'a'..='z' | '2'..='7'))
    {
        let position = head + digits[..at].chars().count() + 1;
        return Err(TicketError::Character {
            character,
            position,
        });
    }
    let found = text.len();
    let whole_digits = match digits.len() % 8 {
        1 | 3 | 6 => digits.len() - 1,
        _ => digits.len(),
    };
    let bytes = lenient(&digits[..whole_digits]);
    let Some((length, _)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(TicketError::OnlyBegun);
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let expected = head + (length * 8).div_ceil(5);
    if expected > TICKET_CHARS_MAX || length < LENGTH_BYTES + CHECKSUM_BYTES {
        return Err(TicketError::Mistyped);
    }
    if found < expected {
        return Err(TicketError::Truncated { expected, found });
    }
    if found > expected {
        return Err(TicketError::TooLong { expected, found });
    }
    let (said, sum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(TicketError::Mistyped)?;
    let canonical = BASE32_NOPAD.encode(&bytes).eq_ignore_ascii_case(digits);
    if checksum(said) != *sum || !canonical {
        return Err(TicketError::Mistyped);
    }
    Ok(said[LENGTH_BYTES..].to_vec())
}

/// Decodes digits of the alphabet. Bits left over are passed by; the caller compares with the canonical text.
fn lenient(digits: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() * 5 / 8);
    let (mut held, mut bits) = (0_u16, 0_u32);
    for digit in digits.bytes() {
        let value = if digit.is_ascii_lowercase() {
            digit - b'a'
        } else {
            digit - b'2' + 26
        };
        held = held << 5 | u16::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut sum = [0; CHECKSUM_BYTES];
    sum.copy_from_slice(&blake3::derive_key(CHECKSUM_CONTEXT, payload)[..CHECKSUM_BYTES]);
    sum
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
