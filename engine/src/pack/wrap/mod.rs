//! From a core module, as C's, Zig's and Go's toolchains make them, to a component.

mod lines;

pub(super) use lines::{Own, keep_own};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve, SourceMap};

use super::{PackError, wit};

/// WASI preview 1 on what the engine offers, and the types of what it calls.
const PREVIEW1: &str = include_str!("preview1.wat");
const PREVIEW1_WIT: &str = include_str!("preview1.wit");

/// A component of a module whose imports and exports are named after the contract.
///
/// # Errors
/// When the module is broken, or imports or exports something that the contract does not have.
pub(super) fn component(module: &[u8]) -> Result<Vec<u8>, PackError> {
    encode(module).map_err(|error| {
        // The outermost words say what was done, the innermost ones what is wrong; both are wasm-tools' own.
        let why: Vec<String> = error.chain().map(ToString::to_string).collect();
        PackError::new(format!("what was built cannot be made into a component: {}", why.join(": ")))
    })
}

fn encode(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let contract = push(&mut resolve, &wit::FILES)?;
    let world = resolve.select_world(&[contract], Some("scenario"))?;
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;

    let adapter = push(&mut resolve, &[("preview1.wit", PREVIEW1_WIT)])?;
    let world = resolve.select_world(&[adapter], Some("preview1"))?;
    let mut preview1 = wat::parse_str(PREVIEW1)?;
    embed_component_metadata(&mut preview1, &resolve, world, StringEncoding::UTF8)?;

    ComponentEncoder::default()
        .module(&module)?
        .adapter("wasi_snapshot_preview1", &preview1)?
        .validate(true)
        .encode()
}

fn push(resolve: &mut Resolve, files: &[(&str, &str)]) -> anyhow::Result<PackageId> {
    let mut sources = SourceMap::new();
    for (name, text) in files {
        sources.push_str(name, *text);
    }
    let group = sources.parse().map_err(|(_, error)| error)?;
    Ok(resolve.push_group(group)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least that the contract accepts, with a call of preview 1.
    const LEAST: &str = r#"(module
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "describe") (result i32) i32.const 16)
        (func (export "iteration") (param i32 i32 i32) (result i32)
            (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 32)))
            i32.const 64)
        OTHERS)"#;

    #[test]
    fn what_a_module_does_not_call_is_not_in_its_component() {
        let others = r#"(func (export "setup") (result i32) i32.const 64)
            (func (export "judge") (result i32) i32.const 64)
            (func (export "teardown") (result i32) i32.const 64)"#;
        let module = wat::parse_str(LEAST.replace("OTHERS", others)).expect("a module");
        let component = component(&module).expect("a component");
        let holds = |name: &str| component.windows(name.len()).any(|bytes| bytes == name.as_bytes());
        assert!(holds("wasi:clocks/wall-clock@0.2.0"));
        assert!(!holds("wasi:cli/stdout@0.2.0") && !holds("strata:scenario/run@0.1.0"));
    }

    #[test]
    fn a_module_without_an_export_of_the_contract_is_refused_by_its_name() {
        let module = wat::parse_str(LEAST.replace("OTHERS", "")).expect("a module");
        let error = component(&module).expect_err("exports are missing").to_string();
        assert!(error.contains("setup"), "{error}");
    }
}
