//! Manifests that the engine must refuse, by env `describe`.
//!
//! | `describe` | what happens |
//! |---|---|
//! | `huge` | a unit of 64 MiB |
//! | `many` | 100,000 stages |
//! | `inconsistent` | another stage each time |
//! | `slow` | waits for a minute by `run.sleep` |
//! | `spin` | never returns |
//! | `unnamed` | reads an env that it does not ask for |
//! | `shared`, `kv` | needs for the modes of [`sharing`](crate::sharing) |
//! | `hostile` | texts with control characters and escape codes |

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use strata_guest::prelude::*;

/// Bytes of a text that nobody reads.
const HUGE: usize = 64 << 20;
/// More stages than anybody has.
const MANY: u32 = 100_000;

/// The manifest, made worse as it was asked for.
pub fn change(manifest: Manifest) -> Manifest {
    static TIMES: AtomicU32 = AtomicU32::new(0);
    let stage = |name: u32| Stage::per_vu_iterations(format!("more-{name}"), 1, 1);
    match run::env("describe").as_deref() {
        Some("huge") => manifest.goal(Goal::at_least("huge", 1.0, "x".repeat(HUGE))),
        Some("many") => (0..MANY).fold(manifest, |manifest, name| manifest.stage(stage(name))),
        Some("inconsistent") => manifest.stage(stage(TIMES.fetch_add(1, Relaxed))),
        Some("slow") => {
            run::sleep(Duration::from_secs(60));
            manifest
        }
        Some("spin") => loop {
            black_box(0);
        },
        Some("unnamed") if run::env("region").is_none() => manifest,
        Some("shared") => manifest.needs_data("rows").needs_kv("shared").needs_secret("token"),
        Some("kv") => manifest.needs_kv("shared"),
        Some("hostile") => manifest.layer(1, "\u{1b}]0;title\u{7}", "area\r\n\u{202e}").goal(Goal::at_least(
            "hostile",
            1.0,
            "\u{1b}[31m",
        )),
        _ => manifest,
    }
}
