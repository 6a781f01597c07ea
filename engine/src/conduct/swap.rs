//! Another version of a scenario while its load runs: prepared away from the workers, and then put on.
//!
//! Swaps are carried out one after another. A version is read, compiled, linked and asked what it is on a thread of its
//! own that gives way to every other; while that takes, commands are answered and the load runs on. Whatever is wrong
//! with it, the version that is on stays.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};

use super::control::Refusal;
use super::house::House;
use super::layer::Layer;
use super::signals::Halt;
use super::versions::{Course, MOST_SETUPS, Version, Versions, short};
use crate::clock::Clock;
use crate::event::{ChangeReport, Event, Word};
use crate::guest::{Compiler, Program, Source, Surroundings, successor};
use crate::plan::{Manifest, shown, shown_path, succession};

/// The most swaps that wait.
const QUEUE: usize = 16;
/// A file is whole when it has been the same for this long, and is waited for this long.
const STILL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(5);
/// A low priority. At 19, the lowest, a swap beside a load that took all of two cores waited for 7 s.
const NICE: i32 = 10;

/// A scenario's component that is to take another one's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// The layer's name or number; the only one's, if nothing is said.
    pub layer: Option<String>,
    /// The file of the component.
    pub component: PathBuf,
    /// Whether its setup runs; else it works with what the setup before has returned.
    pub run_setup: bool,
    /// Whether it is taken back if its first iterations trap.
    pub rollback_on_trap: bool,
}

/// Swaps that have been asked for.
pub(super) struct Swaps {
    /// Held by the one that is being carried out; others wait in turn.
    turn: Mutex<()>,
    waiting: Cell<usize>,
    /// Held while a setup runs, or is torn down.
    setting_up: Mutex<()>,
}

impl Swaps {
    /// Waits until no setup that a swap has begun is without its end.
    pub(super) async fn settled(&self) {
        drop(self.setting_up.lock().await);
    }
}

impl Default for Swaps {
    fn default() -> Swaps {
        Swaps { turn: Mutex::const_new(()), waiting: Cell::new(0), setting_up: Mutex::const_new(()) }
    }
}

/// What is to be prepared.
struct Draft {
    compiler: Compiler,
    running: Program,
    present: Manifest,
    /// A component with this digest is not prepared.
    unlike: Option<String>,
    path: PathBuf,
    env: Vec<(String, String)>,
    instances: u32,
}

impl House<'_> {
    /// Carries a swap out when those before it have been, and says how.
    pub(super) async fn swap_in_turn(&self, swap: &Swap, by: Word) -> Result<String, Refusal> {
        let layer = self.layer_of(swap.layer.as_deref())?;
        let waiting = &self.swaps.waiting;
        if waiting.get() >= QUEUE {
            let why = format!("{QUEUE} swaps wait already (hint: again when they have been carried out)");
            return Err(Refusal::Conflict(why));
        }
        waiting.set(waiting.get() + 1);
        let turn = self.swaps.turn.lock().await;
        let done = self.swap(layer, swap, &by).await;
        drop(turn);
        waiting.set(waiting.get().saturating_sub(1));
        if let Err(why) = &done {
            let text = format!("{} was refused: {why}", shown_path(&swap.component));
            self.swapped(layer, "swap-refused", by, text, None);
        }
        done
    }

    /// The layer that is meant.
    fn layer_of(&self, name: Option<&str>) -> Result<usize, Refusal> {
        let layers = &self.plan.layers;
        let names = || {
            let names: Vec<_> = layers.iter().map(|layer| format!("`{}`", shown(&layer.scenario))).collect();
            names.join(", ")
        };
        let Some(name) = name else {
            return match layers.len() {
                1 => Ok(0),
                _ => Err(Refusal::Unknown(format!("which layer? (hint: one of {})", names()))),
            };
        };
        let numbered = |number: u32| number.to_string() == name;
        let mut meant = layers.iter().enumerate().filter(|(_, layer)| {
            layer.scenario == name || layer.place.as_ref().is_some_and(|place| numbered(place.number))
        });
        match (meant.next(), meant.next()) {
            (Some((index, _)), None) => Ok(index),
            (Some(_), Some(_)) => Err(Refusal::Unknown(format!(
                "`{}` is more than one layer (hint: one of {})",
                shown(name),
                names()
            ))),
            (None, _) => {
                Err(Refusal::Unknown(format!("no layer is `{}` (hint: one of {})", shown(name), names())))
            }
        }
    }

    /// Whether a swap makes sense now.
    fn fits(&self, layer: usize, swap: &Swap) -> Result<(), Refusal> {
        let conflict = |why: &str| Err(Refusal::Conflict(why.to_owned()));
        let Some(versions) = self.versions.get(layer) else { return Err(no_layer()) };
        if self.signals.halt() != Halt::No {
            return conflict("the run is stopping");
        }
        match versions.course.get() {
            Course::SettingUp if swap.run_setup => {
                conflict("the layer's setup is running (hint: again when its load has begun)")
            }
            Course::Waiting | Course::SettingUp => Ok(()),
            Course::Loading if self.winding_down(versions) => {
                conflict("the layer's load is coming to its end: no iteration would run it")
            }
            Course::Loading => Ok(()),
            Course::Over => conflict("the layer's load is over"),
        }
    }

    /// Whether no iteration of the layer starts any more.
    fn winding_down(&self, versions: &Versions) -> bool {
        let now = self.clock.now();
        versions.in_last_stage().is_some_and(|(begin, duration)| {
            now.since(begin).saturating_sub(self.desk.paused_between(begin, now)) >= duration
        })
    }

    async fn swap(&self, layer: usize, swap: &Swap, by: &Word) -> Result<String, Refusal> {
        self.fits(layer, swap)?;
        let (Some(plan), Some(versions)) = (self.plan.layers.get(layer), self.versions.get(layer)) else {
            return Err(no_layer());
        };
        let present = versions.on();
        let draft = Draft {
            compiler: self.compiler.clone(),
            running: present.program.clone(),
            present: present.manifest.clone(),
            unlike: (!swap.run_setup).then(|| present.digest.clone()),
            path: swap.component.clone(),
            env: plan.env.clone(),
            instances: plan.max_vus().max(self.plan.room),
        };
        let prepared = prepare(draft).await.map_err(Refusal::Invalid)?;
        self.fits(layer, swap)?;
        // It may have been taken back meanwhile.
        let present = versions.on();
        let Some((source, program, mut notes)) = prepared else {
            return Ok(format!("nothing to do: {} is the version that is on", short(&present.digest)));
        };
        let (digest, manifest) = (source.digest.clone(), present.manifest.clone());
        let version = Version { digest: digest.clone(), program, manifest };
        let text = format!(
            "{} → {} ({})",
            short(&present.digest),
            short(&digest),
            shown_path(Path::new(source.path.file_name().unwrap_or_default()))
        );
        // Asked for before anything else is waited for: what the layer does must not change in between.
        match versions.around().filter(|_| versions.course.get() == Course::Loading) {
            None => {
                notes.push("the layer begins with it".to_owned());
                versions.begin_with(version);
            }
            Some(around) => {
                let around = match swap.run_setup {
                    true => {
                        let _held = self.swaps.setting_up.lock().await;
                        let Some(cast) = self.cast.get(layer) else { return Err(no_layer()) };
                        let access = &around.access;
                        let playing =
                            Layer { house: self, layer: plan, cast, index: layer, access, versions };
                        let around = self.set_up_again(playing, &version, &around).await?;
                        if let Err(why) = self.fits(layer, swap) {
                            // The layer has torn down all that it knew of.
                            for guest in versions.left(versions.course.get() == Course::Over) {
                                playing.tear_down(guest, &mut self.signals.since_now()).await;
                            }
                            return Err(why);
                        }
                        around
                    }
                    false => around,
                };
                versions.put_on(version, around, swap.rollback_on_trap, self.clock.now());
            }
        }
        let text = std::iter::once(text).chain(notes).collect::<Vec<_>>().join("; ");
        self.swapped(layer, "swap", by.clone(), text.clone(), Some(digest));
        Ok(text)
    }

    /// Runs the setup of a version that is to be put on; earlier ones that no VU needs are torn down first.
    async fn set_up_again(
        &self,
        layer: Layer<'_, '_>,
        version: &Version,
        around: &Arc<Surroundings>,
    ) -> Result<Arc<Surroundings>, Refusal> {
        for guest in layer.versions.left(false) {
            layer.tear_down(guest, &mut self.signals.since_now()).await;
        }
        if layer.versions.setups() >= MOST_SETUPS {
            let why = "VUs still run with the data of earlier setups (hint: again when their iterations have ended)";
            return Err(Refusal::Conflict(why.to_owned()));
        }
        let mut own = Surroundings::clone(around);
        own.setup_data = Default::default();
        let done = layer.set_up_in(own, &version.program, &mut self.signals.since_now()).await;
        done.map_err(|failure| Refusal::Invalid(format!("its setup failed: {failure}")))
    }

    /// A version is not fit to run: it is taken back if it is on trial.
    pub(super) fn unfit(&self, layer: usize, edition: u32, why: &str) {
        let Some(versions) = self.versions.get(layer) else { return };
        let failed = versions.on().digest;
        match versions.take_back(edition, self.clock.now()) {
            Some(version) => {
                let text = format!("{} → {}: {why}", short(&failed), short(&version.digest));
                self.swapped(layer, "rollback", "strata".into(), text, Some(version.digest));
            }
            None if versions.is_news(edition) => {
                let scenario = self.plan.layers.get(layer).map(|layer| shown(&layer.scenario));
                let scenario = scenario.unwrap_or_default();
                self.emit(Event::Warning(format!("`{scenario}`: a version is not fit to run: {why}")));
            }
            None => {}
        }
    }

    /// Something came of a swap; the digest is that of the version that is on from now on, if it is another.
    fn swapped(&self, layer: usize, kind: &'static str, by: Word, text: String, digest: Option<String>) {
        self.changed(ChangeReport {
            at_s: self.clock.now().as_ms() / 1000.0,
            kind: kind.into(),
            by,
            scenario: self.plan.layers.get(layer).map(|layer| layer.scenario.clone()),
            stage: None,
            digest,
            text,
        });
    }
}

fn no_layer() -> Refusal {
    Refusal::Unknown("there is no such layer".to_owned())
}

/// Gives the thread that calls it, and processes that it starts, a low priority.
pub fn give_way() {
    // Whoever may not be nicer competes with the workers like everybody else.
    let nice = rustix::process::nice(NICE);
    debug_assert!(nice.is_ok(), "{nice:?}");
}

/// A version that can be run, with what there is to say about it; nothing for one that is on already.
type Prepared = Option<(Source, Program, Vec<String>)>;

/// Prepares a version on a thread of its own.
async fn prepare(draft: Draft) -> Result<Prepared, String> {
    let (answer, answered) = oneshot::channel();
    let preparing = move || {
        give_way();
        // The run may be over by now.
        let _ = answer.send(prepare_here(&draft));
    };
    let thread = std::thread::Builder::new().name("swap".to_owned()).spawn(preparing);
    thread.map_err(|error| format!("no thread to prepare it on: {error}"))?;
    // A thread that panicked has printed why.
    answered.await.unwrap_or_else(|_| Err("preparing it panicked, which is a fault of strata".to_owned()))
}

fn prepare_here(draft: &Draft) -> Result<Prepared, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| format!("no runtime to prepare it on: {error}"))?;
    runtime.block_on(prepared(draft))
}

async fn prepared(draft: &Draft) -> Result<Prepared, String> {
    let source = whole(&draft.path).await?;
    if draft.unlike.as_ref() == Some(&source.digest) {
        return Ok(None);
    }
    let made = successor(&draft.compiler, &draft.running, &source, &draft.env, draft.instances).await;
    let (program, manifest) = made.map_err(|error| error.to_string())?;
    let notes = succession(&draft.present, &manifest).map_err(|faults| faults.join("; "))?;
    Ok(Some((source, program, notes)))
}

/// Reads a file that may be being written: not before it has been the same twice.
async fn whole(path: &Path) -> Result<Source, String> {
    let (clock, mut before) = (Clock::start(), Source::read(path));
    for _ in 0..PATIENCE.as_millis() / STILL.as_millis() {
        clock.sleep_until(clock.now() + STILL).await;
        let now = Source::read(path);
        let same = match (&before, &now) {
            (Ok(before), Ok(now)) => before.digest == now.digest,
            (Err(before), Err(now)) => before == now,
            _ => false,
        };
        if same {
            return now.map_err(|error| error.to_string());
        }
        before = now;
    }
    Err(format!("{}: is still being written", shown_path(path)))
}
