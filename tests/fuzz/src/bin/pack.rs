//! Packs: a tar as it may come from anywhere.
#![no_main]

use strata::pack::artifact::{Place, layout_bytes, open};
use strata_fuzz::wait;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let place = match Place::archive_of(bytes.to_vec()) {
        Ok(place) => place,
        Err(error) => {
            assert!(!error.faults.is_empty() && !error.to_string().contains('\x1b'));
            return;
        }
    };
    match wait(open(place)) {
        // Digests of SHA-256 are not found by chance: what gets here is a seed, and can be written again.
        Ok(pack) => assert!(layout_bytes(&pack).is_ok_and(|files| files.len() > 4)),
        Err(error) => assert!(!error.faults.is_empty() && !error.to_string().contains('\x1b')),
    }
});
