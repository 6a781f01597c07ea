//! The command line: one file per command.

mod attempt;
mod build;
mod ci;
mod commanded;
mod compare;
mod console;
mod ctl;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod exit;
mod faults;
mod folder;
mod gather;
mod inspect;
mod key;
mod live;
mod manual;
mod new;
mod pack;
mod packs;
mod pull;
mod push;
mod registry;
mod report;
mod run;
mod session;
mod shared;
mod transport;
mod watch;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use exit::Exit;

/// Load testing whose scenarios are WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "strata", version, max_term_width = 100)]
#[command(after_help = "Examples:
  strata new shop --lang rust
  strata try shop --echo
  strata run shop/shop.wasm --target http://127.0.0.1:8080 --vus 50 --duration 1m
  strata run pack.tar --target http://127.0.0.1:8080 --ci

Exit codes: 0 no goal failed · 99 goals failed · 104 wrong input · 105 interrupted · \
                        107 the scenario failed · 111 the measurement is invalid · 1 a fault of strata itself")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario or a phase against a target
    Run(Box<run::RunArguments>),
    /// Make a project for a scenario of your own
    New(new::NewArguments),
    /// Build a project's component with the ordinary toolchain of its language
    Build(build::BuildArguments),
    /// Run a few iterations of a scenario and show everything that it does
    Try(Box<attempt::AttemptArguments>),
    /// Show what a scenario is, its manifest and what its component needs and was made with, or what is in a pack
    Inspect(inspect::InspectArguments),
    /// Watch and change a run that is going on
    Ctl(ctl::CtlArguments),
    /// Put a phase and its components together as one artifact
    Pack(pack::PackArguments),
    /// Make a pair of keys, to sign packs with and to verify them
    Key(key::KeyArguments),
    /// Put a pack into a registry
    Push(push::PushArguments),
    /// Take a pack out of a registry
    Pull(pull::PullArguments),
    /// Show a run again from its folder, also one that was killed
    Report(report::ReportArguments),
    /// Hold a run against an earlier one: expected against reached
    Compare(compare::CompareArguments),
    /// Run the phase against the reference target, found wanting and then mended, or serve that target alone
    #[cfg(feature = "demo")]
    Demo(demo::DemoArguments),
    /// Show what this machine lacks, each with the line that mends it
    Doctor(doctor::DoctorArguments),
    /// Write the manual's pages
    Man(manual::ManArguments),
    /// Write a shell's completions
    Completions(manual::CompletionArguments),
}

/// Runs the program and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            faults::print(Arguments::command(), &words, &error);
            return if error.exit_code() == 0 { Exit::Passed } else { Exit::BadInput }.into();
        }
    };
    guarded(|| match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::New(arguments) => new::new(&arguments),
        Command::Build(arguments) => build::build(&arguments),
        Command::Try(arguments) => attempt::attempt(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Ctl(arguments) => ctl::ctl(&arguments),
        Command::Pack(arguments) => pack::pack(&arguments),
        Command::Key(arguments) => key::key(&arguments),
        Command::Push(arguments) => push::push(&arguments),
        Command::Pull(arguments) => pull::pull(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Man(arguments) => manual::manual(Arguments::command(), &arguments),
        Command::Completions(arguments) => manual::completions(Arguments::command(), &arguments),
    })
    .into()
}

/// How a command ended. A panic, which has been printed by then, is a fault of strata itself like any other.
fn guarded(command: impl FnOnce() -> Result<Exit, Stop>) -> Exit {
    let Ok(ended) = catch_unwind(AssertUnwindSafe(command)) else { return Exit::Broken };
    ended.unwrap_or_else(|stop| {
        console::errors(&stop.faults);
        stop.exit
    })
}

/// Why a command ends before it has done anything.
#[derive(Debug)]
struct Stop {
    exit: Exit,
    faults: Vec<String>,
}

impl Stop {
    /// The input is wrong.
    fn bad_input<F: ToString>(faults: impl IntoIterator<Item = F>) -> Stop {
        Stop { exit: Exit::BadInput, faults: faults.into_iter().map(|fault| fault.to_string()).collect() }
    }
}

impl From<anyhow::Error> for Stop {
    /// strata, or the machine that it runs on, has a fault.
    fn from(error: anyhow::Error) -> Stop {
        Stop { exit: Exit::Broken, faults: vec![format!("{error:#}")] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command with the words that call it, such as `strata ctl scale`.
    fn commands(command: &clap::Command, called: &str) -> Vec<(String, String)> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let subs = command.get_subcommands().flat_map(|sub| {
            let called = format!("{called} {}", sub.get_name());
            commands(sub, &called)
        });
        std::iter::once((called.to_owned(), help)).chain(subs).collect()
    }

    /// The words that a shell makes of an example: up to a remark, a pipe or a file.
    fn words(example: &str) -> Vec<String> {
        let ends = ["  ", " | ", " > "].iter().filter_map(|end| example.find(end)).min();
        let (command, _) = example.split_at(ends.unwrap_or(example.len()));
        let quoted = command.split('\'').enumerate();
        let words = quoted.flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.collect()
    }

    #[test]
    fn issue_9_every_command_has_examples_and_each_is_read() {
        let mut read = 0;
        for (called, help) in commands(&Arguments::command(), "strata") {
            let examples = help.split_once("Examples:\n").map(|(_, examples)| examples).unwrap_or_default();
            let examples: Vec<_> = examples.lines().map_while(|line| line.strip_prefix("  ")).collect();
            let own = examples.iter().any(|example| example.starts_with(&called));
            assert!(own, "`{called} --help` has no example of it: {help}");
            for example in examples {
                // In one line, so that it can be copied.
                assert!(example.len() <= 98, "{} columns: {example}", example.len());
                let parsed = Arguments::try_parse_from(words(example));
                assert!(
                    parsed.is_ok(),
                    "`{called} --help`: {example}\n{}",
                    parsed.err().map(|e| e.to_string()).unwrap_or_default()
                );
                read += 1;
            }
        }
        assert!(read > 40, "{read}");
        assert!(Arguments::try_parse_from(words("strata run a.wasm --no-such 3   remark")).is_err());
    }

    #[test]
    fn a_panic_is_a_fault_of_strata_itself() {
        assert_eq!(guarded(|| Ok(Exit::GoalsFailed)), Exit::GoalsFailed);
        assert_eq!(guarded(|| panic!("on purpose")), Exit::Broken);
    }
}
