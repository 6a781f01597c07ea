//! `strata run --ci`: a run as a job of CI shows it.
//!
//! What a scenario, a phase or a target says reaches the job's log, and both GitHub and GitLab act on some of what stands
//! there. On GitHub everything is written while its commands are switched off, under a word that nobody can guess; what is
//! then said in a command is escaped by its rules. Everything goes to standard error, because only there it stays in order.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::console;
use crate::clock::unix_time;
use crate::event::{LayerReport, Summary, Validity};
use crate::judge::Comparison;
use crate::plan::is_harmful;
use crate::report::{Format, render, render_comparison};

/// The most annotations; GitHub shows the first ten of a step.
const MOST_ANNOTATIONS: usize = 50;
/// The longest annotation, in characters.
const ANNOTATION: usize = 1000;
/// The most bytes of a job's summary that GitHub takes, a little less.
const SUMMARY_BYTES: usize = 1_000_000;

/// Whose job this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    GitHub,
    GitLab,
    Other,
}

/// The log of a job.
pub(super) struct Ci {
    host: Host,
    /// On GitHub, the word that switches commands on again.
    word: String,
    open: bool,
}

impl Ci {
    /// The log of this job: its first fold is open from here on.
    pub(super) fn begin() -> Ci {
        let is = |name: &str| console::variable(name).is_some_and(|value| value == "true");
        let host = match (is("GITHUB_ACTIONS"), is("GITLAB_CI")) {
            (true, _) => Host::GitHub,
            (false, true) => Host::GitLab,
            (false, false) => Host::Other,
        };
        let random = || RandomState::new().build_hasher().finish();
        let mut ci = Ci { host, word: format!("strata-{:016x}{:016x}", random(), random()), open: false };
        ci.fold("strata: the run");
        ci
    }

    fn fold(&mut self, title: &str) {
        self.open = true;
        match self.host {
            Host::GitHub => {
                console::raw(&format!("::group::{title}"));
                console::raw(&format!("::stop-commands::{}", self.word));
            }
            Host::GitLab => {
                let now = unix_time().as_secs();
                console::raw(&format!(
                    "\x1b[0Ksection_start:{now}:strata_run[collapsed=true]\r\x1b[0K{title}"
                ));
            }
            Host::Other => {}
        }
    }

    fn unfold(&mut self) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        match self.host {
            Host::GitHub => {
                console::raw(&format!("::{}::", self.word));
                console::raw("::endgroup::");
                console::raw(&format!("::stop-commands::{}", self.word));
            }
            Host::GitLab => {
                let now = unix_time().as_secs();
                console::raw(&format!("\x1b[0Ksection_end:{now}:strata_run\r\x1b[0K"));
            }
            Host::Other => {}
        }
    }

    /// What a reader wants to see at once: `show` writes it below the fold.
    pub(super) fn below(&mut self, show: impl FnOnce()) {
        self.unfold();
        show();
    }

    /// The end of the log: commands are switched on again, and the goals that were missed become annotations.
    pub(super) fn end(mut self, annotations: &[Annotation]) {
        self.unfold();
        if self.host != Host::GitHub {
            return;
        }
        console::raw(&format!("::{}::", self.word));
        for one in annotations.iter().take(MOST_ANNOTATIONS) {
            let (level, title, text) = (one.level, property(&one.title), data(&one.text));
            console::raw(&format!("::{level} title={title}::{text}"));
        }
    }
}

/// Something that GitHub shows beside the job.
pub(super) struct Annotation {
    level: &'static str,
    title: String,
    text: String,
}

/// Why there was no run.
pub(super) fn refused(faults: &[String]) -> Vec<Annotation> {
    let of = |fault: &String| Annotation { level: "error", title: "strata".to_owned(), text: fault.clone() };
    faults.iter().map(of).collect()
}

/// The goals that were missed, and what no longer passes.
pub(super) fn missed(summary: &Summary, baseline: Option<(&Summary, &Comparison)>) -> Vec<Annotation> {
    let mut all = Vec::new();
    let mut say =
        |level, title: &str, text: String| all.push(Annotation { level, title: title.to_owned(), text });
    if summary.run.validity == Validity::Invalid {
        let why = summary.run.reasons.join("; ");
        say(
            "error",
            "The measurement is INVALID",
            format!("the numbers say nothing about the target: {why}"),
        );
        return all;
    }
    for layer in &summary.layers {
        let level = match layer.status.as_ref() {
            "PASSED" => continue,
            "WARNING" => "warning",
            _ => "error",
        };
        let title = format!("{} {}", layer.status, heading(layer));
        let before = all_goals(layer);
        if before.is_empty() {
            say(level, &title, layer.issue.clone().unwrap_or_else(|| layer.result.text.clone()));
        }
        for text in before {
            say(level, &title, text);
        }
    }
    if let Some((earlier, comparison)) = baseline {
        for change in &comparison.layers {
            let layer = change.before.and_then(|at| earlier.layers.get(at));
            let name = layer.map(heading).unwrap_or_default();
            let lost = change.lost.then(|| format!("{name} passed in {} and does not now", earlier.run.id));
            let goals = change.lost_goals.iter();
            let goals =
                goals.map(|goal| format!("{name}: `{goal}` was met in {} and is not now", earlier.run.id));
            lost.into_iter().chain(goals).for_each(|text| say("error", "Regression", text));
        }
    }
    all
}

fn all_goals(layer: &LayerReport) -> Vec<String> {
    let missed = layer.goals.iter().filter(|goal| goal.status != "PASSED");
    missed.map(|goal| format!("{}: {} (target: {})", goal.name, goal.result, goal.target)).collect()
}

fn heading(layer: &LayerReport) -> String {
    match layer.number {
        Some(number) => format!("layer {number} {}", layer.title),
        None => layer.title.clone(),
    }
}

/// By GitHub's rules for what stands behind `::`.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(ANNOTATION) {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            _ if is_harmful(c) => out.push('\u{FFFD}'),
            _ => out.push(c),
        }
    }
    // The older form of a command is looked for anywhere in a line.
    out.replace("##[", "##\u{200B}[")
}

/// By GitHub's rules for the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Adds the report, and the comparison with an earlier run, to the page of the job: `$GITHUB_STEP_SUMMARY`, where it is set.
pub(super) fn summarise(summary: &Summary, baseline: Option<&Summary>) -> anyhow::Result<()> {
    let Some(path) = console::variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    let mut text = render(summary, Format::Markdown);
    if let Some(earlier) = baseline {
        text += "\n";
        text += &render_comparison(earlier, summary);
    }
    text += "\n";
    let text = cut(&text, SUMMARY_BYTES);
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("the job's summary {} cannot be written", path.display()))
}

/// At most so many bytes, in whole lines.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let lines = text.split_inclusive('\n').scan(0, |sum, line| {
        *sum += line.len();
        (*sum < most).then_some(line)
    });
    lines.collect::<String>() + "\n(the rest is in the run's folder)\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_annotation_is_a_command() {
        let text = "100%\r\n::error::x ##[set-env name=PATH]y, a:b\x1b[2J";
        assert_eq!(data(text), "100%25%0D%0A::error::x ##\u{200B}[set-env name=PATH]y, a:b\u{FFFD}[2J");
        assert!(!property(text).contains([':', ',', '\n', '\r']));
        assert_eq!(data(&"x".repeat(5000)).len(), ANNOTATION);
    }

    #[test]
    fn a_page_that_is_too_long_ends_with_a_whole_line() {
        let text = "0123456789\n".repeat(100);
        assert_eq!(cut(&text, 2000), text);
        let cut = cut(&text, 100);
        assert!(cut.len() < 150 && cut.starts_with("0123456789\n"), "{cut}");
        assert!(cut.contains("0123456789\n\n(the rest"), "{cut}");
    }
}
