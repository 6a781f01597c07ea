//! Loads, goals and orders of layers that make no sense are refused before anything is started.

use strata_support::{Ended, Server, committed};

use super::{phase, run};

/// It ends with 104, says these things, has sent nothing and left nothing behind.
fn refused(run: strata_support::Strata, server: &Server, says: &[&str]) -> Ended {
    let ended = run.coloured().run().with(104).says(says);
    assert!(!ended.stderr.contains('\x1b'), "{:?}", ended.stderr);
    assert!(ended.runs().is_empty(), "a run folder was made");
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), server.count()), ("", 0));
    ended
}

#[test]
fn executors_refuse_what_contradicts_them() {
    let server = Server::fast();
    for (load, says) in [
        ("--executor steady", "`steady` is not an executor (hint: constant-vus,"),
        ("--executor constant-vus", "executor `constant-vus` needs a `duration`"),
        ("--executor constant-vus --duration 1s --rate 5", "executor `constant-vus` has no parameter `rate`"),
        ("--executor constant-vus --duration 1s --iterations 5", "has no parameter `iterations`"),
        ("--executor shared-iterations --vus 3 --iterations 2", "`iterations` (2) is less than `vus` (3)"),
        ("--executor ramping-vus --vus 3", "needs at least one of `ramps`"),
        ("--vus 0 --stage 1s:0", "`vus` and every target of `ramps` are 0"),
        ("--executor constant-arrival-rate --duration 1s --vus 1", "needs a `rate`"),
        ("--rate 5 --vus 1", "needs a `duration`"),
        ("--rate 5 --duration 1s", "needs `vus`: the users that are made ready beforehand"),
        ("--rate 0 --duration 1s --vus 1", "`rate` is 0: at least one iteration per `time-unit` is needed"),
        ("--rate 0 --stage 1s:0 --vus 1", "nothing would ever start"),
        ("--rate 5 --duration 1s --vus 0", "`max-vus` is 0"),
        ("--rate 5 --duration 1s --vus 5 --max-vus 4", "`max-vus` (4) is less than `vus` (5)"),
        ("--rate 5 --duration 1s --vus 1 --max-vus 100000", "`max-vus` is 100000: at most 10000"),
        ("--rate 4294967295 --duration 1s --vus 1", "at most a million can be asked for"),
        ("--rate 5 --duration 1s --vus 1 --time-unit 0s", "`time-unit` is shorter than 1ms"),
        (
            "--rate 5 --duration 1s --vus 1 --arrival bursty",
            "`arrival` is `bursty` (hint: `regular` or `poisson`)",
        ),
        ("--rate 5 --duration 1s --vus 1 --iterations 3", "has no parameter `iterations`"),
        ("--time-unit 5s", "executor `constant-vus` has no parameter `time-unit`"),
    ] {
        let ended = refused(run(&committed("hello"), &server.url(), load), &server, &[says]);
        assert!(ended.stderr.contains("hello.wasm: stage `main`: "), "{}", ended.stderr);
    }
    let says = "hello.wasm: stage `main` asks for 6 virtual users, and `--max-vus` allows 5";
    let _ = refused(run(&committed("hello"), &server.url(), "--vus 6 --max-vus 5"), &server, &[says]);
    for (load, says) in [
        ("--rate -5", "'-5' for '--rate <N>'"),
        ("--rate 1.5 --duration 1s", "'1.5' for '--rate <N>'"),
        ("--vus -1", "'-1' for '--vus <N>'"),
        ("--duration -1s", "`-1s` is not a duration: a number is missing"),
        ("--duration 999999999h", "`999999999h` is not a duration: it is longer than 30 days"),
        ("--stage 30s", "`30s` is not a duration and a target: the `:` is missing"),
        ("--stage 30s:-1", "the target is not a whole number"),
        ("--stage 999999999h:5", "it is longer than 30 days"),
        ("--time-unit 1", "a unit is missing"),
        ("--time-unit 999h", "`999h` is not a duration: it is longer than 30 days"),
    ] {
        refused(run(&committed("hello"), &server.url(), load), &server, &[says]);
    }
}

/// A layer with these lines, of which the first is line 6 of the file.
fn hello(lines: &str) -> String {
    format!("[[layer]]\nscenario = \"hello.wasm\"\n{lines}\n")
}

#[test]
fn loads_of_a_phase_file_are_refused_with_their_place() {
    let server = Server::fast();
    let stage = |lines: &str| hello(&format!("[[layer.stage]]\nname = \"main\"\n{lines}"));
    for (lines, says) in [
        ("duration = \"-1s\"", "phase.toml:8:12: `duration`: `-1s` is not a duration: a number is missing"),
        (
            "duration = \"999999999h\"",
            "phase.toml:8:12: `duration`: `999999999h` is not a duration: it is longer",
        ),
        ("duration = 5", "phase.toml:8:12: `duration` is not a text but of the type integer"),
        ("rate = -1", "phase.toml:8:8: `rate` is -1, which is not between 0 and 4294967295"),
        ("rate = 1.5", "phase.toml:8:8: `rate` is not a whole number but of the type float"),
        ("rate = nan", "phase.toml:8:8: `rate` is nan, not a whole number"),
        ("ramps = \"1s:5\"", "phase.toml:8:9: `ramps` is not a list of texts but of the type string"),
        ("ramps = [\"1s:5\", \"2s;6\"]", "phase.toml:8:18: `ramps`: `2s;6` is not a duration and a target"),
        ("warm-up = \"yes\"", "phase.toml:8:11: `warm-up` is not true or false"),
        // Issue 3: a load that the file made wrong is placed where it names the stage.
        ("rate = 5", "phase.toml:7:8: stage `main`: executor `constant-vus` has no parameter `rate`"),
        (
            "executor = \"constant-arrival-rate\"\nrate = 0\nvus = 1",
            "phase.toml:7:8: stage `main`: `rate` is 0: at least one iteration per `time-unit` is needed",
        ),
        ("start-time = \"721h\"", "start-time"),
    ] {
        refused(phase(&server.url(), &stage(lines), ""), &server, &[says]);
    }
    let many = |ramps: usize| {
        let ramps = vec!["\"1s:5\""; ramps].join(",");
        stage(&format!("executor = \"ramping-vus\"\nramps = [{ramps}]"))
    };
    refused(
        phase(&server.url(), &many(50_000), ""),
        &server,
        &["phase.toml:7:8: stage `main`: 50000 `ramps`: at most 1000 are accepted"],
    );
    let ended = refused(phase(&server.url(), &many(1_000_000), ""), &server, &["larger than 1 MiB"]);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn goals_of_a_phase_file_are_refused_at_the_character() {
    let server = Server::fast();
    let goal = |lines: &str| hello(&format!("[[layer.goal]]\nname = \"own\"\n{lines}"));
    let whole = "op = \"<=\"\ntarget = 5\n";
    for (lines, says) in [
        ("target = nan", "phase.toml:8:10: `target` is nan, not a number, or a text"),
        ("target = inf", "phase.toml:8:10: `target` is inf, not a number, or a text"),
        ("target = \"nan ms\"", "phase.toml:8:10: `target`: `nan ms` is not a number with a unit"),
        ("warn = nan", "phase.toml:8:8: `warn` is nan, not a number, or a text"),
        ("op = \"==\"", "phase.toml:8:6: `op`: `==` is not a comparison (hint: `<`, `<=`, `>` or `>=`)"),
        ("measure = \"http_reqs\"", "phase.toml:8:11: `measure`: the aggregate is missing"),
        (
            "measure = \"http_reqs{stage:a p(95)\"",
            "phase.toml:8:29: `measure`: `http_reqs{stage:a` is not a selector",
        ),
        ("measure = \"http-reqs rate\"", "phase.toml:8:16: `measure`: `http-reqs` is not a selector"),
        (
            "measure = \"http_reqs{stage} rate\"",
            "phase.toml:8:27: `measure`: `http_reqs{stage}` is not a selector",
        ),
        ("measure = \"checks p(101)\"", "phase.toml:8:19: `measure`: `p(101)` is not an aggregate"),
        (
            "over = \"5 parsecs\"",
            "phase.toml:8:8: `over`: `5 parsecs` is not a duration: `parsecs` is not a unit",
        ),
        ("over = 5", "phase.toml:8:8: `over` is not a text but of the type integer"),
        ("met = nan", "phase.toml:8:7: `met` is nan, not a number"),
        ("delay = \"-1s\"", "phase.toml:8:9: `delay`: `-1s` is not a duration"),
        ("", "phase.toml:7:8: the scenario has no goal `own` (hint: checks;"),
    ] {
        refused(phase(&server.url(), &goal(lines), ""), &server, &[says]);
    }
    for (lines, says) in [
        ("measure = \"http_reqs p(95)\"\n", "http_reqs"),
        ("measure = \"http_reqs rate\"\nover = \"1500ms\"", "`over` is 1.5s, not whole seconds from 1s"),
        ("measure = \"http_reqs rate\"\nmet = 50", "there are none without `over`"),
        ("measure = \"http_reqs rate\"\nover = \"1s\"\nmet = 101", "`met` is 101, not a percentage"),
        (
            "measure = \"http_reqs rate\"\ndelay = \"1s\"",
            "`delay` is that of `abort-on-fail`, which is not set",
        ),
    ] {
        refused(phase(&server.url(), &goal(&format!("{whole}{lines}")), ""), &server, &["phase.toml:", says]);
    }
}

#[test]
fn a_goal_on_what_nobody_emits_is_said_at_the_start_and_has_no_data_at_the_end() {
    let server = Server::fast();
    for (measure, says) in [
        ("no_such_metric rate", "`no_such_metric` is neither a built-in metric nor declared"),
        ("http_reqs{stage:wram} rate", "the scenario has no stage `wram` (hint: main)"),
    ] {
        let goal = format!(
            "[[layer.goal]]\nname = \"own\"\nmeasure = \"{measure}\"\nop = \">=\"\ntarget = 5\n\
             [[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\niterations = 3\n"
        );
        let ended = phase(&server.url(), &hello(&goal), "").run().with(99);
        let (warned, began) =
            (ended.stderr.find("goal `own` will have NO DATA"), ended.stderr.find("main  "));
        assert!(warned.is_some() && warned < began, "{}", ended.stderr);
        let ended = ended.says([says, "? NO DATA", "no samples for own"]);
        assert_eq!(ended.count("http_reqs"), 3, "the load runs all the same");
    }
}

#[test]
fn orders_of_layers_that_cannot_be_are_refused() {
    let server = Server::fast();
    let layer = |name: &str, more: &str| hello(&format!("name = \"{name}\"\n{more}"));
    for (layers, says) in [
        (
            layer("a", "after = \"b\"") + &layer("b", ""),
            "phase.toml:7:9: the layers wait for each other in a circle: a → b → a",
        ),
        (layer("a", "with = \"a\""), "in a circle: a → a"),
        (layer("a", "") + &layer("b", "only-if = \"b\""), "in a circle: b → b"),
        (layer("a", "") + &layer("a", ""), "phase.toml:10:8: two layers are called `a`"),
        (hello("") + &hello(""), "phase.toml:8:12: two layers are called `hello`"),
        (layer("a", "only-if = \"x\""), "phase.toml:7:11: `only-if`: no layer is called `x` (hint: a)"),
        (
            layer("a", "with = \"b\"\nafter = []") + &layer("b", ""),
            "`with` and `after` contradict each other",
        ),
        (layer("a b", ""), "phase.toml:6:8: `name` is `a b`, not 1 to 64 letters, digits, `-` and `_`"),
        (layer("a", "start-time = \"soon\""), "phase.toml:7:14: `start-time`: `soon` is not a duration"),
    ] {
        refused(phase(&server.url(), &layers, ""), &server, &[says]);
    }
}
