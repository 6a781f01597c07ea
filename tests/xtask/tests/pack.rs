//! The committed components are what their source builds to, byte for byte.

use std::process::Command;

#[test]
fn the_committed_components_are_what_their_source_builds_to() {
    let check = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["scenarios", "--check"]).output();
    let check = check.expect("xtask runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
