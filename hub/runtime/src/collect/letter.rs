//! One file of answers, looked at before it is believed.
//! Here because the folder is the department's to write: what lies in it may be a link, a pipe, half a file, anybody's.
//! In: a manifest's name. Out: the file's bytes once digest, signature and age are right; else why not, or that it is not all there yet.
//! Not here: what becomes of it (files), what its lines say (desk).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::files::TAKEN;
use crate::channels::AnswerFiles;
use crate::channels::manifest::{ENDS, FILE_ENDS, Received};
use crate::channels::sign::is_signed;
use crate::desk::{BYTES_MAX, LINES_MAX};

/// Largest manifest, bytes.
const MANIFEST_BYTES_MAX: u64 = 64 << 10;
/// Longest name of a file without its end, characters.
const STEM_CHARS_MAX: usize = 120;
/// How old a manifest may be, seconds: a gateway may be out of order over a holiday.
const AGE_MAX_S: i64 = 14 * 24 * 3600;
/// How far the department's clock may be ahead, seconds.
const AHEAD_MAX_S: i64 = 300;
/// What does not fit together is left alone so long after it was last written, seconds: a gateway may still be writing it.
const SETTLE_S: u64 = 10;

/// Why a file is refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shut {
    Name,
    Manifest,
    OtherFile,
    NoFile,
    Size,
    Digest,
    Forged,
    Old,
    Ahead,
    Known,
    Lines,
}

impl Shut {
    /// The word in the audit log.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Manifest => "manifest",
            Self::OtherFile => "other file",
            Self::NoFile => "no plain file",
            Self::Size => "size",
            Self::Digest => "digest",
            Self::Forged => "signature forged",
            Self::Old => "signature old",
            Self::Ahead => "signature in the future",
            Self::Known => "name known",
            Self::Lines => "lines",
        }
    }

    /// What the department reads: what is wrong, what to do.
    pub(super) fn told(self) -> String {
        match self {
            Self::Name => format!(
                "文件名只能用字母、数字、“.”“-”“_”，至多 {STEM_CHARS_MAX} 个字符，不以点开头 / a name has letters, digits, '.', '-', '_', at most {STEM_CHARS_MAX}, and does not begin with a dot"
            ),
            Self::Manifest => format!(
                "清单读不懂：应为 JSON，含 file、created_unix、sha256、sm3、signature，至多 {MANIFEST_BYTES_MAX} 字节 / the manifest cannot be read"
            ),
            Self::OtherFile => {
                "清单中的 file 与清单自己的名称不符：X.manifest.json 只说明 X.jsonl / the manifest names another file".to_owned()
            }
            Self::NoFile => "不是普通文件 / it is no plain file".to_owned(),
            Self::Size => {
                format!("文件为空或超过 {BYTES_MAX} 字节：请分成几个 / empty or too large: make several of it")
            }
            Self::Digest => {
                "摘要与文件不符：传输中变了，或清单不是这个文件的 / the digests are not those of the file".to_owned()
            }
            Self::Forged => {
                "签名不符：v1,base64(HMAC-SHA256(密钥, file.created_unix.sha256.sm3))，请核对密钥 / the signature is not that of a key of ours"
                    .to_owned()
            }
            Self::Old => format!(
                "清单已超过 {} 天：请重新签发 / the manifest is too old: sign it again",
                AGE_MAX_S / 86_400
            ),
            Self::Ahead => "清单的时间在将来：请校准时钟 / the manifest is from the future: look at the clock".to_owned(),
            Self::Known => {
                "同名文件此前已收，内容不同：请换一个名称 / another file of that name was taken before".to_owned()
            }
            Self::Lines => format!("没有内容，或超过 {LINES_MAX} 行 / no lines, or too many"),
        }
    }
}

/// A file that was believed.
pub(super) struct Believed {
    pub(super) stem: String,
    pub(super) text: Vec<u8>,
}

/// What is to be done about a manifest.
pub(super) enum Found {
    /// Its file is not there yet.
    Waits,
    /// Its file was taken before the hub died; only the manifest is left.
    Left(String),
    Shut(Shut),
    Good(Believed),
}

/// Looks at the manifest `name` and its file.
pub(super) fn found(files: &AnswerFiles, name: &str, now_s: i64) -> io::Result<Found> {
    let folder = &files.folder;
    let stem = name.strip_suffix(ENDS).unwrap_or(name);
    if !is_plain(stem) {
        return Ok(Found::Shut(Shut::Name));
    }
    let file = format!("{stem}{FILE_ENDS}");
    let is_young =
        |name: &str| written_s(&folder.join(name)).is_some_and(|at_s| now_s.abs_diff(at_s) < SETTLE_S);
    let unless_young = |name: &str, shut: Shut| match is_young(name) {
        true => Found::Waits,
        false => Found::Shut(shut),
    };
    let manifest = plain(&folder.join(name), MANIFEST_BYTES_MAX)?;
    let Some(manifest) = manifest.and_then(|text| Received::read(&text)) else {
        return Ok(unless_young(name, Shut::Manifest));
    };
    if manifest.file != file {
        return Ok(Found::Shut(Shut::OtherFile));
    }
    let taken = folder.join(TAKEN).join(&file);
    if fs::symlink_metadata(folder.join(&file)).is_err() {
        let is_left = is_same(&taken, &manifest)? == Some(true);
        return Ok(match is_left {
            true => Found::Left(stem.to_owned()),
            false => Found::Waits,
        });
    }
    let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX);
    let text = match plain(&folder.join(&file), most)? {
        Some(text) if text.is_empty() => return Ok(unless_young(&file, Shut::Size)),
        Some(text) => text,
        None => {
            return Ok(Found::Shut(if is_plain_file(&folder.join(&file)) {
                Shut::Size
            } else {
                Shut::NoFile
            }));
        }
    };
    Ok(match doubt(files, &manifest, &text, now_s) {
        Some(Shut::Digest) => unless_young(&file, Shut::Digest),
        Some(shut) => Found::Shut(shut),
        None if is_same(&taken, &manifest)? == Some(false) => Found::Shut(Shut::Known),
        None => Found::Good(Believed {
            stem: stem.to_owned(),
            text,
        }),
    })
}

/// Why `manifest` does not vouch for `text`; nothing when it does.
fn doubt(files: &AnswerFiles, manifest: &Received, text: &[u8], now_s: i64) -> Option<Shut> {
    let keys = files.keys.iter().map(|key| key.as_slice());
    if !is_signed(keys, &manifest.signature, &[manifest.signed().as_bytes()]) {
        return Some(Shut::Forged);
    }
    if !manifest.is_of(text) {
        return Some(Shut::Digest);
    }
    let age_s = now_s.saturating_sub(manifest.created_unix);
    if age_s > AGE_MAX_S {
        Some(Shut::Old)
    } else if age_s < -AHEAD_MAX_S {
        Some(Shut::Ahead)
    } else {
        None
    }
}

/// Whether the file at `path` is the one `manifest` speaks of; none when there is no file.
fn is_same(path: &Path, manifest: &Received) -> io::Result<Option<bool>> {
    match fs::symlink_metadata(path) {
        Ok(_) => {
            let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX);
            Ok(Some(plain(path, most)?.is_some_and(|text| manifest.is_of(&text))))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// When the file at `path` was last written, seconds since 1970 UTC.
fn written_s(path: &Path) -> Option<i64> {
    let modified = fs::symlink_metadata(path).ok()?.modified().ok()?;
    let since: Duration = modified.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// The bytes of a plain file; none when it is none, leads elsewhere or has more than `most`.
fn plain(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    if !is_plain_file(path) {
        return Ok(None);
    }
    // Put in its place since: a link is not followed, and a pipe is not waited for.
    let opened: File = OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK)
        .open(path)?;
    if !opened.metadata()?.is_file() {
        return Ok(None);
    }
    let mut text = Vec::new();
    opened.take(most + 1).read_to_end(&mut text)?;
    let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
    Ok((bytes <= most).then_some(text))
}

/// Whether a name, without its end, is one the hub goes by and repeats.
pub(super) fn is_plain(stem: &str) -> bool {
    (1..=STEM_CHARS_MAX).contains(&stem.len())
        && !stem.starts_with('.')
        && stem
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}
