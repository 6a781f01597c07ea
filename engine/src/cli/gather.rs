//! Sources: components and phase files, read, compiled and described.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::packs::{self, OfPack, TrustArguments};
use super::transport::transport;
use super::{Stop, console, shared};
use crate::conduct::Cast;
use crate::config::{Described, Fault, Flags, PhaseFile, env_of, given, limits_of, resolve};
use crate::guest::{Compiler, Source, inspect};
use crate::http::{Origin, Target, Transport};
use crate::measure::{StatError, answerable};
use crate::plan::{LayerPlan, RunPlan, shown};
use crate::store::Shared;

/// The largest phase file.
const PHASE_BYTES: u64 = 1024 * 1024;

/// Where a command takes its scenarios from.
pub(super) enum Sources {
    /// A `.wasm` component.
    Component(Source),
    /// A phase and its components.
    Phase(Box<Phase>),
}

/// A phase as far as it could be read.
pub(super) struct Phase {
    pub file: PhaseFile,
    /// The component of each layer; nothing where there is none.
    pub sources: Vec<Option<Source>>,
    /// What is wrong with the file, and with its components.
    pub faults: Vec<Fault>,
    /// The pack that it came in, if it did.
    pub pack: Option<OfPack>,
}

/// A run that is ready to start.
pub(super) struct Gathered {
    pub plan: RunPlan,
    pub cast: Vec<Cast>,
    /// Held to the limits of the scenarios.
    pub compiler: Compiler,
    pub target: Target,
    pub granted: Vec<Origin>,
    pub shared: Arc<Shared>,
    pub transport: Arc<Transport>,
}

/// Reads a component, a phase file with its components, or a pack.
pub(super) fn read(path: &Path, trust: &TrustArguments, flags: &Flags) -> Result<Sources, Stop> {
    if packs::is_pack(path) {
        let opened = packs::opened(path, trust, false)?;
        return packs::phase_of(path, &opened, flags).map(|phase| Sources::Phase(Box::new(phase)));
    }
    packs::only_packs(path, trust)?;
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Source::read(path).map(Sources::Component).map_err(|error| Stop::bad_input([error]));
    }
    let text = read_text(path).map_err(|why| Stop::bad_input([format!("{}: {why}", path.display())]))?;
    Ok(phase(path, &text, |scenario| {
        let folder = path.parent().unwrap_or(Path::new(""));
        Source::read(&folder.join(scenario)).map_err(|error| error.to_string())
    }))
}

/// Reads a phase from its text; `open` finds its components. What is wrong is kept until everything that can be looked at
/// has been.
pub(super) fn phase(path: &Path, text: &str, open: impl Fn(&Path) -> Result<Source, String>) -> Sources {
    let (file, mut faults) = PhaseFile::read(path, text);
    let mut sources = Vec::with_capacity(file.layers.len());
    for layer in &file.layers {
        let source = open(&layer.scenario);
        sources.push(source.map_err(|why| faults.push(file.fault(layer.spot, why))).ok());
    }
    Sources::Phase(Box::new(Phase { file, sources, faults, pack: None }))
}

/// The text of a phase file.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let bytes = console::whole(file, PHASE_BYTES)?;
    String::from_utf8(bytes).map_err(|error| {
        format!("is not text in UTF-8: byte {} is wrong", error.utf8_error().valid_up_to() + 1)
    })
}

/// A run that is ready to start: [`plan`], with room for the virtual users of each layer.
pub(super) async fn gather(sources: Sources, compiler: &Compiler, flags: &Flags) -> Result<Gathered, Stop> {
    let compiler = &limited(&sources, compiler, flags)?;
    let mut gathered = plan(sources, compiler, flags).await?;
    for (layer, cast) in gathered.plan.layers.iter().zip(&mut gathered.cast) {
        cast.program = compiler
            .enlarge(&cast.program, &cast.source, layer.max_vus().max(gathered.plan.room))
            .map_err(|error| Stop::bad_input([error]))?;
    }
    Ok(gathered)
}

/// The same compiler, for scenarios that are held to the limits that were asked for.
fn limited(sources: &Sources, compiler: &Compiler, flags: &Flags) -> Result<Compiler, Stop> {
    let file = match sources {
        Sources::Component(_) => None,
        Sources::Phase(phase) => Some(&phase.file),
    };
    let limits = limits_of(file, flags).map_err(|fault| Stop::bad_input([fault]))?;
    Ok(compiler.clone().with_limits(limits))
}

/// Compiles the components, asks them what they are, and makes a plan: everything that can be wrong is found here,
/// before anything is sent.
pub(super) async fn plan(sources: Sources, compiler: &Compiler, flags: &Flags) -> Result<Gathered, Stop> {
    let compiler = &limited(&sources, compiler, flags)?;
    let (file, sources, mut placed, pack) = match sources {
        Sources::Component(source) => (None, vec![Some(source)], Vec::new(), None),
        Sources::Phase(phase) => (Some(phase.file), phase.sources, phase.faults, phase.pack),
    };
    let mut faults: Vec<String> = Vec::new();
    let mut described = Vec::with_capacity(sources.len());
    let mut cast = Vec::with_capacity(sources.len());
    for (index, source) in sources.into_iter().enumerate() {
        let entry = file.as_ref().and_then(|file| file.layers.get(index));
        let (one, player) = match source {
            None => (None, None),
            Some(source) => match inspect(compiler, &source, &env_of(entry, flags)).await {
                Ok((program, manifest)) => {
                    let (path, digest) = (source.path.clone(), source.digest.clone());
                    let cast = Cast { source, program, manifest: manifest.clone() };
                    (Some(Described { source: path, digest, manifest }), Some(cast))
                }
                Err(error) => {
                    faults.push(error.to_string());
                    (None, None)
                }
            },
        };
        described.push(one);
        cast.extend(player);
    }
    let granted = origins(&flags.hosts, &mut faults);
    let target = target(file.as_ref(), flags, &mut placed);
    placed.extend(file.iter().flat_map(|file| unanswerable(file, &described)));
    let manifests = described.iter().flatten().map(|described| &described.manifest);
    let shared = shared::load(&given(file.as_ref(), flags), file.as_ref(), manifests, &mut placed);
    let resolved = resolve(file.as_ref(), described, flags).map_err(|faults| placed.extend(faults));
    let (Ok((mut plan, kept)), Some(target), true, true) =
        (resolved, target, placed.is_empty(), faults.is_empty())
    else {
        // In the order of the file, and before them what stands in none.
        placed.sort_by_key(|fault| fault.spot);
        return Err(stop(placed, faults));
    };
    let mut index = 0..;
    cast.retain(|_| index.next().is_some_and(|index| kept.contains(&index)));
    let secure = target.origin.secure || granted.iter().any(|granted| granted.port == 443);
    let transport = transport(&plan.transport, secure, plan.seed, &mut faults);
    if !faults.is_empty() {
        return Err(stop(Vec::new(), faults));
    }
    plan.target = target.url();
    plan.pack = pack.map(OfPack::read);
    plan.warnings.extend(plan.layers.iter().flat_map(silent));
    let (compiler, shared, transport) = (compiler.clone(), Arc::new(shared), Arc::new(transport));
    Ok(Gathered { plan, cast, compiler, target, granted, shared, transport })
}

/// Each fault once, though several layers may have the same.
fn stop(placed: Vec<Fault>, faults: Vec<String>) -> Stop {
    let mut seen = BTreeSet::new();
    let all = placed.iter().map(ToString::to_string).chain(faults);
    Stop::bad_input(all.filter(|fault| seen.insert(fault.clone())).collect::<Vec<_>>())
}

/// The system under test: the command line's, or the phase file's.
fn target(file: Option<&PhaseFile>, flags: &Flags, faults: &mut Vec<Fault>) -> Option<Target> {
    let named = file.and_then(|file| Some((file, file.head.target.as_ref()?)));
    let read = |url: &str, fault: &mut dyn FnMut(String)| {
        Target::parse(url).map_err(|error| fault(format!("target {}", error.message))).ok()
    };
    match (&flags.target, named) {
        (Some(url), _) => read(url, &mut |why| faults.push(Fault::of_arguments(why))),
        (None, Some((file, named))) => read(&named.name, &mut |why| faults.push(file.fault(named.spot, why))),
        (None, None) => None,
    }
}

/// Goals of a phase that ask a metric for a number that its kind does not have.
fn unanswerable(file: &PhaseFile, described: &[Option<Described>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (layer, described) in file.layers.iter().zip(described) {
        let Some(described) = described else { continue };
        for goal in &layer.goals {
            let Some(measure) = &goal.measure else { continue };
            let metrics = &described.manifest.metrics;
            let asked = answerable(&measure.selector.metric, measure.aggregate, metrics);
            if let Err(why @ StatError::NoSuchNumber(_)) = asked {
                let name = shown(&goal.name);
                faults.push(file.fault(goal.spot, format!("goal `{name}`: {why}")));
            }
        }
    }
    faults
}

/// Goals that nothing will answer: what nobody emits cannot be known to be wrong, but it will be NO DATA.
fn silent(layer: &LayerPlan) -> Vec<String> {
    let mut warnings = Vec::new();
    for goal in &layer.goals {
        let Some(measure) = &goal.measure else { continue };
        let mut warn = |why: String| {
            let (scenario, name) = (&layer.scenario, &goal.name);
            warnings.push(format!("`{scenario}`: goal `{name}` will have NO DATA: {why}"));
        };
        let metric = &measure.selector.metric;
        if let Err(why) = answerable(metric, measure.aggregate, &layer.metrics) {
            warn(why.to_string());
        }
        let stages: Vec<_> = layer.stages.iter().map(|stage| stage.name.as_str()).collect();
        if let Some(stage) = measure.selector.tag("stage").filter(|stage| !stages.contains(stage)) {
            let shown = shown(stage);
            warn(format!("the scenario has no stage `{shown}` (hint: {})", stages.join(", ")));
        }
    }
    warnings
}

fn origins(hosts: &[String], faults: &mut Vec<String>) -> Vec<Origin> {
    let mut origins = Vec::with_capacity(hosts.len());
    for host in hosts {
        // Without a port those of both schemes are meant.
        let both = ["http", "https"].map(|scheme| Target::parse(&format!("{scheme}://{host}")));
        match both {
            [Ok(plain), Ok(secure)] if plain.prefix.is_empty() => {
                origins.extend([plain, secure].map(|target| Origin::clone(&target.origin)));
            }
            _ => faults.push(format!("`{host}` is not a host (hint: `--allow-host name:port`)")),
        }
    }
    origins
}

/// The name of a source in the names of runs: a scenario's or phase's file without its extension; of a
/// `phase.toml`, its folder.
pub(super) fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name);
    let name: PathBuf = match folder {
        Some(folder) if stem == "phase" => folder.into(),
        _ => stem.into(),
    };
    let text = name.to_string_lossy();
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
}
