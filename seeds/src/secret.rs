//! The secret the hub and the receiver share: `whsec_` and base64, in a file only its owner reads.
//! Here because the demo must sign its pushes as in production; a fixed secret in the code would be copied there.
//! In: a path. Out: `Secret`, made of real randomness when the file does not exist yet. Never printed.
//! Not here: signing (receiver/verify.rs).

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

/// Fewest bytes of a key, by the Standard Webhooks specification.
pub const KEY_BYTES_MIN: usize = 24;
/// Most bytes of a key, by the same.
pub const KEY_BYTES_MAX: usize = 64;
const KEY_BYTES_MADE: usize = 32;
const PREFIX: &str = "whsec_";
const OWNER_ONLY: u32 = 0o600;

/// A signing key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: Vec<u8>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(****)")
    }
}

impl Secret {
    /// Reads `whsec_…` text; None when it is not a secret.
    pub fn parse(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        (KEY_BYTES_MIN..=KEY_BYTES_MAX)
            .contains(&key.len())
            .then_some(Self { key })
    }

    /// Reads the secret a file holds.
    ///
    /// # Errors
    /// When the file cannot be read or holds no secret.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::io(path, source))?;
        let wrong = || Error::Secret {
            path: path.to_path_buf(),
            min: KEY_BYTES_MIN,
            max: KEY_BYTES_MAX,
        };
        Self::parse(&text).ok_or_else(wrong)
    }

    /// Reads the secret of `path`, or makes one there, mode 0600, when there is none yet.
    ///
    /// # Errors
    /// When the file can neither be read nor made.
    pub fn ensure(path: &Path) -> Result<Self, Error> {
        if path.exists() {
            return Self::read(path);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
        }
        let mut key = vec![0; KEY_BYTES_MADE];
        rand::fill(&mut key[..]);
        let text = format!("{PREFIX}{}\n", STANDARD.encode(&key));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(OWNER_ONLY)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| Error::io(path, source))?;
        Ok(Self { key })
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_made_once_for_its_owner_only_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets/platform.key");
        let made = Secret::ensure(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            OWNER_ONLY
        );
        assert!(made == Secret::ensure(&path).unwrap());
        assert_eq!(format!("{made:?}"), "Secret(****)");
    }

    #[test]
    fn what_is_not_a_secret_is_refused() {
        for text in [
            "",
            "whsec_",
            "whsec_QUJD",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "whsec_!!!",
        ] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }
}
