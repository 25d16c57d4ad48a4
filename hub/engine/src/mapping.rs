//! A mapping: standard SQL that turns one stream's landed rows into canonical rows and refusals.
//! Here because meaning ships with the connector, and a typo in it must be found before it runs.
//! In: `INSERT INTO <table> (…) SELECT … FROM landed|accepted` statements. Out: checked statements, ready to plan.
//! Not here: running them (normalise).
//!
//! Three kinds of target: `rejected` (row, code, reason, …) and `filtered` (row, reason) read `landed`; canonical
//! tables read `accepted`, which is `landed` without the rows of the first two. What several of them begin with is
//! said once, as `CREATE VIEW <name> AS SELECT … FROM accepted`.

use std::sync::Arc;

use arrow_schema::{DataType, SchemaRef};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::{CreateView, Insert, Query, Spanned, Statement, TableObject};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use hub_model::tables::{self, Filled, Kind, Table};
use hub_model::{Mistake, Place};

use crate::place::SqlText;
use crate::{Error, Result, session};

/// Most statements in a mapping.
const STATEMENTS_MAX: usize = 200;
/// Longest mapping, bytes.
const TEXT_MAX: usize = 1 << 20;

/// What a statement fills.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// Rows left out on purpose.
    Filtered,
    /// Rows refused with a reason.
    Rejected(&'static Table),
    /// Canonical rows.
    Canonical(&'static Table),
}

/// One checked statement.
#[derive(Debug, Clone)]
pub(crate) struct MappedInsert {
    pub(crate) target: Target,
    pub(crate) columns: Vec<String>,
    query: Box<Query>,
}

/// A named step that canonical tables read.
#[derive(Debug, Clone)]
struct View {
    name: String,
    query: Box<Query>,
}

/// A checked mapping.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    sql: SqlText,
    views: Vec<View>,
    pub(crate) inserts: Vec<MappedInsert>,
}

impl Mapping {
    /// Reads `text`, which stands in `origin`.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self> {
        let sql = SqlText {
            text: text.to_owned(),
            file: origin.to_owned(),
            first_line: 1,
        };
        if text.len() > TEXT_MAX {
            return Err(sql.refuse(format!(
                "a mapping has at most {TEXT_MAX} bytes, this one {}",
                text.len()
            )));
        }
        let statements = Parser::parse_sql(&GenericDialect {}, &sql.text)
            .map_err(|error| sql.explain(&DataFusionError::SQL(Box::new(error), None)))?;
        if statements.is_empty() || statements.len() > STATEMENTS_MAX {
            return Err(sql.refuse(format!(
                "a mapping has 1 to {STATEMENTS_MAX} statements, this one {}",
                statements.len()
            )));
        }
        let mut mapping = Self {
            sql,
            views: Vec::new(),
            inserts: Vec::new(),
        };
        for statement in statements {
            if let Statement::CreateView(view) = statement {
                let view = checked_view(&mapping.sql, &mapping.views, view)?;
                mapping.views.push(view);
            } else {
                mapping.inserts.push(checked(&mapping.sql, statement)?);
            }
        }
        Ok(mapping)
    }

    /// Plans every statement over a stream of `landed` schema; an error names line and column.
    pub(crate) async fn check(&self, context: &SessionContext, landed: SchemaRef) -> Result<()> {
        for name in ["landed", "accepted"] {
            context.register_table(name, Arc::new(EmptyTable::new(Arc::clone(&landed))))?;
        }
        // Refusals are planned before the views exist: whether a row is accepted cannot depend on what was.
        let canonical = |insert: &&MappedInsert| matches!(insert.target, Target::Canonical(_));
        for insert in self.inserts.iter().filter(|insert| !canonical(insert)) {
            self.plan(context, insert).await?;
        }
        self.create_views(context).await?;
        for insert in self.inserts.iter().filter(canonical) {
            self.plan(context, insert).await?;
        }
        Ok(())
    }

    /// Registers the views over `accepted`; their names and plans, in order.
    pub(crate) async fn create_views(&self, context: &SessionContext) -> Result<Vec<(String, LogicalPlan)>> {
        let mut plans = Vec::new();
        for view in &self.views {
            let plan = self.plan_query(context, &view.query).await?;
            let rows = context.execute_logical_plan(plan.clone()).await?;
            context.register_table(view.name.as_str(), rows.into_view())?;
            plans.push((view.name.clone(), plan));
        }
        Ok(plans)
    }

    /// Plans a query that only reads.
    async fn plan_query(&self, context: &SessionContext, query: &Query) -> Result<LogicalPlan> {
        let statement = DfStatement::Statement(Box::new(Statement::Query(Box::new(query.clone()))));
        let explain = |error: DataFusionError| self.sql.explain(&error);
        let plan = context
            .state()
            .statement_to_plan(statement)
            .await
            .map_err(explain)?;
        session::read_only(&plan).map_err(explain)?;
        Ok(plan)
    }

    /// Plans `insert`.
    pub(crate) async fn plan(&self, context: &SessionContext, insert: &MappedInsert) -> Result<LogicalPlan> {
        let plan = self.plan_query(context, &insert.query).await?;
        let given = plan.schema().fields().len();
        if given != insert.columns.len() {
            let message = format!(
                "the SELECT gives {given} columns, the INSERT names {}",
                insert.columns.len()
            );
            return Err(written(&self.sql, insert.query.as_ref(), message));
        }
        check_types(insert, &plan).map_err(|message| written(&self.sql, insert.query.as_ref(), message))?;
        Ok(plan)
    }
}

/// A plain `CREATE VIEW name AS SELECT …`; its name is its own.
fn checked_view(sql: &SqlText, known: &[View], view: CreateView) -> Result<View> {
    let refuse = |message: String| written(sql, &view, message);
    let name = bare(&view.name.to_string());
    let taken = tables::find(&name).is_some() || ["landed", "accepted", "filtered"].contains(&name.as_str());
    if taken || known.iter().any(|view| view.name == name) {
        return Err(refuse(format!(
            "there is a table {name:?} already; name the view otherwise"
        )));
    }
    let plain = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !plain || view.materialized || view.or_replace || !view.columns.is_empty() {
        return Err(refuse(
            "a step is written CREATE VIEW name AS SELECT …, its name of a-z, 0-9 and _".to_owned(),
        ));
    }
    Ok(View {
        name,
        query: view.query,
    })
}

fn checked(sql: &SqlText, statement: Statement) -> Result<MappedInsert> {
    let Statement::Insert(insert) = statement else {
        return Err(written(
            sql,
            &statement,
            "a mapping holds only INSERT INTO … SELECT … and CREATE VIEW … AS SELECT … statements".to_owned(),
        ));
    };
    let refuse = |message: String| written(sql, &insert, message);
    let TableObject::TableName(name) = &insert.table else {
        return Err(refuse("INSERT INTO wants a table's name".to_owned()));
    };
    let name = bare(&name.to_string());
    let target = match (name.as_str(), tables::find(&name)) {
        ("filtered", _) => Target::Filtered,
        ("rejected", Some(table)) => Target::Rejected(table),
        (_, Some(table)) => Target::Canonical(table),
        (_, None) => {
            let known: Vec<_> = tables::ALL.iter().map(|table| table.name).collect();
            return Err(refuse(format!(
                "no canonical table {name:?}; there are filtered, {}",
                known.join(", ")
            )));
        }
    };
    let columns: Vec<String> = insert
        .columns
        .iter()
        .map(|column| bare(&column.to_string()))
        .collect();
    check_columns(target, &columns).map_err(refuse)?;
    let Insert {
        source: Some(query), ..
    } = insert
    else {
        return Err(written(sql, &insert, "INSERT INTO … wants a SELECT".to_owned()));
    };
    Ok(MappedInsert {
        target,
        columns,
        query,
    })
}

fn check_columns(target: Target, columns: &[String]) -> std::result::Result<(), String> {
    let (name, known): (&str, Vec<(&str, Filled)>) = match target {
        Target::Filtered => (
            "filtered",
            vec![("row", Filled::Required), ("reason", Filled::Required)],
        ),
        Target::Rejected(table) | Target::Canonical(table) => (
            table.name,
            table
                .all_columns()
                .map(|column| (column.name, column.filled))
                .collect(),
        ),
    };
    for column in columns {
        match known.iter().find(|(name, _)| name == column) {
            Some((_, Filled::Required | Filled::Optional)) => {}
            Some(_) => return Err(format!("{name}.{column} is filled by the hub; leave it out")),
            None => {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "{name} has no column {column:?}; it has {}",
                    names.join(", ")
                ));
            }
        }
    }
    let missing = known
        .iter()
        .find(|(name, filled)| *filled == Filled::Required && !columns.iter().any(|c| c == name));
    match missing {
        Some((column, _)) => Err(format!("{name}.{column} must be filled")),
        None => Ok(()),
    }
}

/// Every SELECT column has its target's type already, so that no row can fail on a conversion.
fn check_types(insert: &MappedInsert, plan: &LogicalPlan) -> std::result::Result<(), String> {
    let (Target::Rejected(table) | Target::Canonical(table)) = insert.target else {
        return Ok(());
    };
    for (name, field) in insert.columns.iter().zip(plan.schema().fields()) {
        let Some(column) = table.all_columns().find(|column| column.name == name) else {
            continue;
        };
        let given = field.data_type();
        let fits = match column.kind {
            Kind::Text => matches!(
                given,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..)
            ),
            Kind::Int | Kind::Id => given.is_integer(),
            Kind::Bool => given == &DataType::Boolean,
            Kind::Date | Kind::Month => given == &DataType::Date32,
        };
        if !fits && given != &DataType::Null {
            let wanted = column.kind.arrow();
            return Err(format!(
                "{}.{name} is {wanted}, the SELECT gives {given}; use a function such as whole_number(…), money_fen(…) or cn_date(…)",
                table.name
            ));
        }
    }
    Ok(())
}

fn bare(name: &str) -> String {
    name.trim_matches('"').to_owned()
}

fn written(sql: &SqlText, node: &impl Spanned, message: String) -> Error {
    let at = node.span().start;
    let number = |n: u64| usize::try_from(n).unwrap_or(1).max(1);
    let place = Place {
        file: sql.file.clone(),
        line: sql.first_line + number(at.line) - 1,
        column: number(at.column),
    };
    Mistake { place, message }.into()
}

#[cfg(test)]
mod tests {
    use arrow_schema::{DataType, Field, Schema};

    use super::*;
    use crate::{landing, session};

    async fn error_of(text: &str) -> String {
        let runtime = session::runtime(1 << 24).unwrap();
        let source = Schema::new(vec![Field::new("户编号", DataType::Utf8, true)]);
        let context = session::context(&runtime, 1);
        match Mapping::parse(text, "c/s.sql") {
            Err(error) => error.to_string(),
            Ok(mapping) => match mapping.check(&context, landing::landed_schema(&source)).await {
                Err(error) => error.to_string(),
                Ok(()) => "ok".to_owned(),
            },
        }
    }

    #[tokio::test]
    async fn a_typo_is_named_with_its_place() {
        let table = [
            (
                "INSERT INTO filtered (row, reason) SELECT \"_row\", 'x' FROM landed",
                "ok",
            ),
            ("SELECT 1", "c/s.sql:1:1: a mapping holds only INSERT"),
            (
                "CREATE VIEW roll AS SELECT \"户编号\" AS no FROM accepted;
                 INSERT INTO household (household_no) SELECT no FROM roll",
                "ok",
            ),
            (
                "CREATE VIEW roll AS SELECT \"户编码\" AS no FROM accepted",
                "c/s.sql:1:28",
            ),
            (
                "CREATE VIEW roll AS SELECT 1 AS x FROM accepted;
                 INSERT INTO filtered (row, reason) SELECT x, 'x' FROM roll",
                "roll",
            ),
            ("CREATE VIEW person AS SELECT 1", "already"),
            (
                "INSERT INTO houshold (a) SELECT 1",
                "no canonical table \"houshold\"",
            ),
            (
                "INSERT INTO household (household_nr) SELECT '1'",
                "has no column \"household_nr\"",
            ),
            (
                "INSERT INTO household (county) SELECT '1'",
                "household.household_no must be filled",
            ),
            (
                "INSERT INTO household (household_no, household_id) SELECT '1', 2",
                "filled by the hub",
            ),
            (
                "INSERT INTO household (household_no)\n SELECT \"户编码\" FROM accepted",
                "c/s.sql:2:9: ",
            ),
            (
                "INSERT INTO household (household_no) SELECT '1', '2'",
                "the SELECT gives 2 columns",
            ),
            (
                "INSERT INTO declared_income (household_no, year, net_income_fen, people_year) SELECT '1', '2023', 1, 2",
                "year is Int64",
            ),
            ("INSERT INTO household (household_no)\n SELEC 1", "c/s.sql:2:"),
        ];
        for (text, expected) in table {
            let error = error_of(text).await;
            assert!(error.contains(expected), "{text}\n{error}");
        }
    }
}
