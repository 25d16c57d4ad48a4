//! Sources: where each department's data are: its drop folder, its service, its key and secret.
//! Here because the demo's configuration, tests and the simulators have to agree on it.
//! In: the demo's folder, the simulators' address. Out: `Source` by connector; secrets are made when there are none yet.
//! Not here: the configuration files themselves (config.rs), signatures (serve/sign.rs).

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// The key departments know the hub by.
pub const APP_KEY: &str = "fuyang-hub";
/// Bytes of a secret that is made; it is written in hexadecimal.
const SECRET_BYTES: usize = 16;
/// Characters a secret must have at least.
pub const SECRET_CHARACTERS_MIN: usize = 16;
const OWNER_ONLY: u32 = 0o600;

/// How one department's data are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Id of the connector.
    pub connector: &'static str,
    /// Its drop folder.
    pub inbox: PathBuf,
    /// Where its service begins, when it has one; streams follow after a `/`.
    pub base_url: Option<String>,
    /// The file that holds the secret its service is signed with, mode 0600.
    pub secret_file: Option<PathBuf>,
}

/// Connectors in order, the path their service begins with, whether it is signed.
const SERVICES: [(&str, Option<&str>, bool); 6] = [
    ("roster", None, false),
    ("civil-affairs", None, false),
    ("human-resources", Some("/api/hr/v1"), true),
    ("procurement-832", Some("/open/832/v1"), true),
    ("pv-grid", Some("/pv"), false),
    ("medical-insurance", Some("/api/yb/v1"), true),
];

/// The sources of the county below `dir`; `services` is the simulators' address, like `http://127.0.0.1:8800`.
pub fn sources(dir: &Path, services: &str) -> Vec<Source> {
    let of = |(connector, path, signed): (&'static str, Option<&str>, bool)| Source {
        connector,
        inbox: dir.join("inbox").join(connector),
        base_url: path.map(|path| format!("{services}{path}")),
        secret_file: signed.then(|| secret_file(dir, connector)),
    };
    SERVICES.into_iter().map(of).collect()
}

/// Where the secret of a connector's service is.
pub fn secret_file(dir: &Path, connector: &str) -> PathBuf {
    dir.join("config")
        .join("secrets")
        .join(format!("{connector}.key"))
}

/// A secret shared with a service. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AppSecret {
    text: String,
}

impl std::fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSecret(****)")
    }
}

impl AppSecret {
    /// The secret of `path`, made there, for its owner only, when there is none yet.
    ///
    /// # Errors
    /// When the file can neither be read nor made, or holds too short a secret.
    pub fn ensure(path: &Path) -> Result<Self, Error> {
        if path.exists() {
            let text = fs::read_to_string(path).map_err(|source| Error::io(path, source))?;
            let text = text.trim().to_owned();
            return match text.len() >= SECRET_CHARACTERS_MIN {
                true => Ok(Self { text }),
                false => Err(Error::AppSecret {
                    path: path.to_path_buf(),
                    min: SECRET_CHARACTERS_MIN,
                }),
            };
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
        }
        let mut bytes = [0; SECRET_BYTES];
        rand::fill(&mut bytes[..]);
        let text = hex::encode(bytes);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(OWNER_ONLY)
            .open(path)
            .and_then(|mut file| file.write_all(format!("{text}\n").as_bytes()))
            .map_err(|source| Error::io(path, source))?;
        Ok(Self { text })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn every_source_has_a_folder_and_a_secret_is_made_once_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let sources = sources(dir.path(), "http://127.0.0.1:1");
        assert_eq!(sources.len(), 6);
        let hr = &sources[2];
        assert_eq!(hr.base_url.as_deref(), Some("http://127.0.0.1:1/api/hr/v1"));
        let path = hr.secret_file.clone().unwrap();
        let made = AppSecret::ensure(&path).unwrap();
        assert!(made == AppSecret::ensure(&path).unwrap());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            OWNER_ONLY
        );
        assert_eq!(format!("{made:?}"), "AppSecret(****)");
        fs::write(&path, "short").unwrap();
        assert!(AppSecret::ensure(&path).is_err());
    }
}
