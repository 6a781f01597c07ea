//! Phase file, manifests and flags against each other.

use super::*;
use crate::plan::{Need, NeedKind, Op, Priority, Timeouts, Web};
use std::path::Path;
use std::time::Duration;

fn described() -> Described {
    let stage = StageSpec {
        name: "main".into(),
        executor: "constant-vus".into(),
        vus: Some(2),
        duration: Some(Duration::from_secs(1)),
        ..StageSpec::default()
    };
    let goal = Goal {
        name: "p95".into(),
        unit: "ms".into(),
        op: Op::AtMost,
        target: 50.0,
        warn: Some(60.0),
        measure: None,
        watch: Watch::default(),
    };
    Described {
        source: "a.wasm".into(),
        digest: "d".into(),
        manifest: Manifest {
            name: "shop".into(),
            place: None,
            stages: vec![stage],
            goals: vec![goal],
            metrics: Vec::new(),
            priority: Priority::High,
            needs: Vec::new(),
        },
    }
}

fn phase(more: &str) -> PhaseFile {
    let text =
        format!("[phase]\ntitle = \"t\"\ntarget = \"http://file\"\n[[layer]]\nscenario = \"a.wasm\"\n{more}");
    PhaseFile::parse(Path::new("p.toml"), &text).expect("a phase")
}

#[test]
fn flags_are_stronger_than_the_file_and_the_file_than_the_scenario() {
    let file = phase(
        "env = { a = \"1\", b = \"1\" }\n[[layer.stage]]\nname = \"main\"\nvus = 5\n\
         [[layer.goal]]\nname = \"p95\"\ntarget = \"80 ms\"\n",
    );
    let flags = Flags {
        env: vec![("b".into(), "2".into())],
        target: Some("http://flag".into()),
        duration: Some(Duration::from_secs(9)),
        ..Flags::default()
    };
    let plan = resolve(Some(&file), vec![Some(described())], &flags).expect("a plan").0;
    assert_eq!(plan.target, "http://flag");
    let layer = &plan.layers[0];
    assert_eq!(layer.env, [("a".into(), "1".into()), ("b".into(), "2".into())]);
    assert_eq!((layer.stages[0].load.vus(), layer.stages[0].load.duration().as_secs()), (5, 9));
    assert_eq!((layer.goals[0].target, layer.goals[0].warn), (80.0, None));
}

#[test]
fn redirects_cookies_and_compression_have_the_same_strengths() {
    let text = "[phase]\ntitle = \"t\"\ntarget = \"http://h\"\nmax-redirects = 3\ncookies = false\ncompression = \
                \"gzip\"\n[[layer]]\nscenario = \"a.wasm\"\ncookies = true\n";
    let flags = Flags { web: Web { compression: Some(String::new()), ..Web::default() }, ..Flags::default() };
    let file = PhaseFile::parse(Path::new("p.toml"), text).expect("a phase");
    let (plan, _) = resolve(Some(&file), vec![Some(described())], &flags).expect("a plan");
    let web = Web { redirects: Some(3), cookies: Some(true), compression: Some(String::new()) };
    assert_eq!(plan.layers[0].web, web);
    let wrong = text.replace("= 3", "= 101").replace("gzip", "lzma").replace("true", "7");
    let faults = PhaseFile::parse(Path::new("p.toml"), &wrong).expect_err("faults");
    for why in
        ["`101` is not a number of redirects", "`compression`: `lzma`", "`cookies` is not true or false"]
    {
        assert!(faults.iter().any(|fault| fault.to_string().contains(why)), "{why}: {faults:?}");
    }
}

#[test]
fn timeouts_of_flags_layer_and_phase_are_of_falling_strength() {
    let text = "[phase]\ntitle = \"t\"\ntarget = \"http://h\"\nconnect-timeout = \"1s\"\nfirst-byte-timeout = \
                \"1s\"\nrequest-timeout = \"1s\"\n[[layer]]\nscenario = \"a.wasm\"\nfirst-byte-timeout = \"2s\"\n\
                request-timeout = \"2s\"\n";
    let file = PhaseFile::parse(Path::new("p.toml"), text).expect("a phase");
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let timeouts = Timeouts { request: seconds(3), ..Timeouts::default() };
    let flags = Flags { timeouts, ..Flags::default() };
    let (plan, _) = resolve(Some(&file), vec![Some(described())], &flags).expect("a plan");
    let all = Timeouts { connect: seconds(1), first_byte: seconds(2), request: seconds(3) };
    assert_eq!(plan.layers[0].timeouts, all);
    let faults = PhaseFile::parse(Path::new("p.toml"), &text.replace("2s", "0s")).expect_err("faults");
    assert!(faults[0].to_string().contains("`first-byte-timeout`: `0s` leaves no time"), "{faults:?}");
}

#[test]
fn what_does_not_fit_the_scenario_is_placed() {
    let file = phase(
        "[[layer.stage]]\nname = \"mian\"\n[[layer.goal]]\nname = \"p95\"\ntarget = \"1 s\"\n\
         [[layer.goal]]\nname = \"p99\"\n",
    );
    let flags = Flags { vus: Some(0), ..Flags::default() };
    let faults = resolve(Some(&file), vec![Some(described())], &flags).expect_err("faults");
    let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
    assert_eq!(
        faults,
        [
            "p.toml:7:8: the scenario has no stage `mian` (hint: main)",
            "p.toml:10:10: goal `p95` is in `ms`, not in `s` (hint: \"1 ms\")",
            "p.toml:12:8: the scenario has no goal `p99` (hint: p95; a goal of its own has `measure`, `op` and \
             `target`)",
            "a.wasm: stage `main`: `vus` is 0: at least one virtual user is needed",
        ]
    );
}

#[test]
fn issue_3_loads_that_the_file_made_wrong_are_placed_and_the_other_layers_are_still_read() {
    let text = "[phase]\ntitle = \"t\"\ntarget = \"http://file\"\n[[layer]]\nscenario = \"a.wasm\"\n[[layer]]\n\
                scenario = \"a.wasm\"\nname = \"b\"\nafter = \"x\"\n[[layer.stage]]\nname = \"main\"\nrate = 5\n[[layer]]\n\
                scenario = \"a.wasm\"\nname = \"c\"\n[[layer.stage]]\nname = \"main\"\nrate = 5\n";
    let file = PhaseFile::parse(Path::new("p.toml"), text).expect("a phase");
    let flags = Flags { vus: Some(0), ..Flags::default() };
    for (flags, more) in [(&Flags::default(), 0), (&flags, 2)] {
        let all = vec![None, Some(described()), Some(described())];
        let faults = resolve(Some(&file), all, flags).expect_err("faults");
        let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
        for spot in ["p.toml:11:8", "p.toml:17:8"] {
            let fault = format!("{spot}: stage `main`: executor `constant-vus` has no parameter `rate`");
            assert!(faults.contains(&fault), "{faults:?}");
        }
        assert_eq!(faults.len(), 2 + more, "{faults:?}");
    }
}

fn layers(names: &[&str], more: &[&str]) -> (PhaseFile, Vec<Option<Described>>) {
    let mut text = "[phase]\ntitle = \"t\"\ntarget = \"http://file\"\n".to_owned();
    let mut all = Vec::new();
    for (name, more) in names.iter().zip(more) {
        text += &format!("[[layer]]\nscenario = \"{name}.wasm\"\n{more}\n");
        let mut described = described();
        described.manifest.name = (*name).to_owned();
        all.push(Some(described));
    }
    (PhaseFile::parse(Path::new("p.toml"), &text).expect("a phase"), all)
}

fn waits(names: &[&str], more: &[&str], flags: &Flags) -> Result<Vec<Vec<usize>>, Vec<String>> {
    let (file, all) = layers(names, more);
    match resolve(Some(&file), all, flags) {
        Ok((plan, _)) => Ok(plan.layers.into_iter().map(|layer| layer.after).collect()),
        Err(faults) => Err(faults.iter().map(Fault::to_string).collect()),
    }
}

#[test]
fn layers_wait_for_those_before_them_unless_told_otherwise() {
    let none = Flags::default();
    assert_eq!(waits(&["a", "b", "c"], &["", "", ""], &none), Ok(vec![vec![], vec![0], vec![0, 1]]));
    let more = ["", "with = \"a\"", "after = \"a\"", "after = [\"a\", \"b\"]\nonly-if = \"c\""];
    let order = vec![vec![], vec![], vec![0], vec![0, 1, 2]];
    assert_eq!(waits(&["a", "b", "c", "d"], &more, &none), Ok(order));
    let chosen = Flags { layers: vec!["d".into(), "b".into()], ..Flags::default() };
    assert_eq!(waits(&["a", "b", "c", "d"], &more, &chosen), Ok(vec![vec![], vec![0]]));
    let skipped = Flags { skipped: vec!["b".into(), "c".into()], ..Flags::default() };
    assert_eq!(waits(&["a", "b", "c", "d"], &more, &skipped), Ok(vec![vec![], vec![0]]));
}

#[test]
fn circles_twins_and_strangers_are_refused() {
    let none = Flags::default();
    for (names, more, why) in [
        (
            ["a", "b"],
            ["after = \"b\"", ""],
            "p.toml:6:9: the layers wait for each other in a circle: a → b → a",
        ),
        (
            ["a", "b"],
            ["with = \"b\"", "with = \"a\""],
            "p.toml:6:8: the layers wait for each other in a circle",
        ),
        (["a", "b"], ["after = \"a\"", ""], "circle: a → a"),
        (
            ["a", "a"],
            ["", ""],
            "p.toml:8:12: two layers are called `a` (hint: give one of them another `name`)",
        ),
        (["a", "b"], ["", "name = \"a\""], "p.toml:9:8: two layers are called `a`"),
        (["a", "b"], ["only-if = \"x\"", ""], "p.toml:6:11: `only-if`: no layer is called `x` (hint: a, b)"),
    ] {
        let faults = waits(&names, &more, &none).expect_err(why);
        assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:?} lacks {why}");
    }
    let absent = Flags { layers: vec!["8".into()], ..Flags::default() };
    let faults = waits(&["a", "b"], &["", ""], &absent).expect_err("no such layer");
    assert_eq!(faults, ["--layer 8: no layer has that number or name (hint: a, b)"]);
    let nothing = Flags { skipped: vec!["a".into(), "b".into()], ..Flags::default() };
    assert_eq!(waits(&["a", "b"], &["", ""], &nothing), Err(vec!["--skip leaves no layer to run".into()]));
}

#[test]
fn a_phase_adds_goals_and_windows() {
    let file = phase(
        "[[layer.goal]]\nname = \"own\"\nmeasure = \"http_reqs rate\"\nop = \">=\"\ntarget = \"5 req/s\"\n\
         over = \"2s\"\nmet = 90\nabort-on-fail = true\n[[layer.goal]]\nname = \"p95\"\nop = \"<\"\n",
    );
    let (plan, kept) = resolve(Some(&file), vec![Some(described())], &Flags::default()).expect("a plan");
    assert_eq!(kept, [0]);
    let [p95, own] = &plan.layers[0].goals[..] else { panic!("two goals") };
    assert_eq!((p95.op, p95.target), (Op::Below, 50.0));
    assert_eq!((own.unit.as_str(), own.target, own.watch.met), ("req/s", 5.0, 0.9));
    assert_eq!(own.watch.abort_after, Some(Duration::ZERO));
    let file = phase("[[layer.goal]]\nname = \"p95\"\nover = \"2s\"\n");
    let faults = resolve(Some(&file), vec![Some(described())], &Flags::default()).expect_err("faults");
    assert!(faults[0].to_string().contains("p.toml:7:8: goal `p95`: `over`"), "{faults:?}");
}

#[test]
fn hosts_that_are_not_granted_and_a_missing_target_are_faults() {
    let mut needy = described();
    needy.manifest.needs.push(Need { kind: NeedKind::Host, name: "other:81".into() });
    let faults = resolve(None, vec![Some(needy)], &Flags::default()).expect_err("faults");
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].message.contains("no target is given"));
    assert!(faults[1].message.contains("--allow-host other:81"));
}
