//! The words between a member and a relay: the content of a Relay frame, an array of a number and a map each.
//!
//! Owns their bytes and limits. A word of an unknown number is skipped, an unknown field is passed over.

use minicbor::{Decode, Decoder, Encode};

use crate::frame::field::{self, is_empty};
use crate::ids::{DevicePk, EntryId, MailId, NotebookId};
use crate::limits::{MAIL_BYTES_MAX, RELAY_BYTES_MAX, RELAY_LIST_MAX};
use crate::session::DiscoveryKey;

/// Why bytes are not a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Longer than a word may be.
    #[error("a word of {0} bytes is too long")]
    TooLong(usize),
    /// Not the CBOR that this word must be, or a field over its limit.
    #[error("a word of number {kind} is malformed at byte {at}")]
    Malformed {
        /// The word's number; 0 where not even that can be read.
        kind: u32,
        /// Where reading stopped.
        at: usize,
    },
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Number 1, member to relay.
    Enrol(Enrol),
    /// Number 2, member to relay.
    List(List),
    /// Number 3, relay to member.
    Listed(Listed),
    /// Number 4, relay to member.
    Mail(Mail),
    /// Number 5, member to relay.
    Taken(Taken),
    /// Number 6, relay to member.
    Full(Full),
    /// Number 7, relay to member.
    NotEnrolled(NotEnrolled),
}

/// Asks to keep a notebook; sent on the session of [`enrolment`](super::enrolment) alone. For a notebook that is kept already
/// it does what [`List`] does, if discovery key and genesis are the same.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrol {
    /// Chosen by the member, repeated in the answer.
    #[n(0)]
    pub number: u64,
    /// The notebook.
    #[n(1)]
    pub notebook: NotebookId,
    /// Finds it.
    #[n(2)]
    pub discovery_key: DiscoveryKey,
    /// Its first entry.
    #[n(3)]
    pub genesis: EntryId,
    /// Devices to serve.
    #[cbor(n(4), decode_with = "field::list::<_, _, RELAY_LIST_MAX>")]
    pub devices: Vec<DevicePk>,
    /// Invites whose holders may post a join request.
    #[cbor(
        n(5),
        decode_with = "field::list::<_, _, RELAY_LIST_MAX>",
        skip_if = "is_empty"
    )]
    pub invites: Vec<DevicePk>,
}

/// Tells of more devices and invites, on a session of the notebook. Devices are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct List {
    /// Chosen by the member, repeated in the answer.
    #[n(0)]
    pub number: u64,
    /// Devices to serve, beside those that are.
    #[cbor(
        n(1),
        decode_with = "field::list::<_, _, RELAY_LIST_MAX>",
        skip_if = "is_empty"
    )]
    pub devices: Vec<DevicePk>,
    /// Invites whose holders may post, beside those that may.
    #[cbor(
        n(2),
        decode_with = "field::list::<_, _, RELAY_LIST_MAX>",
        skip_if = "is_empty"
    )]
    pub invites: Vec<DevicePk>,
    /// Invites whose holders may no more: used up, expired or revoked.
    #[cbor(
        n(3),
        decode_with = "field::list::<_, _, RELAY_LIST_MAX>",
        skip_if = "is_empty"
    )]
    pub closed: Vec<DevicePk>,
}

/// Answers [`Enrol`] and [`List`] once what they said is on the relay's disk. A word without an answer was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Listed {
    /// The number of the word that it answers.
    #[n(0)]
    pub number: u64,
    /// How many devices and invites of the word were left out, for want of room; nothing where none was.
    #[n(1)]
    pub left_out: Option<u64>,
}

impl Listed {
    /// The answer to a word of which nothing was left out.
    pub fn whole(number: u64) -> Self {
        Self {
            number,
            left_out: None,
        }
    }
}

/// Answers an [`Enrol`] that was not taken. The session ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NotEnrolled {
    /// The number of the word that it answers.
    #[n(0)]
    pub number: u64,
    /// Why, as [`Unenrolled::to_code`] says it.
    #[n(1)]
    pub code: u32,
}

/// Why a notebook was not enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unenrolled {
    /// The relay enrols only so many in an hour.
    TooMany,
    /// It keeps another notebook under the same id.
    Another,
    /// All of its room is used.
    Full,
    /// For a reason that this program does not know.
    Unknown,
}

impl Unenrolled {
    /// The number that travels.
    pub fn to_code(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::TooMany => 1,
            Self::Another => 2,
            Self::Full => 3,
        }
    }

    /// The reason that a number stands for.
    pub fn from_code(code: u32) -> Self {
        match code {
            1 => Self::TooMany,
            2 => Self::Another,
            3 => Self::Full,
            _ => Self::Unknown,
        }
    }
}

/// A join request that was posted: one word for each that is kept when a member's session begins, and when one comes in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Mail {
    /// [`MailId::of`] the other two.
    #[n(0)]
    pub id: MailId,
    /// The invite by whose key the sender has proved itself.
    #[n(1)]
    pub invite: DevicePk,
    /// The request, sealed to the invite's mailbox.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

/// Says that mail has been answered for good, whether let in or not, and may go.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Taken {
    /// Of mail.
    #[cbor(n(0), decode_with = "field::list::<_, _, RELAY_LIST_MAX>")]
    pub ids: Vec<MailId>,
}

/// Says that a device has filled its share: entries of its logs are not taken until room is made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Full {
    /// The device that wrote.
    #[n(0)]
    pub device: DevicePk,
    /// How many bytes it may come to.
    #[n(1)]
    pub share: u64,
    /// How many of it are held.
    #[n(2)]
    pub held: u64,
}

impl MailId {
    /// The name of a piece of mail: BLAKE3 over the invite's key and the sealed request.
    pub fn of(invite: &DevicePk, sealed: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&invite.0).update(sealed);
        Self(*hasher.finalize().as_bytes())
    }
}

impl Mail {
    /// Mail with its name.
    pub fn new(invite: DevicePk, sealed: Vec<u8>) -> Self {
        Self {
            id: MailId::of(&invite, &sealed),
            invite,
            sealed,
        }
    }
}

impl Word {
    /// The bytes that a Relay frame carries.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Enrol(word) => field::frame(1, word),
            Self::List(word) => field::frame(2, word),
            Self::Listed(word) => field::frame(3, word),
            Self::Mail(word) => field::frame(4, word),
            Self::Taken(word) => field::frame(5, word),
            Self::Full(word) => field::frame(6, word),
            Self::NotEnrolled(word) => field::frame(7, word),
        }
    }

    /// Reads a word; nothing for one that this program does not know. Mail whose name does not fit its content is malformed.
    ///
    /// # Errors
    /// Every variant of [`WordError`].
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, WordError> {
        if bytes.len() > RELAY_BYTES_MAX {
            return Err(WordError::TooLong(bytes.len()));
        }
        let mut decoder = Decoder::new(bytes);
        let malformed = |kind, decoder: &Decoder<'_>| WordError::Malformed {
            kind,
            at: decoder.position(),
        };
        let kind = field::kind(&mut decoder).map_err(|_| malformed(0, &decoder))?;
        let Some(word) = Self::body(kind, &mut decoder).map_err(|_| malformed(kind, &decoder))?
        else {
            return Ok(None);
        };
        let is_true = match &word {
            Self::Mail(mail) => {
                mail.sealed.len() <= MAIL_BYTES_MAX
                    && MailId::of(&mail.invite, &mail.sealed) == mail.id
            }
            _ => true,
        };
        if !is_true || decoder.position() != bytes.len() {
            return Err(malformed(kind, &decoder));
        }
        Ok(Some(word))
    }

    fn body(kind: u32, from: &mut Decoder<'_>) -> Result<Option<Self>, minicbor::decode::Error> {
        Ok(Some(match kind {
            1 => Self::Enrol(from.decode()?),
            2 => Self::List(from.decode()?),
            3 => Self::Listed(from.decode()?),
            4 => Self::Mail(from.decode()?),
            5 => Self::Taken(from.decode()?),
            6 => Self::Full(from.decode()?),
            7 => Self::NotEnrolled(from.decode()?),
            _ => return Ok(None),
        }))
    }
}
