//! A layer of `report.html` as a card: verdict, result against target, what was said of it, evidence, plots.

use super::escape::markup as safe;
use super::html::{class, priority, sign};
use super::plot::{Line, Plot, draw, ticks};
use super::versions;
use super::words::{capabilities, number, refusals, result, short_time, target, time};
use crate::event::{BreakdownRow, LayerReport, LayerTimeline, TimePoint, VersionReport};
use crate::plan::{duration_text, number_text};

/// The quantiles that are named below the plot of a distribution.
const QUANTILES: [(f64, &str); 5] =
    [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99")];

/// Writes the card of a layer; `index` is its place in the summary.
pub(super) fn card(
    out: &mut String,
    index: usize,
    layer: &LayerReport,
    course: Option<&LayerTimeline>,
    (changes, split): (&[(f64, String)], &[&VersionReport]),
) {
    let status = class(&layer.status);
    let eyebrow = match layer.number {
        Some(number) => format!("Layer {number} · {}", safe(&layer.area)),
        None => safe(&layer.scenario),
    };
    out.push_str(&format!(
        "<article class=\"card {status}\" id=\"layer-{index}\">\n<div class=\"head\"><div><p class=\"eyebrow\">{eyebrow}</p>\
         <h3>{}</h3></div><div class=\"pills\"><span class=\"pill status\">{} {}</span>{}</div></div>\n",
        safe(&layer.title),
        sign(&layer.status),
        safe(&layer.status),
        layer.fix_priority.as_deref().map(priority).unwrap_or_default()
    ));
    let aim =
        layer.target.as_ref().map(|aim| format!("<p class=\"soft\">target: {}</p>", safe(&target(aim))));
    out.push_str(&format!(
        "<div class=\"result\"><div><p class=\"value\">{}</p>{}</div>{}</div>\n",
        safe(&result(layer)),
        aim.unwrap_or_default(),
        gauge(layer).unwrap_or_default()
    ));
    for (label, text) in [("Issue", &layer.issue), ("Analysis", &layer.analysis)] {
        if let Some(text) = text {
            out.push_str(&format!("<p class=\"said-of\"><b>{label}:</b> {}</p>\n", safe(text)));
        }
    }
    for (label, text) in [("Asked for", capabilities(layer)), ("Refused", refusals(layer))] {
        if let Some(text) = text {
            out.push_str(&format!("<p class=\"said-of\"><b>{label}:</b> {}</p>\n", safe(&text)));
        }
    }
    breakdown(out, &layer.breakdown);
    if let Some(course) = course {
        plots(out, index, course, changes);
    }
    by_version(out, split);
    goals(out, layer);
    failures(out, layer);
    out.push_str("</article>\n");
}

/// The result as a bar with the target as a line; nothing where either is below 0.
fn gauge(layer: &LayerReport) -> Option<String> {
    let (value, aim) = (layer.result.value?, layer.target.as_ref()?.value);
    let top = value.max(aim) * 1.06;
    if value < 0.0 || aim < 0.0 || !(top.is_finite() && top > 0.0) {
        return None;
    }
    let (width, at) = (value / top * 1000.0, aim / top * 1000.0);
    Some(format!(
        "<svg class=\"gauge\" viewBox=\"0 0 1000 30\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" y=\"9\" width=\"1000\" height=\"12\"/><rect class=\"bar\" y=\"9\" width=\"{width:.1}\" \
         height=\"12\"/><path class=\"aim\" d=\"M{at:.1} 2V28\" vector-effect=\"non-scaling-stroke\"/></svg>"
    ))
}

fn breakdown(out: &mut String, rows: &[BreakdownRow]) {
    if rows.is_empty() {
        return;
    }
    let top = rows.iter().map(|row| row.value).fold(0.0, f64::max);
    out.push_str(
        "<div class=\"scroll\" tabindex=\"0\"><table>\n<caption>Breakdown</caption>\n<thead><tr><th scope=\"col\">what</th>\
         <th scope=\"col\" class=\"bar-cell\"></th><th scope=\"col\" class=\"num\">value</th><th scope=\"col\" \
         class=\"num\">verdict</th></tr></thead>\n<tbody>\n",
    );
    for row in rows {
        let (class, verdict) = match row.passed {
            Some(true) => ("passed", "✓ pass"),
            Some(false) => ("failed", "✗ fail"),
            None => ("other", ""),
        };
        let width =
            if top > 0.0 && top.is_finite() { (row.value / top).clamp(0.0, 1.0) * 100.0 } else { 0.0 };
        let value = format!("{} {}", number_text(row.value), row.unit);
        out.push_str(&format!(
            "<tr class=\"{class}\"><th scope=\"row\">{}</th><td class=\"bar-cell\"><svg viewBox=\"0 0 100 8\" \
             preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"8\"/>\
             <rect class=\"bar\" width=\"{width:.1}\" height=\"8\"/></svg></td><td class=\"num\">{}</td>\
             <td class=\"num verdict\">{verdict}</td></tr>\n",
            safe(&row.label),
            safe(value.trim_end())
        ));
    }
    out.push_str("</tbody></table></div>\n");
}

/// The versions that were swapped.
fn by_version(out: &mut String, split: &[&VersionReport]) {
    if split.is_empty() {
        return;
    }
    let heads = versions::COLUMNS.iter().enumerate();
    let heads: String = heads
        .map(|(at, head)| {
            format!("<th scope=\"col\"{}>{head}</th>", if at == 0 { "" } else { " class=\"num\"" })
        })
        .collect();
    out.push_str(&format!(
        "<div class=\"scroll\" tabindex=\"0\"><table>\n<caption>Versions</caption>\n<thead><tr><th scope=\"col\">\
         version</th>{heads}</tr></thead>\n<tbody>\n"
    ));
    for version in split {
        let cells = versions::cells(version);
        let cells = cells.iter().enumerate().map(|(at, cell)| {
            format!("<td{}>{}</td>", if at == 0 { "" } else { " class=\"num\"" }, safe(cell))
        });
        out.push_str(&format!(
            "<tr><th scope=\"row\"><code>{}</code></th>{}</tr>\n",
            safe(&versions::short(version)),
            cells.collect::<String>()
        ));
    }
    out.push_str("</tbody></table></div>\n");
}

/// The verdict comes first, so that a narrow screen shows it.
fn goals(out: &mut String, layer: &LayerReport) {
    if layer.goals.is_empty() {
        return;
    }
    let heads: String = ["verdict", "goal", "result", "target", "measured by"]
        .iter()
        .map(|head| format!("<th scope=\"col\">{head}</th>"))
        .collect();
    out.push_str(&format!(
        "<details{}><summary>Goals ({})</summary>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>{heads}</tr>\
         </thead>\n<tbody>\n",
        if layer.status == "PASSED" { "" } else { " open" },
        layer.goals.len()
    ));
    for goal in &layer.goals {
        let measure = if goal.measure == "judged" {
            "judged by the scenario".to_owned()
        } else {
            format!("<code>{}</code>", safe(&goal.measure))
        };
        out.push_str(&format!(
            "<tr class=\"{}\"><td class=\"verdict\">{} {}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td>\
             <td>{measure}</td></tr>\n",
            class(&goal.status),
            sign(&goal.status),
            safe(&goal.status),
            safe(&goal.name),
            safe(&goal.result),
            safe(&goal.target)
        ));
    }
    out.push_str("</tbody></table></div></details>\n");
}

fn failures(out: &mut String, layer: &LayerReport) {
    if layer.failures.is_empty() {
        return;
    }
    out.push_str(
        "<details open><summary>Failures</summary>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\" \
         class=\"num\">count</th><th scope=\"col\">of</th><th scope=\"col\">code</th><th scope=\"col\">first message</th>\
         </tr></thead>\n<tbody>\n",
    );
    for failure in &layer.failures {
        let what = if failure.kind == "request" { "requests" } else { "iterations" };
        out.push_str(&format!(
            "<tr><td class=\"num\">{}</td><td>{what}</td><th scope=\"row\"><code>{}</code></th><td>{}</td></tr>\n",
            failure.count,
            safe(&failure.code),
            failure.messages.first().map(|message| safe(message)).unwrap_or_default()
        ));
    }
    out.push_str("</tbody></table></div></details>\n");
}

fn plots(out: &mut String, index: usize, course: &LayerTimeline, changes: &[(f64, String)]) {
    let plots: Vec<Plot<'_>> =
        [times(index, course, changes), throughput(index, course, changes), distribution(index, course)]
            .into_iter()
            .flatten()
            .collect();
    if plots.is_empty() {
        return;
    }
    out.push_str("<div class=\"plots\">\n");
    for plot in &plots {
        let keys: String = plot
            .lines
            .iter()
            .filter(|_| plot.lines.len() > 1)
            .map(|line| format!("<span class=\"key {}\">{}</span>", line.class, line.name))
            .collect();
        out.push_str(&format!(
            "<figure class=\"plot\"><figcaption><b>{}</b>{keys}</figcaption>{}</figure>\n",
            safe(plot.title),
            draw(plot)
        ));
    }
    out.push_str("</div>\n");
}

/// Where a layer's time begins and ends.
fn range(points: &[TimePoint]) -> Option<(f64, f64)> {
    let (first, last) = (points.first()?, points.last()?);
    let range = (first.start_s, last.start_s + last.length_s);
    (range.1 > range.0).then_some(range)
}

fn middle(point: &TimePoint) -> f64 {
    point.start_s + point.length_s / 2.0
}

/// The stages and where they begin; nothing where there is only one.
fn stages(points: &[TimePoint]) -> Vec<(f64, String)> {
    let mut stages: Vec<(f64, String)> = Vec::new();
    for point in points {
        if stages.last().is_none_or(|(_, name)| *name != point.stage) {
            stages.push((point.start_s, point.stage.clone()));
        }
    }
    if stages.len() < 2 { Vec::new() } else { stages }
}

/// What begins where: stages, and what was changed while they ran.
fn marks(points: &[TimePoint], changes: &[(f64, String)], (from, to): (f64, f64)) -> Vec<(f64, String)> {
    let mut marks = stages(points);
    marks.extend(changes.iter().filter(|(at, _)| (from..=to).contains(at)).cloned());
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    marks
}

fn seconds(seconds: f64) -> String {
    duration_text(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

fn clock(range: (f64, f64)) -> Vec<(f64, String)> {
    ticks(range, |at| if at == 0.0 { "0s".to_owned() } else { seconds(at) })
}

fn line(
    points: &[TimePoint],
    name: &'static str,
    class: &'static str,
    filled: bool,
    value: impl Fn(&TimePoint) -> Option<f64>,
) -> Line {
    Line { name, class, filled, points: points.iter().map(|point| (middle(point), value(point))).collect() }
}

/// `p50 from 1.20ms to 3.40ms`.
fn extent(line: &Line, text: fn(f64) -> String) -> Option<String> {
    let values = || line.points.iter().filter_map(|(_, value)| *value);
    let (least, most) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    Some(format!("{} from {} to {}", line.name, text(least), text(most)))
}

fn description(lines: &[Line], range: (f64, f64), text: fn(f64) -> String) -> String {
    let extents: Vec<String> = lines.iter().filter_map(|line| extent(line, text)).collect();
    format!("Over {}: {}", seconds(range.1 - range.0), extents.join("; "))
}

fn times(index: usize, course: &LayerTimeline, changes: &[(f64, String)]) -> Option<Plot<'static>> {
    let points = &course.points;
    let range = range(points)?;
    if points.iter().all(|point| point.p50.is_none()) {
        return None;
    }
    let lines = vec![
        line(points, "p99", "p99", false, |point| point.p99),
        line(points, "p95", "p95", false, |point| point.p95),
        line(points, "p50", "p50", false, |point| point.p50),
    ];
    Some(Plot {
        id: format!("times-{index}"),
        title: "Request duration",
        description: description(&lines, range, time),
        lines,
        range,
        below: clock(range),
        marks: marks(points, changes, range),
        text: time,
        round: short_time,
    })
}

fn throughput(index: usize, course: &LayerTimeline, changes: &[(f64, String)]) -> Option<Plot<'static>> {
    let points = &course.points;
    let range = range(points)?;
    let any = |value: fn(&TimePoint) -> f64| points.iter().any(|point| value(point) > 0.0);
    if !any(|point| point.requests_per_s) && !any(|point| point.failed) {
        return None;
    }
    let per_s = |count: f64, point: &TimePoint| count / point.length_s.max(f64::MIN_POSITIVE);
    let mut lines = vec![line(points, "all", "rate", true, |point| Some(point.requests_per_s))];
    if any(|point| point.failed) {
        lines.push(line(points, "failed", "lost", false, move |point| Some(per_s(point.failed, point))));
    }
    if any(|point| point.dropped) {
        lines.push(line(points, "dropped", "vus", false, move |point| Some(per_s(point.dropped, point))));
    }
    Some(Plot {
        id: format!("rate-{index}"),
        title: "Requests per second",
        description: description(&lines, range, number),
        lines,
        range,
        below: clock(range),
        marks: marks(points, changes, range),
        text: number,
        round: number_text,
    })
}

/// Quantiles at the logarithm of how rare what lies above them is: each nine is as wide as the next. It ends where no
/// request lies above.
fn distribution(index: usize, course: &LayerTimeline) -> Option<Plot<'static>> {
    let rare = |quantile: f64| -(1.0 - quantile).log10();
    let requests: f64 = course.points.iter().map(|point| point.requests_per_s * point.length_s).sum();
    let known = |quantile: f64| (0.0..1.0).contains(&quantile) && (1.0 - quantile) * requests >= 1.0 - 1e-6;
    let mut points: Vec<(f64, Option<f64>)> = course
        .distribution
        .iter()
        .filter(|(quantile, _)| known(*quantile))
        .map(|(quantile, ms)| (rare(*quantile), Some(*ms)))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    if points.len() < 2 {
        return None;
    }
    let end = points.last().map_or(1.0, |(at, _)| *at);
    let named: Vec<String> = QUANTILES
        .iter()
        .filter(|(quantile, _)| known(*quantile))
        .filter_map(|(quantile, name)| {
            let (_, ms) = course.distribution.iter().find(|(other, _)| other == quantile)?;
            Some(format!("{name} {}", time(*ms)))
        })
        .collect();
    Some(Plot {
        id: format!("quantiles-{index}"),
        title: "Request duration by percentile",
        description: named.join(", "),
        lines: vec![Line { name: "duration", class: "p50", points, filled: true }],
        range: (0.0, end),
        below: QUANTILES.iter().map(|(quantile, name)| (rare(*quantile), (*name).to_owned())).collect(),
        marks: Vec::new(),
        text: time,
        round: short_time,
    })
}
