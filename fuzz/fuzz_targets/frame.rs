//! A frame of a session.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| moot_sim::targets::frame(bytes));
