//! The OLE container around an `.xls`: takes its workbook stream out, and puts it into a container that is well-formed.
//! Here because the parser believes what a container says of itself, and one of 612 bytes can make it ask for gigabytes.
//! In: the bytes of a container. Out: the workbook stream; names of streams; a plain container around a stream.
//! Not here: what is in the stream (xls.rs).

const MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const FAT_SECTOR: u32 = 0xFFFF_FFFD;
/// Sector numbers from here on have a meaning of their own.
const RESERVED: u32 = 0xFFFF_FFFA;
const MINI_BYTES: usize = 64;
const ENTRY_BYTES: usize = 128;
/// Streams looked at.
const ENTRIES_MAX: usize = 10_000;
/// Sectors of containers written here.
const SECTOR_BYTES: usize = 4_096;
/// Numbers of FAT sectors a header has room for.
const HEADER_FATS: usize = 109;

/// A container looked into.
pub(crate) struct Container<'a> {
    bytes: &'a [u8],
    sector: usize,
    header: usize,
    fat: Vec<u32>,
    entries: Vec<Entry>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    is_root: bool,
    start: u32,
    bytes: usize,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u32::from_le_bytes(*bytes))
}

impl<'a> Container<'a> {
    /// Reads the tables of a container; none when they contradict each other.
    pub(crate) fn open(bytes: &'a [u8]) -> Option<Self> {
        let sector = match (bytes.starts_with(&MAGIC), u16_at(bytes, 30)?) {
            (true, 9) => 512,
            (true, 12) => 4_096,
            _ => return None,
        };
        let mut container = Self {
            bytes,
            sector,
            header: sector,
            fat: Vec::new(),
            entries: Vec::new(),
            mini_fat: Vec::new(),
            mini: Vec::new(),
        };
        container.fat = container.read_fat()?;
        let directory = container.chain(u32_at(bytes, 48)?, usize::MAX)?;
        container.entries = directory
            .chunks_exact(ENTRY_BYTES)
            .take(ENTRIES_MAX)
            .filter_map(|entry| container.entry(entry))
            .collect();
        let mini_start = u32_at(bytes, 60)?;
        if mini_start < RESERVED {
            let mini_fat = container.chain(mini_start, usize::MAX)?;
            container.mini_fat = numbers(&mini_fat).collect();
            let root = container.entries.iter().find(|entry| entry.is_root)?.clone();
            container.mini = container.chain(root.start, root.bytes)?;
        }
        Some(container)
    }

    /// Sectors the file has room for.
    fn sectors(&self) -> usize {
        self.bytes.len().saturating_sub(self.header).div_ceil(self.sector)
    }

    /// A sector; the last of a file may be short.
    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = self
            .header
            .checked_add(usize::try_from(number).ok()?.checked_mul(self.sector)?)?;
        let bytes = self.bytes.get(start..).filter(|bytes| !bytes.is_empty())?;
        Some(bytes.get(..self.sector).unwrap_or(bytes))
    }

    /// The sector numbers of the FAT stand in the header, and behind it in a chain of their own.
    fn read_fat(&self) -> Option<Vec<u32>> {
        let most = self.sectors();
        let mut sectors: Vec<u32> = numbers(self.bytes.get(76..512)?).collect();
        let mut next = u32_at(self.bytes, 68)?;
        for _ in 0..=most {
            if next >= RESERVED {
                break;
            }
            let more = self.sector(next)?;
            sectors.extend(numbers(more));
            next = sectors.pop()?;
        }
        sectors.retain(|number| *number < RESERVED);
        if next < RESERVED || sectors.len() > most {
            return None;
        }
        let mut fat = Vec::with_capacity(sectors.len() * self.sector / 4);
        for number in sectors {
            fat.extend(numbers(self.sector(number)?));
        }
        Some(fat)
    }

    fn entry(&self, entry: &[u8]) -> Option<Entry> {
        let length = usize::from(u16_at(entry, 64)?).min(64);
        let units = entry.get(..length)?.as_chunks::<2>().0.iter();
        let units: Vec<u16> = units.map(|unit| u16::from_le_bytes(*unit)).collect();
        let name = String::from_utf16_lossy(&units);
        let kind = *entry.get(66)?;
        Some(Entry {
            name: name.trim_end_matches('\0').to_ascii_lowercase(),
            is_root: kind == 5,
            start: u32_at(entry, 116)?,
            bytes: u32_at(entry, 120)? as usize,
        })
        .filter(|_| kind == 2 || kind == 5)
    }

    /// Up to `bytes` bytes of a chain of sectors; none when the chain runs in a circle or leaves the file.
    fn chain(&self, start: u32, bytes: usize) -> Option<Vec<u8>> {
        let (mut chain, mut next) = (Vec::new(), start);
        for _ in 0..=self.sectors() {
            if next >= RESERVED || chain.len() >= bytes {
                chain.truncate(bytes);
                return Some(chain);
            }
            chain.extend_from_slice(self.sector(next)?);
            next = *self.fat.get(next as usize)?;
        }
        None
    }

    fn mini_chain(&self, start: u32, bytes: usize) -> Option<Vec<u8>> {
        let (mut chain, mut next) = (Vec::new(), start);
        for _ in 0..=self.mini_fat.len() {
            if next >= RESERVED || chain.len() >= bytes {
                chain.truncate(bytes);
                return Some(chain);
            }
            let from = (next as usize).checked_mul(MINI_BYTES)?;
            let sector = self.mini.get(from..).filter(|sector| !sector.is_empty())?;
            chain.extend_from_slice(sector.get(..MINI_BYTES).unwrap_or(sector));
            next = *self.mini_fat.get(next as usize)?;
        }
        None
    }

    /// Whether there is a stream of this name, in lower case.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// The content of a stream; none when there is none of this name, or not all of it.
    pub(crate) fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        let stream = if entry.bytes < SECTOR_BYTES {
            self.mini_chain(entry.start, entry.bytes)?
        } else {
            self.chain(entry.start, entry.bytes)?
        };
        (stream.len() == entry.bytes).then_some(stream)
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|number| u32::from_le_bytes(*number))
}

/// A container with this one stream, named `Workbook`; none when the stream is too long for its simple form.
pub(crate) fn around(stream: &[u8]) -> Option<Vec<u8>> {
    // A shorter one would have to lie in the mini stream. What follows the last record is not looked at.
    let bytes = stream.len().max(SECTOR_BYTES);
    let data = bytes.div_ceil(SECTOR_BYTES);
    let per_fat = SECTOR_BYTES / 4;
    let fats = (data + 2).div_ceil(per_fat - 1);
    if fats > HEADER_FATS {
        return None;
    }
    let (fats_end, directory) = (u32::try_from(fats).ok()?, u32::try_from(fats).ok()?);
    let first = directory + 1;
    let last = first + u32::try_from(data).ok()? - 1;
    let mut out = Vec::with_capacity((1 + fats + 1 + data) * SECTOR_BYTES);
    out.extend(MAGIC);
    out.resize(24, 0);
    for number in [0x3E_u16, 4, 0xFFFE, 12, 6] {
        out.extend(number.to_le_bytes());
    }
    out.resize(40, 0);
    let mini_cutoff = u32::try_from(SECTOR_BYTES).ok()?;
    for number in [
        1,
        fats_end,
        directory,
        0,
        mini_cutoff,
        END_OF_CHAIN,
        0,
        END_OF_CHAIN,
        0,
    ] {
        out.extend(number.to_le_bytes());
    }
    for number in 0..HEADER_FATS {
        let number = u32::try_from(number).ok().filter(|_| number < fats);
        out.extend(number.unwrap_or(FREE).to_le_bytes());
    }
    out.resize(SECTOR_BYTES, 0);
    for number in 0..u32::try_from(fats * per_fat).ok()? {
        let next = match number {
            number if number < fats_end => FAT_SECTOR,
            number if number == directory || number == last => END_OF_CHAIN,
            number if number < last => number + 1,
            _ => FREE,
        };
        out.extend(next.to_le_bytes());
    }
    push_entry(&mut out, "Root Entry", 5, 1, 0, 0);
    push_entry(&mut out, "Workbook", 2, FREE, first, bytes as u64);
    out.resize((1 + fats + 1) * SECTOR_BYTES, 0);
    out.extend_from_slice(stream);
    out.resize((1 + fats + 1 + data) * SECTOR_BYTES, 0);
    Some(out)
}

fn push_entry(out: &mut Vec<u8>, name: &str, kind: u8, child: u32, start: u32, bytes: u64) {
    let from = out.len();
    out.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    let length = u16::try_from(out.len() - from + 2).unwrap_or(2);
    out.resize(from + 64, 0);
    out.extend(length.to_le_bytes());
    out.extend([kind, 1]);
    for number in [FREE, FREE, child] {
        out.extend(number.to_le_bytes());
    }
    out.resize(from + 116, 0);
    out.extend(start.to_le_bytes());
    out.extend(bytes.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out_again_whatever_its_length() {
        for length in [0, 1, 4_095, 4_096, 4_097, 9_000, 5 << 20] {
            let stream: Vec<u8> = (0..length)
                .map(|at: usize| u8::try_from(at % 251).unwrap())
                .collect();
            let container = around(&stream).unwrap();
            let open = Container::open(&container).unwrap();
            assert!(open.holds("workbook") && !open.holds("encryptedpackage"));
            let back = open.stream("workbook").unwrap();
            assert_eq!(back.len(), length.max(4_096));
            assert!(back.starts_with(&stream));
        }
    }

    #[test]
    fn a_container_that_lies_is_not_opened() {
        let good = around(&[7; 10_000]).unwrap();
        let put = |at: usize, number: u32| {
            let mut bytes = good.clone();
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
            bytes
        };
        // The FAT's first sector far away; the directory in a circle; a chain of FAT sectors in a circle; a wrong sector size.
        for bytes in [
            put(76, 4_000_000),
            put(4_096 + 4, 1),
            put(68, 2),
            put(30, 31),
            good[..600].to_vec(),
        ] {
            let opened = Container::open(&bytes);
            assert!(opened.is_none_or(|open| open.stream("workbook").is_none()));
        }
    }
}
