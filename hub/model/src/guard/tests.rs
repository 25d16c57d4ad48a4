//! Each drift planted once, and everything an honest month does.
//! Here because a guard that misses is worth nothing, and one that cries wolf is switched off.
//! In: profiles made by hand. Out: the drifts found.
//! Not here: how profiles come about (engine), what becomes of a part (end to end).

use super::*;

/// A profile of columns that hold these texts, row by row, under these headers.
fn profile(columns: &[(&str, &str)], rows: u64, cell: impl Fn(&str, u64) -> String) -> Profile {
    let mut digest = String::new();
    let mut out = Profile {
        rows,
        ..Profile::default()
    };
    let mut header = serde_json::Map::new();
    for (at, (name, place)) in columns.iter().enumerate() {
        let mut column = ColumnProfile {
            name: (*name).to_owned(),
            declared: "Utf8".to_owned(),
            ..ColumnProfile::default()
        };
        let mut magnitudes = Vec::new();
        let mut dates = std::collections::BTreeMap::new();
        for row in 0..rows {
            let text = cell(name, row);
            digest.push_str(&text);
            let Some(looked) = look(&text) else { continue };
            column.filled += 1;
            column.kinds[looked.kind as usize] += 1;
            magnitudes.extend(looked.magnitude);
            if let Some(month) = looked.month {
                *dates.entry(month).or_default() += 1;
            }
        }
        magnitudes.sort_unstable();
        column.numbers = magnitudes.len() as u64;
        column.month = month_of(&dates);
        column.magnitude = magnitudes.get(magnitudes.len() / 2).copied();
        out.columns.push(column);
        if !place.is_empty() {
            let letter = char::from(b'A' + u8::try_from(at).unwrap());
            header.insert((*name).to_owned(), format!("{letter}:{place}").into());
        }
    }
    out.digest = digest;
    out.layouts
        .extend(Layout::told(&serde_json::Value::Object(header).to_string()));
    out
}

const COLUMNS: [(&str, &str); 4] = [
    ("姓名", "姓名"),
    ("金额", "金额（元）"),
    ("月份", "发放月份"),
    ("备注", "备注"),
];

fn cell(month: u64) -> impl Fn(&str, u64) -> String {
    move |name, row| match name {
        "姓名" => format!("某{}", row % 7),
        "金额" => format!("{}.00", 600 + row % 90 + month),
        "月份" => format!("2023-{month:02}"),
        _ if row % 4 == 0 => "低保".to_owned(),
        _ => String::new(),
    }
}

fn month(month: u64, rows: u64) -> Profile {
    profile(&COLUMNS, rows, cell(month))
}

/// September and October, approved.
fn history() -> History {
    let parts = [("202309", month(9, 100)), ("202310", month(10, 104))];
    History {
        parts: parts.map(|(part, profile)| (part.to_owned(), profile)).into(),
    }
}

fn found(part: &str, now: &Profile) -> Vec<&'static str> {
    let drifts = history().compare(part, now, &Bounds::default());
    drifts.iter().map(Drift::bound).collect()
}

#[test]
fn an_honest_month_is_never_held() {
    let none: [&str; 0] = [];
    for (part, now) in [
        ("202311", month(11, 98)),
        ("202311", month(11, 78)),
        ("202311", month(11, 300)),
        // The same period again, as it was and corrected.
        ("202310", month(10, 104)),
        ("202309", month(9, 101)),
        // Told otherwise: nothing to be compared with.
        ("2023", month(11, 5)),
        ("all", month(11, 5)),
    ] {
        assert_eq!(found(part, &now), none, "{part} {}", now.rows);
    }
    assert_eq!(
        History::default().compare("202310", &month(10, 3), &Bounds::default()),
        []
    );
}

#[test]
fn each_drift_is_found_and_nothing_else_with_it() {
    let renamed = [COLUMNS[0], ("金额", "补差"), COLUMNS[2], COLUMNS[3]];
    let reordered = [COLUMNS[2], COLUMNS[1], COLUMNS[0], COLUMNS[3]];
    let vanished = [COLUMNS[0], COLUMNS[1], COLUMNS[2], ("备注", "")];
    let gone = |name: &str, row: u64| match name {
        "备注" => String::new(),
        _ => cell(11)(name, row),
    };
    let units = |name: &str, row: u64| match name {
        "金额" => format!("0.0{}", 600 + row % 90),
        _ => cell(11)(name, row),
    };
    let retyped = |name: &str, row: u64| match name {
        "月份" => "已发放".to_owned(),
        _ => cell(11)(name, row),
    };
    for (part, now, bound) in [
        ("202311", month(11, 77), "rows_fall_percent_max"),
        ("202310", month(10, 77), "rows_fall_percent_max"),
        ("202311", profile(&renamed, 100, cell(11)), "renamed_column"),
        ("202311", profile(&reordered, 100, cell(11)), "reordered_columns"),
        ("202311", profile(&vanished, 100, gone), "vanished_column"),
        ("202311", profile(&COLUMNS, 100, gone), "empty_percent_rise_max"),
        ("202311", profile(&COLUMNS, 100, units), "unit_shift_factor_max"),
        (
            "202311",
            profile(&COLUMNS, 100, retyped),
            "kind_change_percent_max",
        ),
        ("202311", month(10, 104), "same_content"),
        ("202308", month(8, 100), "older_period"),
    ] {
        assert_eq!(found(part, &now), [bound], "{part}");
    }
}

#[test]
fn what_a_bound_allows_is_not_held() {
    let bounds = Bounds {
        rows_fall_percent_max: 60,
        older_period: Reaction::Allow,
        same_content: Sameness::Allow,
        ..Bounds::default()
    };
    for (part, now) in [
        ("202311", month(11, 42)),
        ("202311", month(10, 104)),
        ("202308", month(8, 100)),
    ] {
        assert_eq!(history().compare(part, &now, &bounds), [], "{part}");
    }
    let fell = history().compare("202311", &month(11, 41), &bounds);
    assert_eq!(fell.len(), 1);
    let off = Bounds {
        enabled: false,
        ..Bounds::default()
    };
    assert_eq!(history().compare("202311", &month(11, 1), &off), []);
}

#[test]
fn an_increment_may_bring_one_row_and_a_short_list_may_halve() {
    let mut history = history();
    history.parts.insert("more-000001".to_owned(), month(9, 500));
    let bounds = Bounds::default();
    assert_eq!(history.compare("more-000002", &month(10, 1), &bounds), []);
    history.parts.insert("202311".to_owned(), month(11, 19));
    assert_eq!(history.compare("202312", &month(12, 2), &bounds), []);
}

#[test]
fn a_form_that_was_approved_once_is_known_for_good() {
    let mut history = history();
    let other = [COLUMNS[1], COLUMNS[0], COLUMNS[2], ("备注", "说明")];
    let bounds = Bounds::default();
    let now = profile(&other, 100, cell(11));
    assert_eq!(history.compare("202311", &now, &bounds).len(), 2);
    history.parts.insert("202311".to_owned(), now);
    assert_eq!(
        history.compare("202312", &profile(&other, 100, cell(12)), &bounds),
        []
    );
    assert_eq!(history.compare("202312", &month(12, 100), &bounds), []);
}

#[test]
fn a_register_may_be_the_same_and_a_months_roll_may_not() {
    let register = || profile(&COLUMNS[..2], 100, |name, row| cell(1)(name, row));
    let mut history = History::default();
    history.parts.insert("202309".to_owned(), register());
    let same =
        |history: &History, bounds: &Bounds| !history.compare("202311", &register(), bounds).is_empty();
    let default = Bounds::default();
    assert!(!same(&history, &default), "nothing in it tells a month");
    let always = Bounds {
        same_content: Sameness::Hold,
        ..Bounds::default()
    };
    assert!(same(&history, &always));
    // What never was the same twice is unlikely to be now; what was, is not.
    let other = profile(&COLUMNS[..2], 101, |name, row| cell(2)(name, row));
    history.parts.insert("202308".to_owned(), other);
    assert!(same(&history, &default));
    history.parts.insert("202310".to_owned(), register());
    assert!(!same(&history, &default));
    // One month of a roll is enough: its rows say which month they are of.
    let mut roll = History::default();
    roll.parts.insert("202310".to_owned(), month(10, 100));
    assert_eq!(roll.compare("202311", &month(10, 100), &default).len(), 1);
}

#[test]
fn headers_are_told_without_what_counts_months_members_or_people() {
    let layout = Layout::told(
        r#"{"姓名":"AA:成员12姓名","金额":"B:2023年10月金额","户":"C:341221199001011234","_flaw":"D14"}"#,
    )
    .unwrap();
    let told: Vec<_> = layout
        .headings
        .iter()
        .map(|heading| format!("{} {}", heading.column, heading.header))
        .collect();
    assert_eq!(told, ["金额 #年#月金额", "户 ##", "姓名 成员#姓名"]);
    assert!(layout.placed);
    let records = Layout::told(r#"{"aac003":":aac003","aae100":":aae100"}"#).unwrap();
    assert!(!records.placed);
    assert_eq!(Layout::told("{}"), None);
    assert_eq!(Layout::told("no JSON"), None);
}

#[test]
fn texts_have_kinds_and_numbers_a_size() {
    for (text, kind, magnitude) in [
        ("716", Kind::Integer, Some(285)),
        ("1,234.50", Kind::Decimal, Some(309)),
        ("￥0.0716", Kind::Decimal, Some(-115)),
        ("-12", Kind::Integer, Some(108)),
        ("0", Kind::Integer, None),
        ("2023", Kind::Integer, Some(331)),
        ("341221196805121234", Kind::Integer, Some(1753)),
        ("202310", Kind::Date, None),
        ("20231018", Kind::Date, None),
        ("2023.9", Kind::Date, None),
        ("2023年10月", Kind::Date, None),
        ("2023/10/8 12:30", Kind::Date, None),
        ("209913", Kind::Integer, Some(532)),
        ("3.41221E+17", Kind::Other, None),
        ("1234-5678", Kind::Other, None),
        ("王", Kind::Other, None),
        ("-", Kind::Other, None),
        ("1.2.3", Kind::Other, None),
    ] {
        let looked = look(text).unwrap();
        assert_eq!((looked.kind, looked.magnitude), (kind, magnitude), "{text}");
    }
    assert_eq!(look(" \u{3000}"), None);
    assert_eq!(
        [285, -115, 532, 1753].map(about),
        ["710", "0.071", "21万", "3.4e17"]
    );
}

#[test]
fn past_periods_suggest_bounds_and_change_none() {
    let mut history = History::default();
    let bounds = Bounds::default();
    for (nth, rows) in [100, 96, 99, 97, 98].into_iter().enumerate() {
        let part = format!("2023{:02}", nth + 1);
        history.parts.insert(part, month(nth as u64 + 1, rows));
        if nth < 3 {
            assert_eq!(suggest(&history, &bounds), []);
        }
    }
    let suggested = suggest(&history, &bounds);
    let of = |key: &str| {
        suggested
            .iter()
            .find(|found| found.key == key)
            .map(|found| found.suggested.as_str())
    };
    assert_eq!(of("rows_fall_percent_max"), Some("9"));
    assert_eq!(of("same_content"), None);
    let mut still = History::default();
    for nth in 1..=4 {
        still.parts.insert(format!("20230{nth}"), month(1, 50));
    }
    assert!(
        suggest(&still, &bounds)
            .iter()
            .any(|found| found.key == "same_content")
    );
}

#[test]
fn written_bounds_lie_over_those_below_and_mistakes_are_named() {
    let written: BoundsWritten =
        crate::from_toml("rows_fall_percent_max = 60\nsame_content = \"allow\"", "x.toml").unwrap();
    let bounds = written.over(&Bounds::default());
    assert_eq!(bounds.rows_fall_percent_max, 60);
    assert_eq!(bounds.same_content, Sameness::Allow);
    assert_eq!(bounds.rows_min, Bounds::default().rows_min);
    for key in BoundsWritten::KEYS {
        assert!(bounds.written(key).is_some(), "{key}");
        let is_written = ["rows_fall_percent_max", "same_content"].contains(&key);
        assert_eq!(written.says(key), is_written, "{key}");
    }
    let unknown = crate::from_toml::<BoundsWritten>("rows_fall_percent = 1", "x.toml").unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("did you mean `rows_fall_percent_max`"),
        "{unknown}"
    );
    for text in [
        "rows_fall_percent_max = 0",
        "kind_change_percent_max = 101",
        "unit_shift_factor_max = 1",
        "rows_min = 0",
    ] {
        let written: BoundsWritten = crate::from_toml(text, "x.toml").unwrap();
        let (key, _) = written.mistake().unwrap();
        assert!(text.starts_with(key));
    }
}
