//! A pack in a tar. Nothing is unpacked: the places of its entries are noted, and what is wanted is read from there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use tar::EntryType;

use super::super::PackError;
use super::PACK_BYTES;
use super::words::{Want, shown};

/// The most entries of a tar.
const MOST_NAMES: usize = 4096;
/// What a tar may have besides the pack: heads, padding, signatures.
const FRAME_BYTES: u64 = 64 * 1024 * 1024;

/// A tar, and where in it everything is.
pub struct Archive {
    bytes: Box<dyn Bytes>,
    /// Offset and size by name.
    places: BTreeMap<String, (u64, u64)>,
}

trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Archive, PackError> {
        let failed =
            |error: std::io::Error| PackError::new(format!("{}: cannot be read: {error}", path.display()));
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(PackError::new(format!("{}: is not a file", path.display())));
        }
        Archive::read(Box::new(file), metadata.len())
            .map_err(|error| PackError { faults: prefixed(path, error.faults) })
    }

    pub(super) fn of(bytes: Vec<u8>) -> Result<Archive, PackError> {
        let length = bytes.len() as u64;
        Archive::read(Box::new(Cursor::new(bytes)), length)
    }

    fn read(mut bytes: Box<dyn Bytes>, length: u64) -> Result<Archive, PackError> {
        if length > PACK_BYTES + FRAME_BYTES {
            return Err(PackError::new(format!("has {length} bytes, and a pack has at most {PACK_BYTES}")));
        }
        let broken = |error: std::io::Error| {
            PackError::new(format!("is not a whole tar: {}", shown(&error.to_string())))
        };
        let mut places = BTreeMap::new();
        let mut tar = tar::Archive::new(&mut bytes);
        // As they are: the extensions by which an entry can have another name, or be larger than it looks, are entries of
        // their own then, and of no kind that is accepted.
        for (count, entry) in tar.entries_with_seek().map_err(broken)?.raw(true).enumerate() {
            let entry = entry.map_err(broken)?;
            if count >= MOST_NAMES {
                return Err(PackError::new(format!(
                    "has more than {MOST_NAMES} entries, the most that is accepted"
                )));
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let name = name.strip_prefix("./").unwrap_or(&name);
            let (kind, size) = (entry.header().entry_type(), entry.size());
            match kind {
                EntryType::Directory
                    if matches!(name.trim_end_matches('/'), "" | "blobs" | "blobs/sha256") =>
                {
                    continue;
                }
                EntryType::Regular => {}
                _ => {
                    let (name, kind) = (shown(name), kind.as_byte() as char);
                    return Err(PackError::new(format!(
                        "holds `{name}`, which is no file (kind `{}`)",
                        kind.escape_debug()
                    )));
                }
            }
            if !known(name) {
                return Err(PackError::new(format!("holds `{}`, which no pack has", shown(name))));
            }
            let (start, end) = (entry.raw_file_position(), entry.raw_file_position().checked_add(size));
            if end.is_none_or(|end| end > length) {
                return Err(PackError::new(format!("ends within `{name}`")));
            }
            if places.insert(name.to_owned(), (start, size)).is_some() {
                return Err(PackError::new(format!("holds `{name}` twice")));
            }
        }
        Ok(Archive { bytes, places })
    }

    /// A file of the layout's own.
    pub(super) fn named(&mut self, name: &str, most: u64) -> Result<Vec<u8>, PackError> {
        self.take(name, name, most)
    }

    pub(super) fn blob(&mut self, want: &Want) -> Result<Vec<u8>, PackError> {
        self.take(&format!("blobs/sha256/{}", want.hex()), &want.what, want.size)
    }

    fn take(&mut self, name: &str, what: &str, most: u64) -> Result<Vec<u8>, PackError> {
        let missing = || PackError::new(format!("{what} is missing: the tar has no `{name}`"));
        let (start, size) = *self.places.get(name).ok_or_else(missing)?;
        if size > most {
            return Err(PackError::new(format!("{what} has {size} bytes, not at most {most}")));
        }
        let failed = |error: std::io::Error| PackError::new(format!("{what} cannot be read: {error}"));
        self.bytes.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut bytes = Vec::new();
        (&mut self.bytes).take(size).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

fn prefixed(path: &Path, faults: Vec<String>) -> Vec<String> {
    faults.into_iter().map(|fault| format!("{}: {fault}", path.display())).collect()
}

/// The only names that a tar of a pack has.
fn known(name: &str) -> bool {
    let digest =
        |hex: &str| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    matches!(name, "oci-layout" | "index.json") || name.strip_prefix("blobs/sha256/").is_some_and(digest)
}
