//! Secrets: never literal in a configuration file, always by reference.
//! Here because a secret that stands in a file people copy is no secret.
//! In: `{ file = "…" }`, `{ env = "…" }` or `{ cred = "…" }`. Out: the secret, which does not print.
//! Not here: what it opens.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hub_runtime::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::files::Reader;
use crate::exit::ConfigError;

/// The file of the blind index's key, below the configuration directory.
pub(crate) const IDENTITY_KEY: &str = "secrets/identity.key";
/// Bits that let others read or write.
pub(crate) const TOO_OPEN: u32 = 0o027;

/// Where a secret is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(super) enum SecretRef {
    /// A file, relative to the configuration directory.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A systemd credential.
    Cred(String),
}

impl SecretRef {
    /// Fetches it; `named_in` is the file that refers to it.
    pub(super) fn fetch(&self, reader: &Reader, named_in: &Path) -> anyhow::Result<Secret> {
        match self {
            Self::File(path) => {
                let secret = reader.path(path);
                if !secret.is_file() {
                    let message = format!("there is no secret file {}", secret.display());
                    return Err(reader.mistake(named_in, &path.to_string_lossy(), message).into());
                }
                Ok(Secret::new(guarded(&secret)?))
            }
            Self::Env(name) => {
                let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
                value.map(Secret::new).ok_or_else(|| {
                    let message = format!("environment variable {name} is not set");
                    reader.mistake(named_in, name, message).into()
                })
            }
            Self::Cred(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY");
                let folder =
                    folder.ok_or_else(|| ConfigError(format!("credential {name}: systemd gave none")))?;
                Ok(Secret::new(guarded(&Path::new(&folder).join(name))?))
            }
        }
    }
}

/// The text of a file only its owner (and group) may read.
fn guarded(path: &Path) -> anyhow::Result<String> {
    let refuse = |message: String| ConfigError(format!("{}: {message}", path.display()));
    let mode = std::fs::metadata(path)
        .map_err(|error| refuse(error.to_string()))?
        .permissions()
        .mode();
    if mode & TOO_OPEN != 0 {
        return Err(refuse(format!(
            "mode {:o} lets others at a secret; chmod 600 it",
            mode & 0o777
        ))
        .into());
    }
    Ok(std::fs::read_to_string(path)
        .map_err(|error| refuse(error.to_string()))?
        .trim()
        .to_owned())
}

/// The key of the blind index, which `hub init` made.
pub(super) fn identity_key(dir: &Path) -> anyhow::Result<[u8; 32]> {
    let path = dir.join(IDENTITY_KEY);
    let text = guarded(&path)?;
    let wrong = || {
        ConfigError(format!(
            "{}: 64 hexadecimal digits are wanted; restore the key from its backup",
            path.display()
        ))
    };
    let bytes = hex::decode(text).map_err(|_| wrong())?;
    Ok(bytes.try_into().map_err(|_| wrong())?)
}
