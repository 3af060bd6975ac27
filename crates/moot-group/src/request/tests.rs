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

#[test]
fn a_request_survives_its_way_and_is_signed_over_all_of_it() {
    let (request, _, _) = request();
    let bytes = request.encode();
    let again = JoinRequest::decode(&bytes).unwrap();
    assert_eq!((&again, again.id()), (&request, request.id()));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(JoinRequest::decode(&altered).is_err(), "byte {at}");
        assert!(JoinRequest::decode(&bytes[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn a_request_needs_the_seed_of_the_invite_and_the_key_of_the_device() {
    let (request, _, device) = request();
    let other_seed = InviteSeed::from_bytes([1; 32]);
    let other = JoinRequest::make(request.applicant().clone(), &other_seed, &device).unwrap();
    let forged = JoinRequest {
        by_invite: other.by_invite,
        ..request.clone()
    };
    assert_eq!(
        JoinRequest::decode(&forged.encode()),
        Err(RequestError::Signature("its invite"))
    );
    let forged = JoinRequest {
        by_device: other.by_device,
        ..request.clone()
    };
    assert_eq!(
        JoinRequest::decode(&forged.encode()),
        Err(RequestError::Signature("its device"))
    );
    let stranger = SigningKey::from_bytes(&[1; 32]);
    let made = JoinRequest::make(request.applicant().clone(), &other_seed, &stranger);
    assert_eq!(made, Err(RequestError::OtherDevice));
}

#[test]
fn a_name_over_the_limit_is_not_sent() {
    let (request, seed, device) = request();
    let applicant = Applicant {
        name: "n".repeat(257),
        ..request.applicant().clone()
    };
    assert_eq!(
        JoinRequest::make(applicant, &seed, &device),
        Err(RequestError::NameTooLong(257))
    );
    let applicant = Applicant {
        name: "n".repeat(256),
        device_name: "d".repeat(256),
        ..request.applicant().clone()
    };
    let longest = JoinRequest::make(applicant, &seed, &device).unwrap();
    assert_eq!(JoinRequest::decode(&longest.encode()), Ok(longest));
}
