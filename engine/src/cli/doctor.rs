//! `strata doctor`: what this machine lacks, each with the line that mends it.

use std::path::Path;

use clap::Args;

use super::exit::Exit;
use super::{Stop, console};
use crate::pack::toolchains;

/// What 10,000 VUs need: a descriptor each and some, a port each, and six maps of memory each.
const FILES: u64 = 16 * 1024;
const PORTS: u64 = 20_000;
const MAPS: u64 = 65_530;
/// Kibibytes of memory that a run of 10,000 VUs of a small guest takes.
const MEMORY_KIB: u64 = 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strata doctor
  strata doctor --strict    ends with 104 where something is missing")]
pub(super) struct DoctorArguments {
    /// End with 104 where something is missing
    #[arg(long)]
    strict: bool,
}

/// Something that was looked at.
struct Finding {
    what: String,
    /// What was found, and whether it will do.
    found: String,
    good: bool,
    /// The line that mends it.
    mend: String,
}

pub(super) fn doctor(arguments: &DoctorArguments) -> Result<Exit, Stop> {
    let mut text = format!("strata {} on {} cores\n", env!("CARGO_PKG_VERSION"), super::run::workers());
    let groups = [
        ("the machine, for runs of 10,000 virtual users", machine()),
        ("to build scenarios; packs need none of it", tools()),
    ];
    let mut missing = 0;
    for (title, findings) in groups {
        text += &format!("\n{title}\n");
        for one in findings {
            let mark = if one.good { '✓' } else { '!' };
            text += &format!("  {mark} {:<26} {}\n", one.what, one.found);
            if !one.good {
                missing += 1;
                text += &format!("    mend: {}\n", one.mend);
            }
        }
    }
    console::answer(text.trim_end()).map_err(|error| anyhow::anyhow!("standard output: {error}"))?;
    Ok(if arguments.strict && missing > 0 { Exit::BadInput } else { Exit::Passed })
}

fn machine() -> Vec<Finding> {
    let limits = proc("/proc/self/limits");
    let files = limits.as_deref().and_then(open_files);
    let ports = proc("/proc/sys/net/ipv4/ip_local_port_range").as_deref().and_then(range);
    let maps = proc("/proc/sys/vm/max_map_count").and_then(|text| text.trim().parse().ok());
    let memory = proc("/proc/meminfo").as_deref().and_then(available);
    vec![
        at_least("open files", files, FILES, "", "ulimit -n 65536".to_owned()),
        at_least(
            "ports for connections",
            ports,
            PORTS,
            "",
            "sysctl -w net.ipv4.ip_local_port_range='1024 65535'".to_owned(),
        ),
        at_least("maps of memory", maps, MAPS, "", "sysctl -w vm.max_map_count=262144".to_owned()),
        at_least(
            "memory that is free",
            memory,
            MEMORY_KIB,
            " KiB",
            "fewer virtual users, or a larger machine".to_owned(),
        ),
        cache(),
    ]
}

fn at_least(what: &str, found: Option<u64>, wanted: u64, unit: &str, mend: String) -> Finding {
    let (text, good) = match found {
        None => ("cannot be read here".to_owned(), true),
        Some(found) if found >= wanted => (format!("{found}{unit}"), true),
        Some(found) => (format!("{found}{unit}, and {wanted} are wanted"), false),
    };
    Finding { what: what.to_owned(), found: text, good, mend }
}

/// Whether compiled components can be kept.
fn cache() -> Finding {
    let folder = console::cache_folder();
    let written = folder.as_deref().map(|folder| {
        std::fs::create_dir_all(folder).and_then(|()| tempfile::Builder::new().tempfile_in(folder)).map(drop)
    });
    let shown =
        folder.map(|folder| folder.display().to_string().escape_debug().to_string()).unwrap_or_default();
    let (found, good) = match written {
        Some(Ok(())) => (shown, true),
        Some(Err(error)) => (format!("{shown} cannot be written: {error}"), false),
        None => ("there is no place for it".to_owned(), false),
    };
    Finding {
        what: "cache of compiled code".to_owned(),
        found,
        good,
        mend: "export STRATA_CACHE_DIR=DIR".to_owned(),
    }
}

fn tools() -> Vec<Finding> {
    let found = toolchains().into_iter().map(|tool| Finding {
        what: tool.languages.to_owned(),
        good: tool.found.is_some(),
        found: tool.found.map_or_else(|| "not here".to_owned(), |said| said.escape_debug().to_string()),
        mend: tool.install,
    });
    found.collect()
}

fn proc(path: &str) -> Option<String> {
    let file = std::fs::File::open(Path::new(path)).ok()?;
    String::from_utf8(console::whole(file, 1024 * 1024).ok()?).ok()
}

/// The soft limit.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

fn range(text: &str) -> Option<u64> {
    let mut ends = text.split_whitespace().map(|end| end.parse::<u64>().ok());
    let (first, last) = (ends.next()??, ends.next()??);
    Some(last.saturating_sub(first) + 1)
}

fn available(memory: &str) -> Option<u64> {
    memory
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(
            open_files("Max open files            unlimited            unlimited            files"),
            Some(u64::MAX)
        );
        assert_eq!(range("32768\t60999\n"), Some(28232));
        assert_eq!(available("MemTotal:  1 kB\nMemAvailable:    8023 kB\n"), Some(8023));
        for nonsense in ["", "x y", "Max open files", "MemAvailable:"] {
            assert_eq!((open_files(nonsense), range(nonsense), available(nonsense)), (None, None, None));
        }
        let few = at_least("open files", Some(64), FILES, "", "ulimit -n 65536".to_owned());
        assert!(!few.good && few.found == "64, and 16384 are wanted", "{}", few.found);
    }
}
