//! Evidence: what departments tell that a household got in the twelve months before the day the rules are asked.
//! Here because an expense weighs against what there was to live on, and last year's declaration is not all of it.
//! In: a household's sketch, the numbers of its people, the rows that were lost. Out: the least and the most it may come to.
//! Not here: what is told for a whole year, which belongs to no twelve months (the gains of the 832 platform); the expenses (burdens.rs).

use super::Lost;
use super::civil::rolls_of;
use crate::county::{Member, Sketch};
use crate::departments::calendar::Month;
use crate::departments::life::payments::{graduations, payments};
use crate::departments::life::{
    AWARD_FEN, Assistance, Share, Spell, TWICE_AGO, World, assistance, cares, id, paid_twice, post, share,
    spells,
};
use crate::departments::rows::civil::{CARE_FEN, LIVING_FEN};
use crate::departments::stream::Stream;

const MONTHS: i32 = 12;

/// An amount that rows tell, all of them or none.
struct Told {
    /// Position of the member whose number the rows give.
    member: usize,
    stream: Stream,
    month: Month,
    fen: i64,
    /// False where it counts only perhaps, even when its row arrives.
    sure: bool,
}

/// The least and the most of a household's evidenced income; all of it is the most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) least_fen: i64,
    pub(super) most_fen: i64,
}

/// What a household got, drawn before its people have names.
pub(super) struct Receipts(Vec<Told>);

impl Receipts {
    pub(super) fn of(world: &World, sketch: &Sketch<'_>) -> Self {
        let spells = spells(world, sketch);
        let mut told = wages(world, &spells);
        told.extend(post_and_share(world, sketch));
        let graduates = graduations(world, sketch);
        let paid = payments(world, sketch, &spells, &graduates).payments;
        told.extend(
            paid.iter()
                .filter(|payment| lately(world, payment.day.month))
                .map(|payment| Told {
                    member: payment.member,
                    stream: Stream::Subsidies,
                    // The list of payments is the last month's.
                    month: world.horizon.last,
                    fen: payment.fen,
                    sure: true,
                }),
        );
        if let Some(unit) = assistance(world, sketch) {
            told.extend(on_rolls(world, &unit));
        }
        for cared in cares(world, sketch) {
            let due = [(cared.living, LIVING_FEN), (cared.care, CARE_FEN)];
            let fen = due.iter().filter(|(due, _)| *due).map(|(_, fen)| fen).sum();
            told.extend(months(world).map(|month| Told {
                member: cared.member,
                stream: Stream::DisabilitySubsidies,
                month,
                fen,
                // One county's last list is short.
                sure: month < world.horizon.last,
            }));
        }
        Self(told)
    }

    /// What they come to, told of these people.
    pub(super) fn add_up(&self, lost: &Lost, people: &[Member]) -> Evidence {
        let mut evidence = Evidence::default();
        for told in &self.0 {
            evidence.most_fen += told.fen;
            let number = people.get(told.member).map_or("", id);
            let emptied =
                told.stream == Stream::MigrantWork && lost.amount(told.stream, [number].into_iter());
            if told.sure && !emptied && !lost.row(told.stream, number, told.month) {
                evidence.least_fen += told.fen;
            }
        }
        evidence
    }
}

fn lately(world: &World, month: Month) -> bool {
    (0..MONTHS).contains(&world.horizon.last.since(month))
}

/// The twelve months, as far as they are seen.
fn months(world: &World) -> impl Iterator<Item = Month> {
    let world = *world;
    world.horizon.iter().filter(move |month| lately(&world, *month))
}

/// Wages as the register's watch tells them month by month.
fn wages(world: &World, spells: &[Spell]) -> Vec<Told> {
    let mut told = Vec::new();
    for (at, spell) in spells.iter().enumerate() {
        let before = spells.get(..at).unwrap_or_default();
        let same = |other: &&Spell| (other.member, other.told_fen) == (spell.member, spell.told_fen);
        told.extend(
            months(world)
                .filter(|month| spell.covers(*month))
                .map(|month| Told {
                    member: spell.member,
                    stream: Stream::MigrantWork,
                    month,
                    fen: spell.told_fen,
                    // Two rows that say just the same of a month may be one wage told twice.
                    sure: !before.iter().filter(same).any(|other| other.covers(month)),
                }),
        );
    }
    told
}

/// A post's pay, told by its ledger and perhaps by the village; an award.
fn post_and_share(world: &World, sketch: &Sketch<'_>) -> Vec<Told> {
    let share = share(&sketch.outline);
    let mut told = Vec::new();
    if let Some(post) = post(world, sketch) {
        let paid = months(world).filter(|month| post.paid_in(*month));
        told.extend(paid.map(|month| Told {
            member: post.member,
            stream: Stream::PublicPosts,
            month,
            fen: post.paid_fen(month),
            sure: true,
        }));
        if let (Some(Share::Post(fen)), true) = (share, paid_twice(&sketch.outline)) {
            told.push(Told {
                member: post.member,
                stream: Stream::Distributions,
                month: world.horizon.last.plus(-TWICE_AGO),
                fen,
                // Another village pays as much for the same month: one payment told twice, or two.
                sure: false,
            });
        }
    }
    if share == Some(Share::Award) {
        told.push(Told {
            member: 0,
            stream: Stream::Distributions,
            month: world.horizon.last,
            fen: AWARD_FEN,
            sure: true,
        });
    }
    told
}

/// Benefits, once for each roll the unit is on.
fn on_rolls(world: &World, unit: &Assistance) -> Vec<Told> {
    let entries = i64::try_from(rolls_of(unit).len()).unwrap_or(1);
    let payees: &[usize] = if unit.per_person {
        &unit.members
    } else {
        std::slice::from_ref(&unit.head)
    };
    let listed = months(world).filter(|month| unit.listed(*month));
    listed
        .flat_map(|month| {
            payees.iter().map(move |member| Told {
                member: *member,
                stream: Stream::BenefitRolls,
                month,
                fen: unit.monthly_fen * entries,
                // One whose rows have another's number is nobody the household knows.
                sure: *member == unit.head,
            })
        })
        .collect()
}
