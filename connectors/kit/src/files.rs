//! A drop folder: which files lie there for a stream, which are whole, and what each is called and identified by.
//! Here because a file is taken by its content, not its name: renamed it is the same file, re-sent with one more row it is not.
//! In: a folder, name patterns, a pause. Out: candidates in the order of their names, each with its digest when asked.
//! Not here: what is in a file. Links are not followed, folders below are not entered, nothing is moved or deleted.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use plugin_api::{Context, Error, tracing};
use sha2::{Digest, Sha256};

/// Most files of a drop folder looked at.
pub const FILES_MAX: usize = 10_000;
/// Longest pattern.
pub const PATTERN_CHARS_MAX: usize = 200;
/// A file untouched for so long is whole; a younger one is looked at twice.
const QUIET: Duration = Duration::from_secs(60);
/// Extensions of what people drop as tables; what the file really is shows its content.
const EXTENSIONS: [&str; 7] = ["xlsx", "xlsm", "xls", "et", "csv", "htm", "html"];
const CHUNK_BYTES: usize = 256 << 10;
const TICK_BYTES: u64 = 256 << 20;

/// A pattern of file names: `*` stands for any run of characters, `?` for one; ASCII letters match in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<char>);

impl Pattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// `config` when it is empty, too long or reaches out of the folder.
    pub fn new(text: &str) -> Result<Self, Error> {
        let chars: Vec<char> = text.to_ascii_lowercase().chars().collect();
        if chars.is_empty()
            || chars.len() > PATTERN_CHARS_MAX
            || chars.iter().any(|c| ['/', '\\'].contains(c))
        {
            return Err(Error::config(format!(
                "文件名模式“{text}”无效：应为 1 到 {PATTERN_CHARS_MAX} 个字符，不含斜杠"
            )));
        }
        Ok(Self(chars))
    }

    /// Whether the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_ascii_lowercase().chars().collect();
        let (mut at, mut in_name) = (0, 0);
        // Where the last star was and how much of the name it has eaten so far: the only place to come back to.
        let mut star: Option<(usize, usize)> = None;
        while in_name < name.len() {
            match self.0.get(at) {
                Some('*') => {
                    star = Some((at, in_name));
                    at += 1;
                }
                Some(c) if *c == '?' || *c == name[in_name] => (at, in_name) = (at + 1, in_name + 1),
                Some(_) | None => match &mut star {
                    Some((star_at, eaten)) => {
                        *eaten += 1;
                        (at, in_name) = (*star_at + 1, *eaten);
                    }
                    None => return false,
                },
            }
        }
        self.0[at..].iter().all(|c| *c == '*')
    }
}

/// Where a stream's files are dropped.
#[derive(Debug, Clone)]
pub struct DropFolder {
    /// The folder.
    pub dir: PathBuf,
    /// Names of the stream's files; one of them must fit.
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
            if stat(&candidate.path)? == Some(candidate.stamp) {
                settled.push(candidate);
            } else {
                let error = format!("文件“{}”仍在写入", candidate.name);
                tracing::warn!(%error, "file left for the next run");
            }
        }
        Ok(settled)
    }

    fn is_ours(&self, name: &str) -> bool {
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase());
        // Excel's lock files and files under way begin like this.
        let hidden = name.starts_with('.') || name.starts_with("~$");
        let table = extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()));
        !hidden && table && self.patterns.iter().any(|pattern| pattern.matches(name))
    }
}

/// None when it is not a regular file, or gone.
fn stat(path: &Path) -> Result<Option<Stamp>, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_file().then(|| Stamp::of(&metadata))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Candidate {
    /// Opens the file that was seen.
    ///
    /// # Errors
    /// `transient` when it is not that file any more; `permission`.
    pub fn open(&self) -> Result<Opened, Error> {
        let opened = Opened {
            file: File::open(&self.path)?,
            stamp: self.stamp,
        };
        opened.unchanged()?;
        Ok(opened)
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
        if Stamp::of(&self.file.metadata()?) == self.stamp {
            Ok(())
        } else {
            Err(Error::transient("文件在读取过程中被改动，待其写完后再读"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::testing::Recorder;

    fn folder(dir: &Path, patterns: &[&str]) -> DropFolder {
        let patterns = patterns
            .iter()
            .map(|pattern| Pattern::new(pattern).unwrap())
            .collect();
        DropFolder {
            dir: dir.to_path_buf(),
            patterns,
            settle: Duration::ZERO,
        }
    }

    fn context() -> Context {
        Recorder::default().context()
    }

    #[test]
    fn patterns_match_whole_names_without_regard_to_case() {
        for (pattern, name, expect) in [
            ("members*", "Members-202310.xlsx", true),
            ("members*", "my-members.xlsx", false),
            ("*成员*", "2023年10月成员信息.xlsx", true),
            ("*成员*", "收入.xlsx", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*c", "xxaxxbxxbxc", true),
            ("*", "", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).unwrap().matches(name),
                expect,
                "{pattern} {name}"
            );
        }
        for pattern in ["", "../*", "a\\b"] {
            assert!(Pattern::new(pattern).is_err());
        }
    }

    #[test]
    fn only_regular_table_files_of_the_stream_are_seen_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "members-2.xlsx",
            "members-1.xlsx",
            ".members-3.xlsx",
            "~$members-1.xlsx",
            "members.txt",
            "x.xlsx",
        ] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        fs::create_dir(dir.path().join("members-dir.xlsx")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("members-link.xlsx")).unwrap();
        let names: Vec<_> = folder(dir.path(), &["members*"]).list(&context()).unwrap();
        assert_eq!(
            names.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
            ["members-1.xlsx", "members-2.xlsx"]
        );
    }

    #[test]
    fn a_file_is_its_content_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.xlsx"), "same").unwrap();
        fs::write(dir.path().join("b.xlsx"), "same").unwrap();
        fs::write(dir.path().join("c.xlsx"), "other").unwrap();
        let files = folder(dir.path(), &["*"]).list(&context()).unwrap();
        let digests: Vec<_> = files
            .iter()
            .map(|file| file.digest(&context()).unwrap())
            .collect();
        assert_eq!(digests[0], digests[1]);
        assert_ne!(digests[0], digests[2]);
    }

    #[test]
    fn a_file_that_changes_after_it_was_seen_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.xlsx");
        fs::write(&path, "half").unwrap();
        let files = folder(dir.path(), &["*"]).list(&context()).unwrap();
        fs::write(&path, "half and more").unwrap();
        let error = files[0].digest(&context()).unwrap_err();
        assert_eq!(error.category(), plugin_api::Category::Transient);
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_found() {
        let error = folder(Path::new("/nowhere/inbox"), &["*"])
            .list(&context())
            .unwrap_err();
        assert_eq!(error.category(), plugin_api::Category::NotFound);
        assert!(error.message().contains("/nowhere/inbox"));
    }
}
