//! Held: what the rules on how many hold public-welfare posts (C06, K8) should find, by county and for the city.
//! Here because a county keeps its posts or loses them, whoever holds them, and a row that is lost looks like a post given up.
//! In: households with their posts. Out: the truth of both rules, by the county's name; 全市 is all of them.
//! Not here: who may hold a post and what it pays (posts.rs).

use std::collections::BTreeMap;

use super::Truths;
use super::facts::Facts;
use crate::departments::calendar::Month;
use crate::departments::life::with_post_ledger;
use crate::departments::stream::Stream;

const CITY: &str = "全市";
const YEAR: i32 = 12;
/// Hundredths of a per cent of the same month of the year before: fewer by so much; so much is kept at least.
const DECLINE: i64 = 500;
const KEPT: i64 = 9_500;

/// Who holds a post in a month, and of how many of them the row is lost.
#[derive(Debug, Clone, Copy, Default)]
struct Holders {
    all: i64,
    lost: i64,
}

/// Holders of a place, month by month.
type Months = BTreeMap<Month, Holders>;

/// The posts of the counties: of households that were ever lifted or watched, and of those that are now.
#[derive(Default)]
pub(super) struct Ledger {
    ever: BTreeMap<&'static str, Months>,
    now: BTreeMap<&'static str, Months>,
}

impl Ledger {
    pub(super) fn take(&mut self, home: &Facts<'_>) {
        let Some(post) = &home.post else { return };
        let months = with_post_ledger(home.world.horizon);
        for month in months.iter().filter(|month| post.paid_in(*month)) {
            let lost = i64::from(!home.arrives(Stream::PublicPosts, post.member, month));
            let count = |places: &mut BTreeMap<&'static str, Months>, place| {
                let holders = places.entry(place).or_default().entry(month).or_default();
                holders.all += 1;
                holders.lost += lost;
            };
            if home.poor_once {
                count(&mut self.ever, home.county);
            }
            if home.looked_at {
                count(&mut self.now, home.county);
                count(&mut self.now, CITY);
            }
        }
    }

    pub(super) fn tell(self, truths: &mut Truths) {
        truths.judged("C06");
        truths.judged("K8");
        let fewer = |now: i64, before: i64| before > 0 && (before - now) * 10_000 / before > DECLINE;
        for (county, months) in &self.ever {
            let newest = |months: &Months| Some(*months.last_key_value()?.1);
            judge(truths, ("C06", county, "fewer"), months, newest, fewer);
        }
        let kept_too_few = |now: i64, before: i64| before > 0 && now * 10_000 < before * KEPT;
        for (place, months) in &self.now {
            // The better of the last two months: a list that comes late is no post lost.
            let better = |months: &Months| {
                let mut latest = months.values().rev().take(2);
                let (last, before) = (*latest.next()?, latest.next().copied().unwrap_or_default());
                Some(Holders {
                    all: last.all.max(before.all),
                    lost: last.lost.max(before.lost),
                })
            };
            judge(truths, ("K8", place, "breach"), months, better, kept_too_few);
        }
    }
}

/// Judges a place by its last months and the same month of the year before; unsure where lost rows of either would make a difference.
fn judge(
    truths: &mut Truths,
    (rule, place, band): (&'static str, &str, &str),
    months: &Months,
    now: impl Fn(&Months) -> Option<Holders>,
    found: impl Fn(i64, i64) -> bool,
) {
    let (Some(newest), Some(now)) = (months.keys().next_back(), now(months)) else {
        return;
    };
    let before = months.get(&newest.plus(-YEAR)).copied().unwrap_or_default();
    let all = found(now.all, before.all);
    if all {
        truths.expect(rule, place, band);
    }
    let (least, most) = (now.all - now.lost, before.all - before.lost);
    if found(least, before.all) != all || found(now.all, most) != all {
        truths.unsure(rule, place);
    }
}
