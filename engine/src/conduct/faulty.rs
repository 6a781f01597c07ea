//! What becomes of a run when strata itself is at fault: a host function panics, in each place where a worker calls guests.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use super::{Answer, Cast, Command, Commands, Refusal, Run, Signals, control, run};
use crate::event::{Event, Reporter, RunStatus, Summary, Validity};
use crate::guest::{Compiler, Program, Source};
use crate::http::Target;
use crate::plan::{
    ArrivalRate, LayerPlan, Load, Manifest, PhasePlan, Priority, Ramp, RunPlan, Spacing, Stage, Timeouts,
};

/// Calls the host when its start runs, or in each iteration, which then sleeps.
fn module(starts: bool) -> String {
    let (start, iteration) = if starts { ("(start $ask)", "") } else { ("", "(call $ask)") };
    format!(
        r#"(module
            (import "strata:scenario/run@0.1.0" "now" (func $now (result f64)))
            (import "strata:scenario/run@0.1.0" "sleep" (func $sleep (param f64)))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
            (func (export "describe") (result i32) (unreachable))
            (func $ask (drop (call $now)))
            {start}
            (func (export "iteration") (param i32 i32 i32) (result i32)
                {iteration}
                (call $sleep (f64.const 20))
                (i32.const 1024)))"#
    )
}

/// Keeps the warnings.
#[derive(Default)]
struct Warnings(Vec<String>);

impl Reporter for Warnings {
    fn on_event(&mut self, event: &Event) {
        if let Event::Warning(text) = event {
            self.0.push(text.clone());
        }
    }
}

/// Runs two layers after one another on two workers; in both the host panics for one VU.
async fn faulty(module: &str, vu: u32, load: Load) -> (Summary, Vec<String>) {
    played(module, vu, load, Commands::default()).await
}

async fn played(module: &str, vu: u32, load: Load, commands: Commands) -> (Summary, Vec<String>) {
    let layer = |name: &str, after: &[usize]| LayerPlan {
        scenario: name.to_owned(),
        source: PathBuf::new(),
        digest: String::new(),
        place: None,
        stages: vec![Stage {
            name: "main".to_owned(),
            load: load.clone(),
            start_time: Duration::ZERO,
            graceful_stop: Duration::from_secs(600),
            warm_up: false,
            tags: Vec::new(),
        }],
        goals: Vec::new(),
        metrics: Vec::new(),
        priority: Priority::Medium,
        needs: Vec::new(),
        env: Vec::new(),
        timeouts: Timeouts::default(),
        web: crate::plan::Web::default(),
        after: after.to_vec(),
        only_if: Vec::new(),
        start_time: Duration::ZERO,
    };
    let plan = RunPlan {
        phase: PhasePlan { number: None, title: "faulty".to_owned(), success_rate: 100.0 },
        pack: None,
        target: "http://127.0.0.1:9".to_owned(),
        layers: vec![layer("one", &[]), layer("two", &[0])],
        tags: Vec::new(),
        seed: 0,
        private: false,
        transport: crate::plan::Transport::default(),
        censor_dropped: false,
        room: 0,
        workers: 2,
        limits: Vec::new(),
        warnings: Vec::new(),
    };
    let source = Source::read(std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../scenarios-wasm/pack/hello.wasm"
    )));
    let source = source.expect("a component");
    let manifest = Manifest {
        name: "faulty".to_owned(),
        place: None,
        stages: Vec::new(),
        goals: Vec::new(),
        metrics: Vec::new(),
        priority: Priority::Medium,
        needs: Vec::new(),
    };
    let cast = || {
        let (source, manifest) = (source.clone(), manifest.clone());
        Cast { source, program: Program::on_a_faulty_host(module, vu, 8), manifest }
    };
    let mut warnings = Warnings::default();
    let (_sender, received) = watch::channel(0);
    let run_of = Run {
        id: "faulty".to_owned(),
        target: Target::parse(&plan.target).expect("a target"),
        granted: Vec::new(),
        shared: std::sync::Arc::default(),
        transport: std::sync::Arc::default(),
        cast: vec![cast(), cast()],
        compiler: Compiler::without_cache(),
        reporter: &mut warnings,
        signals: Signals::new(received),
        commands,
    };
    let summary = run(&plan, run_of).await;
    (summary, warnings.0)
}

/// The run ended long before its time, with a report that says why; the layer after it never began.
fn told(summary: &Summary, warnings: &[String], who: &str) {
    let why = format!("{who} panicked: on purpose");
    assert_eq!(summary.run.fault.as_deref(), Some(why.as_str()));
    assert_eq!(summary.run.validity, Validity::Invalid);
    assert!(summary.run.reasons.contains(&format!("`one`: {why}")), "{:?}", summary.run.reasons);
    assert!(warnings.contains(&format!("`one`: {why}")), "{warnings:?}");
    assert!(!summary.run.interrupted);
    assert_eq!(summary.layers.len(), 1);
    assert!(summary.run.duration_s < 60.0, "{} s", summary.run.duration_s);
}

#[tokio::test]
async fn a_panic_in_an_iteration_ends_the_run() {
    let load = Load::ConstantVus { vus: 4, duration: Duration::from_secs(600) };
    let (summary, warnings) = faulty(&module(false), 3, load).await;
    told(&summary, &warnings, "a VU of worker 1");
    // The others are counted until they were cut off.
    assert!(summary.versions[0].iterations > 0);
}

#[tokio::test]
async fn a_panic_of_a_worker_that_makes_ready_ends_the_run() {
    let load = Load::ConstantVus { vus: 4, duration: Duration::from_secs(600) };
    let (summary, warnings) = faulty(&module(true), 2, load).await;
    told(&summary, &warnings, "worker 2");
    assert_eq!(summary.layers[0].status, "NO DATA");
}

#[tokio::test]
async fn a_panic_of_a_worker_under_load_ends_the_run() {
    // More arrivals than one VU of each worker can take: a worker makes its second in the middle of the stage.
    let load = Load::ArrivalRate(ArrivalRate {
        constant: true,
        start: 1000,
        time_unit: Duration::from_secs(1),
        ramps: vec![Ramp { duration: Duration::from_secs(600), target: 1000 }],
        vus: 2,
        max_vus: 4,
        spacing: Spacing::Regular,
    });
    let (summary, warnings) = faulty(&module(true), 3, load).await;
    told(&summary, &warnings, "worker 1");
}

/// Asks for the state of a run until it is as it should be.
async fn until(control: &super::Control, wanted: impl Fn(&RunStatus) -> bool) -> RunStatus {
    loop {
        let Ok(Answer::Status(status)) = control.ask(Command::Status).await else { panic!("no status") };
        if wanted(&status) {
            return *status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn issue_8_a_pause_loses_and_drops_nothing_and_only_makes_the_run_longer() {
    let seconds = |seconds| Duration::from_secs(seconds);
    let rate = ArrivalRate {
        constant: true,
        start: 60,
        ramps: vec![Ramp { duration: seconds(1), target: 60 }],
        time_unit: seconds(1),
        vus: 4,
        max_vus: 4,
        spacing: Spacing::Regular,
    };
    let (control, commands) = control("api");
    let commanding = async {
        let on_stage = |status: &RunStatus| status.layers.iter().any(|layer| layer.stage.is_some());
        until(&control, on_stage).await;
        assert!(matches!(control.ask(Command::Resume).await, Err(Refusal::Conflict(_))));
        control.ask(Command::Pause).await.expect("a pause");
        assert!(matches!(control.ask(Command::Pause).await, Err(Refusal::Conflict(_))));
        let paused = until(&control, |status| status.state == "paused").await;
        let later = until(&control, |status| status.elapsed_s > paused.elapsed_s + 1.5).await;
        assert!(on_stage(&later), "the stage would have been over by now");
        control.ask(Command::Note { text: " hello ".to_owned() }).await.expect("a note");
        for text in [" ".to_owned(), "x".repeat(501)] {
            assert!(matches!(control.ask(Command::Note { text }).await, Err(Refusal::Invalid(_))));
        }
        control.ask(Command::Resume).await.expect("the end of it");
    };
    let module = module(false);
    let playing = played(&module, 99, Load::ArrivalRate(rate), commands);
    let ((summary, warnings), ()) = tokio::join!(playing, commanding);
    assert_eq!(warnings, Vec::<String>::new());
    let count = |name: &str| {
        summary.metrics.iter().find(|metric| metric.name == name).map_or(0.0, |metric| metric.count)
    };
    assert_eq!((count("iterations"), count("dropped_iterations")), (120.0, 0.0), "60 in each of two layers");
    let kinds: Vec<_> = summary.changes.iter().map(|change| (&*change.kind, &*change.by)).collect();
    assert_eq!(kinds, [("pause", "api"), ("note", "api"), ("resume", "api")]);
    assert_eq!(summary.changes.get(1).map(|change| change.text.as_str()), Some("hello"));
    assert!(summary.run.duration_s < 2.5, "{}: the pause is no load", summary.run.duration_s);
    assert!(matches!(control.ask(Command::Status).await, Err(Refusal::Over)));
}

#[tokio::test]
async fn issue_8_a_run_that_is_stopped_while_it_is_paused_ends() {
    let (control, commands) = control("api");
    let commanding = async {
        until(&control, |status| status.layers.iter().any(|layer| layer.stage.is_some())).await;
        control.ask(Command::Pause).await.expect("a pause");
        control.ask(Command::Stop { now: false }).await.expect("an end");
        assert!(matches!(control.ask(Command::Resume).await, Err(Refusal::Conflict(_) | Refusal::Over)));
    };
    let load = Load::ConstantVus { vus: 4, duration: Duration::from_secs(600) };
    let module = module(false);
    let ((summary, _), ()) = tokio::join!(played(&module, 99, load, commands), commanding);
    assert!(summary.run.interrupted);
    assert_eq!(summary.layers.len(), 1, "the second one does not begin");
}
