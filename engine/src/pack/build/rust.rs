//! Rust: cargo writes the component itself.

use std::path::Path;
use std::process::Command;

use super::Built;
use super::tool::{Missing, Tools};
use crate::pack::{PackError, Project};

pub(super) const TARGET: &str = "wasm32-wasip2";
pub(super) const CARGO: Missing<'_> =
    Missing { program: "cargo", install: "rustup toolchain install stable" };

pub(super) fn build(project: &Project, tools: &mut Tools<'_>) -> Result<Built, PackError> {
    let manifest = project.folder.join("Cargo.toml");
    let wrong = |why: &str| PackError::new(format!("{}: {why}", manifest.display()));
    let toolchain = tools.ask("cargo", ["--version"])?.ok_or_else(|| CARGO.error())?;
    if !has_target(&project.folder, tools)? {
        return Err(PackError::new(format!(
            "the Rust target {TARGET} is not installed, which components are built for (hint: `rustup target add \
             {TARGET}`)"
        )));
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&project.folder).args(["build", "--release", "--target", TARGET]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let messages = tools.run(&cargo, "cargo build", &CARGO, true)?;
    let component = component(&messages, &manifest)
        .ok_or_else(|| wrong("makes no component (hint: `[lib]` with `crate-type = [\"cdylib\"]`)"))?;
    let bytes = std::fs::read(&component)
        .map_err(|error| PackError::new(format!("{component}: cannot be read: {error}")))?;
    Ok(Built { bytes, toolchain })
}

/// Whether the standard library of the target is there, for the toolchain of a folder.
pub(super) fn has_target(folder: &Path, tools: &Tools<'_>) -> Result<bool, PackError> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder).args(["--print", "target-libdir", "--target", TARGET]);
    Ok(tools.answer(&rustc)?.is_some_and(|folder| Path::new(&folder).is_dir()))
}

/// The `.wasm` that cargo's messages name for the library of this manifest.
fn component(messages: &str, manifest: &Path) -> Option<String> {
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let own = artifacts.filter(|message| {
        let named = message.get("manifest_path").and_then(serde_json::Value::as_str);
        let is_artifact = message.get("reason").is_some_and(|reason| reason == "compiler-artifact");
        is_artifact && named.is_some_and(|named| Path::new(named) == manifest)
    });
    let files = own.filter_map(|message| message.get("filenames")?.as_array().cloned()).flatten();
    let mut files = files.filter_map(|file| file.as_str().map(str::to_owned));
    files.rfind(|file| file.ends_with(".wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_the_component_is() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","manifest_path":"/dep/Cargo.toml","filenames":["/t/dep.wasm"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/a b/Cargo.toml","filenames":["/t/a.d","/t/a.wasm"]}"#,
            "\nnoise\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let of = |manifest: &str| component(messages, Path::new(manifest));
        assert_eq!(of("/a b/Cargo.toml").as_deref(), Some("/t/a.wasm"));
        assert_eq!(of("/other/Cargo.toml"), None);
    }
}
