//! `strata inspect`: what a scenario is, for people and for programs.

use serde_json::{Value, json};
use strata_support::{Ended, Strata, committed, probe};

use super::strata;

fn inspect(component: &std::path::Path, more: &str) -> Strata {
    strata().args(["inspect"]).args([component]).args(more.split_whitespace())
}

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("a JSON document")
}

/// It fits into 80 columns and has no control characters.
fn plain(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn a_scenario_is_shown_on_eighty_columns_without_colours() {
    let ended = inspect(&committed("layer-08-api-throughput"), "").run().with(0);
    assert_eq!(ended.stderr, "");
    plain(&ended.stdout);
    for text in [
        "layer-08-api-throughput\n",
        "  layer       8 · API & Services · Throughput\n",
        "  priority    critical\n",
        "  contract    strata:scenario 0.1.0\n",
        "\n9 stages\n",
        "  feed         constant-vus: 8 VUs for 1.5s, stops within 5s\n",
        "\n2 goals\n",
        "  throughput  >= 50 req/s, judged by the scenario\n",
        "  hosts       none besides the target\n",
        "  strata      http, metrics, results\n",
        "cli/stderr@0.2.",
        "linked but empty",
        "wit-component",
    ] {
        assert!(ended.stdout.contains(text), "`{text}` is not in\n{}", ended.stdout);
    }
}

#[test]
fn the_document_has_a_complete_manifest() {
    let path = committed("layer-08-api-throughput");
    let ended = inspect(&path, "--json").run().with(0);
    let document = document(&ended);
    assert_eq!(document["schema"], "strata.inspect/1");
    assert_eq!(document["size"], std::fs::metadata(&path).expect("a file").len());
    assert_eq!(document["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(document["contract"], "0.1.0");
    assert_eq!(document["exports"], json!(["describe", "iteration", "setup", "judge", "teardown"]));
    assert_eq!(document["strata"], json!(["http", "metrics", "results"]));
    let manifest = &document["manifest"];
    assert_eq!(manifest["layer"], json!({"number": 8, "title": "Throughput", "area": "API & Services"}));
    assert_eq!(manifest["fix_priority"], "critical");
    assert_eq!(manifest["needs"], json!([]));
    assert_eq!(manifest["stages"].as_array().map(Vec::len), Some(9));
    assert_eq!(
        manifest["stages"][0],
        json!({
            "name": "feed", "executor": "constant-vus", "vus": 8, "max_vus": null, "iterations": null, "rate": null,
            "time_unit_ms": null, "duration_ms": 1500.0, "graceful_stop_ms": 5000.0, "graceful_ramp_down_ms": null,
            "start_time_ms": null, "ramps": [], "arrival": null, "warm_up": false, "tags": [],
            "load": "8 VUs for 1.5s",
        })
    );
    assert_eq!(
        manifest["goals"][1],
        json!({
            "name": "checks", "unit": "%", "op": ">=", "target": 99.0, "warn": 99.0,
            "measure": {"selector": "checks", "aggregate": "rate"}, "over_ms": null, "met": 1.0,
            "abort_after_ms": null,
        })
    );
    let rich = self::document(&inspect(probe(), "--json --env describe=rich").run().with(0));
    let manifest = &rich["manifest"];
    let needs = [
        ("host", "example.test:80"),
        ("env", "describe"),
        ("data", "users"),
        ("kv", "sessions"),
        ("secret", "token"),
    ];
    assert_eq!(manifest["needs"], json!(needs.map(|(kind, name)| json!({"kind": kind, "name": name}))));
    assert_eq!(manifest["metrics"].as_array().map(Vec::len), Some(4));
    let (first, second) = (&manifest["stages"][0], &manifest["stages"][1]);
    assert_eq!((&first["tags"], &first["warm_up"]), (&json!([["kind", "a"]]), &json!(true)));
    assert_eq!(second["ramps"], json!([{"duration_ms": 100.0, "target": 10}]));
    assert_eq!((&second["arrival"], &second["start_time_ms"]), (&json!("poisson"), &json!(50.0)));
    let p95 = &manifest["goals"][1];
    assert_eq!(p95["measure"]["selector"], "http_req_duration{stage:second}");
    assert_eq!((&p95["over_ms"], &p95["met"]), (&json!(1000.0), &json!(0.5)));
    assert_eq!(manifest["goals"][2]["measure"], Value::Null);
    let metrics = inspect(probe(), "--json").run().with(0);
    assert_eq!(
        self::document(&metrics)["manifest"]["metrics"][0],
        json!({"name": "probe_counter", "kind": "counter", "unit": ""})
    );
}

#[test]
fn code_that_is_on_disk_is_said_to_be() {
    let cache = tempfile::TempDir::new().expect("a folder");
    let compile = || {
        let run = inspect(&committed("hello"), "--json").env("STRATA_CACHE_DIR", cache.path()).run().with(0);
        let document = document(&run);
        assert!(document["compile_ms"].as_f64().expect("a time") > 0.0);
        document["compile_cached"].as_bool()
    };
    assert_eq!((compile(), compile()), (Some(false), Some(true)));
}

#[test]
fn a_manifest_that_is_none_is_refused_in_a_sentence() {
    for (how, why) in [
        ("huge", "`describe` failed: it handed over more than 32 MiB at a time"),
        ("many", "the scenario has 100001 stages: at most 1000 are accepted"),
        ("inconsistent", "`describe` gave two answers when it was asked twice: the stages differ (hint: "),
        ("unnamed", "`describe` reads the env `region`, which its `needs` do not name (hint: "),
        ("slow", "`describe` failed: it did not return within 5 s"),
        ("spin", "`describe` failed: it "),
    ] {
        let ended = inspect(probe(), &format!("--env describe={how}")).run().with(104).says([why]);
        assert_eq!((ended.stderr.lines().count(), ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    }
    // A run and a try refuse it too.
    let target = ["--target", "http://127.0.0.1:9", "--env", "describe=inconsistent"];
    for command in ["run", "try"] {
        let run = strata().args([command]).args([probe()]).args(target).run().with(104);
        assert!(run.says(["gave two answers"]).runs().is_empty());
    }
}

#[test]
fn files_that_are_no_components_are_refused() {
    let absent = strata().args(["inspect", "absent.wasm"]).run().with(104);
    assert_eq!(absent.says(["absent.wasm: cannot be read"]).stdout, "");
    let core = strata().file("a.wasm", b"\0asm\x01\0\0\0").args(["inspect", "a.wasm", "--json"]).run();
    let core = core.with(104).says(["a.wasm: is a core module"]);
    assert_eq!(core.stdout, "");
}

#[test]
fn what_a_stranger_wrote_is_harmless() {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    // A custom section `producers` with one field of one value, after all that the component has.
    let field = [text("language"), vec![1], text("Ev\x1b[31mil"), text("\u{202e}1\r\n")].concat();
    let section = [text("producers"), vec![1], field].concat();
    let mut component = std::fs::read(probe()).expect("a component");
    component.extend([0, u8::try_from(section.len()).expect("short")]);
    component.extend(section);
    let run = |more: &str| {
        let run =
            strata().file("a.wasm", &component).args(["inspect", "a.wasm", "--env", "describe=hostile"]);
        run.args(more.split_whitespace()).coloured().run().with(0)
    };
    let shown = run("");
    plain(&shown.stdout);
    for text in ["made with   Ev\u{FFFD}[31mil \u{FFFD}1", "area\u{FFFD}\u{FFFD}\u{FFFD} · \u{FFFD}]0;title"]
    {
        assert!(shown.stdout.contains(text), "{}", shown.stdout);
    }
    let written = run("--json");
    assert!(!written.stdout.contains(['\x1b', '\x07']), "{}", written.stdout);
    assert_eq!(document(&written)["producers"][0]["field"], "language");
}
