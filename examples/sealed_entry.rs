//! One entry: sealed for a group, signed by a device, and what becomes of it when somebody changes a byte.
//!
//! Run it: `cargo run -p moot-examples --example sealed_entry`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use moot_group::{DeviceSecrets, EpochKey, Keybox, StorageKey};
use moot_log::entry::Draft;
use moot_log::{Entry, EntryId, Kind, LogInit, NotebookId};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn main() -> Result<(), Box<dyn Error>> {
    // A program takes its randomness from the operating system; an example wants to be the same each time.
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let notebook = NotebookId([7; 16]);
    let (ana, bo) = (
        DeviceSecrets::generate(&mut rng),
        DeviceSecrets::generate(&mut rng),
    );

    // Ana's log, and the key that the group shares.
    let init = LogInit::sign(notebook, [1; 16], &ana.signing);
    let key = EpochKey::generate(&mut rng);

    // The first entry of the log. The body is bound to exactly this place.
    let draft = Draft {
        kind: Kind::Sealed,
        log_id: init.log_id(),
        seq: 0,
        prev: EntryId(init.log_id().0),
        key_id: key.id(),
    };
    let sealed = key.seal(&draft.aad(), b"Bo facilitates on Tuesday.", &mut rng)?;
    let entry = Entry::sign(&draft, sealed, &ana.signing)?;
    println!("entry {} of log {}", entry.id(), init.log_id());
    println!(
        "  {} bytes of header, {} of body, none of them readable without the key",
        208,
        entry.body().len()
    );

    // Bo gets the key in a keybox, wrapped to his device, and opens the entry.
    let boxes = Keybox::make(
        &notebook,
        &key,
        &Default::default(),
        &[bo.kem_public()].into(),
    )?;
    let unwrapped = boxes
        .iter()
        .find_map(|keybox| keybox.open(&notebook, [&bo.kem]))
        .ok_or("no wrap for Bo")?;
    entry.verify(&init.log_id(), &init.device())?;
    let text = unwrapped.open(entry.aad(), entry.body())?;
    println!("Bo reads: {}", String::from_utf8_lossy(&text));

    // A relay sees neither key nor text. If it changes a byte, nobody accepts the entry.
    let mut tampered = entry.body().to_vec();
    tampered[30] ^= 1;
    let Err(refused) = Entry::decode(entry.header_bytes(), tampered) else {
        return Err("a changed body was accepted".into());
    };
    println!("With one byte changed: {refused}");

    // At home the secrets lie sealed, too.
    let storage = StorageKey::generate(&mut rng);
    let row = ana.seal(&storage, b"secrets", &mut rng);
    assert_eq!(
        DeviceSecrets::open(&storage, b"secrets", &row)?.device(),
        ana.device()
    );
    Ok(())
}

#[test]
fn an_entry_opens_for_the_group_alone() {
    main().unwrap();
}
