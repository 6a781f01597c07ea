//! Programs of a toolchain, run with what they say passed on line by line.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use crate::pack::PackError;

/// The longest line of a tool that is passed on whole; the most that its answer may have.
const LINE_BYTES: u64 = 4000;
const ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// A program that is missing, and the command that installs it.
pub(super) struct Missing<'a> {
    /// `cargo`, `jco`.
    pub program: &'a str,
    /// `pip install ziglang==0.17.1`.
    pub install: &'a str,
}

impl Missing<'_> {
    /// The error that names both.
    pub fn error(&self) -> PackError {
        PackError::new(format!(
            "`{}` is not installed, which builds this project (hint: `{}`)",
            self.program, self.install
        ))
    }
}

/// Runs a program to its end. Lines of its standard error go to `say`, and those of its standard output too, unless
/// `answers`, in which case they are returned.
///
/// # Errors
/// When it cannot be run or ends with another code than 0; `name` is what it is called in the error.
pub(super) fn run(
    command: &mut Command,
    name: &str,
    missing: &Missing<'_>,
    answers: bool,
    say: &mut dyn FnMut(&str),
) -> Result<String, PackError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing.error(),
        _ => PackError::new(format!("`{name}` cannot be run: {error}")),
    })?;
    let (send, lines) = mpsc::channel();
    let mut answer = String::new();
    std::thread::scope(|scope| {
        if let Some(stderr) = child.stderr.take() {
            let send = send.clone();
            scope.spawn(move || pass_on(stderr, &send));
        }
        let stdout = child.stdout.take();
        let reader = scope.spawn(move || match stdout {
            Some(stdout) if answers => {
                let mut text = Vec::new();
                // What cannot be read any more is missing from the answer, which its reader will notice.
                let _ = stdout.take(ANSWER_BYTES).read_to_end(&mut text);
                String::from_utf8_lossy(&text).into_owned()
            }
            Some(stdout) => {
                pass_on(stdout, &send);
                String::new()
            }
            None => String::new(),
        });
        for line in lines {
            say(&line);
        }
        answer = reader.join().unwrap_or_default();
    });
    let ended = child.wait().map_err(|error| PackError::new(format!("`{name}` is lost: {error}")))?;
    if ended.success() {
        return Ok(answer);
    }
    Err(PackError::new(format!("`{name}` failed ({ended}); what it said is above")))
}

/// Asks a program something short, such as its version; nothing if it is not there or fails.
pub(super) fn ask<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Option<String> {
    let answer = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    answer.status.success().then(|| harmless(String::from_utf8_lossy(&answer.stdout).trim()))
}

fn pass_on(stream: impl Read, to: &mpsc::Sender<String>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while (&mut stream).take(LINE_BYTES).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        if to.send(harmless(text.trim_end())).is_err() {
            return;
        }
        line.clear();
    }
}

/// The text without what a terminal would act on: colours are taken out whole, other control characters replaced.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' if rest.next_if_eq(&'[').is_some() => {
                while rest.next_if(|c| !('@'..='~').contains(c)).is_some() {}
                rest.next();
            }
            '\t' => out.push_str("    "),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Missing<'_> = Missing { program: "no-such-tool", install: "apt install it" };

    #[test]
    fn lines_arrive_and_the_answer_is_kept_apart() {
        let mut said = Vec::new();
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo answer; echo \"\\033[31mred\\033[0m\" >&2"]);
        let answer = run(&mut shell, "sh", &MISSING, true, &mut |line| said.push(line.to_owned()));
        assert_eq!(answer.as_deref(), Ok("answer\n"));
        assert_eq!(said, ["red"]);
    }

    #[test]
    fn failing_and_missing_tools_are_told_apart() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo why; exit 3"]);
        let mut said = Vec::new();
        let failed = run(&mut shell, "sh -c", &MISSING, false, &mut |line| said.push(line.to_owned()));
        assert_eq!(said, ["why"]);
        assert!(failed.expect_err("it fails").to_string().contains("`sh -c` failed (exit status: 3)"));
        let none = run(&mut Command::new("no-such-tool"), "no-such-tool", &MISSING, false, &mut |_| {});
        assert!(none.expect_err("it is missing").to_string().contains("(hint: `apt install it`)"));
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        assert_eq!(harmless("a\u{1b}[1;31mb\u{1b}[0mc\td\u{7}\u{1b}]0;x"), "abc    d\u{fffd}\u{fffd}]0;x");
    }
}
