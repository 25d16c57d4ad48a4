//! As much of ELF as it takes to find one section.
//! Here instead of a library because forty lines do, and every one of them reads untrusted bytes.
//! In: an open file. Out: the section's bytes (bounded), `None` when there is none, or what the file is instead.
//! Not here: what the section means.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of a section that are read.
const SECTION_BYTES_MAX: u64 = 4096;
/// Bytes of the section-name table that are read.
const NAMES_BYTES_MAX: u64 = 1 << 20;
const HEADER: usize = 64;
const SECTION_HEADER: usize = 64;
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const EXECUTABLE: u16 = 2;
const SHARED_OBJECT: u16 = 3;
/// Types that can be loaded.
pub(super) const LOADS: [u16; 1] = [SHARED_OBJECT];
/// Types that can be run: a position-independent program is a shared object by its header.
pub(super) const RUNS: [u16; 2] = [SHARED_OBJECT, EXECUTABLE];

/// Machine codes we can name; the first that fits this build is expected.
const MACHINES: [(u16, &str); 5] = [
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
    (3, "x86"),
    (40, "arm"),
];

pub(super) enum Problem {
    Io(io::Error),
    Wrong { found: String, expected: String },
}

fn wrong<T>(found: impl Into<String>, expected: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Wrong {
        found: found.into(),
        expected: expected.into(),
    })
}

/// The first bytes of section `name` of a file of one of these types.
pub(super) fn section(file: &File, name: &str, types: &[u16]) -> Result<Option<Vec<u8>>, Problem> {
    let machine = std::env::consts::ARCH;
    let header = match read(file, 0, HEADER as u64) {
        Ok(header) => header,
        Err(Problem::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return wrong(
                "too short for a shared library",
                format!("an ELF shared library for {machine}"),
            );
        }
        Err(problem) => return Err(problem),
    };
    if header.get(..4) != Some(b"\x7fELF") {
        let start = header.get(..4).unwrap_or_default().escape_ascii().to_string();
        return wrong(
            format!("starts with \"{start}\""),
            format!("an ELF shared library for {machine}"),
        );
    }
    if header.get(4) != Some(&CLASS_64) || header.get(5) != Some(&LITTLE_ENDIAN) {
        return wrong(
            "an ELF file that is not 64-bit little-endian",
            format!("one for {machine}"),
        );
    }
    let code = u16_at(&header, 18);
    let found = MACHINES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("an unknown machine", |(_, name)| name);
    if found != machine {
        return wrong(format!("built for {found} (ELF machine {code})"), machine);
    }
    let kind = u16_at(&header, 16);
    if !types.contains(&kind) {
        return wrong(format!("an ELF file of type {kind}"), "a shared library (type 3)");
    }
    let table = u64_at(&header, 40);
    let count = u16_at(&header, 60);
    let names_index = u16_at(&header, 62);
    if u16_at(&header, 58) as usize != SECTION_HEADER || count == 0 || names_index >= count {
        return Ok(None);
    }
    let headers = read(file, table, u64::from(count) * SECTION_HEADER as u64)?;
    let names = extent(&headers, names_index).map(|(from, len)| read(file, from, len.min(NAMES_BYTES_MAX)));
    let Some(names) = names.transpose()? else {
        return Ok(None);
    };
    for index in 0..count {
        let Some(entry) = headers.get(usize::from(index) * SECTION_HEADER..) else {
            break;
        };
        let at = u32_at(entry, 0) as usize;
        let named = names
            .get(at..)
            .and_then(|rest| rest.strip_prefix(name.as_bytes()));
        if named.is_some_and(|rest| rest.first() == Some(&0))
            && let Some((from, len)) = extent(&headers, index)
        {
            return read(file, from, len.min(SECTION_BYTES_MAX)).map(Some);
        }
    }
    Ok(None)
}

fn extent(headers: &[u8], index: u16) -> Option<(u64, u64)> {
    let entry = headers
        .get(usize::from(index) * SECTION_HEADER..)?
        .get(..SECTION_HEADER)?;
    Some((u64_at(entry, 24), u64_at(entry, 32)))
}

fn read(file: &File, from: u64, len: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = vec![0u8; usize::try_from(len).unwrap_or(0)];
    file.read_exact_at(&mut bytes, from).map_err(Problem::Io)?;
    Ok(bytes)
}

/// Reads past the end give 0: the checks above then fail on their own.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes
        .get(at..at + N)
        .and_then(|bytes| bytes.try_into().ok())
        .unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}
