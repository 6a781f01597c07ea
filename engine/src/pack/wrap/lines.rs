//! Debug information, cut down to the author's own lines.
//!
//! A C library is linked with its own debug information, which is twenty times larger than the code: only the units of
//! the author are kept, so that a trap can name their line.

use std::collections::HashMap;

use gimli::write::{Address, EndianVec, Sections};
use gimli::{EndianSlice, LittleEndian, SectionId};

use crate::pack::PackError;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A module without debug information but that of units whose directory is `directory`.
///
/// # Errors
/// When the module or its debug information is broken.
pub(crate) fn keep_own(module: &[u8], directory: &str) -> Result<Vec<u8>, PackError> {
    let broken = |why: String| PackError::new(format!("what was built has broken debug information: {why}"));
    let (mut kept, debug) = split(module).ok_or_else(|| broken("the module is cut off".to_owned()))?;
    if debug.is_empty() {
        return Ok(kept);
    }
    for (name, bytes) in own(&debug, directory).map_err(broken)? {
        append(&mut kept, &name, &bytes);
    }
    Ok(kept)
}

fn own(debug: &HashMap<&str, &[u8]>, directory: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let load = |info: Option<&'_ [u8]>| {
        let info = info.map(<[u8]>::to_vec);
        move |id: SectionId| match (&info, id) {
            (Some(info), SectionId::DebugInfo) => info.clone(),
            _ => debug.get(id.name()).map(|bytes| bytes.to_vec()).unwrap_or_default(),
        }
    };
    let all = gimli::DwarfSections::load(|id| Ok::<_, gimli::Error>(load(None)(id))).map_err(text)?;
    let dwarf = all.borrow(|bytes| Slice::new(bytes, LittleEndian));
    let mut own = Vec::new();
    let info = debug.get(SectionId::DebugInfo.name()).copied().unwrap_or_default();
    let mut units = dwarf.units();
    while let Some(header) = units.next().map_err(text)? {
        let start = header.debug_info_offset().map_or(0, |offset| offset.0);
        let end = start + header.length_including_self();
        let unit = dwarf.unit(header).map_err(text)?;
        if unit.comp_dir.is_some_and(|dir| dir.slice() == directory.as_bytes()) {
            own.extend_from_slice(info.get(start..end).unwrap_or_default());
        }
    }
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let some = gimli::DwarfSections::load(|id| Ok::<_, gimli::Error>(load(Some(&own))(id))).map_err(text)?;
    let dwarf = some.borrow(|bytes| Slice::new(bytes, LittleEndian));
    let constant = |address| Some(Address::Constant(address));
    let mut written = gimli::write::Dwarf::from(&dwarf, &constant).map_err(text)?;
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    written.write(&mut sections).map_err(text)?;
    let mut out = Vec::new();
    let collected = sections.for_each(|id, bytes| {
        if !bytes.slice().is_empty() {
            out.push((id.name().to_owned(), bytes.slice().to_vec()));
        }
        Ok::<_, gimli::write::Error>(())
    });
    collected.map_err(text)?;
    Ok(out)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Sections by their names.
type Named<'a> = HashMap<&'a str, &'a [u8]>;

/// A module without its debug sections, and those.
fn split(module: &[u8]) -> Option<(Vec<u8>, Named<'_>)> {
    let (mut kept, mut debug) = (module.get(..8)?.to_vec(), HashMap::new());
    let mut at = 8;
    while at < module.len() {
        let (size, from) = number(module, at + 1)?;
        let end = from.checked_add(size)?;
        let section = module.get(at..end)?;
        let name = if module.get(at) == Some(&0) { name(module.get(from..end)?) } else { None };
        match name {
            Some((name, bytes)) if name.starts_with(".debug_") => {
                debug.insert(name, bytes);
            }
            _ => kept.extend_from_slice(section),
        }
        at = end;
    }
    Some((kept, debug))
}

/// A custom section's name and what follows it.
fn name(section: &[u8]) -> Option<(&str, &[u8])> {
    let (size, from) = number(section, 0)?;
    let end = from.checked_add(size)?;
    Some((std::str::from_utf8(section.get(from..end)?).ok()?, section.get(end..)?))
}

/// An unsigned LEB128 number and where it ends.
fn number(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (i, byte) in bytes.get(at..)?.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, at + i + 1));
        }
    }
    None
}

fn append(module: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let mut section = Vec::new();
    put(&mut section, name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(bytes);
    module.push(0);
    put(module, section.len());
    module.extend_from_slice(&section);
}

fn put(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: [u8; 8] = *b"\0asm\x01\0\0\0";

    #[test]
    fn sections_that_are_no_debug_information_stay_as_they_are() {
        let mut module = EMPTY.to_vec();
        append(&mut module, "name", &[1; 300]);
        let without = module.clone();
        append(&mut module, ".debug_loc", b"x");
        assert_eq!(keep_own(&module, "."), Ok(without.clone()));
        let (kept, debug) = split(&module).expect("a module");
        assert_eq!((kept, debug.get(".debug_loc")), (without, Some(&b"x".as_slice())));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let mut module = EMPTY.to_vec();
        append(&mut module, "name", &[1; 300]);
        module.truncate(100);
        assert!(keep_own(&module, ".").is_err());
    }
}
