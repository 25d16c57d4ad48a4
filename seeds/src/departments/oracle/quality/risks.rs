//! Oracle of risks: whether anybody in a watched household is what its risk says.
//! Here because measures answer the risk, and a risk nobody has is answered in vain.
//! In: a household that is watched and whose risk stands, its people. Out: the truth of the rules about its risks.
//! Not here: how risks are thrown (county/risks.rs).

use super::{Seen, Teller};
use crate::county::Household;

pub(super) fn tell(household: &Household, people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let stands = household
        .monitoring
        .as_ref()
        .filter(|watch| watch.told_removed == "否");
    let risks: &[&str] = stands.map_or(&[], |watch| &watch.risks);
    let named = |risk: &str| risks.contains(&risk);
    let nobody = |wanted: &dyn Fn(&Seen<'_>) -> bool| !people.iter().any(wanted);

    let ill = |seen: &Seen<'_>| matches!(seen.member.health, "患有大病" | "长期慢性病");
    teller.wrong("H-risk-illness", named("因病") && nobody(&ill));
    let disabled = |seen: &Seen<'_>| {
        seen.member.health == "残疾" || seen.number.card().is_some() || seen.known.roll.is_some()
    };
    teller.wrong("H-risk-disabled", named("因残") && nobody(&disabled));
    let pupil = |seen: &Seen<'_>| !matches!(seen.member.at_school, "" | "学龄前儿童");
    teller.wrong("H-risk-school", named("因学") && nobody(&pupil));
    let works = |seen: &Seen<'_>| seen.member.work_months > Some(0) || seen.known.works;
    teller.wrong("H-risk-work", named("因务工就业不稳") && nobody(&works));
    let able = |seen: &Seen<'_>| !matches!(seen.member.labour, "无劳动力" | "丧失劳动力");
    teller.wrong("H-risk-work-able", named("因务工就业不稳") && nobody(&able));

    let hands = people
        .iter()
        .filter(|seen| matches!(seen.member.labour, "普通劳动力" | "技能劳动力"))
        .count();
    let first = risks.first() == Some(&"缺劳动力");
    // Of one in four or fewer it is true.
    teller.wrong("H-risk-labour", first && 4 * hands > people.len());
    let half = people.len() >= 4 && 2 * hands >= people.len();
    teller.wrong("H-risk-labour-half", !first && named("缺劳动力") && half);
}
