//! Who writes a log: the signed statement that stands at the head of every log and gives it its id.
//!
//! Owns its 129 bytes. Never says whether the device belongs to the group: that is the roster's.

use ed25519_dalek::{Signer, SigningKey};

use crate::entry::verify_strict;
use crate::ids::{DevicePk, LogId, NotebookId};

/// Bytes of an encoded [`LogInit`]: 65 that are signed, and 64 of signature.
pub const LOG_INIT_BYTES: usize = SIGNED + 64;

const SIGNED: usize = 1 + 16 + 32 + 16;
const VERSION: u8 = 1;
const SIGN_CONTEXT: &[u8] = b"moot/log-init/1\0";
const ID_CONTEXT: &str = "moot 2026 log-id v1";

/// One incarnation of one device in one notebook, signed by the device.
///
/// A value of this type has a valid signature: it comes from [`LogInit::sign`] or [`LogInit::decode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInit {
    notebook: NotebookId,
    device: DevicePk,
    incarnation: [u8; 16],
    signature: [u8; 64],
}

/// Why bytes do not begin a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogInitError {
    /// Not exactly [`LOG_INIT_BYTES`] long.
    #[error("the head of a log has {LOG_INIT_BYTES} bytes, not {0}")]
    Length(usize),
    /// Written by a newer program.
    #[error("the head of this log is of version {0}, which needs a newer moot")]
    Version(u8),
    /// Not signed by the device that it names.
    #[error("the head of the log is not signed by its device")]
    Signature,
}

impl LogInit {
    /// Begins a log. The incarnation must be random: it keeps copies of a home from writing the same log.
    pub fn sign(notebook: NotebookId, incarnation: [u8; 16], key: &SigningKey) -> Self {
        let device = DevicePk(key.verifying_key().to_bytes());
        let signed = layout(&notebook, &device, &incarnation);
        let signature = key.sign(&[SIGN_CONTEXT, &signed].concat()).to_bytes();
        Self {
            notebook,
            device,
            incarnation,
            signature,
        }
    }

    /// Reads and verifies the head of a log.
    ///
    /// # Errors
    /// Every variant of [`LogInitError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LogInitError> {
        let bytes: &[u8; LOG_INIT_BYTES] = bytes
            .try_into()
            .map_err(|_| LogInitError::Length(bytes.len()))?;
        if bytes[0] != VERSION {
            return Err(LogInitError::Version(bytes[0]));
        }
        let mut init = Self {
            notebook: NotebookId([0; 16]),
            device: DevicePk([0; 32]),
            incarnation: [0; 16],
            signature: [0; 64],
        };
        init.notebook.0.copy_from_slice(&bytes[1..17]);
        init.device.0.copy_from_slice(&bytes[17..49]);
        init.incarnation.copy_from_slice(&bytes[49..65]);
        init.signature.copy_from_slice(&bytes[65..]);
        verify_strict(
            &init.device,
            SIGN_CONTEXT,
            &bytes[..SIGNED],
            &init.signature,
        )
        .ok_or(LogInitError::Signature)?;
        Ok(init)
    }

    /// The 129 bytes that travel.
    pub fn encode(&self) -> [u8; LOG_INIT_BYTES] {
        let mut bytes = [0; LOG_INIT_BYTES];
        bytes[..SIGNED].copy_from_slice(&layout(&self.notebook, &self.device, &self.incarnation));
        bytes[SIGNED..].copy_from_slice(&self.signature);
        bytes
    }

    /// The log that this begins: a hash of what is signed, so that no second signature makes a second log.
    pub fn log_id(&self) -> LogId {
        LogId(blake3::derive_key(
            ID_CONTEXT,
            &layout(&self.notebook, &self.device, &self.incarnation),
        ))
    }

    /// The notebook that the log belongs to.
    pub fn notebook(&self) -> NotebookId {
        self.notebook
    }

    /// The device that writes the log.
    pub fn device(&self) -> DevicePk {
        self.device
    }
}

fn layout(notebook: &NotebookId, device: &DevicePk, incarnation: &[u8; 16]) -> [u8; SIGNED] {
    let mut bytes = [0; SIGNED];
    bytes[0] = VERSION;
    bytes[1..17].copy_from_slice(&notebook.0);
    bytes[17..49].copy_from_slice(&device.0);
    bytes[49..65].copy_from_slice(incarnation);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn init() -> LogInit {
        LogInit::sign(
            NotebookId([5; 16]),
            [6; 16],
            &SigningKey::from_bytes(&[7; 32]),
        )
    }

    #[test]
    fn the_head_of_a_log_decodes_to_itself() {
        assert_eq!(LogInit::decode(&init().encode()), Ok(init()));
    }

    #[test]
    fn any_changed_byte_is_refused() {
        for at in 0..LOG_INIT_BYTES {
            let mut bytes = init().encode();
            bytes[at] ^= 1;
            assert!(LogInit::decode(&bytes).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_newer_head_says_so() {
        let mut bytes = init().encode();
        bytes[0] = 2;
        assert_eq!(LogInit::decode(&bytes), Err(LogInitError::Version(2)));
    }
}
