//! Compiling and linking: a source becomes a program with room for its instances.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    ResourcesRequired, WasmBacktraceDetails,
};

use super::turns::Ticker;
use super::{LoadError, Source, Vu, host};
use crate::plan::Limits;

/// The package of the contract, and the version of it that this engine offers.
pub(super) const PACKAGE: &str = "strata:scenario/";
const VERSION: &str = "0.1.0";
/// Linear memory that stays resident in a slot between two instances; with the page-map scan only pages that were
/// written are reset.
const KEEP_MEMORY: usize = 1024 * 1024;
const KEEP_TABLE: usize = 64 * 1024;
/// What the host's functions may use of a stack, besides the guest.
const HOST_STACK: usize = 1536 * 1024;
/// Instances besides those of VUs.
const SPARE: u32 = 8;
/// Frames of a trap that is told with lines: a panic has a dozen before its author's.
const MOST_FRAMES: usize = 64;
/// What is assumed of a component that has not been compiled yet.
const UNKNOWN: Room = Room { memories: 8, tables: 32 };

/// What one instance needs of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    memories: u32,
    tables: u32,
}

impl Room {
    fn of(required: &ResourcesRequired) -> Room {
        Room { memories: required.num_memories.max(1), tables: required.num_tables.max(1) }
    }
}

/// Compiles components, remembering the results on disk.
#[derive(Clone, Debug)]
pub struct Compiler {
    cache: Option<Cache>,
    limits: Limits,
    /// Whether traps are told with files and lines.
    lines: bool,
    /// Whether it compiles on one thread.
    alone: bool,
}

/// A compiled and linked component with room for a number of instances. Clones share it.
#[derive(Clone)]
pub struct Program {
    pub(super) pre: InstancePre<Vu>,
    pub(super) exports: Exports,
    room: Option<Room>,
    limits: Limits,
    pub(super) ticker: Arc<Ticker>,
}

/// Where the exports of the contract are; those with a default may be missing.
#[derive(Clone, Copy)]
pub(super) struct Exports {
    pub describe: ComponentExportIndex,
    pub iteration: ComponentExportIndex,
    pub setup: Option<ComponentExportIndex>,
    pub judge: Option<ComponentExportIndex>,
    pub teardown: Option<ComponentExportIndex>,
}

impl Compiler {
    /// A compiler that keeps its results in this folder, which is made if need be.
    ///
    /// # Errors
    /// A sentence, when the folder cannot be used; [`Compiler::without_cache`] goes on without.
    pub fn new(cache: &Path) -> Result<Compiler, String> {
        let unusable =
            |why: String| format!("compiled components cannot be kept in `{}`: {why}", cache.display());
        std::fs::create_dir_all(cache).map_err(|error| unusable(error.to_string()))?;
        let folder = cache.canonicalize().map_err(|error| unusable(error.to_string()))?;
        let mut config = CacheConfig::new();
        config.with_directory(folder);
        match Cache::new(config) {
            Ok(cache) => {
                Ok(Compiler { cache: Some(cache), limits: Limits::default(), lines: false, alone: false })
            }
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    /// A compiler that compiles anew each time.
    pub fn without_cache() -> Compiler {
        Compiler { cache: None, limits: Limits::default(), lines: false, alone: false }
    }

    /// The same compiler, whose programs read debug information where they trap: files and lines of every frame. It
    /// makes programs larger, and a trap slow.
    #[must_use]
    pub fn with_lines(self) -> Compiler {
        Compiler { lines: true, ..self }
    }

    /// The same compiler, whose programs' instances may take this much.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Compiler {
        Compiler { limits, ..self }
    }

    /// How many results were found on disk so far.
    pub(super) fn found(&self) -> usize {
        self.cache.as_ref().map_or(0, Cache::cache_hits)
    }

    /// Compiles and links a component, with room for one instance. Takes tens of milliseconds to seconds by its
    /// size, and about one if the result is on disk.
    ///
    /// # Errors
    /// When it is broken, or made for another world or a newer contract.
    pub fn compile(&self, source: &Source) -> Result<Program, LoadError> {
        self.build(source, 1, UNKNOWN)
    }

    /// The same program with room for `instances` at a time. What is compiled for that room later, for
    /// [`Compiler::replace`], is compiled on the thread that asks for it alone.
    ///
    /// # Errors
    /// When the machine does not have that much room.
    pub fn enlarge(&self, program: &Program, source: &Source, instances: u32) -> Result<Program, LoadError> {
        self.clone().alone().build(source, instances, program.room.unwrap_or(UNKNOWN))
    }

    /// Another component in the room of a program, whose instances it takes over one by one; one that does not fit into
    /// it gets room of its own for `instances`. Compiles on this thread alone.
    ///
    /// # Errors
    /// When it is broken, or made for another world or a newer contract.
    pub fn replace(&self, program: &Program, source: &Source, instances: u32) -> Result<Program, LoadError> {
        let ticker = Arc::clone(&program.ticker);
        // What is wrong with it is wrong with it in a room of its own too.
        if let Ok((pre, exports, _)) = link(program.engine(), source) {
            return Ok(Program { pre, exports, room: program.room, limits: program.limits, ticker });
        }
        let alone = self.clone().alone();
        let fitting = alone.build(source, 1, UNKNOWN)?;
        alone.enlarge(&fitting, source, instances)
    }

    /// The same compiler, that leaves the other cores to others.
    fn alone(self) -> Compiler {
        Compiler { alone: true, ..self }
    }

    fn build(&self, source: &Source, instances: u32, room: Room) -> Result<Program, LoadError> {
        let wrong = |why: String| LoadError::new(&source.path, why);
        let engine = Engine::new(&self.config(instances, room))
            .map_err(|error| wrong(format!("cannot get room for {instances} instances: {error:#}")))?;
        let (pre, exports, room) = link(&engine, source)?;
        let ticker = Ticker::start(&engine)
            .map_err(|error| wrong(format!("cannot be bounded in time, no thread for that: {error}")))?;
        Ok(Program { pre, exports, room, limits: self.limits, ticker: Arc::new(ticker) })
    }

    fn config(&self, instances: u32, room: Room) -> Config {
        let mut config = config(instances, room, &self.limits);
        config.cache(self.cache.clone()).parallel_compilation(!self.alone);
        if self.lines {
            config
                .wasm_backtrace_details(WasmBacktraceDetails::Enable)
                .wasm_backtrace_max_frames(NonZeroUsize::new(MOST_FRAMES));
        } else {
            config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
        }
        config
    }
}

impl Program {
    /// What its instances may take.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn engine(&self) -> &Engine {
        self.pre.engine()
    }

    /// The interfaces that the component imports; its world's own types are nothing to offer.
    pub(super) fn imports(&self) -> Vec<String> {
        let shape = self.pre.component().component_type();
        let imports = shape.imports(self.engine());
        let offered = imports.filter(|(_, item)| !matches!(item.ty, ComponentItem::Type(_)));
        offered.map(|(name, _)| super::vu::plain(name)).collect()
    }
}

/// Compiles a component, looks at it and links it; with the room that an instance of it takes.
fn link(engine: &Engine, source: &Source) -> Result<(InstancePre<Vu>, Exports, Option<Room>), LoadError> {
    let wrong = |why: String| LoadError::new(&source.path, why);
    let component = Component::new(engine, &source.bytes)
        .map_err(|error| wrong(format!("is not a valid component: {}", first_line(&error))))?;
    let exports = check(engine, &component).map_err(&wrong)?;
    let linker = linker(engine).map_err(|error| wrong(format!("cannot be linked: {error:#}")))?;
    let pre = linker.instantiate_pre(&component).map_err(|error| {
        wrong(format!("does not fit the contract {PACKAGE}*@{VERSION}: {}", first_line(&error)))
    })?;
    let room = component.resources_required().as_ref().map(Room::of);
    Ok((pre, exports, room))
}

fn first_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    super::vu::plain(text.lines().next().unwrap_or_default())
}

fn config(instances: u32, room: Room, limits: &Limits) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    // A few more than asked for: the instances of `setup` and `judge`, one that is being replaced, and those that a new
    // version is asked in what it is and is set up in.
    let instances = instances.saturating_add(SPARE);
    let each = u32::try_from(limits.instances).unwrap_or(u32::MAX);
    pool.total_component_instances(instances)
        .max_core_instances_per_component(each)
        .total_core_instances(instances.saturating_mul(each))
        .max_memories_per_component(room.memories)
        .max_memories_per_module(room.memories)
        .total_memories(instances.saturating_mul(room.memories))
        .max_tables_per_component(room.tables)
        .max_tables_per_module(room.tables)
        .total_tables(instances.saturating_mul(room.tables))
        .table_elements(limits.table)
        .total_stacks(instances)
        .max_memory_size(limits.memory)
        .linear_memory_keep_resident(KEEP_MEMORY)
        .table_keep_resident(KEEP_TABLE)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        .async_stack_size(limits.stack.saturating_add(HOST_STACK))
        .wasm_backtrace_max_frames(NonZeroUsize::new(8));
    config
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Vu>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    host::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// Looks at a component's imports and exports, so that what is wrong can be said in the contract's words.
fn check(engine: &Engine, component: &Component) -> Result<Exports, String> {
    let shape = component.component_type();
    for (name, item) in shape.imports(engine) {
        // The world's own words (`manifest`, `context`, ...) are imported as types, which is nothing to offer.
        if !matches!(item.ty, ComponentItem::Type(_)) {
            check_import(name)?;
        }
    }
    let index = |name: &str| component.get_export_index(None, name);
    if let (Some(describe), Some(iteration)) = (index("describe"), index("iteration")) {
        return Ok(Exports {
            describe,
            iteration,
            setup: index("setup"),
            judge: index("judge"),
            teardown: index("teardown"),
        });
    }
    let mut exports = String::new();
    for (name, _) in shape.exports(engine).take(5) {
        let comma = if exports.is_empty() { "" } else { ", " };
        let _ = write!(exports, "{comma}`{}`", super::vu::plain(name));
    }
    let has = if exports.is_empty() { "exports nothing".to_owned() } else { format!("exports {exports}") };
    Err(format!(
        "is a component of another world: it {has}, and a scenario exports `describe` and `iteration` (hint: build \
         it against the world `scenario` of {PACKAGE}*@{VERSION})"
    ))
}

fn check_import(name: &str) -> Result<(), String> {
    let shown = super::vu::plain(name);
    let Some(rest) = name.strip_prefix(PACKAGE) else {
        if name.starts_with("wasi:") {
            return Ok(()); // Which of WASI exists, the linker says.
        }
        return Err(format!(
            "is a component of another world: it imports `{shown}`, which strata does not offer"
        ));
    };
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    let newer = match version_numbers(version) {
        Some((0, 1, _)) => !host::INTERFACES.contains(&interface),
        _ => true,
    };
    if newer {
        return Err(format!(
            "was built for another version of the contract: it imports `{shown}`, and this strata offers \
             {PACKAGE}*@{VERSION} (hint: use a newer strata, or build the scenario with an SDK for {VERSION})"
        ));
    }
    Ok(())
}

fn version_numbers(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.splitn(3, '.').map(|part| part.parse::<u64>().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
impl Program {
    /// A module made into a scenario, on a host whose `run.now` panics when this VU calls it.
    pub(crate) fn on_a_faulty_host(module: &str, vu: u32, instances: u32) -> Program {
        use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
        let mut module = wat::parse_str(module).expect("a module");
        let mut resolve = wit_parser::Resolve::default();
        resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).expect("the contract");
        let world = "package faulty:host;\nworld scenario {\nimport strata:scenario/run@0.1.0;\n\
                     use strata:scenario/types@0.1.0.{manifest, context, failure};\nexport describe: func() -> manifest;\n\
                     export iteration: func(context: context) -> result<_, failure>;\n}";
        let package = resolve.push_str("faulty.wit", world).expect("a world");
        let world = resolve.select_world(&[package], None).expect("the world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
        let encoded =
            ComponentEncoder::default().module(&module).and_then(|with| with.validate(true).encode());
        let bytes = encoded.expect("a component");
        let engine = Engine::new(&config(instances, UNKNOWN, &Limits::default())).expect("an engine");
        let component = Component::new(&engine, bytes).expect("a component");
        let mut linker = linker(&engine).expect("a linker");
        linker.allow_shadowing(true);
        let mut run = linker.instance("strata:scenario/run@0.1.0").expect("an interface");
        run.func_wrap("now", move |store: wasmtime::StoreContextMut<'_, Vu>, (): ()| {
            assert!(store.data().role != super::Role::Vu(vu), "on purpose");
            Ok((0.0_f64,))
        })
        .expect("a function");
        Program {
            exports: check(&engine, &component).expect("the contract"),
            pre: linker.instantiate_pre(&component).expect("it links"),
            room: None,
            limits: Limits::default(),
            ticker: Arc::new(Ticker::start(&engine).expect("a thread")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_named_when_they_are_not_offered() {
        for good in ["strata:scenario/http@0.1.0", "strata:scenario/types@0.1.7", "wasi:cli/stderr@0.2.6"] {
            assert_eq!(check_import(good), Ok(()));
        }
        for (bad, why) in [
            ("strata:scenario/http@0.2.0", "another version of the contract"),
            ("strata:scenario/http@1.0.0", "another version of the contract"),
            ("strata:scenario/streams@0.1.9", "another version of the contract"),
            ("strata:scenario/http", "another version of the contract"),
            ("acme:thing/x@1.0.0", "it imports `acme:thing/x@1.0.0`"),
        ] {
            let fault = check_import(bad).expect_err(bad);
            assert!(fault.contains(why), "{fault}");
        }
    }

    /// What a later strata of the same track may be: everything that there was, one more function and one more
    /// interface.
    #[test]
    fn components_of_this_contract_run_on_hosts_that_offer_more() {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios-wasm/pack/hello.wasm");
        let source = Source::read(&pack).expect("a component");
        let engine = Engine::new(&config(1, UNKNOWN, &Limits::default())).expect("an engine");
        let component = Component::new(&engine, &source.bytes).expect("a component");
        let mut linker = linker(&engine).expect("a linker");
        let mut run = linker.instance("strata:scenario/run@0.1.0").expect("an interface");
        run.func_wrap("later", |_, (): ()| Ok((1.0_f64,))).expect("a function");
        let mut streams = linker.instance("strata:scenario/streams@0.1.1").expect("an interface");
        streams.func_wrap("open", |_, (): ()| Ok((1_u32,))).expect("a function");
        check(&engine, &component).expect("the contract");
        linker.instantiate_pre(&component).expect("it links");
    }
}
