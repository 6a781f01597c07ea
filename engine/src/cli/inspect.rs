//! `strata inspect`: what a scenario is.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::exit::Exit;
use super::packs::{Opened, TrustArguments, is_pack, only_packs, opened};
use super::{Stop, console, session};
use crate::config::{Flags, limits_of, parse_limit, parse_pair};
use crate::event::{INSPECT_SCHEMA, Inspection, ProducerReport};
use crate::guest::{Anatomy, Source, anatomy};
use crate::plan::Manifest;
use crate::report::{inspection_json, inspection_text};

/// How interfaces are called.
const STRATA: &str = "strata:scenario/";
const WASI: &str = "wasi:";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata inspect shop.wasm
  strata inspect shop.wasm --json
  strata inspect shop.tar --verify release.key.pub
  strata inspect oci://ghcr.io/team/shop:1.2.0")]
pub(super) struct InspectArguments {
    /// A .wasm component, or a pack: a folder, a .tar or oci://HOST/NAME, by digest or tag
    source: PathBuf,
    /// A value that the scenario can read; may be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_pair)]
    env: Vec<(String, String)>,
    /// What a scenario may take: memory=64MiB, iteration=2s, ... (a wrong name lists all); may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_limit)]
    limit: Vec<(String, String)>,
    #[command(flatten)]
    trust: TrustArguments,
    /// Write one JSON document (strata.inspect/1; of a pack strata.pack/1)
    #[arg(long)]
    json: bool,
}

/// Shows a scenario; 104 when it is none.
pub(super) fn inspect(arguments: &InspectArguments) -> Result<Exit, Stop> {
    if is_pack(&arguments.source) {
        return pack(arguments);
    }
    only_packs(&arguments.source, &arguments.trust)?;
    let source = Source::read(&arguments.source).map_err(|error| Stop::bad_input([error]))?;
    let flags = Flags { limits: arguments.limit.clone(), ..Flags::default() };
    let limits = limits_of(None, &flags).map_err(|fault| Stop::bad_input([fault]))?;
    let compiler = session::compiler().with_limits(limits);
    let inspected = session::runtime()?.block_on(anatomy(&compiler, &source, &arguments.env));
    let (anatomy, manifest) = inspected.map_err(|error| Stop::bad_input([error]))?;
    let inspection = put_together(&source, anatomy, &manifest);
    let written = if arguments.json {
        console::answer(&inspection_json(&inspection))
    } else {
        let (mut stream, width) = console::page();
        let text = inspection_text(&inspection, width);
        console::unless_gone(std::io::Write::write_all(&mut stream, text.as_bytes()))
    };
    written.context("standard output")?;
    Ok(Exit::Passed)
}

/// Shows what is in a pack; 104 when it is none, or not signed as `--verify` wants it.
fn pack(arguments: &InspectArguments) -> Result<Exit, Stop> {
    let Opened { pack, signed_by } = opened(&arguments.source, &arguments.trust, true)?;
    let text = if arguments.json { pack.json() } else { pack.text(signed_by.as_ref()) };
    console::answer(text.trim_end()).context("standard output")?;
    Ok(Exit::Passed)
}

fn put_together(source: &Source, anatomy: Anatomy, manifest: &Manifest) -> Inspection {
    let of = |package: &str| -> Vec<String> {
        anatomy.imports.iter().filter_map(|import| import.strip_prefix(package)).map(str::to_owned).collect()
    };
    let bare = |interface: String| interface.split('@').next().unwrap_or_default().to_owned();
    Inspection {
        schema: INSPECT_SCHEMA,
        file: source.path.display().to_string(),
        size: anatomy.size,
        sha256: source.digest.clone(),
        strata: of(STRATA).into_iter().map(bare).filter(|interface| interface != "types").collect(),
        wasi: of(WASI),
        contract: anatomy.contract,
        producers: anatomy
            .producers
            .into_iter()
            .map(|producer| ProducerReport {
                field: producer.field,
                name: producer.name,
                version: producer.version,
            })
            .collect(),
        exports: anatomy.exports,
        compile_ms: anatomy.compiling.as_secs_f64() * 1e3,
        compile_cached: anatomy.cached,
        manifest: manifest.into(),
        warnings: manifest.stages.iter().filter_map(|stage| stage.check().err()).flatten().collect(),
    }
}
