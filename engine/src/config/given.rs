//! Rows and secrets: `[data.NAME]`, `[secrets.NAME]`, `--data`, `--secret`.
//!
//! ```toml
//! [data.users]
//! file = "users.csv"           # beside the phase file; .csv, .json or .jsonl
//! at-end = "stop"              # or "wrap", which is the default
//!
//! [secrets.token]
//! env = "API_TOKEN"            # or `file = "token.txt"`
//! ```

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::document::{Document, Spot};
use super::phase::PhaseFile;
use super::{Fault, Flags, parse_pair};

/// The words of `at-end`.
const AT_END: [&str; 2] = ["wrap", "stop"];

/// A file of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataEntry {
    /// What scenarios call it.
    pub name: String,
    /// Where it is.
    pub file: PathBuf,
    /// Whether the load ends with it.
    pub stop: bool,
    /// Where it is written in the phase file; nothing if the command line says it.
    pub spot: Option<Spot>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A variable of the machine's environment.
    Env(String),
    /// A file, without a line break at its end.
    File(PathBuf),
}

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEntry {
    /// What scenarios call it.
    pub name: String,
    /// Where its value is.
    pub source: SecretSource,
    /// Where it is written in the phase file; nothing if the command line says it.
    pub spot: Option<Spot>,
}

/// What was given to the scenarios of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Files of rows, each name once.
    pub data: Vec<DataEntry>,
    /// Secrets, each name once.
    pub secrets: Vec<SecretEntry>,
}

/// What phase file and command line give; the command line is stronger, but the phase file says how a set ends.
pub fn given(file: Option<&PhaseFile>, flags: &Flags) -> Given {
    let mut given = file.map(|file| file.given.clone()).unwrap_or_default();
    for (name, path) in &flags.data {
        let entry = DataEntry { name: name.clone(), file: path.clone(), stop: false, spot: None };
        match given.data.iter_mut().find(|known| known.name == *name) {
            Some(known) => *known = DataEntry { stop: known.stop, ..entry },
            None => given.data.push(entry),
        }
    }
    for (name, source) in &flags.secrets {
        let entry = SecretEntry { name: name.clone(), source: source.clone(), spot: None };
        match given.secrets.iter_mut().find(|known| known.name == *name) {
            Some(known) => *known = entry,
            None => given.secrets.push(entry),
        }
    }
    given
}

impl Given {
    /// The fault of something at its place.
    pub fn fault(file: Option<&PhaseFile>, spot: Option<Spot>, message: String) -> Fault {
        match (file, spot) {
            (Some(file), Some(spot)) => file.fault(spot, message),
            _ => Fault::of_arguments(message),
        }
    }
}

/// Reads `NAME=FILE`.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_data(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = parse_pair(text).map_err(|_| format!("`{}` is not NAME=FILE", text.escape_debug()))?;
    checked(&name)?;
    Ok((name, file.into()))
}

/// Reads `NAME=env:VARIABLE` or `NAME=file:FILE`. The value itself is not taken: others on the machine would see it.
///
/// # Errors
/// A sentence with the name, and without what may be the value.
pub fn parse_secret(text: &str) -> Result<(String, SecretSource), String> {
    let hint = "hint: `token=env:API_TOKEN` or `token=file:token.txt`";
    let (name, source) = parse_pair(text).map_err(|_| format!("it is not NAME=SOURCE ({hint})"))?;
    checked(&name)?;
    let source = match source.split_once(':') {
        Some(("env", variable)) if !variable.is_empty() => SecretSource::Env(variable.to_owned()),
        Some(("file", file)) if !file.is_empty() => SecretSource::File(file.into()),
        _ => return Err(format!("`{name}` says neither a variable nor a file ({hint})")),
    };
    Ok((name, source))
}

fn checked(name: &str) -> Result<(), String> {
    let good = (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if good {
        return Ok(());
    }
    Err(format!("`{}` is not a name of 1 to 64 letters, digits, `-`, `_` and `.`", name.escape_debug()))
}

pub(super) fn read(document: &mut Document<'_>, whole: &DeTable<'_>, path: &Path) -> Given {
    let beside = |file: String| path.parent().unwrap_or(Path::new("")).join(file);
    let mut given = Given::default();
    for (name, spot, table) in entries(document, whole, "data") {
        document.only(table, "a [data.NAME]", &["file", "at-end"]);
        let stop = match document.string(table, "at-end") {
            None => false,
            Some((word, _)) if AT_END.contains(&word.as_str()) => word == "stop",
            Some((word, at)) => {
                let word = word.escape_debug();
                document.fault(at, format!("`at-end` is `{word}` (hint: {})", AT_END.join(" or ")));
                false
            }
        };
        match document.string(table, "file") {
            Some((file, _)) => {
                given.data.push(DataEntry { name, file: beside(file), stop, spot: Some(spot) })
            }
            None if table.contains_key("file") => {}
            None => document.fault_at(spot, format!("the data `{name}` has no `file`")),
        }
    }
    for (name, spot, table) in entries(document, whole, "secrets") {
        document.only(table, "a [secrets.NAME]", &["env", "file"]);
        let env = document.string(table, "env").map(|(variable, _)| SecretSource::Env(variable));
        let file = document.string(table, "file").map(|(file, _)| SecretSource::File(beside(file)));
        match (env, file) {
            (Some(source), None) | (None, Some(source)) => {
                given.secrets.push(SecretEntry { name, source, spot: Some(spot) });
            }
            (None, None) if table.contains_key("env") || table.contains_key("file") => {}
            _ => document.fault_at(spot, format!("the secret `{name}` has not one of `env` and `file`")),
        }
    }
    given
}

/// The tables `[key.NAME]`.
fn entries<'d, 'k>(
    document: &mut Document<'_>,
    whole: &'d DeTable<'k>,
    key: &str,
) -> Vec<(String, Spot, &'d DeTable<'k>)> {
    let Some(value) = whole.get(key) else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        document.wrong(value, key, &format!("a table of tables (hint: `[{key}.NAME]`)"));
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (name, value) in table.iter() {
        let spot = document.spot(name.span());
        if let Err(why) = checked(name.get_ref()) {
            document.fault(name.span(), why);
            continue;
        }
        match value.get_ref().as_table() {
            Some(table) => entries.push((name.get_ref().to_string(), spot, table)),
            None => document.wrong(
                value,
                name.get_ref(),
                &format!("a table (hint: `[{key}.{}]`)", name.get_ref()),
            ),
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "[phase]\ntitle = \"t\"\n[[layer]]\nscenario = \"a.wasm\"\n";

    fn phase(more: &str) -> Result<PhaseFile, Vec<String>> {
        let parsed = PhaseFile::parse(Path::new("dir/p.toml"), &format!("{REST}{more}"));
        parsed.map_err(|faults| faults.iter().map(Fault::to_string).collect())
    }

    #[test]
    fn the_command_line_is_stronger_and_the_phase_says_how_a_set_ends() {
        let file = phase(
            "[data.users]\nfile = \"u.csv\"\nat-end = \"stop\"\n[data.b]\nfile = \"b.json\"\n[secrets.token]\nenv = \"T\"\n\
             [secrets.key]\nfile = \"k\"\n",
        )
        .expect("a phase");
        let flags = Flags {
            data: vec![parse_data("users=other.csv").expect("data"), parse_data("c=c.csv").expect("data")],
            secrets: vec![parse_secret("token=file:x").expect("a secret")],
            ..Flags::default()
        };
        let given = given(Some(&file), &flags);
        let data: Vec<_> =
            given.data.iter().map(|one| (one.name.as_str(), one.file.to_str(), one.stop)).collect();
        let wanted = [
            ("b", Some("dir/b.json"), false),
            ("users", Some("other.csv"), true),
            ("c", Some("c.csv"), false),
        ];
        assert_eq!(data, wanted);
        let secrets: Vec<_> =
            given.secrets.iter().map(|one| (one.name.as_str(), one.source.clone())).collect();
        let wanted = [("key", SecretSource::File("dir/k".into())), ("token", SecretSource::File("x".into()))];
        assert_eq!(secrets, wanted);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let faults = phase(
            "[data]\n\"a b\" = { file = \"x\" }\nc = 1\n[data.d]\nat-end = \"later\"\n[secrets.e]\n[secrets.f]\nenv = \"A\"\nfile \
             = \"b\"\n[secrets.g]\nvalue = \"hunter2\"\n",
        )
        .expect_err("faults");
        for why in [
            "dir/p.toml:6:1: `a b` is not a name of 1 to 64 letters",
            "dir/p.toml:7:5: `c` is not a table (hint: `[data.c]`) but of the type integer",
            "the data `d` has no `file`",
            "`at-end` is `later` (hint: wrap or stop)",
            "the secret `e` has not one of `env` and `file`",
            "the secret `f` has not one of `env` and `file`",
            "unknown key `value` of a [secrets.NAME] (hint: env, file)",
        ] {
            assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:#?}\nlacks {why}");
        }
        assert!(!faults.iter().any(|fault| fault.contains("hunter2")), "{faults:?}");
        for text in ["hunter2", "token=hunter2", "token=env:", "=env:A"] {
            let fault = parse_secret(text).expect_err(text);
            assert!(!fault.contains("hunter2"), "{fault}");
        }
        assert!(parse_data("a b=c").expect_err("a name").contains("is not a name"));
    }
}
