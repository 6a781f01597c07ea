//! The comparison as Markdown.

use super::sides::{Shown, comparison, effect_word, footnote, metric_text, percent_text, shown, warnings};
use crate::event::{LayerReport, Summary};
use crate::judge::Change;
use crate::plan::number_text;
use crate::report::escape::{code, markdown as safe};
use crate::report::words::{heading, mark, validity};

/// How the number of a name is written.
type Text = fn(&str, f64) -> String;

/// Expected against reached: the runs, the layers, what is under their results, and the metrics.
pub(in crate::report) fn render(before: &Summary, after: &Summary) -> String {
    let comparison = comparison(before, after);
    let layers = shown(&comparison, before, after);
    let mut out = String::new();
    let phase = before.phase.number.map(|number| format!("Phase {number} ")).unwrap_or_default();
    let title = safe(&before.phase.title);
    line(&mut out, &format!("# {phase}Expected against Reached - {title}\n"));
    for (name, summary) in [("Expected", before), ("Reached", after)] {
        let run = &summary.run;
        let (id, target, started) = (safe(&run.id), safe(&run.target), safe(&run.started_at));
        line(
            &mut out,
            &format!("- **{name}**: {id} of {target}, started {started}, {}", validity(run.validity)),
        );
    }
    // Two versions of one run have no verdicts of their own.
    if !layers.is_empty() {
        let (was, is) = (before.phase.success_rate, after.phase.success_rate);
        let target = number_text(before.phase.success_rate_target);
        line(&mut out, &format!("- **Success Rate**: {was:.2}% → {is:.2}% (target: {target}%)"));
    }
    for warning in warnings(before, after) {
        line(&mut out, &format!("- **Warning**: {}", safe(&warning)));
    }
    for shown in layers.iter().filter(|shown| shown.change.lost || !shown.change.lost_goals.is_empty()) {
        let goals: Vec<_> = shown.change.lost_goals.iter().map(|goal| safe(goal)).collect();
        let goals = if goals.is_empty() { String::new() } else { format!(": {}", goals.join(", ")) };
        let name = shown.layer().map(|layer| safe(&heading(layer))).unwrap_or_default();
        line(&mut out, &format!("- **No longer passing**: {name}{goals}"));
    }
    if !layers.is_empty() {
        line(&mut out, "\n## Layers\n");
        line(&mut out, "| Layer | Target | Expected | Reached | Change | |");
        line(&mut out, "|---|---|---|---|---|---|");
    }
    layers.iter().for_each(|layer| row(&mut out, layer));
    for shown in &layers {
        details(&mut out, shown);
    }
    if !comparison.metrics.is_empty() {
        line(&mut out, "\n## All layers\n");
        changes(&mut out, &comparison.metrics, metric_text);
    }
    line(&mut out, &format!("\n{}", footnote()));
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn row(out: &mut String, shown: &Shown<'_>) {
    let Some(layer) = shown.layer() else { return };
    let side = |layer: Option<&LayerReport>, result: &str| match layer {
        Some(layer) => format!("{} {}", mark(&layer.status), safe(result)),
        None => "-".to_owned(),
    };
    line(
        out,
        &format!(
            "| {} | {} | {} | {} | {} | {} |",
            safe(&heading(layer)),
            shown.target.as_deref().map(safe).unwrap_or_default(),
            side(shown.before, &shown.was),
            side(shown.after, &shown.is),
            shown.difference.as_deref().map(safe).unwrap_or_default(),
            effect_word(shown.change.effect),
        ),
    );
}

fn details(out: &mut String, shown: &Shown<'_>) {
    let change = shown.change;
    let Some(layer) = shown.layer() else { return };
    if change.rows.is_empty() && change.metrics.is_empty() && shown.notes.is_empty() {
        return;
    }
    line(out, &format!("\n### {}\n", safe(&heading(layer))));
    shown.notes.iter().for_each(|note| line(out, &format!("- {}", safe(note))));
    let tables: [(&[Change], Text); 2] =
        [(&change.rows, |_, value| number_text(value)), (&change.metrics, metric_text)];
    let mut below = !shown.notes.is_empty();
    for (rows, text) in tables.into_iter().filter(|(rows, _)| !rows.is_empty()) {
        if std::mem::replace(&mut below, true) {
            line(out, "");
        }
        changes(out, rows, text);
    }
}

fn changes(out: &mut String, changes: &[Change], text: Text) {
    line(out, "| | Expected | Reached | Change | |\n|---|---:|---:|---:|---|");
    for change in changes {
        let number =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| text(&change.name, value));
        let before = number(change.before);
        line(
            out,
            &format!(
                "| {} | {before} | {} | {} | {} |",
                code(&change.name),
                number(change.after),
                percent_text(change, &before).unwrap_or_default(),
                effect_word(change.effect),
            ),
        );
    }
}
