//! From a file of the zoo to a component.

use std::fmt::Write as _;
use std::path::Path;

use strata_support::repository;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A scenario that means harm, and how it must end.
#[derive(Debug)]
pub struct Animal {
    /// The file's name without `.wat`.
    pub name: String,
    /// For `strata run`.
    pub arguments: Vec<String>,
    /// The exit code.
    pub exit: i32,
    /// What standard error says.
    pub says: Vec<String>,
    /// What standard error does not say.
    pub never_said: Vec<String>,
    /// What nothing says.
    pub never: Vec<String>,
    /// What no Markdown says outside of code.
    pub never_in_markdown: Vec<String>,
    text: String,
}

/// What is filled in where the file does not have it: what to look for, and the fields.
const REST: [(&str, &str); 5] = [
    ("(memory ", r#"(memory (export "memory") 4)"#),
    // Everything is given from 128 KiB on, and nothing is given back.
    (
        "\"cabi_realloc\"",
        r#"(global $free (mut i32) (i32.const 131072))
        (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
            (global.set $free (i32.add (local.get $at) (local.get $new)))
            (local.get $at))"#,
    ),
    (
        "(func $manifest",
        r#"(data (i32.const 1024) "zoo")
        (data (i32.const 1032) "per-vu-iterations")
        (data (i32.const 1056) "main")
        (func $manifest (result i32)
            (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 3))
            (i32.store (i32.const 2080) (i32.const 2304)) (i32.store (i32.const 2084) (i32.const 1))
            (i32.store (i32.const 2304) (i32.const 1056)) (i32.store (i32.const 2308) (i32.const 4))
            (i32.store (i32.const 2312) (i32.const 1032)) (i32.store (i32.const 2316) (i32.const 17))
            (i32.const 2048))"#,
    ),
    ("(export \"describe\")", r#"(func (export "describe") (result i32) (call $manifest))"#),
    // An `ok`: nothing is ever stored at 3072.
    (
        "(export \"iteration\")",
        r#"(func (export "iteration") (param $vu i32) (param $nth i32) (param $stage i32) (result i32) (i32.const 3072))"#,
    ),
];

/// The exports of the contract.
const EXPORTS: [(&str, &str); 5] = [
    ("describe", "func() -> manifest"),
    ("setup", "func() -> result<list<u8>, failure>"),
    ("iteration", "func(context: context) -> result<_, failure>"),
    ("judge", "func() -> result<list<finding>, failure>"),
    ("teardown", "func() -> result<_, failure>"),
];

impl Animal {
    /// Every file of the folder, in the order of their names.
    pub fn all(folder: &Path) -> Vec<Animal> {
        let entries = std::fs::read_dir(folder).expect("the zoo");
        let mut animals: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
            .map(|path| Animal::read(&path))
            .collect();
        animals.sort_by(|a, b| a.name.cmp(&b.name));
        animals
    }

    fn read(path: &Path) -> Animal {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a text");
        let mut animal = Animal {
            name,
            arguments: Vec::new(),
            exit: -1,
            says: Vec::new(),
            never_said: Vec::new(),
            never: Vec::new(),
            never_in_markdown: Vec::new(),
            text,
        };
        for line in animal.text.clone().lines().filter_map(|line| line.strip_prefix(";;! ")) {
            let (key, value) = line.split_once(": ").expect("`;;! key: value`");
            match key {
                "run" => animal.arguments.extend(value.split_whitespace().map(str::to_owned)),
                "exit" => animal.exit = value.parse().expect("an exit code"),
                "says" => animal.says.push(value.to_owned()),
                "never-in-markdown" => animal.never_in_markdown.push(value.to_owned()),
                "never-said" => animal.never_said.push(value.to_owned()),
                "never" => animal.never.push(value.to_owned()),
                other => panic!("{}: `;;! {other}` is not known", path.display()),
            }
        }
        assert!(animal.text.starts_with(";; "), "{} does not say what it does", path.display());
        assert!(animal.exit >= 0, "{} does not say how it ends", path.display());
        animal
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let mut text = format!("(module\n{}\n", self.text);
        for (has, rest) in REST {
            if !self.text.contains(has) {
                text.push_str(rest);
            }
        }
        text.push(')');
        let mut module =
            wat::parse_str(&text).unwrap_or_else(|error| panic!("{}.wat: {error}\n{text}", self.name));
        let mut resolve = Resolve::default();
        resolve.push_dir(repository().join("wit")).expect("the contract");
        let package = resolve.push_str("zoo.wit", &self.world(&text)).expect("a world");
        let world = resolve.select_world(&[package], Some("animal")).expect("the world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
        ComponentEncoder::default()
            .module(&module)
            .and_then(|encoder| encoder.validate(true).encode())
            .unwrap_or_else(|error| panic!("{}.wat: {error:#}", self.name))
    }

    /// A world with the exports that it has.
    fn world(&self, text: &str) -> String {
        let mut world = "package zoo:zoo;\nworld animal {\n".to_owned();
        for interface in ["types", "http", "metrics", "run", "log", "results", "data", "kv"] {
            let _ = writeln!(world, "import strata:scenario/{interface}@0.1.0;");
        }
        world.push_str("use strata:scenario/types@0.1.0.{manifest, context, failure, finding};\n");
        for (name, kind) in EXPORTS {
            if text.contains(&format!("(export \"{name}\")")) {
                let _ = writeln!(world, "export {name}: {kind};");
            }
        }
        world.push('}');
        world
    }
}
