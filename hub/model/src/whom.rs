//! Whom a case is about, by name and number: personal data.
//! Here because whoever must knock on the door has to know which, and the engine's pages know far more than that.
//! In: nothing. Out: plain values.
//! Not here: who may read it, and that each look is recorded.

use serde::Serialize;

/// A household by its own numbers and names; a person is told with the household.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Whom {
    /// 户编号.
    pub household_no: Option<String>,
    /// 县(市、区).
    pub county: Option<String>,
    /// 乡(镇).
    pub town: Option<String>,
    /// 行政村.
    pub village: Option<String>,
    /// 组 or 自然村.
    pub village_group: Option<String>,
    /// 户联系电话.
    pub phone: Option<String>,
    /// Its members, the head first.
    pub members: Vec<WhomMember>,
}

/// A member of a household.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WhomMember {
    /// The dense id.
    pub person_id: Option<u64>,
    /// 姓名.
    pub name: Option<String>,
    /// 证件号码; none when it is not valid.
    pub id_no: Option<String>,
    /// 与户主关系.
    pub relation: Option<String>,
}
