//! The statements of a mapping, planned: once for all parts of a stream.
//! Here because planning a mapping costs more than running it over one month of one county.
//! In: a mapping, the schema its rows landed in. Out: optimised plans by what they fill; the lineage of what they compute.
//! Not here: running them (normalise).

use datafusion::logical_expr::LogicalPlan;
use hub_model::tables::Table;
use hub_model::{CORRECTS, ROW};

use crate::mapping::{MappedInsert, Mapping, Target};
use crate::normalise::Normaliser;
use crate::steps::Steps;
use crate::{Result, flaw, lineage, part};

/// A statement that was planned once and is run over every part.
pub(crate) struct Planned {
    pub(crate) insert: MappedInsert,
    pub(crate) plan: LogicalPlan,
}

/// The statements of a mapping by what they fill, in the order they are run.
pub(crate) struct Statements {
    pub(crate) rejected: Vec<(&'static Table, Planned)>,
    pub(crate) filtered: Vec<Planned>,
    pub(crate) steps: Steps,
    pub(crate) canonical: Vec<(&'static Table, Planned)>,
    /// `SELECT count(*) FROM accepted`
    pub(crate) count: LogicalPlan,
    /// Rows that were refused so far.
    pub(crate) refused: LogicalPlan,
    /// Rows that correct refused ones; none when the stream cannot have such.
    pub(crate) corrections: Option<LogicalPlan>,
}

impl Normaliser<'_> {
    /// Plans every statement: what the connector itself could not trust first, then the mapping's own.
    pub(crate) async fn statements(&mut self) -> Result<Statements> {
        let count = self.context.sql("SELECT count(*) FROM accepted").await?;
        let columns = format!(r#""{ROW}", "{CORRECTS}""#);
        let listed = format!(r#""{CORRECTS}" IS NOT NULL"#);
        let mut statements = Statements {
            rejected: Vec::new(),
            filtered: Vec::new(),
            steps: Steps::new(self.lake, self.job.run),
            canonical: Vec::new(),
            count: part::optimised(&self.context, count.logical_plan())?,
            refused: self
                .landed_where(&format!(r#"NOT _usable("{ROW}")"#), "*")
                .await?,
            corrections: match self.landed.column_with_name(CORRECTS) {
                Some(_) => Some(self.landed_where(&listed, &columns).await?),
                None => None,
            },
        };
        let flaws = flaw::mapping(&self.landed)?;
        let mapping = self.mapping.clone();
        let canonical = |insert: &&MappedInsert| matches!(insert.target, Target::Canonical(_));
        for mapping in flaws.iter().chain([&mapping]) {
            for insert in mapping.inserts.iter().filter(|insert| !canonical(insert)) {
                let planned = self.planned(mapping, insert).await?;
                match insert.target {
                    Target::Rejected(table) => statements.rejected.push((table, planned)),
                    Target::Filtered | Target::Canonical(_) => statements.filtered.push(planned),
                }
            }
        }
        // After the refusals: whether a row is accepted cannot depend on what was.
        let views = mapping.create_views(&self.context).await?;
        for insert in mapping.inserts.iter().filter(canonical) {
            // Only through the views' own plans can a column be followed to where it came from.
            self.note_lineage(insert, &mapping.plan(&self.context, insert).await?);
        }
        for (name, plan) in &views {
            statements.steps.add(&self.context, name, plan)?;
        }
        for insert in mapping.inserts.iter() {
            if let Target::Canonical(table) = insert.target {
                let planned = self.planned(&mapping, insert).await?;
                statements.canonical.push((table, planned));
            }
        }
        Ok(statements)
    }

    async fn planned(&self, mapping: &Mapping, insert: &MappedInsert) -> Result<Planned> {
        let plan = mapping.plan(&self.context, insert).await?;
        Ok(Planned {
            insert: insert.clone(),
            plan: part::optimised(&self.context, &plan)?,
        })
    }

    async fn landed_where(&self, condition: &str, columns: &str) -> Result<LogicalPlan> {
        let sql = format!("SELECT {columns} FROM landed WHERE {condition}");
        let rows = self.context.sql(&sql).await?;
        part::optimised(&self.context, rows.logical_plan())
    }

    fn note_lineage(&mut self, insert: &MappedInsert, plan: &LogicalPlan) {
        let Target::Canonical(table) = insert.target else {
            return;
        };
        let columns = self.out.lineage.entry(table.name.to_owned()).or_default();
        for (index, column) in insert.columns.iter().enumerate() {
            columns.insert(column.clone(), lineage::sources(plan, index));
        }
    }
}
