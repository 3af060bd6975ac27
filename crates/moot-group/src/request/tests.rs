//! What a join request must refuse.

use super::*;

pub(crate) fn request() -> (JoinRequest, InviteSeed, SigningKey) {
    let device = SigningKey::from_bytes(&[11; 32]);
    let seed = InviteSeed::from_bytes([12; 32]);
    let applicant = Applicant {
        purpose: Purpose::Join,
        log_init: LogInit::sign(NotebookId([9; 16]), [13; 16], &device),
        kem: crate::KemSecret::from_bytes([14; 32]).public(),
        name: "Bea".into(),
        device_name: "laptop".into(),
    };
    (
        JoinRequest::make(applicant, &seed, &device).unwrap(),
        seed,
        device,
    )
}
