//! The terminal: progress while a run goes on, verdicts and metrics at its end.
//!
//! Written for 80 columns and for less. On a terminal the running stage is one line that is redrawn; piped, each
//! stage is a line when it begins, one every ten seconds, and one when it is over.

use std::io::Write;
use std::time::Duration;

use super::changes;
use super::escape::line as safe;
use super::look::{BAD, BOLD, DIM, GOOD, ODD, look, styled};
use super::table::{Cells, TREND, rows};
use super::words::{NOTHING, components, cut, given, number, plural, refusals, time, validity, wrap};
use crate::event::{Event, LayerReport, Progress, Reporter, StageReport, Summary, Validity};
use crate::plan::{duration_text, number_text};

/// The fewest and the most columns of the metrics' names.
const NAMES: (usize, usize) = (20, 40);
/// The columns of a number.
const NUMBERS: usize = 9;
/// How often a piped run says how far it is.
const EVERY: Duration = Duration::from_secs(10);
/// The most log lines of guests that are shown of a run.
const MOST_LINES: usize = 20;

/// How the terminal is written to.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions {
    /// Columns.
    pub width: usize,
    /// Whether a line can be redrawn.
    pub live: bool,
    /// How much is said.
    pub detail: Detail,
}

/// How much is said of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Verdicts, warnings and errors, a line each.
    Verdicts,
    /// Layers in short: verdict, result, and what is wrong.
    Layers,
    /// Everything.
    #[default]
    Whole,
}

/// Writes a run to a terminal, a pipe or a file. Styles are always written: the stream takes them out where they
/// are not wanted. A stream that does not take text any more is left alone; the run goes on.
pub struct Terminal {
    out: Box<dyn Write>,
    options: TerminalOptions,
    drawn: bool,
    said: Duration,
    lines: usize,
    broken: bool,
    /// Whether what is said of layers is no verdict on the target.
    invalid: bool,
}

impl Terminal {
    /// A terminal over this stream.
    pub fn new(out: impl Write + 'static, options: TerminalOptions) -> Terminal {
        Terminal {
            out: Box::new(out),
            options,
            drawn: false,
            said: Duration::ZERO,
            lines: 0,
            broken: false,
            invalid: false,
        }
    }

    fn put(&mut self, text: &str) {
        if !self.broken {
            self.broken = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).is_err();
        }
    }

    /// Writes a line, over the progress line if there is one.
    fn line(&mut self, text: &str) {
        let clear = if std::mem::take(&mut self.drawn) { "\r\x1b[2K" } else { "" };
        self.put(&format!("{clear}{text}\n"));
    }

    /// Writes a text with a label before it, broken into lines under each other.
    fn labelled(&mut self, label: &str, text: &str) {
        let indent = 14;
        for (at, part) in wrap(&safe(text), self.options.width.saturating_sub(indent)).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.line(&format!("    {}{part}", styled(DIM, &format!("{label:<10}"))));
        }
    }

    /// Draws the line that is redrawn.
    fn draw(&mut self, text: &str) {
        let text = cut(text, self.options.width.saturating_sub(1));
        self.put(&format!("\r\x1b[2K{}", styled(DIM, &text)));
        self.drawn = true;
    }

    fn progress(&mut self, progress: &Progress) {
        // Where stages have no lines of their own, a layer is known by its name.
        let layer = match self.options.detail {
            Detail::Whole => String::new(),
            _ => format!("  {:<26}", cut(&safe(&progress.scenario), 26)),
        };
        let text = format!(
            "{layer}  {:<12} {:>5} of {:<5} {:>4}  {:>9} req/s  med {:>7}{}",
            cut(&safe(&progress.stage), 12),
            duration_text(progress.elapsed.min(progress.duration)),
            duration_text(progress.duration),
            plural(progress.vus as usize, "VU"),
            number(progress.requests_per_second),
            progress.median_ms.map_or_else(|| "-".to_owned(), time),
            [(progress.failed, "failed"), (progress.dropped, "dropped")]
                .into_iter()
                .filter(|(count, _)| *count > 0.0)
                .map(|(count, what)| format!("  {} {what}", number(count)))
                .collect::<String>(),
        );
        if self.options.live {
            self.draw(&text);
        } else if progress.elapsed >= self.said + EVERY {
            self.said = progress.elapsed;
            self.line(&text);
        }
    }

    fn stage(&mut self, stage: &StageReport) {
        let count = |count: f64, what: &str| match count > 0.0 {
            true => format!("  {}", styled(BAD, &format!("{} {what}", number(count)))),
            false => String::new(),
        };
        let failed = count(stage.failed, "failed") + &count(stage.dropped, "dropped");
        let name = cut(&safe(&stage.name), 12);
        if stage.warm_up {
            self.line(&format!("  {name:<12} warm-up, not counted"));
            return;
        }
        self.line(&format!(
            "  {name:<12} {:>6}  {:>8} iterations  {:>9} req/s  med {:>7}{failed}",
            duration_text(Duration::from_secs_f64(stage.seconds.max(0.0))),
            number(stage.iterations),
            number(stage.requests_per_second),
            stage.median_ms.map_or_else(|| "-".to_owned(), time),
        ));
    }

    fn layer(&mut self, layer: &LayerReport) {
        let (style, sign) = look(&layer.status);
        let heading = match layer.number {
            Some(number) => format!("Layer {number} · {} · {}", safe(&layer.area), safe(&layer.title)),
            None => safe(&layer.title),
        };
        let status = styled(style, &format!("{sign} {}", layer.status));
        if self.options.detail == Detail::Verdicts {
            self.line(&format!("{status}  {heading}  {}", safe(&layer.result.text)));
            return;
        }
        let brief = self.options.detail == Detail::Layers;
        if !brief {
            self.line("");
        }
        self.line(&format!("  {status}  {}", styled(BOLD, &heading)));
        let aim = layer.target.as_ref().map(|aim| {
            let unit = if aim.unit.is_empty() { String::new() } else { format!(" {}", aim.unit) };
            format!("  (target: {} {}{unit})", aim.op, number_text(aim.value))
        });
        self.labelled("result", &format!("{}{}", layer.result.text, aim.unwrap_or_default()));
        // What is to be mended in the target, as far as its numbers say something about it.
        let issue = layer.issue.as_ref().filter(|_| !self.invalid);
        let priority = layer.fix_priority.as_ref().filter(|_| !self.invalid);
        if brief {
            if let Some(issue) = issue {
                self.labelled("issue", issue);
            }
            if let Some(priority) = priority {
                self.labelled("priority", priority);
            }
            return;
        }
        let widest = layer.breakdown.iter().map(|row| row.label.chars().count()).max().unwrap_or(0).min(40);
        for (at, row) in layer.breakdown.iter().enumerate() {
            let label = if at == 0 { "breakdown" } else { "" };
            let (style, sign) = match row.passed {
                Some(true) => look("PASSED"),
                Some(false) => look("FAILED"),
                None => (DIM, '·'),
            };
            let name = cut(&safe(&row.label), widest);
            self.line(&format!(
                "    {}{} {name:<widest$}  {:>10} {}",
                styled(DIM, &format!("{label:<10}")),
                styled(style, &sign.to_string()),
                format!("{:.2}", row.value),
                safe(&row.unit)
            ));
        }
        for goal in layer.goals.iter().filter(|_| layer.goals.len() > 1) {
            let (style, sign) = look(&goal.status);
            let sign = styled(style, &sign.to_string());
            let text = format!("{}: {} ({})", safe(&goal.name), safe(&goal.result), safe(&goal.target));
            self.line(&format!("    {}{sign} {text}", styled(DIM, "goal      ")));
        }
        for failure in layer.failures.iter().take(5) {
            let what = if failure.kind == "request" { "requests" } else { "iterations" };
            let said = failure.messages.first().map(|message| format!(": {message}")).unwrap_or_default();
            self.labelled("failures", &format!("{} {what} `{}`{said}", failure.count, failure.code));
        }
        if let Some(granted) = given(layer) {
            self.labelled("granted", &granted);
        }
        if let Some(refused) = refusals(layer) {
            self.labelled("refused", &refused);
        }
        if !layer.digest.is_empty() {
            self.labelled("sha256", &layer.digest);
        }
        if let Some(issue) = issue {
            self.labelled("issue", issue);
        }
        if let Some(analysis) = layer.analysis.as_ref().filter(|_| !self.invalid) {
            self.labelled("analysis", analysis);
        }
        if let Some(priority) = priority {
            self.labelled("priority", priority);
        }
    }

    fn metrics(&mut self, summary: &Summary) {
        let rows = rows(&summary.metrics);
        if rows.is_empty() {
            return;
        }
        let width = self.options.width.saturating_sub(2);
        let columns = (width.saturating_sub(26) / NUMBERS).clamp(1, TREND.len());
        let names = width.saturating_sub(columns * NUMBERS).clamp(NAMES.0, NAMES.1);
        self.line("");
        let head: String = TREND.iter().take(columns).map(|name| format!("{name:>NUMBERS$}")).collect();
        self.line(&styled(DIM, &format!("  {:<names$}{head}", "")));
        for row in &rows {
            let name = match row.tag {
                None => safe(row.name),
                Some((tag, value)) => format!("  {{{}:{}}}", safe(tag), safe(value)),
            };
            let name = cut(&name, names - 1);
            let text = match &row.cells {
                Cells::Trend(cells) => {
                    cells.iter().take(columns).map(|cell| format!("{cell:>NUMBERS$}")).collect::<String>()
                }
                Cells::Plain(text) => format!("  {}", safe(text)),
            };
            self.line(&format!("  {name:<names$}{text}"));
        }
    }

    /// Components that stand in no layer: those that a swap has replaced.
    fn swapped(&mut self, summary: &Summary) {
        let stands = |scenario: &str, digest: &str| {
            summary.layers.iter().any(|layer| layer.scenario == scenario && layer.digest == digest)
        };
        let components = components(summary).into_iter();
        for (at, (scenario, digest)) in components.filter(|(of, digest)| !stands(of, digest)).enumerate() {
            if at == 0 {
                self.line("");
            }
            self.labelled("replaced", &format!("{scenario} sha256 {digest}"));
        }
    }

    fn finished(&mut self, summary: &Summary) {
        if self.options.detail == Detail::Whole {
            self.metrics(summary);
            self.swapped(summary);
        }
        if self.options.detail > Detail::Verdicts {
            self.line("");
        }
        let phase = &summary.phase;
        let good = phase.passed == phase.total && phase.total > 0;
        let rate = format!("{:.2} %", phase.success_rate);
        self.line(&format!(
            "  success rate {} ({} of {} passed, target {} %)",
            styled(if good { GOOD } else { BAD }, &rate),
            phase.passed,
            plural(phase.total, "layer"),
            number_text(phase.success_rate_target)
        ));
        let style = match summary.run.validity {
            Validity::Valid => GOOD,
            Validity::Degraded => ODD,
            Validity::Invalid => BAD,
        };
        self.line(&format!("  measurement  {}", styled(style, validity(summary.run.validity))));
        for reason in &summary.run.reasons {
            self.labelled("because", reason);
        }
        if let Some(fault) = &summary.run.fault {
            self.labelled(
                "fault",
                &format!("{fault} (a fault of strata itself: what ran until then is reported)"),
            );
        }
        // What is known of a run without an end is among the reasons.
        if summary.run.interrupted && !summary.run.unfinished {
            let stopped = summary.changes.iter().any(|change| change.kind == "stop");
            let whom = if stopped { "stopped on request" } else { "interrupted by a signal" };
            self.line(&styled(ODD, &format!("  {whom}: what ran until then is reported")));
        }
    }
}

impl Reporter for Terminal {
    fn on_event(&mut self, event: &Event) {
        let (some, all) = (self.options.detail >= Detail::Layers, self.options.detail == Detail::Whole);
        match event {
            Event::RunStarted(start) if some => {
                self.line(&styled(BOLD, &format!("strata {} · {}", safe(&start.strata), safe(&start.id))));
                self.line(&format!(
                    "  {} against {} on {}",
                    plural(start.layers.len(), "layer"),
                    safe(&start.target),
                    plural(start.workers, "worker")
                ));
                if let Some(pack) = &start.pack {
                    let verified = if pack.signed_by.is_some() { ", verified" } else { "" };
                    self.line(&format!("  pack {}{verified}", safe(&pack.digest)));
                }
            }
            Event::LayerStarted { heading, .. } if all => {
                self.line("");
                self.line(&styled(BOLD, &safe(heading)));
            }
            Event::LayerStarted { heading, .. } if some && self.options.live => {
                self.draw(&format!("  {} ...", safe(heading)));
            }
            Event::StageStarted { name, load, .. } if all => {
                self.said = Duration::ZERO;
                if !self.options.live {
                    self.line(&format!("  {:<12} {}", cut(&safe(name), 12), safe(load)));
                }
            }
            Event::Tick(progress) if all || (some && self.options.live) => self.progress(progress),
            Event::StageFinished(stage) if all => self.stage(stage),
            Event::Lines(lines) if some => {
                for line in lines {
                    self.lines += 1;
                    match self.lines.cmp(&(MOST_LINES + 1)) {
                        std::cmp::Ordering::Less => self.line(&format!(
                            "  {} {}",
                            styled(DIM, &format!("{} VU {} {}:", safe(&line.scenario), line.vu, line.level)),
                            safe(&line.text)
                        )),
                        std::cmp::Ordering::Equal => {
                            self.line(&styled(DIM, "  further lines of scenarios are not shown"));
                        }
                        std::cmp::Ordering::Greater => {}
                    }
                }
            }
            Event::Invalidated => {
                self.invalid = true;
                if self.options.detail == Detail::Whole {
                    self.line("");
                }
                self.line(&styled(BAD, &format!("  the measurement is INVALID: {NOTHING}")));
            }
            Event::LayerFinished { report, .. } => self.layer(report),
            Event::Changed(change) => {
                let bad = matches!(change.kind.as_ref(), "swap-refused" | "rollback");
                if some || bad {
                    let text = safe(&changes::change(change));
                    self.line(&format!("  {}", styled(ODD, &text)));
                }
            }
            Event::Warning(text) => {
                let text = safe(text);
                self.line(&format!("  {} {text}", styled(ODD, "warning:")));
            }
            Event::RunFinished(summary) => self.finished(summary),
            _ => {}
        }
    }
}
