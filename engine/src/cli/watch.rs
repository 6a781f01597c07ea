//! `strata run --watch`: when a component or a project's source is saved, its layer is swapped.
//!
//! On a thread of its own, which asks the run as anybody else does and ends with it.

use std::path::{Path, PathBuf};

use super::{build, session};
use crate::conduct::{Answer, Command, Control, Refusal, Swap, give_way};
use crate::pack::{Files, PackError, Project, Watch, pause};
use crate::plan::{RunPlan, shown_path};

/// What is watched, and how a swap is to be done.
pub(super) struct Watched {
    /// The project that the component is built from, watched since before it was; else components are watched themselves.
    pub project: Option<(Project, Watch)>,
    /// What its `describe` can read.
    pub env: Vec<(String, String)>,
    /// Whether a version is taken back whose first iterations trap.
    pub rollback_on_trap: bool,
}

/// What the thread works with.
struct Watcher {
    control: Control,
    runtime: tokio::runtime::Runtime,
    /// The name of each layer, and the file of its component.
    layers: Vec<(String, PathBuf)>,
    env: Vec<(String, String)>,
    rollback_on_trap: bool,
}

/// The run is over.
struct Over;

/// Watches until the run is over.
///
/// # Errors
/// When there is no thread for it.
pub(super) fn start(watched: Watched, plan: &RunPlan, control: Control) -> anyhow::Result<()> {
    let layers = plan.layers.iter().map(|layer| (layer.scenario.clone(), layer.source.clone())).collect();
    let Watched { project, env, rollback_on_trap } = watched;
    let watcher = Watcher { control, runtime: session::runtime()?, layers, env, rollback_on_trap };
    let thread = std::thread::Builder::new().name("watch".to_owned());
    thread.spawn(move || {
        // What it builds competes with the load.
        give_way();
        let Over = match project {
            Some((project, watch)) => {
                watcher.watch(|watcher, first| watcher.project(&project, first), Some(watch))
            }
            None => watcher.watch(|watcher, _| watcher.files(), None),
        };
    })?;
    Ok(())
}

impl Watcher {
    fn ask(&self, command: Command) -> Result<Result<Answer, Refusal>, Over> {
        match self.runtime.block_on(self.control.ask(command)) {
            Err(Refusal::Over) => Err(Over),
            answered => Ok(answered),
        }
    }

    fn warn(&self, text: String) -> Result<(), Over> {
        self.ask(Command::Warn { text }).map(drop)
    }

    /// Asks for a swap; why it was refused, the run itself says.
    fn swap(&self, layer: &str, component: &Path) -> Result<(), Over> {
        if !component.exists() {
            let path = shown_path(component);
            return self
                .warn(format!("{path}: is gone; the version that runs goes on until it is there again"));
        }
        let rollback_on_trap = self.rollback_on_trap;
        let (layer, component) = (Some(layer.to_owned()), component.to_owned());
        self.ask(Command::Swap(Swap { layer, component, run_setup: false, rollback_on_trap })).map(drop)
    }

    /// Watches for as long as the run goes on. What cannot be watched, since its folder is gone, is looked for again.
    fn watch(
        &self,
        round: impl Fn(&Watcher, Option<Watch>) -> Result<PackError, Over>,
        mut first: Option<Watch>,
    ) -> Over {
        let mut told = false;
        loop {
            let Ok(error) = round(self, first.take()) else { return Over };
            if !std::mem::replace(&mut told, true)
                && self.warn(format!("{error}; it is looked for again each second")).is_err()
            {
                return Over;
            }
            pause();
        }
    }

    /// Watches components; why that is no longer possible. What was saved while nobody watched is seen too.
    fn files(&self) -> Result<PackError, Over> {
        let paths: Vec<_> = self.layers.iter().map(|(_, path)| path.clone()).collect();
        let files = match Files::new(&paths) {
            Ok(files) => files,
            Err(error) => return Ok(error),
        };
        let mut changed: Vec<usize> = (0..paths.len()).collect();
        loop {
            for (layer, path) in changed.iter().filter_map(|index| self.layers.get(*index)) {
                self.swap(layer, path)?;
            }
            changed = match files.changed() {
                Ok(changed) => changed,
                Err(error) => return Ok(error),
            };
        }
    }

    /// The same with a project that is built on every change, and first if nobody has watched it (`first`) since its
    /// last build.
    fn project(&self, project: &Project, mut first: Option<Watch>) -> Result<PackError, Over> {
        let Some((layer, component)) = self.layers.first() else { return Err(Over) };
        loop {
            let watch = match first.take() {
                Some(watch) => watch,
                None => {
                    // Made before the build, so that what changes meanwhile is seen.
                    let watch = match Watch::new(project) {
                        Ok(watch) => watch,
                        Err(error) => return Ok(error),
                    };
                    match build::rebuild(project, component, &self.env) {
                        Ok(()) => self.swap(layer, component)?,
                        Err(faults) => self.warn(format!("not built: {}", faults.join("; ")))?,
                    }
                    watch
                }
            };
            if let Err(error) = watch.changed() {
                return Ok(error);
            }
        }
    }
}
