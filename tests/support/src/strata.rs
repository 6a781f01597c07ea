//! The binary under test, run in a folder of its own.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A run of the binary that is being put together.
pub struct Strata {
    command: Command,
    folder: TempDir,
    coloured: bool,
}

/// A run of the binary that has not ended.
pub struct Running {
    child: Child,
    folder: TempDir,
    said: String,
    coloured: bool,
}

/// A run of the binary that has ended.
pub struct Ended {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    folder: TempDir,
}

/// Compiled components are kept between tests, but apart from the user's.
fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| crate::repository().join("target/test-cache"))
}

impl Strata {
    /// The binary, to be run in an empty folder with a plain environment.
    pub fn new(binary: &str) -> Strata {
        Strata::of(Command::new(binary))
    }

    /// The same below a shell that has said this before: `ulimit -n 64`.
    pub fn below(binary: &str, shell: &str) -> Strata {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\""), binary]);
        Strata::of(command)
    }

    /// A shell script in a network of its own, in which it may do what only root may elsewhere; the binary is its `$0`.
    /// `None`: this machine lets nobody make one, or has no `ip` to set it up.
    pub fn in_a_network(binary: &str, script: &str) -> Option<Strata> {
        Strata::apart(binary, "--net", "ip link set lo up", script)
    }

    /// A shell script that may mount what nobody else sees; the binary is its `$0`, and arguments are its own.
    /// `None`: this machine lets nobody do that.
    pub fn with_own_mounts(binary: &str, script: &str) -> Option<Strata> {
        Strata::apart(binary, "--mount", "mount -t tmpfs tmpfs /mnt && umount /mnt", script)
    }

    /// A shell script in namespaces of its own, if `first` can be done there; it is done before the script.
    fn apart(binary: &str, namespace: &str, first: &str, script: &str) -> Option<Strata> {
        let unshare = |script: &str| {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", namespace, "--pid", "--fork", "--kill-child"]);
            command.args(["sh", "-c", script]);
            command
        };
        if !unshare(first).output().is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: this machine does not allow `unshare --user {namespace}` and `{first}`");
            return None;
        }
        let mut command = unshare(&format!("{first} && {script}"));
        command.arg(binary);
        Some(Strata::of(command))
    }

    fn of(mut command: Command) -> Strata {
        let folder = TempDir::new().expect("a temporary folder");
        command
            .current_dir(folder.path())
            .env("STRATA_CACHE_DIR", cache())
            .env("RUST_BACKTRACE", "0")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Strata { command, folder, coloured: false }
    }

    /// As on a terminal: into a pipe nothing is written that a terminal would act on, whoever it comes from, so that only
    /// this shows what is not made harmless. The colours that are strata's own are taken out again.
    #[must_use]
    pub fn coloured(mut self) -> Strata {
        self.coloured = true;
        self.env("CLICOLOR_FORCE", "1")
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Strata {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Strata {
        self.command.env(name, value);
        self
    }

    /// Puts a file into the folder that it runs in.
    #[must_use]
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Strata {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    /// The folder that it will run in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ended {
        let output = self.command.output().expect("the binary runs");
        ended(output, String::new(), self.folder, self.coloured)
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let child = self.command.spawn().expect("the binary runs");
        Running { child, folder: self.folder, said: String::new(), coloured: self.coloured }
    }
}

impl Running {
    /// Waits until it has written this to standard error, after what was waited for before.
    pub fn wait_for(&mut self, text: &str) {
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        let mut byte = [0];
        let mut bytes = std::mem::take(&mut self.said).into_bytes();
        let before = bytes.len();
        while !bytes.get(before..).unwrap_or_default().ends_with(text.as_bytes()) {
            match stderr.read(&mut byte) {
                Ok(1) => bytes.extend_from_slice(&byte),
                _ => panic!("it ended without writing `{text}`:\n{}", String::from_utf8_lossy(&bytes)),
            }
        }
        self.said = String::from_utf8(bytes).expect("text");
    }

    /// Reads the rest of the line that it is writing to standard error.
    pub fn wait_for_line(&mut self, line: &mut String) {
        let said = self.said.len();
        self.wait_for("\n");
        line.push_str(self.said.get(said..).unwrap_or_default().trim_end());
    }

    /// A file that it may have written by now, below the folder that it runs in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "no process {} for {name}", self.id());
    }

    /// Waits for its end.
    pub fn end(self) -> Ended {
        let output = self.child.wait_with_output().expect("it ends");
        ended(output, self.said, self.folder, self.coloured)
    }
}

/// The styles that strata writes, and clap.
const STYLES: [&str; 7] = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[4m", "\x1b[31m", "\x1b[32m", "\x1b[33m"];

fn ended(output: Output, said: String, folder: TempDir, coloured: bool) -> Ended {
    let (stdout, mut stderr) = (String::from_utf8_lossy(&output.stdout), said);
    stderr.push_str(&String::from_utf8_lossy(&output.stderr));
    let own = |text: String| match coloured {
        true => STYLES.iter().fold(text, |text, style| text.replace(style, "")),
        false => text,
    };
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: own(stdout.into_owned()),
        stderr: own(stderr),
        folder,
    }
}

impl Ended {
    /// Goes on if it ended with this code.
    #[must_use]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "the exit code; it said:\n{}{}", self.stdout, self.stderr);
        self
    }

    /// Goes on if it has written all of these to standard error.
    #[must_use]
    pub fn says<S: AsRef<str>>(self, texts: impl IntoIterator<Item = S>) -> Ended {
        for text in texts {
            let text = text.as_ref();
            assert!(self.stderr.contains(text), "it does not say `{text}` but:\n{}", self.stderr);
        }
        self
    }

    /// A file that it may have written, below the folder that it ran in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folders of its runs.
    pub fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path("strata-runs")) else { return Vec::new() };
        let mut runs: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        runs.sort();
        runs
    }

    /// The folder of its only run.
    pub fn folder(&self) -> PathBuf {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "one run; it said:\n{}", self.stderr);
        runs[0].clone()
    }

    /// `summary.json` of its only run.
    pub fn summary(&self) -> Value {
        read_json(&self.folder().join("summary.json"))
    }

    /// `report.md` of its only run.
    pub fn report(&self) -> String {
        std::fs::read_to_string(self.folder().join("report.md")).expect("a report")
    }

    /// A metric of the summary as a whole; nothing if it has no samples.
    pub fn metric(&self, name: &str) -> Option<Value> {
        self.tagged(name, &[])
    }

    /// A metric of the summary with exactly these tags.
    pub fn tagged(&self, name: &str, tags: &[[&str; 2]]) -> Option<Value> {
        let tags = serde_json::json!(tags);
        let metrics = self.summary()["metrics"].as_array().expect("metrics").clone();
        metrics.into_iter().find(|metric| metric["name"] == name && metric["tags"] == tags)
    }

    /// One number of a metric as a whole: `p99`.
    pub fn number(&self, metric: &str, number: &str) -> f64 {
        let found = self.metric(metric).and_then(|metric| metric[number].as_f64());
        found.unwrap_or_else(|| panic!("no {number} of {metric}; it said:\n{}", self.stderr))
    }

    /// `VALID`, `DEGRADED` or `INVALID`, and why.
    pub fn validity(&self) -> (String, String) {
        let run = self.summary()["run"].clone();
        let reasons = run["reasons"].as_array().expect("reasons").iter();
        let reasons: Vec<_> = reasons.map(|reason| reason.as_str().expect("a text").to_owned()).collect();
        (run["validity"].as_str().expect("a word").to_owned(), reasons.join("\n"))
    }

    /// The count of a metric as a whole, 0 without samples.
    pub fn count(&self, name: &str) -> u64 {
        self.metric(name).map_or(0, |metric| metric["count"].as_f64().expect("a count") as u64)
    }
}

/// A JSON file.
pub fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
