//! Projects as authors have them: what `strata new` makes, the examples of the SDKs, a component without an SDK.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use strata_support::{Answering, Ended, Strata, missing, repository, toolchain};
use tempfile::TempDir;

use super::guests::built;

/// A language of `strata new`.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// What `--lang` takes.
    pub word: &'static str,
    /// What builds it.
    toolchain: &'static str,
    /// The SDK's README, below `guest-sdk/`, how examples are marked there, and how many of the first are whole scenarios.
    readme: (&'static str, &'static str, usize),
    /// The file of a new project that the example is put in place of.
    source: &'static str,
    /// What the author runs once, and the project's own test; a shell's words.
    own_test: &'static str,
    /// The check of a new project, what goes wrong in place of it, and what the report says before the place.
    wrong: [&'static str; 3],
    /// The example that is layer 8, below `guest-sdk/`.
    pub layer_8: Option<&'static str>,
}

const NODE: &str = "npm ci --no-audit --no-fund && npm test";

pub const LANGUAGES: [Language; 8] = [
    Language {
        word: "rust",
        toolchain: "rust",
        readme: ("rust/README.md", "rust", 1),
        source: "src/lib.rs",
        own_test: "cargo test",
        wrong: [
            r#"check("status is 200", answer.status == 200);"#,
            r#"None::<u32>.expect("nothing");"#,
            "at iteration (",
        ],
        layer_8: None,
    },
    Language {
        word: "python",
        toolchain: "python",
        readme: ("python/README.md", "python", 3),
        source: "scenario.py",
        own_test: "python3 -m unittest",
        wrong: [
            r#"check("status is 200", answer.status == 200)"#,
            r#"raise ValueError("nothing")"#,
            "exception: ValueError: nothing (",
        ],
        layer_8: Some("python/examples/layer-08"),
    },
    Language {
        word: "js",
        toolchain: "js",
        readme: ("js/README.md", "js", 3),
        source: "src/scenario.js",
        own_test: NODE,
        wrong: [
            r#"check("status is 200", answer.status === 200);"#,
            "answer.nothing.here();",
            "exception: TypeError: cannot read property 'here' of undefined (",
        ],
        layer_8: None,
    },
    Language {
        word: "ts",
        toolchain: "js",
        // One example for both: here it is checked by tsc too.
        readme: ("js/README.md", "js", 3),
        source: "src/scenario.ts",
        own_test: NODE,
        wrong: [
            r#"check("status is 200", answer.status === 200);"#,
            "throw new Error(`nothing at ${answer.status}`);",
            "exception: Error: nothing at 200 (",
        ],
        layer_8: Some("js/examples/layer-08"),
    },
    Language {
        word: "c",
        toolchain: "zig",
        readme: ("c/README.md", "c", 2),
        source: "scenario.c",
        own_test: "cc -Istrata-sdk -o tests scenario.c test.c strata-sdk/*.c strata-sdk/generated/native.c && ./tests",
        wrong: [
            r#"strata_check("status is 200", answer.status == 200);"#,
            r#"strata_trap("nothing");"#,
            "at scenario_iteration (",
        ],
        layer_8: Some("c/examples/layer-08"),
    },
    Language {
        word: "cpp",
        toolchain: "zig",
        readme: ("c/README.md", "cpp", 2),
        source: "scenario.cpp",
        own_test: "mkdir -p build && (cd build && cc -c ../strata-sdk/*.c ../strata-sdk/generated/native.c) && \
                   c++ -std=c++23 -Istrata-sdk -o build/tests scenario.cpp test.cpp build/*.o && build/tests",
        wrong: [
            r#"check("status is 200", answer.status() == 200);"#,
            r#"strata_trap("nothing");"#,
            "at iteration (",
        ],
        layer_8: Some("c/examples/layer-08-cpp"),
    },
    Language {
        word: "zig",
        toolchain: "zig",
        readme: ("c/README.md", "zig", 2),
        source: "scenario.zig",
        own_test: "python3 -m ziglang test -lc strata-sdk/*.c strata-sdk/generated/native.c --dep strata -Mroot=scenario.zig \
                   -Mstrata=strata-sdk/strata.zig",
        wrong: [
            r#"strata.check("status is 200", answer.status == 200);"#,
            r#"if (answer.status == 200) @panic("nothing");"#,
            "at scenario.iteration (",
        ],
        layer_8: Some("c/examples/layer-08-zig"),
    },
    Language {
        word: "go",
        toolchain: "go",
        readme: ("go/README.md", "go", 2),
        source: "scenario.go",
        own_test: "go test",
        wrong: [
            r#"strata.Check("status is 200", answer.Status == 200)"#,
            "panic(answer.Status)",
            "exception: 200 (",
        ],
        layer_8: Some("go/examples/layer-08"),
    },
];

/// A language that brings an interpreter along.
#[derive(Clone, Copy, Debug)]
pub struct Heavy {
    /// What `--lang` takes.
    pub word: &'static str,
    /// What package.json says of the engine.
    pub engine: Option<&'static str>,
    /// KiB of its own that an instance had after ten iterations when the language was chosen.
    own: u64,
}

pub const HEAVY: [Heavy; 3] = [
    Heavy { word: "js", engine: None, own: 161 },
    Heavy { word: "js", engine: Some("starlingmonkey"), own: 619 },
    Heavy { word: "python", engine: None, own: 1125 },
];

/// A folder that an author may well have, and what runs in it.
struct Desk {
    folder: TempDir,
    path: OsString,
    /// Cargo puts the components of all projects called `feed` into one file: one project at a time.
    _alone: Option<File>,
}

impl Desk {
    /// Where the toolchain is found; nothing, with a word, where it is missing.
    fn new(language: &Language) -> Option<Desk> {
        let path = toolchain(language.toolchain).inspect_err(|why| missing(why)).ok()?;
        let folder = tempfile::Builder::new().prefix("Größe und Maß ").tempdir().expect("a folder");
        let alone = (language.toolchain == "rust").then(|| {
            let lock = File::create(repository().join("target/guests/feed.lock")).expect("a lock");
            lock.lock().expect("a lock");
            lock
        });
        Some(Desk { folder, path, _alone: alone })
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("feed")
    }

    fn run(&self, command: &mut Command) -> Output {
        command
            .env("PATH", &self.path)
            .env("CARGO_TARGET_DIR", repository().join("target/guests"))
            .env("STRATA_CACHE_DIR", repository().join("target/test-cache"))
            .output()
            .expect("it runs")
    }

    fn strata(&self, arguments: &[&str]) -> Output {
        self.run(Command::new(env!("CARGO_BIN_EXE_strata")).current_dir(self.folder.path()).args(arguments))
    }

    /// Runs the component that was built, three iterations against a server that answers everything.
    fn load(&self, more: &[&str]) -> Result<Ended, String> {
        let server = Answering::start();
        let component = self.project().join("feed.wasm");
        let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
        let strata = strata.file("users.csv", "name\nann\nbob & co\n").env("API_TOKEN", "tr0ub4dor&3");
        let strata = strata.args(["--target", &server.url(), "--iterations", "3"]).args(more.iter().copied());
        let ended = strata.run();
        if ended.code != 0 {
            return Err(format!("exit code {}:\n{}", ended.code, ended.stderr));
        }
        if server.count() < 3 || ended.count("iterations_failed") > 0 {
            return Err(format!("{} requests:\n{}", server.count(), ended.stderr));
        }
        if ended.metric("checks").is_none_or(|checks| checks["rate"] != 1.0) {
            return Err(format!("checks that do not hold:\n{}", ended.stderr));
        }
        Ok(ended)
    }
}

fn good(step: &str, output: Output) -> Result<String, String> {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(said) } else { Err(format!("{step} failed:\n{said}")) }
}

/// From nothing to a load: a project builds as it is, is tried, passes its own test and runs.
pub fn new_project(language: &Language) -> Result<(), String> {
    let Some(desk) = Desk::new(language) else { return Ok(()) };
    good("new", desk.strata(&["new", "feed", "--lang", language.word, "--layer", "15"]))?;
    good("build", desk.strata(&["build", "feed"]))?;
    let said = good("try", desk.strata(&["try", "feed", "--echo"]))?;
    if !said.contains("status is 200") {
        return Err(format!("try shows no check:\n{said}"));
    }
    let ended = desk.load(&[])?;
    if ended.summary()["layers"][0]["number"] != 15 {
        return Err("it is not layer 15".to_owned());
    }
    let mut shell = Command::new("sh");
    shell.current_dir(desk.project()).args(["-ec", language.own_test]);
    good("its own test", desk.run(&mut shell))?;
    Ok(())
}

/// The SDK can be imported in every way that modules have, also by a package, and what is imported need not be used.
pub fn packages() -> Result<(), String> {
    let language = LANGUAGES.iter().find(|language| language.word == "js").expect("a language");
    let Some(desk) = Desk::new(language) else { return Ok(()) };
    good("new", desk.strata(&["new", "feed", "--lang", "js"]))?;
    let write = |name: &str, text: &str| {
        let file = desk.project().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    };
    write(
        "node_modules/fine/package.json",
        r#"{"name":"fine","version":"1.0.0","type":"module","main":"fine.js"}"#,
    );
    write(
        "node_modules/fine/fine.js",
        "import{check as c,Failure}from\"strata\";export const unused=()=>new Failure(\"x\");\n\
         export default(answer)=>c(\"status is 200\",answer.status===200);\n",
    );
    let scenario = |imports: &str, fine: &str| {
        format!(
            "{imports}\nexport default scenario({{\n  name: \"feed\",\n  stages: [{{ name: \"main\", executor: \"shared-iterations\", \
             vus: 1, iterations: 3 }}],\n  goals: [],\n  iteration() {{ {fine}(http.get(\"/\")); }},\n}});\n"
        )
    };
    let fine = "(answer) => check(\"status is 200\", answer.status === 200)";
    for (imports, call) in [
        (
            "import {\n  Counter, // unused\n  http,\n  scenario,\n} from 'strata';\nimport fine from \"fine\";",
            "fine",
        ),
        ("import * as strata from \"strata\";\nconst { check, http, scenario } = strata;", fine),
        (
            "export { Counter } from \"strata\";\nimport { check, http as web, scenario } from \"strata\";\nconst http = web;",
            fine,
        ),
    ] {
        let call = if call == "fine" { call.to_owned() } else { format!("({call})") };
        write(language.source, &scenario(imports, &call));
        good("build", desk.strata(&["build", "feed"]))?;
        desk.load(&[])?;
    }
    write(language.source, &scenario("import { chekc, http, scenario } from \"strata\";", "chekc"));
    let said =
        good("build", desk.strata(&["build", "feed"])).err().ok_or("a name that is not there was built")?;
    let place = format!("{}:1:10", language.source);
    if said.contains("\"chekc\" is not exported") && said.contains(&place) { Ok(()) } else { Err(said) }
}

/// An author who tries what goes wrong is shown the line.
pub fn place(language: &Language) -> Result<(), String> {
    let Some(desk) = Desk::new(language) else { return Ok(()) };
    good("new", desk.strata(&["new", "feed", "--lang", language.word]))?;
    let (source, [check, wrong, says]) = (desk.project().join(language.source), language.wrong);
    let text = std::fs::read_to_string(&source).expect("a source");
    let (before, after) = text.split_once(check).ok_or_else(|| format!("it checks nothing:\n{text}"))?;
    std::fs::write(&source, format!("{before}{wrong}{after}")).expect("a file");
    let tried = desk.strata(&["try", "feed", "--echo"]);
    // A narrow terminal's lines are broken, and Rust names its file in full.
    let said = String::from_utf8_lossy(&tried.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    let place = format!("{}:{})", language.source, before.lines().count());
    let found =
        said.split_once(says).and_then(|(_, rest)| rest.split_once(')')).map(|(path, _)| format!("{path})"));
    match (tried.status.code(), found) {
        (Some(99 | 107), Some(path)) if path.ends_with(&place) => Ok(()),
        (code, _) => Err(format!("{code:?}, and not `{says}...{place}` but:\n{said}")),
    }
}

/// The languages whose components are the same bytes wherever they are built.
pub const SAME: [&str; 4] = ["c", "cpp", "zig", "go"];

/// The folder of a project is nowhere in its component.
pub fn same_bytes(language: &Language) -> Result<(), String> {
    let component = || {
        let Some(desk) = Desk::new(language) else { return Ok(Vec::new()) };
        good("new", desk.strata(&["new", "feed", "--lang", language.word]))?;
        good("build", desk.strata(&["build", "feed"]))?;
        Ok::<_, String>(std::fs::read(desk.project().join("feed.wasm")).expect("a component"))
    };
    if component()? == component()? { Ok(()) } else { Err("two folders gave two components".to_owned()) }
}

/// The virtual users of a new project share the interpreter's initial memory.
pub fn shares_memory(heavy: &Heavy) -> Result<(), String> {
    let language = LANGUAGES.iter().find(|language| language.word == heavy.word).expect("a language");
    let Some(desk) = Desk::new(language) else { return Ok(()) };
    good("new", desk.strata(&["new", "feed", "--lang", heavy.word]))?;
    if let Some(engine) = heavy.engine {
        let manifest = desk.project().join("package.json");
        let text = std::fs::read_to_string(&manifest).expect("a package.json");
        let mut package: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        package["strata"] = serde_json::json!({ "engine": engine });
        std::fs::write(&manifest, package.to_string()).expect("a file");
    }
    good("build", desk.strata(&["build", "feed"]))?;
    super::resident::shares(&desk.project().join("feed.wasm"), heavy.own)
}

/// What the SDK's README shows is a scenario that runs.
pub fn readme(language: &Language) -> Result<(), String> {
    let Some(desk) = Desk::new(language) else { return Ok(()) };
    let (file, kind, count) = language.readme;
    let text = std::fs::read_to_string(repository().join("guest-sdk").join(file)).expect("a README");
    let mark = format!("```{kind}\n");
    let examples: Vec<_> =
        text.split(&mark).skip(1).take(count).filter_map(|rest| rest.split_once("\n```")).collect();
    if examples.len() < count {
        return Err(format!("it shows {} examples, and not {count}", examples.len()));
    }
    good("new", desk.strata(&["new", "feed", "--lang", language.word]))?;
    for (example, _) in examples {
        std::fs::write(desk.project().join(language.source), format!("{example}\n")).expect("a file");
        good("build", desk.strata(&["build", "feed"]))?;
        let shared = example.contains("\"users\"");
        desk.load(if shared {
            &["--data", "users=users.csv", "--secret", "token=env:API_TOKEN"]
        } else {
            &[]
        })?;
    }
    Ok(())
}

/// The SDKs that have tests of their own, beside them: what is needed for them, and a shell's words from `guest-sdk/`.
pub const OWN_TESTS: [(&str, &str, &str); 2] = [
    ("js", "js", "cd js && node --test test/*.test.js && tsc --project ."),
    (
        "python",
        "mypy",
        "cd python && python3 -m unittest discover tests && MYPYPATH=. mypy --strict \
     --cache-dir=/dev/null strata ../../tests/conformance/probes/python/scenario.py",
    ),
];

/// An SDK passes its own tests, and its types hold.
pub fn own_tests(tools: &str, commands: &str) -> Result<(), String> {
    let path = match toolchain(tools) {
        Ok(path) => path,
        Err(why) => {
            missing(&why);
            return Ok(());
        }
    };
    let mut shell = Command::new("sh");
    shell.current_dir(repository().join("guest-sdk")).env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    good("its own tests", shell.args(["-ec", commands]).output().expect("it runs")).map(drop)
}

/// Layer 8 written with this SDK gives the verdict of the one that the pack has, and asks for the same.
pub fn layer_8(language: &Language, example: &str) -> Result<(), String> {
    let project = repository().join("guest-sdk").join(example);
    let name = format!("layer-08-{}", language.word);
    let component = match built(&project, &name, language.toolchain) {
        Ok(component) => component,
        Err(why) => {
            missing(&why);
            return Ok(());
        }
    };
    let (own, pack) = (layer_8_outcome(&component), layer_8_outcome(&packed()));
    if own == pack { Ok(()) } else { Err(format!("{own:#?}\nand not as in the pack:\n{pack:#?}")) }
}

fn packed() -> PathBuf {
    strata_support::committed("layer-08-api-throughput")
}

/// Everything of a run that does not depend on time: the layer, its goals and rows, what was checked and asked for.
fn layer_8_outcome(component: &Path) -> Vec<String> {
    let server = strata_target::Server::start(strata_target::Options {
        profile: strata_target::Profile::Fixed,
        round_trip: std::time::Duration::ZERO,
        port: 0,
    })
    .expect("a target");
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    let ended = strata.args(["--target", &server.url(), "--iterations", "80"]).run();
    let summary = ended.summary();
    let layer = &summary["layers"][0];
    let mut outcome = vec![
        format!("exit code {}", ended.code),
        format!("layer {} · {} · {}", layer["number"], layer["area"], layer["title"]),
        format!("scenario {}", layer["scenario"]),
        format!("status {}", layer["status"]),
        format!("target {}", layer["target"]),
        format!("priority {}", layer["fix_priority"]),
        format!("requests {:?}", server.arrivals().by_path),
        format!("iterations {}", ended.count("iterations")),
    ];
    for row in layer["breakdown"].as_array().expect("rows") {
        outcome.push(format!("row {} in {}: {}", row["label"], row["unit"], row["passed"]));
    }
    outcome
}

/// A component that wit-bindgen alone made.
pub fn plain() -> Result<(), String> {
    let component = built(&repository().join("tests/conformance/plain"), "plain", "rust")?;
    let server = Answering::start();
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    let ended = strata.args(["--target", &server.url()]).run();
    if ended.code != 0 {
        return Err(format!("exit code {}:\n{}", ended.code, ended.stderr));
    }
    let checks = ended.metric("checks").expect("checks");
    let held = (checks["count"].as_f64(), checks["rate"].as_f64());
    if held == (Some(6.0), Some(1.0)) { Ok(()) } else { Err(format!("{checks:#}")) }
}

/// A component whose requests go through `wasi:http`: sent, timed, counted and refused like those of the contract.
pub fn outgoing() -> Result<(), String> {
    goes_through_wasi_http(&built(&repository().join("tests/conformance/outgoing"), "outgoing", "rust")?)
}

/// The same of a component that is there.
pub fn goes_through_wasi_http(component: &Path) -> Result<(), String> {
    let server = Answering::start();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = nobody.expect("a port").to_string();
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    let ended = strata
        .args(["--target", &server.url(), "--env", &format!("nobody={nobody}"), "--allow-host", &nobody])
        .run();
    if ended.code != 0 {
        return Err(format!("exit code {}:\n{}", ended.code, ended.stderr));
    }
    let summary = ended.summary();
    let metrics = summary["metrics"].as_array().expect("metrics");
    let count = |name: &str, tags: serde_json::Value| {
        let found = metrics.iter().find(|metric| metric["name"] == name && metric["tags"] == tags);
        found.and_then(|metric| metric["count"].as_f64()).unwrap_or(0.0)
    };
    let one = |tag: &str, value: &str| serde_json::json!([[tag, value]]);
    let all = serde_json::json!([]);
    // Two VUs, three iterations each.
    let expected = [
        ("checks", all.clone(), 36.0),
        ("http_reqs", all.clone(), 24.0),
        ("http_reqs", one("name", "named"), 18.0),
        ("http_req_duration", all, 24.0),
        ("http_req_failed", one("error_code", "host-not-allowed"), 6.0),
        ("http_req_failed", one("error_code", "connect-refused"), 6.0),
        ("http_req_failed", one("error_code", "closed"), 6.0),
        ("http_req_failed", one("error_code", "body-too-large"), 6.0),
    ];
    let faults = expected.into_iter().filter(|(name, tags, wanted)| count(name, tags.clone()) != *wanted);
    let faults: Vec<_> =
        faults.map(|(name, tags, _)| format!("{name} {tags}: {}", count(name, tags.clone()))).collect();
    let held = ended.metric("checks").expect("checks")["rate"].as_f64();
    if held == Some(1.0) && faults.is_empty() { Ok(()) } else { Err(format!("checks {held:?}, {faults:?}")) }
}
