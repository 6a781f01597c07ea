//! Other VUs, or another rate, for a stage that runs.

use super::control::{Amount, Refusal};
use super::desk::OnStage;
use super::house::House;
use super::load::LEAD;
use crate::clock::Nanos;
use crate::event::{ChangeReport, Word};
use crate::plan::{Asked, LayerPlan, number_text, shown};
use crate::worker::Order;

/// The most iterations per second, as of plans.
const MOST_PER_SECOND: f64 = 1_000_000.0;

impl House<'_> {
    /// Changes what is asked of one stage, or, by a factor, of all that run; says how in words.
    pub(super) fn scale(
        &self,
        layer: Option<&str>,
        stage: Option<&str>,
        to: Amount,
        by: &Word,
    ) -> Result<String, Refusal> {
        let chosen = self.chosen(layer, stage, to)?;
        let mut done = Vec::new();
        let mut refused = None;
        for index in chosen {
            match self.scale_layer(index, to, by) {
                Ok(text) => done.push(text),
                Err(refusal) => refused = Some(refusal),
            }
        }
        match refused {
            Some(refusal) if done.is_empty() => Err(refusal),
            _ => Ok(done.join("; ")),
        }
    }

    /// The layers whose stages are meant.
    fn chosen(&self, layer: Option<&str>, stage: Option<&str>, to: Amount) -> Result<Vec<usize>, Refusal> {
        let standings = self.desk.standings.borrow();
        let layers = || self.plan.layers.iter().zip(standings.iter()).enumerate();
        let named = |plan: &LayerPlan, name: &str| {
            let number = plan.place.as_ref().map(|place| place.number.to_string());
            plan.scenario == name || number.as_deref() == Some(name)
        };
        if let Some(name) = layer.filter(|name| !layers().any(|(_, (plan, _))| named(plan, name))) {
            let names: Vec<&str> = self.plan.layers.iter().map(|plan| plan.scenario.as_str()).collect();
            let why = format!("there is no layer `{}` (hint: {})", shown(name), names.join(", "));
            return Err(Refusal::Unknown(why));
        }
        let running: Vec<(usize, &LayerPlan, &OnStage)> = layers()
            .filter(|(_, (plan, _))| layer.is_none_or(|name| named(plan, name)))
            .filter_map(|(index, (plan, standing))| Some((index, plan, standing.stage.as_ref()?)))
            .collect();
        let list = |of: &[(usize, &LayerPlan, &OnStage)]| {
            let names: Vec<_> =
                of.iter().map(|(_, plan, on)| format!("{}: {}", plan.scenario, on.stage.name)).collect();
            names.join(", ")
        };
        let meant: Vec<_> = running
            .iter()
            .filter(|(_, _, on)| stage.is_none_or(|name| on.stage.name == name))
            .copied()
            .collect();
        match (meant.as_slice(), stage) {
            ([], Some(name)) if !running.is_empty() => Err(Refusal::Conflict(format!(
                "the stage `{}` is not running (hint: {} is)",
                shown(name),
                list(&running)
            ))),
            ([], _) => Err(Refusal::Conflict("no stage is running".to_owned())),
            ([_, _, ..], _) if !matches!(to, Amount::Times(_)) => {
                Err(Refusal::Conflict(format!("several stages are running: name a layer ({})", list(&meant))))
            }
            (meant, _) => Ok(meant.iter().map(|(index, _, _)| *index).collect()),
        }
    }

    fn scale_layer(&self, index: usize, to: Amount, by: &Word) -> Result<String, Refusal> {
        let Some(plan) = self.plan.layers.get(index) else {
            return Err(Refusal::Conflict("no stage is running".to_owned()));
        };
        let now = self.clock.now();
        let at = now + LEAD;
        let (before, to, stage) = {
            let mut standings = self.desk.standings.borrow_mut();
            let Some(on) = standings.get_mut(index).and_then(|standing| standing.stage.as_mut()) else {
                return Err(Refusal::Conflict("no stage is running".to_owned()));
            };
            let gone = |until: Nanos| {
                until.since(on.begin).saturating_sub(self.desk.paused_between(on.begin, until))
            };
            let before = on.asked(gone(now));
            let to = wanted(on, before, to, plan.max_vus().max(self.plan.room))?;
            on.scaled = Some(to);
            let workers = on.workers.upgrade();
            workers
                .iter()
                .flat_map(|all| all.iter())
                .for_each(|worker| worker.order(Order::Scale { at, to }));
            (before, to, on.stage.name.clone())
        };
        let text = format!("{before} → {to}");
        self.changed(ChangeReport {
            at_s: now.as_ms() / 1000.0,
            kind: "scale".into(),
            by: by.clone(),
            scenario: Some(plan.scenario.clone()),
            stage: Some(stage.clone()),
            digest: None,
            text: text.clone(),
        });
        Ok(format!("{}: {stage}: {text}", plan.scenario))
    }
}

/// What is wanted of a stage of which `before` was asked; a layer has room for so many VUs.
fn wanted(on: &OnStage, before: Asked, to: Amount, room: u32) -> Result<Asked, Refusal> {
    let name = &on.stage.name;
    let load = &on.stage.load;
    if !load.is_scalable() {
        return Err(Refusal::Conflict(format!(
            "the stage `{name}` is to run a number of iterations, which are dealt out: what can be changed is \
             constant-vus, ramping-vus and arrival rates, not {}",
            load.executor()
        )));
    }
    let invalid = |why: String| Err(Refusal::Invalid(why));
    match (to, before) {
        (Amount::Vus(vus), Asked::Vus(_)) => {
            if !(vus.fract() == 0.0 && vus >= 1.0) {
                let hint = "(hint: `pause` stops all)";
                return invalid(format!("{} is no number of VUs: it must be whole, from 1 on {hint}", vus));
            }
            if vus > f64::from(room) {
                let vus = number_text(vus);
                let hint = "(hint: `strata run --room N` makes more)";
                return invalid(format!("{vus} VUs: the layer has room for {room} {hint}"));
            }
            Ok(Asked::Vus(vus as u32))
        }
        (Amount::Rate(rate), Asked::PerSecond(_)) => {
            if !(rate > 0.0 && rate <= MOST_PER_SECOND) {
                let hint = "(hint: `pause` stops all)";
                return invalid(format!(
                    "{rate} is no rate: it must be above 0 and at most a million per second {hint}"
                ));
            }
            Ok(Asked::PerSecond(rate))
        }
        (Amount::Times(factor), _) if !(factor > 0.0 && factor.is_finite()) => {
            invalid(format!("{factor} is no factor: it must be above 0"))
        }
        (Amount::Times(factor), Asked::Vus(vus)) => {
            // At least one step, so that a key that is pressed does something.
            let next = (f64::from(vus) * factor).round();
            let step = if factor > 1.0 { next.max(f64::from(vus) + 1.0) } else { next };
            let step = if factor < 1.0 { step.min(f64::from(vus) - 1.0) } else { step };
            wanted(on, before, Amount::Vus(step), room)
        }
        (Amount::Times(factor), Asked::PerSecond(rate)) => {
            // Three places: steps up and down again come back to where they began.
            let rate = (rate * factor * 1000.0).round() / 1000.0;
            wanted(on, before, Amount::Rate(rate), room)
        }
        (Amount::Vus(_), Asked::PerSecond(_)) => {
            invalid(format!("the stage `{name}` has a rate, no number of VUs (hint: `rate`)"))
        }
        (Amount::Rate(_), Asked::Vus(_)) => {
            invalid(format!("the stage `{name}` has a number of VUs, no rate (hint: `vus`)"))
        }
    }
}
