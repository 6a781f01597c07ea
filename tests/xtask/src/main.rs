//! `cargo xtask TASK`: what is done with this repository besides building it.

mod bench;
mod bindings;
mod deny;
mod dist;
mod freeze;
mod generated;
mod scenarios;
mod suite;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "cargo xtask TASK

  test                 run every test, fetching what they need
  generated            write what the README quotes from the program, and the bindings of SDKs
  generated --check    say whether it would change
  scenarios            build the components in scenarios-wasm/pack, and the pack of phase 3 beside them
  scenarios --check    build them and compare, changing nothing
  freeze               keep the contract of this version and components built against it, for good
  dist                 build the program as it is given away, and say how large it is
  deny                 licences, duplicate versions and sources of dependencies, by cargo-deny
  deny advisories      what is known against them; needs GitHub
  bench ...            measure strata beside its rivals; `bench --help` says more";

fn main() -> ExitCode {
    if let Some(code) = scenarios::stand_in_for_rustc() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match task(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task(arguments: &[&str]) -> Result<()> {
    let root = root()?;
    match arguments {
        ["test"] => suite::run(&root),
        ["generated"] => generated::run(&root, false),
        ["generated", "--check"] => generated::run(&root, true),
        ["scenarios"] => {
            toolchain::add_wasm()?;
            scenarios::build(&root, &root.join(scenarios::PACK))?;
            scenarios::pack(&root)
        }
        ["scenarios", "--check"] => {
            toolchain::add_wasm()?;
            scenarios::check(&root)
        }
        ["freeze"] => {
            suite::build(&root)?;
            freeze::run(&root)
        }
        ["dist"] => dist::run(&root),
        ["deny"] => deny::run(&root, &["licenses", "bans", "sources"]),
        ["deny", "advisories"] => deny::run(&root, &["advisories"]),
        ["bench", arguments @ ..] => bench::run(&root, arguments),
        _ => bail!("unknown task `{}`\n\n{USAGE}", arguments.join(" ")),
    }
}

/// The top of the repository, which this crate lies two folders below.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map(Path::to_owned).context("the repository has no top folder")
}
