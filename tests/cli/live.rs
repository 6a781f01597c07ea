//! Issue 8: the live view, on terminals of tmux.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use strata_support::{committed, missing, now, sleep_until};

use super::target;

/// How long something may take that is waited for, and how often it is looked at.
const LONG: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// A terminal of this size with a shell in it, on a server of its own.
struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    /// `None`: there is no tmux here.
    fn start((width, height): (u32, u32)) -> Option<Tmux> {
        let tmux = Tmux { folder: tempfile::TempDir::new().expect("a folder") };
        if Command::new("tmux").arg("-V").output().is_err() {
            missing("there is no tmux");
            return None;
        }
        let (width, height) = (width.to_string(), height.to_string());
        let folder = tmux.folder.path().display().to_string();
        tmux.tell(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &width,
            "-y",
            &height,
            "-c",
            &folder,
            "sh",
        ]);
        Some(tmux)
    }

    fn tell(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(self.folder.path().join("tmux.sock"))
            .args(arguments)
            .env_remove("TMUX")
            .env_remove("CI")
            .env_remove("NO_COLOR")
            .env("LC_ALL", "C.UTF-8")
            .env("STRATA_CACHE_DIR", strata_support::repository().join("target/test-cache"))
            .output()
            .expect("tmux runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types a line.
    fn line(&self, text: &str) {
        self.tell(&["send-keys", "-l", text]);
        self.tell(&["send-keys", "Enter"]);
    }

    fn key(&self, key: &str) {
        self.tell(&["send-keys", key]);
    }

    /// Waits until the screen shows all of these, and gives it.
    fn shows(&self, texts: &[&str]) -> String {
        let began = now();
        loop {
            let screen = self.tell(&["capture-pane", "-p"]);
            if texts.iter().all(|text| screen.contains(text)) {
                return screen;
            }
            assert!(began.elapsed() < LONG, "it does not show {texts:?} but\n{screen}");
            sleep_until(now() + LOOK);
        }
    }

    /// The terminal is as a shell expects it.
    fn is_restored(&self) {
        let state = "#{alternate_on} #{cursor_flag}";
        assert_eq!(self.tell(&["display-message", "-p", state]).trim(), "0 1", "the screen and the cursor");
        self.line("clear; stty -a | tr -d '\\n' | grep -c ' icanon.* echo ' | sed 's/^/modes /'");
        self.shows(&["modes 1"]);
    }

    /// Types `strata run` and how it ended.
    fn run(&self, component: &Path, url: &str, more: &str) {
        let strata = env!("CARGO_BIN_EXE_strata");
        self.line(&format!("{strata} run {} --target {url} {more}; echo \"ended:\" $?", component.display()));
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // One that has ended by itself is what is wanted.
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(self.folder.path().join("tmux.sock"))
            .arg("kill-server")
            .output();
    }
}

#[test]
fn issue_8_keys_pause_scale_and_quit_and_the_terminal_is_as_before() {
    let Some(tmux) = Tmux::start((80, 24)) else { return };
    let target = target();
    let more = "--executor constant-arrival-rate --rate 100 --vus 5 --duration 90s --out here";
    tmux.run(&committed("hello"), &target.url(), more);
    let screen =
        tmux.shows(&["running ·", "> hello", "of 1m30s", "asked 100/s", "p95", "0 failed", "p pause/resume"]);
    assert!(
        screen.lines().count() <= 24 && screen.lines().all(|line| line.chars().count() <= 80),
        "{screen}"
    );
    tmux.key("p");
    tmux.shows(&["PAUSED ·", "pause: paused (by key)", "reached 0/s"]);
    tmux.key("p");
    tmux.shows(&["running ·", "resume: resumed"]);
    tmux.key("+");
    tmux.shows(&["scale: hello: main: 100/s → 110/s (by key)", "asked 110/s"]);
    tmux.key("-");
    tmux.shows(&["110/s → 100/s (by key)"]);
    tmux.key("q");
    tmux.shows(&["stopped on request", "run folder", "ended: 105"]);
    tmux.is_restored();
    let summary = strata_support::read_json(&tmux.folder.path().join("here/summary.json"));
    assert_eq!(summary["changes"].as_array().map(Vec::len), Some(5));
}

#[test]
fn issue_8_a_large_terminal_shows_lines_of_guests_and_a_signal_restores_it() {
    for signal in ["TERM", "QUIT", "HUP"] {
        let Some(tmux) = Tmux::start((200, 60)) else { return };
        let target = target();
        let more =
            "--env mode=print --executor constant-arrival-rate --rate 5 --vus 2 --duration 90s --out here";
        tmux.run(strata_support::probe(), &target.url(), more);
        let screen = tmux.shows(&["running ·", "2 VUs", "VU 1 info"]);
        assert!(screen.lines().count() <= 60, "{screen}");
        tmux.key("l");
        let began = now();
        while tmux.tell(&["capture-pane", "-p"]).contains("VU 1 info") {
            assert!(began.elapsed() < LONG, "the log is not hidden");
            sleep_until(now() + LOOK);
        }
        let shell = tmux.tell(&["display-message", "-p", "#{pane_pid}"]);
        let sent = Command::new("pkill").args([&format!("-{signal}"), "-P", shell.trim(), "strata"]).status();
        assert!(sent.expect("pkill runs").success());
        tmux.shows(&["interrupted by a signal", "ended: 105"]);
        tmux.is_restored();
    }
}

#[test]
fn issue_8_dumb_terminals_and_ci_get_lines() {
    let Some(tmux) = Tmux::start((80, 24)) else { return };
    let target = target();
    for before in ["TERM=dumb", "CI=true", "NO_COLOR=1"] {
        tmux.line(&format!("clear; export {before}"));
        let plain = if before.starts_with("NO_COLOR") { "--plain" } else { "" };
        tmux.run(&committed("hello"), &target.url(), &format!("--vus 1 --iterations 20 {plain}"));
        let screen = tmux.shows(&["✓ PASSED", "run folder", "ended: 0"]);
        assert!(!screen.contains("p pause/resume"), "{screen}");
    }
}

#[test]
fn issue_8_no_color_takes_the_styles_out_of_the_view() {
    for (before, styled) in [("unset NO_COLOR", true), ("export NO_COLOR=1", false)] {
        let Some(tmux) = Tmux::start((80, 24)) else { return };
        let target = target();
        tmux.line(&format!("{before}; clear"));
        tmux.run(&committed("hello"), &target.url(), "--vus 1 --duration 90s");
        tmux.shows(&["running ·", "p95", "p pause/resume"]);
        // With the styles of its cells.
        let screen = tmux.tell(&["capture-pane", "-e", "-p"]);
        assert_eq!(screen.contains('\u{1b}'), styled, "{screen:?}");
        tmux.key("q");
        tmux.shows(&["ended: 105"]);
        tmux.is_restored();
    }
}
