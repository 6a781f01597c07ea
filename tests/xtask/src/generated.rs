//! `cargo xtask generated`: the bindings of SDKs, and what in the README is said by the program itself.
//!
//! A block between `<!-- strata ARGUMENTS -->` and `<!-- end -->` is what `strata ARGUMENTS` writes to standard output.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{bindings, suite};

const OPEN: &str = "<!-- strata ";
const CLOSE: &str = "<!-- end -->";

/// Writes the blocks anew; with `check`, only says whether they would change.
///
/// # Errors
/// When a block does not end, the program does not build or say anything, or, with `check`, a block or binding is stale.
pub fn run(root: &Path, check: bool) -> Result<()> {
    bindings::run(root, check)?;
    let path = root.join("README.md");
    let before = fs::read_to_string(&path).context("cannot read README.md")?;
    suite::build(root)?;
    let after = renew(&before, |arguments| said(root, arguments))?;
    if before == after {
        return Ok(());
    }
    if check {
        bail!("README.md does not say what the program says (hint: `cargo xtask generated`)");
    }
    fs::write(&path, after).context("cannot write README.md")
}

fn said(root: &Path, arguments: &str) -> Result<String> {
    let program = root.join("target/release/strata");
    let mut command = Command::new(program);
    // No stream is a terminal, whose width would decide where help is wrapped.
    let output = command.args(arguments.split_whitespace()).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("`strata {arguments}` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    Ok(lines.join("\n"))
}

/// The text with each block made anew by `say`, which is given the arguments.
fn renew(text: &str, say: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (arguments, block) = after.split_once(" -->").context("a marker in README.md does not end")?;
        let (_, after) =
            block.split_once(CLOSE).with_context(|| format!("the block of `{arguments}` does not end"))?;
        let said = say(arguments)?;
        out.push_str(&format!("{before}{OPEN}{arguments} -->\n```text\n{said}\n```\n{CLOSE}"));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_replaced_and_the_rest_stays() {
        let text = "a\n<!-- strata run --help -->\nold\n<!-- end -->\nb\n";
        let new = renew(text, |arguments| Ok(format!("said {arguments}")));
        let expected = "a\n<!-- strata run --help -->\n```text\nsaid run --help\n```\n<!-- end -->\nb\n";
        assert_eq!(new.ok().as_deref(), Some(expected));
        assert_eq!(
            renew(expected, |arguments| Ok(format!("said {arguments}"))).ok().as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn a_block_without_an_end_is_an_error() {
        assert!(renew("<!-- strata x -->\n", |_| Ok(String::new())).is_err());
        assert!(renew("<!-- strata x", |_| Ok(String::new())).is_err());
    }
}
