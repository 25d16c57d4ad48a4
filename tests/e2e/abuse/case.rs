//! One abuse: how it is laid out, and how it must end.
//! Here because the corpus is a table, and a table needs columns that read like sentences.
//! In: files as bytes, or whatever else lies in a drop folder. Out: cases; helpers that write what no honest writer writes.
//! Not here: running them (mod.rs), what is abused (the other files of this folder).

use std::fs::File;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

/// How a case must end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    /// So many rows come, of which so many are refused one by one.
    Rows(u64, u64),
    /// Nothing comes, and the run says so: category, and words of the sentence for the department.
    Refused(&'static str, &'static str),
}

pub(crate) use Expect::{Refused, Rows};

type Lay = Box<dyn Fn(&Path)>;

/// One abuse.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Puts it into an empty drop folder.
    pub(crate) lay: Lay,
    pub(crate) expect: Expect,
}

/// A case of whatever `lay` does.
pub(crate) fn case(name: &'static str, expect: Expect, lay: impl Fn(&Path) + 'static) -> Case {
    Case {
        name,
        lay: Box::new(lay),
        expect,
    }
}

/// A case of one file with these bytes. What it is called says nothing about what it is.
pub(crate) fn file(name: &'static str, expect: Expect, bytes: impl Fn() -> Vec<u8> + 'static) -> Case {
    case(name, expect, move |folder| put(folder, "表.xls", &bytes()))
}

/// A case of one text.
pub(crate) fn text(name: &'static str, expect: Expect, text: &str) -> Case {
    let bytes = text.as_bytes().to_vec();
    file(name, expect, move || bytes.clone())
}

pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// A case of one large file, written piece by piece: `head`, `times` over `piece`, `tail`.
pub(crate) fn long(
    name: &'static str,
    expect: Expect,
    head: &'static str,
    (piece, times): (&'static str, usize),
    tail: &'static str,
) -> Case {
    case(name, expect, move |folder| {
        let mut file = File::create(folder.join("表.csv")).expect("a file");
        repeated(&mut file, head, (piece, times), tail);
    })
}

/// Writes `head`, `times` over `piece`, `tail`, a megabyte at a time.
pub(crate) fn repeated(out: &mut impl Write, head: &str, (piece, times): (&str, usize), tail: &str) {
    let at_once = (1_usize << 20).div_ceil(piece.len()).min(times.max(1));
    let block = piece.repeat(at_once);
    out.write_all(head.as_bytes()).expect("written");
    for _ in 0..times / at_once {
        out.write_all(block.as_bytes()).expect("written");
    }
    for _ in 0..times % at_once {
        out.write_all(piece.as_bytes()).expect("written");
    }
    out.write_all(tail.as_bytes()).expect("written");
}

/// A zip archive of these parts.
pub(crate) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a part");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

/// An archive of one part that inflates to `times` over `piece` between `head` and `tail`.
pub(crate) fn bomb(name: &str, head: &str, piece: (&str, usize), tail: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().large_file(true);
    writer.start_file(name, options).expect("a part");
    repeated(&mut writer, head, piece, tail);
    writer.finish().expect("an archive").into_inner()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("a stream")
}

/// `bytes` with every place where `from` stands replaced by `to`, which is as long.
pub(crate) fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut at = 0;
    let mut found = 0;
    while let Some(next) = bytes[at..].windows(from.len()).position(|window| window == from) {
        bytes[at + next..at + next + to.len()].copy_from_slice(to);
        at += next + to.len();
        found += 1;
    }
    assert!(found > 0, "nothing to replace");
    bytes
}

/// Bytes that nothing can compress, the same every time: letters from a to p.
pub(crate) fn noise(length: usize) -> String {
    let mut state = 1_u32;
    let letters = (0..length).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + u8::try_from(state >> 28).unwrap_or(0))
    });
    letters.collect()
}

pub(crate) fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}
