//! A change to a document.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: moot_fuzz::expect_panics_of_the_library(),
    |bytes: &[u8]| moot_sim::targets::change(bytes)
);
