//! A file of rows, and a secret that masks what it says.
//!
//! The first byte chooses the file's form: CSV, JSON or lines of JSON.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use strata::config::{parse_data, parse_secret};
use strata::store::{Secrets, read_rows};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("strata-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let form = ["csv", "json", "jsonl"][usize::from(*choice) % 3];
    let path = FOLDER.join(format!("rows.{form}"));
    fs::write(&path, bytes).expect("a file");
    match read_rows(&path) {
        Ok(rows) => {
            assert!(rows.length() > 0 && rows.columns().len() <= 1000);
            let last = rows.row(rows.length() - 1).expect("the last row");
            assert_eq!(last.count(), rows.columns().len());
            assert!(rows.row(rows.length()).is_none());
        }
        Err(why) => assert!(!why.is_empty() && !why.contains('\x1b'), "{why:?}"),
    }
    let text = String::from_utf8_lossy(bytes);
    for fault in [parse_data(&text).err(), parse_secret(&text).err()].into_iter().flatten() {
        assert!(!fault.contains('\x1b'), "{fault:?}");
    }
    let half = text.floor_char_boundary(text.len() / 2);
    let secrets = Secrets::new(vec![("token".to_owned(), text[..half].to_owned())]);
    if let Some(token) = secrets.get("token")
        && Secrets::check(token).is_ok()
        && !token.contains('*')
    {
        let said = format!("<{token}{}{token}>", &text[half..]);
        assert!(!secrets.mask(&said).contains(token), "{said:?}");
    }
});
