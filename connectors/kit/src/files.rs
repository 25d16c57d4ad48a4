//! A drop folder: which files lie there for a stream, which are whole, and what each is called and identified by.
//! Here because a file is taken by its content, not its name: renamed it is the same file, re-sent with one more row it is not.
//! In: a folder, name patterns, a pause. Out: candidates in the order of their names, each with its digest when asked.
//! Not here: what is in a file. Links are not followed, pipes not opened, folders below not entered, nothing is deleted.

mod pattern;
#[cfg(test)]
mod tests;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::OFlag;
use plugin_api::{Context, Error, tracing};
use sha2::{Digest, Sha256};

pub use pattern::{PATTERN_CHARS_MAX, Pattern};

/// Most files of a drop folder looked at.
pub const FILES_MAX: usize = 10_000;
/// A file untouched for so long is whole; a younger one is looked at twice.
const QUIET: Duration = Duration::from_secs(60);
/// Extensions of what people drop as tables, and of what is refused with a sentence rather than passed over in silence; what
/// the file really is shows its content.
const EXTENSIONS: [&str; 20] = [
    "xlsx", "xlsm", "xls", "et", "csv", "tsv", "txt", "htm", "html", "xml", "json", "ndjson", "jsonl", "zip",
    "gz", "xlsb", "ods", "mht", "rar", "7z",
];
/// What the names of workbooks that were sent back hold, and the names of their sheets begin with.
pub(crate) const RETURNED: &str = "退回";
/// Characters of a digest before the name of an archived file.
const ARCHIVE_DIGEST_CHARS: usize = 16;
const CHUNK_BYTES: usize = 256 << 10;
const TICK_BYTES: u64 = 256 << 20;

/// Where a stream's files are dropped.
#[derive(Debug, Clone)]
pub struct DropFolder {
    /// The folder.
    pub dir: PathBuf,
    /// Names of the stream's files; one of them must fit. Where there is none, every file that lies there is the stream's,
    /// whatever it is called.
    pub patterns: Vec<Pattern>,
    /// How long a young file must stand still before it is taken.
    pub settle: Duration,
}

/// A file seen in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    path: PathBuf,
    stamp: Stamp,
}

/// An opened file: whatever happens to its name, this is the content that is read.
#[derive(Debug)]
pub struct Opened {
    /// At its beginning.
    pub file: File,
    stamp: Stamp,
}

/// What changes when a file is written to or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// A time in the future, or none, is not a reason to trust the file.
    fn quiet(&self) -> bool {
        self.modified
            .and_then(|modified| modified.elapsed().ok())
            .is_some_and(|age| age > QUIET)
    }
}

impl DropFolder {
    /// The folder is there and can be listed.
    ///
    /// # Errors
    /// `not_found`, `permission`.
    pub fn check(&self) -> Result<(), Error> {
        let said = |error: std::io::Error| {
            Error::from(error).while_doing(format!("投放文件夹 {}", self.dir.display()))
        };
        fs::read_dir(&self.dir).map(drop).map_err(said)
    }

    /// The stream's files that stand still, in the order of their names.
    ///
    /// # Errors
    /// `not_found`, `permission`; `data` when the folder holds too many files; `cancelled`.
    pub fn list(&self, ctx: &Context) -> Result<Vec<Candidate>, Error> {
        self.check()?;
        let mut candidates = Vec::new();
        for (seen, entry) in fs::read_dir(&self.dir)?.enumerate() {
            if seen >= FILES_MAX {
                return Err(Error::data(format!(
                    "投放文件夹中的文件超过 {FILES_MAX} 个，请清理后再运行"
                )));
            }
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if self.is_ours(&name) {
                candidates.extend(stat(&entry.path())?.map(|stamp| Candidate {
                    name,
                    path: entry.path(),
                    stamp,
                }));
            }
        }
        candidates.sort_by(|one, other| one.name.cmp(&other.name));
        if !self.settle.is_zero() && candidates.iter().any(|candidate| !candidate.stamp.quiet()) {
            ctx.sleep(self.settle)?;
        }
        let mut settled = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            match stat(&candidate.path)? {
                Some(stamp) if stamp == candidate.stamp => settled.push(candidate),
                Some(_) => {
                    let error = format!("文件“{}”仍在写入", candidate.name);
                    tracing::warn!(%error, "file left for the next run");
                }
                None => {
                    let error = format!("文件“{}”已不在投放文件夹中", candidate.name);
                    tracing::warn!(%error, "file gone before it was read");
                }
            }
        }
        Ok(settled)
    }

    /// The stream's files in an archive of earlier runs, in the order of their names. An archive that is not there is empty.
    pub(crate) fn archived(&self, archive: &Path) -> Result<Vec<Candidate>, Error> {
        let entries = match fs::read_dir(archive) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(about_archive(archive, error)),
        };
        let mut candidates = Vec::new();
        for entry in entries {
            let entry = entry?;
            let stored = entry.file_name().to_string_lossy().into_owned();
            let Some((digest, name)) = stored.split_once('-') else {
                continue;
            };
            if digest.len() == ARCHIVE_DIGEST_CHARS && self.is_ours(name) {
                candidates.extend(candidate(name, &entry.path())?);
            }
        }
        candidates.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(candidates)
    }

    /// Whether a file may be one of the stream's: by its name, or as a workbook that was sent back, which its content tells.
    fn is_ours(&self, name: &str) -> bool {
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase());
        // Excel's lock files and files under way begin like this.
        let hidden = name.starts_with('.') || name.starts_with("~$");
        let table = extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()));
        let named = table && (self.names(name) || name.contains(RETURNED));
        !hidden && (named || self.patterns.is_empty())
    }

    /// Whether the stream's files are named so.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(name))
    }
}

/// Where an archive keeps a file.
fn archive_path(archive: &Path, name: &str, digest: &str) -> PathBuf {
    archive.join(format!(
        "{}-{name}",
        digest.get(..ARCHIVE_DIGEST_CHARS).unwrap_or(digest)
    ))
}

/// An archived file of a digest; none when it is not there.
pub(crate) fn archived(archive: &Path, name: &str, digest: &str) -> Result<Option<Candidate>, Error> {
    candidate(name, &archive_path(archive, name, digest))
}

fn candidate(name: &str, path: &Path) -> Result<Option<Candidate>, Error> {
    let stamp = stat(path)?;
    Ok(stamp.map(|stamp| Candidate {
        name: name.to_owned(),
        path: path.to_path_buf(),
        stamp,
    }))
}

fn about_archive(archive: &Path, error: std::io::Error) -> Error {
    Error::from(error).while_doing(format!("归档文件夹 {}", archive.display()))
}

/// None when it is not a regular file, or gone.
fn stat(path: &Path) -> Result<Option<Stamp>, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_file().then(|| Stamp::of(&metadata))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Candidate {
    /// When it was last written to.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.stamp.modified
    }

    /// Opens the file that was seen; a link or a pipe in its place is not.
    ///
    /// # Errors
    /// `transient` when it is not that file any more; `permission`; `not_found`.
    pub fn open(&self) -> Result<Opened, Error> {
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits())
            .open(&self.path);
        let file = file.map_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                Error::not_found("已不在投放文件夹中")
            } else if error.kind() == ErrorKind::PermissionDenied {
                Error::permission("没有读取权限")
            } else {
                changed()
            }
        })?;
        let opened = Opened {
            file,
            stamp: self.stamp,
        };
        opened.unchanged()?;
        Ok(opened)
    }

    /// Moves the file into an archive under its name and a part of its digest, so that no two get in each other's way.
    pub(crate) fn archive(&self, archive: &Path, digest: &str) -> Result<(), Error> {
        let moved = || {
            fs::create_dir_all(archive)?;
            fs::rename(&self.path, archive_path(archive, &self.name, digest))
        };
        moved().map_err(|error| about_archive(archive, error))
    }

    /// sha256 of the content, in hex.
    ///
    /// # Errors
    /// As [`Candidate::open`]; `cancelled`.
    pub fn digest(&self, ctx: &Context) -> Result<String, Error> {
        let mut opened = self.open()?;
        let mut sum = Sha256::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        let (mut bytes, mut tick_at) = (0_u64, TICK_BYTES);
        loop {
            let read = opened.file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            sum.update(&chunk[..read]);
            bytes += read as u64;
            if bytes > tick_at {
                tick_at = bytes + TICK_BYTES;
                ctx.ensure_running()?;
                ctx.progress(0, bytes, None);
            }
        }
        opened.unchanged()?;
        Ok(hex::encode(sum.finalize()))
    }
}

impl Opened {
    /// Nobody has written to the file since it was listed.
    ///
    /// # Errors
    /// `transient` when somebody has.
    pub fn unchanged(&self) -> Result<(), Error> {
        let metadata = self.file.metadata()?;
        if metadata.is_file() && Stamp::of(&metadata) == self.stamp {
            Ok(())
        } else {
            Err(changed())
        }
    }
}

fn changed() -> Error {
    Error::transient("文件在读取过程中被改动，待其写完后再读")
}
