//! The records of a run in which some values are others: what is written well and means nothing.
//!
//! The first byte chooses the file; then three bytes each are a place in it, counted over all values, and what to put
//! there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use strata_fuzz::reading;

/// A run that was killed, one that was not, and the summary of one.
const KILLED: &[u8] = include_bytes!("../../corpus/record/killed");
const WHOLE: &[u8] = include_bytes!("../../corpus/record/whole");
const SUMMARY: &[u8] = include_bytes!("../../corpus/record/summary");

fn odd(choice: u8, old: &Value) -> Value {
    match choice % 24 {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(u32::MAX),
        6 => json!(1e308),
        7 => json!(-1e308),
        8 => json!(5e-324),
        9 => json!(-0.0),
        10 => json!(0.5),
        11 => json!(9_007_199_254_740_993_u64),
        12 => Value::Null,
        13 => json!(""),
        14 => json!("\u{1b}[31m<b>|`\r\n\u{202e}]]>"),
        15 => json!("é".repeat(300)),
        16 => json!([]),
        17 => json!({}),
        18 => json!(true),
        19 => json!(1e15),
        20 => json!("rate"),
        21 => match old {
            Value::Array(list) => Value::Array([list.as_slice(), list.as_slice()].concat()),
            other => json!([other, other]),
        },
        22 => json!(1.797_693_134_862_315_7e308),
        _ => old.as_f64().map_or_else(|| old.clone(), |number| json!(number * 1e6)),
    }
}

/// Changes the value that is reached after `left` others.
fn change(value: &mut Value, left: &mut usize, choice: u8) -> bool {
    if *left == 0 {
        *value = odd(choice, value);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|value| change(value, left, choice)),
        Value::Object(map) => map.values_mut().any(|value| change(value, left, choice)),
        _ => false,
    }
}

fn changed(mut value: Value, changes: &[u8]) -> Value {
    for change_of in changes.chunks_exact(3) {
        let mut left = usize::from(u16::from_le_bytes([change_of[0], change_of[1]]));
        change(&mut value, &mut left, change_of[2]);
    }
    value
}

fn lines(text: &[u8]) -> Value {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Value::Array(lines.map(|line| serde_json::from_slice(line).expect("a seed is JSON")).collect())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((file, changes)) = bytes.split_first() else { return };
    if file % 3 == 2 {
        let seed = [b"{", &SUMMARY[2..]].concat();
        let value = changed(serde_json::from_slice(&seed).expect("a seed is JSON"), changes);
        return reading::summary(value.to_string().as_bytes());
    }
    let seed = if file % 3 == 0 { KILLED } else { WHOLE };
    let end = seed.iter().position(|byte| *byte == 0).unwrap_or(seed.len());
    let Value::Array(records) = changed(lines(&seed[..end]), changes) else { return };
    let events: String = records.iter().map(|record| format!("{record}\n")).collect();
    reading::records(events.as_bytes(), seed.get(end + 1..).unwrap_or_default());
});
