//! `strata pack`: a phase and its components as one artifact.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::{Stop, console, gather, session};
use crate::config::{Fault, PhaseFile, env_of};
use crate::guest::{LoadError, Source, anatomy};
use crate::pack::artifact::{Component, KeyPair, put_together, write_archive, write_folder};
use crate::pack::{Pack, PackError};
use crate::plan::shown;

/// The largest file of a key, and of data.
const KEY_BYTES: u64 = 64 * 1024;
const FILE_BYTES: u64 = 512 * 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata pack phase-3/phase.toml                         phase-3.tar
  strata pack phase-3/phase.toml -o pack/                a folder, as other OCI tools read it
  strata pack phase-3/phase.toml --sign release.key      signed; `strata key` makes the key
  strata run phase-3.tar --target http://127.0.0.1:8080")]
pub(super) struct PackArguments {
    /// A phase.toml
    phase: PathBuf,
    /// The pack to write: a file that ends with .tar, or a folder [default: NAME.tar, after the phase]
    #[arg(long, short, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Sign it with the private key in this file
    #[arg(long, value_name = "FILE")]
    sign: Option<PathBuf>,
    /// Show only errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn pack(arguments: &PackArguments) -> Result<Exit, Stop> {
    let key = arguments.sign.as_deref().map(key).transpose()?;
    let bad = |error: PackError| Stop::bad_input(error.faults);
    let mut pack = session::runtime()?.block_on(packed(&arguments.phase))?;
    if let Some(key) = &key {
        pack.sign(key).map_err(bad)?;
    }
    let out =
        arguments.out.clone().unwrap_or_else(|| format!("{}.tar", gather::name(&arguments.phase)).into());
    if out.extension().is_some_and(|extension| extension == "tar") {
        write_archive(&pack, &out).map_err(bad)?;
    } else {
        write_folder(&pack, &out).map_err(bad)?;
    }
    if !arguments.quiet {
        let (components, files) = (pack.lock().scenarios.len(), pack.lock().files.len());
        let files = if files == 0 { String::new() } else { format!(" and {files} files") };
        let signed = key.map(|key| format!(", signed by {}", key.public())).unwrap_or_default();
        console::say(&format!("wrote {} · {components} scenarios{files}{signed}", out.display()));
    }
    console::answer(pack.digest()).map_err(|error| anyhow::anyhow!("standard output: {error}"))?;
    Ok(Exit::Passed)
}

fn key(path: &Path) -> Result<KeyPair, Stop> {
    let wrong = |why: String| Stop::bad_input([format!("--sign {}: {why}", path.display())]);
    let file = std::fs::File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let pem = console::whole(file, KEY_BYTES).map_err(wrong)?;
    KeyPair::read(&pem).map_err(|error| wrong(error.to_string()))
}

/// The pack of a phase file: each component is compiled and asked what it is, so that what is packed can be run.
pub(super) async fn packed(path: &Path) -> Result<Pack, Stop> {
    let text =
        gather::read_text(path).map_err(|why| Stop::bad_input([format!("{}: {why}", path.display())]))?;
    let (file, faults) = PhaseFile::read(path, &text);
    // The names as they are written, which are those of the lock.
    let (written, _) = PhaseFile::read(Path::new("phase.toml"), &text);
    let mut faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
    let compiler = session::compiler().with_limits(file.limits);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut components: Vec<Component> = Vec::new();
    for layer in &file.layers {
        let name = layer.scenario.to_string_lossy().into_owned();
        if components.iter().any(|known| known.name == name) {
            continue;
        }
        let at = |error: LoadError| file.fault(layer.spot, error.to_string()).to_string();
        let source = match Source::read(&folder.join(&layer.scenario)) {
            Ok(source) => source,
            Err(error) => {
                faults.push(at(error));
                continue;
            }
        };
        match anatomy(&compiler, &source, &env_of(Some(layer), &Default::default())).await {
            Ok((shape, _)) => components.push(Component {
                name,
                bytes: source.into_bytes(),
                imports: shape.imports,
                exports: shape.exports.into_iter().map(str::to_owned).collect(),
            }),
            Err(error) => faults.push(at(error)),
        }
    }
    let files = files(&file, &written, &mut faults);
    if !faults.is_empty() {
        return Err(Stop::bad_input(faults));
    }
    put_together(&text, &components, &files).map_err(|error| Stop::bad_input(error.faults))
}

/// The files that the phase names, by the names that it writes. Its secrets, and the key that it shows to servers, are not
/// among them.
fn files(file: &PhaseFile, written: &PhaseFile, faults: &mut Vec<String>) -> Vec<(String, Vec<u8>)> {
    let data = file.given.data.iter().zip(&written.given.data).map(|(real, name)| (&real.file, &name.file));
    let certificates = file.transport.ca_certs.iter().zip(&written.transport.ca_certs);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (path, name) in data.chain(certificates) {
        let name = name.to_string_lossy().into_owned();
        if files.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let read = std::fs::File::open(path)
            .map_err(|error| format!("cannot be read: {error}"))
            .and_then(|file| console::whole(file, FILE_BYTES));
        match read {
            Ok(bytes) => files.push((name, bytes)),
            Err(why) => {
                faults.push(format!("{}: {}: {why}", file.path.display(), shown(&path.display().to_string())))
            }
        }
    }
    files
}
