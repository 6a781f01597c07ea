//! What the one who runs allows: `--max-vus`, `--max-duration`, `--max-rate`. A pack that asks for more is refused before
//! its first request, and each thing that is too much is named.

use super::{Fault, Flags};
use crate::plan::{LayerPlan, Load, Stage, duration_text, longest, number_text, shown, together};

/// Holds the layers that will run against what is allowed.
pub(super) fn check(layers: &[LayerPlan], flags: &Flags, faults: &mut Vec<Fault>) {
    let before = faults.len();
    if let Some(most) = flags.max_vus {
        each(
            layers,
            |stage| stage.load.max_vus() > most,
            faults,
            |stage| format!("asks for {} virtual users, and `--max-vus` allows {most}", stage.load.max_vus()),
        );
        if faults.len() == before {
            let vus = |layer: &LayerPlan| u64::from(layer.max_vus());
            let what = |all: u64| format!("{all} virtual users, and `--max-vus` allows {most}");
            all(layers, vus, u64::from(most), what, faults);
        }
    }
    let before = faults.len();
    if let Some(most) = flags.max_rate {
        each(
            layers,
            |stage| rate(stage) > f64::from(most),
            faults,
            |stage| {
                let rate = number_text(rate(stage));
                format!("asks for {rate} iterations per second, and `--max-rate` allows {most}")
            },
        );
        if faults.len() == before {
            // In thousandths, so that nothing is lost where rates are added.
            let rates = |layer: &LayerPlan| {
                layer.stages.iter().map(rate).fold(0.0, f64::max).mul_add(1e3, 0.5) as u64
            };
            let what = |all: u64| {
                let all = number_text(all as f64 / 1e3);
                format!("{all} iterations per second, and `--max-rate` allows {most}")
            };
            all(layers, rates, u64::from(most) * 1000, what, faults);
        }
    }
    if let Some(most) = flags.max_duration {
        let (length, way) = longest(layers);
        if length > most {
            let names = names(layers, &way);
            let (length, most) = (duration_text(length), duration_text(most));
            faults.push(Fault::of_arguments(format!(
                "{names}: iterations may start for {length} in all, and `--max-duration` allows {most}"
            )));
        }
    }
}

/// The most iterations per second that a stage starts by the clock. Closed executors have no rate of their own: they start
/// as fast as the target answers, and their VUs bound them.
fn rate(stage: &Stage) -> f64 {
    let Load::ArrivalRate(rate) = &stage.load else { return 0.0 };
    let highest = rate.ramps.iter().map(|ramp| ramp.target).fold(rate.start, u32::max);
    f64::from(highest) / rate.time_unit.as_secs_f64()
}

fn each(
    layers: &[LayerPlan],
    too_much: impl Fn(&Stage) -> bool,
    faults: &mut Vec<Fault>,
    say: impl Fn(&Stage) -> String,
) {
    for layer in layers {
        for stage in layer.stages.iter().filter(|stage| too_much(stage)) {
            let message = format!("stage `{}` {}", shown(&stage.name), say(stage));
            faults.push(Fault { path: Some(layer.source.clone()), spot: None, message });
        }
    }
}

fn all(
    layers: &[LayerPlan],
    weight: impl Fn(&LayerPlan) -> u64,
    most: u64,
    what: impl Fn(u64) -> String,
    faults: &mut Vec<Fault>,
) {
    let (sum, whose) = together(layers, weight);
    if sum > most {
        let names = names(layers, &whose);
        faults.push(Fault::of_arguments(format!("{names}: at the same time they ask for {}", what(sum))));
    }
}

fn names(layers: &[LayerPlan], which: &[usize]) -> String {
    let names = which.iter().filter_map(|index| layers.get(*index));
    names.map(|layer| format!("`{}`", shown(&layer.scenario))).collect::<Vec<_>>().join(", ")
}
