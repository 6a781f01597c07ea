//! The analysis' own figures, given to the judge of a committed component: what it makes of them is what the golden summary
//! says of that layer, which was written from the analysis and not by any guest.

use std::path::Path;
use std::sync::Arc;

use strata::clock::Clock;
use strata::guest::{Access, Compiler, Guest, Role, Source, Surroundings, Vu, inspect};
use strata::http::{Target, Timeouts};
use strata::judge::{Status, verdict};
use strata::measure::{Results, SeriesKey, Sink, StageTime, Tags, Totals};
use strata::plan::Aggregate;
use strata::store::Shared;
use strata_support::committed;

use super::analysis;

/// Good answers of each stage in a hundred seconds.
const ANSWERS: [(&str, f64); 4] =
    [("feed", 2447.0), ("groups", 938.0), ("sidebar", 4482.0), ("suggestions", 1081.0)];
const SECONDS: f64 = 100.0;

/// What a run would have recorded in which the endpoints answered at these rates, one stage after another.
fn results() -> Results {
    let mut totals = Totals::default();
    let mut stages = Vec::new();
    for (at, (stage, answers)) in ANSWERS.into_iter().enumerate() {
        let tags = Tags::new([("stage", stage), ("name", stage), ("expected_response", "true")]);
        let key = Arc::new(SeriesKey { metric: "http_reqs".into(), tags });
        totals.add(&key, &Sink::Counter { sum: answers, count: answers as u64 });
        let (scenario, stage) = ("layer-08-api-throughput".to_owned(), stage.to_owned());
        stages.push(StageTime { scenario, stage, start: at as f64 * SECONDS, seconds: SECONDS });
    }
    Results { totals: Arc::new(totals), stages, metrics: Vec::new() }
}

#[test]
fn issue_4_the_judge_of_layer_8_says_of_the_analysis_figures_what_the_analysis_says() {
    let expected = analysis().layers.into_iter().find(|layer| layer.number == Some(8)).expect("layer 8");
    let bytes = std::fs::read(committed("layer-08-api-throughput")).expect("a component");
    let source = Source::new(Path::new("layer-08.wasm"), bytes).expect("a component");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (goals, findings) = runtime.block_on(async {
        let compiler = Compiler::without_cache();
        let (program, manifest) = inspect(&compiler, &source, &[]).await.expect("a scenario");
        let around = Surroundings {
            target: Target::parse("http://target.invalid").expect("a URL"),
            granted: Vec::new(),
            private: false,
            timeouts: Timeouts::default(),
            access: Arc::new(Access::new(&manifest.needs, &[], &Shared::default(), 0)),
            setup_data: Default::default(),
            transport: Arc::default(),
            web: Default::default(),
            stages: manifest.stages.iter().map(|stage| stage.name.clone()).collect(),
            metrics: manifest.metrics.clone(),
            results: Some(results()),
            clock: Clock::start(),
            seed: 0,
            limits: program.limits(),
        };
        let mut guest =
            Guest::new(&program, Vu::new(Arc::new(around), Role::Once)).await.expect("an instance");
        (manifest.goals, guest.judge().await.expect("findings"))
    });
    // All checks held: the analysis says nothing of them.
    let checks = |goal: &strata::plan::Goal| {
        assert_eq!(goal.measure.as_ref().map(|measure| measure.aggregate), Some(Aggregate::Rate));
        (Some(100.0), None)
    };
    let judged = verdict(&goals, &findings, checks, None);
    assert_eq!((judged.status, judged.status.as_str()), (Status::Failed, expected.status.as_ref()));
    let headline = judged.headline.and_then(|at| judged.goals.get(at)).expect("a goal");
    assert_eq!((headline.goal.name.as_str(), headline.value), ("throughput", expected.result.value));
    assert_eq!(headline.result_text(), expected.result.text);
    let finding = headline.finding.as_ref().expect("a finding");
    assert_eq!(Some(&finding.analysis), expected.issue.as_ref());
    let rows = finding.breakdown.iter().map(|row| (&row.label, row.value, &row.unit, row.passed));
    let wanted = expected.breakdown.iter().map(|row| (&row.label, row.value, &row.unit, row.passed));
    assert_eq!(rows.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
}
