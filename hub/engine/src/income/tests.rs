//! Income over small canonical tables, read as SQL reads it.
//! Here because the derived tables are a promise to rules: what is counted where, once, and what is not counted.
//! In: tables written as TOML. Out: assertions over queries.
//! Not here: which rows are one payment in every case (reconcile's own tests).

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use datafusion::datasource::MemTable;

use super::*;
use crate::{rule_example, session};

/// A session with the derived tables as of `day`, over the rows of `text`.
fn session(text: &str, day: (i32, u32, u32)) -> SessionContext {
    bounded(text, day, Bounds::default())
}

fn bounded(text: &str, day: (i32, u32, u32), bounds: Bounds) -> SessionContext {
    let rows: BTreeMap<String, Vec<toml::Table>> = toml::from_str(text).unwrap();
    let runtime = session::runtime(1 << 26).unwrap();
    let (context, inputs) = (session::context(&runtime, 2), session::context(&runtime, 2));
    for name in INPUTS {
        let table = tables::find(name).unwrap();
        let rows = rows.get(name).map(Vec::as_slice).unwrap_or_default();
        let batch = rule_example::batch(table, rows).unwrap().unwrap();
        let rows = MemTable::try_new(table.schema(), vec![vec![batch]]).unwrap();
        inputs.register_table(name, Arc::new(rows)).unwrap();
    }
    let day = NaiveDate::from_ymd_opt(day.0, day.1, day.2).unwrap();
    register_bounded(&context, inputs, day, bounds).unwrap();
    context
}

/// The rows of `sql`, each as its values joined by `|`.
async fn ask(context: &SessionContext, sql: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in context.sql(sql).await.unwrap().collect().await.unwrap() {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| arrow_cast::cast(column, &arrow_schema::DataType::Utf8).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| {
                let text = column.as_string::<i32>();
                if arrow_array::Array::is_null(text, row) {
                    "-"
                } else {
                    text.value(row)
                }
            });
            lines.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    lines
}

const FAMILY: &str = r#"
household = [{ household_id = 1, household_no = "H1", people_now = 4, _stream = "spine/members" }]
membership = [
  { household_id = 1, person_id = 10, household_no = "H1" },
  { household_id = 1, person_id = 11, household_no = "H1" },
  { household_id = 1, person_id = 12, household_no = "H1" },
  { household_id = 2, person_id = 12, household_no = "H2" },
]
declared_income = [
  { household_id = 1, household_no = "H1", year = 2023, net_income_fen = 1000000, people_year = 3, wage_fen = 900000, public_post_fen = 200000, business_fen = 300000, business_cost_fen = 250000, cost_subsidy_fen = 50000, property_fen = 0, transfer_fen = 50000, low_income_benefit_fen = 40000, _run = "B" },
  { household_id = 1, household_no = "H1", year = 2023, net_income_fen = 1, people_year = 9, _run = "A" },
]
income_event = [
  { person_id = 10, category = "transfer", item = "最低生活保障金", amount_fen = 30000, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", _stream = "payer/roll", _locator = "a!1" },
  { person_id = 10, category = "transfer", item = "最低生活保障金", amount_fen = 30000, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", _stream = "payer/roll", _locator = "a!2" },
  { person_id = 10, category = "transfer", item = "低保金", amount_fen = 45000, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", _stream = "spine/incomes", _locator = "b!1" },
  { person_id = 11, category = "wage", item = "务工收入", amount_fen = 400000, period_from = 2023-10-01, period_to = 2023-10-31, semantic = "monthly", _stream = "payer/work" },
  { household_id = 1, category = "business", item = "带贫增收", amount_fen = 70000, period_from = 2023-01-01, period_to = 2023-12-31, semantic = "yearly", _stream = "payer/gains" },
  { person_id = 11, category = "business_cost", item = "化肥", amount_fen = 20000, period_from = 2023-09-05, period_to = 2023-09-05, semantic = "once", _stream = "payer/shop" },
  { person_id = 11, category = "business_cost", item = "专项用于减少生产经营性支出的补贴", amount_fen = 30000, period_from = 2023-09-06, period_to = 2023-09-06, semantic = "once", _stream = "payer/shop" },
  { person_id = 12, category = "wage", item = "务工收入", amount_fen = 111, period_from = 2023-09-01, period_to = 2023-09-30, semantic = "monthly", _stream = "payer/work" },
  { person_id = 99, category = "wage", item = "务工收入", amount_fen = 222, period_from = 2023-09-01, period_to = 2023-09-30, semantic = "monthly", _stream = "payer/work" },
  { name = "无名", category = "wage", item = "务工收入", amount_fen = 333, period_from = 2023-09-01, period_to = 2023-09-30, semantic = "monthly", _stream = "payer/work" },
  { person_id = 10, category = "gift", item = "红包", amount_fen = 444, period_from = 2023-09-01, period_to = 2023-09-30, semantic = "monthly", _stream = "payer/work" },
  { person_id = 10, category = "wage", item = "务工收入", amount_fen = 555, semantic = "monthly", _stream = "payer/work" },
  { person_id = 10, category = "wage", item = "务工收入", amount_fen = 666, period_from = 2023-09-01, period_to = 2023-09-30, semantic = "weekly", _stream = "payer/work" },
  { person_id = 10, category = "wage", item = "务工收入", period_from = 2023-09-01, period_to = 2023-09-30, semantic = "monthly", _stream = "payer/work" },
]
"#;

#[tokio::test]
async fn declared_and_evidenced_stand_beside_each_other_by_item_and_window() {
    let context = session(FAMILY, (2023, 11, 20));
    let sql = r#"SELECT "window", year, category, item, declared_fen, evidenced_fen, difference_fen, disputed_fen, sources,
                 "rows", repeated_rows FROM household_income WHERE household_id = 1"#;
    assert_eq!(
        ask(&context, sql).await,
        [
            "accounting_year|2023|wage|公益性岗位收入|200000|-|-|0|0|0|0",
            "accounting_year|2023|wage|其他工资性收入|700000|-|-|0|0|0|0",
            "accounting_year|2023|business|其他生产经营性收入|300000|70000|-230000|0|1|1|0",
            "accounting_year|2023|transfer|最低生活保障金|40000|30000|-10000|15000|2|3|1",
            "accounting_year|2023|transfer|其他转移性收入|10000|-|-|0|0|0|0",
            "accounting_year|2023|business_cost|专项用于减少生产经营性支出的补贴|-50000|-30000|20000|0|1|1|0",
            "accounting_year|2023|business_cost|生产经营性支出|250000|20000|-230000|0|1|1|0",
            "accounting_year|2024|wage|其他工资性收入|-|400000|-|0|1|1|0",
            "rolling|-|wage|其他工资性收入|-|400000|-|0|1|1|0",
            "rolling|-|transfer|最低生活保障金|-|30000|-|15000|2|3|1",
            "rolling|-|business_cost|专项用于减少生产经营性支出的补贴|-|-30000|-|0|1|1|0",
            "rolling|-|business_cost|生产经营性支出|-|20000|-|0|1|1|0",
        ]
    );
    let days = r#"SELECT DISTINCT window_from, window_to FROM household_income WHERE "window" = 'rolling'"#;
    assert_eq!(ask(&context, days).await, ["2022-11-01|2023-10-31"]);
}

#[tokio::test]
async fn net_income_is_what_the_form_says_and_is_divided_by_both_counts_of_people() {
    let context = session(FAMILY, (2023, 11, 20));
    let sql = r#"SELECT "window", year, business_cost_declared_fen, business_cost_evidenced_fen, net_declared_fen,
                 net_computed_fen, net_evidenced_fen, people_year, people_now, per_capita_declared_fen,
                 per_capita_declared_now_fen, per_capita_evidenced_fen, per_capita_evidenced_now_fen, left_out_fen
                 FROM household_net_income"#;
    assert_eq!(
        ask(&context, sql).await,
        [
            "accounting_year|2023|200000|0|1000000|1050000|100000|3|4|333333|250000|33333|25000|0",
            "accounting_year|2024|-|-|-|-|400000|-|4|-|-|-|100000|0",
            "rolling|-|-|0|-|-|430000|3|4|-|-|143333|107500|70000",
        ]
    );
}

#[tokio::test]
async fn a_row_told_twice_counts_once_however_it_spells_a_person_who_is_known() {
    let text = r#"
membership = [{ household_id = 1, person_id = 10, household_no = "H1" }]
income_event = [
  { person_id = 10, id_text = "34", name = "甲乙", category = "wage", item = "公益性岗位收入", amount_fen = 700, period_from = 2023-07-01, period_to = 2023-07-31, semantic = "monthly", paid_on = 2023-07-25, unit_read = "元", _stream = "payer/sheet" },
  { person_id = 10, id_text = "'34", name = "甲 乙", category = "wage", item = "公益性岗位收入", amount_fen = 700, period_from = 2023-07-01, period_to = 2023-07-31, semantic = "monthly", paid_on = 2023-07-25, unit_read = "万元", _stream = "payer/sheet" },
  { person_id = 10, id_text = "34", name = "甲乙", category = "wage", item = "公益性岗位收入", amount_fen = 700, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", paid_on = 2023-08-25, _stream = "payer/sheet" },
  { person_id = 10, id_text = "34", name = "甲乙", category = "wage", item = "公益性岗位收入", amount_fen = 700, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", paid_on = 2023-08-26, _stream = "payer/sheet" },
  { name = "丙", category = "wage", item = "公益性岗位收入", amount_fen = 700, period_from = 2023-07-01, period_to = 2023-07-31, semantic = "monthly", _stream = "payer/sheet" },
  { name = "丁", category = "wage", item = "公益性岗位收入", amount_fen = 700, period_from = 2023-07-01, period_to = 2023-07-31, semantic = "monthly", _stream = "payer/sheet" },
]
"#;
    let context = session(text, (2023, 11, 20));
    let sql = r#"SELECT person_id, period_from, amount_fen, "rows", repeated_rows FROM income_payment
                 ORDER BY person_id, period_from"#;
    assert_eq!(
        ask(&context, sql).await,
        [
            "10|2023-07-01|700|2|1",
            "10|2023-08-01|1400|2|0",
            "-|2023-07-01|700|1|0",
            "-|2023-07-01|700|1|0",
        ]
    );
}

#[tokio::test]
async fn what_counts_in_no_household_is_told_with_its_reason() {
    let context = session(FAMILY, (2023, 11, 20));
    let sql = r#"SELECT unplaced, count(*), sum(amount_fen), count(household_id) FROM income_payment
                 WHERE unplaced IS NOT NULL GROUP BY unplaced ORDER BY unplaced"#;
    assert_eq!(
        ask(&context, sql).await,
        [
            "no_amount|1|0|0",
            "no_household|2|555|0",
            "several_households|1|111|0",
            "undated|1|555|0",
            "unknown_category|1|444|0",
            "unknown_semantic|1|666|0",
        ]
    );
    let all = r#"SELECT sum("rows") FROM income_payment"#;
    assert_eq!(ask(&context, all).await, ["14"], "no row is lost");
}

#[tokio::test]
async fn an_empty_lake_has_empty_accounts_and_a_rule_plans_over_them() {
    let context = session("", (2023, 11, 20));
    for table in [
        &tables::INCOME_PAYMENT,
        &tables::HOUSEHOLD_INCOME,
        &tables::HOUSEHOLD_NET_INCOME,
    ] {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        assert_eq!(ask(&context, &sql).await, ["0"], "{}", table.name);
    }
}

/// A hundred households with declarations of two years and work, and people of none.
fn village() -> String {
    let mut text = String::new();
    let mut table = |name: &str, rows: &mut dyn Iterator<Item = String>| {
        text += &format!("{name} = [{}]\n", rows.collect::<Vec<_>>().join(", "));
    };
    let homes = 1..=100_u32;
    table("household", &mut homes.clone().map(|home| {
        format!("{{ household_id = {home}, household_no = \"H{home}\", people_now = {}, _stream = \"spine/members\" }}", home % 5 + 1)
    }));
    table(
        "membership",
        &mut homes.clone().map(|home| {
            format!(
                "{{ household_id = {home}, person_id = {}, household_no = \"H{home}\" }}",
                home * 10
            )
        }),
    );
    let years = homes.clone().flat_map(|home| [(home, 2022), (home, 2023)]);
    table("declared_income", &mut years.map(|(home, year)| {
        format!(
            "{{ household_id = {home}, household_no = \"H{home}\", year = {year}, net_income_fen = {home}, \
             wage_fen = {}, people_year = 2, _run = \"A\" }}",
            home * 7
        )
    }));
    table(
        "income_event",
        &mut (0..=240_u32).map(|n| {
            let (owner, id) = if n % 3 == 0 {
                ("household_id", n / 2 + 1)
            } else {
                ("person_id", n / 2 * 10)
            };
            let nobody = if n % 50 == 7 {
                String::new()
            } else {
                format!("{owner} = {id}, ")
            };
            format!(
                "{{ {nobody}category = \"wage\", item = \"务工收入\", amount_fen = {n}, semantic = \"once\", \
             period_from = 2023-09-01, period_to = 2023-09-01, _stream = \"a/b\", name = \"{n}\" }}"
            )
        }),
    );
    text
}

#[tokio::test]
async fn several_passes_tell_what_one_tells_however_often_they_are_read() {
    let (village, day) = (village(), (2023, 11, 20));
    let one = session(&village, day);
    let several = bounded(
        &village,
        day,
        Bounds {
            events: 50,
            declarations: 30,
        },
    );
    for (table, rows) in [
        ("income_payment", 241),
        ("household_income", 0),
        ("household_net_income", 0),
    ] {
        let sql = format!("SELECT * FROM {table}");
        let mut expected = ask(&one, &sql).await;
        expected.sort_unstable();
        assert!(expected.len() >= rows.max(200), "{table}: {}", expected.len());
        for _ in 0..2 {
            let mut told = ask(&several, &sql).await;
            told.sort_unstable();
            assert_eq!(told, expected, "{table}");
        }
    }
}
