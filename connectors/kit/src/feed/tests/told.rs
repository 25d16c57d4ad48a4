//! What the rows of a file tell about it: its period when its name does not, a fall against the month before; and what is
//! told of a file though nothing failed.
//! Here because all three need whole files and more than one run.
//! In: workbooks and texts in a folder. Out: parts, refusals, remarks.
//! Not here: the words of periods (period.rs).

use super::*;

fn roll(dir: &Path) -> Feed {
    feed(dir).period_column("纯收入")
}

fn rows(count: usize) -> String {
    let rows: String = (0..count).map(|number| format!("{number},甲\n")).collect();
    format!("户编号,姓名\n{rows}")
}

#[test]
fn a_file_whose_name_tells_no_period_has_that_of_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("成员名单.csv"),
        "户编号,姓名,纯收入\n1,甲,2023年10月\n2,乙,2023-10-01\n合计,,\n",
    )
    .unwrap();
    let recorder = recorder();
    let (batches, error) = read(&roll(dir.path()), &incremental(None), &recorder);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts(&batches, "_part"), ["202310"; 3]);
    // What was taken is known again without being read through.
    let state = recorder.checkpoints().last().unwrap().state.clone();
    let (batches, error) = read(&roll(dir.path()), &incremental(Some(state)), &recorder);
    assert!(batches.is_empty() && error.is_none());
    // A month's name counts before its rows: what is made good for September does not take September's place.
    fs::write(
        dir.path().join("成员202311.csv"),
        "户编号,姓名,纯收入\n3,丙,202309\n",
    )
    .unwrap();
    let (batches, _) = read(&roll(dir.path()), &ReadRequest::new("members"), &recorder);
    assert_eq!(texts(&batches, "_part"), ["202311", "202310", "202310", "202310"]);
}

#[test]
fn rows_of_two_periods_or_of_none_are_sent_back_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    for (months, said) in [
        (["202309", "202310"], "不止一期（202309、202310）"),
        (["", ""], "都没有数据期次"),
    ] {
        let [one, other] = months;
        let table = format!("户编号,姓名,纯收入\n1,甲,{one}\n2,乙,{other}\n");
        fs::write(dir.path().join("成员.csv"), table).unwrap();
        let (batches, error) = read(&roll(dir.path()), &ReadRequest::new("members"), &recorder());
        let error = error.unwrap();
        assert!(batches.is_empty());
        assert_eq!(error.category(), Category::Schema);
        assert!(error.message().contains(said), "{error}");
    }
}

#[test]
fn a_file_without_a_row_replaces_nothing_and_is_remarked() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("成员202310.csv"), rows(0)).unwrap();
    let recorder = recorder();
    let (batches, error) = read(&feed(dir.path()), &incremental(None), &recorder);
    assert!(batches.is_empty() && error.is_none(), "{error:?}");
    assert!(
        recorder
            .log()
            .iter()
            .any(|line| line.contains("成员202310.csv”没有数据行")),
        "{:?}",
        recorder.log()
    );
}

#[test]
fn what_a_file_had_that_nobody_declared_is_remarked_and_no_number_is_quoted() {
    let dir = tempfile::tempdir().unwrap();
    let sheet = "<worksheet><cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols><sheetData>\
        <row r=\"1\"><c t=\"inlineStr\"><is><t>户编号</t></is></c><c t=\"inlineStr\"><is><t>姓名</t></is></c>\
        <c t=\"inlineStr\"><is><t>备注</t></is></c><c t=\"inlineStr\"><is><t>341221199001010016</t></is></c></row>\
        <row r=\"2\" hidden=\"1\"><c t=\"inlineStr\"><is><t>1</t></is></c><c t=\"inlineStr\"><is><t>甲</t></is></c></row>\
        </sheetData></worksheet>";
    let notes = sample::sheet(&[&["填报说明"]]);
    fs::write(
        dir.path().join("成员202310.xlsx"),
        sample::workbook(&[("表一", sheet), ("说明", &notes)]),
    )
    .unwrap();
    let recorder = recorder();
    let (batches, error) = read(&feed(dir.path()), &ReadRequest::new("members"), &recorder);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts(&batches, "户编号"), ["1"]);
    let remarks: Vec<String> = recorder
        .log()
        .into_iter()
        .filter(|line| line.contains(" remark: "))
        .collect();
    let all = remarks.join("\n");
    for said in [
        "文件“成员202310.xlsx”工作表“表一”：有列没有被使用：备注 等 2 个",
        "隐藏了 1 行、1 组列",
        "有 1 个工作表没有表头",
    ] {
        assert!(all.contains(said), "{said} in {all}");
    }
    assert!(!all.contains("341221"), "{all}");
}
