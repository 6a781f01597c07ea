//! Every case of the contract in every language: one test for each, enumerated from `cases/` and `probes/`.
//!
//! A probe is one scenario written with one SDK; all do the same by `--env`. A case that cannot work in a language says
//! so in its file, with the reason, and fails here when it begins to work. Where a toolchain is missing a test says so
//! and passes; in CI it fails.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says why and ends"
)]

mod case;
mod guests;
mod projects;
mod released;
mod resident;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use case::Case;
use guests::Guest;
use projects::Language;
use released::Frozen;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for guest in Guest::all() {
        for case in Case::all() {
            let name = format!("{}::{}", guest.name, case.name);
            trials.push(Trial::test(name, move || checked(|| case.hold(guest))));
        }
    }
    for language in &projects::LANGUAGES {
        let mut trial = |what: &str, test: fn(&Language) -> Result<(), String>| {
            trials
                .push(Trial::test(format!("{}::{what}", language.word), move || checked(|| test(language))));
        };
        trial("new-project", projects::new_project);
        trial("readme", projects::readme);
        trial("place", projects::place);
        if projects::SAME.contains(&language.word) {
            trial("same-bytes", projects::same_bytes);
        }
        if let Some(example) = language.layer_8 {
            let name = format!("{}::layer-8", language.word);
            trials.push(Trial::test(name, move || checked(|| projects::layer_8(language, example))));
        }
    }
    for heavy in &projects::HEAVY {
        let name = format!("{}::shares-memory", heavy.engine.unwrap_or(heavy.word));
        trials.push(Trial::test(name, move || checked(|| projects::shares_memory(heavy))));
    }
    trials.push(Trial::test("js::packages", || checked(projects::packages)));
    for (sdk, tools, commands) in projects::OWN_TESTS {
        let name = format!("{sdk}::own-tests");
        trials.push(Trial::test(name, move || checked(|| projects::own_tests(tools, commands))));
    }
    trials.push(Trial::test("plain::wit-bindgen", || checked(projects::plain)));
    trials.push(Trial::test("plain::wasi-http", || checked(projects::outgoing)));
    trials.push(Trial::test("plain::older-contract", || checked(released::older)));
    trials.push(Trial::test("plain::newer-contract", || checked(released::newer)));
    for frozen in Frozen::all() {
        trials.push(Trial::test(frozen.test_name(), move || checked(|| frozen.runs())));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A panic has been printed by the time that it is caught.
fn checked(test: impl FnOnce() -> Result<(), String> + std::panic::UnwindSafe) -> Result<(), Failed> {
    match std::panic::catch_unwind(test) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(why.into()),
        Err(_) => Err("it panicked".into()),
    }
}
