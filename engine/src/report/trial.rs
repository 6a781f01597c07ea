//! What a scenario did in a few iterations, for people and for programs.
//!
//! Written for 80 columns and for less; each part is a text as soon as it is over.

use super::escape::line as safe;
use super::look::{BAD, BOLD, DIM, GOOD, ODD, look, styled};
use super::words::{bytes, cut, plural, quantity, time, wrap};
use crate::event::{
    BodyReport, CallKind, CallReport, FrameReport, Outcome, Part, RequestReport, TimingsReport, Trial,
    TrialFailure, TrialFinding,
};

/// Columns before what a call did: when it began.
const INDENT: usize = 11;
/// The most calls of a part that are shown.
const MOST_CALLS: usize = 200;
/// The most frames of a backtrace that are shown.
const MOST_FRAMES: usize = 10;
/// The most lines of a body that are shown.
const MOST_BODY_LINES: usize = 60;
/// The columns of the names in a waterfall, and of its times.
const PHASES: usize = 11;
const TIMES: usize = 9;

/// The document by schema `strata.try/1`, indented.
pub fn trial_json(trial: &Trial) -> String {
    // Only maps with keys that are no texts, or a failing `Serialize`, could fail; there is neither.
    serde_json::to_string_pretty(trial).unwrap_or_default()
}

/// What is about to be tried.
pub fn trial_heading(scenario: &str, target: &str, stage: &str, width: usize) -> String {
    let mut page = Page::new(width);
    page.wrapped(0, BOLD, &format!("{scenario} · stage {stage} · {target}"));
    page.out
}

/// One part, with an empty line before it.
pub fn trial_part(part: &Part, width: usize) -> String {
    let mut page = Page::new(width);
    let name = match part.iteration {
        Some(iteration) => format!("{} {iteration}", part.part),
        None => part.part.to_owned(),
    };
    page.line("");
    page.line(&styled(BOLD, &name));
    for call in part.calls.iter().take(MOST_CALLS) {
        page.call(call);
    }
    let hidden = part.calls.len().saturating_sub(MOST_CALLS) as u64;
    if hidden + part.calls_left_out > 0 {
        let text = format!("{} further calls are not shown", hidden + part.calls_left_out);
        page.wrapped(INDENT, DIM, &text);
    }
    for finding in &part.findings {
        page.finding(finding);
    }
    page.outcome(part);
    page.out
}

/// What came of it.
pub fn trial_end(trial: &Trial, width: usize) -> String {
    let mut page = Page::new(width);
    let iterations = trial.parts.iter().filter(|part| part.part == "iteration").count();
    let all = trial.checks.held + trial.checks.failed;
    let iterations = plural(iterations, "iteration");
    let (style, text) = match (all, trial.checks.failed) {
        (0, _) => (ODD, format!("no checks in {iterations}")),
        (all, 0) => (GOOD, format!("{} held in {iterations}", plural(all as usize, "check"))),
        (all, failed) => {
            (BAD, format!("{failed} of {} failed in {iterations}", plural(all as usize, "check")))
        }
    };
    page.line("");
    page.line(&styled(style, &text));
    if trial.interrupted {
        page.line(&styled(ODD, "interrupted by a signal"));
    }
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn new(width: usize) -> Page {
        Page { out: String::new(), width }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A text in lines that are no longer than the page, all of them indented.
    fn wrapped(&mut self, indent: usize, style: anstyle::Style, text: &str) {
        for line in wrap(&safe(text), self.width.saturating_sub(indent)) {
            self.line(&format!("{:indent$}{}", "", styled(style, &line)));
        }
    }

    /// A call: when it began, a sign or a short word, and a text.
    fn at(&mut self, call: &CallReport, mark: (anstyle::Style, &str), text: &str) {
        let (style, mark) = mark;
        let when = styled(DIM, &format!("{:>9}  ", format!("+{}", time(call.at_ms))));
        let indent = INDENT + mark.chars().count() + 1;
        for (at, line) in wrap(&safe(text), self.width.saturating_sub(indent)).iter().enumerate() {
            match at {
                0 => self.line(&format!("{when}{} {line}", styled(style, mark))),
                _ => self.line(&format!("{:indent$}{line}", "")),
            }
        }
    }

    fn call(&mut self, call: &CallReport) {
        match &call.call {
            CallKind::Request(request) => self.request(call, request),
            CallKind::Check { name, held: true } => self.at(call, (GOOD, "✓"), name),
            CallKind::Check { name, held: false } => self.at(call, (BAD, "✗"), name),
            CallKind::Metric { metric, value, tag, refused } => {
                let tag = tag.as_ref().map(|(tag, is)| format!("{{{tag}:{is}}}")).unwrap_or_default();
                let text = format!("{metric}{tag} {}", quantity(*value, ""));
                match refused {
                    None => self.at(call, (DIM, "metric"), &text),
                    Some(why) => self.at(call, (ODD, "metric"), &format!("{text}, refused: {why}")),
                }
            }
            // A panic leaves empty lines on standard error.
            CallKind::Log { text, .. } if text.is_empty() => {}
            CallKind::Log { level, text } => {
                let style = match *level {
                    "error" => BAD,
                    "warn" | "stderr" => ODD,
                    _ => DIM,
                };
                self.at(call, (style, level), text);
            }
            CallKind::Sleep { ms } => {
                let asked = if ms.is_finite() { time(*ms) } else { ms.to_string() };
                self.at(call, (DIM, "sleep"), &format!("{asked}, took {}", time(call.took_ms)));
            }
            CallKind::Function { function, about, answer } => {
                let about = if about.is_empty() { String::new() } else { format!("{about} ") };
                let answer = answer.as_deref().unwrap_or("nothing");
                self.at(call, (DIM, function), &format!("{about}→ {answer}"));
            }
        }
    }

    fn request(&mut self, call: &CallReport, request: &RequestReport) {
        let mut text = request.url.clone();
        if request.together > 1 {
            text += &format!(" (one of {} at once)", request.together);
        }
        self.at(call, (BOLD, &safe(&request.method)), &text);
        self.head(">", &request.headers, request.body_bytes, request.body.as_ref());
        match (&request.response, &request.error) {
            (Some(answer), _) => {
                let style = if answer.status < 400 { GOOD } else { BAD };
                let took = format!("in {}, {}", time(call.took_ms), bytes(answer.body_bytes as f64));
                self.line(&format!(
                    "{:INDENT$}{} {} {took}",
                    "",
                    styled(style, &answer.status.to_string()),
                    styled(DIM, answer.protocol)
                ));
                self.head("<", &answer.headers, answer.body_bytes, answer.body.as_ref());
            }
            (None, Some(TrialFailure { code, message })) => {
                self.wrapped(INDENT, BAD, &format!("{code}: {message}"));
            }
            (None, None) => {}
        }
        self.waterfall(&request.timings);
    }

    /// Headers and a body, with a sign for their direction.
    fn head(&mut self, sign: &str, headers: &[(String, String)], length: u64, body: Option<&BodyReport>) {
        let columns = self.width.saturating_sub(INDENT + 2);
        let sign = styled(DIM, sign);
        for (name, value) in headers {
            for line in wrap(&safe(&format!("{name}: {value}")), columns) {
                self.line(&format!("{:INDENT$}{sign} {}", "", styled(DIM, &line)));
            }
        }
        let Some(body) = body else { return };
        let (text, shown) = match body {
            BodyReport::Text(text) => (text.as_str(), text.len() as u64),
            BodyReport::Hex(hex) => (hex.as_str(), hex.len() as u64 / 2),
            BodyReport::Discarded => {
                let text = "(the scenario has the body discarded)";
                return self.line(&format!("{:INDENT$}{sign} {}", "", styled(DIM, text)));
            }
        };
        let mut lines = text.lines().flat_map(|line| chunks(&safe(line), columns));
        for line in lines.by_ref().take(MOST_BODY_LINES) {
            self.line(&format!("{:INDENT$}{sign} {line}", ""));
        }
        if shown < length || lines.next().is_some() {
            let text = format!("(the beginning of {})", bytes(length as f64));
            self.line(&format!("{:INDENT$}{sign} {}", "", styled(DIM, &text)));
        }
    }

    /// Where the time of a request went: each part where it lies in time.
    fn waterfall(&mut self, timings: &TimingsReport) {
        let parts = timings.parts();
        let all: f64 = parts.iter().map(|(_, ms)| ms).sum();
        if all <= 0.0 {
            return;
        }
        let columns = self.width.saturating_sub(INDENT + PHASES + TIMES + 1).clamp(8, 50);
        let place = |ms: f64| ((ms / all) * columns as f64).round() as usize;
        let mut before = 0.0;
        for (name, ms) in parts {
            if ms > 0.0 {
                let from = place(before).min(columns - 1);
                let length = place(before + ms).saturating_sub(from).clamp(1, columns - from);
                let bar = format!("{}{}", " ".repeat(from), "█".repeat(length));
                self.line(&format!(
                    "{:INDENT$}{}{} {:>TIMES$}",
                    "",
                    styled(DIM, &format!("{name:<PHASES$}")),
                    format_args!("{bar:<columns$}"),
                    time(ms)
                ));
            }
            before += ms;
        }
    }

    fn finding(&mut self, finding: &TrialFinding) {
        let value = finding.value.map(|value| quantity(value, ""));
        let value = value.or_else(|| finding.text.clone()).unwrap_or_else(|| "no data".to_owned());
        self.wrapped(2, BOLD, &format!("{}: {value}", finding.goal));
        if !finding.analysis.is_empty() {
            self.wrapped(4, DIM, &finding.analysis);
        }
        for row in &finding.rows {
            let (style, sign) = match row.passed {
                Some(true) => look("PASSED"),
                Some(false) => look("FAILED"),
                None => (DIM, '·'),
            };
            let text = safe(&format!("{}  {}", row.label, quantity(row.value, &row.unit)));
            let text = cut(&text, self.width.saturating_sub(6));
            self.line(&format!("    {} {text}", styled(style, &sign.to_string())));
        }
    }

    fn outcome(&mut self, part: &Part) {
        let (style, word) = match part.outcome {
            Outcome::Ok => (GOOD, "ok"),
            Outcome::Failed => (BAD, "failed"),
            Outcome::Trapped => (BAD, "trapped"),
            Outcome::Interrupted => (ODD, "interrupted"),
        };
        let mut text = format!("in {}", time(part.took_ms));
        if let Some(guest) = part.guest_ms {
            text += &format!(", guest {}", time(guest));
        }
        if part.memory_bytes > 0 {
            text += &format!(", memory {}", bytes(part.memory_bytes as f64));
        }
        if let Some(length) = part.setup_data_bytes {
            text += &format!(", {} for the VUs", bytes(length as f64));
        }
        let indent = 3 + word.chars().count();
        for (at, line) in wrap(&text, self.width.saturating_sub(indent)).iter().enumerate() {
            match at {
                0 => self.line(&format!("  {} {line}", styled(style, word))),
                _ => self.line(&format!("{:indent$}{line}", "")),
            }
        }
        let Some(TrialFailure { code, message }) = &part.failure else { return };
        if part.outcome == Outcome::Trapped {
            // What the guest wrote before stands above as lines of its own.
            self.wrapped(4, BAD, message.rsplit(" · ").next().unwrap_or(message));
            self.backtrace(&part.backtrace);
        } else {
            self.wrapped(4, BAD, &format!("{code}: {message}"));
        }
    }

    /// The frames of whoever wrote the scenario, repeated ones once; those of the language and the SDK are only counted.
    fn backtrace(&mut self, frames: &[FrameReport]) {
        let own: Vec<&FrameReport> = frames.iter().filter(|frame| frame.own).collect();
        let mut places: Vec<(String, usize)> = Vec::new();
        for text in own.iter().map(|frame| frame_text(frame)) {
            match places.last_mut() {
                Some((last, times)) if *last == text => *times += 1,
                _ => places.push((text, 1)),
            }
        }
        for (text, times) in places.iter().take(MOST_FRAMES) {
            let times = if *times > 1 { format!(", {times} times") } else { String::new() };
            self.wrapped(4, anstyle::Style::new(), &format!("at {text}{times}"));
        }
        if places.len() > MOST_FRAMES {
            self.wrapped(4, DIM, &format!("(and {} more)", places.len() - MOST_FRAMES));
        }
        let foreign = frames.len() - own.len();
        if foreign > 0 {
            let text =
                format!("({} of the language, of the SDK or without a name)", plural(foreign, "frame"));
            self.wrapped(4, DIM, &text);
        }
        if !frames.is_empty() && !own.iter().any(|frame| frame.file.is_some()) {
            self.wrapped(
                4,
                DIM,
                "(hint: the component has no files and lines; they are kept by `strip = false` and `debug = \
                 \"line-tables-only\"` in `[profile.release]` for Rust, by `-g` for C, C++ and Zig, and by leaving \
                 out `-ldflags=-s` for Go)",
            );
        }
    }
}

/// `shop::cart::add (src/cart.rs:12)`.
fn frame_text(frame: &FrameReport) -> String {
    let function = frame.function.as_deref().unwrap_or("a function without a name");
    match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{function} ({file}:{line})"),
        (Some(file), None) => format!("{function} ({file})"),
        (None, _) => function.to_owned(),
    }
}

/// A line in pieces of so many characters.
fn chunks(line: &str, columns: usize) -> Vec<String> {
    let characters: Vec<char> = line.chars().collect();
    if characters.is_empty() {
        return vec![String::new()];
    }
    characters.chunks(columns.max(10)).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(text: &str) -> usize {
        let plain = anstream_free(text);
        plain.lines().map(|line| line.chars().count()).max().unwrap_or(0)
    }

    /// The text without its styles.
    fn anstream_free(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\x1b' => drop(rest.by_ref().find(|c| *c == 'm')),
                c => out.push(c),
            }
        }
        out
    }

    fn request() -> RequestReport {
        RequestReport {
            function: "http.send",
            together: 3,
            method: "GET".into(),
            url: format!("http://127.0.0.1:1/{}", "x".repeat(200)),
            name: "x".into(),
            headers: vec![("x-hostile".into(), "a\x1b[31mb\r\nc".repeat(40))],
            body_bytes: 0,
            body: None,
            timings: TimingsReport {
                connecting: 1.0,
                waiting: 7.0,
                receiving: 0.001,
                ..TimingsReport::default()
            },
            response: None,
            error: Some(TrialFailure { code: "timeout".into(), message: "\x1b[2Jno answer ".repeat(20) }),
        }
    }

    fn part() -> Part {
        let call = |call| CallReport { at_ms: 12.5, took_ms: 8.0, call };
        Part {
            part: "iteration",
            iteration: Some(0),
            outcome: Outcome::Trapped,
            failure: Some(TrialFailure { code: "trap".into(), message: "it broke ".repeat(30) }),
            backtrace: Vec::new(),
            took_ms: 20.0,
            guest_ms: None,
            memory_bytes: 1_114_112,
            setup_data_bytes: None,
            findings: Vec::new(),
            checks: crate::event::CheckCounts::default(),
            calls: vec![
                call(CallKind::Request(Box::new(request()))),
                call(CallKind::Check { name: "\u{202E}".repeat(100), held: false }),
                call(CallKind::Log { level: "info", text: "\x07\x1b]0;title\x07".repeat(50) }),
                call(CallKind::Sleep { ms: f64::NAN }),
            ],
            calls_left_out: 7,
        }
    }

    #[test]
    fn no_line_is_longer_than_the_page() {
        for width in [40, 60, 80, 132] {
            let text = trial_part(&part(), width);
            assert!(longest(&text) <= width, "{width}: {text}");
        }
    }

    #[test]
    fn what_strangers_wrote_is_harmless() {
        let text = anstream_free(&trial_part(&part(), 80));
        assert!(!text.contains(['\x1b', '\r', '\x07', '\u{202E}']), "{text:?}");
        assert!(text.contains("a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c"), "{text}");
        assert!(text.contains("7 further calls are not shown"), "{text}");
    }

    #[test]
    fn the_parts_of_a_waterfall_follow_each_other() {
        let mut page = Page::new(60);
        page.waterfall(&request().timings);
        let text = anstream_free(&page.out);
        let bar = |name: &str| {
            let line = text.lines().find(|line| line.contains(name)).expect("a line");
            let line: Vec<char> = line.chars().collect();
            let from = line.iter().position(|c| *c == '█').expect("a bar");
            (from, line.iter().filter(|c| **c == '█').count())
        };
        let ((connecting, one), (waiting, seven)) = (bar("connecting"), bar("waiting"));
        assert_eq!(waiting, connecting + one);
        assert!(seven > one * 5, "{text}");
        assert_eq!(bar("receiving").1, 1, "short, and still to be seen");
        assert!(!text.contains("dns"), "{text}");
    }

    #[test]
    fn the_authors_frame_comes_first() {
        let frame = |function: &str, line: Option<u32>, own| FrameReport {
            function: Some(function.into()),
            file: line.map(|_| "src/cart.rs".into()),
            line,
            own,
        };
        let mut part = part();
        part.backtrace = vec![
            frame("core::panicking::panic_fmt", None, false),
            frame("shop::cart::add", Some(12), true),
            frame("shop::iteration", Some(40), true),
        ];
        let text = anstream_free(&trial_part(&part, 80));
        let at = text.find("at shop::cart::add (src/cart.rs:12)").expect("the author's frame");
        assert!(at < text.find("at shop::iteration (src/cart.rs:40)").expect("the next"), "{text}");
        assert!(text.contains("1 frame of the language") && !text.contains("hint"), "{text}");
        part.backtrace.truncate(1);
        assert!(trial_part(&part, 80).contains("line-tables-only"));
    }
}
