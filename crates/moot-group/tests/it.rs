//! Formats against the bytes that the repository keeps: what was written once is read for ever.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

#[path = "it/corpus.rs"]
mod corpus;
#[path = "it/vectors.rs"]
mod vectors;

use std::convert::Infallible;

use data_encoding::HEXLOWER;
use moot_group::{Applicant, DeviceSecrets, EpochKey, InviteSeed, JoinRequest, KemSecret, Purpose};
use moot_log::{LogInit, NotebookId, SigningKey};
use rand_core::{TryCryptoRng, TryRng};

const NOTEBOOK: NotebookId = NotebookId([0x0a; 16]);

/// Gives the same byte again and again, so that a vector's nonces are plain to see.
struct Fixed(u8);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn unhex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn device() -> SigningKey {
    SigningKey::from_bytes(&[0x0d; 32])
}

fn log_init() -> LogInit {
    LogInit::sign(NOTEBOOK, [0x01; 16], &device())
}

fn epoch() -> EpochKey {
    EpochKey::from_bytes([0x0e; 32])
}

fn kem() -> KemSecret {
    KemSecret::from_bytes([0x0b; 32])
}

fn seed() -> InviteSeed {
    InviteSeed::from_bytes([0x05; 32])
}

fn secrets() -> DeviceSecrets {
    DeviceSecrets {
        signing: device(),
        kem: kem(),
        older_kems: vec![KemSecret::from_bytes([0x0c; 32])],
    }
}

fn request(purpose: Purpose) -> JoinRequest {
    let applicant = Applicant {
        purpose,
        log_init: log_init(),
        kem: kem().public(),
        name: "Bea".into(),
        device_name: "laptop".into(),
    };
    JoinRequest::make(applicant, &seed(), &device()).unwrap()
}
