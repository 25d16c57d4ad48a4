//! The part at hand: a table whose files change under plans that stay, and the rows of it that are refused.
//! Here because planning a mapping costs more than running it over one month of one county, and a first load has hundreds of those.
//! In: the files of a part, row numbers. Out: `landed` and `accepted` for statements that were planned once; optimised plans, run.
//! Not here: which statements there are (mapping), what their rows become (normalise).

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::BooleanArray;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{ColumnarValue, Expr, LogicalPlan, Volatility, create_udf};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionContext, ident};
use hub_model::{FileRef, ROW};

use crate::bits::Bits;
use crate::{Result, session};

/// The rows a part loses before the canonical tables see it.
#[derive(Debug, Default)]
pub(crate) struct RowSet {
    refused: Bits,
    /// One beyond the last row of the landing; a mapping may name no other.
    rows: u64,
    /// How many rows were named that there are not.
    pub(crate) unknown: u64,
}

impl RowSet {
    fn of(rows: u64) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Marks `row`; whether it was not marked before.
    pub(crate) fn insert(&mut self, row: i64) -> bool {
        match u64::try_from(row).ok().filter(|row| *row < self.rows) {
            Some(row) => self.refused.insert(row),
            None => {
                self.unknown += 1;
                false
            }
        }
    }

    fn contains(&self, row: u64) -> bool {
        self.refused.contains(row)
    }
}

/// A table whose files can be changed under the plans that read it.
#[derive(Debug)]
pub(crate) struct Switch {
    schema: SchemaRef,
    files: Mutex<Arc<dyn TableProvider>>,
}

impl Switch {
    /// Registers one, over no row yet, in place of what has its name.
    pub(crate) fn register(context: &SessionContext, name: &str, schema: SchemaRef) -> Result<Arc<Self>> {
        let switch = Arc::new(Self {
            files: Mutex::new(session::files(Arc::clone(&schema), Path::new(""), &[])?),
            schema,
        });
        context.deregister_table(name)?;
        context.register_table(name, Arc::clone(&switch) as Arc<dyn TableProvider>)?;
        Ok(switch)
    }

    /// From now on it holds `files` below `lake`.
    pub(crate) fn turn_to(&self, lake: &Path, files: &[FileRef]) -> Result<()> {
        self.turn_to_table(session::files(Arc::clone(&self.schema), lake, files)?);
        Ok(())
    }

    fn turn_to_table(&self, table: Arc<dyn TableProvider>) {
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = table;
    }
}

#[async_trait]
impl TableProvider for Switch {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let files = Arc::clone(&self.files.lock().unwrap_or_else(PoisonError::into_inner));
        files.scan(state, projection, &[], limit).await
    }
}

/// The part that plans over `landed` and `accepted` read at present.
#[derive(Debug)]
pub(crate) struct Part {
    landed: Arc<Switch>,
    refused: Arc<Mutex<RowSet>>,
}

impl Part {
    /// Registers `landed` and `accepted`, over no row yet.
    pub(crate) async fn register(context: &SessionContext, schema: SchemaRef) -> Result<Self> {
        let part = Self {
            landed: Switch::register(context, "landed", schema)?,
            refused: Arc::default(),
        };
        let refused = Arc::clone(&part.refused);
        let usable = move |args: &[ColumnarValue]| {
            let arrays = ColumnarValue::values_to_arrays(args)?;
            let rows = arrays[0].as_primitive::<Int64Type>();
            let refused = held(&refused);
            let usable = |row: i64| u64::try_from(row).is_ok_and(|row| !refused.contains(row));
            Ok(ColumnarValue::Array(Arc::new(
                rows.iter().map(|row| row.map(usable)).collect::<BooleanArray>(),
            )))
        };
        // Its answer changes from part to part, never within one; what is volatile would not be planned as a plain filter.
        context.register_udf(create_udf(
            "_usable",
            vec![DataType::Int64],
            DataType::Boolean,
            Volatility::Immutable,
            Arc::new(usable),
        ));
        let accepted = context
            .sql(&format!(r#"SELECT * FROM landed WHERE _usable("{ROW}")"#))
            .await?;
        context.register_table("accepted", accepted.into_view())?;
        Ok(part)
    }

    /// Turns to another part, below `lake`, with none of its rows refused yet; they are numbered below `rows`.
    pub(crate) fn turn_to(&self, lake: &Path, files: &[FileRef], rows: u64) -> Result<()> {
        self.landed.turn_to(lake, files)?;
        *self.refused() = RowSet::of(rows);
        Ok(())
    }

    /// The same, with the rows alone for which `kept` holds: the others are not there, for any statement.
    pub(crate) fn turn_to_some(
        &self,
        context: &SessionContext,
        lake: &Path,
        files: &[FileRef],
        rows: u64,
        kept: Expr,
    ) -> Result<()> {
        let all = session::files(self.landed.schema(), lake, files)?;
        self.landed
            .turn_to_table(context.read_table(all)?.filter(kept)?.into_view());
        *self.refused() = RowSet::of(rows);
        Ok(())
    }

    /// The rows refused so far.
    pub(crate) fn refused(&self) -> MutexGuard<'_, RowSet> {
        held(&self.refused)
    }
}

/// A panic while marking leaves bits behind, not a broken set; and it ends the run anyway.
fn held(rows: &Mutex<RowSet>) -> MutexGuard<'_, RowSet> {
    rows.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rows that are not among `rows`.
pub(crate) fn none_of(rows: Bits) -> Expr {
    let rows = Arc::new(rows);
    let kept = move |args: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let numbers = arrays[0].as_primitive::<Int64Type>();
        let kept = |row: i64| u64::try_from(row).is_ok_and(|row| !rows.contains(row));
        Ok(ColumnarValue::Array(Arc::new(
            numbers.iter().map(|row| row.map(kept)).collect::<BooleanArray>(),
        )))
    };
    let function = create_udf(
        "_kept",
        vec![DataType::Int64],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(kept),
    );
    function.call(vec![ident(ROW)])
}

/// `plan`, made as good as it gets without looking at rows.
pub(crate) fn optimised(context: &SessionContext, plan: &LogicalPlan) -> Result<LogicalPlan> {
    Ok(context.state().optimize(plan)?)
}

/// Runs an optimised plan over the part at hand.
pub(crate) async fn rows(context: &SessionContext, plan: &LogicalPlan) -> Result<SendableRecordBatchStream> {
    let state = context.state();
    let physical = state.query_planner().create_physical_plan(plan, &state).await?;
    Ok(execute_stream(physical, context.task_ctx())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_once_however_often_it_is_refused() {
        let mut set = RowSet::of(100);
        assert!(set.insert(70) && !set.insert(70) && set.insert(0));
        assert!(set.contains(70) && !set.contains(69) && !set.contains(7000));
        assert!(!set.insert(-1) && !set.insert(1 << 62));
        assert_eq!(set.unknown, 2);
    }
}
