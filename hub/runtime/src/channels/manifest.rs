//! Manifests: what stands beside a file and vouches for it, in both directions.
//! Here because what goes out by file and what comes back are believed for the same reason.
//! In: a file's bytes; a manifest as it came. Out: digests, the text that is signed; what a manifest says, when it can be read.
//! Not here: folders (file, collect), keys and signatures (sign).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;

/// What the name of a manifest ends with; before it stands the name of its file without [`FILE_ENDS`].
pub(crate) const ENDS: &str = ".manifest.json";
/// What the name of a file with lines ends with.
pub(crate) const FILE_ENDS: &str = ".jsonl";

/// Digests of a file, hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) sha256: String,
    pub(crate) sm3: String,
}

impl Digests {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            sha256: hex::encode(Sha256::digest(bytes)),
            sm3: hex::encode(Sm3::digest(bytes)),
        }
    }
}

/// What is signed of a file that is called `file` and was made at `created_unix`.
pub(crate) fn signed(file: &str, created_unix: i64, digests: &Digests) -> String {
    format!("{file}.{created_unix}.{}.{}", digests.sha256, digests.sm3)
}

/// A manifest as the hub writes it.
#[derive(Debug, Serialize)]
pub(crate) struct Manifest<'a> {
    pub(crate) version: u32,
    pub(crate) source: String,
    pub(crate) endpoint: &'a str,
    pub(crate) file: &'a str,
    pub(crate) created: String,
    pub(crate) created_unix: i64,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) first_sequence: i64,
    pub(crate) last_sequence: i64,
    pub(crate) sha256: &'a str,
    pub(crate) sm3: &'a str,
    /// Over [`signed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<String>,
}

/// A manifest as a department writes it: of the same form, as far as the hub goes by it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Received {
    pub(crate) file: String,
    pub(crate) created_unix: i64,
    pub(crate) sha256: String,
    pub(crate) sm3: String,
    /// `v1,…`, several separated by spaces.
    pub(crate) signature: String,
}

impl Received {
    /// Reads a manifest; none when it is not one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What its signature is over.
    pub(crate) fn signed(&self) -> String {
        let Self {
            file,
            created_unix,
            sha256,
            sm3,
            ..
        } = self;
        let digests = Digests {
            sha256: sha256.clone(),
            sm3: sm3.clone(),
        };
        signed(file, *created_unix, &digests)
    }

    /// Whether the file it speaks of has these bytes.
    pub(crate) fn is_of(&self, bytes: &[u8]) -> bool {
        let digests = Digests::of(bytes);
        digests.sha256.eq_ignore_ascii_case(&self.sha256) && digests.sm3.eq_ignore_ascii_case(&self.sm3)
    }
}
