//! The answer to `describe` as it lies in a component's memory: lengths, addresses, words, numbers.
#![no_main]

use std::path::PathBuf;

use strata::config::{Described, Flags, resolve};

libfuzzer_sys::fuzz_target!(|image: &[u8]| {
    let Some(manifest) = strata_fuzz::ask(strata_fuzz::answering(image)) else { return };
    let described = Some(Described { source: PathBuf::from("fuzzed.wasm"), digest: String::new(), manifest });
    let flags = Flags { target: Some("http://127.0.0.1:1".to_owned()), ..Flags::default() };
    // A plan, or faults: both are answers.
    if let Err(faults) = resolve(None, vec![described], &flags) {
        assert!(!faults.is_empty());
        assert!(faults.iter().all(|fault| !fault.to_string().contains('\x1b')), "{faults:?}");
    }
});
