//! Documents of records: entities, depth, attributes and names without end, digits nobody can hold, lines torn off.
//! Here because parsers of XML and JSON believe what they read until memory ends.
//! In: nothing. Out: cases.
//! Not here: which texts are JSON at all (the kit's own list of 318).

use super::case::{Case, Refused, Rows, bomb, file, long, text, utf16};

const ROWS: &str = "<row><户编号>1</户编号><姓名>张三</姓名><金额>5</金额></row><row><户编号>2</户编号><姓名>李四</姓名><金额>6</金额></row>";

fn list(rows: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><list>{rows}</list>")
}

/// A row with this instead of a name.
fn named(name: &str) -> String {
    list(&format!(
        "{ROWS}<row><户编号>3</户编号><姓名>{name}</姓名><金额>7</金额></row>"
    ))
}

pub(crate) fn xml() -> Vec<Case> {
    let doctype = |entities: &str, name: &str| {
        format!(
            "<?xml version=\"1.0\"?><!DOCTYPE list [{entities}]>{}",
            named(name).replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")
        )
    };
    let laughs: String = (1..10)
        .map(|level| {
            format!(
                "<!ENTITY l{level} \"{}\">",
                format!("&l{};", level - 1).repeat(10)
            )
        })
        .collect();
    let attributes: String = (0..200_000).map(|number| format!(" a{number}=\"1\"")).collect();
    let spaces: String = (0..100_000)
        .map(|number| format!(" xmlns:n{number}=\"u\""))
        .collect();
    let refused = |name, words, bytes: String| text(name, Refused("data", words), &bytes);
    vec![
        text("plain", Rows(2, 0), &list(ROWS)),
        refused(
            "a billion laughs",
            "DOCTYPE",
            doctype(&format!("<!ENTITY l0 \"x\">{laughs}"), "&l9;"),
        ),
        refused(
            "one long entity many times",
            "DOCTYPE",
            doctype(
                &format!("<!ENTITY a \"{}\">", "x".repeat(100_000)),
                &"&a;".repeat(10_000),
            ),
        ),
        refused(
            "an entity that is a file",
            "DOCTYPE",
            doctype("<!ENTITY a SYSTEM \"file:///etc/passwd\">", "&a;"),
        ),
        refused(
            "an entity that is a request",
            "DOCTYPE",
            doctype("<!ENTITY a SYSTEM \"http://169.254.169.254/\">", "&a;"),
        ),
        refused(
            "a parameter entity",
            "DOCTYPE",
            doctype("<!ENTITY % a SYSTEM \"http://169.254.169.254/\">%a;", "x"),
        ),
        text("an entity nobody declared", Rows(3, 1), &named("&a;")),
        text(
            "an instruction to include a file",
            Rows(2, 0),
            &list(&format!(
                "<?xml-stylesheet href=\"file:///etc/passwd\"?><xi:include xmlns:xi=\"x\" href=\"file:///etc/passwd\"/>{ROWS}"
            )),
        ),
        refused(
            "a million levels",
            "嵌套超过",
            list(&format!("<row>{}", "<a>".repeat(1_000_000))),
        ),
        text(
            "two hundred thousand attributes",
            Rows(3, 1),
            &list(&format!("{ROWS}<row{attributes}/>")),
        ),
        text(
            "a hundred thousand namespaces",
            Rows(3, 1),
            &list(&format!("{ROWS}<row{spaces}/>")),
        ),
        long(
            "a text of 300 MB",
            Refused("data", "一段内容过长"),
            "<?xml version=\"1.0\"?><list><row><姓名>",
            ("x", 300 << 20),
            "</姓名></row></list>",
        ),
        long(
            "an attribute of 300 MB",
            Refused("data", "一段内容过长"),
            "<?xml version=\"1.0\"?><list><row a=\"",
            ("x", 300 << 20),
            "\"/></list>",
        ),
        long(
            "a comment of 300 MB",
            Refused("data", "一段内容过长"),
            "<?xml version=\"1.0\"?><list><!--",
            ("x", 300 << 20),
            "--></list>",
        ),
        long(
            "a declaration of 300 MB",
            Refused("data", ""),
            "<?xml ",
            ("x", 300 << 20),
            "?><list></list>",
        ),
        long(
            "a hundred million elements nobody reads",
            Rows(0, 0),
            "<?xml version=\"1.0\"?><list>",
            ("<a/>", 25 << 20),
            "</list>",
        ),
        file(
            "a gigabyte of elements, well packed",
            Refused("data", "解压后过大"),
            || {
                bomb(
                    "a.xml",
                    "<?xml version=\"1.0\"?><list>",
                    ("<a/>", 256 << 20),
                    "</list>",
                )
            },
        ),
        refused(
            "cut off within an element",
            "不完整",
            format!("<?xml version=\"1.0\"?><list>{ROWS}<row><姓名>张"),
        ),
        refused(
            "cut off between two rows",
            "不完整",
            format!("<?xml version=\"1.0\"?><list>{ROWS}"),
        ),
        refused(
            "tags that do not match",
            "无法识别",
            list(&format!("{ROWS}<row><姓名>张</金额></row>")),
        ),
        text(
            "a value of 200 kilobytes",
            Rows(3, 1),
            &named(&"长".repeat(70_000)),
        ),
        text(
            "a field twice with different values",
            Rows(3, 1),
            &named("张</姓名><姓名>王"),
        ),
        text("a zero byte", Rows(3, 1), &named("张\0三")),
        file("UTF-16", Rows(2, 0), || {
            [b"\xFF\xFE".to_vec(), utf16(&list(ROWS), u16::to_le_bytes)].concat()
        }),
        file("GB18030 with Chinese names of elements", Rows(1, 0), || {
            b"<?xml version=\"1.0\" encoding=\"GB18030\"?><list><row><\xBB\xA7\xB1\xE0\xBA\xC5>1</\xBB\xA7\xB1\xE0\xBA\xC5><\xD0\xD5\xC3\xFB>\xD5\xC5\xC8\xFD\
              </\xD0\xD5\xC3\xFB><\xBD\xF0\xB6\xEE>5</\xBD\xF0\xB6\xEE></row></list>".to_vec()
        }),
        text(
            "rows without a field",
            Refused("schema", "缺少必需字段"),
            &list(&"<row/>".repeat(1_000)),
        ),
    ]
}

const RECORD: &str = "{\"户编号\":\"1\",\"姓名\":\"张三\",\"金额\":5}";

fn array(records: &[&str]) -> String {
    format!("[{}]", records.join(","))
}

/// A good record and one with this for an amount.
fn amount(value: &str) -> String {
    array(&[
        RECORD,
        &format!("{{\"户编号\":\"2\",\"姓名\":\"李四\",\"金额\":{value}}}"),
    ])
}

pub(crate) fn json() -> Vec<Case> {
    let refused = |name, words, bytes: String| text(name, Refused("data", words), &bytes);
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    let beside = |value: &str| {
        array(&[
            RECORD,
            &format!("{{\"户编号\":\"2\",\"姓名\":\"李四\",\"金额\":6,\"x\":{value}}}"),
        ])
    };
    let half = "[".repeat(400_000) + &"]".repeat(400_000);
    vec![
        text("plain", Rows(2, 0), &array(&[RECORD, RECORD])),
        text("a record a line", Rows(2, 0), &format!("{RECORD}\n\n{RECORD}\n")),
        text(
            "a record a line, the last torn off",
            Rows(2, 1),
            &format!("{RECORD}\n{{\"户编号\":\"2\",\"姓"),
        ),
        text(
            "a line that is no record",
            Rows(3, 1),
            &format!("{RECORD}\n17\n{RECORD}\n"),
        ),
        refused("a million levels", "超过", deep.clone()),
        refused("a million levels beside a record's fields", "超过", beside(&deep)),
        text(
            "four hundred thousand levels beside a record's fields",
            Rows(2, 0),
            &beside(&half),
        ),
        long(
            "a record of 300 MB",
            Refused("data", "超过"),
            "[{\"姓名\":\"",
            ("x", 300 << 20),
            "\"}]",
        ),
        long(
            "a name of 300 MB",
            Refused("data", "超过"),
            "[{\"",
            ("x", 300 << 20),
            "\":1}]",
        ),
        long(
            "a line of 300 MB",
            Refused("data", "超过"),
            "{\"姓名\":\"",
            ("x", 300 << 20),
            "\"}",
        ),
        long(
            "a number of 300 MB",
            Refused("data", "超过"),
            "[",
            ("7", 300 << 20),
            "]",
        ),
        long(
            "300 MB of blanks",
            Refused("data", "超过"),
            "[",
            (" ", 300 << 20),
            "]",
        ),
        long(
            "five hundred thousand records",
            Rows(500_001, 0),
            "[",
            ("{\"户编号\":\"1\",\"姓名\":\"张三\",\"金额\":5},", 500_000),
            "{\"户编号\":\"1\",\"姓名\":\"张三\",\"金额\":5}]",
        ),
        text("a number of 400 digits", Rows(2, 1), &amount(&"9".repeat(400))),
        text("a number no machine holds", Rows(2, 1), &amount("1e400")),
        text(
            "half of a character",
            Rows(2, 1),
            &array(&[RECORD, &RECORD.replace("张三", "\\uD800")]),
        ),
        text(
            "a field twice with different values",
            Rows(2, 1),
            &array(&[RECORD, &RECORD.replace("5}", "5,\"金额\":6}")]),
        ),
        refused("not a number", "不是有效的 JSON", amount("NaN")),
        refused("cut off", "中断", format!("[{RECORD},{{\"户编号\":\"2\"")),
        refused(
            "something behind the end",
            "不是有效的 JSON",
            format!("[{RECORD}]]"),
        ),
        text(
            "numbers instead of records",
            Refused("schema", "缺少必需字段"),
            "[1,2,3]",
        ),
        text(
            "an object instead of an array",
            Refused("schema", "缺少必需字段"),
            "{\"list\":[1]}",
        ),
        file("a mark before it", Rows(2, 0), || {
            [b"\xEF\xBB\xBF".to_vec(), array(&[RECORD, RECORD]).into_bytes()].concat()
        }),
        file("UTF-16", Rows(2, 0), || {
            [
                b"\xFE\xFF".to_vec(),
                utf16(&array(&[RECORD, RECORD]), u16::to_be_bytes),
            ]
            .concat()
        }),
        file("GBK", Rows(1, 0), || {
            b"[{\"\xBB\xA7\xB1\xE0\xBA\xC5\":\"1\",\"\xD0\xD5\xC3\xFB\":\"\xD5\xC5\xC8\xFD\",\"\xBD\xF0\xB6\xEE\":5}]".to_vec()
        }),
        file("a bad byte in one record", Rows(2, 1), || {
            let bytes = array(&[RECORD, &RECORD.replace("张三", "abc")]).into_bytes();
            let at = bytes
                .windows(3)
                .position(|three| three == b"abc")
                .expect("the name");
            [&bytes[..at], b"\xFF", &bytes[at + 3..]].concat()
        }),
    ]
}
