//! `cargo xtask dist`: the program as it is given away, and how large it is.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{suite, toolchain};

const MIB: f64 = 1_048_576.0;

/// Builds it alone, optimised across crates and without symbols, and says where it is, and its size as it is and packed.
///
/// # Errors
/// When it cannot be built or read.
pub fn run(root: &Path) -> Result<()> {
    let folder = root.join("target");
    let mut build = suite::cargo();
    build.current_dir(root).args(["build", "--profile", "dist", "--locked", "--package", "strata"]);
    if !build.arg("--target-dir").arg(&folder).status().context("cannot run cargo")?.success() {
        bail!("cannot build strata");
    }
    let program = folder.join("dist/strata");
    let bytes = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    let packed = packed(&bytes).context("cannot pack it")?;
    println!("{}", program.display());
    println!("{:.1} MiB for {}", bytes.len() as f64 / MIB, toolchain::host()?);
    println!("{:.1} MiB packed by gzip", packed as f64 / MIB);
    Ok(())
}

/// The size of what gzip makes of it.
fn packed(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().map(|packed| packed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_little_is_packed_small_and_what_says_much_is_not() {
        assert!(packed(&[7; 100_000]).is_ok_and(|size| size < 1_000));
        let mut state = 1_u64;
        let noise: Vec<u8> = (0..100_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        assert!(packed(&noise).is_ok_and(|size| size > 99_000));
    }
}
