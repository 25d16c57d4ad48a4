//! Archives: bombs, parts that share their bytes, names that lead out, lies about how much and how many.
//! Here because platforms deliver by zip, and whoever unpacks without looking fills the disk.
//! In: nothing. Out: cases.
//! Not here: workbooks, which are archives too (workbooks.rs).

use super::case::{Case, Refused, Rows, archive, bomb, file, gzip, replaced};

const CSV: &[u8] = "户编号,姓名,金额\n1,张三,5\n2,李四,6\n".as_bytes();

/// Where the central directory's entries begin.
fn central(bytes: &[u8]) -> Vec<usize> {
    let marks = bytes.windows(4).enumerate();
    marks
        .filter_map(|(at, mark)| (mark == b"PK\x01\x02").then_some(at))
        .collect()
}

fn zipped(name: &str) -> Vec<u8> {
    archive(&[(name, CSV)])
}

/// Two entries whose bytes are the same bytes: both begin where the first does.
fn overlapping() -> Vec<u8> {
    let mut bytes = archive(&[("a.csv", CSV), ("b.csv", CSV)]);
    let second = central(&bytes)[1];
    bytes[second + 42..second + 46].fill(0);
    bytes
}

/// An entry that is a symbolic link, as Unix packs it.
fn link() -> Vec<u8> {
    let mut bytes = archive(&[("a.csv", b"/etc/passwd")]);
    let entry = central(&bytes)[0];
    bytes[entry + 5] = 3;
    bytes[entry + 38..entry + 42].copy_from_slice(&0xA1FF_0000_u32.to_le_bytes());
    bytes
}

/// The same two bytes in the local and in the central header of the only entry.
fn bent(at_local: usize, at_central: usize, to: [u8; 2]) -> Vec<u8> {
    let mut bytes = zipped("a.csv");
    let entry = central(&bytes)[0];
    bytes[at_local..at_local + 2].copy_from_slice(&to);
    bytes[entry + at_central..entry + at_central + 2].copy_from_slice(&to);
    bytes
}

pub(crate) fn cases() -> Vec<Case> {
    let refused = |name, words, bytes: fn() -> Vec<u8>| file(name, Refused("data", words), bytes);
    let taken = |name, bytes: fn() -> Vec<u8>| file(name, Rows(2, 0), bytes);
    vec![
        taken("plain", || zipped("a.csv")),
        taken("gzip", || gzip(CSV)),
        taken("a zip in a gzip", || gzip(&zipped("a.csv"))),
        taken("a name that leads out", || zipped("../../../../etc/cron.d/a.csv")),
        taken("a name from the root", || zipped("/etc/a.csv")),
        taken("a name of Windows", || zipped("C:\\Windows\\..\\a.csv")),
        taken("a name that is a sentence of 60 kilobytes", || {
            zipped(&"长".repeat(20_000))
        }),
        refused("a gigabyte of blanks", "解压后过大", || {
            bomb("a.csv", "", (" ", 1 << 30), "")
        }),
        refused("five gigabytes in sixteen parts", "解压后过大", || {
            let blank = vec![b' '; 300 << 10];
            let parts: Vec<(String, &[u8])> = (0..16)
                .map(|part| (format!("{part}.csv"), blank.as_slice()))
                .collect();
            let parts: Vec<(&str, &[u8])> = parts
                .iter()
                .map(|(name, bytes)| (name.as_str(), *bytes))
                .collect();
            let bomb = bomb("zz.csv", "户编号,姓名,金额\n", ("1,张三,5\n", 50 << 20), "");
            archive(&[parts, vec![("zz.zip", bomb.as_slice())]].concat())
        }),
        refused("a gigabyte of blanks in a gzip", "超过 1 MB", || {
            gzip(&vec![b' '; 1 << 30])
        }),
        refused("archives in archives in archives", "多层压缩包", || {
            (0..3).fold(CSV.to_vec(), |inner, _| archive(&[("a.zip", &inner)]))
        }),
        refused("gzips in gzips in gzips", "多层压缩包", || {
            (0..3).fold(CSV.to_vec(), |inner, _| gzip(&inner))
        }),
        refused("two entries over the same bytes", "重叠", overlapping),
        refused("two entries of one name", "重名", || {
            replaced(archive(&[("a.csv", CSV), ("b.csv", CSV)]), b"b.csv", b"a.csv")
        }),
        refused("2001 entries", "部件过多", || {
            let names: Vec<String> = (0..2_001).map(|number| format!("{number}.csv")).collect();
            let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), CSV)).collect();
            archive(&parts)
        }),
        refused("an end that counts 65535 entries", "", || {
            let mut bytes = zipped("a.csv");
            let end = bytes.len() - 22;
            bytes[end + 8..end + 12].fill(0xFF);
            bytes
        }),
        refused("an index that begins beyond the end", "损坏", || {
            let mut bytes = zipped("a.csv");
            let end = bytes.len() - 22;
            bytes[end + 16..end + 20].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
            bytes
        }),
        refused("a password", "解压密码", || bent(6, 8, [1, 0])),
        refused("a method nobody uses", "不常见的压缩方法", || {
            bent(8, 10, [14, 0])
        }),
        refused("cut in half", "损坏", || {
            let whole = zipped("a.csv");
            whole[..whole.len() / 2].to_vec()
        }),
        refused("a wrong checksum", "损坏", || bent(14, 16, [0xAA, 0x55])),
        refused("a gzip that is cut", "损坏", || gzip(CSV)[..30].to_vec()),
        refused("a gzip with a wrong sum", "损坏", || {
            let mut bytes = gzip(CSV);
            let at = bytes.len() - 8;
            bytes[at] ^= 0xFF;
            bytes
        }),
        refused("a gzip with something behind it", "损坏", || {
            [gzip(CSV), b"more".to_vec()].concat()
        }),
        refused("nothing but folders", "没有可以读取的表格", || {
            archive(&[("a/", b""), ("b/", b"")])
        }),
        refused("an archive of nothing", "", || archive(&[])),
        refused(
            "a program that unpacks itself",
            "不是可以识别的表格",
            || {
                [
                    b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0".repeat(8),
                    zipped("a.csv"),
                ]
                .concat()
            },
        ),
        file(
            "a link to a file of this machine",
            Refused("schema", "没有找到表头"),
            link,
        ),
    ]
}
