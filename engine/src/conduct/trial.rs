//! A few iterations of one VU with a trace of everything that the scenario asks for: what `strata try` shows.
//!
//! Setup, judge and teardown are around them as in a run, and instances are made, kept and replaced as a worker does
//! it. There is no load, no schedule and no verdict on goals.

mod words;

use std::sync::Arc;

use super::Cast;
use super::signals::{Halt, Signals};
use crate::clock::{Clock, Nanos};
use crate::event::{CheckCounts, Outcome, Part, TRY_SCHEMA, Trial, TrialFailure};
use crate::guest::{Access, Context, Failure, Guest, Role, Surroundings, Trap, Vu};
use crate::http::{Origin, Target, Transport};
use crate::judge::Finding;
use crate::measure::{Ending, Recorder, Results, StageTime, Tags, Times, Totals};
use crate::plan::{LayerPlan, Stage};
use crate::store::Shared;

/// What is tried.
pub struct Attempt<'a> {
    /// The scenario's plan.
    pub layer: &'a LayerPlan,
    /// Its code.
    pub cast: &'a Cast,
    /// The system under test.
    pub target: Target,
    /// Where else requests may go.
    pub granted: Vec<Origin>,
    /// Rows, spaces and secrets.
    pub shared: Arc<Shared>,
    /// How connections are made, kept and shared.
    pub transport: Arc<Transport>,
    /// Whether a granted name may mean an address within, though the target is public.
    pub private: bool,
    /// Where random numbers follow from.
    pub seed: u64,
    /// The stage that iterations are told, as an index.
    pub stage: usize,
    /// How many iterations.
    pub iterations: u32,
    /// How many bytes of each body are kept.
    pub bodies: usize,
    /// How many calls are kept when they have been shown.
    pub keep: usize,
    /// The user's signals.
    pub signals: Signals,
}

/// Something that an export returned, or that kept it from returning.
type Ended<T> = Result<T, (Outcome, TrialFailure)>;

/// Tries it; `show` is given each part as soon as it is over.
pub async fn attempt(attempt: Attempt<'_>, show: &mut dyn FnMut(&Part)) -> Trial {
    let layer = attempt.layer;
    let stage = layer.stages.get(attempt.stage).map(|stage| stage.name.clone());
    let trial = Trial {
        schema: TRY_SCHEMA,
        scenario: layer.scenario.clone(),
        file: layer.source.display().to_string(),
        sha256: layer.digest.clone(),
        target: attempt.target.url(),
        stage: stage.unwrap_or_default(),
        seed: attempt.seed,
        parts: Vec::new(),
        checks: CheckCounts::default(),
        interrupted: false,
    };
    let clock = Clock::start();
    let room = attempt.cast.program.limits().kv;
    let access = Arc::new(Access::new(&layer.needs, &layer.env, &attempt.shared, room));
    let mut trying = Trying { attempt, trial, clock, access, kept: 0, show };
    trying.run().await;
    trying.trial.interrupted = trying.attempt.signals.halt() != Halt::No;
    trying.trial
}

struct Trying<'a, 's> {
    attempt: Attempt<'a>,
    trial: Trial,
    clock: Clock,
    access: Arc<Access>,
    kept: usize,
    show: &'s mut dyn FnMut(&Part),
}

impl Trying<'_, '_> {
    async fn run(&mut self) {
        let mut around = self.surroundings();
        let vu = self.vu(Arc::new(around.clone()), Role::Once);
        let began = self.clock.now();
        let mut guest = match Guest::new(&self.attempt.cast.program, vu).await {
            Ok(guest) => guest,
            Err(trap) => return self.stillborn("setup", began, trap),
        };
        let setup = tokio::select! {
            setup = guest.setup() => ended(setup),
            _ = self.attempt.signals.next() => Err(interrupted()),
        };
        let data = setup.as_ref().ok().cloned();
        let mut part = self.part("setup", began, &mut guest, setup.map(drop));
        part.setup_data_bytes = data.as_ref().map(Vec::len);
        self.close(part);
        let Some(data) = data else { return };
        around.setup_data = data.into();
        let around = Arc::new(around);
        guest.surround(Arc::clone(&around));
        let results = self.iterate(&around).await;
        if self.attempt.signals.halt() == Halt::No
            && let Some(results) = results
        {
            self.judge(&around, results).await;
        }
        if self.attempt.signals.halt() != Halt::Now {
            let began = self.clock.now();
            let done = tokio::select! {
                done = guest.teardown() => ended(done),
                _ = self.attempt.signals.next() => Err(interrupted()),
            };
            let part = self.part("teardown", began, &mut guest, done);
            self.close(part);
        }
    }

    /// The iterations, one after another; what they have recorded, or nothing if there was no instance for them.
    async fn iterate(&mut self, around: &Arc<Surroundings>) -> Option<Results> {
        let mut recorder = Recorder::new(self.attempt.layer.metrics.clone()).with_names(around.limits.names);
        if let Some(stage) = self.attempt.layer.stages.get(self.attempt.stage) {
            recorder.begin_stage(self.tags(stage), !stage.warm_up);
        }
        let mut vu = self.vu(Arc::clone(around), Role::Vu(1));
        let begin = self.clock.now();
        let mut iteration = 0;
        'instances: while iteration < self.attempt.iterations {
            let began = self.clock.now();
            let mut guest = match Guest::new(&self.attempt.cast.program, vu).await {
                Ok(guest) => guest,
                Err(trap) => {
                    self.stillborn("iteration", began, trap);
                    return None;
                }
            };
            while iteration < self.attempt.iterations {
                let broken = self.iterate_once(&mut guest, iteration, &mut recorder).await;
                iteration += 1;
                if self.attempt.signals.halt() != Halt::No {
                    break 'instances;
                }
                if broken {
                    break;
                }
            }
            vu = guest.into_vu().renewed();
        }
        let mut totals = Totals::default();
        totals.merge(&recorder.take());
        Some(self.results(totals, begin))
    }

    /// One iteration; true if the instance is broken.
    async fn iterate_once(&mut self, guest: &mut Guest, iteration: u32, recorder: &mut Recorder) -> bool {
        let stage = u32::try_from(self.attempt.stage).unwrap_or(u32::MAX);
        let context = Context { vu: 1, iteration, stage };
        let began = self.clock.now();
        let result = tokio::select! {
            result = guest.iteration_traced(context, began) => result,
            _ = self.attempt.signals.next() => {
                let part = self.part("iteration", began, guest, Err(interrupted()));
                self.close(Part { iteration: Some(iteration), ..part });
                return true;
            }
        };
        let (ending, done, broken) = match result {
            Ok(Ok(())) => (Ending::Done, Ok(()), false),
            Ok(Err(failure)) => (failed(&failure), Err((Outcome::Failed, words::failure(failure))), false),
            Err(trap) => {
                let failure = Failure::from(trap);
                (failed(&failure), Err((Outcome::Trapped, words::failure(failure))), true)
            }
        };
        let times = Times { due: began, started: began, done: self.clock.now() };
        let part = self.part("iteration", began, guest, done);
        recorder.absorb(guest.journal(), times, ending);
        self.close(Part { iteration: Some(iteration), ..part });
        broken
    }

    async fn judge(&mut self, around: &Surroundings, results: Results) {
        let around = Surroundings { results: Some(results), ..around.clone() };
        let vu = self.vu(Arc::new(around), Role::Once);
        let began = self.clock.now();
        let mut guest = match Guest::new(&self.attempt.cast.program, vu).await {
            Ok(guest) => guest,
            Err(trap) => return self.stillborn("judge", began, trap),
        };
        let judged: Ended<Vec<Finding>> = tokio::select! {
            judged = guest.judge() => ended(judged),
            _ = self.attempt.signals.next() => Err(interrupted()),
        };
        let findings = judged.as_ref().map(|findings| findings.iter().map(words::finding).collect());
        let findings = findings.unwrap_or_default();
        let part = self.part("judge", began, &mut guest, judged.map(drop));
        self.close(Part { findings, ..part });
    }

    /// What an export did since `began`.
    fn part(&self, part: &'static str, began: Nanos, guest: &mut Guest, done: Ended<()>) -> Part {
        let took = self.clock.now().since(began);
        // What was written to standard error becomes lines of the trace.
        guest.journal();
        let traced = guest.take_trace();
        let (outcome, failure) = match done {
            Ok(()) => (Outcome::Ok, None),
            Err((outcome, failure)) => (outcome, Some(failure)),
        };
        let guest_ms = (outcome != Outcome::Trapped).then(|| words::ms(traced.computed));
        let (calls, backtrace) = words::calls(traced.calls, began, self.attempt.bodies > 0);
        Part {
            part,
            iteration: None,
            outcome,
            failure,
            backtrace,
            took_ms: words::ms(took),
            guest_ms,
            memory_bytes: guest.memory(),
            setup_data_bytes: None,
            findings: Vec::new(),
            checks: CheckCounts { held: traced.checks.0, failed: traced.checks.1 },
            calls,
            calls_left_out: traced.left_out,
        }
    }

    /// A part that had no instance: the start of one trapped.
    fn stillborn(&mut self, part: &'static str, began: Nanos, trap: Trap) {
        let mut failure = words::failure(trap.into());
        failure.message = format!("no instance could be started: {}", failure.message);
        self.close(Part {
            part,
            iteration: None,
            outcome: Outcome::Trapped,
            failure: Some(failure),
            backtrace: Vec::new(),
            took_ms: words::ms(self.clock.now().since(began)),
            guest_ms: None,
            memory_bytes: 0,
            setup_data_bytes: None,
            findings: Vec::new(),
            checks: CheckCounts::default(),
            calls: Vec::new(),
            calls_left_out: 0,
        });
    }

    fn close(&mut self, part: Part) {
        if part.part == "iteration" {
            self.trial.checks.held += part.checks.held;
            self.trial.checks.failed += part.checks.failed;
        }
        (self.show)(&part);
        let mut part = part;
        if self.kept + part.calls.len() > self.attempt.keep {
            part.calls_left_out += part.calls.len() as u64;
            part.calls.clear();
        }
        self.kept += part.calls.len();
        self.trial.parts.push(part);
    }

    fn vu(&self, around: Arc<Surroundings>, role: Role) -> Vu {
        Vu::new(around, role).with_trace(self.attempt.bodies)
    }

    fn surroundings(&self) -> Surroundings {
        let layer = self.attempt.layer;
        Surroundings {
            target: self.attempt.target.clone(),
            granted: self.attempt.granted.clone(),
            private: self.attempt.private,
            transport: Arc::clone(&self.attempt.transport),
            timeouts: super::layer::timeouts(layer),
            access: Arc::clone(&self.access),
            web: layer.web.clone(),
            setup_data: Default::default(),
            stages: layer.stages.iter().map(|stage| stage.name.clone()).collect(),
            metrics: layer.metrics.clone(),
            results: None,
            clock: self.clock,
            seed: self.attempt.seed,
            limits: self.attempt.cast.program.limits(),
        }
    }

    fn tags(&self, stage: &Stage) -> Tags {
        let scenario = Tags::new([("scenario", self.attempt.layer.scenario.as_str())]);
        let own = stage.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        scenario.with(own).with([("stage", stage.name.as_str())])
    }

    fn results(&self, totals: Totals, begin: Nanos) -> Results {
        let layer = self.attempt.layer;
        let ran = layer.stages.get(self.attempt.stage).filter(|stage| !stage.warm_up);
        let stage = ran.map(|stage| StageTime {
            scenario: layer.scenario.clone(),
            stage: stage.name.clone(),
            start: begin.as_ms() / 1e3,
            seconds: self.clock.now().since(begin).as_secs_f64(),
        });
        Results {
            totals: Arc::new(totals),
            stages: stage.into_iter().collect(),
            metrics: layer.metrics.clone(),
        }
    }
}

fn failed(failure: &Failure) -> Ending {
    Ending::Failed { code: failure.code.clone(), message: failure.message.clone() }
}

/// What an export returned that is called once: its traps are failures too.
fn ended<T>(result: Result<T, Failure>) -> Ended<T> {
    result.map_err(|failure| {
        let outcome = if failure.trapped() { Outcome::Trapped } else { Outcome::Failed };
        (outcome, words::failure(failure))
    })
}

fn interrupted() -> (Outcome, TrialFailure) {
    let message = "interrupted by a signal".to_owned();
    (Outcome::Interrupted, TrialFailure { code: "interrupted".to_owned(), message })
}
