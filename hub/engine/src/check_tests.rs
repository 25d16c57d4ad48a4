//! Rules evaluated together answer what each answers alone.
//! Here because sharing is for speed, and nobody may be warned, or cleared, for the sake of speed.
//! In: rules with steps in common, a small lake. Out: assertions.
//! Not here: what the shipped rules find (their examples).

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::DataType;
use chrono::NaiveDate;
use datafusion::catalog::TableProvider;
use futures::{StreamExt, stream};
use hub_model::{RuleId, RuleOutcome, RuleState, SubjectKey, Watched, tables};

use crate::computed;
use crate::rule_check::{self, Evaluation};
use crate::shared::{Room, Shared, Source};
use crate::test_lake::Lake;
use crate::{Parameters, Rule, RuleBook};

const PARAMETERS: &str = r#"
[[parameter]]
name = "line"
title = "线"
unit = "yuan"
value = "100"
from = 2020-01-01
document = "某文"
[[parameter]]
name = "unset"
title = "未填"
unit = "yuan"
"#;

const LAKE: &str = "
household = [
    { household_id = 1, household_no = '1', county = '甲县' }, { household_id = 2, household_no = '2', county = '甲县' },
    { household_id = 3, household_no = '3', county = '乙县' }, { household_id = 4, household_no = '4' },
]
declared_income = [
    { household_id = 1, household_no = '1', year = 2023, net_income_fen = 9000, people_year = 1 },
    { household_id = 1, household_no = '1', year = 2022, net_income_fen = 90000, people_year = 1 },
    { household_id = 2, household_no = '2', year = 2023, net_income_fen = 20000, people_year = 1 },
    { household_id = 3, household_no = '3', year = 2023, net_income_fen = 5000, people_year = 1 },
    { household_id = 4, household_no = '4', year = 2023, net_income_fen = 7000, people_year = 0 },
]";

const LATEST: &str =
    "WITH latest AS (SELECT household_id, max(year) AS year FROM declared_income GROUP BY household_id)";

/// Rules with a step in common, one that names it twice, one of few columns, one that fails, one whose only line is unset.
fn book() -> RuleBook {
    let parameters = Parameters::parse(PARAMETERS, "parameters.toml").unwrap();
    let joined = "FROM household h JOIN declared_income i ON i.household_id = h.household_id \
                  JOIN latest l ON l.household_id = i.household_id AND l.year = i.year";
    let rules = [
        ("A01", "line", format!("{LATEST} SELECT h.household_id AS subject, i.net_income_fen AS fen, false AS out {joined}")),
        ("A02", "line", format!("{LATEST} SELECT h.household_id AS subject, i.net_income_fen AS fen, h.county IS NULL AS out {joined}")),
        ("A03", "line", format!("{LATEST} SELECT h.household_id AS subject, i.net_income_fen AS fen, false AS out {joined} \
             JOIN latest m ON m.household_id = l.household_id")),
        ("A04", "line", "SELECT household_id AS subject, CAST(9999 AS BIGINT) AS fen, county IS NULL AS out FROM household".to_owned()),
        ("A05", "line", format!("{LATEST} SELECT h.household_id AS subject, i.net_income_fen / i.people_year AS fen, false AS out {joined}")),
        ("A06", "unset", format!("{LATEST} SELECT h.household_id AS subject, i.net_income_fen AS fen, false AS out {joined}")),
    ];
    let rules = rules.iter().map(|(id, line, sql)| {
        let text = format!(
            "id = '{id}'\nversion = 1\ntitle = 't'\ncategory = '收入'\nclause = '2'\ndepartment = 'd'\nsubject = 'household'\n\
             clears_when = 'c'\ntables = ['household', 'declared_income']\nmeasure = 'fen'\nclean_when = 'out'\n\
             sentence = '{{fen}}'\nsql = '''\n{sql}\n'''\n[[band]]\nname = 'low'\nseverity = 'red'\nbelow = '{line}'\n\
             [[evidence]]\ntable = 'declared_income'\non = 't.household_id = f.subject'\ncolumns = ['net_income_fen']\n\
             [[example]]\nname = 'e'\nas_of = 2023-11-06\ntables.household = []\nexpect = []\n"
        );
        Rule::parse(&text, &format!("{id}.toml"), &parameters).unwrap()
    });
    RuleBook::of(rules.collect(), parameters.clone())
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 11, 6).unwrap()
}

/// Who was found and who is decided, or that nothing could be computed.
type Told = Option<(Vec<SubjectKey>, BTreeSet<SubjectKey>)>;

fn told(outcome: &RuleOutcome) -> Told {
    let found = outcome.findings.iter().map(|finding| finding.subject.key.clone());
    match outcome.state {
        RuleState::Evaluated => Some((found.collect(), outcome.decided.clone())),
        RuleState::NotComputable { .. } => None,
    }
}

async fn together(lake: &Lake, watched: Option<Watched>) -> Vec<(RuleId, Told)> {
    let (engine, data) = (lake.engine(), Arc::new(lake.data.clone()));
    let checked = engine.cross_check(data, Arc::new(book()), day(), watched.map(Arc::new));
    let outcomes = checked.await.unwrap();
    outcomes
        .iter()
        .map(|outcome| (outcome.rule.id.clone(), told(outcome)))
        .collect()
}

async fn alone(lake: &Lake, watched: Option<&Watched>) -> Vec<(RuleId, Told)> {
    let (engine, book) = (lake.engine(), book());
    let context = engine.tables(&lake.data, day()).await.unwrap();
    let mut all = Vec::new();
    for rule in &book.rules {
        let watched = watched.map(|watched| watched.get(&rule.header.id));
        let evaluated = rule_check::evaluate(&context, rule, &book.parameters, day(), watched).await;
        let told = match evaluated {
            Ok(Evaluation::Answered(answer)) => {
                let found = answer.findings.iter().map(|finding| finding.subject.key.clone());
                Some((found.collect(), answer.decided))
            }
            Ok(Evaluation::Unset { .. }) | Err(_) => None,
        };
        all.push((rule.header.id.clone(), told));
    }
    all
}

#[tokio::test]
async fn together_rules_find_and_decide_what_each_does_alone() {
    let lake = Lake::of(&[LAKE]);
    let all = together(&lake, None).await;
    assert_eq!(all, alone(&lake, None).await);
    let keys = |ids: &[u64]| ids.iter().map(|id| SubjectKey::Id(*id)).collect::<Vec<_>>();
    let told = |id: &str| {
        let told = all.iter().find(|(rule, _)| rule.as_str() == id);
        told.unwrap().1.clone()
    };
    assert_eq!(told("A01").unwrap().0, keys(&[1, 3, 4]));
    assert_eq!(told("A02").unwrap().0, keys(&[1, 3]));
    assert_eq!(
        told("A05"),
        None,
        "a division by nobody fails together as it does alone"
    );
    assert_eq!(told("A06").unwrap().0, keys(&[]));
}

#[tokio::test]
async fn of_those_watched_it_is_told_who_is_clean_and_of_nobody_else() {
    let lake = Lake::of(&[LAKE]);
    let watched: Watched = ["A01", "A02", "A04", "A06"]
        .map(|id| {
            (
                RuleId::parse(id).unwrap(),
                HashSet::from([SubjectKey::Id(2), SubjectKey::Id(4)]),
            )
        })
        .into();
    let all = together(&lake, Some(watched.clone())).await;
    assert_eq!(all, alone(&lake, Some(&watched)).await);
    let (found, decided) = all[0].1.clone().unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(decided, [SubjectKey::Id(2), SubjectKey::Id(4)].into());
}

#[tokio::test]
async fn what_is_shared_has_the_same_rows_whether_it_fits_or_not() {
    let lake = Lake::of(&[LAKE]);
    let engine = lake.engine();
    let context = engine.tables(&lake.data, day()).await.unwrap();
    let table = tables::find("declared_income").unwrap();
    let own = context.table_provider(table.name).await.unwrap();
    let mut all: Vec<Vec<RecordBatch>> = Vec::new();
    for (bytes_max, readings) in [(0, 2), (1, 2), (1 << 20, 2), (1 << 20, 1)] {
        let room = Arc::new(Room::of(bytes_max));
        let source = Source::Table(Arc::clone(&own), context.clone(), 5);
        let shared = Arc::new(Shared::of(table.schema(), source, &room));
        for _ in 0..readings {
            shared.will_be_read(Some(&[0, 2]));
        }
        let reader = engine.context_of_one();
        reader
            .register_table("shared", Arc::clone(&shared) as Arc<dyn TableProvider>)
            .unwrap();
        // The second asks for a column nobody said would be read.
        for columns in ["household_id, year", "household_id, year, net_income_fen"] {
            let sql = format!("SELECT {columns} FROM shared WHERE year = 2023 ORDER BY 1, 2");
            all.push(reader.sql(&sql).await.unwrap().collect().await.unwrap());
        }
        assert_eq!(room.is_empty(), bytes_max < 1 << 20 || readings == 1);
        for _ in 0..readings {
            shared.was_read().await;
        }
        assert!(room.is_empty(), "the last reader gives everything back");
    }
    let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    for pair in all.chunks(2) {
        assert_eq!((rows(&pair[0]), rows(&pair[1])), (4, 4));
        assert_eq!(pair[0], all[0]);
        assert_eq!(pair[1], all[1]);
    }
}

#[tokio::test]
async fn a_step_is_worked_out_once_whether_it_fits_or_goes_to_disk() {
    let lake = Lake::of(&[LAKE]);
    let engine = lake.engine();
    let context = engine.tables(&lake.data, day()).await.unwrap();
    let told = context
        .sql("SELECT household_id, year FROM declared_income")
        .await;
    let told = told.unwrap().collect().await.unwrap();
    for bytes_max in [0, 1 << 20] {
        let times = Arc::new(AtomicUsize::new(0));
        let (counted, batches) = (Arc::clone(&times), told.clone());
        let rows = computed::table(told[0].schema(), move || {
            counted.fetch_add(1, Ordering::Relaxed);
            stream::iter(batches.clone().into_iter().map(Ok)).boxed()
        });
        let reader = engine.context_of_one();
        reader.register_table("told", Arc::new(rows)).unwrap();
        let sql = "SELECT year, count(*) AS homes, max(household_id) AS last FROM told GROUP BY year";
        let step = reader.sql(sql).await.unwrap().into_unoptimized_plan();
        let room = Arc::new(Room::of(bytes_max));
        let schema = Arc::clone(step.schema().inner());
        let source = Source::Step(step, Arc::new(reader.state()));
        let shared = Arc::new(Shared::of(schema, source, &room));
        for columns in [[0, 1], [0, 2]] {
            shared.will_be_read(Some(&columns));
        }
        reader
            .register_table("step", Arc::clone(&shared) as Arc<dyn TableProvider>)
            .unwrap();
        for (columns, expected) in [("year, homes", (2022, 1)), ("year, last", (2022, 1))] {
            let sql = format!("SELECT {columns} FROM step ORDER BY year");
            let read = reader.sql(&sql).await.unwrap().collect().await.unwrap();
            assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
            let years = read[0].column(0).as_primitive::<Int64Type>();
            let others = arrow_cast::cast(read[0].column(1), &DataType::Int64).unwrap();
            let first = (years.value(0), others.as_primitive::<Int64Type>().value(0));
            assert_eq!(first, expected, "{columns} with room for {bytes_max}");
            shared.was_read().await;
        }
        assert_eq!(times.load(Ordering::Relaxed), 1, "with room for {bytes_max}");
        assert!(room.is_empty());
    }
}
