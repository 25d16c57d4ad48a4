//! The plans of a check: all rules planned before one runs, so that what they have in common is read and worked out once.
//! Here because the register is read by two hundred rules, and every tenth of them begins with the same grouping of it.
//! In: a session with the tables, a book, a day, whose warnings stand. Out: for each rule an optimised plan, over tables and steps
//! that are shared; none where a rule cannot be planned so.
//! Not here: holding what is shared (shared), running (cross_check). A rule without a plan is evaluated as it is written.
//!
//! A step is what a rule names: a CTE or a subquery with an alias, when it groups, joins or sorts. Steps that are alike, letter
//! by letter after types were found, are one; so is one that a rule names twice, which would be worked out twice.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::BooleanArray;
use chrono::NaiveDate;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, SubqueryAlias, Volatility, create_udf,
};
use datafusion::prelude::{SessionContext, ident};
use hub_model::{ActiveData, SubjectKey, Watched, tables};

use crate::rule_check::{self, SUBJECT, subject_of};
use crate::shared::{Room, Shared, Source};
use crate::{Parameters, Result, Rule, RuleBook, shared_choice};

/// How a step is called in plans; no SQL name can be written so.
const STEP: &str = "step:";
/// What is shared may hold one of so many parts of the engine's memory.
const ROOM_PART: usize = 2;
/// Tables may hold one of so many parts of that; the rest is for steps.
const TABLES_PART: usize = 2;

/// A rule's plan, and what it reads that others read too.
pub(crate) struct Prepared {
    pub(crate) plan: LogicalPlan,
    reads: Vec<Arc<Shared>>,
}

impl Prepared {
    /// The plan, and what it reads, to be told of when it has been run.
    pub(crate) fn into_parts(self) -> (LogicalPlan, Vec<Arc<Shared>>) {
        (self.plan, self.reads)
    }
}

/// Whose rows matter beside those that are found.
type Standing<'a> = Option<&'a Watched>;

/// Registers the tables of `from` in `context`, shared; they are read in sessions like `reader`, within `memory_bytes`.
pub(crate) async fn share_tables(
    context: &SessionContext,
    from: &SessionContext,
    data: &ActiveData,
    memory_bytes: usize,
) -> Result<(HashMap<String, Arc<Shared>>, Arc<Room>)> {
    let room = Arc::new(Room::of(memory_bytes / ROOM_PART));
    let mut shared = HashMap::new();
    for table in tables::ALL {
        let own = from.table_provider(table.name).await?;
        let files = data.tables.get(table.name).into_iter().flatten();
        let source = Source::Table(own, from.clone(), files.map(|file| file.rows).sum());
        let table_of = Arc::new(Shared::of(table.schema(), source, &room));
        context.register_table(table.name, Arc::clone(&table_of) as Arc<dyn TableProvider>)?;
        shared.insert(table.name.to_owned(), table_of);
    }
    for table in tables::DERIVED {
        context.register_table(table.name, from.table_provider(table.name).await?)?;
    }
    Ok((shared, room))
}

/// Plans the rules of `book` that `is_asked` says.
pub(crate) async fn prepare(
    context: &SessionContext,
    book: &RuleBook,
    day: NaiveDate,
    standing: Standing<'_>,
    (mut shared, room): (HashMap<String, Arc<Shared>>, Arc<Room>),
    is_asked: impl Fn(&Rule) -> bool,
) -> Vec<Option<Prepared>> {
    let state = Arc::new(context.state());
    let mut plans = Vec::with_capacity(book.rules.len());
    for rule in &book.rules {
        let plan = match is_asked(rule) {
            true => bound(context, &state, (rule, &book.parameters), day, standing).await,
            false => None,
        };
        plans.push(plan);
    }
    let mut steps = Steps::count(plans.iter().flatten());
    let plans: Vec<Option<LogicalPlan>> = plans
        .into_iter()
        .map(|plan| {
            let plan = steps.replace(plan?, &state, &room).ok()?;
            state.optimize(&plan).ok()
        })
        .collect();
    shared.extend(steps.named());
    for plan in plans.iter().flatten() {
        note_readings(plan, &shared);
    }
    // A step that is read reads others and tables in turn; one stands after those that read it.
    for step in steps.in_order().iter().filter(|step| step.is_read()) {
        let optimised = step
            .step()
            .and_then(|plan| plan.map(|plan| state.optimize(&plan)).transpose());
        if let Ok(Some(plan)) = optimised {
            note_readings(&plan, &shared);
            step.reads(inputs(&plan, &shared));
        }
    }
    let tables = tables::ALL.iter().filter_map(|table| shared.get(table.name));
    // Without a choice all that is wanted is held, as far as it fits.
    let _ = shared_choice::choose(&tables.collect::<Vec<_>>(), room.bytes_max() / TABLES_PART).await;
    plans
        .into_iter()
        .map(|plan| {
            let plan = plan?;
            let reads = inputs(&plan, &shared);
            Some(Prepared { plan, reads })
        })
        .collect()
}

/// A rule's SELECT with the values of the day and its types found, of the rows that matter; none where that fails: what is
/// wrong is told when it is evaluated as it is written.
async fn bound(
    context: &SessionContext,
    state: &SessionState,
    (rule, parameters): (&Rule, &Parameters),
    day: NaiveDate,
    standing: Standing<'_>,
) -> Option<LogicalPlan> {
    let bound = rule_check::bind(context, rule, parameters, day)
        .await
        .ok()?
        .ok()?;
    let plan = match (standing, bound.lines.keeps(rule)) {
        (Some(watched), Some(found)) => {
            let kept = match watched.get(&rule.header.id) {
                Some(subjects) if !subjects.is_empty() => found.or(is_watched(subjects, &bound.plan)?),
                Some(_) | None => found,
            };
            LogicalPlanBuilder::from(bound.plan)
                .filter(kept)
                .ok()?
                .build()
                .ok()?
        }
        (None, _) | (_, None) => bound.plan,
    };
    let analyzer = state.analyzer();
    analyzer
        .execute_and_check(plan, state.config_options(), |_, _| {})
        .ok()
}

/// Whether a row is about one of `subjects`.
fn is_watched(subjects: &std::collections::HashSet<SubjectKey>, plan: &LogicalPlan) -> Option<Expr> {
    let subjects = subjects.clone();
    let kind = plan
        .schema()
        .field_with_unqualified_name(SUBJECT)
        .ok()?
        .data_type()
        .clone();
    let is_one = move |args: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let of = |row: usize| subject_of(&arrays[0], row).is_some_and(|subject| subjects.contains(&subject));
        let rows = (0..arrays[0].len()).map(|row| Some(of(row)));
        Ok(ColumnarValue::Array(Arc::new(rows.collect::<BooleanArray>())))
    };
    let function = create_udf(
        "watched:",
        vec![kind],
        arrow_schema::DataType::Boolean,
        Volatility::Immutable,
        Arc::new(is_one),
    );
    Some(function.call(vec![ident(SUBJECT)]))
}

/// What a plan reads, and which columns of it.
fn readings(plan: &LogicalPlan) -> Vec<(String, Option<Vec<usize>>)> {
    let mut found = Vec::new();
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found.push((scan.table_name.table().to_owned(), scan.projection.clone()));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// What is shared and `plan` reads, as often as it does.
fn inputs(plan: &LogicalPlan, shared: &HashMap<String, Arc<Shared>>) -> Vec<Arc<Shared>> {
    let read = readings(plan).into_iter();
    read.filter_map(|(name, _)| shared.get(&name).cloned()).collect()
}

fn note_readings(plan: &LogicalPlan, shared: &HashMap<String, Arc<Shared>>) {
    for (name, columns) in readings(plan) {
        if let Some(shared) = shared.get(&name) {
            shared.will_be_read(columns.as_deref());
        }
    }
}

/// The steps of all plans: how often each is named, and what stands for it.
struct Steps {
    named: HashMap<Arc<LogicalPlan>, usize>,
    shared: HashMap<Arc<LogicalPlan>, (String, Arc<Shared>)>,
    /// Each after those that read it.
    order: Vec<Arc<LogicalPlan>>,
}

impl Steps {
    fn count<'p>(plans: impl Iterator<Item = &'p LogicalPlan>) -> Self {
        let mut named: HashMap<Arc<LogicalPlan>, usize> = HashMap::new();
        for plan in plans {
            let _ = plan.apply_with_subqueries(|node| {
                let LogicalPlan::SubqueryAlias(alias) = node else {
                    return Ok(TreeNodeRecursion::Continue);
                };
                if !is_worth_it(&alias.input) {
                    return Ok(TreeNodeRecursion::Continue);
                }
                let times = named.entry(Arc::clone(&alias.input)).or_default();
                *times += 1;
                // What it reads itself it reads once, however often it is named.
                Ok(match *times {
                    1 => TreeNodeRecursion::Continue,
                    _ => TreeNodeRecursion::Jump,
                })
            });
        }
        Self {
            named,
            shared: HashMap::new(),
            order: Vec::new(),
        }
    }

    /// `plan` with steps that are named twice or more read from what is shared.
    fn replace(
        &mut self,
        plan: LogicalPlan,
        state: &Arc<SessionState>,
        room: &Arc<Room>,
    ) -> DataFusionResult<LogicalPlan> {
        let replaced = plan.transform_down_with_subqueries(|node| {
            let LogicalPlan::SubqueryAlias(alias) = &node else {
                return Ok(Transformed::no(node));
            };
            if self.named.get(&alias.input).is_none_or(|times| *times < 2) {
                return Ok(Transformed::no(node));
            }
            let (name, shared) = self.stand_in(&alias.input, state, room)?;
            let scan = LogicalPlanBuilder::scan(name, provider_as_source(shared), None)?.build()?;
            let node = SubqueryAlias::try_new(Arc::new(scan), alias.alias.clone())?;
            Ok(Transformed::new(
                LogicalPlan::SubqueryAlias(node),
                true,
                TreeNodeRecursion::Jump,
            ))
        })?;
        Ok(replaced.data)
    }

    /// What stands for `step`.
    fn stand_in(
        &mut self,
        step: &Arc<LogicalPlan>,
        state: &Arc<SessionState>,
        room: &Arc<Room>,
    ) -> DataFusionResult<(String, Arc<Shared>)> {
        if let Some(known) = self.shared.get(step) {
            return Ok(known.clone());
        }
        // It may read others itself.
        let own = self.replace(LogicalPlan::clone(step), state, room)?;
        let schema = Arc::clone(own.schema().inner());
        let shared = Arc::new(Shared::of(schema, Source::Step(own, Arc::clone(state)), room));
        let named = (format!("{STEP}{}", self.shared.len()), shared);
        self.shared.insert(Arc::clone(step), named.clone());
        self.order.push(Arc::clone(step));
        Ok(named)
    }

    fn named(&self) -> impl Iterator<Item = (String, Arc<Shared>)> {
        self.shared.values().cloned()
    }

    /// Each before those it reads: what is found within another was given a name before it.
    fn in_order(&self) -> Vec<Arc<Shared>> {
        let known = self.order.iter().rev().filter_map(|step| self.shared.get(step));
        known.map(|(_, shared)| Arc::clone(shared)).collect()
    }
}

/// Whether a step is more than a look at a table.
fn is_worth_it(step: &LogicalPlan) -> bool {
    let is_work = |node: &LogicalPlan| {
        Ok(matches!(
            node,
            LogicalPlan::Aggregate(_)
                | LogicalPlan::Window(_)
                | LogicalPlan::Join(_)
                | LogicalPlan::Distinct(_)
                | LogicalPlan::Sort(_)
        ))
    };
    step.exists(is_work).unwrap_or(false)
}
