//! The live view: what a run looks like while it goes on, as rows of a terminal.
//!
//! Made from events alone. Whoever shows it gives the size; rows are never wider or more than that.

use std::collections::VecDeque;
use std::time::Duration;

use anstyle::Style;

use super::escape::line as safe;
use super::look::{BAD, BOLD, DIM, ODD, look, styled};
use super::words::{NOTHING, cut, number, plural, result, time};
use crate::event::{Event, Progress};
use crate::plan::duration_text;

/// Seconds that a sparkline shows at the most.
const SECONDS: usize = 60;
/// Columns of a bar.
const BAR: usize = 20;
/// Lines and changes that are kept.
const KEPT: usize = 200;
/// Rows of changes that are shown at the most.
const CHANGES: usize = 4;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const KEYS: &str = "p pause/resume   + - scale   l log   q quit   ctrl-c stop";

/// A row: pieces with their styles.
type Row = Vec<(Style, String)>;

/// What a layer looks like.
struct Layer {
    heading: String,
    scenario: String,
    state: State,
}

enum State {
    Waiting,
    Running(Box<Stage>),
    /// Its status and its result.
    Finished(String, String),
}

/// The stage that runs.
#[derive(Default)]
struct Stage {
    name: String,
    load: String,
    progress: Option<Progress>,
    failed_before: f64,
    /// Iterations per second, and p95, of the last seconds.
    rates: VecDeque<f64>,
    times: VecDeque<f64>,
    failing: VecDeque<f64>,
}

/// The view.
#[derive(Default)]
pub struct Screen {
    title: String,
    below: String,
    layers: Vec<Layer>,
    changes: VecDeque<String>,
    lines: VecDeque<String>,
    paused: bool,
    stopping: bool,
    invalid: bool,
    /// What became of the last key.
    said: String,
    without_log: bool,
}

impl Screen {
    /// Takes an event in.
    pub fn on_event(&mut self, event: &Event) {
        match event {
            Event::RunStarted(start) => {
                self.title = format!("strata {} · {}", safe(&start.strata), safe(&start.id));
                self.below = format!("{} · {}", safe(&start.target), plural(start.workers, "worker"));
                self.layers = start
                    .layers
                    .iter()
                    .map(|layer| Layer {
                        heading: match layer.number {
                            Some(number) => {
                                format!("{number} · {} · {}", safe(&layer.area), safe(&layer.title))
                            }
                            None => safe(&layer.title),
                        },
                        scenario: safe(&layer.scenario),
                        state: State::Waiting,
                    })
                    .collect();
            }
            Event::LayerStarted { layer, .. } => self.state(*layer, State::Running(Box::default())),
            Event::StageStarted { layer, name, load, .. } => {
                let (name, load) = (safe(name), safe(load));
                self.state(*layer, State::Running(Box::new(Stage { name, load, ..Stage::default() })));
            }
            Event::Tick(progress) => {
                if let Some(Layer { state: State::Running(stage), .. }) = self.layers.get_mut(progress.layer)
                {
                    stage.take(progress);
                }
            }
            Event::Lines(lines) => {
                for line in lines {
                    let text = format!("{} VU {} {}: {}", line.scenario, line.vu, line.level, line.text);
                    keep(&mut self.lines, safe(&text));
                }
            }
            Event::Changed(change) => {
                match change.kind.as_ref() {
                    "pause" => self.paused = true,
                    "resume" => self.paused = false,
                    "stop" => self.stopping = true,
                    _ => {}
                }
                keep(&mut self.changes, safe(&super::changes::change(change)));
            }
            Event::Warning(text) => keep(&mut self.changes, format!("warning: {}", safe(text))),
            Event::Invalidated => self.invalid = true,
            Event::LayerFinished { layer, report } => {
                let state = State::Finished(safe(&report.status), safe(&result(report)));
                self.state(*layer, state);
            }
            Event::Second(_) | Event::StageFinished(_) | Event::RunFinished(_) => {}
        }
    }

    /// Whether the run is paused.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether somebody has asked for its end.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Shows the lines of scenarios, or hides them.
    pub fn toggle_log(&mut self) {
        self.without_log = !self.without_log;
    }

    /// Shows what became of a key.
    pub fn say(&mut self, text: &str) {
        self.said = safe(text);
    }

    fn state(&mut self, layer: usize, state: State) {
        if let Some(layer) = self.layers.get_mut(layer) {
            layer.state = state;
        }
    }

    /// The view after so long, at most `height` rows of at most `width` columns, with styles only if they are wanted.
    pub fn rows(&self, elapsed: Duration, (width, height): (usize, usize), colour: bool) -> Vec<String> {
        let mut rows = self.head(elapsed, width);
        let foot: Row =
            if self.said.is_empty() { vec![(DIM, KEYS.to_owned())] } else { vec![(BOLD, self.said.clone())] };
        let room = height.saturating_sub(rows.len() + 1);
        let changes = self.changes.len().min(CHANGES);
        let log = if self.without_log { 0 } else { self.lines.len().min(3) };
        let below = changes + log + usize::from(changes > 0) + usize::from(log > 0);
        let layers = self.layers(width, room.saturating_sub(below).max(room.min(5)));
        let mut left = room.saturating_sub(layers.len());
        rows.extend(layers);
        newest(&mut rows, &self.changes, &mut left, CHANGES);
        if !self.without_log {
            newest(&mut rows, &self.lines, &mut left, KEPT);
        }
        rows.truncate(height.saturating_sub(1));
        rows.resize_with(height.saturating_sub(1), Vec::new);
        rows.push(foot);
        rows.iter().map(|row| written(row, width, colour)).collect()
    }

    fn head(&self, elapsed: Duration, width: usize) -> Vec<Row> {
        let state = match (self.stopping, self.paused) {
            (true, _) => "stopping",
            (false, true) => "PAUSED",
            (false, false) => "running",
        };
        let state = format!("{state} · {} s", elapsed.as_secs());
        let room = width.saturating_sub(state.chars().count() + 1);
        let style = if self.paused || self.stopping { ODD } else { BOLD };
        let title = format!("{:<room$} ", cut(&self.title, room));
        let mut rows = vec![vec![(BOLD, title), (style, state)], vec![(DIM, self.below.clone())]];
        rows.push(match self.invalid {
            true => vec![(BAD, format!("the measurement is INVALID: {NOTHING}"))],
            false => Vec::new(),
        });
        rows
    }

    /// Layers that run come first in what there is room for; the others lose their rows from both ends.
    fn layers(&self, width: usize, room: usize) -> Vec<Row> {
        let mut blocks: Vec<(bool, Vec<Row>)> = self.layers.iter().map(|layer| layer.rows(width)).collect();
        let count = |blocks: &[(bool, Vec<Row>)]| blocks.iter().map(|(_, rows)| rows.len()).sum::<usize>();
        let mut hidden = 0;
        while count(&blocks) + usize::from(hidden > 0) > room {
            let first = blocks.iter().position(|(running, _)| *running).unwrap_or(0);
            // Of those that wait the last one, then of those that are over the first.
            let at = match blocks.iter().rposition(|(running, _)| !running) {
                Some(last) if last > first => last,
                Some(_) => 0,
                None => break,
            };
            blocks.remove(at);
            hidden += 1;
        }
        let mut rows: Vec<Row> = blocks.into_iter().flat_map(|(_, rows)| rows).collect();
        if hidden > 0 {
            rows.push(vec![(DIM, format!("  … {} more", plural(hidden, "layer")))]);
        }
        rows
    }
}

impl Stage {
    fn take(&mut self, progress: &Progress) {
        let failed = (progress.failed - self.failed_before).max(0.0);
        if self.progress.is_some() {
            self.failing.push_back(failed);
        }
        self.failed_before = progress.failed;
        self.rates.push_back(progress.iterations_per_second);
        self.times.push_back(progress.p95_ms.unwrap_or(0.0));
        for series in [&mut self.rates, &mut self.times, &mut self.failing] {
            if series.len() > SECONDS {
                series.pop_front();
            }
        }
        self.progress = Some(progress.clone());
    }

    fn rows(&self, width: usize) -> Vec<Row> {
        let name = format!("    {:<12} ", cut(&self.name, 12));
        let Some(progress) = &self.progress else {
            return vec![vec![(BOLD, name), (DIM, self.load.clone())]];
        };
        let whole = progress.duration.as_secs_f64().max(f64::MIN_POSITIVE);
        let gone = (progress.elapsed.as_secs_f64() / whole).clamp(0.0, 1.0);
        let full = (gone * BAR as f64).round() as usize;
        let bar = format!("[{}{}]", "#".repeat(full), "-".repeat(BAR.saturating_sub(full)));
        let seconds = |time: Duration| duration_text(Duration::from_secs(time.as_secs()));
        let line = |label: &str, text: String, series: &VecDeque<f64>| {
            let text = format!("    {label:<12} {text:<46}");
            let room = width.saturating_sub(text.chars().count() + 1).min(SECONDS);
            vec![(Style::new(), text), (DIM, format!(" {}", spark(series, room)))]
        };
        let times = [("p50", progress.median_ms), ("p95", progress.p95_ms), ("p99", progress.p99_ms)];
        let times: Vec<String> = times
            .iter()
            .map(|(name, value)| format!("{name} {}", value.map_or("-".to_owned(), time)))
            .collect();
        let mut errors = line(
            "errors",
            format!("{} failed  {} dropped", number(progress.failed), number(progress.dropped)),
            &self.failing,
        );
        if progress.failed + progress.dropped > 0.0
            && let Some((style, _)) = errors.first_mut()
        {
            *style = BAD;
        }
        vec![
            vec![
                (BOLD, name),
                (
                    Style::new(),
                    format!(
                        "{bar} {} of {}",
                        seconds(progress.elapsed.min(progress.duration)),
                        duration_text(progress.duration)
                    ),
                ),
            ],
            line(
                "load",
                format!(
                    "asked {}  reached {}/s  {}",
                    progress.asked,
                    number(progress.iterations_per_second),
                    plural(progress.vus as usize, "VU")
                ),
                &self.rates,
            ),
            line(
                "times",
                format!("{}  {} req/s", times.join("  "), number(progress.requests_per_second)),
                &self.times,
            ),
            errors,
        ]
    }
}

impl Layer {
    /// Whether it runs, and its rows.
    fn rows(&self, width: usize) -> (bool, Vec<Row>) {
        match &self.state {
            State::Waiting => (false, vec![vec![(DIM, format!("  · {}", self.heading))]]),
            State::Finished(status, result) => {
                let (style, sign) = look(status);
                let row = vec![
                    (style, format!("  {sign} {status:<8}")),
                    (Style::new(), format!(" {}", self.heading)),
                    (DIM, format!("  {result}")),
                ];
                (false, vec![row])
            }
            State::Running(stage) => {
                let name = if self.scenario == self.heading { "" } else { self.scenario.as_str() };
                let mut rows =
                    vec![vec![(BOLD, format!("  > {}", self.heading)), (DIM, format!("  {name}"))]];
                rows.extend(stage.rows(width).into_iter().filter(|_| !stage.name.is_empty()));
                (true, rows)
            }
        }
    }
}

fn keep(kept: &mut VecDeque<String>, text: String) {
    if kept.len() >= KEPT {
        kept.pop_front();
    }
    kept.push_back(text);
}

/// The newest texts below an empty row, as far as there is room.
fn newest(rows: &mut Vec<Row>, texts: &VecDeque<String>, left: &mut usize, most: usize) {
    let count = texts.len().min(most).min(left.saturating_sub(1));
    if count == 0 {
        return;
    }
    rows.push(Vec::new());
    rows.extend(texts.iter().skip(texts.len() - count).map(|text| vec![(DIM, format!("  {text}"))]));
    *left -= count + 1;
}

/// Numbers as blocks of their heights, the newest last.
fn spark(series: &VecDeque<f64>, room: usize) -> String {
    let top = series.iter().copied().fold(0.0, f64::max);
    let block = |value: &f64| {
        let height = if top > 0.0 { value / top * (BLOCKS.len() - 1) as f64 } else { 0.0 };
        BLOCKS.get(height.round() as usize).copied().unwrap_or(' ')
    };
    series.iter().skip(series.len().saturating_sub(room)).map(block).collect()
}

fn written(row: &Row, width: usize, colour: bool) -> String {
    let mut left = width;
    let mut out = String::new();
    for (style, text) in row {
        if left == 0 {
            break;
        }
        let text = cut(text, left);
        left = left.saturating_sub(text.chars().count());
        out.push_str(&if colour { styled(*style, &text) } else { text });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ChangeReport, GuestLine, Summary};
    use crate::plan::Asked;

    fn screen(layers: usize) -> Screen {
        let recorded = include_str!("../../../tests/golden/phase-3/summary.json");
        let summary: Summary = serde_json::from_str(recorded).expect("a summary");
        let mut screen = Screen { title: "strata · a-run".into(), ..Screen::default() };
        screen.layers = (0..layers)
            .map(|at| Layer {
                heading: format!("Layer {at}"),
                scenario: format!("s{at}"),
                state: State::Waiting,
            })
            .collect();
        let report = Box::new(summary.layers[0].clone());
        screen.on_event(&Event::LayerFinished { layer: 0, report });
        screen.on_event(&Event::StageStarted {
            layer: layers - 1,
            name: "main".into(),
            load: "8 VUs for 3s".into(),
            duration: Duration::from_secs(3),
        });
        screen
    }

    fn progress(layer: usize, rate: f64) -> Progress {
        Progress {
            layer,
            scenario: "s".into(),
            stage: "main".into(),
            elapsed: Duration::from_millis(1500),
            duration: Duration::from_secs(3),
            vus: 8,
            asked: Asked::PerSecond(1000.0),
            iterations: 1500.0,
            iterations_per_second: rate,
            requests_per_second: rate,
            median_ms: Some(1.25),
            p95_ms: Some(2.5),
            p99_ms: None,
            failed: 3.0,
            dropped: 0.0,
        }
    }

    #[test]
    fn it_shows_what_runs_at_any_size() {
        for layers in [2, 40] {
            let mut screen = screen(layers);
            for rate in [100.0, 500.0, 1000.0] {
                screen.on_event(&Event::Tick(progress(layers - 1, rate)));
            }
            for at in 0..300 {
                let line = GuestLine {
                    scenario: "s".into(),
                    vu: 1,
                    level: "info",
                    text: format!("line {at}\x1b[2J"),
                };
                screen.on_event(&Event::Lines(vec![line]));
            }
            for (width, height) in [(80, 24), (200, 60), (20, 8), (5, 2), (1, 1), (0, 0)] {
                let rows = screen.rows(Duration::from_secs(7), (width, height), false);
                assert!(rows.len() <= height.max(1), "{rows:#?}");
                assert!(rows.iter().all(|row| row.chars().count() <= width), "{rows:#?}");
            }
            let all = screen.rows(Duration::from_secs(7), (80, 24), false).join("\n");
            for text in [
                "running · 7 s",
                "[##########----------] 1s of 3s",
                "asked 1000/s  reached 1000/s  8 VUs",
                "p50 1.25ms  p95 2.50ms  p99 -",
                "3 failed  0 dropped",
                "▂▅█",
                "line 299\u{FFFD}[2J",
                KEYS,
            ] {
                assert!(all.contains(text), "no `{text}` in\n{all}");
            }
            screen.toggle_log();
            let all = screen.rows(Duration::from_secs(7), (80, 24), true).join("\n");
            assert!(!all.contains("line 299") && all.contains("\x1b[1m"), "{all}");
        }
    }

    #[test]
    fn changes_are_shown_with_who_made_them() {
        let mut screen = screen(1);
        let change = |kind: &'static str, text: &str| ChangeReport {
            at_s: 2.25,
            kind: kind.into(),
            by: "key".into(),
            scenario: None,
            stage: None,
            digest: None,
            text: text.into(),
        };
        screen.on_event(&Event::Changed(change("pause", "paused")));
        assert!(screen.is_paused());
        let all = screen.rows(Duration::ZERO, (80, 24), false).join("\n");
        assert!(all.contains("PAUSED · 0 s") && all.contains("2.2 s  pause: paused (by key)"), "{all}");
        screen.on_event(&Event::Changed(change("resume", "resumed")));
        screen.on_event(&Event::Changed(change("stop", "stopped")));
        assert!(!screen.is_paused() && screen.is_stopping());
        screen.say("no\x1b[2J");
        let all = screen.rows(Duration::ZERO, (80, 24), false).join("\n");
        assert!(all.contains("stopping · 0 s") && all.contains("no\u{FFFD}[2J"), "{all}");
    }
}
