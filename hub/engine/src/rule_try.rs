//! Plans rules over empty tables and runs their examples, before any of them meets the county.
//! Here because a rule that does not say what its examples say must not warn anybody.
//! In: a rule, or all of them. Out: what is wrong, with its place; the book without those that cannot be used.
//! Not here: evaluation over a snapshot (engine), the form of examples (rule_example).

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::SessionContext;
use hub_model::Links;
use hub_model::tables;

use crate::cross_check::of_rule;
use crate::engine::within;
use crate::rule_check::{self, Evaluation};
use crate::{Engine, Error, Parameters, Result, Rule, RuleBook, assembled, evidence, income, rule_example};

/// Longest evaluation of a rule over an example's few rows, seconds.
const EXAMPLE_SECONDS_MAX: u64 = 30;

impl Engine {
    /// Plans the rules that `is_tried` says over empty tables, and runs their examples.
    ///
    /// # Errors
    /// The first rule that does not plan or whose example does not hold.
    pub async fn check_rules(
        &self,
        book: &RuleBook,
        is_tried: &(dyn Fn(&Rule) -> bool + Sync),
    ) -> Result<()> {
        let context = self.empty_tables()?;
        for rule in book.rules.iter().filter(|rule| is_tried(rule)) {
            self.check_rule(&context, rule).await?;
        }
        Ok(())
    }

    /// The book with those of its rules that can be used: of the ones that `is_tried` says, those that plan and whose
    /// examples hold.
    ///
    /// # Errors
    /// When the empty tables cannot be made; never for a rule.
    pub async fn admit(
        &self,
        book: &RuleBook,
        is_tried: &(dyn Fn(&Rule) -> bool + Sync),
    ) -> Result<RuleBook> {
        let context = self.empty_tables()?;
        let mut admitted = RuleBook {
            rules: Vec::with_capacity(book.rules.len()),
            refused: book.refused.clone(),
            parameters: book.parameters.clone(),
        };
        for rule in &book.rules {
            let checked = match is_tried(rule) {
                true => self.check_rule(&context, rule).await,
                false => Ok(()),
            };
            match checked {
                Ok(()) => admitted.rules.push(rule.clone()),
                Err(error) => admitted.refuse(rule.header.id.as_str(), &error),
            }
        }
        Ok(admitted)
    }

    async fn check_rule(&self, context: &SessionContext, rule: &Rule) -> Result<()> {
        plan_rule(context, rule).await?;
        for example in &rule.examples {
            self.try_example(rule, example).await?;
        }
        Ok(())
    }

    /// Plans `rule` and runs its examples, each whatever became of the others: names, and what is wrong.
    ///
    /// # Errors
    /// When the rule does not plan.
    pub async fn try_rule(&self, rule: &Rule) -> Result<Vec<(String, Option<Error>)>> {
        plan_rule(&self.empty_tables()?, rule).await?;
        let mut tried = Vec::with_capacity(rule.examples.len());
        for example in &rule.examples {
            let wrong = self.try_example(rule, example).await.err();
            tried.push((example.name.clone(), wrong));
        }
        Ok(tried)
    }

    /// A session in which every table there is stands, without a row.
    fn empty_tables(&self) -> Result<SessionContext> {
        let context = self.context();
        for table in tables::ALL {
            context.register_table(table.name, Arc::new(EmptyTable::new(table.schema())))?;
        }
        assembled::register_empty(&context)?;
        Ok(context)
    }

    async fn try_example(&self, rule: &Rule, example: &rule_example::Example) -> Result<()> {
        let what = format!("example {:?} of rule {}", example.name, rule.header.id);
        within(&what, EXAMPLE_SECONDS_MAX, self.check_example(rule, example)).await
    }

    async fn check_example(&self, rule: &Rule, example: &rule_example::Example) -> Result<()> {
        let fail = |message: String| rule_check::example_error(rule, &example.name, message);
        let (context, inputs) = (self.context(), self.context());
        for table in tables::ALL {
            let rows = example
                .tables
                .get(table.name)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let batch = rule_example::batch(table, rows).map_err(fail)??;
            let rows = Arc::new(MemTable::try_new(table.schema(), vec![vec![batch]])?);
            inputs.register_table(table.name, Arc::clone(&rows) as Arc<dyn TableProvider>)?;
            context.register_table(table.name, rows)?;
        }
        let cases = &tables::CASE_ROUND;
        let is_stated = |name: &&String| tables::find(name).is_none() && name.as_str() != cases.name;
        if let Some(name) = example.tables.keys().find(is_stated) {
            let inputs = tables::find_derived(name).map(|table| table.inputs.join(", "));
            return Err(fail(match inputs {
                Some(inputs) => format!("{name} is derived; state rows of {inputs}"),
                None => format!("no canonical table {name:?}"),
            }));
        }
        let day = example.day().ok_or_else(|| fail("as_of is a date".to_owned()))?;
        let rounds = example
            .tables
            .get(cases.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let rounds =
            rule_example::stated(cases.name, cases.columns, cases.schema(), rounds).map_err(fail)??;
        assembled::register(&context, &inputs, &Links::default(), rounds, day).await?;
        income::register(&context, inputs, day)?;
        let parameters = Parameters::of_example(&example.parameters, day);
        let evaluated = rule_check::evaluate(&context, rule, &parameters, day, None).await;
        match evaluated.map_err(|error| of_rule(rule, error))? {
            Evaluation::Unset { parameter } => Err(fail(format!("wants the parameter {parameter}"))),
            Evaluation::Answered(answer) => match example.difference(&answer.findings, &answer.decided) {
                None => Ok(()),
                Some(difference) => Err(fail(difference)),
            },
        }
    }
}

async fn plan_rule(context: &SessionContext, rule: &Rule) -> Result<()> {
    let plan = rule_check::plan(context, rule)
        .await
        .map_err(|error| of_rule(rule, error))?;
    let checked = evidence::check(context, rule, Arc::clone(plan.schema().inner())).await;
    checked.map_err(|error| of_rule(rule, error))
}
