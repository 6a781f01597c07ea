//! Rows, spaces and secrets: what virtual users share, and what they must not.

use std::fmt::Write as _;

use serde_json::Value;
use strata_support::{Answering, Ended, Strata, probe};

use super::{run, strata};

/// A file of rows `r0`, `r1`, ...
fn rows(count: usize) -> String {
    (0..count).fold("name,note\n".to_owned(), |mut text, row| {
        let _ = writeln!(text, "r{row},\"a, b\"");
        text
    })
}

/// A phase of probes, each with its env and more lines.
fn phase(url: &str, head: &str, layers: &[(&str, &str, &str)]) -> Strata {
    let mut text = format!("[phase]\ntitle = \"t\"\ntarget = \"{url}\"\nsuccess-rate = 0\n{head}\n");
    for (name, env, more) in layers {
        let _ = writeln!(
            text,
            "[[layer]]\nscenario = \"probe.wasm\"\nname = \"{name}\"\nenv = {{ {env} }}\n{more}"
        );
    }
    let component = std::fs::read(probe()).expect("a component");
    strata().file("phase.toml", text).file("probe.wasm", component)
}

const DATA: &str = "[data.rows]\nfile = \"rows.csv\"\n[secrets.token]\nenv = \"TOKEN\"";
const TOKEN: &str = "tr0ub4dor&3\"x";

fn checks(ended: &Ended, scenario: &str) -> Vec<(String, f64)> {
    let metrics = ended.summary()["metrics"].as_array().expect("metrics").clone();
    let tag = |metric: &Value, name: &str| -> Option<String> {
        let tags = metric["tags"].as_array()?;
        tags.iter().find(|tag| tag[0] == name)?[1].as_str().map(str::to_owned)
    };
    let of = metrics.iter().filter(|metric| metric["name"] == "checks");
    let of = of.filter(|metric| tag(metric, "scenario").is_none_or(|name| name == scenario));
    of.filter_map(|metric| Some((tag(metric, "check")?, metric["count"].as_f64()?))).collect()
}

fn taking(order: &str, load: &str, more: &str) -> Ended {
    let server = Answering::start();
    let load = format!("--env describe=shared --env mode=take --env order={order} {load} {more}");
    let strata =
        run(probe(), &server.url(), &load).args(["--data", "rows=rows.csv", "--secret", "token=env:TOKEN"]);
    strata.env("TOKEN", TOKEN).file("rows.csv", rows(10)).run()
}

#[test]
fn rows_are_taken_in_each_order_over_all_virtual_users() {
    let taken = |order, load: &str| {
        let ended = taking(order, load, "").with(0);
        let mut rows = checks(&ended, "probe");
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        rows
    };
    let twice: Vec<_> = (0..10).map(|row| (format!("row r{row}"), 2.0)).collect();
    assert_eq!(taken("sequential", "--vus 4 --iterations 20"), twice);
    assert_eq!(
        taken("per-vu", "--executor per-vu-iterations --vus 3 --iterations 4"),
        (0..3).map(|row| (format!("row r{row}"), 4.0)).collect::<Vec<_>>()
    );
    assert_eq!(taken("random", "--vus 4 --iterations 40").iter().map(|row| row.1).sum::<f64>(), 40.0);
    assert_eq!(
        taken("unique", "--vus 2 --iterations 10"),
        twice.iter().map(|row| (row.0.clone(), 1.0)).collect::<Vec<_>>()
    );
}

#[test]
fn the_load_ends_with_the_rows_where_it_is_told_to() {
    let ended = taking("unique", "--vus 4 --duration 60s", "").with(0);
    let ended = ended.says(["stage `main` ended early: all 10 rows of `rows` have been taken"]);
    assert_eq!((ended.count("iterations"), ended.count("iterations_failed")), (10, 0));
    assert!(
        ended.report().contains("data rows (10 rows, all taken: the load ended with them)"),
        "{}",
        ended.report()
    );
    let server = Answering::start();
    let head = format!(
        "{}\nat-end = \"stop\"\n[secrets.token]\nenv = \"TOKEN\"",
        "[data.rows]\nfile = \"rows.csv\""
    );
    let env = "describe = \"shared\", mode = \"take\"";
    let ended = phase(&server.url(), &head, &[("all", env, "")])
        .file("rows.csv", rows(7))
        .env("TOKEN", TOKEN)
        .args(["run", "phase.toml", "--vus", "2", "--duration", "60s"])
        .run()
        .with(0);
    assert_eq!((ended.count("iterations"), ended.count("iterations_failed")), (7, 0));
}

#[test]
fn what_is_wrong_with_rows_and_secrets_is_said_at_once_before_the_run() {
    let server = Answering::start();
    let layers = [("one", "describe = \"shared\"", "")];
    let refused = |head: &str, file: &[u8], token: Option<&str>, says: &[&str]| {
        let strata = phase(&server.url(), head, &layers).file("rows.csv", file).args(["run", "phase.toml"]);
        let strata = token.into_iter().fold(strata, |strata, token| strata.env("TOKEN", token));
        let ended = strata.run().with(104).says(says);
        assert!(ended.runs().is_empty(), "nothing ran");
        ended
    };
    refused(
        "",
        b"",
        None,
        &["needs the data `rows`, which is not given (hint: `--data rows=FILE`, or `[data.rows]`"],
    );
    refused(
        "",
        b"",
        None,
        &["needs the secret `token`, which is not given (hint: `--secret token=env:VARIABLE`, or"],
    );
    let ragged = ["rows.csv: line 3 has 1 cells, and the header has 2", "the variable `TOKEN` is not set"];
    refused(DATA, b"a,b\n1,2\n3\n", None, &ragged);
    refused(DATA, b"a,b\n1,\xF6\n", Some(TOKEN), &["line 2, cell 2: is not UTF-8"]);
    refused(DATA, b"", Some(TOKEN), &["is empty"]);
    let short = refused(DATA, b"a\n1\n", Some("abc"), &["the secret `token`: has 3 bytes, and fewer than 4"]);
    assert!(!short.stderr.contains("abc"), "{}", short.stderr);
    let typed = run(probe(), &server.url(), "--secret token=hunter2").run().with(104);
    assert!(!typed.stderr.contains("hunter2"), "{}", typed.stderr);
    assert_eq!(server.count(), 0);
}

#[test]
fn one_layer_registers_and_another_logs_in() {
    let server = Answering::start();
    let stage = "with = \"register\"\n[[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\nvus = 4\niterations = 40";
    let ended = phase(
        &server.url(),
        "",
        &[
            (
                "register",
                "describe = \"kv\", mode = \"register\"",
                stage.trim_start_matches("with = \"register\"\n"),
            ),
            ("login", "describe = \"kv\", mode = \"login\", ms = \"60000\"", stage),
        ],
    )
    .args(["run", "phase.toml"])
    .run()
    .with(0);
    let both = [("registered".to_owned(), 40.0), ("somebody registered".to_owned(), 40.0)];
    assert_eq!(checks(&ended, "login"), both);
    let passed =
        ended.summary()["layers"].as_array().expect("layers").iter().all(|layer| layer["status"] != "FAILED");
    assert!(passed, "{}", ended.stderr);
}

#[test]
fn virtual_users_of_all_workers_meet_and_count() {
    let server = Answering::start();
    let load = |mode: &str, more: &str| format!("--env describe=kv --env mode={mode} {more}");
    let each = "--executor per-vu-iterations --vus 4 --iterations 25";
    let more = load("meet", &format!("{each} --env parties=4 --env ms=60000"));
    let ended = run(probe(), &server.url(), &more).run();
    assert_eq!((ended.count("iterations"), ended.count("iterations_failed")), (100, 0), "{}", ended.stderr);
    let ended = run(probe(), &server.url(), &load("count", each)).run();
    let gauge = ended.metric("probe_gauge").expect("a gauge");
    assert_eq!(gauge["max"].as_f64(), Some(100.0), "nothing is lost between threads");
}

#[test]
fn whoever_waits_in_vain_goes_on_in_time_and_holds_up_nobody() {
    let server = Answering::start();
    let waits = "describe = \"kv\", mode = \"wait\", ms = \"1500\"";
    let stage = |executor: &str| format!("[[layer.stage]]\nname = \"main\"\nexecutor = \"{executor}\"");
    let ended = phase(
        &server.url(),
        "",
        &[
            ("waiting", waits, &format!("{}\nvus = 8\niterations = 1", stage("per-vu-iterations"))),
            (
                "others",
                "mode = \"ok\"",
                &format!("with = \"waiting\"\n{}\nvus = 2\nduration = \"1s\"", stage("constant-vus")),
            ),
        ],
    )
    .args(["run", "phase.toml"])
    .run();
    assert_eq!(checks(&ended, "waiting").first(), Some(&("nobody came".to_owned(), 8.0)), "{}", ended.stderr);
    // A waiting VU that held its thread up would have left the others next to nothing.
    assert!(server.count() > 20, "{} requests", server.count());
    let more = "--env describe=kv --env mode=meet --env parties=3 --env ms=50 --vus 1 --iterations 2";
    let ended = run(probe(), &server.url(), more).run();
    let failure = &ended.summary()["layers"][0]["failures"][0];
    assert_eq!((failure["code"].as_str(), failure["count"].as_u64()), (Some("timeout"), Some(2)));
    assert_eq!(failure["messages"][0], "1 of 3 came to `here` in time");
}

#[test]
fn a_space_is_bounded() {
    let server = Answering::start();
    let more = "--env describe=kv --env mode=fill --vus 1 --iterations 1 --limit kv=64KiB";
    let ended = run(probe(), &server.url(), more).run();
    let failure = &ended.summary()["layers"][0]["failures"][0];
    assert_eq!(failure["code"], "kv-full", "{}", ended.stderr);
    assert_eq!(ended.summary()["run"]["limits"], serde_json::json!([["kv", "64 KiB"]]));
    assert!(ended.report().contains("- **Limits**: kv=64 KiB"), "{}", ended.report());
}

#[test]
fn try_and_inspect_take_limits_too() {
    let inspect = strata().args(["inspect"]).args([probe()]);
    let inspect = inspect.args(["--env", "describe=slow", "--limit", "describe=20ms"]).run().with(104);
    assert!(
        inspect.stderr.contains("`describe` failed: it did not return within 20 ms"),
        "{}",
        inspect.stderr
    );
    let tried = strata().args(["try", "--echo", "--env", "mode=flood-metrics", "--limit", "samples=20"]);
    let tried = tried.args([probe()]).run().with(107);
    assert!(tried.stdout.contains("more than 20 samples in one iteration"), "{}", tried.stdout);
}

#[test]
fn what_was_asked_for_and_refused_is_in_every_report() {
    let server = Answering::start();
    let more = "--env describe=kv --env mode=reach --vus 2 --iterations 6";
    let ended = run(probe(), &server.url(), more).run().with(0);
    assert_eq!(checks(&ended, "probe").iter().map(|check| check.1).sum::<f64>(), 24.0);
    let one = |kind: &str, name: &str| {
        let all = ended.summary()["layers"][0]["capabilities"].as_array().expect("capabilities").clone();
        let found = all.into_iter().find(|one| one["kind"] == kind && one["name"] == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    };
    for kind in ["data", "kv", "secret", "env"] {
        let wanted = serde_json::json!(
            {"kind": kind, "name": "others", "asked": false, "granted": false, "refused": 6}
        );
        assert_eq!(one(kind, "others"), wanted);
    }
    assert_eq!(one("kv", "shared")["granted"], true);
    assert_eq!(one("env", "to")["granted"], false, "it was asked for and not given");
    let refused = "data others 6 times, kv others 6 times, env others 6 times, secret others 6 times";
    let said = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(&format!("refused {refused}")), "{}", ended.stderr);
    let folder = ended.folder();
    for (form, wanted) in [
        ("markdown", format!("- **Refused**: {refused}")),
        ("html", format!("<b>Refused:</b> {refused}")),
        ("junit", format!("<property name=\"refused\" value=\"{refused}\"/>")),
    ] {
        let shown = strata().args(["report"]).args([&folder]).args(["--format", form]).run().stdout;
        assert!(shown.contains(&wanted), "{form}: {shown}");
        assert!(shown.contains("kv shared"), "{form}: {shown}");
    }
}

#[test]
fn a_secret_is_shown_nowhere() {
    let leaks = |text: &str| {
        let forms = [TOKEN, "tr0ub4dor&amp;3", "tr0ub4dor%263", "tr0ub4dor&3\\", "tr0ub4dor"];
        forms.into_iter().find(|form| text.contains(form)).map(str::to_owned)
    };
    let server = Answering::start();
    let given = ["--data", "rows=rows.csv", "--secret", "token=file:token.txt"];
    let with =
        |strata: Strata| strata.file("rows.csv", rows(1)).file("token.txt", format!("{TOKEN}\n")).args(given);
    let env = "--env describe=shared --env mode=leak --env judge=leak";
    let ended = with(run(probe(), &server.url(), &format!("{env} --vus 1 --iterations 3"))).run();
    let arrived =
        ended.tagged("checks", &[["check", "the target is sent the secret itself"]]).expect("a check");
    assert_eq!(arrived["rate"].as_f64(), Some(1.0), "{}", ended.stderr);
    let mut texts = vec![("terminal".to_owned(), format!("{}{}", ended.stderr, ended.stdout))];
    for entry in std::fs::read_dir(ended.folder()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        texts.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    assert!(texts.len() > 5, "{} texts", texts.len());
    for form in ["markdown", "html", "junit", "json"] {
        let shown = strata().args(["report"]).args([ended.folder()]).args(["--format", form]).run();
        texts.push((form.to_owned(), shown.stdout));
    }
    for more in ["--body", "--body --json"] {
        let strata = strata().args(["try"]).args([probe()]).args(["--target", &server.url(), "-n", "3"]);
        let tried = with(strata.args(env.split_whitespace()).args(more.split_whitespace())).run();
        assert!(tried.stdout.contains("***"), "{}", tried.stdout);
        texts.push((format!("try {more}"), format!("{}{}", tried.stderr, tried.stdout)));
    }
    for (place, text) in &texts {
        assert_eq!(leaks(text), None, "{place}:\n{text}");
    }
    for said in
        ["line ***!", "printed ***", "stderr ***", "failure ***", "trap ***", "analysis ***", "check ***"]
    {
        assert!(texts.iter().any(|(_, text)| text.contains(said)), "nothing says `{said}`: {}", ended.stderr);
    }
}
