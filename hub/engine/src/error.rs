//! What can go wrong in the engine.
//! Here because a typo in a rule must name file, line and column before anything runs.
//! In: DataFusion, Parquet and file-system errors. Out: one enum.
//! Not here: bad data, which is rejected rows and never an error.

use std::path::PathBuf;

use datafusion::error::DataFusionError;

/// An engine operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What an author wrote cannot be used.
    #[error(transparent)]
    Written(#[from] hub_model::Mistake),
    /// A rule's example does not hold.
    #[error("{file}: example {example:?}: {message}")]
    Example {
        /// The rule file.
        file: String,
        /// The example's name.
        example: String,
        /// What was expected and what was found.
        message: String,
    },
    /// A column the hub adds is missing or of another type in a batch.
    #[error("batch of {stream}: {message}")]
    Batch {
        /// The stream.
        stream: String,
        /// What is wrong.
        message: String,
    },
    /// More parts than a run may bring.
    #[error("{stream} brought more than {max} parts in one run; its `_part` column changes too often")]
    Parts {
        /// The stream.
        stream: String,
        /// The bound.
        max: usize,
    },
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something took longer than it may.
    #[error("{what} took longer than {seconds} s and was stopped")]
    Deadline {
        /// What.
        what: String,
        /// The bound.
        seconds: u64,
    },
    /// A query failed; the text is free of values, which may be personal.
    #[error("query: {0}")]
    Query(String),
    /// Parquet refused.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Self::Query(safe_text(&error))
    }
}

impl From<crate::linkage::WeightsError> for Error {
    fn from(error: crate::linkage::WeightsError) -> Self {
        Self::Query(error.to_string())
    }
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::Query(safe_text(&DataFusionError::ArrowError(Box::new(error), None)))
    }
}

/// What `error` says, unless it may quote a value: planning and limits speak of names and numbers of ours only.
pub(crate) fn safe_text(error: &DataFusionError) -> String {
    let root = error.find_root();
    let harmless = matches!(
        root,
        DataFusionError::SQL(..)
            | DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::ResourcesExhausted(_)
            | DataFusionError::ObjectStore(_)
            | DataFusionError::IoError(_)
    );
    if harmless {
        root.strip_backtrace()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    } else {
        "a value could not be computed or converted; it is not shown, it may be personal".to_owned()
    }
}
