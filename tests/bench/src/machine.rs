//! The machine: which core is whose, and what it calls itself.

use std::ffi::OsString;
use std::fs;

use anyhow::{Context, Result, bail};

/// Descriptors that the largest benchmark needs, with room for what a generator opens besides connections.
const DESCRIPTORS: u64 = 2048;

/// Two cores of this machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Where the server runs.
    pub server_core: u32,
    /// Where the generator runs.
    pub generator_core: u32,
}

impl Machine {
    /// Takes the first and the last core that this process may use.
    ///
    /// # Errors
    /// When there is only one, or too few files may be open.
    pub fn look() -> Result<Machine> {
        let status = read("/proc/self/status")?;
        let list = field(&status, "Cpus_allowed_list:").context("the kernel lists no cores")?;
        let cores = cores(list).with_context(|| format!("`{list}` is not a list of cores"))?;
        let (Some(server_core), Some(generator_core)) = (cores.first(), cores.last()) else {
            bail!("`{list}` names no core");
        };
        if server_core == generator_core {
            bail!(
                "only core {server_core} may be used, and a benchmark needs one for the server and one for the load"
            );
        }
        let limits = read("/proc/self/limits")?;
        let files = field(&limits, "Max open files").and_then(|rest| rest.split_whitespace().next());
        if files.and_then(|files| files.parse::<u64>().ok()).is_some_and(|files| files < DESCRIPTORS) {
            bail!("too few files may be open at a time (hint: `ulimit -n {DESCRIPTORS}`)");
        }
        Ok(Machine { server_core: *server_core, generator_core: *generator_core })
    }

    /// One line about the machine: processor, cores, kernel, and how busy it was.
    pub fn describe(&self) -> String {
        let unknown = || "unknown".to_owned();
        let model = read("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let kernel =
            read("/proc/sys/kernel/osrelease").map_or_else(|_| unknown(), |text| text.trim().to_owned());
        let count = read("/proc/stat").map_or(0, |text| text.lines().filter(|line| is_core(line)).count());
        let load = read("/proc/loadavg").ok();
        let load = load.as_deref().and_then(|text| text.split_whitespace().next()).unwrap_or("unknown");
        format!(
            "{}, {count} cores, Linux {kernel}; server on core {}, generators on core {}; load before: {load}",
            model.unwrap_or_else(unknown),
            self.server_core,
            self.generator_core
        )
    }

    /// Seconds that both cores have been busy since the machine was started, whoever it was for.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn busy(&self) -> Result<f64> {
        let text = read("/proc/stat")?;
        let mut ticks = 0;
        for core in [self.server_core, self.generator_core] {
            let name = format!("cpu{core} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name));
            let numbers =
                line.with_context(|| format!("the kernel does not know core {core}"))?.split_whitespace();
            // user nice system idle iowait irq softirq steal; the guests that follow are part of user.
            let spent = numbers.take(8).enumerate().filter(|(at, _)| !matches!(at, 3 | 4));
            ticks += spent.filter_map(|(_, number)| number.parse::<u64>().ok()).sum::<u64>();
        }
        Ok(ticks as f64 / TICKS)
    }
}

/// Seconds of a core that its host has given to others since the machine was started.
///
/// # Errors
/// When the kernel does not say.
pub fn stolen(core: u32) -> Result<f64> {
    let text = read("/proc/stat")?;
    let name = format!("cpu{core} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    // user nice system idle iowait irq softirq steal
    let steal = line.and_then(|line| line.split_whitespace().nth(7)?.parse::<u64>().ok());
    Ok(steal.with_context(|| format!("the kernel does not say what is stolen of core {core}"))? as f64
        / TICKS)
}

/// Ticks of `/proc` in a second: fixed by Linux for what programs see.
const TICKS: f64 = 100.0;

/// A command on one core; it is ended when this process ends.
pub fn pinned(core: u32, program: impl Into<OsString>) -> Vec<OsString> {
    let mut argv: Vec<OsString> =
        ["setpriv", "--pdeathsig", "KILL", "taskset", "-c"].into_iter().map(Into::into).collect();
    argv.extend([core.to_string().into(), program.into()]);
    argv
}

/// Seconds of processor time that a process has used.
///
/// # Errors
/// When there is no such process.
pub fn processor_time(process: u32) -> Result<f64> {
    let text = read(&format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold anything.
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let used = rest.split_whitespace().skip(11).take(2).filter_map(|number| number.parse::<u64>().ok());
    Ok(used.sum::<u64>() as f64 / TICKS)
}

/// What a process holds in memory, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// All pages that it has mapped and that are there. One that is mapped a thousand times counts a thousand times.
    pub resident: f64,
    /// The same, with each page divided among its mappings: what the machine has less because of this process.
    pub proportional: f64,
}

/// What a process holds; `None` when it has ended. The kernel walks all its mappings, so not often.
pub fn held(process: u32) -> Option<Held> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let kib = |name| field(&text, name)?.split_whitespace().next()?.parse().ok();
    Some(Held { resident: kib("Rss:")?, proportional: kib("Pss:")? })
}

/// KiB of a process that are in memory; `None` when it has ended.
pub fn resident(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    field(&text, "VmRSS:")?.split_whitespace().next()?.parse().ok()
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{path}`"))
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn is_core(line: &str) -> bool {
    line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// `0-2,5` as its numbers.
fn cores(list: &str) -> Option<Vec<u32>> {
    let mut cores = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u32>().ok();
        cores.extend(number(first)?..=number(last)?);
    }
    Some(cores)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cores_are_read() {
        assert_eq!(cores("0-1"), Some(vec![0, 1]));
        assert_eq!(cores("3,5-7"), Some(vec![3, 5, 6, 7]));
        assert_eq!(cores("x"), None);
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let own = std::process::id();
        assert!(resident(own).is_some_and(|kib| kib > 100.0));
        let held = held(own).expect("this process runs");
        assert!(held.proportional > 100.0 && held.proportional <= held.resident);
        assert!(processor_time(own).is_ok());
        assert_eq!(resident(0), None);
    }
}
