//! A join request on its way through a relay: sealed to the invite's mailbox, which every member can open and the relay cannot.
//!
//! Owns the sealing. Never says who may post: the relay asks for the invite's signature, which it does not need to understand.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use moot_log::NotebookId;
use rand_core::CryptoRng;

use crate::invite::InvitePk;
use crate::kem::{KemPk, KemSecret};
use crate::limits::REQUEST_BYTES_MAX;
use crate::padding;
use crate::request::{JoinRequest, RequestError};

const INFO: &[u8] = b"moot/mailbox/1";
const ENC_BYTES: usize = 32;

/// Bytes of the longest sealed request.
pub const SEALED_REQUEST_BYTES_MAX: usize = ENC_BYTES + 2 * REQUEST_BYTES_MAX;

/// Why a sealed request is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// Sealed to another mailbox or for another invite, or altered, or over the limit.
    #[error("what lay in the mailbox does not open")]
    Sealed,
    /// It opens and is not a request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The request answers another invite or is for another notebook.
    #[error("the request lay in the mailbox of another invite")]
    OtherInvite,
}

/// Seals a request to a mailbox; its length says nothing about names. `None` where the mailbox's key is not usable.
pub fn seal_request(
    request: &JoinRequest,
    mailbox: &KemPk,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Option<Vec<u8>> {
    if !mailbox.is_usable() {
        return None;
    }
    let mut text = request.encode();
    padding::pad(&mut text);
    let (enc, ct) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &Deserializable::from_bytes(&mailbox.0).ok()?,
            &info(&request.notebook()),
            &text,
            &request.invite().0,
            &mut &mut *rng,
        )
        .ok()?;
    Some([enc.to_bytes().as_slice(), &ct].concat())
}

/// Opens what lay in the mailbox of an invite.
///
/// # Errors
/// Every variant of [`MailboxError`].
pub fn open_request(
    sealed: &[u8],
    notebook: &NotebookId,
    invite: &InvitePk,
    mailbox: &KemSecret,
) -> Result<JoinRequest, MailboxError> {
    if sealed.len() > SEALED_REQUEST_BYTES_MAX {
        return Err(MailboxError::Sealed);
    }
    let (enc, ct) = sealed
        .split_at_checked(ENC_BYTES)
        .ok_or(MailboxError::Sealed)?;
    let mut text = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &mailbox.hpke(),
        &Deserializable::from_bytes(enc).map_err(|_| MailboxError::Sealed)?,
        &info(notebook),
        ct,
        &invite.0,
    )
    .map_err(|_| MailboxError::Sealed)?;
    padding::unpad(&mut text).ok_or(MailboxError::Sealed)?;
    let request = JoinRequest::decode(&text)?;
    if request.invite() != *invite || request.notebook() != *notebook {
        return Err(MailboxError::OtherInvite);
    }
    Ok(request)
}

fn info(notebook: &NotebookId) -> Vec<u8> {
    [INFO, notebook.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::request::tests::request;

    #[test]
    fn a_request_opens_only_in_its_own_mailbox() {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let (request, _, _) = request();
        let mailbox = KemSecret::generate(&mut rng);
        let sealed = seal_request(&request, &mailbox.public(), &mut rng).unwrap();
        let open = |sealed: &[u8], invite: InvitePk, mailbox: &KemSecret| {
            open_request(sealed, &request.notebook(), &invite, mailbox)
        };
        assert_eq!(
            open(&sealed, request.invite(), &mailbox),
            Ok(request.clone())
        );
        let other = KemSecret::generate(&mut rng);
        assert_eq!(
            open(&sealed, request.invite(), &other),
            Err(MailboxError::Sealed)
        );
        assert_eq!(
            open(&sealed, InvitePk([1; 32]), &mailbox),
            Err(MailboxError::Sealed)
        );
        for len in [0, 31, 32, 60, sealed.len() - 1] {
            assert_eq!(
                open(&sealed[..len], request.invite(), &mailbox),
                Err(MailboxError::Sealed)
            );
        }
    }
}
