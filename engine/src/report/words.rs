//! Numbers and the parts of a summary as people read them. Nothing here is escaped: that is the medium's own.

use crate::event::{GoalReport, LayerReport, LayerTarget, RunReport, Summary, Validity};
use crate::plan::number_text;

/// Units that stand at their number without a space: `50ms`, `2.9%`, `-4.25MB`.
const CLOSE: [&str; 13] = ["%", "ns", "us", "µs", "ms", "s", "B", "kB", "KB", "MB", "GB", "KiB", "MiB"];

/// A time given in milliseconds: `310µs`, `3.21ms`, `85.5ms`, `1.27s`, `2m05s`.
pub(super) fn time(ms: f64) -> String {
    if ms < 0.9995 {
        format!("{:.0}µs", ms * 1000.0)
    } else if ms < 9.995 {
        format!("{ms:.2}ms")
    } else if ms < 999.95 {
        format!("{ms:.1}ms")
    } else if ms < 59_995.0 {
        format!("{:.2}s", ms / 1000.0)
    } else {
        let seconds = (ms / 1000.0).round() as u64;
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}

/// A time given in milliseconds at the side of a plot: `0`, `500µs`, `1.5s`.
pub(super) fn short_time(ms: f64) -> String {
    match ms {
        0.0 => "0".to_owned(),
        _ if ms < 1.0 => format!("{}µs", number_text(ms * 1000.0)),
        _ if ms < 1000.0 => format!("{}ms", number_text(ms)),
        _ => format!("{}s", number_text(ms / 1000.0)),
    }
}

/// A number of bytes in powers of 1,000: `512 B`, `1.5 kB`, `20 MB`.
pub(super) fn bytes(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 9.95);
    format!("{value:.digits$} {}", units.get(unit).unwrap_or(&"B"))
}

/// A count or a rate: `123456`, `24.47`, `0`.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 10_000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// A share from 0 to 1: `99.87 %`. One that is not whole never reads as if it were.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = format!("{percent:.2}");
    match text.as_str() {
        "100.00" if share < 1.0 => "99.99 %".to_owned(),
        "0.00" if share > 0.0 => "0.01 %".to_owned(),
        _ => format!("{text} %"),
    }
}

/// `1 layer`, `3 layers`.
pub(super) fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Breaks a text into lines of at most `width` characters, at spaces where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(10);
    let mut lines = Vec::new();
    let (mut current, mut used) = (String::new(), 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut current));
            used = 0;
        }
        if used > 0 {
            current.push(' ');
            used += 1;
        }
        while word.len() > width {
            lines.push(word.drain(..width).collect());
        }
        used += word.len();
        current.extend(word);
    }
    if used > 0 || lines.is_empty() {
        lines.push(current);
    }
    lines
}

/// At most `width` characters of a text, the last one `…` if some are missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// `50ms`, `50 req/s`, `50`.
pub(super) fn quantity(value: f64, unit: &str) -> String {
    let space = if unit.is_empty() || CLOSE.contains(&unit) { "" } else { " " };
    format!("{}{space}{unit}", number_text(value))
}

/// `50+ req/s`, `50ms`, `< 50ms`.
pub(super) fn target(target: &LayerTarget) -> String {
    let text = quantity(target.value, &target.unit);
    match target.op.as_ref() {
        "<=" => text,
        ">=" => match text.split_once(' ') {
            Some((value, unit)) => format!("{value}+ {unit}"),
            None => format!("{text}+"),
        },
        op => format!("{op} {text}"),
    }
}

/// A layer's result: the scenario's own text, or the number with its unit as [`target`] writes it.
pub(super) fn result(layer: &LayerReport) -> String {
    result_text(layer.result.value, &layer.result.unit, &layer.result.text)
}

/// A result by its number, unit and text.
pub(super) fn result_text(value: Option<f64>, unit: &str, text: &str) -> String {
    let Some(value) = value else { return text.to_owned() };
    match text.strip_prefix(&format!("{} {unit}", number_text(value))) {
        Some(rest) if rest.is_empty() || rest.starts_with(',') => format!("{}{rest}", quantity(value, unit)),
        _ => text.to_owned(),
    }
}

/// The target of a goal, out of its text: `<= 50 ms`.
pub(super) fn goal_target(goal: &GoalReport) -> Option<LayerTarget> {
    let mut words = goal.target.splitn(3, ' ');
    let (op, value) = (words.next()?, words.next()?.parse().ok()?);
    Some(LayerTarget { op: op.to_owned().into(), value, unit: words.next().unwrap_or_default().to_owned() })
}

/// `Layer 8: API & Services (Throughput)`.
pub(super) fn heading(layer: &LayerReport) -> String {
    match layer.number {
        Some(number) => format!("Layer {number}: {} ({})", layer.area, layer.title),
        None => layer.title.clone(),
    }
}

/// `VALID`.
pub(super) fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "VALID",
        Validity::Degraded => "DEGRADED",
        Validity::Invalid => "INVALID",
    }
}

/// What a run that is INVALID has shown.
pub(super) const NOTHING: &str = "the numbers say nothing about the target";

/// `✅ PASSED`.
pub(super) fn mark(status: &str) -> &'static str {
    match status {
        "PASSED" => "✅ PASSED",
        "WARNING" => "⚠️ WARNING",
        "FAILED" => "❌ FAILED",
        _ => "❔ NO DATA",
    }
}

/// `sha256:..., verified by KEY`, of the pack that a run is of.
pub(super) fn pack(run: &RunReport) -> Option<String> {
    let pack = run.pack.as_ref()?;
    let verified = pack.signed_by.as_ref().map(|key| format!(", verified by {key}")).unwrap_or_default();
    Some(format!("{}{verified}", pack.digest))
}

/// Every component that was planned or has run, with its SHA-256, each once.
pub(super) fn components(summary: &Summary) -> Vec<(&str, &str)> {
    let planned = summary.layers.iter().map(|layer| (layer.scenario.as_str(), layer.digest.as_str()));
    let ran = summary.versions.iter().map(|version| (version.scenario.as_str(), version.digest.as_str()));
    let mut seen = Vec::new();
    for one in planned.chain(ran) {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// What a scenario asked for and was given, by kind, and what it was not: `host a:80; env path, region; not given: env x`;
/// nothing if it asked for nothing.
pub(super) fn capabilities(layer: &LayerReport) -> Option<String> {
    let missing = by_kind(layer, false).map(|missing| format!("not given: {missing}"));
    let texts: Vec<String> = by_kind(layer, true).into_iter().chain(missing).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// What it asked for and was given.
pub(super) fn given(layer: &LayerReport) -> Option<String> {
    by_kind(layer, true)
}

fn by_kind(layer: &LayerReport, granted: bool) -> Option<String> {
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for one in layer.capabilities.iter().filter(|one| one.asked && one.granted == granted) {
        let note = one.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let name = format!("{}{note}", one.name);
        match kinds.iter_mut().find(|(kind, _)| *kind == one.kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((&one.kind, vec![name])),
        }
    }
    let texts: Vec<String> =
        kinds.iter().map(|(kind, names)| format!("{kind} {}", names.join(", "))).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// What it was refused: `env region 12 times`; nothing if that is nothing.
pub(super) fn refusals(layer: &LayerReport) -> Option<String> {
    let refused = layer.capabilities.iter().filter(|one| one.refused > 0);
    let texts: Vec<String> = refused
        .map(|one| {
            let times = if one.refused == 1 { "once".to_owned() } else { format!("{} times", one.refused) };
            format!("{} {} {times}", one.kind, one.name)
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_as_people_write_them() {
        let aim = |op: &'static str, unit: &str| {
            target(&LayerTarget { op: op.into(), value: 50.0, unit: unit.into() })
        };
        assert_eq!(aim(">=", "req/s"), "50+ req/s");
        assert_eq!(aim("<=", "ms"), "50ms");
        assert_eq!(aim("<", "ms"), "< 50ms");
        assert_eq!(aim(">=", "%"), "50%+");
        assert_eq!(aim("<=", "seconds"), "50 seconds");
        assert_eq!(aim(">=", ""), "50+");
    }

    #[test]
    fn results_keep_the_scenarios_text() {
        for (value, text, expected) in [
            (Some(85.54), "85.54 ms", "85.54ms"),
            (Some(85.54), "85.54 ms, met in 3 of 4 windows", "85.54ms, met in 3 of 4 windows"),
            (Some(85.54), "85.54 ms of waiting", "85.54 ms of waiting"),
            (Some(1.0), "about 1 ms", "about 1 ms"),
            (None, "no data", "no data"),
        ] {
            assert_eq!(result_text(value, "ms", text), expected);
        }
    }

    #[test]
    fn times_keep_three_digits() {
        for (ms, text) in [
            (0.0, "0µs"),
            (0.31, "310µs"),
            (0.9996, "1.00ms"),
            (3.214, "3.21ms"),
            (85.54, "85.5ms"),
            (999.96, "1.00s"),
            (1265.68, "1.27s"),
            (125_000.0, "2m05s"),
        ] {
            assert_eq!(time(ms), text);
        }
    }

    #[test]
    fn sizes_and_shares() {
        assert_eq!(
            [0.0, 999.0, 1500.0, 20_400_000.0].map(bytes),
            ["0 B", "999 B", "1.5 kB", "20 MB"].map(String::from)
        );
        assert_eq!(
            [1.0, 0.999_999, 0.5, 0.000_01, 0.0].map(percent),
            ["100.00 %", "99.99 %", "50.00 %", "0.01 %", "0.00 %"].map(String::from)
        );
        assert_eq!([24.468, 7.0, 123_456.7].map(number), ["24.47", "7", "123457"].map(String::from));
    }

    #[test]
    fn lines_are_no_longer_than_asked_for() {
        assert_eq!(wrap("one two three four", 10), ["one two", "three four"]);
        assert_eq!(wrap("abcdefghijklmnop x", 10), ["abcdefghij", "klmnop x"]);
        assert_eq!(wrap("", 10), [""]);
    }
}
