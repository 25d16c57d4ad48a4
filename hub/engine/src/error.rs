//! What can go wrong in the engine.
//! Here because a typo in a rule must name file, line and column before anything runs.
//! In: DataFusion, Parquet and file-system errors. Out: one enum.
//! Not here: bad data, which is rejected rows and never an error.

use std::path::PathBuf;

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
    /// A query failed while running.
    #[error("query: {0}")]
    Query(#[from] datafusion::error::DataFusionError),
    /// Parquet refused.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Arrow refused.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
}
