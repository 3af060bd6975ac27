//! Invites: a seed that travels in a ticket, and the public key under which the notebook knows it.
//!
//! Owns the invite's key and the proof that whoever publishes an invite holds its seed, without which a member could republish
//! somebody else's invite as their own and catch the device that answers it. Never says whether an invite still stands: that is
//! the roster's.

use std::fmt;

use ed25519_dalek::SigningKey;
use moot_log::{DevicePk, NotebookId};

use crate::secret::secret;
use crate::signing;

const PROOF_CONTEXT: &[u8] = b"moot/invite/1\0";

/// The public key of an invite; also its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct InvitePk(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl fmt::Display for InvitePk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InvitePk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitePk(")?;
        self.0
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

/// What an invite lets its holder ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// To become a member.
    Join,
    /// To become one more device of the person who made the invite.
    Link,
}

impl Purpose {
    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Self::Join => 0,
            Self::Link => 1,
        }
    }

    pub(crate) fn from_u64(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::Join),
            1 => Some(Self::Link),
            _ => None,
        }
    }
}

secret! {
    /// The secret of an invite, which its ticket carries; wiped when dropped, and never printed.
    pub struct InviteSeed, "to be kept under a [`crate::StorageKey`]."
}

impl InviteSeed {
    /// The key that signs on behalf of the invite: the request, the first words to a member, posts to a relay's mailbox.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.0)
    }

    /// The name under which the notebook knows the invite.
    pub fn public(&self) -> InvitePk {
        InvitePk(self.signing_key().verifying_key().to_bytes())
    }

    /// Proves that the device which publishes the invite holds its seed.
    pub(crate) fn prove(
        &self,
        notebook: &NotebookId,
        device: &DevicePk,
        purpose: Purpose,
    ) -> [u8; 64] {
        signing::sign(
            &self.signing_key(),
            PROOF_CONTEXT,
            &claim(notebook, device, purpose),
        )
    }
}

/// Whether the proof is one by the invite's seed for this device.
pub(crate) fn proves(
    invite: &InvitePk,
    notebook: &NotebookId,
    device: &DevicePk,
    purpose: Purpose,
    proof: &[u8; 64],
) -> bool {
    signing::verifies(
        &invite.0,
        PROOF_CONTEXT,
        &claim(notebook, device, purpose),
        proof,
    )
}

fn claim(notebook: &NotebookId, device: &DevicePk, purpose: Purpose) -> Vec<u8> {
    [
        notebook.as_bytes().as_slice(),
        device.as_bytes(),
        &[purpose.to_byte()],
    ]
    .concat()
}
