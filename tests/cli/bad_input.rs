//! What is wrong with the input is said in one clear message, before anything is started.

use strata_support::{Ended, Strata, committed};

use super::strata;

/// It ends with 104, says these things, and has left nothing behind.
fn refused(run: Strata, says: &[&str]) -> Ended {
    let ended = run.coloured().run().with(104).says(says);
    assert!(!ended.stderr.contains('\x1b'), "{:?}", ended.stderr);
    assert!(ended.runs().is_empty(), "a run folder was made");
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    ended
}

fn hello() -> Vec<u8> {
    std::fs::read(committed("hello")).expect("a component")
}

const TARGET: [&str; 2] = ["--target", "http://127.0.0.1:9"];

fn run_file(name: &str, content: impl AsRef<[u8]>) -> Strata {
    strata().file(name, content).args(["run", name]).args(TARGET)
}

#[test]
fn files_that_are_no_components() {
    refused(
        strata().args(["run", "absent.wasm"]).args(TARGET),
        &["absent.wasm: cannot be read: No such file"],
    );
    refused(strata().args(["run", "."]).args(TARGET), &[".: is a folder"]);
    refused(run_file("a.wasm", ""), &["a.wasm: is empty"]);
    refused(run_file("a.wasm", "hello"), &["a.wasm: is not WebAssembly", "hint"]);
    refused(
        run_file("a.wasm", b"\0asm\x01\0\0\0"),
        &["a.wasm: is a core module, not a component", "wasm32-wasip2"],
    );
    refused(run_file("a.wasm", b"\0asm\x0d\0"), &["a.wasm: is a truncated file"]);
    let hello = hello();
    for length in [8, 9, hello.len() / 3, hello.len() - 1] {
        let part = &hello[..length];
        let ended = refused(run_file("a.wasm", part), &["a.wasm: is "]);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn bytes_that_are_wrong_anywhere_do_not_get_through_as_a_panic() {
    let hello = hello();
    for step in 0..12 {
        let mut broken = hello.clone();
        let at = 8 + step * (hello.len() - 8) / 12;
        broken[at..at + 4].copy_from_slice(&[0xff; 4]);
        let ended = run_file("a.wasm", &broken).args(["--iterations", "1"]).run();
        assert!(!ended.stderr.contains("panicked"), "byte {at}: {}", ended.stderr);
        assert!([104, 107, 99].contains(&ended.code), "byte {at}: {} {}", ended.code, ended.stderr);
    }
}

/// `hello` with a text in place of another of the same length.
fn replaced(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = hello();
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + from.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0, "nothing to replace");
    bytes
}

#[test]
fn issue_4_escapes_of_strangers_are_spelt_out_in_errors() {
    let patched = replaced("checks", "c\x1b[2Jk");
    let says = ["`c\\u{1b}[2Jk` is not the name of a metric"];
    refused(run_file("a.wasm", &patched), &says);
    refused(strata().file("a.wasm", &patched).args(["inspect", "a.wasm"]), &says);
    let phase = "[phase]\ntitle = \"x\"\ntarget = \"http://\\u001b]0;owned\\u0007/\"\n\"k\\u001b[2J\" = 1\n[[layer]]\n\
                 scenario = \"no\\u001b[2J.wasm\"\nenv = { \"e\\u001b[2J\" = 1 }\n[[layer.stage]]\nname = \"main\"\n\
                 duration = \"1\\u001b[2Js\"\nramps = [\"1s:\\u001b[2J\"]\n[[layer.goal]]\nname = \"g\"\n\
                 measure = \"m\\u001b[2J p(95)\"\nop = \"<\\u001b[2J\"\ntarget = \"\\u001b[2J5 ms\"\n";
    refused(
        strata().file("phase.toml", phase).args(["run", "phase.toml"]),
        &[
            "target `http://\\u{1b}]0;owned\\u{7}/` is not a URL",
            "unknown key `k\\u{1b}[2J` of [phase]",
            "no\\u{1b}[2J.wasm: cannot be read",
            "`e\\u{1b}[2J` is not a text",
            "`1\\u{1b}[2Js` is not a duration",
            "`1s:\\u{1b}[2J` is not a duration and a target",
            "`m\\u{1b}[2J` is not a selector",
            "`<\\u{1b}[2J` is not a comparison",
            "`\\u{1b}[2J5 ms` is not a number with a unit",
        ],
    );
    let other = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"hello.wasm\"\n[[layer.goal]]\nname = \"g\"\n\
                 measure = \"checks p(\\u001b[2J)\"\n";
    refused(run_file("phase.toml", other), &["`p(\\u{1b}[2J)` is not an aggregate"]);
    let long = "x".repeat(500_000);
    let phase = format!("[phase]\ntitle = \"x\"\n{long} = 1\n[[layer]]\nscenario = \"{long}\"\n");
    let ended = refused(run_file("phase.toml", phase), &["unknown key", "cannot be read"]);
    assert!(ended.stderr.len() < 5_000, "{} bytes", ended.stderr.len());
}

#[test]
fn components_of_other_worlds_and_of_a_newer_contract() {
    // The smallest component: its header alone.
    refused(
        run_file("a.wasm", b"\0asm\x0d\0\x01\0"),
        &["is a component of another world", "exports nothing", "`describe` and `iteration`"],
    );
    refused(
        run_file("a.wasm", replaced("strata:scenario/http@0.1.0", "strata:scenario/http@0.7.0")),
        &["another version of the contract", "strata:scenario/http@0.7.0", "use a newer strata"],
    );
    refused(
        run_file("a.wasm", replaced("strata:scenario/http@0.1.0", "strata:scenario/mqtt@0.1.0")),
        &["another version of the contract", "strata:scenario/mqtt@0.1.0"],
    );
    refused(
        run_file("a.wasm", replaced("strata:scenario/http@0.1.0", "acmeco:scenario/http@0.1.0")),
        &["a component of another world", "acmeco:scenario/http@0.1.0"],
    );
}

#[test]
fn a_phase_file_with_many_faults_says_them_all_with_their_places() {
    let phase = "[phase]\ntitel = \"x\"\n[[layer]]\nscenario = \"hello.wasm\"\nturbo = 1\n\
                 [[layer.goal]]\nname = \"checks\"\ntarget = \"fast\"\n";
    refused(
        run_file("phase.toml", phase),
        &[
            "phase.toml:1:1: the phase has no `title`",
            "phase.toml:2:1: unknown key `titel` of [phase]",
            "phase.toml:5:1: unknown key `turbo` of a [[layer]]",
            "phase.toml:8:10: `target`: `fast` is not a number with a unit",
        ],
    );
    refused(run_file("phase.toml", "[phase\n"), &["phase.toml:1:"]);
    refused(run_file("phase.toml", b"\xff\xfe"), &["phase.toml: is not text in UTF-8: byte 1"]);
    refused(run_file("phase.toml", vec![b'#'; 2_000_000]), &["phase.toml: is larger than 1 MiB"]);
    refused(strata().args(["run", "phase.toml"]), &["phase.toml: cannot be read"]);
}

#[test]
fn a_phase_file_that_does_not_fit_its_scenarios() {
    let phase = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"hello.wasm\"\n\
                 [[layer.stage]]\nname = \"mian\"\n[[layer.goal]]\nname = \"checks\"\ntarget = \"99 ms\"\n";
    refused(
        run_file("phase.toml", phase).file("hello.wasm", hello()),
        &[
            "phase.toml:6:8: the scenario has no stage `mian` (hint: main)",
            "phase.toml:9:10: goal `checks` is in `%`, not in `ms`",
        ],
    );
    let two = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"a.wasm\"\n[[layer]]\nscenario = \"b.wasm\"\n";
    refused(
        run_file("phase.toml", two).file("b.wasm", "?"),
        &["phase.toml:4:12: a.wasm: cannot be read", "phase.toml:6:12: b.wasm: is not WebAssembly"],
    );
}

#[test]
fn issue_2_faults_of_the_file_its_components_their_loads_and_the_target_are_said_at_once() {
    let phase = "[phase]\ntitle = \"x\"\nturbo = 1\ntarget = \"nowhere\"\n[[layer]]\nscenario = \"absent.wasm\"\n\
                 [[layer]]\nscenario = \"hello.wasm\"\n[[layer.stage]]\nname = \"main\"\nrate = 5\n[[layer.goal]]\n\
                 name = \"checks\"\ntarget = \"99 ms\"\n[[layer]]\nscenario = \"hello.wasm\"\nname = \"other\"\n\
                 [[layer.stage]]\nname = \"mian\"\n[[layer]]\nscenario = \"core.wasm\"\n[[layer]]\n\
                 scenario = \"cut.wasm\"\n[[layer.stage]]\nname = \"main\"\nduration = \"5 parsecs\"\n";
    let hello = hello();
    let run = strata()
        .file("phase.toml", phase)
        .file("hello.wasm", &hello)
        .file("core.wasm", b"\0asm\x01\0\0\0")
        .file("cut.wasm", &hello[..hello.len() / 2])
        .args(["run", "phase.toml", "--allow-host", "a b"]);
    let ended = refused(
        run,
        &[
            "phase.toml:3:1: unknown key `turbo` of [phase]",
            "phase.toml:4:10: target `nowhere` is not a URL",
            "phase.toml:6:12: absent.wasm: cannot be read",
            "phase.toml:10:8: stage `main`: executor `constant-vus` has no parameter `rate`",
            "phase.toml:14:10: goal `checks` is in `%`, not in `ms`",
            "phase.toml:19:8: the scenario has no stage `mian`",
            "phase.toml:21:12: core.wasm: is a core module",
            "phase.toml:26:12: `duration`: `5 parsecs` is not a duration",
            "`a b` is not a host",
            "cut.wasm: is ",
        ],
    );
    let places: Vec<_> = ended.stderr.lines().filter(|line| line.contains("phase.toml:")).collect();
    assert!(places.len() == 8 && places[0].contains(":3:") && places[7].contains(":26:"), "{places:?}");
}

#[test]
fn issue_3_thousands_of_entries_are_refused_and_a_hundred_faults_are_said() {
    for layer in
        ["[[layer.goal]]\nname = \"checks\"\ntarget = 5\n", "[[layer.stage]]\nname = \"x\"\nodd = 1\n"]
    {
        let phase =
            format!("[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"hello.wasm\"\n{}", layer.repeat(20_000));
        let run = run_file("phase.toml", phase).file("hello.wasm", hello());
        let ended = refused(run, &["phase.toml:", " more like these"]);
        assert_eq!(ended.stderr.lines().count(), 101);
    }
    let twice = "[phase]\ntitle = \"x\"\n[[layer]]\nscenario = \"hello.wasm\"\n[[layer.goal]]\nname = \"checks\"\n\
                 [[layer.goal]]\nname = \"checks\"\n";
    refused(
        run_file("phase.toml", twice).file("hello.wasm", hello()),
        &["phase.toml:8:8: the goal `checks` stands here a second time, after line 6, column 8"],
    );
}

#[test]
fn arguments_that_make_no_sense() {
    let hello = committed("hello");
    let with = |more: &[&str]| strata().args(["run"]).args([&hello]).args(more);
    refused(with(&[]), &["no target is given", "--target"]);
    for url in ["127.0.0.1:80", "http://", "http://h:99999/", "nonsense", "http://h/?q"] {
        refused(with(&["--target", url]), &["is not a URL", url]);
    }
    refused(with(&["--target", "ftp://h/"]), &["`ftp://h/`: the scheme `ftp` is not supported", "`http://`"]);
    let target = |more: &[&str]| with(&["--target", "http://127.0.0.1:9"]).args(more);
    refused(target(&["--vus", "0"]), &["`vus` is 0: at least one virtual user is needed"]);
    refused(target(&["--vus", "100000"]), &["`vus` is 100000: at most"]);
    refused(target(&["--vus", "-1"]), &["-1"]);
    refused(target(&["--iterations", "0"]), &["`iterations` is 0"]);
    refused(target(&["--vus", "5", "--iterations", "2"]), &["`iterations` (2) is less than `vus` (5)"]);
    refused(target(&["--duration", "10"]), &["`10` is not a duration: a unit is missing"]);
    refused(target(&["--duration", "999999999h"]), &["it is longer than 30 days"]);
    refused(target(&["--duration", "0s"]), &["`duration` is shorter than 100ms"]);
    refused(target(&["--env", "novalue"]), &["`novalue` is not NAME=VALUE"]);
    refused(target(&["--allow-host", "a b"]), &["`a b` is not a host"]);
    refused(target(&["--summary-export", "no/such/folder.json"]), &["the folder does not exist"]);
    refused(target(&["--turbo"]), &["--turbo"]);
    refused(strata().args(["fly"]), &["fly"]);
    refused(
        strata().args(["demo", "--profile", "perfect"]),
        &["`perfect` is not a profile", "as-found or fixed"],
    );
}

#[test]
fn a_folder_with_something_in_it_is_not_written_to() {
    let run = strata().file("kept.txt", "mine").args(["run"]).args([committed("hello")]);
    let ended = run.args(TARGET).args(["--out", "."]).run().with(104).says(["--out .: is not empty"]);
    assert!(!ended.path("summary.json").exists());
}

/// Issue 3: clap ends at the first.
#[test]
fn issue_3_arguments_that_cannot_be_read_are_all_said_at_once() {
    let words = "--vus many --duration 5 --stage 1s --stage 30s:-1 --tls-min 1.4 --limit memory=1 --seed -";
    let many =
        || strata().file("a.wasm", hello()).args(["run", "a.wasm"]).args(TARGET).args(words.split(' '));
    let says = [
        "invalid value 'many' for '--vus <N>'",
        "invalid value '5' for '--duration <TIME>'",
        "invalid value '1s' for '--stage <TIME:TARGET>'",
        "invalid value '30s:-1' for '--stage <TIME:TARGET>'",
        "invalid value '1.4' for '--tls-min <VERSION>'",
        "[possible values: 1.2, 1.3]",
        "invalid value 'memory=1' for '--limit <NAME=VALUE>'",
        "invalid value '-' for '--seed <N>'",
    ];
    let ended = refused(many(), &says);
    assert_eq!(ended.stderr.matches("error:").count(), 7, "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("For more information").count(), 1, "{}", ended.stderr);
    // One of another kind beside them.
    let ended = refused(many().args(["--fast"]), &["invalid value 'many'", "unexpected argument '--fast'"]);
    assert_eq!(ended.stderr.matches("error:").count(), 2, "{}", ended.stderr);
    // Secrets are read apart, as what is wrong with one must not show it.
    let ended =
        refused(run_file("a.wasm", hello()).args(["--secret", "=", "--secret", "b=c"]), &["--secret: "]);
    assert_eq!(ended.stderr.matches("error: --secret").count(), 2, "{}", ended.stderr);
}
