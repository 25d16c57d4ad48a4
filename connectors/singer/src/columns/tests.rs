//! What becomes of each kind of value, and of what is no record.
//! Here because types are a promise: an identifier is never a float, and nothing is lost in silence.
//! In: one record each. Out: the row's cells and its flaw.
//! Not here: streams of records (reading).

use super::*;
use plugin_api::arrow::array::Array;
use plugin_api::arrow::array::cast::AsArray;
use plugin_api::arrow::array::types::Int64Type;

fn columns() -> Columns {
    let column = |(name, kind): (&str, Kind)| Column {
        name: format!("列{name}"),
        property: name.to_owned(),
        kind,
    };
    let all = [
        ("text", Kind::Text),
        ("number", Kind::Number),
        ("whole", Kind::Integer),
        ("yes", Kind::Boolean),
        ("any", Kind::Any),
    ];
    Columns::new(&all.map(column), Some("at"), "s#", "all".into())
}

/// The cells of one record as text, and its flaw.
fn row(raw: &str) -> (Vec<String>, Option<String>) {
    let mut columns = columns();
    columns.record(raw, is_damaged(raw), 7);
    let batch = columns.take().unwrap().unwrap();
    assert_eq!(batch.num_rows(), 1, "{raw}");
    assert_eq!(
        batch
            .column_by_name("_locator")
            .unwrap()
            .as_string::<i32>()
            .value(0),
        "s#7"
    );
    let cells = batch.columns().iter().take(5).map(|array| {
        if array.is_null(0) {
            "-".to_owned()
        } else if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
            numbers.value(0).to_string()
        } else if let Some(answers) = array.as_boolean_opt() {
            answers.value(0).to_string()
        } else {
            array.as_string::<i32>().value(0).to_owned()
        }
    });
    let cells = cells.collect();
    let header = batch
        .column_by_name("_header")
        .unwrap()
        .as_dictionary::<Int32Type>();
    let header = header.downcast_dict::<StringArray>().unwrap();
    let header: serde_json::Value =
        serde_json::from_str(header.into_iter().next().unwrap().unwrap()).unwrap();
    assert_eq!(header["列any"], ":any");
    (cells, header["_flaw"].as_str().map(str::to_owned))
}

#[test]
fn good_values_arrive_with_every_digit() {
    for (raw, cells) in [
        (
            r#"{"text":"王\u5efa军","number":12000.50,"whole":-9007199254740993,"yes":true,"any":{"a": [1]}}"#,
            ["王建军", "12000.50", "-9007199254740993", "true", r#"{"a": [1]}"#],
        ),
        (
            r#"{"any":341202196507041013.00,"extra":[[]],"number":"1E3","whole":"12","text":34}"#,
            ["34", "1E3", "12", "-", "341202196507041013.00"],
        ),
        (
            r#"{"text":null,"number":"","yes":null}"#,
            ["-", "-", "-", "-", "-"],
        ),
    ] {
        assert_eq!(row(raw), (cells.map(str::to_owned).to_vec(), None), "{raw}");
    }
}

#[test]
fn what_cannot_be_trusted_is_a_row_with_its_reason() {
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(VALUE_BYTES_MAX + 1));
    for (raw, code) in [
        (r#"{"whole":1.5}"#, "D16"),
        (r#"{"whole":12345678901234567890}"#, "D16"),
        (r#"{"yes":"true"}"#, "D16"),
        (r#"{"text":{"a":1}}"#, "D16"),
        (r#"[1]"#, "D16"),
        (r#"{"text":"a""#, "D16"),
        (r#"{"text":"a","text":"b"}"#, "D17"),
        ("{\"text\":\"\u{FFFD}\"}", "D14"),
        (r#"{"text":"\ud800"}"#, "D14"),
        (r#"{"text":"锟斤拷"}"#, "D14"),
        (&long, "D09"),
    ] {
        assert_eq!(
            row(raw).1.as_deref(),
            Some(code),
            "{}",
            raw.chars().take(40).collect::<String>()
        );
    }
}

#[test]
fn the_replication_key_is_told_though_no_column_asks_for_it() {
    let mut columns = columns();
    assert_eq!(
        columns.record(r#"{"at":"2023-10-01","text":"a"}"#, false, 1),
        Some("\"2023-10-01\"")
    );
    assert_eq!(columns.record(r#"{"at":null}"#, false, 2), None);
    assert_eq!(columns.rows(), 2);
}
