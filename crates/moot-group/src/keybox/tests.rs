//! What a keybox is, and what is not one.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;

const NOTEBOOK: NotebookId = NotebookId([9; 16]);

fn secrets(count: usize) -> Vec<KemSecret> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    (0..count).map(|_| KemSecret::generate(&mut rng)).collect()
}

fn boxed(recipients: usize) -> (EpochKey, Vec<KemSecret>, Vec<Keybox>) {
    let key = EpochKey::from_bytes([4; 32]);
    let secrets = secrets(recipients);
    let kems = secrets.iter().map(KemSecret::public).collect();
    let boxes = Keybox::make(&NOTEBOOK, &key, &[KeyId([5; 32])].into(), &kems).unwrap();
    (key, secrets, boxes)
}

#[test]
fn every_recipient_opens_it_and_nobody_else_does() {
    let (key, secrets, boxes) = boxed(3);
    let again = Keybox::decode(&key.id(), &boxes[0].encode()).unwrap();
    assert_eq!(again, boxes[0]);
    for secret in &secrets {
        assert!(again.open(&NOTEBOOK, [secret]) == Some(key.clone()));
    }
    assert!(
        again
            .open(&NOTEBOOK, [&KemSecret::from_bytes([1; 32])])
            .is_none()
    );
    assert!(again.open(&NotebookId([1; 16]), &secrets).is_none());
}

#[test]
fn a_large_one_is_split_and_each_part_says_what_it_replaces() {
    let key = EpochKey::from_bytes([4; 32]);
    // Any canonical u-coordinate can be wrapped to; drawing them is quicker than making key pairs.
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let kems: BTreeSet<KemPk> = (0..WRAPS_PER_BOX_MAX + 1)
        .map(|_| {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes);
            bytes[31] &= 0x3f;
            KemPk(bytes)
        })
        .collect();
    let boxes = Keybox::make(&NOTEBOOK, &key, &[KeyId([5; 32])].into(), &kems).unwrap();
    assert_eq!(
        boxes
            .iter()
            .map(|part| part.wraps.len())
            .collect::<Vec<_>>(),
        [WRAPS_PER_BOX_MAX, 1]
    );
    for part in &boxes {
        assert_eq!(Keybox::decode(&key.id(), &part.encode()).as_ref(), Ok(part));
        assert_eq!(part.supersedes, [KeyId([5; 32])].into());
    }
}

#[test]
fn nothing_is_wrapped_to_a_key_that_everyone_can_open() {
    let key = EpochKey::from_bytes([4; 32]);
    let bad = KemPk([0; 32]);
    let made = Keybox::make(&NOTEBOOK, &key, &BTreeSet::new(), &[bad].into());
    assert_eq!(made, Err(UnusableKey(bad)));
}

#[test]
fn a_body_of_another_key_cut_short_or_over_the_limit_is_refused() {
    let (key, _, boxes) = boxed(2);
    let body = boxes[0].encode();
    assert_eq!(
        Keybox::decode(&KeyId([1; 32]), &body),
        Err(KeyboxError::OtherKey)
    );
    for len in 0..body.len() {
        assert!(
            Keybox::decode(&key.id(), &body[..len]).is_err(),
            "{len} bytes"
        );
    }
    let mut over = boxes[0].clone();
    over.wraps = (0..=WRAPS_PER_BOX_MAX)
        .map(|at| {
            let mut bytes = [0; WRAP_BYTES];
            bytes[..8].copy_from_slice(&at.to_be_bytes());
            Wrap(bytes)
        })
        .collect();
    assert!(Keybox::decode(&key.id(), &over.encode()).is_err());
}
