//! The summary of a run that did not live to write it, from what it recorded each second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::measurement::Measurement;
use super::{opening, splits, summarise, timeline, versions};
use crate::event::{
    ChangeReport, LayerTimeline, Numbers, Record, RunStart, SCHEMA, Second, SecondRecord, Summary, TimePoint,
    Validity,
};
use crate::judge::{Status, success, verdict};
use crate::measure::hlog::Interval;
use crate::measure::{FailureSample, Results, SeriesKey, Sink, StageTime, Tags, Totals, Trend};
use crate::plan::Metric;

/// What is known of a run whose records break off.
const NO_END: &str = "no end of the run was recorded: it was killed, its machine went away, or it is still running; \
                      this is what was written until the second before";

/// What the records say.
#[derive(Debug)]
pub enum Replayed {
    /// The run came to its end: this is its own summary.
    Whole(Box<Summary>),
    /// It did not: this is what had been recorded.
    Part(Box<Summary>),
}

/// What was recorded of one layer.
#[derive(Default)]
struct Recorded {
    totals: Totals,
    stages: Vec<StageTime>,
    /// The stage that was running, as far as it came.
    open: Option<StageTime>,
    points: Vec<TimePoint>,
    report: Option<Box<crate::event::LayerReport>>,
    begun: bool,
}

/// Puts the summary of a run together from the lines of its `events.jsonl` and the intervals of its `histograms.hlog`.
///
/// # Errors
/// When the records do not begin with a plan, or the plan's words cannot be read.
pub fn replay(records: Vec<Record>, intervals: Vec<Interval>) -> Result<Replayed, String> {
    let mut records = records.into_iter();
    let Some(Record::RunStarted(start)) = records.next() else {
        return Err("does not begin with the plan of a run".to_owned());
    };
    let mut trends = Trends::of(intervals);
    let mut measurement = Measurement::default();
    let mut changes = Vec::new();
    let mut layers: Vec<Recorded> = Vec::new();
    layers.resize_with(start.layers.len(), Recorded::default);
    for record in records {
        match record {
            Record::LayerStarted { layer, .. } => with(&mut layers, layer, |recorded| recorded.begun = true),
            Record::StageStarted { layer, stage, .. } => {
                let scenario =
                    start.layers.get(layer).map(|layer| layer.scenario.clone()).unwrap_or_default();
                with(&mut layers, layer, |recorded| {
                    recorded.open = Some(StageTime { scenario, stage, start: 0.0, seconds: 0.0 });
                });
            }
            Record::Second(second) => {
                second.generator.iter().for_each(|health| measurement.note(health));
                with(&mut layers, second.layer, |recorded| recorded.add(&second, &mut trends));
            }
            Record::StageFinished { layer, start_s, seconds, warm_up, .. } => {
                with(&mut layers, layer, |recorded| {
                    let ended = recorded.open.take().filter(|_| !warm_up);
                    recorded.stages.extend(ended.map(|time| StageTime { start: start_s, seconds, ..time }));
                });
            }
            Record::LayerFinished { layer, report } => {
                with(&mut layers, layer, |recorded| recorded.report = Some(report));
            }
            Record::RunFinished(summary) => return Ok(Replayed::Whole(summary)),
            Record::Changed(change) => changes.push(change),
            Record::Warning { .. } | Record::RunStarted(_) => {}
        }
    }
    let summary = part(*start, layers, &measurement, &changes)?;
    Ok(Replayed::Part(Box::new(Summary { changes, ..summary })))
}

fn with(layers: &mut [Recorded], layer: usize, change: impl FnOnce(&mut Recorded)) {
    if let Some(recorded) = layers.get_mut(layer) {
        change(recorded);
    }
}

/// Samples of trends by series, in the order in which they were written.
struct Trends(BTreeMap<SeriesKey, std::collections::VecDeque<Trend>>);

impl Trends {
    fn of(intervals: Vec<Interval>) -> Trends {
        let mut trends = Trends(BTreeMap::new());
        for interval in intervals {
            trends.0.entry(interval.key).or_default().push_back(interval.trend);
        }
        trends
    }

    fn next(&mut self, key: &SeriesKey) -> Option<Trend> {
        self.0.get_mut(key)?.pop_front()
    }
}

impl Recorded {
    fn add(&mut self, second: &SecondRecord, trends: &mut Trends) {
        let mut samples = Totals::default();
        for series in &second.series {
            let tags = Tags::new(series.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let key = SeriesKey { metric: series.metric.as_str().into(), tags };
            let sink = match series.numbers {
                Numbers::Counter(sum, count) => Sink::Counter { sum, count },
                Numbers::Gauge(value, min, max, count) => Sink::Gauge { value, min, max, count },
                Numbers::Rate(hits, count) => Sink::Rate { hits, count },
                // A distribution that is missing was on its way to the disk.
                Numbers::Trend(sum, min, max, _) => match trends.next(&key) {
                    Some(trend) => Sink::Trend(trend.exactly(sum, min, max)),
                    None => continue,
                },
            };
            samples.add(&Arc::new(key), &sink);
        }
        let failures: Vec<_> = second
            .failures
            .iter()
            .map(|failure| FailureSample {
                code: failure.code.clone(),
                count: failure.count,
                messages: failure.messages.clone(),
            })
            .collect();
        samples.fail(&failures);
        self.totals.add_all(&samples);
        if let Some(time) = &mut self.open {
            if time.seconds == 0.0 {
                time.start = second.start_s;
            }
            time.seconds += second.length_s;
        }
        let duration = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        timeline::add(
            &mut self.points,
            &Second {
                layer: second.layer,
                stage: second.stage.clone(),
                start: duration(second.start_s),
                length: duration(second.length_s),
                vus: second.vus,
                generator: Vec::new(),
                samples,
            },
        );
    }
}

/// The summary of a run of which no end was recorded.
fn part(
    start: RunStart,
    recorded: Vec<Recorded>,
    measurement: &Measurement,
    changes: &[ChangeReport],
) -> Result<Summary, String> {
    let (mut layers, mut split, mut timelines) = (Vec::new(), Vec::new(), Vec::<LayerTimeline>::new());
    let (mut whole, mut stages, mut metrics) = (Totals::default(), Vec::new(), Vec::<Metric>::new());
    for (planned, mut recorded) in start.layers.iter().zip(recorded) {
        if !recorded.begun {
            continue;
        }
        let plan = opening::plan(planned)?;
        recorded.stages.extend(recorded.open.take());
        whole.add_versions(&recorded.totals);
        stages.extend(recorded.stages.iter().cloned());
        metrics.extend(
            plan.metrics.iter().filter(|metric| !metrics.contains(metric)).cloned().collect::<Vec<_>>(),
        );
        let results = Results {
            totals: Arc::new(recorded.totals),
            stages: recorded.stages,
            metrics: plan.metrics.clone(),
        };
        let spans = versions::recorded(&plan.scenario, &plan.digest, changes, &results.stages);
        split.extend(splits::versions(&plan.scenario, &plan.digest, &spans, &results));
        timelines.push(timeline::close(&plan.scenario, recorded.points, &results));
        layers.push(match recorded.report {
            Some(report) => *report,
            None => {
                let measured = |goal: &crate::plan::Goal| (super::watch::value(goal, &results), None);
                let mut report =
                    summarise::layer(&plan, &verdict(&plan.goals, &[], measured, None), &results);
                let why = "no end of the run was recorded, so the layer was not judged";
                // Nobody has judged it, whatever its numbers were until then.
                report.status = Status::NoData.as_str().into();
                report.fix_priority = None;
                report.issue =
                    Some(report.issue.map_or_else(|| why.to_owned(), |issue| format!("{issue}; {why}")));
                report
            }
        });
    }
    let mut statuses: Vec<Status> = layers.iter().map(|layer| Status::of_word(&layer.status)).collect();
    statuses.resize(start.layers.len(), Status::NoData);
    let (validity, mut reasons) = measurement.verdict();
    // Less than was planned has been measured.
    let validity = validity.max(Validity::Degraded);
    reasons.push(NO_END.to_owned());
    let results = Results { totals: Arc::new(whole), stages, metrics };
    let duration_s = results.seconds(&summarise::everything());
    let mut phase = start.phase.clone();
    phase.success_rate = success(&statuses);
    phase.passed = statuses.iter().filter(|status| **status == Status::Passed).count();
    let measured = summarise::Measured {
        duration_s,
        validity,
        reasons,
        interrupted: true,
        unfinished: true,
        scenario_failed: false,
        fault: None,
    };
    Ok(Summary {
        schema: SCHEMA.into(),
        run: summarise::run(start, measured),
        phase,
        layers,
        metrics: summarise::metrics(&results),
        versions: split,
        timeline: timelines,
        changes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_without_a_plan_are_refused() {
        assert!(replay(Vec::new(), Vec::new()).is_err());
        assert!(replay(vec![Record::Warning { text: "x".into() }], Vec::new()).is_err());
    }
}
