//! Which columns of the source a canonical column was computed from.
//! Here because a warning must cite the cell, and the mapping's own SQL already knows which one.
//! In: a statement's plan. Out: for each output column, the landed columns it reads.
//! Not here: rows; the locator says which row.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, LogicalPlan};

/// The landed columns behind output `index` of `plan`, without the hub's own (`_…`).
pub(crate) fn sources(plan: &LogicalPlan, index: usize) -> Vec<String> {
    let mut found = BTreeSet::new();
    if let Some(expr) = output(plan, index) {
        collect(plan, &expr, &mut found);
    }
    found.retain(|name| !name.starts_with('_'));
    found.into_iter().collect()
}

fn output(plan: &LogicalPlan, index: usize) -> Option<Expr> {
    let (qualifier, field) = plan.schema().iter().nth(index)?;
    Some(Expr::Column((qualifier, field).into()))
}

/// Follows `expr`, an expression over the output of `plan`, down to the scan.
fn collect(plan: &LogicalPlan, expr: &Expr, found: &mut BTreeSet<String>) {
    for column in expr.column_refs() {
        if let LogicalPlan::TableScan(_) = plan {
            found.insert(column.name.clone());
            continue;
        }
        let position = plan.schema().maybe_index_of_column(column);
        for input in plan.inputs() {
            match position.and_then(|position| defining(plan, position)) {
                Some(definition) => collect(input, &definition, found),
                None => {
                    let by_name = input
                        .schema()
                        .iter()
                        .find(|(_, field)| field.name() == &column.name);
                    if let Some((qualifier, field)) = by_name {
                        collect(input, &Expr::Column((qualifier, field).into()), found);
                    }
                }
            }
        }
    }
}

/// The expression that defines output `position` of `plan`, when the node defines its outputs.
fn defining(plan: &LogicalPlan, position: usize) -> Option<Expr> {
    if let LogicalPlan::Projection(projection) = plan {
        return projection.expr.get(position).cloned();
    }
    if let LogicalPlan::Aggregate(aggregate) = plan {
        return aggregate
            .group_expr
            .iter()
            .chain(&aggregate.aggr_expr)
            .nth(position)
            .cloned();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_schema::{DataType, Field, Schema};
    use datafusion::datasource::empty::EmptyTable;

    use super::*;
    use crate::session;

    #[tokio::test]
    async fn columns_are_followed_through_functions_groups_and_subqueries() {
        let runtime = session::runtime(1 << 24).unwrap();
        let context = session::context(&runtime, 1);
        let fields = ["户编号", "纯收入", "人数", "_row"].map(|name| Field::new(name, DataType::Utf8, true));
        context
            .register_table(
                "accepted",
                Arc::new(EmptyTable::new(Arc::new(Schema::new(fields.to_vec())))),
            )
            .unwrap();
        let sql = r#"SELECT no, min(money) AS m, count("_row") FROM
            (SELECT "户编号" AS no, money_fen("纯收入") / whole_number("人数") AS money, "_row" FROM accepted) WHERE no <> ''
            GROUP BY no"#;
        let plan = context.sql(sql).await.unwrap().into_unoptimized_plan();
        assert_eq!(sources(&plan, 0), ["户编号"]);
        assert_eq!(sources(&plan, 1), ["人数", "纯收入"]);
        assert!(sources(&plan, 2).is_empty());
    }
}
