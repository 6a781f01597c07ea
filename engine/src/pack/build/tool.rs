//! Programs of a toolchain, run with what they say passed on line by line.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

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

/// Why nobody knows how a program ended.
pub(in crate::pack) enum Lost {
    /// It took too long, and was ended.
    Late,
    /// It cannot be run, or waited for.
    Unheard(std::io::Error),
}

/// Runs a toolchain's programs for one build.
pub(in crate::pack) struct Tools<'a> {
    /// The longest that one of them may take.
    pub timeout: Duration,
    /// Is given each line that they write, made harmless.
    pub say: &'a mut dyn FnMut(&str),
}

/// Makes a program the leader of a process group that is killed when the pipe on standard input closes: when strata lets
/// go of it, and when strata itself ends in whatever way. Those that the program has left behind end with it.
const GUARDED: &str = r#"
exec 3<&0 </dev/null
({ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &)
exec "$@" 3<&-
"#;
/// What a shell ends with when there is no such program.
pub(in crate::pack) const NO_PROGRAM: i32 = 127;

impl Lost {
    /// Of a toolchain's program; `name` is what it is called.
    fn error(self, name: &str, timeout: Duration) -> PackError {
        let why = match self {
            Lost::Late => {
                format!(
                    "did not end within {timeout:?} and was ended (hint: `--timeout 20m` gives it more time)"
                )
            }
            Lost::Unheard(error) => format!("cannot be run: {error}"),
        };
        PackError::new(format!("`{name}` {why}"))
    }
}

impl Tools<'_> {
    /// Runs a program to its end. Lines of its standard error go to `say`, and those of its standard output too, unless
    /// `answers`, in which case they are returned.
    ///
    /// # Errors
    /// When it cannot be run, takes too long or ends with another code than 0; `name` is what it is called in the error.
    pub(super) fn run(
        &mut self,
        command: &Command,
        name: &str,
        missing: &Missing<'_>,
        answers: bool,
    ) -> Result<String, PackError> {
        let (ended, answer) =
            self.guarded(command, answers).map_err(|lost| lost.error(name, self.timeout))?;
        if ended.code() == Some(NO_PROGRAM) {
            return Err(missing.error());
        }
        if ended.success() {
            return Ok(answer);
        }
        Err(PackError::new(format!("`{name}` failed ({ended}); what it said is above")))
    }

    /// Asks a program something short, such as its version; nothing if it is not there or fails.
    ///
    /// # Errors
    /// When it takes too long.
    pub fn ask<S: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Option<String>, PackError> {
        self.answer(Command::new(program).args(arguments))
    }

    /// As `ask`, of a command.
    ///
    /// # Errors
    /// When it takes too long.
    pub fn answer(&self, command: &Command) -> Result<Option<String>, PackError> {
        let name = command.get_program().to_string_lossy();
        let mut silent = Tools { timeout: self.timeout, say: &mut |_| {} };
        let (ended, answer) =
            silent.guarded(command, true).map_err(|lost| lost.error(&name, self.timeout))?;
        Ok(ended.success().then(|| harmless(answer.trim())))
    }

    /// Runs a program to its end, with what it wrote to its standard output if it `answers`.
    ///
    /// # Errors
    /// When it cannot be run or takes too long.
    pub fn guarded(&mut self, command: &Command, answers: bool) -> Result<(ExitStatus, String), Lost> {
        let timeout = self.timeout;
        let mut child = below_guard(command).spawn().map_err(Lost::Unheard)?;
        let (pipe, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (send, lines) = mpsc::channel();
        std::thread::scope(|scope| {
            let (done, over) = mpsc::channel::<()>();
            let in_time = scope.spawn(move || {
                let late = matches!(over.recv_timeout(timeout), Err(RecvTimeoutError::Timeout));
                drop(pipe);
                !late
            });
            let ended = scope.spawn(move || {
                let ended = child.wait();
                drop(done);
                ended
            });
            if let Some(stderr) = stderr {
                let send = send.clone();
                scope.spawn(move || pass_on(stderr, &send));
            }
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
                (self.say)(&line);
            }
            let answer = reader.join().unwrap_or_default();
            if !in_time.join().unwrap_or(true) {
                return Err(Lost::Late);
            }
            let ended = ended.join().unwrap_or_else(|_| Err(std::io::Error::other("nobody waited for it")));
            Ok((ended.map_err(Lost::Unheard)?, answer))
        })
    }
}

/// The command, run by the shell that guards it.
fn below_guard(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", GUARDED, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    // A group of its own: what is to be ended is the toolchain with all that it has started, and nothing else.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
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

    fn run(script: &str, answers: bool, timeout: Duration) -> (Result<String, PackError>, Vec<String>) {
        let mut said = Vec::new();
        let mut tools = Tools { timeout, say: &mut |line| said.push(line.to_owned()) };
        let ended = tools.run(Command::new("sh").args(["-c", script]), "sh -c", &MISSING, answers);
        (ended, said)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn lines_arrive_and_the_answer_is_kept_apart() {
        let (answer, said) = run("cat; echo answer; echo \"\\033[31mred\\033[0m\" >&2", true, LONG);
        assert_eq!((answer.as_deref(), said), (Ok("answer\n"), vec!["red".to_owned()]));
    }

    #[test]
    fn failing_and_missing_tools_are_told_apart() {
        let (failed, said) = run("echo why; exit 3", false, LONG);
        assert_eq!(said, ["why"]);
        assert!(failed.expect_err("it fails").to_string().contains("`sh -c` failed (exit status: 3)"));
        let mut tools = Tools { timeout: LONG, say: &mut |_| {} };
        let none = tools.run(&Command::new("no-such-tool"), "no-such-tool", &MISSING, false);
        assert!(none.expect_err("it is missing").to_string().contains("(hint: `apt install it`)"));
        assert_eq!(tools.ask("no-such-tool", ["--version"]), Ok(None));
        assert_eq!(tools.ask("echo", ["1.0"]), Ok(Some("1.0".to_owned())));
    }

    #[test]
    fn a_tool_that_does_not_end_is_ended_with_all_that_it_started() {
        // Both hold the pipes: they are seen to be gone, or this waits for them.
        let script = "sleep 1000 & echo begun; sleep 1000";
        let (late, said) = run(script, false, Duration::from_millis(300));
        let late = late.expect_err("it hangs").to_string();
        assert!(
            late.contains("`sh -c` did not end within 300ms and was ended (hint: `--timeout 20m`"),
            "{late}"
        );
        assert_eq!(said, ["begun"]);
    }

    #[test]
    fn what_a_tool_leaves_behind_ends_with_it() {
        let (ended, said) = run("sleep 1000 & echo done", false, LONG);
        assert_eq!((ended.is_ok(), said), (true, vec!["done".to_owned()]));
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        assert_eq!(harmless("a\u{1b}[1;31mb\u{1b}[0mc\td\u{7}\u{1b}]0;x"), "abc    d\u{fffd}\u{fffd}]0;x");
    }
}
