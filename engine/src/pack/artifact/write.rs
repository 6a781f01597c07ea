//! A pack is written: an OCI image layout, in a folder or in a tar. The same pack gives the same bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use oci_spec::image::{ImageIndexBuilder, MediaType};

use super::super::PackError;
use super::Pack;
use super::words::{EMPTY, REF_NAME, SIGNATURE, canonical, descriptor, sha256};

const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// The files of the layout by their names below its folder.
///
/// # Errors
/// None that is known of.
pub fn layout_bytes(pack: &Pack) -> Result<BTreeMap<String, Cow<'_, [u8]>>, PackError> {
    let blob = |digest: &str| format!("blobs/sha256/{}", digest.trim_start_matches("sha256:"));
    let mut files = BTreeMap::from([("oci-layout".to_owned(), Cow::Borrowed(LAYOUT))]);
    files.insert(blob(&pack.digest), Cow::Borrowed(pack.index.as_slice()));
    for (digest, bytes) in pack.manifests.iter().chain(&pack.blobs) {
        files.insert(blob(digest), Cow::Borrowed(bytes.as_slice()));
    }
    let mut index = descriptor(MediaType::ImageIndex, &pack.index)?;
    index.set_annotations(Some([(REF_NAME.to_owned(), "pack".to_owned())].into()));
    let mut entries = vec![index];
    for signature in &pack.signatures {
        let mut named = descriptor(MediaType::ImageManifest, &signature.manifest)?;
        named.set_artifact_type(Some(MediaType::Other(SIGNATURE.to_owned())));
        files.insert(blob(named.digest().as_ref()), Cow::Borrowed(signature.manifest.as_slice()));
        files.insert(blob(&sha256(&signature.bytes)), Cow::Borrowed(signature.bytes.as_slice()));
        files.insert(blob(&sha256(EMPTY)), Cow::Borrowed(EMPTY));
        entries.push(named);
    }
    let layout = ImageIndexBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageIndex)
        .manifests(entries)
        .build()
        .map_err(|error| PackError::new(format!("a manifest: {error}")))?;
    files.insert("index.json".to_owned(), Cow::Owned(canonical(&layout)?));
    Ok(files)
}

/// Writes a pack into a folder, which must be new or empty. It is there as a whole or not at all.
///
/// # Errors
/// When the folder holds something, or cannot be written.
pub fn write_folder(pack: &Pack, to: &Path) -> Result<(), PackError> {
    let failed =
        |error: std::io::Error| PackError::new(format!("{}: cannot be written: {error}", to.display()));
    match std::fs::read_dir(to).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            let hint = "(hint: name a new folder, or a file that ends with .tar)";
            return Err(PackError::new(format!("{}: is not empty {hint}", to.display())));
        }
        Ok(false) => std::fs::remove_dir(to).map_err(failed)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let parent = folder_of(to);
    std::fs::create_dir_all(parent).map_err(failed)?;
    let made = tempfile::Builder::new().prefix(".strata-").tempdir_in(parent).map_err(failed)?;
    for (name, bytes) in layout_bytes(pack)? {
        let path = made.path().join(name);
        std::fs::create_dir_all(folder_of(&path)).map_err(failed)?;
        std::fs::write(&path, bytes).map_err(failed)?;
    }
    // A temporary folder is its owner's alone, a pack is not.
    let for_all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(made.path(), for_all).map_err(failed)?;
    std::fs::rename(made.path(), to).map_err(failed)?;
    // It is not at its old place any more, so that there is nothing to take away.
    let _ = made.keep();
    Ok(())
}

/// Writes a pack into a tar, in place of one that may be there.
///
/// # Errors
/// When it cannot be written.
pub fn write_archive(pack: &Pack, to: &Path) -> Result<(), PackError> {
    let failed =
        |error: std::io::Error| PackError::new(format!("{}: cannot be written: {error}", to.display()));
    let for_all = std::fs::Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".strata-").permissions(for_all).tempfile_in(folder_of(to));
    let mut tar = tar::Builder::new(std::io::BufWriter::new(file.map_err(failed)?));
    let mut files = layout_bytes(pack)?;
    // What says that it is a layout comes first.
    let first = ["oci-layout", "index.json"].into_iter().filter_map(|name| files.remove_entry(name));
    for (name, bytes) in first.collect::<Vec<_>>().into_iter().chain(files) {
        let mut head = tar::Header::new_ustar();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o644);
        head.set_mtime(0);
        tar.append_data(&mut head, name, &*bytes).map_err(failed)?;
    }
    let buffer = tar.into_inner().map_err(failed)?;
    let mut file = buffer.into_inner().map_err(|error| failed(error.into_error()))?;
    file.flush().map_err(failed)?;
    file.persist(to).map_err(|error| failed(error.error))?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
