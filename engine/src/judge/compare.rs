//! Two runs: what was expected, what was reached, and what no longer passes. Pure.
//!
//! Called once per comparison with both runs in these words; whoever shows it keeps the runs' own texts and finds
//! them by index.

use super::Status;

/// Smaller changes are the same: one pair of runs cannot tell them from noise.
pub const NOISE: f64 = 0.05;

/// What a number should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Smaller is better.
    Less,
    /// Larger is better.
    More,
    /// It is what it is: the load's own rate, for one.
    Neither,
}

/// A number that both runs may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is called in both.
    pub name: String,
    /// The number.
    pub value: Option<f64>,
    /// What it should do.
    pub wants: Wants,
    /// What it is held against, if there is such a number.
    pub target: Option<f64>,
}

/// A goal of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct SideGoal {
    /// How it came out.
    pub status: Status,
    /// Its number, under its name.
    pub figure: Figure,
}

/// A layer of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct SideLayer {
    /// The scenario's name, unique in the run.
    pub scenario: String,
    /// Its number and title, by which it is known when the scenario has another name.
    pub place: Option<(u32, String)>,
    /// How it came out.
    pub status: Status,
    /// Its goals.
    pub goals: Vec<SideGoal>,
    /// The lines under its result.
    pub rows: Vec<Figure>,
    /// Its metrics.
    pub metrics: Vec<Figure>,
}

/// A run, as far as it is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// Percent of layers that passed.
    pub success_rate: f64,
    /// The layers.
    pub layers: Vec<SideLayer>,
    /// The metrics of all layers together.
    pub metrics: Vec<Figure>,
}

/// What a change is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It helps.
    Better,
    /// It does not.
    Worse,
    /// Less than [`NOISE`].
    Same,
    /// A change that is neither, or a number that one run lacks.
    Open,
}

/// A number before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it is called.
    pub name: String,
    /// In the first run.
    pub before: Option<f64>,
    /// In the second.
    pub after: Option<f64>,
    /// What that is worth.
    pub effect: Effect,
}

impl Change {
    fn of(before: &Figure, after: Option<f64>) -> Change {
        let effect = match (before.value, after) {
            (Some(value), Some(after)) => effect(value, after, before.wants, before.target),
            _ => Effect::Open,
        };
        Change { name: before.name.clone(), before: before.value, after, effect }
    }

    /// After less before.
    pub fn difference(&self) -> Option<f64> {
        Some(self.after? - self.before?)
    }

    /// The difference in percent of what was before; nothing when that was 0.
    pub fn percent(&self) -> Option<f64> {
        let before = self.before.filter(|before| *before != 0.0)?;
        Some(self.difference()? / before.abs() * 100.0)
    }
}

/// A change is measured against the number before, and against the target where there is one: from 0.1 MB to 0.3 MB is
/// the same when 50 MB are allowed.
fn effect(before: f64, after: f64, wants: Wants, target: Option<f64>) -> Effect {
    let difference = after - before;
    let whole = before.abs().max(target.unwrap_or(0.0).abs());
    if difference == 0.0 || difference.abs() < whole * NOISE {
        return Effect::Same;
    }
    match wants {
        Wants::Neither => Effect::Open,
        Wants::Less if difference < 0.0 => Effect::Better,
        Wants::More if difference > 0.0 => Effect::Better,
        _ => Effect::Worse,
    }
}

/// A layer before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerChange {
    /// Its index in the first run.
    pub before: Option<usize>,
    /// Its index in the second.
    pub after: Option<usize>,
    /// What became of it.
    pub effect: Effect,
    /// The goal that the layer is compared by, as indexes of each run's goals, with its number.
    pub goal: Option<(usize, usize, Change)>,
    /// The lines under its result that both have.
    pub rows: Vec<Change>,
    /// The metrics that both have.
    pub metrics: Vec<Change>,
    /// It passed in the first run and did not in the second, or is not in it.
    pub lost: bool,
    /// The goals of which the same is true.
    pub lost_goals: Vec<String>,
}

/// Two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The success rates.
    pub success_rate: Change,
    /// Layers in the order of the first run, then those that only the second has.
    pub layers: Vec<LayerChange>,
    /// The metrics of whole runs; empty when the runs are not of the same layers.
    pub metrics: Vec<Change>,
}

impl Comparison {
    /// Whether something that passed in the first run does not in the second.
    pub fn regressed(&self) -> bool {
        self.layers.iter().any(|layer| layer.lost || !layer.lost_goals.is_empty())
    }
}

/// Holds the second run against the first.
pub fn compare(before: &Side, after: &Side) -> Comparison {
    let pairs = pair(&before.layers, &after.layers);
    let alike = pairs.iter().all(|(before, after)| before.is_some() && after.is_some());
    let rate = Figure {
        name: "success rate".to_owned(),
        value: Some(before.success_rate),
        wants: Wants::More,
        target: None,
    };
    Comparison {
        success_rate: Change::of(&rate, Some(after.success_rate)),
        metrics: if alike { changes(&before.metrics, &after.metrics) } else { Vec::new() },
        layers: pairs
            .into_iter()
            .map(|(first, second)| {
                let first = first.and_then(|at| Some((at, before.layers.get(at)?)));
                let second = second.and_then(|at| Some((at, after.layers.get(at)?)));
                layer(first, second)
            })
            .collect(),
    }
}

/// Layers of the same scenario, then of the same number and title; what is left over stands alone.
fn pair(before: &[SideLayer], after: &[SideLayer]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut free: Vec<usize> = (0..after.len()).collect();
    let mut partners = vec![None; before.len()];
    let same: [fn(&SideLayer, &SideLayer) -> bool; 2] =
        [|a, b| a.scenario == b.scenario, |a, b| a.place.is_some() && a.place == b.place];
    for same in same {
        for (layer, partner) in before.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
            let found = free.iter().position(|at| after.get(*at).is_some_and(|other| same(layer, other)));
            *partner = found.map(|at| free.remove(at));
        }
    }
    let both = partners.into_iter().enumerate().map(|(at, partner)| (Some(at), partner));
    both.chain(free.into_iter().map(|at| (None, Some(at)))).collect()
}

fn layer(before: Option<(usize, &SideLayer)>, after: Option<(usize, &SideLayer)>) -> LayerChange {
    let (Some((first, before)), Some((second, after))) = (before, after) else {
        return LayerChange {
            before: before.map(|(at, _)| at),
            after: after.map(|(at, _)| at),
            effect: Effect::Open,
            goal: None,
            rows: Vec::new(),
            metrics: Vec::new(),
            lost: before.is_some_and(|(_, layer)| layer.status == Status::Passed),
            lost_goals: Vec::new(),
        };
    };
    let goal = goal(before, after);
    let passed_before = before.goals.iter().filter(|goal| goal.status == Status::Passed);
    let passes =
        |name: &str| after.goals.iter().any(|goal| goal.figure.name == name && goal.status == Status::Passed);
    LayerChange {
        before: Some(first),
        after: Some(second),
        effect: match rank(before.status).cmp(&rank(after.status)) {
            std::cmp::Ordering::Greater => Effect::Better,
            std::cmp::Ordering::Less => Effect::Worse,
            std::cmp::Ordering::Equal if before.status != after.status => Effect::Open,
            std::cmp::Ordering::Equal => goal.as_ref().map_or(Effect::Open, |(_, _, change)| change.effect),
        },
        goal,
        rows: changes(&before.rows, &after.rows),
        metrics: changes(&before.metrics, &after.metrics),
        lost: before.status == Status::Passed && after.status != Status::Passed,
        lost_goals: passed_before
            .filter(|goal| !passes(&goal.figure.name))
            .map(|goal| goal.figure.name.clone())
            .collect(),
    }
}

/// Without data nobody knows whether it is better than FAILED.
fn rank(status: Status) -> u8 {
    match status {
        Status::Passed => 0,
        Status::Warning => 1,
        Status::NoData | Status::Failed => 2,
    }
}

/// The goal that stood for the layer when it did not pass: in the first run, else in the second.
///
/// Each run's own headline may be another goal, and two goals' numbers cannot be held against each other.
fn goal(before: &SideLayer, after: &SideLayer) -> Option<(usize, usize, Change)> {
    let headline = |layer: &SideLayer| {
        let goal = layer.goals.iter().find(|goal| goal.status == layer.status);
        goal.map(|goal| goal.figure.name.clone())
    };
    let decisive = if before.status == Status::Passed { headline(after) } else { headline(before) };
    let at = |layer: &SideLayer, name: &str| layer.goals.iter().position(|goal| goal.figure.name == name);
    let common = |name: String| Some((at(before, &name)?, at(after, &name)?));
    let (first, second) = decisive
        .and_then(common)
        .or_else(|| headline(before).and_then(common))
        .or_else(|| before.goals.iter().find_map(|goal| common(goal.figure.name.clone())))?;
    let value = after.goals.get(second)?.figure.value;
    Some((first, second, Change::of(&before.goals.get(first)?.figure, value)))
}

fn changes(before: &[Figure], after: &[Figure]) -> Vec<Change> {
    let partner = |figure: &Figure| after.iter().find(|other| other.name == figure.name);
    let both = before.iter().filter_map(|figure| Some((figure, partner(figure)?)));
    both.map(|(figure, other)| Change::of(figure, other.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: f64, wants: Wants) -> Figure {
        Figure { name: name.into(), value: Some(value), wants, target: None }
    }

    fn layer(scenario: &str, status: Status, goals: &[(&str, Status, f64, Wants)]) -> SideLayer {
        SideLayer {
            scenario: scenario.into(),
            place: None,
            status,
            goals: goals
                .iter()
                .map(|(name, status, value, wants)| SideGoal {
                    status: *status,
                    figure: figure(name, *value, *wants),
                })
                .collect(),
            rows: Vec::new(),
            metrics: Vec::new(),
        }
    }

    fn side(layers: Vec<SideLayer>) -> Side {
        Side { success_rate: 0.0, layers, metrics: vec![figure("p95", 10.0, Wants::Less)] }
    }

    use Status::{Failed, NoData, Passed, Warning};

    #[test]
    fn a_change_helps_when_it_goes_where_the_goal_points() {
        for (before, after, wants, expected) in [
            (22.37, 180.0, Wants::More, Effect::Better),
            (22.37, 11.0, Wants::More, Effect::Worse),
            (1265.68, 80.0, Wants::Less, Effect::Better),
            (-4.25, 3.0, Wants::Less, Effect::Worse),
            (100.0, 104.0, Wants::Less, Effect::Same),
            (0.0, 0.0, Wants::More, Effect::Same),
            (0.0, 0.1, Wants::Less, Effect::Worse),
            (50.0, 500.0, Wants::Neither, Effect::Open),
        ] {
            assert_eq!(effect(before, after, wants, None), expected, "{before} {after} {wants:?}");
        }
        assert_eq!(effect(0.1, 0.3, Wants::Less, Some(50.0)), Effect::Same);
        assert_eq!(effect(0.1, 3.0, Wants::Less, Some(50.0)), Effect::Worse);
        let change = Change::of(&figure("x", -4.25, Wants::Less), Some(4.25));
        assert_eq!((change.difference(), change.percent()), (Some(8.5), Some(200.0)));
        assert_eq!(Change::of(&figure("x", 0.0, Wants::More), Some(95.0)).percent(), None);
        let gone = Change::of(&figure("x", 1.0, Wants::More), None);
        assert_eq!((gone.effect, gone.difference()), (Effect::Open, None));
    }

    #[test]
    fn what_passed_and_no_longer_does_is_a_regression_also_when_it_is_gone() {
        let passed = || layer("a", Passed, &[("g", Passed, 1.0, Wants::Less)]);
        for (status, regressed) in [(Passed, false), (Warning, true), (Failed, true), (NoData, true)] {
            let now = layer("a", status, &[("g", status, 1.0, Wants::Less)]);
            let comparison = compare(&side(vec![passed()]), &side(vec![now]));
            assert_eq!(comparison.regressed(), regressed, "{status:?}");
        }
        let gone = compare(&side(vec![passed()]), &side(vec![layer("b", Failed, &[])]));
        assert!(gone.regressed() && gone.metrics.is_empty());
        assert_eq!(gone.layers.len(), 2);
        assert!(!compare(&side(vec![layer("a", Failed, &[])]), &side(vec![])).regressed());
    }

    #[test]
    fn a_goal_that_is_lost_counts_in_a_layer_that_failed_anyway() {
        let goals = |second| [("x", Failed, 9.0, Wants::Less), ("y", second, 1.0, Wants::Less)];
        let before = side(vec![layer("a", Failed, &goals(Passed))]);
        let after = side(vec![layer("a", Failed, &goals(Warning))]);
        let comparison = compare(&before, &after);
        assert_eq!(comparison.layers[0].lost_goals, ["y"]);
        assert!(comparison.regressed() && !compare(&after, &before).regressed());
    }

    #[test]
    fn layers_are_compared_by_the_goal_that_they_did_not_meet() {
        let checks = ("checks", Passed, 100.0, Wants::More);
        let before = layer("a", Failed, &[checks, ("p95", Failed, 900.0, Wants::Less)]);
        let after = layer("a", Passed, &[checks, ("p95", Passed, 90.0, Wants::Less)]);
        for (before, after, effect) in
            [(before.clone(), after.clone(), Effect::Better), (after, before, Effect::Worse)]
        {
            let comparison = compare(&side(vec![before]), &side(vec![after]));
            let change = &comparison.layers[0];
            let (first, second, goal) = change.goal.as_ref().expect("a goal");
            assert_eq!((*first, *second, goal.effect, change.effect), (1, 1, effect, effect));
        }
    }

    #[test]
    fn layers_are_found_by_scenario_and_else_by_their_place() {
        let placed = |scenario: &str| SideLayer {
            place: Some((8, "Throughput".into())),
            ..layer(scenario, Passed, &[])
        };
        let comparison =
            compare(&side(vec![placed("rust"), placed("b")]), &side(vec![placed("b"), placed("js")]));
        let pairs: Vec<_> = comparison.layers.iter().map(|layer| (layer.before, layer.after)).collect();
        assert_eq!(pairs, [(Some(0), Some(1)), (Some(1), Some(0))]);
        assert_eq!(comparison.metrics.len(), 1);
    }

    #[test]
    fn nobody_knows_whether_no_data_is_better_than_failed() {
        let one = |status| side(vec![layer("a", status, &[])]);
        assert_eq!(compare(&one(Failed), &one(NoData)).layers[0].effect, Effect::Open);
        assert_eq!(compare(&one(NoData), &one(Warning)).layers[0].effect, Effect::Better);
    }
}
