//! A ticket as somebody pasted it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| moot_sim::targets::ticket(bytes));
