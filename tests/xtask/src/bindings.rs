//! The generated part of SDKs: what `wit/` is in C and Go, committed so that authors need their compiler only.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{Resolve, WorldId};

/// Writes the bindings anew; with `check`, only says whether one would change.
///
/// # Errors
/// When the contract cannot be read, or, with `check`, a binding is stale.
pub fn run(root: &Path, check: bool) -> Result<()> {
    let mut files = c(root)?;
    files.extend(go(root)?);
    files.sort();
    for (path, text) in files {
        let whole = root.join(&path);
        if fs::read(&whole).is_ok_and(|before| before == text) {
            continue;
        }
        if check {
            bail!("{path} is not what the contract says (hint: `cargo xtask generated`)");
        }
        fs::create_dir_all(whole.parent().context("a file has a folder")?)?;
        fs::write(&whole, text).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(())
}

type Generated = Vec<(String, Vec<u8>)>;

fn contract(root: &Path) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root.join("wit"))?;
    let world = resolve.select_world(&[package], Some("scenario"))?;
    Ok((resolve, world))
}

/// The binding, and what stands in for its imports on the author's own machine.
fn c(root: &Path) -> Result<Generated> {
    let (mut resolve, world) = contract(root)?;
    let options = wit_bindgen_c::Opts { no_object_file: true, ..Default::default() };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    let mut out = Vec::new();
    for (name, bytes) in files.iter() {
        if name == "scenario.h" {
            let header = std::str::from_utf8(bytes)?;
            out.push(("guest-sdk/c/generated/native.c".to_owned(), native(header)?.into_bytes()));
        }
        out.push((format!("guest-sdk/c/generated/{name}"), bytes.to_vec()));
    }
    Ok(out)
}

/// A definition of each import that a header declares, which says that it is not there and ends the program.
fn native(header: &str) -> Result<String> {
    let mut out = String::from(
        "/* Generated from `wit/`: the engine's functions on a machine where no engine is. */\n\
         #pragma GCC diagnostic ignored \"-Wunused-parameter\"\n#include \"scenario.h\"\n#include <stdio.h>\n#include <stdlib.h>\n\n\
         static void absent(const char *name) {\n\
         \x20 fprintf(stderr, \"%s is the engine's, which is not here (hint: test what does not call it, or use \"\n\
         \x20                 \"`strata try`)\\n\", name);\n  abort();\n}\n",
    );
    let imports = header.lines().filter_map(|line| line.strip_prefix("extern ")?.strip_suffix(");"));
    for import in imports {
        let (before, _) = import.split_once('(').context("a declaration without parameters")?;
        let name = before.rsplit([' ', '*']).next().unwrap_or_default();
        let said = name.strip_prefix("strata_scenario_").context("an import of another package")?;
        write!(out, "\n{import}) {{\n  absent(\"{}\");\n  abort();\n}}\n", said.replacen('_', ".", 1))?;
    }
    Ok(out)
}

/// Where the Go SDK keeps its bindings, and what their packages are imported as.
const GO: &str = "guest-sdk/go/internal";
const GO_IMPORT: &str = "strata/internal";

/// The packages of the interfaces, and the exports as a part of the SDK's own package.
fn go(root: &Path) -> Result<Generated> {
    let (mut resolve, world) = contract(root)?;
    let mut files = Files::default();
    wit_bindgen_go::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    let mut out = Vec::new();
    for (name, bytes) in files.iter() {
        let text = std::str::from_utf8(bytes)?
            .replace("go.bytecodealliance.org/pkg/wit/", &format!("{GO_IMPORT}/wit/"))
            .replace("wit_component/strata_", &format!("{GO_IMPORT}/strata_"));
        match name.split_once('/') {
            None if name == "wit_exports.go" => {
                let text = go_exports(&text)?;
                out.push(("guest-sdk/go/exports_wasip1.go".to_owned(), text.into_bytes()));
            }
            Some((package, "wit_bindings.go")) if package.starts_with("strata_") => {
                let Apart { rest, wasm, native } = apart(&text, package)?;
                out.push((format!("{GO}/{package}/bindings.go"), rest.into_bytes()));
                if let (Some(wasm), Some(native)) = (wasm, native) {
                    out.push((format!("{GO}/{package}/imports_wasip1.go"), wasm.into_bytes()));
                    out.push((format!("{GO}/{package}/imports_native.go"), native.into_bytes()));
                }
            }
            _ => {}
        }
    }
    Ok(out)
}

/// The exports as the SDK's own: it calls its functions, and has no `main`.
fn go_exports(text: &str) -> Result<String> {
    let (before, _) = text.split_once("// Unused, but present").context("the exports end as they used to")?;
    let own = before
        .replace("package main", "//go:build wasip1\n\npackage strata")
        .replace("\"wit_component/export_wit_world\"\n", "")
        .replace("export_wit_world.", "export");
    Ok(own)
}

struct Apart {
    rest: String,
    wasm: Option<String>,
    native: Option<String>,
}

/// Takes the declarations of imports out of a package, which only a WebAssembly module can have, and makes functions in
/// their place that say that they are not there.
fn apart(text: &str, package: &str) -> Result<Apart> {
    let interface = package.strip_prefix("strata_scenario_").context("a package of another contract")?;
    let mut apart = Apart { rest: String::new(), wasm: None, native: None };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(import) = line.strip_prefix("//go:wasmimport ") else {
            apart.rest.push_str(line);
            apart.rest.push('\n');
            continue;
        };
        let (_, name) = import.split_once(' ').context("an import has a module and a name")?;
        let declared = lines.next().context("an import is declared")?.trim_end();
        let start = |build| format!("// Generated from `wit/`.\n\n//go:build {build}\n\npackage {package}\n");
        let wasm = apart.wasm.get_or_insert_with(|| start("wasip1"));
        write!(wasm, "\n{line}\n{declared}\n")?;
        let native = apart.native.get_or_insert_with(|| start("!wasip1"));
        let said = format!("{interface}.{name} is the engine's, which is not here (hint: `strata try`)");
        write!(native, "\n{declared} {{\n\tpanic({said:?})\n}}\n")?;
    }
    Ok(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_go_are_taken_apart() {
        let text = "package p\n\n//go:wasmimport m:n/run@0.1.0 now\nfunc wasm_import_now() float64 \n\nfunc Now() {}\n";
        let Apart { rest, wasm, native } = apart(text, "strata_scenario_run").expect("parts");
        assert_eq!(rest, "package p\n\n\nfunc Now() {}\n");
        assert!(
            wasm.expect("imports")
                .ends_with("//go:wasmimport m:n/run@0.1.0 now\nfunc wasm_import_now() float64\n")
        );
        assert!(
            native.expect("stands in").contains("func wasm_import_now() float64 {\n\tpanic(\"run.now is")
        );
    }

    #[test]
    fn each_import_is_stood_in_for() {
        let header = "typedef int x;\nextern double strata_scenario_run_now(void);\nvoid other(void);\n";
        let text = native(header).expect("a file");
        assert!(text.contains("double strata_scenario_run_now(void) {\n  absent(\"run.now\");"), "{text}");
        assert!(!text.contains("other"), "{text}");
    }
}
