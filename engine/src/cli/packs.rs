//! Packs as sources of runs: opened, verified, and held to what a stranger's phase may ask of this machine.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::TempDir;

use super::gather::Phase;
use super::registry::{RegistryArguments, remote};
use super::{Stop, console, session};
use crate::config::{Fault, Flags, PhaseFile, SecretSource};
use crate::guest::Source;
use crate::pack::artifact::{Place, PublicKey, open};
use crate::pack::{Pack, PackError};
use crate::plan::{PackPlan, shown};

/// The largest file of a key.
const KEY_BYTES: u64 = 64 * 1024;
/// What names of packs in registries begin with.
const OCI: &str = "oci://";
/// Where tar says that it is one.
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");

/// Who must have signed, and how registries are spoken to.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct TrustArguments {
    /// Accept only a pack signed with the key whose public part this file is; may be repeated for one of several
    #[arg(long, value_name = "FILE")]
    verify: Vec<PathBuf>,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// A pack that is a source, with the key by which it was verified.
pub(super) struct Opened {
    pub pack: Pack,
    pub signed_by: Option<PublicKey>,
}

/// What makes a run of a pack another thing than one of its phase file.
pub(super) struct OfPack {
    plan: PackPlan,
    /// Files that the phase names.
    files: TempDir,
}

impl OfPack {
    /// What stays of it when the run has read the files, which go.
    pub(super) fn read(self) -> PackPlan {
        let OfPack { plan, files } = self;
        drop(files);
        plan
    }
}

/// Whether a source is a pack by its name, or by how it begins.
pub(super) fn is_pack(source: &Path) -> bool {
    if is_remote(source) || source.join("index.json").symlink_metadata().is_ok() {
        return true;
    }
    if source.extension().is_some_and(|extension| extension == "tar") {
        return true;
    }
    let (at, magic) = TAR_MAGIC;
    let mut head = [0; 512];
    let read = std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

/// Whether a source is in a registry.
pub(super) fn is_remote(source: &Path) -> bool {
    source.as_os_str().as_encoded_bytes().starts_with(OCI.as_bytes())
}

/// Opens a pack and verifies it, if that was asked for. `moving`: a tag will do, which can come to mean another pack.
pub(super) fn opened(source: &Path, trust: &TrustArguments, moving: bool) -> Result<Opened, Stop> {
    let bad = |error: PackError| Stop::bad_input(error.faults);
    let keys = keys(&trust.verify)?;
    let shown_source = shown(&source.display().to_string());
    let place = if is_remote(source) {
        let name = source.to_str().unwrap_or_default();
        let remote = remote(name, &trust.registry)?;
        if !remote.pinned() && !moving {
            let hint = format!("(hint: `strata inspect {shown_source}` shows the digest)");
            let why = "a tag can come to mean another pack, and so a pack is named by its digest";
            return Err(Stop::bad_input([format!("{shown_source}: {why} {hint}")]));
        }
        Place::Remote(remote)
    } else if source.is_dir() {
        Place::folder(source)
    } else {
        Place::archive(source).map_err(bad)?
    };
    let pack = session::runtime()?.block_on(open(place)).map_err(|error| {
        Stop::bad_input(error.faults.into_iter().map(|fault| {
            match is_remote(source) || fault.contains(&shown_source) {
                true => fault,
                false => format!("{shown_source}: {fault}"),
            }
        }))
    })?;
    let signed_by = pack.signed_by(&keys).cloned();
    if !keys.is_empty() && signed_by.is_none() {
        let digest = pack.digest();
        let why = match pack.signatures() {
            0 => "it is not signed".to_owned(),
            1 => "its signature is by another key, or of another pack".to_owned(),
            more => format!("its {more} signatures are by other keys, or of another pack"),
        };
        return Err(Stop::bad_input([format!("{shown_source}: --verify refuses {digest}: {why}")]));
    }
    Ok(Opened { pack, signed_by })
}

fn keys(paths: &[PathBuf]) -> Result<Vec<PublicKey>, Stop> {
    let read = |path: &PathBuf| {
        let wrong = |why: String| format!("--verify {}: {why}", path.display());
        let file = std::fs::File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let pem = console::whole(file, KEY_BYTES).map_err(wrong)?;
        PublicKey::read(&pem).map_err(|error| wrong(error.to_string()))
    };
    paths.iter().map(read).collect::<Result<_, _>>().map_err(|fault: String| Stop::bad_input([fault]))
}

/// Refuses `--verify` for what is no pack.
pub(super) fn only_packs(source: &Path, trust: &TrustArguments) -> Result<(), Stop> {
    match trust.verify.is_empty() {
        true => Ok(()),
        false => Err(Stop::bad_input([format!(
            "{}: only a pack is signed (hint: `strata pack`, or leave `--verify` out)",
            shown(&source.display().to_string())
        )])),
    }
}

/// The phase of a pack, its components, and what it may not ask for. The components are those of the pack and no others, and
/// so are the files, which are put where they can be read.
pub(super) fn phase_of(source: &Path, opened: &Opened, flags: &Flags) -> Result<Phase, Stop> {
    let Opened { pack, signed_by } = opened;
    let text = pack.phase().map_err(|error| Stop::bad_input(error.faults))?;
    // Without a folder, so that files keep the names that are in the lock.
    let (mut file, mut faults) = PhaseFile::read(Path::new("phase.toml"), text);
    file.path = PathBuf::from(format!("{}: phase.toml", source.display()));
    faults.iter_mut().for_each(|fault| fault.path = Some(file.path.clone()));
    let mut sources = Vec::with_capacity(file.layers.len());
    for layer in &file.layers {
        let name = layer.scenario.to_str().unwrap_or_default();
        let found = match pack.component(name) {
            None => Err(format!(
                "the pack has no component `{}` (hint: `strata pack` makes it anew)",
                shown(name)
            )),
            Some(bytes) => Source::new(&layer.scenario, bytes.to_vec()).map_err(|error| error.to_string()),
        };
        sources.push(found.map_err(|why| faults.push(file.fault(layer.spot, why))).ok());
    }
    ungranted(&file, flags, &mut faults);
    let files = tempfile::Builder::new().prefix("strata-pack-").tempdir();
    let files = files.map_err(|error| anyhow::anyhow!("a temporary folder cannot be made: {error}"))?;
    put_files(pack, flags, &mut file, &mut faults, files.path())?;
    let plan =
        PackPlan { digest: pack.digest().to_owned(), signed_by: signed_by.as_ref().map(ToString::to_string) };
    Ok(Phase { file, sources, faults, pack: Some(OfPack { plan, files }) })
}

/// What a phase file of one's own may say, and a pack may not: it may come from a stranger.
fn ungranted(file: &PhaseFile, flags: &Flags, faults: &mut Vec<Fault>) {
    if let (None, Some(target)) = (&flags.target, &file.head.target) {
        let named = shown(&target.name);
        let why = format!("a pack does not choose the system that it loads (hint: `--target {named}`)");
        faults.push(file.fault(target.spot, why));
    }
    for secret in &file.given.secrets {
        let name = &secret.name;
        let (Some(spot), false) = (secret.spot, flags.secrets.iter().any(|(given, _)| given == name)) else {
            continue;
        };
        let source = match &secret.source {
            SecretSource::Env(variable) => format!("env:{}", shown(variable)),
            SecretSource::File(path) => format!("file:{}", shown(&path.display().to_string())),
        };
        let why = format!("a pack does not read secrets by itself (hint: `--secret {name}={source}`)");
        faults.push(file.fault(spot, why));
    }
    let mut not_alone = |asked: bool, what: &str, hint: &str| {
        if asked {
            let message = format!("[http]: a pack {what} (hint: `{hint}`)");
            faults.push(Fault { path: Some(file.path.clone()), spot: None, message });
        }
    };
    let (own, given) = (&file.transport, &flags.transport);
    let insecure = own.insecure == Some(true) && given.insecure.is_none();
    not_alone(insecure, "does not decide that certificates are not checked", "--insecure");
    let shows = (own.cert.is_some() || own.key.is_some()) && given.cert.is_none();
    not_alone(shows, "has no certificate to show", "--cert FILE --key FILE");
}

/// Writes the files that the phase names where the run reads them, under names of our own.
fn put_files(
    pack: &Pack,
    flags: &Flags,
    file: &mut PhaseFile,
    faults: &mut Vec<Fault>,
    folder: &Path,
) -> anyhow::Result<()> {
    let phase = file.clone();
    let put = |path: &mut PathBuf, index: usize, kind: &str| -> anyhow::Result<Option<String>> {
        let name = path.to_str().unwrap_or_default();
        let Some(bytes) = pack.file(name) else {
            return Ok(Some(format!(
                "the pack has no file `{}` (hint: `strata pack` makes it anew)",
                shown(name)
            )));
        };
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        let to = folder.join(format!("{kind}-{index}.{extension}"));
        std::fs::write(&to, bytes)
            .map_err(|error| anyhow::anyhow!("{}: cannot be written: {error}", to.display()))?;
        *path = to;
        Ok(None)
    };
    for (index, set) in file.given.data.iter_mut().enumerate() {
        if flags.data.iter().any(|(given, _)| *given == set.name) {
            continue;
        }
        let Some(why) = put(&mut set.file, index, "data")? else { continue };
        faults.push(crate::config::Given::fault(Some(&phase), set.spot, why));
    }
    if !flags.transport.ca_certs.is_empty() {
        return Ok(());
    }
    for (index, path) in file.transport.ca_certs.iter_mut().enumerate() {
        let Some(message) = put(path, index, "ca")? else { continue };
        faults.push(Fault { path: Some(phase.path.clone()), spot: None, message });
    }
    Ok(())
}
