//! JSON in all the ways it comes, against every door it comes in by: an array, a line, an answer.
//! Here because a parser that takes one wrong document takes a wrong number for a family's.
//! In: suite.txt, 95 documents to accept, 188 to refuse, 35 whose outcome is written beside them. Out: assertions.
//! Not here: what is too deep or too large to stand in a list (the hostile corpus of the end-to-end tests).

use super::*;
use crate::http::paths;

/// Puts the bytes for the marks.
fn unmarked(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, piece) in text.split('⟨').enumerate() {
        let (mark, plain) = match index {
            0 => ("", piece),
            _ => piece.split_once('⟩').unwrap(),
        };
        let (mark, times) = mark.split_once('*').unwrap_or((mark, "1"));
        let marked = hex::decode(mark).unwrap();
        bytes.extend(marked.repeat(times.parse().unwrap()));
        bytes.extend_from_slice(plain.as_bytes());
    }
    bytes
}

/// What becomes of a record.
fn outcome(rows: &Rows) -> String {
    match rows.flaws.first() {
        Some((_, flaw)) => flaw.code().to_owned(),
        None => "taken".to_owned(),
    }
}

/// As a value of a record in an array.
fn in_an_array(record: &str) -> String {
    from_json(&format!("[{record}]"), "").map_or_else(|_| "refused".to_owned(), |(rows, _)| outcome(&rows))
}

/// As a value of a record on a line of its own.
fn on_a_line(record: &str) -> String {
    let mut rows = Rows::default();
    let mut records = json::Records::new(fields());
    let walked = json::lines(record.as_bytes(), &mut |raw| {
        rows.row(0)?;
        records.record(raw, &mut rows);
        Ok::<(), Error>(())
    });
    walked.map_or_else(|_| "refused".to_owned(), |_| outcome(&rows))
}

#[test]
fn what_is_json_is_taken_what_is_none_is_refused_and_what_is_open_is_written_down() {
    let (mut accepted, mut refused, mut documented) = (0, 0, 0);
    for line in include_str!("suite.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (kind, text) = line.split_once(' ').unwrap();
        let (expect, text) = match kind {
            "i" => text.split_once(' ').unwrap(),
            "y" => ("taken", text),
            _ => ("refused", text),
        };
        let bytes = unmarked(text);
        let text = String::from_utf8_lossy(&bytes);
        let record = format!("{{\"aac147\":{text}}}");
        assert_eq!(in_an_array(&record), expect, "{line}");
        // A line is a record of its own: what is no JSON is that row's fault.
        if !text.contains(['\n', '\r']) {
            let of_a_line = if expect == "refused" { "D16" } else { expect };
            assert_eq!(on_a_line(&record), of_a_line, "{line}");
        }
        if kind == "i" {
            documented += 1;
            continue;
        }
        // Where no column asks for it, and as a whole document, by both readers.
        let beside = format!("{{\"aac147\":\"1\",\"zz\":{text}}}");
        assert_eq!(in_an_array(&beside), expect, "{line}");
        let whole = json::walk(text.as_bytes(), &Pointer::parse("").unwrap(), &mut |_| {
            Ok::<(), Error>(())
        });
        let answer = paths::read(&text, Some(&[]), &[paths::steps("/a")]);
        let is_json = kind == "y";
        assert_eq!((whole.is_ok(), answer.is_ok()), (is_json, is_json), "{line}");
        match is_json {
            true => accepted += 1,
            false => refused += 1,
        }
    }
    assert_eq!((accepted, refused, documented), (95, 188, 35));
}

#[test]
fn a_record_or_a_name_without_end_is_not_held() {
    let endless = "x".repeat(3 << 20);
    for text in [
        format!("[{{\"aac147\":\"{endless}\"}}]"),
        format!("[\"{endless}\"]"),
        format!("[{}1]", " ".repeat(3 << 20)),
        format!("{{\"{endless}\":1,\"list\":[]}}"),
        format!("{{\"list\":\"{endless}\"}}"),
        format!("{{\"list\":{}}}", "7".repeat(3 << 20)),
        format!("{{\"list\":[{{\"{endless}\":1}}]}}"),
    ] {
        let pointer = if text.starts_with('{') { "/list" } else { "" };
        let error = from_json(&text, pointer).err().unwrap();
        assert!(error.message().contains("超过"), "{error}");
    }
    // What nobody asks for may be as large as it likes: it is passed over and never held.
    let beside =
        format!("{{\"memo\":\"{endless}\",\"list\":[{{\"aac147\":\"a\"}}],\"rest\":[\"{endless}\"]}}");
    let (rows, _) = from_json(&beside, "/list").unwrap();
    assert_eq!(rows.rows, [row(["a", "", ""])]);
    let elsewhere = format!("{{\"data\":[\"{endless}\"]}}");
    assert!(from_json(&elsewhere, "/data/list").is_ok_and(|(_, walked)| !walked.found));
}
