//! The comparison for a terminal or a pipe: asked-for data, 80 columns wide and readable in fewer.

use std::io::{self, Write};

use super::sides::{Shown, comparison, effect_word, footnote, metric_text, percent_text, shown, warnings};
use crate::event::{LayerReport, Summary};
use crate::judge::{Change, Comparison, Effect};
use crate::plan::number_text;
use crate::report::Detail;
use crate::report::escape::line as safe;
use crate::report::look::{BAD, BOLD, DIM, GOOD, ODD, look, styled};
use crate::report::words::{cut, heading, validity, wrap};

/// The columns of a row's name, of each number, and of the change with its word.
const NAME: usize = 30;
const NUMBER: usize = 10;
/// The fewest columns in which a row is one line.
const ONE_LINE: usize = 76;

/// Writes what was expected (`before`) against what was reached (`after`). Styles are always written: the stream
/// takes them out where they are not wanted.
///
/// # Errors
/// When the stream takes no more.
pub fn write_comparison(
    out: &mut dyn Write,
    (width, detail): (usize, Detail),
    before: &Summary,
    after: &Summary,
) -> io::Result<Comparison> {
    let comparison = comparison(before, after);
    let mut page = Page { out, width: width.max(20), whole: detail == Detail::Whole };
    page.runs(before, after)?;
    for layer in shown(&comparison, before, after) {
        page.layer(&layer)?;
    }
    if page.whole && !comparison.metrics.is_empty() {
        page.line("")?;
        page.line(&styled(BOLD, "All layers"))?;
        page.changes(&comparison.metrics, metric_text)?;
    }
    page.line("")?;
    page.end(&comparison, before, after)?;
    Ok(comparison)
}

struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    /// Whether rows and metrics are shown besides results.
    whole: bool,
}

fn effect_style(effect: Effect) -> anstyle::Style {
    match effect {
        Effect::Better => GOOD,
        Effect::Worse => BAD,
        Effect::Same | Effect::Open => DIM,
    }
}

impl Page<'_> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A text with a label before it, broken into lines under each other.
    fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        for (at, part) in wrap(&safe(text), self.width.saturating_sub(12)).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.line(&format!("  {}{part}", styled(DIM, &format!("{label:<10}"))))?;
        }
        Ok(())
    }

    fn runs(&mut self, before: &Summary, after: &Summary) -> io::Result<()> {
        for (label, summary) in [("expected", before), ("reached", after)] {
            let run = &summary.run;
            self.labelled(label, &format!("{} of {} ({})", run.id, run.target, validity(run.validity)))?;
        }
        for warning in warnings(before, after) {
            for (at, part) in wrap(&safe(&warning), self.width.saturating_sub(11)).iter().enumerate() {
                let label = if at == 0 { "warning:" } else { "" };
                self.line(&format!("  {} {part}", styled(ODD, &format!("{label:<8}"))))?;
            }
        }
        Ok(())
    }

    fn layer(&mut self, shown: &Shown<'_>) -> io::Result<()> {
        let Some(layer) = shown.layer() else { return Ok(()) };
        if self.whole {
            self.line("")?;
        }
        for part in wrap(&safe(&heading(layer)), self.width) {
            self.line(&styled(BOLD, &part))?;
        }
        let status = |layer: Option<&LayerReport>| match layer {
            None => styled(DIM, "-"),
            Some(layer) => {
                let (style, sign) = look(&layer.status);
                styled(style, &format!("{sign} {}", safe(&layer.status)))
            }
        };
        let effect = shown.change.effect;
        let word = match effect_word(effect) {
            "" => String::new(),
            word => format!("  {}", styled(effect_style(effect), word)),
        };
        let text = format!("{} → {}{word}", status(shown.before), status(shown.after));
        self.line(&format!("  {}{text}", styled(DIM, "status    ")))?;
        let (was, is) = match (shown.before, shown.after) {
            (Some(_), Some(_)) => (shown.was.as_str(), shown.is.as_str()),
            (Some(_), None) => (shown.was.as_str(), "-"),
            _ => ("-", shown.is.as_str()),
        };
        let difference = shown.difference.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
        self.labelled("result", &format!("{was} → {is}{difference}"))?;
        if let Some(target) = shown.target.as_ref().filter(|_| self.whole) {
            self.labelled("target", target)?;
        }
        for note in &shown.notes {
            self.labelled("note", note)?;
        }
        for goal in &shown.change.lost_goals {
            self.labelled("lost", &format!("`{goal}` passed and no longer does"))?;
        }
        if self.whole {
            self.changes(&shown.change.rows, |_, value| number_text(value))?;
            self.changes(&shown.change.metrics, metric_text)?;
        }
        Ok(())
    }

    fn changes(&mut self, changes: &[Change], text: fn(&str, f64) -> String) -> io::Result<()> {
        for change in changes.iter().filter(|change| change.before.is_some() || change.after.is_some()) {
            let number =
                |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| text(&change.name, value));
            let (before, after) = (number(change.before), number(change.after));
            let percent = percent_text(change, &before).unwrap_or_default();
            let style = effect_style(change.effect);
            let word = effect_word(change.effect);
            if self.width >= ONE_LINE {
                let name = cut(&safe(&change.name), NAME);
                let tail = styled(style, format!("{percent:>12}  {word}").trim_end());
                self.line(&format!("  {name:<NAME$}{before:>NUMBER$} → {after:>NUMBER$}{tail}"))?;
            } else {
                self.line(&format!("  {}", cut(&safe(&change.name), self.width - 2)))?;
                let tail = styled(style, format!("{percent}  {word}").trim());
                self.line(&format!("    {before} → {after}  {tail}"))?;
            }
        }
        Ok(())
    }

    fn end(&mut self, comparison: &Comparison, before: &Summary, after: &Summary) -> io::Result<()> {
        let rate = &comparison.success_rate;
        let text = format!(
            "success rate {:.2} % → {:.2} % (target {} %)",
            before.phase.success_rate,
            after.phase.success_rate,
            number_text(before.phase.success_rate_target)
        );
        // Two versions of one run have no verdicts of their own.
        for part in wrap(&text, self.width.saturating_sub(2)).iter().filter(|_| !comparison.layers.is_empty())
        {
            self.line(&format!("  {}", styled(effect_style(rate.effect), part)))?;
        }
        if comparison.regressed() {
            let lost: Vec<String> = shown(comparison, before, after)
                .iter()
                .filter(|shown| shown.change.lost || !shown.change.lost_goals.is_empty())
                .filter_map(|shown| shown.layer().map(heading))
                .collect();
            let text = format!("passed and no longer does: {}", lost.join(", "));
            for part in wrap(&safe(&text), self.width.saturating_sub(2)) {
                self.line(&format!("  {}", styled(BAD, &part)))?;
            }
        }
        if self.whole {
            for part in wrap(&footnote(), self.width.saturating_sub(2)) {
                self.line(&format!("  {}", styled(DIM, &part)))?;
            }
        }
        Ok(())
    }
}
