//! What rules cite together is what each cites alone.
//! Here because a table is read once for speed, and no cell may be missing under a warning for the sake of speed.
//! In: rules whose evidence asks in several ways, a small lake. Out: assertions.
//! Not here: cells (cells), what the shipped rules cite (their examples).

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};

use crate::cited_rows::{needed, of_parts};
use crate::evidence::{Cites, cites_of};
use crate::test_lake::Lake;
use crate::{Parameters, Rule, RuleBook};

const LAKE: &str = "
household = [
    { household_id = 1, household_no = '1', county = '甲县' }, { household_id = 2, household_no = '2', county = '甲县' },
    { household_id = 3, household_no = '3', county = '乙县' }, { household_id = 4, household_no = '4' },
]
person = [
    { person_id = 11, household_id = 1, household_no = '1', person_no = '11' },
    { person_id = 12, household_id = 1, household_no = '1', person_no = '12' },
    { person_id = 13, household_id = 3, household_no = '3', person_no = '13' },
]
declared_income = [
    { household_id = 1, household_no = '1', year = 2023, net_income_fen = 9000, people_year = 1 },
    { household_id = 1, household_no = '1', year = 2022, net_income_fen = 90000, people_year = 1 },
    { household_id = 2, household_no = '2', year = 2023, net_income_fen = 20000, people_year = 1 },
    { household_id = 3, household_no = '3', year = 2023, net_income_fen = 5000, people_year = 0 },
]";

/// By an id and more, by a text, by nothing that is equal, by two tables; and one whose condition fails for household 3.
const EVIDENCE: [(&str, &[(&str, &str)]); 5] = [
    (
        "A01",
        &[(
            "declared_income",
            "t.household_id = f.subject AND t.year = f.year",
        )],
    ),
    (
        "A02",
        &[("household", "t.county = f.county AND t.household_id <> f.subject")],
    ),
    ("A03", &[("declared_income", "t.net_income_fen < f.fen")]),
    (
        "A04",
        &[
            ("person", "f.subject = t.household_id"),
            ("household", "t.household_id = f.subject"),
        ],
    ),
    (
        "A05",
        &[
            ("declared_income", "t.household_id = f.subject"),
            (
                "declared_income",
                "t.household_id = f.subject AND f.fen / t.people_year > 0",
            ),
        ],
    ),
];

fn book() -> RuleBook {
    let rules = EVIDENCE.iter().map(|(id, evidence)| {
        let evidence = evidence.iter().map(|(table, on)| {
            format!("[[evidence]]\ntable = '{table}'\non = '{on}'\ncolumns = ['household_id']\n")
        });
        let text = format!(
            "id = '{id}'\nversion = 1\ntitle = 't'\ncategory = '收入'\nclause = '2'\ndepartment = 'd'\nsubject = 'household'\n\
             clears_when = 'c'\ntables = ['household']\nsentence = '{{fen}}'\nsql = 'SELECT 1'\n\
             [[band]]\nname = 'low'\nseverity = 'red'\nwhen = 'is_low'\nsays = 's'\n{}\
             [[example]]\nname = 'e'\nas_of = 2023-11-06\ntables.household = []\nexpect = []\n",
            evidence.collect::<String>()
        );
        Rule::parse(&text, &format!("{id}.toml"), &Parameters::default()).unwrap()
    });
    RuleBook::of(rules.collect(), Parameters::default())
}

/// Rows of a SELECT about these households.
fn rows(households: &[u64]) -> Vec<RecordBatch> {
    if households.is_empty() {
        return Vec::new();
    }
    let schema = Schema::new(vec![
        Field::new("subject", DataType::UInt64, true),
        Field::new("county", DataType::Utf8, true),
        Field::new("year", DataType::Int64, true),
        Field::new("fen", DataType::Int64, true),
        Field::new("unasked", DataType::Int64, true),
    ]);
    let count = households.len();
    let batch = RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(UInt64Array::from(households.to_vec())),
            Arc::new(StringArray::from(vec![Some("甲县"); count])),
            Arc::new(Int64Array::from(vec![Some(2023); count])),
            Arc::new(Int64Array::from(vec![Some(9500); count])),
            Arc::new(Int64Array::from(vec![Some(1); count])),
        ],
    );
    vec![batch.unwrap()]
}

/// What is cited, in an order of its own.
fn told(cites: &Cites) -> Vec<String> {
    let mut told = Vec::new();
    for (number, rows) in cites.rows.iter().enumerate() {
        for (source, citations) in rows {
            told.extend(
                citations
                    .iter()
                    .map(|citation| format!("{number} {source:?} {citation:?}")),
            );
        }
    }
    told.extend(cites.people.iter().map(|of| format!("{of:?}")));
    told.sort();
    told
}

#[tokio::test]
async fn together_rules_cite_what_each_does_alone() {
    let lake = Lake::of(&[LAKE]);
    let (engine, book) = (lake.engine(), Arc::new(book()));
    for (households, failing) in [
        (&[1_u64, 2] as &[u64], false),
        (&[1, 3, 9], true),
        (&[9], false),
        (&[], false),
    ] {
        let mut found = Vec::new();
        let mut alone = Vec::new();
        for rule in &book.rules {
            let context = engine.inputs(&lake.data).unwrap();
            alone.push(cites_of(&context, rule, rows(households)).await);
            found.push(needed(rule, rows(households)).unwrap());
        }
        // However few rows are shown at a time.
        for part_rows in [1, 2, 1000] {
            let together = of_parts(&engine, &lake.data, &book, found.clone(), part_rows).await;
            let pairs = together.unwrap().into_iter().zip(&alone).zip(&book.rules);
            for ((together, alone), rule) in pairs {
                match (together, alone) {
                    (Ok(together), Ok(alone)) => {
                        assert_eq!(told(&together), told(alone), "{}", rule.header.id)
                    }
                    (together, alone) => {
                        assert!(
                            failing && rule.header.id.as_str() == "A05",
                            "{together:?} {alone:?}"
                        );
                        assert!(together.is_err() && alone.is_err());
                    }
                }
            }
        }
    }
}

#[test]
fn of_the_rows_that_were_found_only_what_is_asked_for_is_kept() {
    let book = book();
    let kept = |at: usize| {
        let rows = needed(&book.rules[at], rows(&[1])).unwrap();
        let schema = rows[0].schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(kept(0), "subject year");
    assert_eq!(kept(1), "subject county");
    assert_eq!(kept(2), "subject fen");
}
