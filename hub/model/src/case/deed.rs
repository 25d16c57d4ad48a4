//! A deed: an action with who did it and what was said; the closed lists of reasons and measures.
//! Here because statistics of why warnings were wrong need codes, and people need a sentence beside them.
//! In: words typed by people. Out: checked values.
//! Not here: which action needs which of them (action).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, CaseState, Role};

/// Why a warning is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 数据滞后: the source is behind.
    DataLate,
    /// 数据错误: the source is wrong; its department is told.
    DataWrong,
    /// 人员同名: somebody of the same name is meant.
    Namesake,
    /// 已享受其他政策: another policy covers it.
    CoveredElsewhere,
    /// 已处置: done before the warning came.
    AlreadyHandled,
    /// 政策例外: the policy makes an exception.
    PolicyException,
    /// 规则过严: the rule is too strict.
    RuleTooStrict,
    /// 其他: the text says.
    Other,
}

/// What was done, by the groups the national system keeps measures in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 产业帮扶.
    Industry,
    /// 就业帮扶.
    Employment,
    /// 公益性岗位.
    PublicPost,
    /// 金融帮扶.
    Finance,
    /// 住房安全.
    Housing,
    /// 饮水安全.
    Water,
    /// 健康帮扶.
    Health,
    /// 教育帮扶.
    Education,
    /// 义务教育保障.
    CompulsoryEducation,
    /// 搬迁.
    Relocation,
    /// 生产生活条件改善.
    LivingConditions,
    /// 基础设施.
    Infrastructure,
    /// 综合保障.
    SocialSecurity,
    /// 社会帮扶.
    SocialHelp,
    /// 数据或政策已更正: nothing had to be done for people.
    Corrected,
    /// 其他: the text says.
    Other,
}

/// Something done to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// What.
    pub action: Action,
    /// Who; an account or an office, never a person the warnings are about.
    pub actor: String,
    /// As whom.
    pub role: Role,
    /// Why.
    pub reason: Option<Reason>,
    /// In a sentence.
    pub text: Option<String>,
    /// What was done.
    pub measure: Option<Measure>,
    /// When it was done.
    pub date: Option<NaiveDate>,
    /// The department it goes to.
    pub to: Option<String>,
}

impl Deed {
    /// What the hub does by itself, because of `text`.
    #[must_use]
    pub fn of_hub(action: Action, text: &str) -> Self {
        Self {
            action,
            actor: "hub".to_owned(),
            role: Role::Hub,
            reason: None,
            text: Some(text.to_owned()),
            measure: None,
            date: None,
            to: None,
        }
    }
}

/// A deed that was done, as a case's history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeedRecord {
    /// The case's version after it.
    pub version: u64,
    /// The case's round.
    pub round: u32,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The state before.
    pub was: CaseState,
    /// The state after.
    pub state: CaseState,
    /// The deed.
    #[serde(flatten)]
    pub deed: Deed,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::DataLate,
        Self::DataWrong,
        Self::Namesake,
        Self::CoveredElsewhere,
        Self::AlreadyHandled,
        Self::PolicyException,
        Self::RuleTooStrict,
        Self::Other,
    ];

    /// The code and its Chinese.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::DataLate => ("data_late", "数据滞后"),
            Self::DataWrong => ("data_wrong", "数据错误"),
            Self::Namesake => ("namesake", "人员同名"),
            Self::CoveredElsewhere => ("covered_elsewhere", "已享受其他政策"),
            Self::AlreadyHandled => ("already_handled", "已处置"),
            Self::PolicyException => ("policy_exception", "政策例外"),
            Self::RuleTooStrict => ("rule_too_strict", "规则过严"),
            Self::Other => ("other", "其他"),
        }
    }

    /// The reason that a code or its Chinese stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| {
            let (code, chinese) = reason.words();
            code == word || chinese == word
        })
    }
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 16] = [
        Self::Industry,
        Self::Employment,
        Self::PublicPost,
        Self::Finance,
        Self::Housing,
        Self::Water,
        Self::Health,
        Self::Education,
        Self::CompulsoryEducation,
        Self::Relocation,
        Self::LivingConditions,
        Self::Infrastructure,
        Self::SocialSecurity,
        Self::SocialHelp,
        Self::Corrected,
        Self::Other,
    ];

    /// The code and its Chinese.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Industry => ("industry", "产业"),
            Self::Employment => ("employment", "就业"),
            Self::PublicPost => ("public_post", "公益性岗位"),
            Self::Finance => ("finance", "金融"),
            Self::Housing => ("housing", "住房"),
            Self::Water => ("water", "饮水"),
            Self::Health => ("health", "健康"),
            Self::Education => ("education", "教育"),
            Self::CompulsoryEducation => ("compulsory_education", "义务教育"),
            Self::Relocation => ("relocation", "搬迁"),
            Self::LivingConditions => ("living_conditions", "生产生活条件改善"),
            Self::Infrastructure => ("infrastructure", "基础设施"),
            Self::SocialSecurity => ("social_security", "综合保障"),
            Self::SocialHelp => ("social_help", "社会帮扶"),
            Self::Corrected => ("corrected", "数据或政策已更正"),
            Self::Other => ("other", "其他"),
        }
    }

    /// The measure that a code or its Chinese stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| {
            let (code, chinese) = measure.words();
            code == word || chinese == word
        })
    }
}
