//! Debug information, cut down to the author's own lines.
//!
//! A C library is linked with its own debug information, which is twenty times larger than the code: only the units of
//! the author are kept, and of those only lines and functions, so that a trap can name their line.

use std::collections::{HashMap, HashSet};

use gimli::constants::{self, DwAt, DwTag};
use gimli::write::{
    Address, AttributeValue, ConvertError, ConvertResult, ConvertUnit, ConvertUnitEntry, EndianVec, FileId,
    LineProgram, LineString, Sections, UnitEntryId,
};
use gimli::{ColumnType, Encoding, EndianSlice, LittleEndian, SectionId, UnitRef};

use crate::pack::PackError;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// What a folder is called that is none of the author's.
const FOREIGN: &str = "library";
/// What entries say where code is, and whose it is.
const TAGS: [DwTag; 4] = [
    constants::DW_TAG_namespace,
    constants::DW_TAG_subprogram,
    constants::DW_TAG_lexical_block,
    constants::DW_TAG_inlined_subroutine,
];
const ATTRIBUTES: [DwAt; 14] = [
    constants::DW_AT_name,
    constants::DW_AT_linkage_name,
    constants::DW_AT_producer,
    constants::DW_AT_language,
    constants::DW_AT_stmt_list,
    constants::DW_AT_low_pc,
    constants::DW_AT_high_pc,
    constants::DW_AT_ranges,
    constants::DW_AT_inline,
    constants::DW_AT_abstract_origin,
    constants::DW_AT_specification,
    constants::DW_AT_call_file,
    constants::DW_AT_call_line,
    constants::DW_AT_call_column,
];

/// Whose debug information is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a> {
    /// The directory of the author's units.
    pub directory: &'a str,
    /// The folder of this machine that is said instead by compilers that know of nothing else.
    pub folder: &'a str,
}

/// A module without debug information but the author's own, in which no folder of this machine is said.
///
/// # Errors
/// When the module or its debug information is broken.
pub(crate) fn keep_own(module: &[u8], wanted: Own<'_>) -> Result<Vec<u8>, PackError> {
    let broken = |why: String| PackError::new(format!("what was built has broken debug information: {why}"));
    let (mut kept, debug) = split(module).ok_or_else(|| broken("the module is cut off".to_owned()))?;
    if debug.is_empty() {
        return Ok(kept);
    }
    for (name, bytes) in own(&debug, wanted).map_err(broken)? {
        append(&mut kept, &name, &bytes);
    }
    Ok(kept)
}

fn own(debug: &Named<'_>, wanted: Own<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
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
        let of_author =
            |dir: Slice<'_>| [wanted.directory, wanted.folder].map(str::as_bytes).contains(&dir.slice());
        if unit.comp_dir.is_some_and(of_author) {
            own.extend_from_slice(info.get(start..end).unwrap_or_default());
        }
    }
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let some = gimli::DwarfSections::load(|id| Ok::<_, gimli::Error>(load(Some(&own))(id))).map_err(text)?;
    let dwarf = some.borrow(|bytes| Slice::new(bytes, LittleEndian));
    let mut written = gimli::write::Dwarf::new();
    let mut units = written.convert(&dwarf).map_err(text)?;
    while let Some((unit, root)) = units.read_unit().map_err(text)? {
        functions(unit, root, wanted).map_err(text)?;
    }
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

/// What a unit says of lines and of functions, inlined ones too; of types and variables, which is most of it, nothing.
fn functions<'unit, 'bytes>(
    mut unit: ConvertUnit<'unit, Slice<'bytes>>,
    root: ConvertUnitEntry<'unit, Slice<'bytes>>,
    wanted: Own<'_>,
) -> ConvertResult<()> {
    if let Some((program, files)) = lines(unit.read_unit, wanted)? {
        unit.set_line_program(program, files);
    }
    let top = unit.unit.root();
    attributes(&mut unit, top, &root)?;
    let directory = AttributeValue::String(wanted.directory.into());
    unit.unit.get_mut(top).set(constants::DW_AT_comp_dir, directory);
    let (mut entry, mut kept) = (root, HashSet::new());
    while let Some(id) = unit.read_entry(&mut entry)? {
        if !TAGS.contains(&entry.tag) {
            continue;
        }
        entry.parent = entry.parent.filter(|parent| kept.contains(parent));
        entry.sibling = false;
        let id = unit.add_entry(id, &entry);
        attributes(&mut unit, id, &entry)?;
        kept.insert(id);
    }
    Ok(())
}

/// A unit's table of lines, with directories below the author's as seen from there and all others called the same.
fn lines(unit: UnitRef<'_, Slice<'_>>, wanted: Own<'_>) -> ConvertResult<Option<(LineProgram, Vec<FileId>)>> {
    let Some(read) = unit.line_program.clone() else { return Ok(None) };
    let header = read.header().clone();
    if header.line_base() > 0 {
        return Err(ConvertError::InvalidLineBase);
    }
    // Texts stand in the table itself in this version.
    let encoding = Encoding { version: 4, ..header.encoding() };
    let said = |value| unit.attr_string(value).map(|text| text.slice().to_vec());
    let here = || LineString::String(wanted.directory.into());
    let mut program = LineProgram::new(encoding, header.line_encoding(), here(), None, here(), None);
    let mut directories = Vec::new();
    let mut files = Vec::new();
    if header.version() <= 4 {
        directories.push(program.default_directory());
        files.push(program.add_file(LineString::String(FOREIGN.into()), program.default_directory(), None));
    }
    for directory in header.include_directories() {
        let name = called(&said(*directory)?, wanted);
        directories.push(program.add_directory(LineString::String(name)));
    }
    for file in header.file_names() {
        let index = usize::try_from(file.directory_index()).unwrap_or(usize::MAX);
        let directory = *directories.get(index).ok_or(ConvertError::InvalidDirectoryIndex)?;
        let name = called(&said(file.path_name())?, wanted);
        files.push(program.add_file(LineString::String(name), directory, None));
    }
    let (mut rows, mut begin) = (read.rows(), None);
    while let Some((_, row)) = rows.next_row()? {
        let from = *begin.get_or_insert_with(|| {
            program.begin_sequence(constant(row.address()));
            row.address()
        });
        let offset = row.address().checked_sub(from).ok_or(ConvertError::InvalidAddress)?;
        if row.end_sequence() {
            program.end_sequence(offset);
            begin = None;
            continue;
        }
        let index = usize::try_from(row.file_index()).unwrap_or(usize::MAX);
        let new = program.row();
        new.address_offset = offset;
        new.file = *files.get(index).ok_or(ConvertError::InvalidFileIndex)?;
        new.line = row.line().map_or(0, |line| line.get());
        new.column = match row.column() {
            ColumnType::LeftEdge => 0,
            ColumnType::Column(column) => column.get(),
        };
        new.is_statement = row.is_stmt();
        program.generate_row();
    }
    if begin.is_some() {
        return Err(ConvertError::MissingLineEndSequence);
    }
    Ok(Some((program, files)))
}

/// What a directory or a file is called that a compiler has said.
fn called(directory: &[u8], wanted: Own<'_>) -> Vec<u8> {
    match directory.strip_prefix(wanted.folder.as_bytes()) {
        Some(below) if below.is_empty() || below.starts_with(b"/") => {
            [wanted.directory.as_bytes(), below].concat()
        }
        _ if directory.starts_with(b"/") || directory.is_empty() => FOREIGN.into(),
        _ => directory.to_vec(),
    }
}

fn attributes<'unit, 'bytes>(
    unit: &mut ConvertUnit<'unit, Slice<'bytes>>,
    id: UnitEntryId,
    entry: &ConvertUnitEntry<'unit, Slice<'bytes>>,
) -> ConvertResult<()> {
    for attribute in entry.attrs.iter().filter(|attribute| ATTRIBUTES.contains(&attribute.name())) {
        let value = unit.convert_attribute_value(entry.read_unit, attribute, &constant)?;
        unit.unit.get_mut(id).set(attribute.name(), value);
    }
    Ok(())
}

fn constant(address: u64) -> Option<Address> {
    Some(Address::Constant(address))
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

    const OWN: Own<'_> = Own { directory: ".", folder: "/home/x/feed" };
    const EMPTY: [u8; 8] = *b"\0asm\x01\0\0\0";

    #[test]
    fn sections_that_are_no_debug_information_stay_as_they_are() {
        let mut module = EMPTY.to_vec();
        append(&mut module, "name", &[1; 300]);
        let without = module.clone();
        append(&mut module, ".debug_loc", b"x");
        assert_eq!(keep_own(&module, OWN), Ok(without.clone()));
        let (kept, debug) = split(&module).expect("a module");
        assert_eq!((kept, debug.get(".debug_loc")), (without, Some(&b"x".as_slice())));
    }

    #[test]
    fn folders_of_a_machine_are_not_said() {
        let own = Own { directory: ".", folder: "/home/x/feed" };
        let called = |directory: &str| String::from_utf8(called(directory.as_bytes(), own)).expect("a text");
        assert_eq!(called("/home/x/feed"), ".");
        assert_eq!(called("/home/x/feed/src"), "./src");
        assert_eq!(called("strata-sdk"), "strata-sdk");
        for other in ["/home/x/feeder", "/usr/lib/zig", ""] {
            assert_eq!(called(other), FOREIGN);
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let mut module = EMPTY.to_vec();
        append(&mut module, "name", &[1; 300]);
        module.truncate(100);
        assert!(keep_own(&module, OWN).is_err());
    }
}
