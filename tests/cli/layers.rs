//! Layers of a phase: one after another, together, gated, chosen and left out; and goals that are looked at on the
//! way.

use serde_json::Value;
use strata_support::{Ended, Server, sleep_until};

use super::{phase, target};

/// A layer of that name, whose requests ask for `/health?name`, with more lines; its load is the last of them.
fn layer(name: &str, more: &str) -> String {
    format!(
        "[[layer]]\nscenario = \"hello.wasm\"\nname = \"{name}\"\nenv = {{ path = \"/health?{name}\" }}\n{more}\n"
    )
}

const SHORT: &str = "[[layer.stage]]\nname = \"main\"\nduration = \"700ms\"";

fn layers(ended: &Ended) -> Vec<Value> {
    ended.summary()["layers"].as_array().expect("layers").clone()
}

fn names(ended: &Ended) -> Vec<String> {
    layers(ended).iter().map(|layer| layer["scenario"].as_str().expect("a name").to_owned()).collect()
}

/// The first and the last arrival of a layer, in microseconds.
fn span(target: &strata_target::Server, name: &str) -> (u64, u64) {
    let path = format!("GET /health?{name}");
    let entries = target.arrivals().entries;
    let mut micros = entries.iter().filter(|entry| entry.request == path).map(|entry| entry.micros);
    let first = micros.next().expect("an arrival");
    (first, micros.next_back().expect("arrivals"))
}

#[test]
fn layers_follow_each_other_or_run_together_as_the_file_says() {
    let target = target();
    let text = [
        layer("one", SHORT),
        layer("two", SHORT),
        layer("three", &format!("with = \"two\"\n{SHORT}")),
        layer("four", &format!("after = [\"three\", \"one\"]\nstart-time = \"400ms\"\n{SHORT}")),
    ]
    .concat();
    let ended = phase(&target.url(), &text, "").run();
    let [one, two, three, four] = ["one", "two", "three", "four"].map(|name| span(&target, name));
    assert!(one.1 < two.0 && one.1 < three.0, "{one:?} {two:?} {three:?}");
    assert!(two.0 < three.1 && three.0 < two.1, "together: {two:?} {three:?}");
    assert!(four.0 >= three.1 + 400_000, "{three:?} {four:?}");
    assert_eq!(names(&ended), ["one", "two", "three", "four"]);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    for name in ["one", "two", "three", "four"] {
        let counted = ended.tagged("http_reqs", &[["scenario", name]]).expect("requests");
        let arrived = target.arrivals().by_path[&format!("GET /health?{name}")];
        assert_eq!(counted["count"].as_f64(), Some(arrived as f64), "{name}");
    }
}

#[test]
fn a_gate_that_does_not_open_leaves_a_layer_out_with_its_reason() {
    let target = target();
    let few = "[[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\niterations = 3";
    let text = [
        layer("wanting", few).replace("/health", "/nowhere"),
        layer("gated", &format!("only-if = \"wanting\"\n{few}")),
        layer("behind", &format!("only-if = [\"gated\", \"free\"]\n{few}")),
        layer("free", &format!("after = \"wanting\"\n{few}")),
        layer("open", &format!("only-if = \"free\"\n{few}")),
    ]
    .concat();
    let ended = phase(&target.url(), &text, "").run().with(99);
    let found = layers(&ended);
    let of = |name: &str| found.iter().find(|layer| layer["scenario"] == name).expect(name).clone();
    for (name, status, sent) in [
        ("wanting", "FAILED", 0),
        ("gated", "NO DATA", 0),
        ("behind", "NO DATA", 0),
        ("free", "PASSED", 3),
        ("open", "PASSED", 3),
    ] {
        assert_eq!(of(name)["status"], status, "{name}");
        let arrived = target.arrivals().by_path.get(&format!("GET /health?{name}")).copied();
        assert_eq!(arrived.unwrap_or(0), sent, "{name}");
    }
    assert_eq!(of("gated")["issue"], "not run: `wanting` did not pass");
    assert_eq!(of("behind")["issue"], "not run: `gated` did not pass");
    let ended = ended.says(["not run: `wanting` did not pass", "(2 of 5 layers passed"]);
    assert!(ended.report().contains("not run: \\`wanting\\` did not pass"), "{}", ended.report());
}

#[test]
fn layers_are_chosen_and_left_out_by_name_and_number() {
    let target = target();
    let few = "[[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\niterations = 2";
    // Nine stages of one iteration each.
    let eight: String = [
        "feed",
        "groups",
        "suggestions",
        "sidebar",
        "sidebar-1",
        "sidebar-2",
        "sidebar-3",
        "sidebar-4",
        "sidebar-6",
    ]
    .map(|stage| {
        format!(
            "[[layer.stage]]\nname = \"{stage}\"\nexecutor = \"shared-iterations\"\niterations = 1\nvus = 1\n"
        )
    })
    .concat();
    let text = [
        layer("one", few),
        format!("[[layer]]\nscenario = \"layer-08.wasm\"\n{eight}"),
        layer("two", &format!("only-if = \"one\"\n{few}")),
    ]
    .concat();
    for (flags, ran) in [
        ("", &["one", "layer-08-api-throughput", "two"][..]),
        ("--layer 8", &["layer-08-api-throughput"]),
        // A layer that is left out is no gate.
        ("--layer two", &["two"]),
        ("--layer two --layer 8 --skip 8", &["two"]),
        ("--skip 8", &["one", "two"]),
    ] {
        target.reset();
        let ended = phase(&target.url(), &text, flags).run();
        assert_eq!(names(&ended), ran, "{flags}: {}", ended.stderr);
        let sent: u64 = ran.iter().map(|name| if name.starts_with("layer") { 9 } else { 2 }).sum();
        assert_eq!(target.arrivals().count, sent, "{flags}");
    }
    let ended = phase(&target.url(), &text, "--layer 9").run().with(104);
    let ended =
        ended.says(["--layer 9: no layer has that number or name (hint: one, layer-08-api-throughput, two)"]);
    assert!(ended.runs().is_empty());
}

/// A goal over response times, with more lines.
fn goal(target: &str, more: &str) -> String {
    format!(
        "[[layer.goal]]\nname = \"quick\"\nmeasure = \"iteration_duration max\"\nop = \"<=\"\ntarget = \"{target}\"\n{more}"
    )
}

#[test]
fn a_goal_in_windows_is_met_by_enough_of_them() {
    let three = "[[layer.stage]]\nname = \"main\"\nexecutor = \"constant-arrival-rate\"\nrate = 20\nvus = 20\n\
                 duration = \"4s\"";
    // One of four seconds has answers that take too long.
    let slow = || {
        let first = std::sync::OnceLock::new();
        Server::start(move |arrived| {
            let since = arrived - *first.get_or_init(|| arrived);
            if since.as_millis() / 500 == 3 {
                sleep_until(arrived + std::time::Duration::from_millis(300));
            }
        })
    };
    for (met, status) in [(50, "PASSED"), (90, "FAILED")] {
        let server = slow();
        let text =
            layer("windows", three) + &goal("100 ms", &format!("over = \"1s\"\nmet = {met}\nwarn = 110\n"));
        let ended = phase(&server.url(), &text, "").run();
        let layer = layers(&ended)[0].clone();
        let goals = layer["goals"].as_array().expect("goals").clone();
        let quick = goals.iter().find(|goal| goal["name"] == "quick").expect("the goal").clone();
        let result = quick["result"].as_str().expect("a text").to_owned();
        assert_eq!(quick["status"], status, "{result}");
        assert!(result.contains(" of 4 windows of 1s, "), "{result}");
        assert!(result.ends_with(if met == 50 { "2 needed" } else { "4 needed" }), "{result}");
        assert!(ended.stderr.contains("windows of 1s"), "{}", ended.stderr);
    }
}

#[test]
fn a_goal_that_is_missed_can_end_its_load_and_no_other() {
    let target = target();
    let long = "[[layer.stage]]\nname = \"main\"\nvus = 1\nduration = \"30s\"\n";
    let few = "[[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\niterations = 3";
    let abort = "[[layer.goal]]\nname = \"checks\"\ntarget = 99\nabort-on-fail = true\ndelay = \"1500ms\"\n";
    let text = layer("lost", &format!("{long}{abort}")).replace("/health", "/nowhere") + &layer("later", few);
    let ended = phase(&target.url(), &text, "").run().with(99);
    let ended = ended.says(["the goal `checks` is missed (0 %, target >= 99), which ends the load"]);
    let found = layers(&ended);
    assert_eq!((found[0]["status"].as_str(), found[1]["status"].as_str()), (Some("FAILED"), Some("PASSED")));
    let issue = found[0]["issue"].as_str().expect("an issue");
    assert!(issue.contains("which ends the load (abort-on-fail)"), "{issue}");
    // After its delay, and long before its planned end.
    let seconds = ended.summary()["run"]["duration_s"].as_f64().expect("seconds");
    assert!((1.5..15.0).contains(&seconds), "{seconds} s");
    assert_eq!(target.arrivals().by_path["GET /health?later"], 3);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
}
