//! Records of both formats against what they must become, and broken documents against what they must say.
//! Here because JSON and XML promise the same: digits kept, doubles flagged, nothing taken from half a document.
//! In: documents as texts. Out: assertions.
//! Not here: files and pages.

mod suite;

use std::io::{BufRead, BufReader};

use plugin_api::Error;

use super::json::{self, Pointer};
use super::xml::{self, RowPath};
use super::{Fields, Flaw, Sink};
use crate::header::Column;

#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Option<String>>>,
    flaws: Vec<(usize, Flaw)>,
}

impl Sink for Rows {
    type Stop = Error;
    fn row(&mut self, number: u32) -> Result<(), Error> {
        assert_eq!(number as usize, self.rows.len());
        self.rows.push(vec![None; 3]);
        Ok(())
    }
    fn text(&mut self, column: usize, text: &str) {
        self.rows.last_mut().unwrap()[column].get_or_insert_with(|| text.to_owned());
    }
    fn flaw(&mut self, flaw: Flaw, _: Option<usize>) {
        self.flaws.push((self.rows.len() - 1, flaw));
    }
}

fn fields() -> Fields {
    Fields::new(&[
        Column::new("证件号码").also(["aac147"]).required(),
        Column::new("金额").also(["/pay/amount", "pay/amount"]),
        Column::new("状态").also(["@state"]),
    ])
}

fn from_json(text: &str, pointer: &str) -> Result<(Rows, json::Walked), Error> {
    let mut rows = Rows::default();
    let mut records = json::Records::new(fields());
    let walked = json::walk(text.as_bytes(), &Pointer::parse(pointer)?, &mut |raw| {
        rows.row(u32::try_from(rows.rows.len()).unwrap())?;
        records.record(raw, &mut rows);
        Ok::<(), Error>(())
    })?;
    Ok((rows, walked))
}

fn from_xml(text: &str) -> Result<Rows, Error> {
    from_xml_in(text.as_bytes())
}

fn from_xml_in(input: impl BufRead) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    let path = RowPath::parse("list/row")?;
    xml::read(input, &path, &mut xml::Records::new(fields()), &mut rows)?;
    Ok(rows)
}

fn row(values: [&str; 3]) -> Vec<Option<String>> {
    values
        .map(|value| (!value.is_empty()).then(|| value.to_owned()))
        .to_vec()
}

#[test]
fn numbers_keep_their_digits_and_keys_their_columns() {
    let text = r#"{"code":0,"data":{"list":[
        {"aac147":341202196507041013,"pay":{"amount":1234.50},"状态":"在\u804c"},
        {"aac147":"x","other":[1,{"a":2}],"金额":0.1000000000000000055},
        {"aac147":null,"金额":1e3}]}}"#;
    let (rows, walked) = from_json(text, "/data/list").unwrap();
    assert_eq!((walked.found, walked.records), (true, 3));
    assert_eq!(rows.rows[0], row(["341202196507041013", "1234.50", "在职"]));
    assert_eq!(rows.rows[1], row(["x", "0.1000000000000000055", ""]));
    assert_eq!(rows.rows[2], row(["", "1e3", ""]));
    assert!(rows.flaws.is_empty());
}

#[test]
fn a_flawed_record_costs_itself_only() {
    let text = "[{\"aac147\":\"a\",\"aac147\":\"b\"},17,{\"aac147\":\"c\u{fffd}\"},{\"aac147\":\"d\"}]";
    let (rows, _) = from_json(text, "").unwrap();
    assert_eq!(
        rows.flaws,
        [(0, Flaw::Repeated), (1, Flaw::NotARecord), (2, Flaw::Undecodable)]
    );
    assert_eq!(rows.rows[3], row(["d", "", ""]));
}

#[test]
fn half_a_document_is_no_document_and_its_values_are_not_quoted() {
    for text in [
        "[{\"aac147\":\"34120219",
        "[{\"aac147\":\"34120219\"}",
        "{\"data\":[}",
        "[1,2]x",
        "",
    ] {
        let error = from_json(text, "").err().unwrap_or_else(|| panic!("{text}"));
        assert!(!error.message().contains("34120219"), "{error}");
    }
    let (rows, walked) = from_json("{\"data\":{}}", "/data/list").unwrap();
    assert!(rows.rows.is_empty() && !walked.found);
}

#[test]
fn json_lines_are_records_one_by_one() {
    let mut seen = Vec::new();
    let text = "\u{feff}{\"a\":1}\r\n\n{\"a\":2}";
    let walked = json::lines(text.as_bytes(), &mut |raw: &str| {
        seen.push(raw.to_owned());
        Ok::<(), Error>(())
    });
    assert_eq!(walked.unwrap().records, 2);
    assert_eq!(seen, ["{\"a\":1}", "{\"a\":2}"]);
}

#[test]
fn entities_namespaces_cdata_attributes_and_nesting() {
    let rows = from_xml(
        "<?xml version=\"1.0\"?><g:list xmlns:g=\"urn:x\"><!-- n --><g:row state=\"在&amp;职\"><g:aac147>张&amp;王&#x4e00;</g:aac147>\
         <g:pay><g:amount><![CDATA[12<3]]></g:amount><g:x>9</g:x></g:pay></g:row><row/><row><aac147>a</aac147><aac147>b</aac147></row></g:list>",
    )
    .unwrap();
    assert_eq!(rows.rows[0], row(["张&王一", "12<3", "在&职"]));
    assert_eq!(rows.rows[1], row(["", "", ""]));
    assert_eq!(rows.rows[2], row(["a", "", ""]));
    assert_eq!(rows.flaws, [(2, Flaw::Repeated)]);
}

#[test]
fn broken_and_hostile_xml_is_refused_with_a_sentence() {
    let deep = format!("<list><row>{}</row></list>", "<a>".repeat(100));
    let long = format!("<list><row><aac147>{}", "x".repeat(9 << 20));
    for (text, said) in [
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><list/>", "DOCTYPE"),
        ("<list><row><aac147>34120219", "不完整"),
        ("<list><row></list>", "无法识别"),
        (deep.as_str(), "嵌套"),
        (long.as_str(), "过长"),
    ] {
        let error = from_xml(text).err().unwrap_or_else(|| panic!("{said}"));
        assert!(error.message().contains(said), "{said}: {error}");
        assert!(!error.message().contains("34120219"));
    }
    let rows = from_xml("<list><row><aac147>&unknown;</aac147></row></list>").unwrap();
    assert_eq!(rows.flaws, [(0, Flaw::Undecodable)]);
}

#[test]
fn plain_elements_taken_as_they_stand_are_what_the_parser_makes_of_them() {
    let pieces = [
        "<aac147>",
        "</aac147>",
        "<pay>",
        "</pay>",
        "<amount>",
        "</amount>",
        "<金额>",
        "</金额>",
        "<row>",
        "</row>",
        "<aac147>7</aac147>",
        "<金额>1.50</金额>",
        "<x>张</x>",
        "<状态/>",
        "<n:aac147>8</n:aac147>",
        "<pay><amount>2</amount></pay>",
        "张",
        " ",
        "\n  ",
        "&amp;",
        "\u{fffd}",
        "<!-- - -->",
        "<![CDATA[<a>]]>",
        "<x a='>'>y</x>",
    ];
    let (mut state, mut read, mut refused) = (7_u32, 0, 0);
    for _ in 0..20_000 {
        let mut text = String::from("<list><row state='1'>");
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        text.push_str("</row></list>");
        // A byte at a time no element is ever whole, and the parser reads all of them.
        let parsed = from_xml_in(BufReader::with_capacity(1, text.as_bytes()));
        match (from_xml(&text), parsed) {
            (Ok(taken), Ok(parsed)) => {
                assert_eq!((taken.rows, taken.flaws), (parsed.rows, parsed.flaws), "{text}");
                read += 1;
            }
            (Err(taken), Err(parsed)) => {
                assert_eq!(taken.message(), parsed.message(), "{text}");
                refused += 1;
            }
            _ => panic!("only one way reads {text}"),
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} {refused}");
}
