//! Files of rows: CSV with a header, JSON, lines of JSON.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;
use serde_json::de::{IoRead, StreamDeserializer};

use super::rows::Rows;

/// The largest file, and the largest cell: a larger one is a quote that was not closed.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
const MOST_CELL: usize = 1024 * 1024;
/// The most columns.
const MOST_COLUMNS: usize = 1000;
/// The most bytes of a column's name.
const MOST_NAME: usize = 256;
const BOM: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Reads the rows of a file, whose form is told by its extension.
///
/// # Errors
/// A sentence with the place in the file.
pub fn read_rows(path: &Path) -> Result<Rows, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    match metadata.len() {
        0 => return Err("is empty".to_owned()),
        size if size > MOST_BYTES => {
            return Err(format!("has {size} bytes, and at most {MOST_BYTES} are accepted"));
        }
        _ => {}
    }
    let mut reader = BufReader::new(file.take(MOST_BYTES));
    encoding(reader.fill_buf().map_err(unreadable)?)?;
    if reader.fill_buf().map_err(unreadable)?.starts_with(BOM) {
        reader.consume(BOM.len());
    }
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let mut rows = match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("csv") => csv(reader)?,
        Some("json") => json(reader)?,
        Some("jsonl" | "ndjson") => lines(reader)?,
        _ => return Err("is of no known form (hint: .csv, .json, .jsonl)".to_owned()),
    };
    if rows.length() == 0 {
        return Err("has no rows".to_owned());
    }
    rows.shrink();
    Ok(rows)
}

/// Refuses what begins as UTF-16 or UTF-32 does.
fn encoding(beginning: &[u8]) -> Result<(), String> {
    let wide = beginning.starts_with(&[0xFF, 0xFE]) || beginning.starts_with(&[0xFE, 0xFF]);
    let zero = beginning.iter().take(4).any(|byte| *byte == 0);
    if wide || zero {
        return Err("is not UTF-8 but UTF-16 or UTF-32 (hint: save it as UTF-8)".to_owned());
    }
    Ok(())
}

fn named(columns: Vec<String>) -> Result<Rows, String> {
    if columns.len() > MOST_COLUMNS {
        return Err(format!("has {} columns, and at most {MOST_COLUMNS} are accepted", columns.len()));
    }
    for (index, column) in columns.iter().enumerate() {
        if column.is_empty() || column.len() > MOST_NAME {
            return Err(format!(
                "the name of column {} has {} bytes, not 1 to {MOST_NAME}",
                index + 1,
                column.len()
            ));
        }
        if columns.iter().take(index).any(|other| other == column) {
            return Err(format!("two columns are called `{}`", shown(column)));
        }
    }
    Ok(Rows::new(columns))
}

fn add(rows: &mut Rows, column: &str, cell: &str, place: &dyn fmt::Display) -> Result<(), String> {
    if cell.len() > MOST_CELL {
        return Err(format!(
            "{place}: `{}` has {} bytes, and at most {MOST_CELL} are accepted (hint: a quote that is not closed)",
            shown(column),
            cell.len()
        ));
    }
    rows.push(cell)
}

fn csv(reader: impl Read) -> Result<Rows, String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(reader);
    let columns = reader.headers().map_err(|error| csv_fault(&error))?;
    let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
    let mut rows = named(columns.clone())?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| csv_fault(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        for (column, cell) in columns.iter().zip(&record) {
            add(&mut rows, column, cell, &format_args!("line {line}"))?;
        }
    }
    Ok(rows)
}

fn csv_fault(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} cells, and the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { pos, err } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line}, cell {}: is not UTF-8 (hint: save it as UTF-8)", err.field() + 1)
        }
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => format!("cannot be read: {error}"),
    }
}

/// The fields of an object, in their order.
struct Object(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        struct Fields;
        impl<'de> serde::de::Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// Rows of objects, whose first one names the columns.
#[derive(Default)]
struct Objects {
    rows: Option<Rows>,
    columns: Vec<String>,
    read: u64,
}

impl Objects {
    fn add(&mut self, Object(fields): Object) -> Result<(), String> {
        self.read += 1;
        let number = self.read;
        let Some(rows) = &mut self.rows else {
            self.columns = fields.iter().map(|(name, _)| name.clone()).collect();
            self.rows = Some(named(self.columns.clone())?);
            self.read = 0;
            return self.add(Object(fields));
        };
        if let Some((name, _)) = fields.iter().find(|(name, _)| !self.columns.contains(name)) {
            return Err(format!("row {number} has `{}`, which the first row does not have", shown(name)));
        }
        for column in &self.columns {
            let Some((_, value)) = fields.iter().rev().find(|(name, _)| name == column) else {
                return Err(format!("row {number} has no `{}`, which the first row has", shown(column)));
            };
            match value {
                Value::String(text) => add(rows, column, text, &format_args!("row {number}"))?,
                value => add(rows, column, &value.to_string(), &format_args!("row {number}"))?,
            }
        }
        Ok(())
    }

    fn finish(self) -> Rows {
        self.rows.unwrap_or_default()
    }
}

fn lines(reader: impl Read) -> Result<Rows, String> {
    let mut objects = Objects::default();
    for object in StreamDeserializer::<_, Object>::new(IoRead::new(reader)) {
        objects.add(object.map_err(|error| json_fault(&error))?)?;
    }
    Ok(objects.finish())
}

fn json(reader: impl Read) -> Result<Rows, String> {
    /// Reads each object as it comes, so that the file is never there twice.
    struct Array<'a>(&'a mut Objects);
    impl<'de> serde::de::DeserializeSeed<'de> for Array<'_> {
        type Value = Result<(), String>;

        fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_seq(self)
        }
    }
    impl<'de> serde::de::Visitor<'de> for Array<'_> {
        type Value = Result<(), String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of objects")
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut fault = None;
            while let Some(object) = seq.next_element::<Object>()? {
                if fault.is_none() {
                    fault = self.0.add(object).err();
                }
            }
            Ok(fault.map_or(Ok(()), Err))
        }
    }
    let mut objects = Objects::default();
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let read = serde::de::DeserializeSeed::deserialize(Array(&mut objects), &mut deserializer);
    read.map_err(|error| json_fault(&error))??;
    deserializer.end().map_err(|error| json_fault(&error))?;
    Ok(objects.finish())
}

fn json_fault(error: &serde_json::Error) -> String {
    // What was found may be the file's own text.
    format!(
        "is not JSON as it is expected: {} (hint: an array of objects, or an object on each line)",
        shown(&error.to_string())
    )
}

/// A text of the file for an error, short and harmless.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Result<Rows, String> {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        read_rows(&path)
    }

    fn cells(rows: &Rows, index: u32) -> Vec<(String, String)> {
        let row = rows.row(index).expect("a row");
        row.map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
    }

    #[test]
    fn the_three_forms_are_read() {
        let csv =
            read("a.csv", b"\xEF\xBB\xBFname,note\r\nann,\"a \"\"b\"\",\nc\"\r\nbob,\r\n").expect("rows");
        assert_eq!(csv.columns(), ["name", "note"]);
        assert_eq!(cells(&csv, 0), pairs(&[("name", "ann"), ("note", "a \"b\",\nc")]));
        assert_eq!(cells(&csv, 1), pairs(&[("name", "bob"), ("note", "")]));
        let array = br#"[{"z":"text","a":1.5,"list":[1,null]},{"a":true,"list":{},"z":null}]"#;
        let first = pairs(&[("z", "text"), ("a", "1.5"), ("list", "[1,null]")]);
        let second = pairs(&[("z", "null"), ("a", "true"), ("list", "{}")]);
        let json = read("a.JSON", array).expect("rows");
        assert_eq!((cells(&json, 0), cells(&json, 1), json.length()), (first.clone(), second.clone(), 2));
        let lines = br#"{"z":"text","a":1.5,"list":[1,null]}
{"a":true,"list":{},"z":null}
"#;
        let lines = read("a.jsonl", lines).expect("rows");
        assert_eq!((cells(&lines, 0), cells(&lines, 1), lines.length()), (first, second, 2));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let huge = format!("a,b\n1,2\n3,\"{}", "x".repeat(MOST_CELL + 1));
        let many = (0..=MOST_COLUMNS).map(|name| name.to_string()).collect::<Vec<_>>().join(",");
        let faults: [(&str, &[u8], &str); 17] = [
            ("a.csv", b"", "is empty"),
            ("a.csv", b"name,age\n", "has no rows"),
            ("a.csv", b"name,age\nann,1\nbob\n", "line 3 has 1 cells, and the header has 2"),
            ("a.csv", b"name,age\nann,1,2\n", "line 2 has 3 cells"),
            ("a.csv", b"name,age\nann,1\nb\xF6b,2\n", "line 3, cell 1: is not UTF-8"),
            ("a.csv", b"\xFF\xFEn\0a\0", "UTF-16"),
            ("a.csv", b"n\0a\0m\0", "UTF-16"),
            ("a.csv", b"a,a\n1,2\n", "two columns are called `a`"),
            ("a.csv", b"a,\n1,2\n", "the name of column 2 has 0 bytes"),
            ("a.csv", huge.as_bytes(), "line 3: `b` has 1048577 bytes"),
            ("a.csv", many.as_bytes(), "1001 columns"),
            ("a.txt", b"a", "of no known form (hint: .csv, .json, .jsonl)"),
            ("a.json", b"{\"a\":1}", "expected an array of objects"),
            ("a.json", b"[{\"a\":1},{\"b\":2}]", "row 2 has `b`, which the first row does not have"),
            ("a.json", b"[{\"a\":1,\"b\":1},{\"b\":2}]", "row 2 has no `a`, which the first row has"),
            ("a.json", b"[{\"a\":1}", "EOF while parsing"),
            ("a.jsonl", b"{\"a\":1}\n7\n", "expected an object at line"),
        ];
        for (name, bytes, why) in faults {
            let fault = read(name, bytes).expect_err(why);
            assert!(fault.contains(why), "{fault}");
        }
        assert!(read_rows(Path::new("/nowhere.csv")).expect_err("no file").contains("cannot be read"));
        assert!(read_rows(Path::new("/")).expect_err("a folder").contains("is not a file"));
    }
}
