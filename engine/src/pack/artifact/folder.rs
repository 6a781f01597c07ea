//! A pack in a folder: an OCI image layout. Links are not followed, wherever they lead.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::PackError;
use super::words::Want;

/// The folder of a layout.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Folder {
        Folder { path: path.to_owned() }
    }

    /// A file of the layout's own.
    pub(super) fn named(&self, name: &str, most: u64) -> Result<Vec<u8>, PackError> {
        read(&self.path.join(name), most)
    }

    pub(super) fn blob(&self, want: &Want) -> Result<Vec<u8>, PackError> {
        let mut folder = self.path.clone();
        for part in ["blobs", "sha256"] {
            folder.push(part);
            match folder.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => return Err(PackError::new(format!("{}: is not a folder", folder.display()))),
                Err(error) => return Err(unreadable(&folder, &want.what, &error)),
            }
        }
        let path = folder.join(want.hex());
        read(&path, want.size).map_err(|error| PackError {
            faults: error.faults.into_iter().map(|fault| format!("{}: {fault}", want.what)).collect(),
        })
    }
}

fn unreadable(path: &Path, what: &str, error: &std::io::Error) -> PackError {
    PackError::new(format!("{what}: {}: cannot be read: {error}", path.display()))
}

/// At most one byte more than `most`, of what is a file itself.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, PackError> {
    let failed =
        |error: std::io::Error| PackError::new(format!("{}: cannot be read: {error}", path.display()));
    let seen = path.symlink_metadata().map_err(failed)?;
    if !seen.is_file() {
        return Err(PackError::new(format!(
            "{}: is not a file itself, and links are not followed",
            path.display()
        )));
    }
    let file = File::open(path).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    if (opened.dev(), opened.ino()) != (seen.dev(), seen.ino()) {
        return Err(PackError::new(format!("{}: was replaced while it was opened", path.display())));
    }
    if opened.len() > most {
        let size = opened.len();
        return Err(PackError::new(format!("{}: has {size} bytes, not at most {most}", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
