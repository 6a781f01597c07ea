//! Line plots as inline SVG, drawn here so that a report needs no script.
//!
//! Colours come from classes, so that a page can have a light and a dark look. Everything is text and paths in a
//! view box that is about as wide as a phone: on wider screens plots stand beside each other instead of growing.

use super::escape::markup as safe;

/// The view box, and the part of it that the lines are in.
const SIZE: (f64, f64) = (360.0, 190.0);
const AREA: Area = Area { left: 46.0, right: 352.0, top: 16.0, bottom: 166.0 };
/// About as many lines across.
const TICKS: f64 = 4.0;
/// The most points that say their numbers when they are pointed at.
const MOST_HINTS: usize = 120;

struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// A line of a plot.
pub(super) struct Line {
    /// As the legend has it.
    pub name: &'static str,
    /// The class that gives it its colour.
    pub class: &'static str,
    /// Numbers over the horizontal axis, in order; a gap where there is none.
    pub points: Vec<(f64, Option<f64>)>,
    /// Whether what is below the line is filled.
    pub filled: bool,
}

/// A plot.
pub(super) struct Plot<'a> {
    /// Unique on the page.
    pub id: String,
    /// What is plotted.
    pub title: &'a str,
    /// The same in words and numbers, for those who do not see it.
    pub description: String,
    /// Drawn in this order.
    pub lines: Vec<Line>,
    /// Both ends of the horizontal axis.
    pub range: (f64, f64),
    /// What is written below the horizontal axis, and where.
    pub below: Vec<(f64, String)>,
    /// What begins where, drawn as a line down the plot.
    pub marks: Vec<(f64, String)>,
    /// How a number is written.
    pub text: fn(f64) -> String,
    /// How a round one is, at the vertical axis.
    pub round: fn(f64) -> String,
}

/// Steps of 1, 2 or 5 times a power of ten: about [`TICKS`] of them up to `top`, and the multiple at or above it.
pub(super) fn steps(top: f64) -> (f64, f64) {
    if !(top.is_finite() && top > 0.0) {
        return (1.0, 1.0);
    }
    let rough = top / TICKS;
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    (step, (top / step - 1e-9).ceil() * step)
}

/// Multiples of a round step within the range, with their texts.
pub(super) fn ticks((from, to): (f64, f64), text: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let (step, _) = steps(to - from);
    let most = ((to - from) / step + 1e-9).floor().clamp(0.0, 20.0) as u32;
    (0..=most).map(|at| from + f64::from(at) * step).map(|at| (at, text(at - from))).collect()
}

/// A plot's own scales.
struct Scale {
    from: f64,
    width: f64,
    top: f64,
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        AREA.left + ((value - self.from) / self.width).clamp(0.0, 1.0) * (AREA.right - AREA.left)
    }

    fn y(&self, value: f64) -> f64 {
        AREA.bottom - (value / self.top).clamp(0.0, 1.0) * (AREA.bottom - AREA.top)
    }
}

/// Draws it.
pub(super) fn draw(plot: &Plot<'_>) -> String {
    let numbers = plot.lines.iter().flat_map(|line| line.points.iter().filter_map(|(_, value)| *value));
    let (step, top) = steps(numbers.filter(|value| value.is_finite()).fold(0.0, f64::max));
    let (from, to) = plot.range;
    let scale = Scale { from, width: if to > from { to - from } else { 1.0 }, top };
    let id = safe(&plot.id);
    let mut out = format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title>\
         <desc id=\"{id}-d\">{}</desc>",
        SIZE.0,
        SIZE.1,
        safe(plot.title),
        safe(&plot.description)
    );
    axes(&mut out, plot, &scale, step);
    for line in &plot.lines {
        draw_line(&mut out, line, &scale);
    }
    hints(&mut out, plot, &scale);
    out.push_str("</svg>");
    out
}

fn axes(out: &mut String, plot: &Plot<'_>, scale: &Scale, step: f64) {
    let rows = (scale.top / step).round().clamp(1.0, 20.0) as u32;
    for row in 0..=rows {
        let value = f64::from(row) * step;
        let y = scale.y(value);
        let class = if row == 0 { "axis" } else { "grid" };
        out.push_str(&format!(
            "<path class=\"{class}\" d=\"M{} {y:.1}H{}\"/><text class=\"tick end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            AREA.left,
            AREA.right,
            AREA.left - 5.0,
            y + 3.5,
            safe(&(plot.round)(value))
        ));
    }
    let (from, to) = plot.range;
    for (at, text) in plot.below.iter().filter(|(at, _)| (from..=to).contains(at)) {
        let x = scale.x(*at);
        let class = if x > AREA.right - 12.0 { "end" } else { "middle" };
        out.push_str(&format!(
            "<text class=\"tick {class}\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            AREA.bottom + 15.0,
            safe(text)
        ));
    }
    for (index, (at, text)) in plot.marks.iter().enumerate() {
        let x = scale.x(*at);
        let next = plot.marks.get(index + 1).map_or(AREA.right, |(at, _)| scale.x(*at));
        // About six units to a letter.
        let letters = ((next - x - 4.0) / 6.0).max(0.0) as usize;
        let text = if letters < 3 { String::new() } else { super::words::cut(text, letters) };
        out.push_str(&format!(
            "<path class=\"mark\" d=\"M{x:.1} {}V{}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{}\">{}</text>",
            AREA.top - 10.0,
            AREA.bottom,
            x + 3.0,
            AREA.top - 4.0,
            safe(&text)
        ));
    }
}

fn draw_line(out: &mut String, line: &Line, scale: &Scale) {
    for run in line.points.split(|(_, value)| value.is_none_or(|value| !value.is_finite())) {
        let points: Vec<(f64, f64)> =
            run.iter().filter_map(|(at, value)| Some((scale.x(*at), scale.y((*value)?)))).collect();
        let class = line.class;
        match points.as_slice() {
            [] => {}
            [(x, y)] => out
                .push_str(&format!("<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>")),
            [(first, _), .., (last, _)] => {
                let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
                let path = path.join("L");
                if line.filled {
                    let bottom = AREA.bottom;
                    out.push_str(&format!(
                        "<path class=\"fill {class}\" d=\"M{first:.1} {bottom}L{path}L{last:.1} {bottom}Z\"/>"
                    ));
                }
                out.push_str(&format!("<path class=\"line {class}\" d=\"M{path}\"/>"));
            }
        }
    }
}

/// Columns that say their numbers when they are pointed at: a browser shows titles without a script.
fn hints(out: &mut String, plot: &Plot<'_>, scale: &Scale) {
    let Some(first) = plot.lines.iter().max_by_key(|line| line.points.len()) else { return };
    let count = first.points.len();
    if count > MOST_HINTS {
        return;
    }
    for (index, (at, _)) in first.points.iter().enumerate() {
        let x = scale.x(*at);
        let side = |other: Option<&(f64, Option<f64>)>, edge: f64| {
            other.map_or(edge, |(other, _)| (scale.x(*other) + x) / 2.0)
        };
        let left = side(index.checked_sub(1).and_then(|at| first.points.get(at)), AREA.left);
        let right = side(first.points.get(index + 1), AREA.right);
        let values: Vec<String> = plot
            .lines
            .iter()
            .filter_map(|line| {
                let (_, value) = line.points.iter().find(|(other, _)| other == at)?;
                let value = value.filter(|value| value.is_finite())?;
                Some(format!("{} {}", line.name, (plot.text)(value)))
            })
            .collect();
        if !values.is_empty() {
            out.push_str(&format!(
                "<rect class=\"hint\" x=\"{left:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{}\"><title>{}</title></rect>",
                AREA.top,
                (right - left).max(0.0),
                AREA.bottom - AREA.top,
                safe(&values.join(", "))
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: Vec<(f64, Option<f64>)>) -> Plot<'static> {
        Plot {
            id: "p".into(),
            title: "Response <time>",
            description: "d".into(),
            lines: vec![Line { name: "p50", class: "p50", points, filled: false }],
            range: (0.0, 10.0),
            below: ticks((0.0, 10.0), |at| format!("{at}s")),
            marks: vec![(0.0, "<script>".into())],
            text: |value| format!("{value}"),
            round: |value| format!("{value}"),
        }
    }

    #[test]
    fn steps_are_round_and_cover_the_top() {
        for (top, step, end) in
            [(10.0, 5.0, 10.0), (7.0, 2.0, 8.0), (0.3, 0.1, 0.3), (1265.68, 500.0, 1500.0), (0.0, 1.0, 1.0)]
        {
            let (found, last) = steps(top);
            assert!((found - step).abs() < 1e-9 && (last - end).abs() < 1e-9, "{top}: {found} {last}");
        }
        assert_eq!(steps(f64::NAN), (1.0, 1.0));
        assert_eq!(steps(f64::INFINITY), (1.0, 1.0));
    }

    #[test]
    fn a_gap_parts_a_line_and_a_point_alone_is_a_dot() {
        let some = |at: f64, value: f64| (at, Some(value));
        let svg = draw(&plot(vec![some(0.0, 1.0), some(1.0, 2.0), (2.0, None), some(3.0, 4.0)]));
        assert_eq!(svg.matches("class=\"line p50\"").count(), 1, "{svg}");
        assert_eq!(svg.matches("class=\"dot p50\"").count(), 1);
        // 4 is the top of the scale, 0 its bottom; 3 of 10 lies at three tenths of the width.
        assert!(svg.contains("cx=\"137.8\" cy=\"16.0\""), "{svg}");
    }

    #[test]
    fn nothing_leaves_the_area_and_no_number_is_written_that_is_none() {
        for points in [
            vec![],
            vec![(0.0, None)],
            vec![(0.0, Some(f64::NAN)), (1.0, Some(f64::INFINITY))],
            vec![(5.0, Some(0.0)), (5.0, Some(1e300))],
        ] {
            let mut plot = plot(points);
            plot.range = (5.0, 5.0);
            let svg = draw(&plot);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn texts_are_escaped() {
        let svg = draw(&plot(vec![(0.0, Some(1.0))]));
        assert!(svg.contains("Response &lt;time&gt;") && svg.contains("&lt;script&gt;"), "{svg}");
        assert!(!svg.contains("<script"));
    }
}
