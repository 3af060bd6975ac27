//! The whole way in: frames of a member, in an established session of an engine.
#![no_main]

use moot_sim::targets::Ingest;

thread_local! {
    static INGEST: Ingest = Ingest::new();
}

libfuzzer_sys::fuzz_target!(
    init: moot_fuzz::expect_panics_of_the_library(),
    |bytes: &[u8]| INGEST.with(|ingest| ingest.run(bytes))
);
