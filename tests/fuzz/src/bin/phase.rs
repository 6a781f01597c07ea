//! `phase.toml`: read, and resolved with what its scenarios said.
#![no_main]

use std::path::{Path, PathBuf};
use std::time::Duration;

use strata::config::{Described, Fault, Flags, PhaseFile, resolve};
use strata::plan::{Goal, Manifest, Op, Priority, StageSpec, Watch};

fn manifest() -> Manifest {
    let stage = StageSpec {
        name: "main".to_owned(),
        executor: "constant-vus".to_owned(),
        vus: Some(2),
        duration: Some(Duration::from_secs(1)),
        ..StageSpec::default()
    };
    let goal = Goal {
        name: "p95".to_owned(),
        unit: "ms".to_owned(),
        op: Op::AtMost,
        target: 100.0,
        warn: None,
        measure: None,
        watch: Watch::default(),
    };
    Manifest {
        name: "fuzzed".to_owned(),
        place: None,
        stages: vec![stage],
        goals: vec![goal],
        metrics: Vec::new(),
        priority: Priority::Low,
        needs: Vec::new(),
    }
}

/// A stranger's words do not reach the terminal as they are. Places are counted in the text, so they can be wrong.
fn harmless(faults: &[Fault]) {
    for fault in faults {
        assert!(!fault.to_string().contains('\x1b'), "{fault}");
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let file = match PhaseFile::parse(Path::new("phase.toml"), text) {
        Ok(file) => file,
        Err(faults) => {
            assert!(!faults.is_empty());
            harmless(&faults);
            return;
        }
    };
    let described = file.layers.iter().map(|layer| {
        Some(Described {
            source: PathBuf::from(&layer.scenario),
            digest: String::new(),
            manifest: manifest(),
        })
    });
    match resolve(Some(&file), described.collect(), &Flags::default()) {
        Ok((plan, kept)) => assert_eq!(plan.layers.len(), kept.len()),
        Err(faults) => {
            assert!(!faults.is_empty());
            harmless(&faults);
        }
    }
});
