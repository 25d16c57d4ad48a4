//! Delimited texts and encodings: quotes without end, zeros, every kind of line end, bytes that are no text.
//! Here because a CSV has no rules, and every program breaks them its own way.
//! In: nothing. Out: cases.
//! Not here: workbooks, documents of records.

use super::case::{Case, Refused, Rows, file, long, text, utf16};

const HEAD: &str = "户编号,姓名,金额\n";

/// 户编号,姓名,金额 and a row of 张三, in the encoding of Windows in Chinese.
const GBK: &[u8] =
    b"\xBB\xA7\xB1\xE0\xBA\xC5,\xD0\xD5\xC3\xFB,\xBD\xF0\xB6\xEE\n1,\xD5\xC5\xC8\xFD,5\n2,\xD5\xC5\xC8\xFD,6\n";

fn rows(rows: &str) -> String {
    format!("{HEAD}{rows}")
}

pub(crate) fn delimited() -> Vec<Case> {
    let wide: Vec<String> = (0..100_000).map(|number| format!("列{number}")).collect();
    vec![
        text("plain", Rows(2, 0), &rows("1,张三,5\n2,李四,6\n")),
        text("no rows below the header", Rows(0, 0), HEAD),
        text(
            "no header",
            Refused("schema", "没有找到表头"),
            "1,张三,5\n2,李四,6\n",
        ),
        text(
            "a quote that is never closed",
            Refused("data", "未闭合的引号"),
            &rows("1,\"张三,5\n2,李四,6\n"),
        ),
        text(
            "a quote closed a thousand rows further down",
            Refused("data", "引号"),
            &rows(&format!("1,\"张三,5\n{}9,\"王五,7\n", "2,李四,6\n".repeat(1_000))),
        ),
        long(
            "an unclosed quote before 300 MB",
            Refused("data", "引号"),
            "户编号,姓名,金额\n1,\"",
            ("张三,5\n", 30 << 20),
            "",
        ),
        long(
            "one line of 300 MB",
            Refused("data", "第 2 行"),
            "户编号,姓名,金额\n1,",
            ("x", 300 << 20),
            "",
        ),
        long(
            "a header of 300 MB",
            Refused("data", "第 1 行"),
            "户编号,姓名,",
            ("x", 300 << 20),
            "",
        ),
        text(
            "a zero byte",
            Rows(3, 1),
            &rows("1,张\0三,5\n2,李四,6\n3,王五,7\n"),
        ),
        text(
            "a copy that broke off in zeros",
            Refused("data", "没有复制完整"),
            &rows(&format!("{}{}", "1,张三,5\n".repeat(2_000), "\0".repeat(4_096))),
        ),
        text(
            "old Macintosh line ends",
            Rows(2, 0),
            &rows("1,张三,5\n2,李四,6\n").replace('\n', "\r"),
        ),
        text(
            "line ends of three kinds",
            Rows(4, 0),
            &rows("1,张三,5\r\n2,李四,6\r3,王五,7\n4,赵六,8"),
        ),
        text(
            "line ends within quotes",
            Rows(2, 0),
            &rows("1,\"张\r\n三\",5\n2,\"李\n四\",6\n"),
        ),
        text(
            "rows too short and too long",
            Rows(4, 1),
            &rows("1,张三,5,,,,,\n2\n3,王五,7,x,y,z\n4,赵六,8\n"),
        ),
        text(
            "a header twice",
            Rows(1, 0),
            "户编号,姓名,金额,金额\n1,张三,5,6\n",
        ),
        text(
            "headers that are empty",
            Rows(1, 0),
            "户编号,,姓名,,金额,\n1,,张三,,5,\n",
        ),
        text(
            "semicolons",
            Rows(2, 0),
            &rows("1,张三,5\n2,李四,6\n").replace(',', ";"),
        ),
        text(
            "tabs",
            Rows(2, 0),
            &rows("1,张三,5\n2,李四,6\n").replace(',', "\t"),
        ),
        text(
            "Excel's own first line",
            Rows(1, 0),
            "sep=;\n户编号;姓名;金额\n1;张三;5\n",
        ),
        text(
            "a hundred thousand columns",
            Rows(1, 0),
            &format!("户编号,姓名,金额,{}\n1,张三,5\n", wide.join(",")),
        ),
        text(
            "a row of a hundred thousand cells",
            Rows(2, 0),
            &rows(&format!("1,张三,5{}\n2,李四,6\n", ",x".repeat(100_000))),
        ),
        text(
            "formulas and programs",
            Rows(3, 1),
            &rows("=1+1,@SUM(A1),5\n+cmd|' /C calc'!A0,-2+3,6\n2,\"=HYPERLINK(\"\"http://x\"\")\",＝1\n"),
        ),
        text(
            "signs that turn text around",
            Rows(1, 0),
            &rows("1,张\u{202E}三\u{202C},5\n"),
        ),
        long(
            "a million rows",
            Rows(1_000_000, 0),
            "户编号,姓名,金额\n",
            ("1,张三,5\n", 1_000_000),
            "",
        ),
        long(
            "blank lines, 100 MB of them",
            Rows(0, 0),
            "户编号,姓名,金额\n",
            ("\n", 100 << 20),
            "",
        ),
    ]
}

pub(crate) fn encodings() -> Vec<Case> {
    let table = rows("1,张三,5\n2,李四,6\n");
    let with = |mark: &[u8], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
    let little = utf16(&table, u16::to_le_bytes);
    let big = utf16(&table, u16::to_be_bytes);
    vec![
        file("GBK", Rows(2, 0), || GBK.to_vec()),
        {
            let table = table.clone();
            file("UTF-8 with a mark", Rows(2, 0), move || {
                with(b"\xEF\xBB\xBF", table.clone().into_bytes())
            })
        },
        {
            let little = little.clone();
            file("UTF-16, mark, little end first", Rows(2, 0), move || {
                with(b"\xFF\xFE", little.clone())
            })
        },
        {
            let big = big.clone();
            file("UTF-16, mark, big end first", Rows(2, 0), move || {
                with(b"\xFE\xFF", big.clone())
            })
        },
        file("UTF-16 without a mark", Rows(2, 0), move || little.clone()),
        file("UTF-16 cut within a character", Rows(2, 1), move || {
            with(b"\xFE\xFF", big[..big.len() - 3].to_vec())
        }),
        file("four bytes a character", Rows(3, 0), || {
            [GBK, b"3,\x95\x32\x82\x36,7\n".as_slice()].concat()
        }),
        file(
            "one bad byte in a hundred thousand rows",
            Rows(100_000, 1),
            || {
                let mut bytes = HEAD.as_bytes().to_vec();
                for row in 0..100_000 {
                    let name = if row == 77_777 {
                        b"\xE5\xBC\xFF".as_slice()
                    } else {
                        "张三".as_bytes()
                    };
                    bytes.extend_from_slice(b"1,");
                    bytes.extend_from_slice(name);
                    bytes.extend_from_slice(b",5\n");
                }
                bytes
            },
        ),
        text(
            "characters nobody's font has",
            Rows(3, 0),
            &rows("1,䶮𠮷,5\n2,\u{E5E5},6\n3,\u{20000},7\n"),
        ),
        text(
            "text that was decoded wrongly and saved so",
            Refused("data", "乱码"),
            &rows("1,锟斤拷锟斤拷,5\n"),
        ),
        file(
            "bytes without meaning",
            Refused("data", "不是可以识别的表格"),
            || {
                (0..20_000_u32)
                    .map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0])
                    .collect()
            },
        ),
        file(
            "the text of a mainframe",
            Refused("schema", "没有找到表头"),
            || b"\x88\x89\x84k\x95\x81\x94\x85%\xF1k\xC1\xC2\xC3%".repeat(40),
        ),
    ]
}
