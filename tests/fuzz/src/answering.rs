//! Components that answer with given bytes.

use std::path::Path;
use std::sync::LazyLock;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The bytes of memory that a target may fill.
pub const IMAGE: usize = 4096;
/// What they are before that.
const BLANK: u8 = 0xa5;
/// Where the answer of `describe` begins.
pub const ANSWER: usize = 8;

/// A component whose answer to `describe` is these bytes of its memory, as the canonical ABI lays a manifest out from
/// byte [`ANSWER`] on; addresses in it count from the first byte.
pub fn answering(image: &[u8]) -> Vec<u8> {
    static COMPONENT: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
        let component = component().expect("a component");
        let at = component.windows(IMAGE).position(|bytes| bytes.iter().all(|byte| *byte == BLANK));
        (component, at.expect("a data segment"))
    });
    let (mut component, at) = COMPONENT.clone();
    component[at..at + IMAGE].fill(0);
    let length = image.len().min(IMAGE);
    component[at..at + length].copy_from_slice(&image[..length]);
    component
}

fn component() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let blank = format!("\\{BLANK:02x}").repeat(IMAGE);
    let mut module = wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const 0) "{blank}")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "describe") (result i32) i32.const {ANSWER})
            (func (export "iteration") (param i32 i32 i32) (result i32) i32.const 0)
            (func (export "setup") (result i32) i32.const 0)
            (func (export "judge") (result i32) i32.const 0)
            (func (export "teardown") (result i32) i32.const 0))"#
    ))?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit")))?;
    let world = resolve.select_world(&[package], Some("scenario"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    Ok(ComponentEncoder::default().module(&module)?.validate(true).encode()?)
}
