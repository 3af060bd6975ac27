//! An entry as it is stored and sent.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| moot_sim::targets::entry(bytes));
