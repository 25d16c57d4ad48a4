//! The columns of the exports and the other headers they go by.
//! Here because one system writes three dialects of the same header, and clerks misspell a fourth.
//! In: nothing. Out: the columns of each stream, in the stream's order.
//! Not here: units and meaning (README.md, mapping/*.sql). What stands in brackets behind a header is dropped by the kit.

use connector_kit::Column;

/// `members`: a person; the household's columns repeat on every row.
pub(crate) fn members() -> Vec<Column> {
    vec![
        Column::new("户编号").required().also(["户编码"]),
        Column::new("人编号").also(["人口编号"]),
        Column::new("姓名").required(),
        Column::new("证件类型"),
        Column::new("证件号码")
            .required()
            .also(["身份证号", "身份证号码", "公民身份号码"]),
        Column::new("与户主关系").required(),
        Column::new("民族"),
        Column::new("文化程度"),
        Column::new("在校生状况"),
        Column::new("健康状况"),
        Column::new("劳动技能"),
        Column::new("务工时间(月)"),
        Column::new("联系电话").also(["人联系电话", "家庭成员联系电话", "成员联系电话", "户联系电话"]),
        Column::new("县").required().also(["县区"]),
        Column::new("乡").required().also(["乡镇"]),
        Column::new("村").required().also(["行政村"]),
        Column::new("组").also(["自然村", "村民小组"]),
        Column::new("户类型").required(),
        Column::new("监测对象类别")
            .required()
            .also(["检测对象类别", "易返贫致贫户(监测对象)类型"]),
        Column::new("识别监测时间").also(["风险识别时间"]),
        risk(1),
        risk(2),
        risk(3),
        risk(4),
        risk(5),
        Column::new("风险是否已消除").required().also(["风险是否消除"]),
        Column::new("消除监测时间").also(["风险消除时间"]),
        Column::new("整户无劳动力兜底保障户").also(["整户无劳动能力兜底保障户"]),
        Column::new("是否危房户").also(["危房户"]),
        Column::new("是否解决安全饮水").also(["是否解决安全饮用水"]),
        Column::new("数据日期"),
    ]
}

/// `incomes`: a household's year; a person's year when 人编号 is filled.
pub(crate) fn incomes() -> Vec<Column> {
    vec![
        Column::new("户编号").required().also(["户编码"]),
        Column::new("人编号").also(["人口编号"]),
        Column::new("年度").required(),
        Column::new("工资性收入"),
        Column::new("公益性岗位收入"),
        Column::new("生产经营性收入"),
        Column::new("产业奖励"),
        Column::new("生产经营性支出"),
        Column::new("专项用于减少生产经营性支出的补贴"),
        Column::new("财产性收入"),
        Column::new("资产收益扶贫分红").also(["资产收益扶贫分红收入"]),
        Column::new("转移性收入"),
        Column::new("计划生育金"),
        Column::new("最低生活保障金"),
        Column::new("特困人员救助供养金"),
        Column::new("养老金或离退休金"),
        Column::new("生态补偿金"),
        Column::new("其他转移性收入"),
        Column::new("纯收入").required(),
        Column::new("当前家庭人口数"),
        Column::new("年度家庭人口数").required(),
        Column::new("人均纯收入"),
    ]
}

fn risk(number: u32) -> Column {
    Column::new(format!("风险{number}"))
        .also([format!("致贫/返贫风险{number}"), format!("致贫返贫风险{number}")])
}
