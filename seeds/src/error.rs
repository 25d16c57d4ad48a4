//! What can go wrong while seeds are made or a receiver is started.
//! Here because callers (demo, tests, the command line) tell a wrong option from a full disk.
//! In: faults of files, workbooks and addresses. Out: one enum; no message holds a person's data.
//! Not here: requests the receiver refuses; those are answers, not errors.

use std::path::{Path, PathBuf};

/// Why seeds could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The county asked for is too small or too big.
    #[error("{asked} people asked for, a county has {min} to {max}")]
    People {
        /// People asked for.
        asked: u64,
        /// Fewest.
        min: u64,
        /// Most.
        max: u64,
    },
    /// A file or folder could not be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A workbook could not be written.
    #[error("cannot write the workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The truth could not be written as JSON.
    #[error("cannot write the truth")]
    Json(#[source] serde_json::Error),
    /// The file does not hold a signing secret.
    #[error("{} does not hold a secret: `whsec_` and base64 of {min} to {max} bytes wanted", path.display())]
    Secret {
        /// Which file.
        path: PathBuf,
        /// Fewest bytes.
        min: usize,
        /// Most bytes.
        max: usize,
    },
    /// The file does not hold a secret of a service.
    #[error("{} does not hold a secret of at least {min} characters", path.display())]
    AppSecret {
        /// Which file.
        path: PathBuf,
        /// Fewest characters.
        min: usize,
    },
    /// A path has to go into a configuration file but is not UTF-8.
    #[error("the path {} is not UTF-8", path.display())]
    Path {
        /// Which path.
        path: PathBuf,
    },
    /// The range of months is not one.
    #[error("months as YYYYMM-YYYYMM wanted, from 2015 to 2035, {max} at most")]
    Months {
        /// Most months.
        max: i32,
    },
    /// A feed of no rows, or of too many.
    #[error("{asked} rows asked for, a feed has 1 to {max}")]
    Rows {
        /// Rows asked for.
        asked: u64,
        /// Most.
        max: u64,
    },
    /// A thread that wrote files panicked.
    #[error("a writer panicked")]
    Panicked,
}

impl Error {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}
