//! A TOML document that is read to its end, whatever is wrong with it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::phase::Named;
use crate::plan::{Web, parse_compression, parse_redirects, shown, shown_path, shown_whole};

/// A place in a file, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, or nothing for the command line.
    pub path: Option<PathBuf>,
    /// Where in the file.
    pub spot: Option<Spot>,
    /// What, and a way out.
    pub message: String,
}

impl Fault {
    /// A fault of the command line.
    pub fn of_arguments(message: impl Into<String>) -> Fault {
        Fault { path: None, spot: None, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            f.write_str(&shown_path(path))?;
            if let Some(spot) = self.spot {
                write!(f, ":{}:{}", spot.line, spot.column)?;
            }
            f.write_str(": ")?;
        }
        // Whatever a message quotes, a terminal is not to act on it.
        f.write_str(&shown_whole(&self.message))
    }
}

impl std::error::Error for Fault {}

/// The text of a document and what is wrong with it so far.
pub(super) struct Document<'t> {
    path: &'t Path,
    text: &'t str,
    /// The byte at which each line begins.
    lines: Vec<usize>,
    /// How many characters there are before every [`STEP`]th byte, so that a column of a long line is counted once.
    chars: Vec<usize>,
    faults: Vec<Fault>,
}

const STEP: usize = 512;

impl<'t> Document<'t> {
    /// Parses the text; what is no TOML is a fault, and the rest is still read.
    pub(super) fn parse(path: &'t Path, text: &'t str) -> (Document<'t>, Spanned<DeTable<'t>>) {
        let bytes = text.as_bytes();
        let newlines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let mut chars = vec![0];
        for part in bytes.chunks(STEP) {
            chars.push(chars.last().copied().unwrap_or_default() + begun(part));
        }
        let lines = std::iter::once(0).chain(newlines).collect();
        let mut document = Document { path, text, lines, chars, faults: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            document.fault(error.span().unwrap_or(0..0), error.message().to_owned());
        }
        (document, table)
    }

    pub(super) fn fault(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.fault_at(self.spot(at), message);
    }

    pub(super) fn fault_at(&mut self, spot: Spot, message: impl Into<String>) {
        self.faults.push(Fault {
            path: Some(self.path.to_owned()),
            spot: Some(spot),
            message: message.into(),
        });
    }

    /// Where a byte range begins.
    pub(super) fn spot(&self, at: Range<usize>) -> Spot {
        let at = at.start.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        Spot { line, column: self.chars_before(at) - self.chars_before(start) + 1 }
    }

    /// How many characters begin before a byte.
    fn chars_before(&self, at: usize) -> usize {
        let known = self.chars.get(at / STEP).copied().unwrap_or_default();
        let rest = self.text.as_bytes().get(at / STEP * STEP..at).unwrap_or_default();
        known + begun(rest)
    }

    /// The faults, in the order of the file.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by(|a, b| (a.spot, &a.message).cmp(&(b.spot, &b.message)));
        self.faults.dedup();
        self.faults
    }

    /// Says of each key that is not among these that it is unknown.
    pub(super) fn only(&mut self, table: &DeTable<'_>, of: &str, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let message =
                format!("unknown key `{}` of {of} (hint: {})", shown(key.get_ref()), known.join(", "));
            self.fault(key.span(), message);
        }
    }

    pub(super) fn wrong(&mut self, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str) {
        let float = value.get_ref().as_float().map(|float| float.as_str());
        if let Some(odd) = float.filter(|text| text.parse::<f64>().is_ok_and(|float| !float.is_finite())) {
            return self.fault(value.span(), format!("`{}` is {odd}, not {wanted}", shown(key)));
        }
        let found = value.get_ref().type_str();
        self.fault(value.span(), format!("`{}` is not {wanted} but of the type {found}", shown(key)));
    }

    /// A text.
    pub(super) fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<(String, Range<usize>)> {
        let value = table.get(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some((text.to_owned(), value.span())),
            None => {
                self.wrong(value, key, "a text");
                None
            }
        }
    }

    /// A number, whole or not.
    pub(super) fn number(&mut self, table: &DeTable<'_>, key: &str) -> Option<f64> {
        let value = table.get(key)?;
        let number = number(value.get_ref());
        if number.is_none() {
            self.wrong(value, key, "a number");
        }
        number
    }

    /// A whole number from 0.
    pub(super) fn count(&mut self, table: &DeTable<'_>, key: &str) -> Option<u32> {
        let value = table.get(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong(value, key, "a whole number");
            return None;
        };
        let count = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        if count.is_none() {
            let message = {
                let shown = shown(integer.as_str());
                format!("`{key}` is {shown}, which is not between 0 and {}", u32::MAX)
            };
            self.fault(value.span(), message);
        }
        count
    }

    /// A duration in k6's form.
    pub(super) fn duration(&mut self, table: &DeTable<'_>, key: &str) -> Option<std::time::Duration> {
        self.time(table, key, crate::plan::parse_duration)
    }

    /// A duration that leaves time for something.
    pub(super) fn timeout(&mut self, table: &DeTable<'_>, key: &str) -> Option<std::time::Duration> {
        self.time(table, key, crate::plan::parse_timeout)
    }

    /// The keys about redirects, cookies and compression.
    pub(super) fn web(&mut self, table: &DeTable<'_>) -> Web {
        let key = "max-redirects";
        let redirects = self.count(table, key).and_then(|redirects| {
            let read = parse_redirects(&redirects.to_string());
            read.map_err(|why| self.fault(table.get(key).map_or(0..0, Spanned::span), why)).ok()
        });
        let compression = self.string(table, "compression").and_then(|(text, at)| {
            parse_compression(&text).map_err(|why| self.fault(at, format!("`compression`: {why}"))).ok()
        });
        Web { redirects, cookies: self.boolean(table, "cookies"), compression }
    }

    fn time(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        read: fn(&str) -> Result<std::time::Duration, String>,
    ) -> Option<std::time::Duration> {
        let (text, at) = self.string(table, key)?;
        match read(&text) {
            Ok(duration) => Some(duration),
            Err(why) => {
                self.fault(at, format!("`{key}`: {why}"));
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong(value, key, "true or false");
        }
        boolean
    }

    /// A list of texts, each with its place; `None` if there is no such key.
    pub(super) fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Option<Vec<(String, Range<usize>)>> {
        let value = table.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(value, key, "a list of texts");
            return None;
        };
        let mut strings = Vec::new();
        for entry in array.iter() {
            match entry.get_ref().as_str() {
                Some(text) => strings.push((text.to_owned(), entry.span())),
                None => self.wrong(entry, key, "a text"),
            }
        }
        Some(strings)
    }

    /// A name, or a list of names.
    pub(super) fn names(&mut self, table: &DeTable<'_>, key: &str) -> Vec<Named> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let texts = match (value.get_ref().as_str(), value.get_ref().as_array()) {
            (Some(text), _) => vec![(text.to_owned(), value.span())],
            (None, Some(_)) => self.strings(table, key).unwrap_or_default(),
            (None, None) => {
                self.wrong(value, key, "a text or a list of texts");
                Vec::new()
            }
        };
        texts.into_iter().map(|(name, at)| Named { name, spot: self.spot(at) }).collect()
    }

    /// The tables of `[[key]]`.
    pub(super) fn tables<'d, 'k>(
        &mut self,
        table: &'d DeTable<'k>,
        key: &str,
    ) -> Vec<(&'d DeTable<'k>, Range<usize>)> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(value, key, &format!("a list of tables (hint: write `[[{key}]]`)"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for entry in array.iter() {
            match entry.get_ref().as_table() {
                Some(table) => tables.push((table, entry.span())),
                None => self.wrong(entry, key, "a table"),
            }
        }
        tables
    }
}

/// How many characters begin in a part of a text.
fn begun(bytes: &[u8]) -> usize {
    // Whatever continues a character is 0b10......
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    if let Some(integer) = value.as_integer() {
        return i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer as f64);
    }
    value.as_float()?.as_str().parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issue_3_places_are_those_of_a_count_from_the_beginning() {
        let text = format!("# {}\n\nñ = {}\n# 漢", "é".repeat(700), "\"x漢\"".repeat(200));
        let (document, _) = Document::parse(Path::new("p.toml"), &text);
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let before = &text[..at];
            let column = before.rsplit('\n').next().expect("a line").chars().count() + 1;
            let spot = Spot { line: before.matches('\n').count() + 1, column };
            assert_eq!(document.spot(at..at), spot, "byte {at}");
        }
    }
}
