//! What a scenario may take.

use std::time::Duration;

use super::{duration_text, parse_duration, shown};

const MIB: usize = 1024 * 1024;

/// The bounds of one instance. A scenario comes from a stranger; these stand between it and the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a linear memory.
    pub memory: usize,
    /// Elements of a table.
    pub table: usize,
    /// Core instances that a component is made of.
    pub instances: usize,
    /// Bytes of the stack that a call may use.
    pub stack: usize,
    /// How long `describe` may take.
    pub describe: Duration,
    /// How long `setup` may take, waiting included.
    pub setup: Duration,
    /// How long an iteration may compute; waiting for answers is not counted.
    pub iteration: Duration,
    /// How long `judge` may take, waiting included.
    pub judge: Duration,
    /// How long `teardown` may take, waiting included.
    pub teardown: Duration,
    /// Bytes that `setup` may hand to the VUs.
    pub setup_data: usize,
    /// Bytes that are copied out of a guest in one call.
    pub call: usize,
    /// Bytes that a guest hands over in one call of an export: bodies, headers, lines, values.
    pub handed: usize,
    /// Bytes of one answer's body that are kept.
    pub body: usize,
    /// Prepared requests and other resources that an instance holds at a time.
    pub resources: usize,
    /// Bytes of bodies that one `send-all` keeps, in equal parts.
    pub bodies: usize,
    /// Streamed answers that an iteration has open.
    pub open: usize,
    /// Samples of one iteration.
    pub samples: usize,
    /// Different names of requests, checks and tags.
    pub names: usize,
    /// Bytes of such a name.
    pub name: usize,
    /// Log lines of one iteration.
    pub log_lines: usize,
    /// Bytes of one.
    pub log_line: usize,
    /// Bytes of a space of `kv`.
    pub kv: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        let (short, long) = (Duration::from_secs(5), Duration::from_secs(60));
        Limits {
            memory: 256 * MIB,
            table: 20_000,
            instances: 32,
            stack: MIB / 2,
            describe: short,
            setup: long,
            iteration: short,
            judge: long,
            teardown: long,
            setup_data: 16 * MIB,
            call: 32 * MIB,
            handed: 1024 * MIB,
            body: 16 * MIB,
            resources: 10_000,
            bodies: 64 * MIB,
            open: 64,
            samples: 65_536,
            names: 1000,
            name: 256,
            log_lines: 100,
            log_line: 1000,
            kv: 64 * MIB,
        }
    }
}

/// One of them, to be set.
enum Place<'a> {
    /// Bytes: the least and the most that may be asked for.
    Bytes(&'a mut usize, usize, usize),
    /// A number, in the same way.
    Count(&'a mut usize, usize, usize),
    Time(&'a mut Duration),
}

impl Place<'_> {
    fn text(&self) -> String {
        match self {
            Place::Bytes(bytes, _, _) => bytes_text(**bytes),
            Place::Count(count, _, _) => count.to_string(),
            Place::Time(time) => duration_text(**time),
        }
    }
}

/// The shortest time that can be set: the clock that guests are stopped by begins to look after so long.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(3600);

impl Limits {
    /// What can be set.
    pub const NAMES: [&'static str; 22] = [
        "memory",
        "table",
        "instances",
        "stack",
        "describe",
        "setup",
        "iteration",
        "judge",
        "teardown",
        "setup-data",
        "call",
        "handed",
        "body",
        "bodies",
        "resources",
        "open",
        "samples",
        "names",
        "name",
        "log-lines",
        "log-line",
        "kv",
    ];

    fn place(&mut self, name: &str) -> Option<Place<'_>> {
        Some(match name {
            "memory" => Place::Bytes(&mut self.memory, MIB / 16, 4096 * MIB),
            "table" => Place::Count(&mut self.table, 1, 10_000_000),
            "instances" => Place::Count(&mut self.instances, 1, 100),
            "stack" => Place::Bytes(&mut self.stack, MIB / 16, 16 * MIB),
            "describe" => Place::Time(&mut self.describe),
            "setup" => Place::Time(&mut self.setup),
            "iteration" => Place::Time(&mut self.iteration),
            "judge" => Place::Time(&mut self.judge),
            "teardown" => Place::Time(&mut self.teardown),
            "setup-data" => Place::Bytes(&mut self.setup_data, 0, 1024 * MIB),
            "call" => Place::Bytes(&mut self.call, 1024, 1024 * MIB),
            "body" => Place::Bytes(&mut self.body, 0, 1024 * MIB),
            "resources" => Place::Count(&mut self.resources, 16, 10_000_000),
            "open" => Place::Count(&mut self.open, 0, 10_000),
            "handed" => Place::Bytes(&mut self.handed, 1024, 1024 * 1024 * MIB),
            "bodies" => Place::Bytes(&mut self.bodies, 0, 1024 * MIB),
            "samples" => Place::Count(&mut self.samples, 16, 10_000_000),
            "names" => Place::Count(&mut self.names, 16, 100_000),
            "name" => Place::Bytes(&mut self.name, 16, 4096),
            "log-lines" => Place::Count(&mut self.log_lines, 0, 100_000),
            "log-line" => Place::Bytes(&mut self.log_line, 16, MIB / 16),
            "kv" => Place::Bytes(&mut self.kv, 0, 16 * 1024 * MIB),
            _ => return None,
        })
    }

    /// Those that are not the default, as they are written.
    pub fn changed(mut self) -> Vec<(&'static str, String)> {
        let mut own = Limits::default();
        let mut changed = Vec::new();
        for name in Limits::NAMES {
            let (Some(place), Some(own)) = (self.place(name), own.place(name)) else { continue };
            let text = place.text();
            if text != own.text() {
                changed.push((name, text));
            }
        }
        changed
    }

    /// Sets one by its name: a size (`64MiB`), a number or a time (`2s`).
    ///
    /// # Errors
    /// A sentence with the offending text.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(place) = self.place(name) else {
            let shown = shown(name);
            return Err(format!("`{shown}` is not a limit (hint: {})", Limits::NAMES.join(", ")));
        };
        match place {
            Place::Bytes(bytes, least, most) => {
                let wanted = parse_bytes(value)?;
                if !(least..=most).contains(&wanted) {
                    let (least, most) = (bytes_text(least), bytes_text(most));
                    return Err(format!("`{name}` is {value}, not between {least} and {most}"));
                }
                *bytes = wanted;
            }
            Place::Count(count, least, most) => {
                let shown = shown(value);
                let wanted = value.parse().map_err(|_| {
                    format!("`{name}` is `{shown}`, not a whole number (hint: `{name}=1000`)")
                })?;
                if !(least..=most).contains(&wanted) {
                    return Err(format!("`{name}` is {wanted}, not between {least} and {most}"));
                }
                *count = wanted;
            }
            Place::Time(time) => {
                let wanted = parse_duration(value)?;
                if !(SHORTEST..=LONGEST).contains(&wanted) {
                    let (least, most) = (duration_text(SHORTEST), duration_text(LONGEST));
                    return Err(format!("`{name}` is {value}, not between {least} and {most}"));
                }
                *time = wanted;
            }
        }
        Ok(())
    }
}

/// Reads a size: `1000`, `64KiB`, `64 MiB`, `1GiB`.
fn parse_bytes(text: &str) -> Result<usize, String> {
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let scale = match unit.trim() {
        "" | "B" => Some(1),
        "KiB" => Some(1024),
        "MiB" => Some(MIB),
        "GiB" => Some(1024 * MIB),
        _ => None,
    };
    let bytes = number.parse::<usize>().ok().zip(scale).and_then(|(number, scale)| number.checked_mul(scale));
    bytes.ok_or_else(|| format!("`{}` is not a size (hint: `64MiB`, `512KiB`)", shown(text)))
}

/// A size as people write it, in the largest unit that it is a whole number of.
pub fn bytes_text(bytes: usize) -> String {
    let units = [("GiB", 1024 * MIB), ("MiB", MIB), ("KiB", 1024)];
    let unit = units.into_iter().find(|(_, scale)| bytes >= *scale && bytes.is_multiple_of(*scale));
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, scale)| format!("{} {unit}", bytes / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_setting() {
        for name in Limits::NAMES {
            let mut limits = Limits::default();
            let set =
                ["17s", "17MiB", "170KiB", "17"].into_iter().any(|value| limits.set(name, value).is_ok());
            assert!(set && limits != Limits::default(), "{name}");
        }
    }

    #[test]
    fn values_are_read_and_bounded() {
        let mut limits = Limits::default();
        for (name, value) in [("memory", "64MiB"), ("iteration", "1.5s"), ("resources", "100"), ("body", "0")]
        {
            assert_eq!(limits.set(name, value), Ok(()));
        }
        assert_eq!((limits.memory, limits.resources, limits.body), (64 * MIB, 100, 0));
        assert_eq!(limits.iteration, Duration::from_millis(1500));
        for (name, value, why) in [
            ("momery", "1", "`momery` is not a limit (hint: memory, table,"),
            ("memory", "64MB", "`64MB` is not a size"),
            ("memory", "99999999999999999999", "is not a size"),
            ("memory", "1", "`memory` is 1, not between 64 KiB and 4 GiB"),
            ("table", "-1", "`table` is `-1`, not a whole number"),
            ("table", "0", "`table` is 0, not between 1 and 10000000"),
            ("setup", "5", "a unit is missing"),
            ("setup", "1ms", "`setup` is 1ms, not between 10ms and 1h"),
        ] {
            let error = limits.set(name, value).expect_err(value);
            assert!(error.contains(why), "{error}");
        }
        assert_eq!((bytes_text(17), bytes_text(3072)), ("17 bytes".to_owned(), "3 KiB".to_owned()));
    }
}
