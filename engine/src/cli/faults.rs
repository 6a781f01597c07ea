//! What is wrong with the arguments, all of it at once: clap ends at the first value that it cannot read.

use std::ffi::{OsStr, OsString};
use std::io::Write;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, Error, value_parser};

/// The line that clap ends each error with.
const HINT: &str = "\n\nFor more information";

/// Prints what clap said; if that is a value, what it would have said of the others too.
pub(super) fn print(command: Command, arguments: &[OsString], first: &Error) {
    let faults = match first.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => all(command, arguments),
        _ => Vec::new(),
    };
    // Nothing is left to do when neither stream takes the text.
    let _ = match faults.split_last() {
        None => first.print(),
        Some((last, before)) => {
            let mut stream = anstream::stderr();
            let said = before.iter().try_for_each(|fault| {
                let text = fault.render().ansi().to_string();
                writeln!(stream, "{}", text.split(HINT).next().unwrap_or(&text))
            });
            said.and_then(|()| last.print())
        }
    };
}

/// Every value that cannot be read, in the order of the help.
fn all(command: Command, arguments: &[OsString]) -> Vec<Error> {
    let raw = command.clone().mut_subcommands(|sub| sub.mut_args(anything));
    let matches = match raw.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // A fault of another kind besides: then the first value is said, and this.
        Err(other) => {
            return command.try_get_matches_from(arguments).err().into_iter().chain([other]).collect();
        }
    };
    let Some((name, matches)) = matches.subcommand() else { return Vec::new() };
    let Some(sub) = command.find_subcommand(name) else { return Vec::new() };
    sub.get_arguments()
        .flat_map(|arg| given(arg, matches).filter_map(|value| read(arg, value).err()))
        .collect()
}

/// The same argument, which takes any value.
fn anything(arg: Arg) -> Arg {
    if arg.get_action().takes_values() { arg.value_parser(value_parser!(OsString)) } else { arg }
}

/// The values of an argument on the command line.
fn given<'m>(arg: &Arg, matches: &'m ArgMatches) -> impl Iterator<Item = &'m OsStr> {
    let id = arg.get_id().as_str();
    let asked = arg.get_action().takes_values() && matches.value_source(id) == Some(ValueSource::CommandLine);
    asked.then(|| matches.get_raw(id)).flatten().into_iter().flatten()
}

/// Reads one value of one argument.
fn read(arg: &Arg, value: &OsStr) -> Result<(), Error> {
    let alone = Command::new("strata").no_binary_name(true).arg(arg.clone().required(false));
    let words = match arg.get_long() {
        Some(long) => vec![OsString::from(format!("--{long}")), value.to_owned()],
        None => vec![OsString::from("--"), value.to_owned()],
    };
    alone.try_get_matches_from(words).map(drop)
}
