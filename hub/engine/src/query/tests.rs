//! Questions over real files: what is answered, what is masked, what is refused and where the mistake is.
//! Here because masking must hold against SQL that tries to walk around it.
//! In: a small lake written for the test. Out: assertions.
//! Not here: the command line (end-to-end).

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;

use super::*;
use crate::test_lake::Lake;

const PEOPLE: &str = r#"
person = [
  { person_id = 1, household_id = 1, household_no = "H1", id_no = "11010519491231002X", id_text = "11010519491231002X", name = "王秀兰", birth_date = 1949-12-31, phone = "13800001234" },
  { person_id = 2, household_id = 1, household_no = "H1", name = "张三" },
  { person_id = 3, household_id = 2, household_no = "H2", id_text = "李四", name = "李四" },
]
"#;

impl Lake {
    async fn ask(&self, sql: &str, reveal: bool) -> Result<Answer> {
        let question = Question {
            sql: sql.to_owned(),
            rows_max: 2,
            reveal,
            day: NaiveDate::from_ymd_opt(2023, 11, 1).unwrap(),
        };
        let engine = self.engine();
        let prepared = engine.prepare(&self.data, &question).await?;
        engine.answer(prepared).await
    }
}

/// The first column as texts.
fn texts(answer: &Answer) -> Vec<String> {
    let text = |batch: &arrow_array::RecordBatch| {
        let column = arrow_cast::cast(batch.column(0), &arrow_schema::DataType::Utf8).unwrap();
        let text = |value: Option<&str>| value.unwrap_or("NULL").to_owned();
        column.as_string::<i32>().iter().map(text).collect::<Vec<_>>()
    };
    answer.batches().iter().flat_map(text).collect()
}

#[tokio::test]
async fn personal_values_are_masked_however_they_are_asked_for() {
    let lake = Lake::of(&[PEOPLE]);
    for (sql, seen) in [
        (
            "SELECT id_no FROM person WHERE person_id = 1",
            "110105********002X",
        ),
        ("SELECT name FROM person WHERE person_id = 1", "王**"),
        ("SELECT phone AS p FROM person WHERE person_id = 1", "138****1234"),
        ("SELECT birth_date FROM person WHERE person_id = 1", "1949-01-01"),
        ("SELECT id_text FROM person WHERE person_id = 3", "****"),
        (
            "SELECT substr(id_no, 7, 8) FROM person WHERE person_id = 1",
            "********",
        ),
        (
            "SELECT concat('<', name, '>') FROM person WHERE person_id = 2",
            "<张*>",
        ),
        (
            "SELECT max(x.n) FROM (SELECT name AS n FROM person WHERE person_id = 1) x",
            "王**",
        ),
        ("SELECT (SELECT name FROM person p WHERE p.person_id = 1)", "王**"),
        // One character at a time, by way of a filter, an order or a join.
        ("SELECT count(*) FROM person WHERE id_no LIKE '11010519%'", "0"),
        (
            "SELECT count(*) FROM person a JOIN person b ON a.name = '王秀兰'",
            "0",
        ),
        (
            "SELECT person_id FROM person WHERE name < '王秀' ORDER BY name DESC LIMIT 1",
            "1",
        ),
        // What needs no value still works.
        ("SELECT count(*) FROM person WHERE id_no IS NULL", "2"),
        ("SELECT count(id_no) FROM person", "1"),
    ] {
        let answer = lake.ask(sql, false).await.unwrap();
        assert_eq!(texts(&answer), [seen], "{sql}");
        let reads = ["id_no", "id_text", "name", "phone", "birth_date"]
            .iter()
            .any(|column| sql.contains(column));
        assert_eq!(
            answer.personal().is_empty(),
            !reads,
            "{sql}: {:?}",
            answer.personal()
        );
    }
    let revealed = lake
        .ask("SELECT id_no FROM person WHERE name = '王秀兰'", true)
        .await
        .unwrap();
    assert_eq!(texts(&revealed), ["11010519491231002X"]);
    assert_eq!(revealed.personal(), ["person.id_no", "person.name"]);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_line_and_column() {
    let lake = Lake::of(&[PEOPLE]);
    for (sql, told) in [
        ("SELECT person_id,\n       nam FROM person", "SQL:2:8: "),
        ("SELECT 1 FROM persons", "SQL:1:15: "),
        ("SELEC 1", "SQL:1:1: "),
        ("SELECT 1 FROM person WHERE", "SQL:1:"),
        ("SELECT nosuch(1)", "SQL:1:"),
        ("DELETE FROM person", "only a SELECT"),
        ("CREATE TABLE x AS SELECT 1", "only a SELECT"),
        ("EXPLAIN SELECT 1", "only a SELECT"),
        ("SELECT 1; SELECT 2", "one SELECT at a time"),
        ("SELECT 1 INTO x", "SQL:1:"),
        ("", "there is no SELECT"),
        ("SELECT now()", "now() is not allowed"),
        ("SELECT random() FROM person", "random() is not allowed"),
        ("SELECT * FROM person WHERE data_date < current_date()", "SQL:1:"),
        (
            "SELECT a.name, b.name FROM person a JOIN person b USING (person_id)",
            "two columns are called name",
        ),
        ("SELECT * FROM '/etc/passwd'", "SQL:1:"),
        ("SELECT * FROM information_schema.tables", "SQL:1:"),
    ] {
        let error = lake.ask(sql, false).await.unwrap_err().to_string();
        assert!(error.contains(told), "{sql}\n{error}");
    }
}

#[tokio::test]
async fn an_answer_ends_at_its_limit_and_says_so() {
    let lake = Lake::of(&[PEOPLE]);
    let whole = lake
        .ask(
            "SELECT person_id FROM person WHERE person_id < 3 ORDER BY 1",
            false,
        )
        .await
        .unwrap();
    assert_eq!((whole.rows(), whole.cut), (2, false));
    let cut = lake
        .ask("SELECT person_id FROM person ORDER BY 1", false)
        .await
        .unwrap();
    assert_eq!(
        (texts(&cut), cut.cut),
        (vec!["1".to_owned(), "2".to_owned()], true)
    );
    let none = lake.ask("SELECT household_id FROM loan", false).await.unwrap();
    assert_eq!(
        (none.rows(), none.cut, none.schema().fields().len()),
        (0, false, 1)
    );
}

#[tokio::test]
async fn a_question_that_nests_without_end_is_refused_and_does_not_fall_over() {
    let lake = Lake::of(&[PEOPLE]);
    for sql in [
        format!("SELECT {}1", "1+".repeat(5_000)),
        format!("SELECT {}1{}", "(".repeat(3_000), ")".repeat(3_000)),
        format!("SELECT 1 WHERE {}true", "NOT ".repeat(3_000)),
        format!("SELECT {}", "CASE WHEN true THEN ".repeat(600)),
        "x".repeat(TEXT_MAX + 1),
    ] {
        assert!(lake.ask(&sql, false).await.is_err());
    }
    let long = format!(
        "SELECT count(*) FROM person WHERE person_id IN ({}1)",
        "1,".repeat(2_000)
    );
    assert_eq!(texts(&lake.ask(&long, false).await.unwrap()), ["1"]);
}

#[tokio::test]
async fn an_answer_becomes_a_new_parquet_file() {
    let lake = Lake::of(&[PEOPLE]);
    let answer = lake.ask("SELECT count(*) AS n FROM person", false).await.unwrap();
    let path = lake.folder.path().join("answer.parquet");
    answer.write_parquet(&path).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let mut read = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 8).unwrap();
    let batch = read.next().unwrap().unwrap();
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().value(0), 3);
    assert!(
        answer.write_parquet(&path).is_err(),
        "what is there is not overwritten"
    );
}

#[test]
fn the_audit_log_gets_no_literal() {
    let asked = "SELECT name FROM person WHERE id_no = '11010519491231002X' AND year > 2023 -- 王秀兰";
    let told = allowed::redacted(asked);
    assert_eq!(told, "SELECT name FROM person WHERE id_no = ? AND year > ?  ");
}
