//! The zoo: scenarios that mean harm, one file each, all of them run against the real binary.
//!
//! A `.wat` file of this folder is the inside of a core module. Its first lines say what it does; lines that begin with
//! `;;!` say how it must end: `run` (more arguments), `exit` (the exit code), `says` (a text on standard error), `never-said` (none there), `never` (a
//! text that must not be in a report, apart from code in Markdown), `never-in-markdown`. What the contract asks for and the
//! file leaves out is filled in: see `animal.rs`.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and ends")]

mod animal;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use strata_support::{Ended, Strata, repository};
use strata_target::{Options, Profile, Server};

use animal::Animal;

/// What the zoo has to hold; it may hold more.
const WANTED: [&str; 21] = [
    "contradicting-manifest",
    "deep-recursion",
    "endless-describe",
    "endless-iteration",
    "endless-judge",
    "endless-setup",
    "endless-start",
    "list-of-4-gib",
    "log-flood",
    "limit-bodies",
    "limit-open",
    "lying-string",
    "markup",
    "long-selector",
    "memory-bomb",
    "metric-names",
    "prepared-flood",
    "setup-of-1-gib",
    "table-growth",
    "unasked-space",
    "used-after-drop",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = repository().join("tests/conformance/hostile");
    let animals = Animal::all(&folder);
    for wanted in WANTED {
        assert!(animals.iter().any(|animal| animal.name == wanted), "`{wanted}.wat` is missing from the zoo");
    }
    let trials = animals.into_iter().map(|animal| {
        let name = animal.name.clone();
        Trial::test(name, move || match std::panic::catch_unwind(|| held(&animal)) {
            Ok(()) => Ok(()),
            // It has been printed.
            Err(_) => Err(Failed::from("it panicked")),
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn strata() -> Strata {
    Strata::new(env!("CARGO_BIN_EXE_strata"))
}

/// Runs it, and looks at how it ended and at everything that was written.
fn held(animal: &Animal) {
    let options = Options { profile: Profile::Fixed, round_trip: std::time::Duration::ZERO, port: 0 };
    let target = Server::start(options).expect("a target");
    let ended = strata()
        .file("animal.wasm", animal.component())
        .args(["run", "animal.wasm", "--target", &target.url()])
        .args(&animal.arguments)
        .coloured()
        .run()
        .with(animal.exit);
    // The terminal breaks long lines.
    let said = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in &animal.says {
        assert!(said.contains(says.as_str()), "it does not say `{says}` but:\n{}", ended.stderr);
    }
    for never in &animal.never_said {
        assert!(!said.contains(never.as_str()), "it says `{never}`:\n{}", ended.stderr);
    }
    let lines = ended.stderr.lines().count();
    assert!(lines < 300, "{lines} lines on standard error");
    assert!(ended.stderr.len() < 100_000, "{} bytes on standard error", ended.stderr.len());
    for (form, text) in written(&ended) {
        harmless(animal, &form, &text);
    }
}

/// All that it wrote for people and for their programs.
fn written(ended: &Ended) -> Vec<(String, String)> {
    let mut texts = vec![
        ("standard error".to_owned(), ended.stderr.clone()),
        ("standard output".to_owned(), ended.stdout.clone()),
    ];
    for run in ended.runs() {
        for entry in std::fs::read_dir(&run).expect("the run's folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md" || extension == "html") {
                texts.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a text")));
            }
        }
        for form in ["markdown", "html", "junit"] {
            texts.push((form.to_owned(), rendered(&run, form)));
        }
    }
    texts
}

fn rendered(run: &Path, form: &str) -> String {
    let shown = strata().args(["report"]).args([run]).args(["--format", form]).run();
    assert!(!shown.stdout.is_empty(), "no report as {form}: {}", shown.stderr);
    shown.stdout
}

fn harmless(animal: &Animal, form: &str, text: &str) {
    let odd = |c: &char| (c.is_control() && !matches!(c, '\n' | '\t')) || *c == '\u{202E}';
    assert_eq!(text.chars().find(odd), None, "{form}:\n{text}");
    // In Markdown code is literal, and a terminal knows no elements.
    let markdown = form == "markdown" || form.ends_with(".md");
    let prose = if markdown {
        outside_code(text)
    } else if form.starts_with("standard") {
        return;
    } else {
        text.to_owned()
    };
    let of_markdown = animal.never_in_markdown.iter().filter(|_| markdown);
    for never in animal.never.iter().chain(of_markdown) {
        let line = prose.lines().find(|line| line.contains(never.as_str()));
        assert_eq!(line, None, "`{never}` in {form}");
    }
}

/// A Markdown text without its blocks and spans of code.
fn outside_code(text: &str) -> String {
    let mut inside = false;
    let mut outside = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            // What has a backslash before it is literal.
            let line = line.replace("\\`", "").replace("\\]", "");
            outside.extend(line.split('`').step_by(2));
            outside.push('\n');
        }
    }
    outside
}
