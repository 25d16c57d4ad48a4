//! Whose signature a plugin must carry, and which interpreters may run one: publishers' public keys, interpreters' folders.
//! Here because a hash says that a file is the one somebody pinned, and a signature says who made it.
//! In: minisign keys and folders from the configuration, a plugin's bytes, its `.minisig` beside it. Out: the publisher and what
//! a program needs to run, or a refusal.
//! Not here: pinning (`lock`); making signatures, which is minisign's own work and needs a key that never is on this machine.

use crate::file::io_error;
use crate::{Access, Kind, PluginError, PluginFile};
use minisign_verify::{PublicKey, Signature};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

/// Added to a plugin's file name: where its signature is.
const SUFFIX: &str = ".minisig";
/// Bytes of a signature file: four short lines.
const SIGNATURE_BYTES_MAX: u64 = 4 << 10;
/// Most publishers.
const KEYS_MAX: usize = 64;
/// Where the loaders of compiled programs are; one without a loader needs none of them.
const LOADERS: [&str; 4] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
/// Bytes verified at a time.
const CHUNK: usize = 1 << 20;

/// Who may publish plugins, and whether a plugin must come from one of them.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    required: bool,
    keys: Vec<Publisher>,
    interpreters: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
struct Publisher {
    name: String,
    key: PublicKey,
}

impl Trust {
    /// `keys`: publishers' names with their public keys, one line of base64 each as minisign prints it. With `required`, a
    /// plugin that none of them has signed does not run.
    ///
    /// # Errors
    /// A sentence naming the key that is none; that keys are too many, or missing though signatures are required.
    pub fn new<N: Into<String>, K: AsRef<str>>(
        required: bool,
        keys: impl IntoIterator<Item = (N, K)>,
    ) -> Result<Trust, String> {
        let keys = keys.into_iter().map(|(name, key)| {
            let name = name.into();
            match PublicKey::from_base64(key.as_ref().trim()) {
                Ok(key) => Ok(Publisher { name, key }),
                Err(_) => Err(format!(
                    "{name:?} is not a minisign public key; it is the second line of minisign.pub, and begins with RW"
                )),
            }
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.len() > KEYS_MAX {
            return Err(format!("{} public keys, at most {KEYS_MAX}", keys.len()));
        }
        if required && keys.is_empty() {
            return Err("signatures are required, but there is no public key".to_owned());
        }
        Ok(Trust {
            required,
            keys,
            interpreters: Vec::new(),
        })
    }

    /// Adds folders with interpreters and their libraries, absolute: scripts may be run by what is in there, and read it.
    #[must_use]
    pub fn interpreters(mut self, folders: impl IntoIterator<Item = PathBuf>) -> Trust {
        self.interpreters.extend(folders);
        self
    }

    /// Trust in no signature, and in the interpreter `file` names: for whoever runs a file of their own by hand.
    #[must_use]
    pub fn by_hand(file: &PluginFile) -> Trust {
        let Kind::Program {
            interpreter: Some(interpreter),
        } = &file.kind
        else {
            return Trust::default();
        };
        // `<prefix>/bin/python3`, and where a link leads: the libraries are below the prefix. Of `/bin/sh` it is everything.
        let behind = std::fs::canonicalize(interpreter).unwrap_or_else(|_| interpreter.clone());
        let folders = [interpreter.parent(), prefix(interpreter), prefix(&behind)];
        Trust::default().interpreters(folders.into_iter().flatten().map(Path::to_owned))
    }

    /// What the program at `path` needs to run: the folders of interpreters, and what stands behind its interpreter's link.
    pub(crate) fn reach(&self, path: &Path, interpreter: Option<&Path>) -> Result<Access, PluginError> {
        let mut access = Access::default();
        let Some(interpreter) = interpreter else {
            access.execute.extend(LOADERS.map(PathBuf::from));
            return Ok(access);
        };
        let known = self
            .interpreters
            .iter()
            .any(|folder| interpreter.starts_with(folder));
        // Neither a name that means another file elsewhere, nor one that leads out of the folder again.
        let climbs = interpreter.components().any(|part| part == Component::ParentDir);
        if !known || climbs || !interpreter.is_absolute() {
            return Err(PluginError::UnknownInterpreter {
                path: path.to_owned(),
                interpreter: interpreter.to_owned(),
                known: self.folders(),
            });
        }
        access.execute.extend(self.interpreters.iter().cloned());
        access.execute.extend(std::fs::canonicalize(interpreter));
        Ok(access)
    }

    fn folders(&self) -> String {
        let folders: Vec<String> = self
            .interpreters
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        if folders.is_empty() {
            "none".to_owned()
        } else {
            folders.join(", ")
        }
    }

    /// Whether a plugin must be signed.
    pub fn required(&self) -> bool {
        self.required
    }

    /// The publisher that signed the bytes of `file`, which came from `path`; `None` when nobody known did and nobody must.
    pub(crate) fn publisher(&self, file: &File, path: &Path) -> Result<Option<String>, PluginError> {
        if self.keys.is_empty() {
            return Ok(None);
        }
        let found = self.look(file, path);
        if self.required {
            found.map(Some)
        } else {
            Ok(found.ok())
        }
    }

    fn look(&self, file: &File, path: &Path) -> Result<String, PluginError> {
        let refused = |reason: String| PluginError::NotSigned {
            path: path.to_owned(),
            reason,
            publishers: self.names(),
        };
        let beside = signature_path(path);
        let text = match read_signature(&beside) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(refused(format!("there is no {}", beside.display())));
            }
            Err(error) => return Err(io_error(&beside, error)),
        };
        let signature =
            Signature::decode(&text).map_err(|error| refused(format!("{}: {error}", beside.display())))?;
        for publisher in &self.keys {
            let Ok(mut verifier) = publisher.key.verify_stream(&signature) else {
                continue;
            };
            let (mut chunk, mut at) = (vec![0; CHUNK], 0);
            loop {
                let read = file
                    .read_at(&mut chunk, at)
                    .map_err(|error| io_error(path, error))?;
                if read == 0 {
                    break;
                }
                verifier.update(chunk.get(..read).unwrap_or_default());
                at += read as u64;
            }
            return match verifier.finalize() {
                Ok(()) => Ok(publisher.name.clone()),
                Err(_) => Err(refused(format!(
                    "the signature is {}'s, but of other bytes: the file was altered after it was signed",
                    publisher.name
                ))),
            };
        }
        Err(refused(
            "it is signed with a key that is not in the configuration, or in minisign's old format"
                .to_owned(),
        ))
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self
            .keys
            .iter()
            .map(|publisher| publisher.name.as_str())
            .collect();
        names.join(", ")
    }
}

/// The folder above the folder of a program; `None` when that is everything.
fn prefix(program: &Path) -> Option<&Path> {
    let above = program.parent()?.parent()?;
    above.parent().map(|_| above)
}

/// `roster.so` has its signature in `roster.so.minisig`.
fn signature_path(plugin: &Path) -> PathBuf {
    let mut name = plugin.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

fn read_signature(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(SIGNATURE_BYTES_MAX)
        .read_to_string(&mut text)?;
    Ok(text)
}
