//! `report.html`: the report that people show to each other. One file, without a script and without the network.
//!
//! The page says so itself: its content security policy lets it load nothing at all. What is plotted is drawn when
//! the file is written ([`super::plot`]).

use super::changes::{LISTED, marks, what};
use super::escape::markup as safe;
use super::html_layer::card;
use super::table::{Cells, TREND, rows};
use super::versions;
use super::words::{NOTHING, components, number, pack, plural, validity};
use crate::event::{LayerReport, Summary, Validity, VersionReport};
use crate::plan::{duration_text, number_text};

const STYLE: &str = include_str!("report.css");
/// Nothing may be loaded, and nothing run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Head, what to mend first, layers as cards, failing ones first, and the numbers.
pub(super) fn render(summary: &Summary) -> String {
    let mut out = String::new();
    let title = format!("{} {:.2} %", name(summary), summary.phase.success_rate);
    out.push_str(&format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        safe(&title)
    ));
    head(&mut out, summary);
    out.push_str("<main class=\"wide\">\n");
    notice(&mut out, summary);
    let (passed, failing): (Vec<_>, Vec<_>) =
        summary.layers.iter().enumerate().partition(|(_, layer)| layer.status == "PASSED");
    changed(&mut out, summary);
    if summary.run.validity != Validity::Invalid {
        fixes(&mut out, &failing);
    }
    for (heading, layers) in [("Test results by layer", failing), ("Successful tests", passed)] {
        if !layers.is_empty() {
            out.push_str(&format!("<section>\n<h2>{heading}</h2>\n<div class=\"cards\">\n"));
            for (index, layer) in layers {
                let course = summary.timeline.iter().find(|course| course.scenario == layer.scenario);
                let split = versions::of(summary, &layer.scenario);
                card(&mut out, index, layer, course, (&marks(summary, &layer.scenario), &split));
            }
            out.push_str("</div>\n</section>\n");
        }
    }
    numbers(&mut out, summary);
    out.push_str("</main>\n");
    foot(&mut out, summary);
    out.push_str("</body>\n</html>\n");
    out
}

fn changed(out: &mut String, summary: &Summary) {
    if summary.changes.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Changes while it ran</h2>\n<ul>\n");
    for change in summary.changes.iter().take(LISTED) {
        out.push_str(&format!(
            "<li><b>{:.1} s</b> {}: {} (by {})</li>\n",
            change.at_s,
            safe(&change.kind),
            safe(&what(change)),
            safe(&change.by)
        ));
    }
    if let more @ 1.. = summary.changes.len().saturating_sub(LISTED) {
        out.push_str(&format!("<li>and {more} more</li>\n"));
    }
    out.push_str("</ul>\n</section>\n");
}

/// `Phase 3 · Life CEO`.
fn name(summary: &Summary) -> String {
    match summary.phase.number {
        Some(number) => format!("Phase {number} · {}", summary.phase.title),
        None => summary.phase.title.clone(),
    }
}

/// The class that colours a status.
pub(super) fn class(status: &str) -> &'static str {
    match status {
        "PASSED" => "passed",
        "WARNING" => "warning",
        "FAILED" => "failed",
        _ => "no-data",
    }
}

/// The sign of a status, for those who do not see its colour.
pub(super) fn sign(status: &str) -> &'static str {
    match status {
        "PASSED" => "✓",
        "WARNING" => "!",
        "FAILED" => "✗",
        _ => "?",
    }
}

fn head(out: &mut String, summary: &Summary) {
    let (phase, run) = (&summary.phase, &summary.run);
    let eyebrow = phase.number.map_or_else(String::new, |number| format!("Phase {number} · "));
    out.push_str(&format!(
        "<header class=\"top\"><div class=\"wide\">\n{}\n<div class=\"said\">\n<p class=\"eyebrow\">{eyebrow}Load Test \
         Analysis</p>\n<h1>{}</h1>\n<p class=\"lead\">{} of {} passed: a success rate of {:.2} %, against a target of {} %.</p>\n\
         <ul class=\"tally\">\n",
        ring(phase.success_rate, phase.success_rate_target),
        safe(&phase.title),
        phase.passed,
        plural(phase.total, "layer"),
        phase.success_rate,
        number_text(phase.success_rate_target),
    ));
    for status in ["FAILED", "NO DATA", "WARNING", "PASSED"] {
        let count = summary.layers.iter().filter(|layer| layer.status == status).count();
        if count > 0 {
            out.push_str(&format!(
                "<li class=\"pill {}\">{} {count} {status}</li>\n",
                class(status),
                sign(status)
            ));
        }
    }
    let load = std::time::Duration::try_from_secs_f64(run.duration_s).unwrap_or_default();
    let validity_class = match run.validity {
        Validity::Valid => "passed",
        Validity::Degraded => "warning",
        Validity::Invalid => "failed",
    };
    out.push_str(&format!(
        "</ul>\n</div>\n<dl class=\"facts\">\n<div><dt>Target</dt><dd>{}</dd></div>\n<div><dt>Started</dt><dd>{}</dd>\
         </div>\n<div><dt>Load</dt><dd>{}{}</dd></div>\n<div><dt>Measurement</dt><dd><span class=\"verdict {validity_class}\">\
         {}</span></dd></div>\n</dl>\n</div></header>\n",
        safe(&run.target),
        safe(&run.started_at),
        duration_text(load),
        requests(summary),
        validity(run.validity)
    ));
}

fn requests(summary: &Summary) -> String {
    let all = summary.metrics.iter().find(|metric| metric.name == "http_reqs" && metric.tags.is_empty());
    all.map(|all| format!(", {} requests", number(all.count))).unwrap_or_default()
}

/// The success rate as a ring with the rate to reach as a notch.
fn ring(rate: f64, target: f64) -> String {
    let colour = if rate >= target { "--passed" } else { "--failed" };
    let around = 2.0 * std::f64::consts::PI * 52.0;
    let share = (rate / 100.0).clamp(0.0, 1.0) * around;
    let turn = (target / 100.0).clamp(0.0, 1.0) * 360.0;
    format!(
        "<svg class=\"ring\" viewBox=\"0 0 120 120\" role=\"img\" aria-labelledby=\"ring-t\"><title id=\"ring-t\">success \
         rate {rate:.2} %, target {} %</title><circle class=\"track\" cx=\"60\" cy=\"60\" r=\"52\"/>\
         <circle cx=\"60\" cy=\"60\" r=\"52\" stroke=\"var({colour})\" stroke-dasharray=\"{share:.1} {around:.1}\" \
         transform=\"rotate(-90 60 60)\"/><path d=\"M60 1V15\" stroke=\"var(--text)\" stroke-width=\"2\" \
         transform=\"rotate({turn:.1} 60 60)\"/><text x=\"60\" y=\"62\" font-size=\"24\">{}</text>\
         <text class=\"small\" x=\"60\" y=\"79\" font-size=\"12\">% success</text></svg>",
        number_text(target),
        number_text(rate)
    )
}

/// Why the numbers cannot be believed as they are.
fn notice(out: &mut String, summary: &Summary) {
    let run = &summary.run;
    if run.validity == Validity::Valid && run.reasons.is_empty() && !run.interrupted {
        return;
    }
    let (class, meaning) = match run.validity {
        Validity::Valid => ("passed", "the generator kept up"),
        Validity::Degraded => ("warning", "some numbers include the generator's own slowness"),
        Validity::Invalid => ("failed", NOTHING),
    };
    out.push_str(&format!(
        "<section class=\"notice {class}\">\n<h2>Measurement {}: {meaning}</h2>\n<ul>\n",
        validity(run.validity)
    ));
    for reason in &run.reasons {
        out.push_str(&format!("<li>{}</li>\n", safe(reason)));
    }
    if run.interrupted {
        out.push_str("<li>the run ended before its time</li>\n");
    }
    out.push_str("</ul>\n</section>\n");
}

/// What is wrong, most urgent first.
fn fixes(out: &mut String, failing: &[(usize, &LayerReport)]) {
    if failing.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>What to fix first</h2>\n<ol class=\"fixes\">\n");
    let order = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
    let rank = |layer: &LayerReport| {
        let priority = layer.fix_priority.as_deref().unwrap_or_default();
        order.iter().position(|word| *word == priority).unwrap_or(order.len())
    };
    let mut failing: Vec<_> = failing.to_vec();
    failing.sort_by_key(|(_, layer)| rank(layer));
    for (index, layer) in failing {
        let number = layer.number.map(|number| format!("Layer {number} · ")).unwrap_or_default();
        let priority = layer.fix_priority.as_deref().map(priority).unwrap_or_default();
        let issue = layer.issue.as_deref().map(safe).unwrap_or_default();
        out.push_str(&format!(
            "<li>{priority}<div><a href=\"#layer-{index}\">{number}{}</a><p>{issue}</p></div></li>\n",
            safe(&layer.title),
        ));
    }
    out.push_str("</ol>\n</section>\n");
}

/// A fix priority.
pub(super) fn priority(word: &str) -> String {
    let class = match word {
        "CRITICAL" => "failed",
        "HIGH" => "warning",
        _ => "other",
    };
    format!("<span class=\"pill {class}\">{}</span>", safe(word))
}

fn numbers(out: &mut String, summary: &Summary) {
    let rows = rows(&summary.metrics);
    if rows.is_empty() {
        return;
    }
    let name = |name: &str, tag: Option<(&str, &str)>| match tag {
        None => safe(name),
        Some((tag, value)) => safe(&format!("{name}{{{tag}:{value}}}")),
    };
    out.push_str("<section>\n<h2>Numbers of all layers</h2>\n<div class=\"numbers\">\n");
    let heads: String =
        TREND.iter().map(|head| format!("<th scope=\"col\" class=\"num\">{head}</th>")).collect();
    out.push_str(&format!(
        "<div class=\"scroll\" tabindex=\"0\"><table>\n<caption>Times</caption>\n<thead><tr><th scope=\"col\">metric</th>{heads}</tr>\
         </thead>\n<tbody>\n"
    ));
    for row in &rows {
        if let Cells::Trend(cells) = &row.cells {
            let cells: String =
                cells.iter().map(|cell| format!("<td class=\"num\">{}</td>", safe(cell))).collect();
            let name = name(row.name, row.tag);
            out.push_str(&format!("<tr><th scope=\"row\"><code>{name}</code></th>{cells}</tr>\n"));
        }
    }
    out.push_str(
        "</tbody></table></div>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<caption>Counts</caption>\n<thead><tr>\
                  <th scope=\"col\">metric</th><th scope=\"col\">value</th></tr></thead>\n<tbody>\n",
    );
    for row in &rows {
        if let Cells::Plain(text) = &row.cells {
            let name = name(row.name, row.tag);
            out.push_str(&format!(
                "<tr><th scope=\"row\"><code>{name}</code></th><td>{}</td></tr>\n",
                safe(&text.replace("  ", " · "))
            ));
        }
    }
    out.push_str("</tbody></table></div>\n</div>\n</section>\n");
}

fn foot(out: &mut String, summary: &Summary) {
    let run = &summary.run;
    out.push_str(&format!(
        "<footer><div class=\"wide\">\n<p>strata {} · run {} · seed {}</p>\n",
        safe(&run.strata),
        safe(&run.id),
        run.seed
    ));
    if !run.tags.is_empty() {
        let tags: Vec<String> =
            run.tags.iter().map(|(name, value)| safe(&format!("{name}={value}"))).collect();
        out.push_str(&format!("<p>tags {}</p>\n", tags.join(", ")));
    }
    if !run.limits.is_empty() {
        let limits: Vec<String> =
            run.limits.iter().map(|(name, value)| safe(&format!("{name}={value}"))).collect();
        out.push_str(&format!("<p>limits {}</p>\n", limits.join(", ")));
    }
    if let Some(pack) = pack(run) {
        out.push_str(&format!("<p>pack <code>{}</code></p>\n", safe(&pack)));
    }
    for (scenario, digest) in components(summary) {
        let ran = |version: &&VersionReport| version.scenario == scenario && version.digest == digest;
        let count = summary.versions.iter().find(ran).map_or(0, |version| version.iterations);
        out.push_str(&format!(
            "<p>{} <code>sha256:{}</code>: {}</p>\n",
            safe(scenario),
            safe(digest),
            plural(count as usize, "iteration")
        ));
    }
    out.push_str("</div></footer>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of `#rrggbb`, as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let byte = u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour");
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn texts_stand_out_in_both_looks() {
        let looks: Vec<&str> =
            STYLE.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        assert_eq!(looks.len(), 2);
        for look in looks {
            let colour = |name: &str| {
                let (_, rest) = look.split_once(&format!("--{name}: ")).expect(name);
                luminance(rest.split(';').next().unwrap())
            };
            let contrast = |one: f64, other: f64| (one.max(other) + 0.05) / (one.min(other) + 0.05);
            for name in ["text", "soft", "link", "passed", "warning", "failed", "no-data"] {
                for ground in ["card", "page"] {
                    let found = contrast(colour(name), colour(ground));
                    assert!(found >= 4.5, "{name} on {ground}: {found:.2}");
                }
            }
            for name in ["p50", "p95", "p99", "rate", "vus"] {
                assert!(contrast(colour(name), colour("card")) >= 3.0, "{name}");
            }
        }
    }

    #[test]
    fn the_ring_is_full_at_the_end_and_survives_nonsense() {
        assert!(ring(100.0, 100.0).contains("stroke-dasharray=\"326.7 326.7\""));
        assert!(ring(45.45, 90.0).contains("var(--failed)") && ring(45.45, 45.0).contains("var(--passed)"));
        assert!(ring(-5.0, 1e9).contains("stroke-dasharray=\"0.0 326.7\""));
    }
}
