//! Running a generator to its end, with the kernel's account of what it used.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// GNU time: it waits for a command and writes down what the kernel charges it and its children with.
pub const TIME: &str = "/usr/bin/time";

/// What a command used, and what it said.
#[derive(Clone, Debug)]
pub struct Ended {
    /// From start to end.
    pub wall: Duration,
    /// Seconds of processor time outside of the kernel.
    pub user: f64,
    /// Seconds of processor time in the kernel.
    pub kernel: f64,
    /// KiB in memory at most.
    pub most_resident: u64,
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a command in `folder` to its end.
///
/// # Errors
/// When it cannot be started, or GNU time does not account for it.
pub fn run(argv: &[OsString], folder: &Path) -> Result<Ended> {
    let account = folder.join("account");
    let mut command = Command::new(TIME);
    command
        .args(["-q", "-f", "%U %S %M", "-o"])
        .arg(&account)
        .args(argv)
        .current_dir(folder)
        .stdin(Stdio::null());
    let begun = Instant::now();
    let output = command.output().context("cannot run GNU time (hint: `apt-get install -y time`)")?;
    let wall = begun.elapsed();
    let text = fs::read_to_string(&account).context("GNU time wrote nothing")?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let &[user, kernel, most_resident] = numbers.as_slice() else {
        bail!("GNU time wrote `{}`", text.trim())
    };
    Ok(Ended {
        wall,
        user,
        kernel,
        most_resident: most_resident as u64,
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

impl Ended {
    /// The end of what it said, for a message.
    pub fn last_words(&self) -> String {
        let said = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.iter().rev().take(2).rev().copied().collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_used_is_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo out; echo err >&2; exit 3";
        let argv = ["sh", "-c", script].map(OsString::from);
        let ended = match run(&argv, folder.path()) {
            Ok(ended) => ended,
            Err(error) => {
                // A machine without GNU time cannot be measured on, and is told so.
                assert!(
                    !Path::new(TIME).is_file() && error.to_string().contains("apt-get install -y time"),
                    "{error}"
                );
                return;
            }
        };
        assert_eq!((ended.code, ended.stdout.as_str(), ended.last_words().as_str()), (3, "out\n", "err"));
        assert!(ended.user + ended.kernel > 0.0, "a loop of 200,000 turns took no time");
        assert!(ended.user + ended.kernel <= ended.wall.as_secs_f64() + 0.02);
        assert!(ended.most_resident > 100);
    }
}
