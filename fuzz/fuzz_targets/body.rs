//! The plaintext of a sealed entry.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| moot_sim::targets::body(bytes));
