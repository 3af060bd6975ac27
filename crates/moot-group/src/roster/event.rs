//! The events of a roster and their encoding inside a body.
//!
//! Owns what can be said about a group. Never judges whether an event counts: that is the evaluation beside this file.

use std::fmt;

use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use moot_log::{DevicePk, EntryId, LogId, NotebookId};

use crate::body::EncodeError;
use crate::cbor::{self, Field};
use crate::invite::{self, InvitePk, InviteSeed, Purpose};
use crate::kem::{KemPk, KemSecret};
use crate::limits::{CUT_ROWS_MAX, NAME_BYTES_MAX, REACHES_MAX, REQUEST_BYTES_MAX};
use crate::reach::{self, Reach};
use crate::request::JoinRequest;

/// The rules by which this program evaluates a roster.
pub const RULES_VERSION: u64 = 1;

const GENESIS: u64 = 16;
const INVITE_CREATE: u64 = 17;
const INVITE_REVOKE: u64 = 18;
const ADMIT: u64 = 19;
const LINK: u64 = 20;
const RETIRE: u64 = 21;
const LEAVE: u64 = 22;
const DEVICE_KEY: u64 = 23;
const DEVICE_ADDRESSES: u64 = 24;
const DEVICE_NAME: u64 = 25;
const LAST: u64 = 63;

/// One thing that happened to a group, as its author says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterEvent {
    /// The notebook begins.
    Genesis(Genesis),
    /// A notebook begins by rules that this program does not know, or as the child of another.
    ForeignGenesis(ForeignGenesis),
    /// An invite may be answered from now on.
    InviteCreate(InviteCreate),
    /// An invite is to be answered no more.
    InviteRevoke(InvitePk),
    /// Somebody is let in.
    Admit(Box<JoinRequest>),
    /// A further device of the author's person.
    Link(Box<JoinRequest>),
    /// A device of the author's person is lost or put away, for good.
    Retire(Retire),
    /// The author's person leaves with all devices.
    Leave,
    /// The author's device has a new sealing key.
    DeviceKey(KemPk),
    /// Where the author's device is reached.
    DeviceAddresses(DeviceAddresses),
    /// What the author's device is called.
    DeviceName(String),
    /// Something that needs a newer program. It stands in the past of what follows it and has no effect.
    Unknown(u64),
}

/// How a notebook begins.
#[derive(Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The notebook's random id.
    pub notebook: NotebookId,
    /// Lets devices and relays recognise each other without telling strangers the notebook's id.
    pub discovery_key: [u8; 32],
    /// The founder's first device; also names the person.
    pub device: DevicePk,
    /// Its sealing key.
    pub kem: KemPk,
    /// The founder's name.
    pub name: String,
    /// The device's name.
    pub device_name: String,
    /// When, for display.
    pub at_ms: i64,
    /// Random, so that two notebooks never have one genesis.
    pub nonce: [u8; 16],
}

/// A genesis by other rules, as far as this program reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignGenesis {
    /// The rules that it names.
    pub rules_version: u64,
    /// Whether it names a parent.
    pub has_parent: bool,
}

/// An invite as its maker publishes it.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteCreate {
    /// The invite.
    pub invite: InvitePk,
    /// What it lets its holder ask for.
    pub purpose: Purpose,
    /// Opens the invite's mailbox at relays. Every member has it.
    pub mailbox: KemSecret,
    /// When members stop letting people in on it, by their own clocks.
    pub expires_at_ms: i64,
    /// How many different requests are to be granted.
    pub uses_max: u32,
    /// Whether inviter and joiner compare words first.
    pub needs_confirm: bool,
    notebook: NotebookId,
    device: DevicePk,
    proof: [u8; 64],
}

/// What an invite allows; the rest of an [`InviteCreate`] follows from who makes it.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteTerms {
    /// What it lets its holder ask for.
    pub purpose: Purpose,
    /// Opens the invite's mailbox at relays.
    pub mailbox: KemSecret,
    /// When members stop letting people in on it.
    pub expires_at_ms: i64,
    /// How many different requests are to be granted.
    pub uses_max: u32,
    /// Whether inviter and joiner compare words first.
    pub needs_confirm: bool,
}

/// A device that writes no more. What it wrote past the cut is put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retire {
    /// The device.
    pub device: DevicePk,
    /// How far its logs are to count; a log that is not named, not at all.
    pub cut: Vec<CutRow>,
}

/// How far one log of a retired device counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutRow {
    /// The log.
    pub log: LogId,
    /// How many entries.
    pub len: u64,
    /// The last of them, which tells one branch from another.
    pub tip: EntryId,
}

/// Where a device is reached, and by way of which relays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAddresses {
    /// When this was so, by the device's clock.
    pub at_ms: i64,
    /// The device's network identity and addresses.
    pub reach: Reach,
    /// The relays that it keeps in touch with.
    pub relays: Vec<Reach>,
}

impl fmt::Debug for Genesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Genesis({:?} by {:?}, {:?})",
            self.notebook, self.device, self.name
        )
    }
}

impl fmt::Debug for InviteCreate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteCreate({:?}, {:?})", self.invite, self.purpose)
    }
}

impl InviteCreate {
    /// Makes an invite known; `device` is the one that will publish it.
    pub fn new(
        seed: &InviteSeed,
        notebook: NotebookId,
        device: DevicePk,
        terms: InviteTerms,
    ) -> Self {
        Self {
            invite: seed.public(),
            purpose: terms.purpose,
            mailbox: terms.mailbox,
            expires_at_ms: terms.expires_at_ms,
            uses_max: terms.uses_max,
            needs_confirm: terms.needs_confirm,
            notebook,
            device,
            proof: seed.prove(&notebook, &device, terms.purpose),
        }
    }

    /// The notebook for which the invite was made.
    pub fn notebook(&self) -> NotebookId {
        self.notebook
    }

    /// The device that holds the invite's seed and publishes it.
    pub fn device(&self) -> DevicePk {
        self.device
    }
}

type Written<T> = Result<T, minicbor::encode::Error<std::convert::Infallible>>;
type Writer = Encoder<Vec<u8>>;

impl RosterEvent {
    /// Whether a body of this kind is an event of the roster, known or not.
    pub(crate) fn is_kind(kind: u64) -> bool {
        (GENESIS..=LAST).contains(&kind)
    }

    /// Whether a device only says something of itself, on which no verdict ever hangs.
    pub(super) fn is_said(&self) -> bool {
        matches!(self, Self::DeviceAddresses(_) | Self::DeviceName(_))
    }

    /// The number of the kind, and the content.
    pub(crate) fn encode(&self) -> Result<(u64, Vec<u8>), EncodeError> {
        self.check()?;
        let mut e = Encoder::new(Vec::new());
        let kind = self.write(&mut e).expect("a vector takes every write");
        Ok((kind, e.into_writer()))
    }

    fn check(&self) -> Result<(), EncodeError> {
        let over = |what| Err(EncodeError::OverLimit(what));
        match self {
            Self::Genesis(genesis) if genesis.name.len() > NAME_BYTES_MAX => {
                over("the founder's name")
            }
            Self::Genesis(genesis) if genesis.device_name.len() > NAME_BYTES_MAX => {
                over("the device's name")
            }
            Self::DeviceName(name) if name.len() > NAME_BYTES_MAX => over("the device's name"),
            Self::Retire(retire) if retire.cut.len() > CUT_ROWS_MAX => over("the cut"),
            Self::DeviceAddresses(said) if said.relays.len() > REACHES_MAX => {
                over("the list of relays")
            }
            Self::DeviceAddresses(said)
                if !said.reach.fits() || !said.relays.iter().all(Reach::fits) =>
            {
                over("an address")
            }
            Self::ForeignGenesis(_) | Self::Unknown(_) => Err(EncodeError::UnknownKind),
            _ => Ok(()),
        }
    }

    fn write(&self, e: &mut Writer) -> Written<u64> {
        Ok(match self {
            Self::Genesis(genesis) => genesis.write(e).map(|()| GENESIS)?,
            Self::InviteCreate(create) => create.write(e).map(|()| INVITE_CREATE)?,
            Self::InviteRevoke(invite) => e.map(1)?.u8(0)?.encode(invite).map(|_| INVITE_REVOKE)?,
            Self::Admit(request) => e.map(1)?.u8(0)?.bytes(&request.encode()).map(|_| ADMIT)?,
            Self::Link(request) => e.map(1)?.u8(0)?.bytes(&request.encode()).map(|_| LINK)?,
            Self::Retire(retire) => retire.write(e).map(|()| RETIRE)?,
            Self::Leave => e.map(0).map(|_| LEAVE)?,
            Self::DeviceKey(kem) => e.map(1)?.u8(0)?.encode(kem).map(|_| DEVICE_KEY)?,
            Self::DeviceAddresses(said) => said.write(e).map(|()| DEVICE_ADDRESSES)?,
            Self::DeviceName(name) => e.map(1)?.u8(0)?.str(name).map(|_| DEVICE_NAME)?,
            Self::ForeignGenesis(_) => GENESIS,
            Self::Unknown(kind) => *kind,
        })
    }

    pub(crate) fn decode(kind: u64, content: &[u8]) -> Result<Self, Error> {
        Ok(match kind {
            GENESIS => decode_genesis(content)?,
            INVITE_CREATE => Self::InviteCreate(InviteCreate::decode(content)?),
            INVITE_REVOKE => Self::InviteRevoke(single(content, |d| d.decode())?),
            ADMIT => Self::Admit(single(content, decode_request)?),
            LINK => Self::Link(single(content, decode_request)?),
            RETIRE => Self::Retire(Retire::decode(content)?),
            LEAVE => Self::Leave,
            DEVICE_KEY => Self::DeviceKey(single(content, |d| d.decode())?),
            DEVICE_ADDRESSES => Self::DeviceAddresses(DeviceAddresses::decode(content)?),
            DEVICE_NAME => Self::DeviceName(single(content, |d| cbor::text(d, NAME_BYTES_MAX))?),
            other => Self::Unknown(other),
        })
    }
}

/// Reads a map of which only key 0 is known.
fn single<'b, T>(
    content: &'b [u8],
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut value = None;
    cbor::whole_map(content, |key, d| {
        if key != 0 {
            return Ok(Field::Unknown);
        }
        value = Some(read(d)?);
        Ok(Field::Read)
    })?;
    cbor::required(value, "an event without content")
}

fn decode_request(d: &mut Decoder<'_>) -> Result<Box<JoinRequest>, Error> {
    let bytes = d.bytes()?;
    if bytes.len() > REQUEST_BYTES_MAX {
        return Err(Error::message("a join request over its limit"));
    }
    let request = JoinRequest::decode(bytes)
        .map_err(|_| Error::message("an embedded join request is not valid"))?;
    Ok(Box::new(request))
}

/// Rules first: what they name decides whether the rest can be read.
fn decode_genesis(content: &[u8]) -> Result<RosterEvent, Error> {
    let mut foreign = ForeignGenesis {
        rules_version: 0,
        has_parent: false,
    };
    cbor::whole_map(content, |key, d| {
        match key {
            0 => foreign.rules_version = d.u64()?,
            1 => {
                foreign.has_parent = true;
                return Ok(Field::Unknown);
            }
            _ => return Ok(Field::Unknown),
        }
        Ok(Field::Read)
    })?;
    if foreign.rules_version != RULES_VERSION || foreign.has_parent {
        return Ok(RosterEvent::ForeignGenesis(foreign));
    }
    Genesis::decode(content).map(RosterEvent::Genesis)
}

impl Genesis {
    fn write(&self, e: &mut Writer) -> Written<()> {
        e.map(9)?.u8(0)?.u64(RULES_VERSION)?;
        e.u8(2)?
            .encode(self.notebook)?
            .u8(3)?
            .bytes(&self.discovery_key)?;
        e.u8(4)?.encode(self.device)?.u8(5)?.encode(self.kem)?;
        e.u8(6)?.str(&self.name)?.u8(7)?.str(&self.device_name)?;
        e.u8(8)?.i64(self.at_ms)?.u8(9)?.bytes(&self.nonce)?;
        Ok(())
    }

    fn decode(content: &[u8]) -> Result<Self, Error> {
        let (mut notebook, mut discovery_key, mut device, mut kem) = (None, None, None, None);
        let (mut name, mut device_name, mut at_ms, mut nonce) = (None, String::new(), 0, None);
        cbor::whole_map(content, |key, d| {
            match key {
                2 => notebook = Some(d.decode()?),
                3 => discovery_key = Some(cbor::array(d)?),
                4 => device = Some(d.decode()?),
                5 => kem = Some(d.decode()?),
                6 => name = Some(cbor::text(d, NAME_BYTES_MAX)?),
                7 => device_name = cbor::text(d, NAME_BYTES_MAX)?,
                8 => at_ms = d.i64()?,
                9 => nonce = Some(cbor::array(d)?),
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            notebook: cbor::required(notebook, "a genesis without notebook")?,
            discovery_key: cbor::required(discovery_key, "a genesis without discovery key")?,
            device: cbor::required(device, "a genesis without device")?,
            kem: cbor::required(kem, "a genesis without sealing key")?,
            name: cbor::required(name, "a genesis without name")?,
            device_name,
            at_ms,
            nonce: cbor::required(nonce, "a genesis without nonce")?,
        })
    }
}

impl InviteCreate {
    fn write(&self, e: &mut Writer) -> Written<()> {
        e.map(9)?
            .u8(0)?
            .encode(self.invite)?
            .u8(1)?
            .u8(self.purpose.to_byte())?;
        e.u8(2)?
            .bytes(self.mailbox.as_bytes())?
            .u8(3)?
            .i64(self.expires_at_ms)?;
        e.u8(4)?
            .u32(self.uses_max)?
            .u8(5)?
            .bool(self.needs_confirm)?;
        e.u8(6)?.encode(self.notebook)?.u8(7)?.encode(self.device)?;
        e.u8(8)?.bytes(&self.proof)?;
        Ok(())
    }

    fn decode(content: &[u8]) -> Result<Self, Error> {
        let (mut invite, mut purpose, mut mailbox, mut expires_at_ms) = (None, None, None, None);
        let (mut uses_max, mut needs_confirm) = (1, false);
        let (mut notebook, mut device, mut proof) = (None, None, None);
        cbor::whole_map(content, |key, d| {
            match key {
                0 => invite = Some(d.decode()?),
                1 => purpose = Purpose::from_u64(d.u64()?),
                2 => mailbox = Some(KemSecret::from_bytes(cbor::array(d)?)),
                3 => expires_at_ms = Some(d.i64()?),
                4 => uses_max = d.u32()?,
                5 => needs_confirm = d.bool()?,
                6 => notebook = Some(d.decode()?),
                7 => device = Some(d.decode()?),
                8 => proof = Some(cbor::array(d)?),
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        let create = Self {
            invite: cbor::required(invite, "an invite without key")?,
            purpose: cbor::required(purpose, "an invite without known purpose")?,
            mailbox: cbor::required(mailbox, "an invite without mailbox")?,
            expires_at_ms: cbor::required(expires_at_ms, "an invite without expiry")?,
            uses_max,
            needs_confirm,
            notebook: cbor::required(notebook, "an invite without notebook")?,
            device: cbor::required(device, "an invite without device")?,
            proof: cbor::required(proof, "an invite without proof")?,
        };
        if invite::proves(
            &create.invite,
            &create.notebook,
            &create.device,
            create.purpose,
            &create.proof,
        ) {
            Ok(create)
        } else {
            Err(Error::message("an invite whose proof is not by its seed"))
        }
    }
}

impl Retire {
    fn write(&self, e: &mut Writer) -> Written<()> {
        e.map(2)?
            .u8(0)?
            .encode(self.device)?
            .u8(1)?
            .array(self.cut.len() as u64)?;
        for row in &self.cut {
            e.array(3)?.encode(row.log)?.u64(row.len)?.encode(row.tip)?;
        }
        Ok(())
    }

    fn decode(content: &[u8]) -> Result<Self, Error> {
        let (mut device, mut cut) = (None, Vec::new());
        cbor::whole_map(content, |key, d| {
            match key {
                0 => device = Some(d.decode()?),
                1 => cut = cbor::list(d, CUT_ROWS_MAX, CutRow::decode)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            device: cbor::required(device, "a retirement without device")?,
            cut,
        })
    }
}

impl CutRow {
    fn decode(d: &mut Decoder<'_>) -> Result<Self, Error> {
        if d.array()? != Some(3) {
            return Err(Error::message("a row of a cut has three values"));
        }
        Ok(Self {
            log: d.decode()?,
            len: d.u64()?,
            tip: d.decode()?,
        })
    }
}

impl DeviceAddresses {
    fn write(&self, e: &mut Writer) -> Written<()> {
        e.map(3)?.u8(0)?.i64(self.at_ms)?.u8(1)?;
        self.reach.encode(e)?;
        e.u8(2)?;
        reach::encode_list(&self.relays, e)
    }

    fn decode(content: &[u8]) -> Result<Self, Error> {
        let (mut at_ms, mut device, mut relays) = (0, None, Vec::new());
        cbor::whole_map(content, |key, d| {
            match key {
                0 => at_ms = d.i64()?,
                1 => device = Some(Reach::decode(d)?),
                2 => relays = reach::decode_list(d)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            at_ms,
            reach: cbor::required(device, "addresses of no device")?,
            relays,
        })
    }
}
