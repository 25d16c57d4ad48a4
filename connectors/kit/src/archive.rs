//! Files in a zip archive, each read as if it lay in the folder itself.
//! Here because platforms deliver by zip, and a clerk zips what is too large for a mail.
//! In: an archive the guard has passed. Out: its documents, named `archive.zip/entry.xlsx`.
//! Not here: unpacking to disk. Names are shown, never used as paths.

use std::fs::File;
use std::io::{BufReader, Read};

use encoding_rs::GB18030;
use plugin_api::{Category, Error};
use zip::ZipArchive;

use crate::document::{self, Documents};
use crate::guard::{self, Limits, Metered};
use crate::rows::Stop;

/// Longest name of an entry that is shown.
const NAME_CHARS_MAX: usize = 200;

/// Reads every file of the archive that is a table. When some of the names are the stream's, only those.
pub(crate) fn read(
    name: &str,
    file: &File,
    limits: &Limits,
    depth: u32,
    out: &mut dyn Documents,
) -> Result<(), Stop> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| guard::of_zip(&error))?;
    let all = archive.file_names_raw().map(shown).enumerate();
    let entries: Vec<(usize, String)> = all.filter_map(|(index, shown)| Some((index, shown?))).collect();
    let is_ours = |entry: &str| out.is_ours(entry.rsplit('/').next().unwrap_or(entry));
    let ours: Vec<_> = entries
        .iter()
        .filter(|(_, entry)| is_ours(entry))
        .cloned()
        .collect();
    let entries = if ours.is_empty() { entries } else { ours };
    let (mut read, mut skipped) = (0_u64, 0_u64);
    for (index, entry) in entries {
        let part = archive.by_index(index).map_err(|error| guard::of_zip(&error))?;
        let packed = part.compressed_size();
        let mut input = Metered::new(part, packed, limits);
        match inner(&format!("{name}/{entry}"), &mut input, limits, depth, out) {
            Ok(()) => read += 1,
            Err(Stop::Failed(error)) if error.category() == Category::Unsupported => skipped += 1,
            Err(Stop::Failed(error)) => {
                return Err(error.while_doing(format!("其中的“{entry}”")).into());
            }
            Err(Stop::Gone) => return Err(Stop::Gone),
        }
    }
    if skipped > 0 {
        out.remark(&format!("压缩包“{name}”中有 {skipped} 个文件不是表格，没有读取"));
    }
    if read == 0 {
        return Err(Error::data("压缩包中没有可以读取的表格文件，请核对后重新报送").into());
    }
    Ok(())
}

fn inner(
    name: &str,
    input: &mut dyn Read,
    limits: &Limits,
    depth: u32,
    out: &mut dyn Documents,
) -> Result<(), Stop> {
    document::inner(name, input, limits, depth + 1, out)
}

/// An entry's name as it is shown; none for folders and for what operating systems leave behind.
fn shown(raw: &[u8]) -> Option<String> {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        // Windows in Chinese writes names in its own code page and does not say so.
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    if name.ends_with(['/', '\\']) {
        return None;
    }
    let steps: Vec<&str> = name
        .split(['/', '\\'])
        .filter(|step| !["", ".", ".."].contains(step))
        .collect();
    let last = *steps.last()?;
    if steps.contains(&"__MACOSX") || last.starts_with('.') || last.starts_with("~$") {
        return None;
    }
    let shown = steps.join("/");
    let chars = shown.chars().map(|c| match c {
        '!' => '！',
        c if c.is_control() => '_',
        c => c,
    });
    Some(chars.take(NAME_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_without_ways_out_of_the_archive() {
        for (raw, expect) in [
            (b"a/b.csv".as_slice(), Some("a/b.csv")),
            (b"../../etc/passwd", Some("etc/passwd")),
            (b"C:\\x\\..\\y.xlsx", Some("C:/x/y.xlsx")),
            (b"\xB3\xC9\xD4\xB1.csv", Some("成员.csv")),
            (b"a!b\n.csv", Some("a！b_.csv")),
            (b"folder/", None),
            (b"__MACOSX/._a.csv", None),
            (b"x/.DS_Store", None),
            (b"~$a.xlsx", None),
            (b"..", None),
        ] {
            assert_eq!(shown(raw).as_deref(), expect);
        }
    }
}
