//! Loads: k6's six executors with their parameters, checked.

use std::fmt;
use std::time::Duration;

use super::duration_text;

/// When the iterations of a stage start.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Each VU iterates for `duration`.
    ConstantVus {
        /// How many.
        vus: u32,
        /// How long iterations may start.
        duration: Duration,
    },
    /// Each VU runs `iterations`.
    PerVuIterations {
        /// How many VUs.
        vus: u32,
        /// Of each VU.
        iterations: u32,
        /// How long iterations may start.
        max_duration: Duration,
    },
    /// The VUs run `iterations` between them.
    SharedIterations {
        /// How many VUs.
        vus: u32,
        /// Of all VUs together.
        iterations: u32,
        /// How long iterations may start.
        max_duration: Duration,
    },
    /// As many VUs iterate as a line says.
    RampingVus {
        /// At the beginning.
        start: u32,
        /// Where the line goes.
        ramps: Vec<Ramp>,
        /// How long the iteration of a VU may go on that the line has taken away.
        ramp_down: Duration,
    },
    /// Iterations start at a rate, whatever becomes of those before.
    ArrivalRate(ArrivalRate),
}

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// How long it takes to get there; zero is a jump.
    pub duration: Duration,
    /// The value there.
    pub target: u32,
}

/// An open load: arrivals by the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalRate {
    /// Whether the rate is the same all the time. The first arrival of such a load is at its start; that of a ramping
    /// one is when one whole iteration has come due.
    pub constant: bool,
    /// Iterations per `time_unit` at the beginning.
    pub start: u32,
    /// Where the rate goes; of a constant one a single point.
    pub ramps: Vec<Ramp>,
    /// What rates are relative to.
    pub time_unit: Duration,
    /// VUs that are made ready beforehand.
    pub vus: u32,
    /// The most VUs.
    pub max_vus: u32,
    /// How arrivals lie in time.
    pub spacing: Spacing,
}

/// How arrivals lie in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly, as k6 does it.
    #[default]
    Regular,
    /// As independent users arrive: gaps are exponential, and the run's seed decides them.
    Poisson,
}

impl Spacing {
    /// Both, by name.
    pub const ALL: [(&str, Spacing); 2] = [("regular", Spacing::Regular), ("poisson", Spacing::Poisson)];
}

/// How much is asked for at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked {
    /// VUs that iterate.
    Vus(u32),
    /// Iterations per second.
    PerSecond(f64),
}

impl fmt::Display for Asked {
    /// `8 VUs`, `250/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Vus(1) => f.write_str("1 VU"),
            Asked::Vus(vus) => write!(f, "{vus} VUs"),
            Asked::PerSecond(rate) => write!(f, "{}/s", super::number_text(*rate)),
        }
    }
}

/// Where a line is after a time.
fn along(start: u32, ramps: &[Ramp], after: Duration) -> f64 {
    let (mut before, mut from) = (Duration::ZERO, f64::from(start));
    for ramp in ramps {
        let (end, to) = (before.saturating_add(ramp.duration), f64::from(ramp.target));
        if after < end {
            let gone = after.saturating_sub(before).as_secs_f64() / ramp.duration.as_secs_f64();
            return from + (to - from) * gone;
        }
        (before, from) = (end, to);
    }
    from
}

/// The time that a line takes.
pub(super) fn length(ramps: &[Ramp]) -> Duration {
    ramps.iter().map(|ramp| ramp.duration).fold(Duration::ZERO, Duration::saturating_add)
}

impl Load {
    /// The VUs that are there from the start, or that a line reaches.
    pub fn vus(&self) -> u32 {
        match self {
            Load::ConstantVus { vus, .. }
            | Load::PerVuIterations { vus, .. }
            | Load::SharedIterations { vus, .. } => *vus,
            Load::RampingVus { start, ramps, .. } => {
                ramps.iter().map(|ramp| ramp.target).fold(*start, u32::max)
            }
            Load::ArrivalRate(rate) => rate.vus,
        }
    }

    /// The most VUs that it can come to need.
    pub fn max_vus(&self) -> u32 {
        match self {
            Load::ArrivalRate(rate) => rate.max_vus,
            _ => self.vus(),
        }
    }

    /// How long iterations may start, at the longest.
    pub fn duration(&self) -> Duration {
        match self {
            Load::ConstantVus { duration, .. } => *duration,
            Load::PerVuIterations { max_duration, .. } | Load::SharedIterations { max_duration, .. } => {
                *max_duration
            }
            Load::RampingVus { ramps, .. } => length(ramps),
            Load::ArrivalRate(rate) => length(&rate.ramps),
        }
    }

    /// What is asked for so long after the stage began; of a line of VUs whole ones.
    pub fn asked(&self, after: Duration) -> Asked {
        match self {
            Load::RampingVus { start, ramps, .. } => Asked::Vus(along(*start, ramps, after) as u32),
            Load::ArrivalRate(rate) => {
                let per_unit = along(rate.start, &rate.ramps, after);
                Asked::PerSecond(per_unit / rate.time_unit.as_secs_f64().max(f64::MIN_POSITIVE))
            }
            _ => Asked::Vus(self.vus()),
        }
    }

    /// The executor's name.
    pub fn executor(&self) -> &'static str {
        match self {
            Load::ConstantVus { .. } => "constant-vus",
            Load::PerVuIterations { .. } => "per-vu-iterations",
            Load::SharedIterations { .. } => "shared-iterations",
            Load::RampingVus { .. } => "ramping-vus",
            Load::ArrivalRate(ArrivalRate { constant: true, .. }) => "constant-arrival-rate",
            Load::ArrivalRate(_) => "ramping-arrival-rate",
        }
    }

    /// Whether its VUs or its rate can be changed while it runs: not of a number of iterations, which is dealt out.
    pub fn is_scalable(&self) -> bool {
        !matches!(self, Load::PerVuIterations { .. } | Load::SharedIterations { .. })
    }

    /// Whether iterations are due by the clock, not when a VU is free.
    pub fn is_open(&self) -> bool {
        matches!(self, Load::ArrivalRate(_))
    }
}

impl fmt::Display for Load {
    /// `8 VUs for 3s`, `100 iterations shared by 8 VUs`, `1000/s for 10s, up to 50 VUs`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u32, one: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
        };
        let vus = plural(self.vus(), "VU");
        let duration = duration_text(self.duration());
        match self {
            Load::ConstantVus { .. } => write!(f, "{vus} for {duration}"),
            Load::PerVuIterations { iterations, .. } => {
                write!(f, "{} for each of {vus}", plural(*iterations, "iteration"))
            }
            Load::SharedIterations { iterations, .. } => {
                write!(f, "{} shared by {vus}", plural(*iterations, "iteration"))
            }
            Load::RampingVus { start, ramps, .. } => {
                write!(f, "{start}{} VUs in {duration}", line(ramps))
            }
            Load::ArrivalRate(rate) => {
                let unit = duration_text(rate.time_unit);
                let bare = unit.strip_prefix('1').filter(|rest| !rest.contains(|c: char| c.is_ascii_digit()));
                let unit = bare.unwrap_or(&unit);
                let way = if rate.constant { String::new() } else { line(&rate.ramps) };
                let most = plural(rate.max_vus, "VU");
                write!(f, "{}{way}/{unit} for {duration}, up to {most}", rate.start)
            }
        }
    }
}

/// ` → 100 → 0`, the middle of a long line left out.
fn line(ramps: &[Ramp]) -> String {
    let text = |ramps: &[Ramp]| ramps.iter().map(|ramp| format!(" → {}", ramp.target)).collect::<String>();
    match ramps {
        [first @ .., last] if first.len() > 4 => {
            format!("{} → …{}", text(first.get(..3).unwrap_or(first)), text(&[*last]))
        }
        _ => text(ramps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(seconds: u64, target: u32) -> Ramp {
        Ramp { duration: Duration::from_secs(seconds), target }
    }

    #[test]
    fn what_is_asked_for_follows_the_line() {
        let line =
            Load::RampingVus { start: 0, ramps: vec![ramp(4, 8), ramp(0, 2)], ramp_down: Duration::ZERO };
        let at = |load: &Load, seconds: f64| load.asked(Duration::from_secs_f64(seconds)).to_string();
        assert_eq!(
            [0.0, 2.2, 4.0, 9.0].map(|seconds| at(&line, seconds)),
            ["0 VUs", "4 VUs", "2 VUs", "2 VUs"]
        );
        let rate = Load::ArrivalRate(ArrivalRate {
            constant: false,
            start: 60,
            ramps: vec![ramp(10, 120)],
            time_unit: Duration::from_secs(60),
            vus: 1,
            max_vus: 1,
            spacing: Spacing::Regular,
        });
        assert_eq!(at(&rate, 5.0), "1.5/s");
    }

    #[test]
    fn loads_read_as_people_say_them() {
        let rate = ArrivalRate {
            constant: true,
            start: 1000,
            ramps: vec![ramp(10, 1000)],
            time_unit: Duration::from_secs(1),
            vus: 20,
            max_vus: 50,
            spacing: Spacing::Regular,
        };
        let per_minute = ArrivalRate { time_unit: Duration::from_secs(60), ..rate.clone() };
        let odd = ArrivalRate { time_unit: Duration::from_secs(10), ..rate.clone() };
        let ramping =
            ArrivalRate { constant: false, start: 0, ramps: vec![ramp(5, 9), ramp(5, 0)], ..rate.clone() };
        let long: Vec<Ramp> = (1..=9).map(|target| ramp(1, target)).collect();
        for (load, text) in [
            (Load::ConstantVus { vus: 1, duration: Duration::from_secs(3) }, "1 VU for 3s"),
            (
                Load::RampingVus {
                    start: 1,
                    ramps: vec![ramp(5, 10), ramp(5, 0)],
                    ramp_down: Duration::ZERO,
                },
                "1 → 10 → 0 VUs in 10s",
            ),
            (
                Load::RampingVus { start: 0, ramps: long, ramp_down: Duration::ZERO },
                "0 → 1 → 2 → 3 → … → 9 VUs in 9s",
            ),
            (Load::ArrivalRate(rate), "1000/s for 10s, up to 50 VUs"),
            (Load::ArrivalRate(per_minute), "1000/m for 10s, up to 50 VUs"),
            (Load::ArrivalRate(odd), "1000/10s for 10s, up to 50 VUs"),
            (Load::ArrivalRate(ramping), "0 → 9 → 0/s for 10s, up to 50 VUs"),
        ] {
            assert_eq!(load.to_string(), text);
        }
    }
}
