//! Join requests: what a device that wants in says, signed by the invite that it answers and by itself.
//!
//! Owns the request's bytes, which travel and are embedded verbatim, and its name. Never says whether the request is granted:
//! that is [`crate::Roster::check_request`] for whoever is asked, and the roster's evaluation for everyone.

use ed25519_dalek::SigningKey;
use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder};
use moot_log::log_init::LOG_INIT_BYTES;
use moot_log::{DevicePk, LogInit, NotebookId};

use crate::cbor::{self, Field};
use crate::invite::{InvitePk, InviteSeed, Purpose};
use crate::kem::KemPk;
use crate::limits::{NAME_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::signing;

const SIGN_CONTEXT: &[u8] = b"moot/join-request/1\0";
const ID_CONTEXT: &str = "moot 2026 join-request v1";

/// A request's name: a hash of what is signed, so that signing again does not make a second request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub [u8; 32]);

/// A request whose two signatures have been checked: it comes from [`JoinRequest::make`] or [`JoinRequest::decode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    fields: Fields,
    signed: Vec<u8>,
    by_invite: [u8; 64],
    by_device: [u8; 64],
}

/// What a device says of itself when it asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// What it asks for.
    pub purpose: Purpose,
    /// The log that it will write, whose head names notebook and device.
    pub log_init: LogInit,
    /// The key to which epoch keys are to be wrapped.
    pub kem: KemPk,
    /// The person's name; of no effect when linking.
    pub name: String,
    /// The device's name.
    pub device_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fields {
    applicant: Applicant,
    invite: InvitePk,
}

/// Why a request cannot be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not the encoding of one, or over a limit.
    #[error("not a join request: {0}")]
    Malformed(String),
    /// One of the two signatures is not over this request by the key that it names.
    #[error("the join request is not signed by {0}")]
    Signature(&'static str),
    /// A name is over the limit.
    #[error("a name has {0} bytes, more than {NAME_BYTES_MAX}")]
    NameTooLong(usize),
    /// The signing key is not the one of the log's head.
    #[error("the log belongs to another device")]
    OtherDevice,
}

impl JoinRequest {
    /// Makes and signs a request.
    ///
    /// # Errors
    /// [`RequestError::NameTooLong`], and [`RequestError::OtherDevice`] where `device` did not sign the log's head.
    pub fn make(
        applicant: Applicant,
        invite: &InviteSeed,
        device: &SigningKey,
    ) -> Result<Self, RequestError> {
        if applicant.log_init.device().0 != device.verifying_key().to_bytes() {
            return Err(RequestError::OtherDevice);
        }
        for name in [&applicant.name, &applicant.device_name] {
            if name.len() > NAME_BYTES_MAX {
                return Err(RequestError::NameTooLong(name.len()));
            }
        }
        let fields = Fields {
            applicant,
            invite: invite.public(),
        };
        let signed = cbor::encode(&fields);
        Ok(Self {
            by_invite: signing::sign(&invite.signing_key(), SIGN_CONTEXT, &signed),
            by_device: signing::sign(device, SIGN_CONTEXT, &signed),
            signed,
            fields,
        })
    }

    /// The bytes that travel and that an Admit or Link embeds.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a request and checks both signatures.
    ///
    /// # Errors
    /// [`RequestError::Malformed`] and [`RequestError::Signature`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let malformed = |error: Error| RequestError::Malformed(error.to_string());
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::Malformed("over its limit".into()));
        }
        let Envelope {
            signed,
            by_invite,
            by_device,
        } = cbor::decode_whole(bytes).map_err(malformed)?;
        let fields: Fields = cbor::decode_whole(signed).map_err(malformed)?;
        let device = fields.applicant.log_init.device();
        if !signing::verifies(&fields.invite.0, SIGN_CONTEXT, signed, &by_invite) {
            return Err(RequestError::Signature("its invite"));
        }
        if !signing::verifies(&device.0, SIGN_CONTEXT, signed, &by_device) {
            return Err(RequestError::Signature("its device"));
        }
        Ok(Self {
            signed: signed.to_vec(),
            fields,
            by_invite,
            by_device,
        })
    }

    /// The request's name.
    pub fn id(&self) -> RequestId {
        RequestId(blake3::derive_key(ID_CONTEXT, &self.signed))
    }

    /// What the device says of itself.
    pub fn applicant(&self) -> &Applicant {
        &self.fields.applicant
    }

    /// The invite that the request answers.
    pub fn invite(&self) -> InvitePk {
        self.fields.invite
    }

    /// The device that asks.
    pub fn device(&self) -> DevicePk {
        self.applicant().log_init.device()
    }

    /// The notebook that it asks to be let into.
    pub fn notebook(&self) -> NotebookId {
        self.applicant().log_init.notebook()
    }

    /// What it asks for.
    pub fn purpose(&self) -> Purpose {
        self.applicant().purpose
    }
}

struct Envelope<'b> {
    signed: &'b [u8],
    by_invite: [u8; 64],
    by_device: [u8; 64],
}

impl<C> Encode<C> for JoinRequest {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(3)?.u8(0)?.bytes(&self.signed)?;
        e.u8(1)?
            .bytes(&self.by_invite)?
            .u8(2)?
            .bytes(&self.by_device)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Envelope<'b> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let (mut signed, mut by_invite, mut by_device) = (None, None, None);
        cbor::map(d, |key, d| {
            match key {
                0 => signed = Some(d.bytes()?),
                1 => by_invite = Some(cbor::array(d)?),
                2 => by_device = Some(cbor::array(d)?),
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            signed: cbor::required(signed, "a request without content")?,
            by_invite: cbor::required(by_invite, "a request without the invite's signature")?,
            by_device: cbor::required(by_device, "a request without the device's signature")?,
        })
    }
}

impl<C> Encode<C> for Fields {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let applicant = &self.applicant;
        e.map(6)?.u8(0)?.u8(applicant.purpose.to_byte())?;
        e.u8(1)?.encode(self.invite)?;
        e.u8(2)?.bytes(&applicant.log_init.encode())?;
        e.u8(3)?.encode(applicant.kem)?;
        e.u8(4)?
            .str(&applicant.name)?
            .u8(5)?
            .str(&applicant.device_name)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Fields {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let (mut purpose, mut invite, mut log_init, mut kem) = (None, None, None, None);
        let (mut name, mut device_name) = (String::new(), String::new());
        cbor::map(d, |key, d| {
            match key {
                0 => purpose = Purpose::from_u64(d.u64()?),
                1 => invite = Some(d.decode()?),
                2 => log_init = Some(decode_log_init(d)?),
                3 => kem = Some(d.decode()?),
                4 => name = cbor::text(d, NAME_BYTES_MAX)?,
                5 => device_name = cbor::text(d, NAME_BYTES_MAX)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            applicant: Applicant {
                purpose: cbor::required(purpose, "a request without known purpose")?,
                log_init: cbor::required(log_init, "a request without log")?,
                kem: cbor::required(kem, "a request without sealing key")?,
                name,
                device_name,
            },
            invite: cbor::required(invite, "a request without invite")?,
        })
    }
}

fn decode_log_init(d: &mut Decoder<'_>) -> Result<LogInit, Error> {
    let bytes: [u8; LOG_INIT_BYTES] = cbor::array(d)?;
    LogInit::decode(&bytes).map_err(|_| Error::message("a request whose log has a bad head"))
}

#[cfg(test)]
pub(crate) mod tests;
