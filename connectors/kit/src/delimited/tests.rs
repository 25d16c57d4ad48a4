//! Delimited texts, well-formed and not, against the rows a spreadsheet would show.
//! Here because the fast way and the state machine must never disagree.
//! In: texts. Out: rows, or the sentence with the line.
//! Not here: encodings.

use super::*;
use crate::rows::Collected;

fn read_text(text: &str) -> Result<(Collected, ReadAs), String> {
    let mut rows = Collected::default();
    match read(&mut text.as_bytes(), &mut rows) {
        Ok(as_) => Ok((rows, as_)),
        Err(Stop::Failed(error)) => Err(error.message().to_owned()),
        Err(Stop::Gone) => unreachable!(),
    }
}

fn rows_of(text: &str) -> Vec<(u32, Vec<String>)> {
    read_text(text).unwrap().0.rows
}

fn row(number: u32, texts: &[&str]) -> (u32, Vec<String>) {
    (number, texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn line_ends_of_all_kinds_end_rows_and_blank_lines_keep_their_number() {
    assert_eq!(
        rows_of("a,b\r\n1,2\n3,4\r5,6\n\n,,\r\n\"7\",8\r9,\n10,11"),
        [
            row(1, &["a", "b"]),
            row(2, &["1", "2"]),
            row(3, &["3", "4"]),
            row(4, &["5", "6"]),
            row(7, &["7", "8"]),
            row(8, &["9", ""]),
            row(9, &["10", "11"]),
        ]
    );
    assert_eq!(
        rows_of("a,b\r1,2\r\r3,4\r"),
        [row(1, &["a", "b"]), row(2, &["1", "2"]), row(4, &["3", "4"])]
    );
}

#[test]
fn quotes_hold_delimiters_line_ends_and_quotes() {
    assert_eq!(
        rows_of("甲,乙\n\"张,三\",\"他说\"\"好\"\"\"\n\"王\n五\",x\n5\" 管,y\n\"=\"\"341\"\"\",z\n"),
        [
            row(1, &["甲", "乙"]),
            row(2, &["张,三", "他说\"好\""]),
            row(3, &["王\n五", "x"]),
            row(4, &["5\" 管", "y"]),
            row(5, &["=\"341\"", "z"]),
        ]
    );
}

#[test]
fn rows_may_be_short_and_long() {
    assert_eq!(
        rows_of("a,b,c\n1\n1,2,3,4,5\n"),
        [
            row(1, &["a", "b", "c"]),
            row(2, &["1"]),
            row(3, &["1", "2", "3", "4", "5"])
        ]
    );
}

#[test]
fn the_delimiter_is_the_one_that_makes_a_table() {
    for (text, expect) in [
        ("户编号,姓名\n1,张\n", ','),
        ("户编号\t姓名\n1\t张,三\n2\t李,四\n", '\t'),
        ("a;b\n1,5;2,5\n3,0;4\n", ';'),
        ("标题, 2023\n\na|b|c\n1|2|3\n", '|'),
        ("a,b\n\"1;2;3\",4\n\"5;6;7\",8\n", ','),
        ("sep=;\na;b,c\n1;2\n", ';'),
        ("一列\n值\n", ','),
        ("", ','),
    ] {
        assert_eq!(read_text(text).unwrap().1.delimiter, expect, "{text}");
    }
    assert_eq!(rows_of("sep=;\r\na;b\r\n"), [row(2, &["a", "b"])]);
}

#[test]
fn an_unclosed_quote_is_refused_with_its_line() {
    assert!(
        read_text("a,b\n\"x\ny\",1\n1,\"2\n3,4\n")
            .unwrap_err()
            .contains("第 4 行有未闭合的引号")
    );
    let long = format!("a,b\n1,2\n3,\"{}", "4,5\n".repeat(RECORD_BYTES_MAX / 3));
    assert!(
        read_text(&long)
            .unwrap_err()
            .contains("第 3 行起的一条记录超过 1 MB")
    );
    let closed_far_below = format!("a,b\n1,\"2\n{}9,\"8\"\n", "3,4\n".repeat(400));
    assert!(
        read_text(&closed_far_below)
            .unwrap_err()
            .contains("第 2 行有未闭合的引号")
    );
    let long = format!("a,b\n1,{}\n", "x".repeat(RECORD_BYTES_MAX * 2));
    assert!(read_text(&long).unwrap_err().contains("第 2 行起的一条记录超过"));
}

#[test]
fn pieces_may_be_cut_anywhere() {
    struct Bytewise<'a>(&'a [u8]);
    impl Read for Bytewise<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            match (self.0.split_first(), to.first_mut()) {
                (Some((byte, rest)), Some(to)) => {
                    (*to, self.0) = (*byte, rest);
                    Ok(1)
                }
                _ => Ok(0),
            }
        }
    }
    let text = "姓名,备注\r\n\"张\"\"三\",\"一\r\n二\"\r\n李四,无\r\n".repeat(12_000);
    let (whole, _) = read_text(&text).unwrap();
    let mut rows = Collected::default();
    assert!(read(&mut Bytewise(text.as_bytes()), &mut rows).is_ok());
    assert!(rows == whole);
    assert_eq!(whole.rows.len(), 36_000);
    assert_eq!(whole.rows[4].1, ["张\"三", "一\r\n二"]);
}

#[test]
fn the_fast_way_and_the_state_machine_agree_on_any_text() {
    let mut state = 7_u32;
    for _ in 0..3_000 {
        let mut text = String::from("a,b,c\n1,2,3\n");
        for _ in 0..40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(['户', ',', '\n', '\r', '1', ',', '"', 'x'][(state >> 29) as usize]);
        }
        let mut machine = Quoted::new(b',');
        let (mut rest, mut expect, mut number) = (text.as_str(), Vec::new(), 0);
        let closed = loop {
            if rest.is_empty() {
                break true;
            }
            // The state machine passes blank lines over; here each is a row of its own.
            if let Some(after) = rest
                .strip_prefix("\r\n")
                .or_else(|| rest.strip_prefix(['\n', '\r']))
            {
                (rest, number) = (after, number + 1);
                continue;
            }
            match machine.record(rest, true) {
                Record::Whole { used, .. } => {
                    number += 1;
                    let cells = machine.cells();
                    if !cells.is_blank() {
                        let texts = (0..cells.spans.len()).map(|column| cells.get(column).to_owned());
                        expect.push((number, texts.collect::<Vec<_>>()));
                    }
                    rest = rest.get(used..).unwrap();
                }
                Record::Unfinished | Record::Unclosed => break false,
            }
        };
        match read_text(&text) {
            Ok((rows, _)) => {
                assert!(closed, "{text:?}");
                assert_eq!(rows.rows, expect, "{text:?}");
            }
            Err(said) => assert!(!closed, "{text:?} {said}"),
        }
    }
}
