//! Workbooks: counts that lie, cells at the far corner, texts without end, containers of another kind.
//! Here because files of two kilobytes have ended every parser of workbooks there is.
//! In: nothing. Out: cases.
//! Not here: archives that are no workbooks (archives.rs).

use super::case::{Case, Refused, Rows, archive, bomb, file, noise, replaced, text};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const BROKEN: &str = "损坏";

/// A row of the header, and one below it.
const TABLE: &str = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>户编号</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>姓名</t></is></c>\
    <c r=\"C1\" t=\"inlineStr\"><is><t>金额</t></is></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c>\
    <c r=\"B2\" t=\"inlineStr\"><is><t>张三</t></is></c><c r=\"C2\"><v>5</v></c></row>";

/// The parts of a workbook with so many sheets, but for the sheets.
fn frame(sheets: usize) -> Vec<(String, String)> {
    let (mut list, mut links) = (String::new(), String::new());
    for id in 1..=sheets {
        list.push_str(&format!(
            "<sheet name=\"表{id}\" sheetId=\"{id}\" r:id=\"rId{id}\"/>"
        ));
        links.push_str(&format!(
            "<Relationship Id=\"rId{id}\" Type=\"{RELS}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        ));
    }
    links.push_str(&format!(
        "<Relationship Id=\"s\" Type=\"{RELS}/sharedStrings\" Target=\"sharedStrings.xml\"/>"
    ));
    vec![
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r\" Type=\"{RELS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELS}\"><sheets>{list}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships xmlns=\"{PACKAGE}\">{links}</Relationships>"),
        ),
    ]
}

/// A workbook of one sheet with this XML, and other parts.
fn raw(sheet: &str, others: &[(&str, &str)]) -> Vec<u8> {
    let mut parts = frame(1);
    parts.push(("xl/worksheets/sheet1.xml".to_owned(), sheet.to_owned()));
    parts.extend(
        others
            .iter()
            .map(|(name, xml)| ((*name).to_owned(), (*xml).to_owned())),
    );
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, xml)| (name.as_str(), xml.as_bytes()))
        .collect();
    archive(&parts)
}

/// A workbook of one sheet with these rows below the table's.
fn sheet(rows: &str) -> Vec<u8> {
    raw(
        &format!("<worksheet><sheetData>{TABLE}{rows}</sheetData></worksheet>"),
        &[],
    )
}

fn with_strings(strings: &str) -> Vec<u8> {
    raw(
        &format!("<worksheet><sheetData>{TABLE}</sheetData></worksheet>"),
        &[("xl/sharedStrings.xml", strings)],
    )
}

/// An OLE container of these streams, each as large as the smallest that has sectors of its own.
fn ole(names: &[&str]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const STREAM_SECTORS: u32 = 8;
    let mut fat: Vec<u32> = vec![0xFFFF_FFFD, 0xFFFF_FFFE];
    let mut directory = entry("Root Entry", 5, 0xFFFF_FFFE, 0, 1);
    for (number, name) in (0_u32..).zip(names) {
        let begin = 2 + number * STREAM_SECTORS;
        fat.extend((begin + 1..begin + STREAM_SECTORS).chain([0xFFFF_FFFE]));
        directory.extend(entry(name, 2, begin, STREAM_SECTORS * 512, 0xFFFF_FFFF));
    }
    directory.resize(SECTOR, 0);
    fat.resize(SECTOR / 4, 0xFFFF_FFFF);
    let mut head = vec![0_u8; SECTOR];
    head[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    for (at, value) in [(24, 0x3E_u16), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
        head[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    for (at, value) in [
        (44, 1_u32),
        (48, 1),
        (56, 4_096),
        (60, 0xFFFF_FFFE),
        (68, 0xFFFF_FFFE),
        (76, 0),
    ] {
        head[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    head[80..].fill(0xFF);
    let fat: Vec<u8> = fat.iter().flat_map(|next| next.to_le_bytes()).collect();
    let streams = vec![0_u8; names.len() * STREAM_SECTORS as usize * SECTOR];
    [head, fat, directory, streams].concat()
}

/// An entry of the directory: its first child is the next entry.
fn entry(name: &str, kind: u8, begin: u32, size: u32, child: u32) -> Vec<u8> {
    let mut entry = vec![0_u8; 128];
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    entry[..wide.len()].copy_from_slice(&wide);
    let length = u16::try_from(wide.len() + 2).expect("a short name");
    entry[64..66].copy_from_slice(&length.to_le_bytes());
    entry[66..68].copy_from_slice(&[kind, 1]);
    entry[68..76].fill(0xFF);
    entry[76..80].copy_from_slice(&child.to_le_bytes());
    entry[116..120].copy_from_slice(&begin.to_le_bytes());
    entry[120..124].copy_from_slice(&size.to_le_bytes());
    entry
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = sheets();
    all.extend(containers());
    all
}

fn sheets() -> Vec<Case> {
    let cell = |place: &str| format!("<row r=\"3\"><c r=\"{place}\"><v>7</v></c></row>");
    vec![
        file("plain", Rows(1, 0), || sheet("")),
        file("a cell at the far corner", Rows(2, 1), || {
            sheet("<row r=\"1048576\"><c r=\"XFD1048576\"><v>7</v></c></row>")
        }),
        file("a dimension of the whole sheet", Rows(1, 0), || {
            raw(
                &format!(
                    "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{TABLE}</sheetData></worksheet>"
                ),
                &[],
            )
        }),
        // The parser's own arithmetic is checked in this profile, and then it gives up.
        file(
            "a dimension that is none",
            if cfg!(debug_assertions) {
                Refused("data", BROKEN)
            } else {
                Rows(1, 0)
            },
            || {
                raw(
                    &format!(
                        "<worksheet><dimension ref=\"B9:A1\"/><sheetData>{TABLE}</sheetData></worksheet>"
                    ),
                    &[],
                )
            },
        ),
        file("a cell in row minus one", Refused("data", BROKEN), move || {
            sheet(&cell("A-1"))
        }),
        file("a cell in row zero", Refused("data", BROKEN), move || {
            sheet(&cell("A0"))
        }),
        file("a cell beyond all numbers", Refused("data", BROKEN), move || {
            sheet(&cell("A99999999999"))
        }),
        file("a cell beyond all letters", Refused("data", BROKEN), move || {
            sheet(&cell("ZZZZZZZZZZZZ3"))
        }),
        file("rows that go backwards", Rows(3, 2), || {
            sheet("<row r=\"9\"><c r=\"A9\"><v>9</v></c></row><row r=\"3\"><c r=\"A3\"><v>3</v></c></row>")
        }),
        file(
            "a text that is not among the shared ones",
            Refused("data", BROKEN),
            || sheet("<row r=\"3\"><c r=\"A3\" t=\"s\"><v>4294967295</v></c></row>"),
        ),
        file("errors for values", Rows(2, 1), || {
            sheet("<row r=\"3\"><c r=\"A3\"><v>2</v></c><c r=\"C3\" t=\"e\"><v>#REF!</v></c></row>")
        }),
        file(
            "four billion shared strings declared",
            Refused("data", "共享字符串数"),
            || with_strings("<sst uniqueCount=\"4294967295\"><si><t>a</t></si></sst>"),
        ),
        file(
            "300 shared strings declared in room for six",
            Refused("data", "共享字符串数"),
            || with_strings("<sst uniqueCount=\"300\"><si><t>a</t></si></sst>"),
        ),
        file("a text of two megabytes", Refused("data", "超长"), || {
            sheet(&format!(
                "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
                noise(2 << 20)
            ))
        }),
        file(
            "a text longer than a cell's",
            Refused("data", "A3 文本过长"),
            || {
                sheet(&format!(
                    "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
                    noise(200 << 10)
                ))
            },
        ),
        file(
            "a text of one gigabyte, well packed",
            Refused("data", "超长"),
            || {
                bomb(
                    "xl/sharedStrings.xml",
                    "<sst><si><t>",
                    ("x", 1 << 30),
                    "</t></si></sst>",
                )
            },
        ),
        file("a sheet cut off within a row", Refused("data", BROKEN), || {
            raw(
                &format!("<worksheet><sheetData>{TABLE}<row r=\"3\"><c r=\"A3\"><v>7"),
                &[],
            )
        }),
        file(
            "a sheet cut off between two rows",
            Refused("data", BROKEN),
            || raw(&format!("<worksheet><sheetData>{TABLE}"), &[]),
        ),
        file("entities", Refused("data", "文档类型声明"), || {
            raw(
                &format!(
                    "<!DOCTYPE w [<!ENTITY a \"b\">]><worksheet><sheetData>{TABLE}</sheetData></worksheet>"
                ),
                &[],
            )
        }),
        file("201 sheets", Refused("data", "工作表超过 200 个"), || {
            let mut parts = frame(201);
            parts.extend((1..=201).map(|id| {
                (
                    format!("xl/worksheets/sheet{id}.xml"),
                    format!("<worksheet><sheetData>{TABLE}</sheetData></worksheet>"),
                )
            }));
            let parts: Vec<(&str, &[u8])> = parts
                .iter()
                .map(|(name, xml)| (name.as_str(), xml.as_bytes()))
                .collect();
            archive(&parts)
        }),
        file("two hundred thousand rows", Rows(200_001, 0), || {
            let row = |row: u32| {
                format!(
                    "<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c><c r=\"B{row}\" t=\"inlineStr\"><is><t>李四</t></is></c><c r=\"C{row}\"><v>6</v></c></row>"
                )
            };
            sheet(&(3..200_003).map(row).collect::<String>())
        }),
    ]
}

fn containers() -> Vec<Case> {
    let said = |name, words, bytes: &'static [u8]| file(name, Refused("data", words), move || bytes.to_vec());
    let parts = |name, words, part: &'static str| {
        file(name, Refused("data", words), move || {
            archive(&[(part, b"<a/>"), ("[Content_Types].xml", b"<a/>")])
        })
    };
    let table =
        "<table><tr><td>户编号</td><td>姓名</td><td>金额</td></tr><tr><td>1</td><td>张三</td><td>5</td></tr>";
    vec![
        file("a workbook cut in half", Refused("data", BROKEN), || {
            let whole = sheet("");
            whole[..whole.len() / 2].to_vec()
        }),
        file("a part with a wrong checksum", Refused("data", BROKEN), || {
            let whole = sheet("");
            let at = whole
                .windows(10)
                .position(|name| name == b"sheet1.xml")
                .expect("the sheet")
                + 40;
            let mut whole = whole;
            whole[at] ^= 0x55;
            whole
        }),
        file("two parts of one name", Refused("data", "重名"), || {
            replaced(
                raw("<worksheet/>", &[("xl/worksheets/sheet2.xml", "<worksheet/>")]),
                b"sheet2.xml",
                b"sheet1.xml",
            )
        }),
        file("encrypted", Refused("data", "设有打开密码"), || {
            ole(&["EncryptionInfo", "EncryptedPackage"])
        }),
        file(
            "a container of something else",
            Refused("data", "WPS 表格（.et）、文字处理"),
            || ole(&["WordDocument"]),
        ),
        file(
            "a container with no workbook in its workbook",
            Refused("schema", "没有找到表头"),
            || ole(&["Workbook"]),
        ),
        file(
            "a container that claims four billion sectors",
            Refused("data", BROKEN),
            || {
                let mut bytes = ole(&["Workbook"]);
                bytes[44..48].copy_from_slice(&u32::MAX.to_le_bytes());
                bytes[76..80].copy_from_slice(&1_000_000_u32.to_le_bytes());
                bytes
            },
        ),
        file(
            "a container whose sectors go round in a circle",
            Refused("schema", "没有找到表头"),
            || {
                let mut bytes = ole(&["Workbook"]);
                // The stream's first sector is followed by itself.
                bytes[512 + 8..512 + 12].copy_from_slice(&2_u32.to_le_bytes());
                bytes
            },
        ),
        file("a container cut short", Refused("data", BROKEN), || {
            ole(&["Workbook"])[..700].to_vec()
        }),
        text(
            "a web page called a workbook",
            Rows(1, 0),
            &format!("<html>{table}</table></html>"),
        ),
        text("a web page without its end", Rows(1, 0), table),
        said(
            "a web archive",
            "mht",
            b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n",
        ),
        said("a picture", "图片", b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"),
        said("a printed page", "PDF", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"),
        said("another packer's archive", "rar", b"Rar!\x1A\x07\x01\0"),
        said(
            "a program",
            "不是可以识别的表格",
            b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        ),
        said("nothing at all", "空文件", b""),
        said(
            "the beginning of an archive alone",
            BROKEN,
            b"PK\x03\x04\x14\0\0\0",
        ),
        parts("a binary workbook", "xlsb", "xl/workbook.bin"),
        parts("a letter", "文字或演示文档", "word/document.xml"),
        file("an open document", Refused("data", "开放文档"), || {
            archive(&[("mimetype", b"x"), ("content.xml", b"<a/>")])
        }),
    ]
}
