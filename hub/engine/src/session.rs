//! A DataFusion session as the hub wants it: bounded memory, plain strings, our functions.
//! Here because every query must run under the same limits.
//! In: engine options, files. Out: a context with tables registered.
//! Not here: what is asked.

use std::path::Path;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use datafusion::datasource::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use hub_model::FileRef;
use url::Url;

use crate::{Error, Result, functions};

const BATCH_ROWS: usize = 8192;

/// The runtime all sessions share: one memory pool.
pub(crate) fn runtime(memory_bytes: usize) -> Result<Arc<RuntimeEnv>> {
    let pool = Arc::new(FairSpillPool::new(memory_bytes));
    Ok(RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc()?)
}

/// Forgets what is remembered of files: footers, statistics, lists. Every run brings files, and those they take the place of are not
/// read again.
pub(crate) fn forget_files(runtime: &RuntimeEnv) {
    let known = &runtime.cache_manager;
    known.get_file_metadata_cache().clear();
    if let Some(statistics) = known.get_file_statistic_cache() {
        statistics.clear();
    }
    if let Some(lists) = known.get_list_files_cache() {
        lists.clear();
    }
}

/// A fresh context with the hub's functions and no tables.
pub(crate) fn context(runtime: &Arc<RuntimeEnv>, partitions: usize) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.collect_spans = true;
    options.execution.parquet.schema_force_view_types = false;
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.skip_metadata = false;
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(runtime))
        .with_default_features()
        .build();
    let context = SessionContext::new_with_state(state);
    functions::register(&context);
    context
}

/// Passes plans that only read.
pub(crate) fn read_only(plan: &LogicalPlan) -> DataFusionResult<()> {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(plan)
}

/// Registers `files` below `lake` as table `name`; no file makes an empty table.
pub(crate) fn register_files(
    context: &SessionContext,
    name: &str,
    schema: SchemaRef,
    lake: &Path,
    files: &[FileRef],
) -> Result<()> {
    context.register_table(name, self::files(schema, lake, files)?)?;
    Ok(())
}

/// A table of `files` below `lake`; of no file, an empty one.
pub(crate) fn files(schema: SchemaRef, lake: &Path, files: &[FileRef]) -> Result<Arc<dyn TableProvider>> {
    if files.is_empty() {
        return Ok(Arc::new(EmptyTable::new(schema)));
    }
    let io = |source| Error::Io {
        path: lake.to_owned(),
        source,
    };
    let lake = lake.canonicalize().map_err(io)?;
    let urls = files
        .iter()
        .map(|file| file_url(&lake.join(&file.path)))
        .collect::<Result<Vec<_>>>()?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// A table of one Parquet file that has no name of its own.
pub(crate) fn temporary_file(schema: SchemaRef, path: &Path) -> Result<Arc<dyn TableProvider>> {
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
    let config = ListingTableConfig::new(file_url(path)?)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// The URL of a file, whatever characters its folder's name has: parsed from text, `[1]` or `%41` would be patterns.
fn file_url(path: &Path) -> Result<ListingTableUrl> {
    let url = Url::from_file_path(path).map_err(|()| Error::Io {
        path: path.to_owned(),
        source: std::io::Error::other("the data directory must be an absolute path"),
    })?;
    Ok(ListingTableUrl::try_new(url, None)?)
}
