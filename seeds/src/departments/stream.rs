//! Stream: the twenty-one streams the departments offer, their columns and what kind of thing stands in each.
//! Here because files, services, feeds and dirt must agree on the columns.
//! In: nothing. Out: names, connectors and columns in the departments' own words.
//! Not here: the roster's members and incomes (county/); rows (rows/).

use serde::Serialize;

/// What stands in a column; dirt chooses by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An ID number or disability card.
    Id,
    /// A person's name.
    Name,
    /// An employer, unit or supplier.
    Org,
    /// Yuan.
    Money,
    /// Any other number.
    Number,
    /// A day.
    Date,
    /// A month.
    Month,
    /// Yes or no.
    YesNo,
    /// A telephone.
    Phone,
    /// A county-level unit.
    County,
    /// A village.
    Village,
    /// One of several words, or several of them.
    Choice,
}

impl Kind {
    /// Whether workbooks and JSON hold it as a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Money | Self::Number)
    }
}

/// A column of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name at the source.
    pub name: &'static str,
    /// What stands in it.
    pub kind: Kind,
}

macro_rules! columns {
    ($($name:literal $kind:ident),+ $(,)?) => {
        &[$(Column { name: $name, kind: Kind::$kind }),+]
    };
}

/// A department's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the names are the streams' own; TABLE says what their rows are"
)]
pub enum Stream {
    Measures,
    MigrantWork,
    Declarations,
    BenefitRolls,
    DisabilitySubsidies,
    Standards,
    Employment,
    PublicPosts,
    Training,
    Subsidies,
    SocialInsurance,
    Graduates,
    Reserves,
    Orders,
    Suppliers,
    Beneficiaries,
    Stations,
    Settlements,
    VillageAccounts,
    Distributions,
    MedicalExpenses,
}

struct Spec {
    connector: &'static str,
    name: &'static str,
    monthly: bool,
    columns: &'static [Column],
}

impl Stream {
    /// All of them, in the order of `Stream`.
    pub const ALL: [Self; 21] = [
        Self::Measures,
        Self::MigrantWork,
        Self::Declarations,
        Self::BenefitRolls,
        Self::DisabilitySubsidies,
        Self::Standards,
        Self::Employment,
        Self::PublicPosts,
        Self::Training,
        Self::Subsidies,
        Self::SocialInsurance,
        Self::Graduates,
        Self::Reserves,
        Self::Orders,
        Self::Suppliers,
        Self::Beneficiaries,
        Self::Stations,
        Self::Settlements,
        Self::VillageAccounts,
        Self::Distributions,
        Self::MedicalExpenses,
    ];

    fn spec(self) -> &'static Spec {
        &TABLE[self as usize]
    }

    /// Id of the connector that offers it.
    pub fn connector(self) -> &'static str {
        self.spec().connector
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The stream of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.name() == name)
    }

    /// Whether it is delivered month by month.
    pub fn monthly(self) -> bool {
        self.spec().monthly
    }

    /// Its columns, in the order they are written.
    pub fn columns(self) -> &'static [Column] {
        self.spec().columns
    }
}

const fn spec(
    connector: &'static str,
    name: &'static str,
    monthly: bool,
    columns: &'static [Column],
) -> Spec {
    Spec {
        connector,
        name,
        monthly,
        columns,
    }
}

const ROSTER: &str = "roster";
const CIVIL: &str = "civil-affairs";
const HR: &str = "human-resources";
const P832: &str = "procurement-832";
const PV: &str = "pv-grid";
const INSURANCE: &str = "medical-insurance";

#[rustfmt::skip]
static TABLE: [Spec; 21] = [
    spec(ROSTER, "measures", false, columns!["户编号" Text, "措施类别" Choice, "措施名称" Text, "制定时间" Date,
        "申报时间" Date, "落实时间" Date, "是否落实" YesNo, "责任人" Name]),
    spec(ROSTER, "migrant_work", true, columns!["户编号" Text, "姓名" Name, "证件号码" Id, "是否外出务工" YesNo,
        "务工所在地" Text, "务工企业名称" Org, "所属行业" Text, "开始时间" Month, "结束时间" Month, "务工月收入" Money,
        "就业渠道" Text, "年度交通费补助" Money]),
    spec(ROSTER, "declarations", false, columns!["申报编号" Text, "姓名" Name, "证件号码" Id, "联系电话" Phone,
        "县" County, "乡" Text, "村" Village, "申报事由" Choice, "申报时间" Date, "受理时间" Date, "办结时间" Date,
        "结果" Text]),
    spec(CIVIL, "benefit_rolls", true, columns!["家庭编号" Text, "户主姓名" Text, "户主身份证号" Text, "姓名" Name,
        "身份证号" Id, "保障类别" Choice, "分类" Text, "供养方式" Text, "保障人数" Number, "月保障金额" Money,
        "金额口径" Text, "发放月份" Month, "享受起始年月" Month, "停发时间" Month, "停保原因" Text, "县" County,
        "乡" Text, "村" Village]),
    spec(CIVIL, "disability_subsidies", true, columns!["姓名" Name, "身份证号" Id, "残疾证号" Text, "残疾类别" Text,
        "残疾等级" Text, "补贴类别" Choice, "金额" Money, "发放月份" Month]),
    spec(CIVIL, "standards", false, columns!["区划" Text, "类别" Text, "月标准" Money, "执行日期" Date,
        "上年标准" Money, "上年度人均消费支出" Money]),
    spec(HR, "employment", false, columns!["aac147" Id, "aac003" Name, "aac004" Text, "aab004" Org, "aab998" Text,
        "aab022" Text, "aca111" Text, "abc913" Date, "abc914" Date, "abc916" Date, "abc917" Text, "bcc720" Money,
        "aac016" Text, "aab299" Text, "aae100" Text]),
    spec(HR, "public_posts", true, columns!["aac147" Id, "aac003" Name, "岗位名称" Text, "岗位类别" Text,
        "聘用单位" Org, "上岗时间" Date, "协议到期" Date, "月补贴标准" Money, "资金来源" Text, "发放月份" Month,
        "实发金额" Money]),
    spec(HR, "training", false, columns!["aac147" Id, "aac003" Name, "培训机构" Org, "工种" Text, "期次" Text,
        "开班日期" Date, "结业日期" Date, "培训天数" Number, "补贴金额" Money, "证书编号" Text]),
    spec(HR, "subsidies", false, columns!["aac147" Id, "aac003" Name, "补贴类别" Choice, "金额" Money,
        "发放日期" Date, "依据" Text]),
    spec(HR, "social_insurance", true, columns!["aac147" Id, "aac003" Name, "险种" Choice, "缴费基数" Money,
        "费款所属期" Month, "参保状态" Text, "aab998" Text]),
    spec(HR, "graduates", false, columns!["aac147" Id, "aac003" Name, "毕业年度" Text, "学历层次" Text,
        "是否就业" YesNo, "就业单位" Org, "就业时间" Date]),
    spec(P832, "reserves", false, columns!["单位名称" Org, "统一社会信用代码" Text, "区划" Text, "主管部门" Text,
        "有无食堂" YesNo, "年度" Text, "食堂采购总额(万元)" Money, "预留比例(%)" Number, "预留份额(万元)" Money,
        "填报状态" Text, "填报日期" Date]),
    spec(P832, "orders", false, columns!["订单编号" Text, "下单时间" Date, "采购单位" Org, "采购单位信用代码" Text,
        "采购类型" Text, "供应商名称" Org, "供应商信用代码" Text, "商品名称" Text, "分类" Text, "数量" Number,
        "单价" Money, "金额(元)" Money, "订单状态" Text, "支付时间" Date, "验收时间" Date, "退款金额" Money]),
    spec(P832, "suppliers", false, columns!["企业名称" Org, "统一社会信用代码" Text, "所在县" County, "法人" Name,
        "主营产品" Choice, "带动脱贫户数" Number, "联结方式" Choice, "资质有效期" Date, "状态" Text]),
    spec(P832, "beneficiaries", false, columns!["供应商信用代码" Text, "户编号" Text, "姓名" Name, "证件号码" Id,
        "联结方式" Choice, "年度" Text, "年增收金额" Money]),
    spec(PV, "stations", false, columns!["发电户号" Text, "电站名称" Text, "产权单位" Org, "统一社会信用代码" Text,
        "县" County, "乡" Text, "村" Village, "装机容量(kW)" Number, "并网日期" Date, "补贴目录批次" Text]),
    spec(PV, "settlements", true, columns!["发电户号" Text, "结算年月" Month, "上月示数" Number, "本月示数" Number,
        "倍率" Number, "上网电量(kWh)" Number, "上网电价(元/kWh)" Number, "上网电费(元)" Money, "补贴单价" Number,
        "补贴电量" Number, "补贴金额" Money, "应付合计" Money, "税额" Money, "实付金额" Money, "付款日期" Date]),
    spec(PV, "village_accounts", false, columns!["村" Village, "年度" Text, "到账金额" Money, "土地租金" Money,
        "运维费" Money, "保险费" Money, "可分配金额" Money, "公益岗支出" Money, "小型公益支出" Money, "奖补支出" Money,
        "产业支出" Money, "结余" Money, "到县日期" Date, "拨付乡镇日期" Date, "到村账日期" Date, "公示起" Date,
        "公示止" Date]),
    spec(PV, "distributions", false, columns!["村" Village, "年度" Text, "姓名" Name, "证件号码" Id, "用途" Choice,
        "岗位" Text, "月份" Month, "金额" Money, "发放日期" Date]),
    spec(INSURANCE, "medical_expenses", true, columns!["psn_name" Name, "certno" Id, "med_type" Text,
        "medfee_sumamt" Money, "fund_pay_sumamt" Money, "psn_part_amt" Money, "setl_time" Date, "setl_month" Month]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_stream_has_its_own_line_of_the_table() {
        for stream in Stream::ALL {
            let value = stream.to_possible_value().unwrap();
            assert_eq!(value.get_name(), stream.name());
            assert_eq!(Stream::named(stream.name()), Some(stream));
        }
    }
}
