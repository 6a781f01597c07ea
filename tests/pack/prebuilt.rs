//! The pack of phase 3 in the repository: what its components and its phase file make, which `cargo xtask scenarios
//! --check` proves to be what their sources build to. It runs without any of them.

use strata_support::{Server, committed, repository};

use super::{files, strata};

#[test]
fn the_prebuilt_pack_is_what_its_components_make_byte_for_byte() {
    let phase = repository().join("scenarios-wasm/phase-3/phase.toml");
    let made = strata().args(["pack", "-o", "pack"]).args([&phase]).run().with(0);
    let committed = repository().join("scenarios-wasm/pack");
    let layout = |folder: &std::path::Path| {
        let mut all = files(folder);
        all.retain(|(name, _)| !name.ends_with(".wasm"));
        all
    };
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (is, should) = (layout(&committed), layout(&made.path("pack")));
    let hint = "scenarios-wasm/pack is stale (hint: `cargo xtask scenarios`)";
    assert_eq!(names(&is), names(&should), "{hint}");
    assert!(is == should, "{hint}");
}

#[test]
fn the_prebuilt_pack_runs_where_nothing_else_is() {
    let server = Server::fast();
    let pack = repository().join("scenarios-wasm/pack");
    let shown = strata().args(["inspect"]).args([&pack]).env("PATH", "/nowhere").run().with(0);
    assert_eq!(shown.stdout.matches("  scenario ").count(), 11, "{}", shown.stdout);
    let run = strata().args(["run"]).args([&pack]).args(["--target", &server.url(), "--layer", "15"]);
    let ended = run.args(["--iterations", "1", "--vus", "1"]).env("PATH", "/nowhere").run();
    // The server is none of the phase's: what counts is that its layers ran.
    assert!(matches!(ended.code, 99 | 107), "{}", ended.stderr);
    assert!(server.count() > 0 && ended.summary()["run"]["pack"]["digest"].is_string());
    assert!(committed("hello").is_file());
}
