//! A component's file: recognised, compiled, linked, started, asked.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    strata_fuzz::ask(bytes.to_vec());
});
