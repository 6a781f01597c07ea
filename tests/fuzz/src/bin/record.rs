//! What `strata report` and `strata compare` read: `events.jsonl` and `histograms.hlog` of a killed run, or the
//! `summary.json` of a whole one.
//!
//! An input that begins with `{` and a line break is a summary (without the line break); any other is the events, a
//! zero byte and the histograms.
#![no_main]

use strata_fuzz::reading;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(rest) = bytes.strip_prefix(b"{\n") {
        return reading::summary(&[b"{", rest].concat());
    }
    match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => reading::records(&bytes[..at], &bytes[at + 1..]),
        None => reading::records(bytes, &[]),
    }
});
