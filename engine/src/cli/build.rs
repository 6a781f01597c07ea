//! `strata build`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::exit::Exit;
use super::{Stop, console, session};
use crate::config::parse_pair;
use crate::guest::{Source, inspect};
use crate::pack::{self, Built, Project, Watch};
use crate::plan::{Manifest, parse_timeout};

/// The lines of a failed build's tools that are told while a run goes on.
const MOST_SAID: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata build shop
  strata build shop --out shop.wasm --timeout 2m
  strata build shop --watch")]
pub(super) struct BuildArguments {
    /// The project's folder
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// The component to write [default: NAME.wasm in the project, after its folder]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A value that `describe` can read when the component is checked; may be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_pair)]
    env: Vec<(String, String)>,
    /// How long each program of the toolchain may take
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, default_value = "10m")]
    timeout: Duration,
    /// Build again whenever the source changes, until a signal
    #[arg(long, short)]
    watch: bool,
    /// Show only errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn build(arguments: &BuildArguments) -> Result<Exit, Stop> {
    let project = Project::open(&arguments.folder).map_err(|error| Stop::bad_input(error.faults))?;
    let out = arguments.out.clone().unwrap_or_else(|| component(&project, &arguments.folder));
    let how = How { env: &arguments.env, timeout: arguments.timeout, quiet: arguments.quiet };
    if !arguments.watch {
        make(&project, &out, &how)?;
        return Ok(Exit::Passed);
    }
    loop {
        // Made before the build, so that what changes meanwhile is seen.
        let watch = Watch::new(&project).map_err(|error| Stop::bad_input(error.faults))?;
        if let Err(stop) = make(&project, &out, &how) {
            console::errors(&stop.faults);
        }
        console::say(&format!("watching {}", project.folder.display()));
        let changed = watch.changed().map_err(|error| Stop::bad_input(error.faults))?;
        let changed = changed.strip_prefix(&project.folder).unwrap_or(&changed).display().to_string();
        console::say(&format!("{} changed", changed.escape_debug()));
    }
}

/// Builds a project again without a word; why it could not be, with the end of what its tools said.
pub(super) fn rebuild(project: &Project, out: &Path, env: &[(String, String)]) -> Result<(), Vec<String>> {
    let mut said = Vec::new();
    let built = pack::build(project, pack::TIMEOUT, &mut |line| said.push(line.to_owned()));
    let Built { bytes, .. } = built.map_err(|error| {
        let end = said.len().saturating_sub(MOST_SAID);
        error.faults.into_iter().chain(said.split_off(end)).collect::<Vec<_>>()
    })?;
    put(out, bytes, env).map(drop).map_err(|stop| stop.faults)
}

/// The component of the project in a folder, built anew; `env` is what its `describe` can read.
pub(super) fn fresh(folder: &Path, env: &[(String, String)]) -> Result<PathBuf, Stop> {
    let project = Project::open(folder).map_err(|error| Stop::bad_input(error.faults))?;
    let out = component(&project, folder);
    make(&project, &out, &How { env, timeout: pack::TIMEOUT, quiet: false })?;
    Ok(out)
}

/// Where a project's component goes, by the name that its folder was given.
fn component(project: &Project, given: &Path) -> PathBuf {
    given.join(format!("{}.wasm", project.name()))
}

/// What a build is told.
struct How<'a> {
    /// What `describe` can read.
    env: &'a [(String, String)],
    /// For each program of the toolchain.
    timeout: Duration,
    /// Says only what is wrong.
    quiet: bool,
}

/// Builds a project, checks what came out and writes it. What was there before stays whole until then.
fn make(project: &Project, out: &Path, how: &How<'_>) -> Result<(), Stop> {
    let &How { env, timeout, quiet } = how;
    let say = |line: &str| {
        if !quiet {
            console::say(line);
        }
    };
    say(&format!("building {} ({})", project.name(), project.language));
    let mut said = Vec::new();
    let built = pack::build(project, timeout, &mut |line| {
        said.push(format!("  {line}"));
        if !quiet {
            console::say(&format!("  {line}"));
        }
    });
    let Built { bytes, toolchain } = built.map_err(|error| {
        if quiet {
            said.iter().for_each(|line| console::say(line));
        }
        Stop::bad_input(error.faults)
    })?;
    let size = bytes.len();
    let manifest = put(out, bytes, env)?;
    say(&format!(
        "wrote {} · {} · scenario {} · by {toolchain}",
        out.display(),
        size_text(size),
        manifest.name
    ));
    Ok(())
}

/// Checks what was built and writes it.
fn put(out: &Path, bytes: Vec<u8>, env: &[(String, String)]) -> Result<Manifest, Stop> {
    let source = Source::new(out, bytes.clone()).map_err(|error| Stop::bad_input([error]))?;
    let checked = session::runtime()?.block_on(inspect(&session::compiler(), &source, env));
    let (_, manifest) = checked.map_err(|error| Stop::bad_input([error]))?;
    write(out, &bytes)
        .map_err(|error| Stop::bad_input([format!("{}: cannot be written: {error}", out.display())]))?;
    Ok(manifest)
}

/// Writes a file so that others see the old one or the new one, and never a part.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let for_all = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".strata-").permissions(for_all).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

fn size_text(bytes: usize) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} KiB", bytes / 1024),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
