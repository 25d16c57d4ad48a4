//! The reasons for a row's outcome, as a clerk reads them.
//! Here because a person decides what is doubtful, and must see what speaks for it, what against, and who else it could be.
//! In: a list that was linked, its weights, a row. Out: candidates with four families of reasons and the rival; text.
//! Not here: the values themselves (the caller shows them, masked by role), buttons and verdicts.

use std::fmt;

use super::cells::{ALL, Class, FAMILIES, NAME, NUMBER, OTHERS, SILENT};
use super::compare::{Comparer, Pair};
use super::link::{Band, Linkage};
use super::pairs::Known;
use super::people::at;
use super::score::{SURE, best, candidates};
use super::tables::Tables;
use super::weights::{Weights, WeightsError};

/// Candidates that are shown.
pub const CANDIDATES_SHOWN: usize = 5;
/// Bits below which a reason is neither for nor against.
const BITS_MIN: f64 = 0.3;

/// Who the row's person may be instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rival {
    /// Somebody of another village.
    Stranger,
    /// Somebody of the same village.
    Villager,
    /// Somebody of the same village with the same name.
    Namesake,
    /// Another member of the household: brother, sister, twin.
    Household,
}

impl Rival {
    const fn of(class: Class) -> Self {
        match class {
            Class::Match | Class::Stranger => Self::Stranger,
            Class::Villager => Self::Villager,
            Class::Namesake => Self::Namesake,
            Class::Household => Self::Household,
        }
    }

    const fn class(self) -> Class {
        match self {
            Self::Stranger => Class::Stranger,
            Self::Villager => Class::Villager,
            Self::Namesake => Class::Namesake,
            Self::Household => Class::Household,
        }
    }

    /// In Chinese.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stranger => "陌生人碰巧相似",
            Self::Villager => "同村另一人",
            Self::Namesake => "同村同名的另一人",
            Self::Household => "同户另一人（兄弟姐妹、双胞胎等）",
        }
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The sentence, without any value.
    pub sentence: String,
    /// Binary logarithm of how much likelier it is of one and the same person than of the rival; negative: against.
    pub bits: f64,
}

/// The reasons of one family.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// 身份证, 姓名, 出生·性别 or 住址·电话·户.
    pub name: &'static str,
    /// Sum of its reasons' bits.
    pub bits: f64,
    /// Its reasons, the strongest first; none where nothing can be said.
    pub reasons: Vec<Reason>,
}

/// A candidate of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The person's id.
    pub person: u64,
    /// Chance to be the one, beside the other candidates and nobody; before the rehearsal's correction.
    pub chance: f64,
    /// Bits for the candidate against the row's person not being registered.
    pub bits: f64,
    /// Bits before anything is compared: one of so many people against the rival.
    pub prior_bits: f64,
    /// The four families.
    pub families: Vec<Family>,
    /// Who it may be instead, most likely.
    pub rival: Rival,
}

/// The reasons for a row's outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What to do.
    pub band: Band,
    /// Chance that the best candidate is the one, as the rehearsal showed such scores to be worth.
    pub chance: f64,
    /// Number and name are this person's: nothing else was looked at.
    pub sure: bool,
    /// The best first, [`CANDIDATES_SHOWN`] at most.
    pub candidates: Vec<Candidate>,
    /// How many more there were.
    pub more: usize,
    /// Version of the weights.
    pub version: String,
}

impl Linkage<'_> {
    /// Why a row came out as it did, with what the last [`Linkage::link`] knew of the other rows. A row that is not
    /// there has no candidates.
    ///
    /// # Errors
    /// When the weights are of another form.
    pub fn explain(&self, weights: &Weights, row: usize) -> Result<Explanation, WeightsError> {
        let tables = weights.tables()?;
        let pairs = self.pairs.of(row);
        let scored = candidates(self.index, &tables, self.size(), pairs);
        let sure = self.pairs.known.get(row) == Some(&Known::Sure);
        let odds = if sure { SURE } else { best(pairs, &scored).odds };
        let shown = scored.iter().take(CANDIDATES_SHOWN).filter_map(|scored| {
            let pair = pairs.get(scored.at)?;
            Some(self.candidate(&tables, row, pair, (scored.score, scored.posterior)))
        });
        Ok(Explanation {
            band: weights.band(odds),
            chance: if sure {
                1.0
            } else {
                weights.trust().posterior(odds)
            },
            sure,
            candidates: shown.collect(),
            more: scored.len().saturating_sub(CANDIDATES_SHOWN),
            version: weights.version(),
        })
    }

    fn candidate(&self, tables: &Tables, row: usize, pair: &Pair, (score, chance): (f64, f64)) -> Candidate {
        let size = self.size();
        let likely = |class: &Class| tables.chance(pair, *class) + tables.prior(*class, size);
        let rival = OTHERS.iter().max_by(|a, b| likely(a).total_cmp(&likely(b)));
        let rival = Rival::of(rival.copied().unwrap_or(Class::Stranger));
        let class = rival.class();
        let subject = self.sides().subject(row);
        let (_, rare) = Comparer::new(self.index, &subject).compare_in_parts(pair.person);
        let mut families: Vec<Family> = FAMILIES
            .iter()
            .map(|name| Family {
                name,
                bits: 0.0,
                reasons: Vec::new(),
            })
            .collect();
        for (at, field) in ALL.iter().enumerate() {
            let cell = pair.cells.get(at).copied().unwrap_or(SILENT);
            let Some(known) = field.cells.get(usize::from(cell)) else {
                continue;
            };
            let [anywhere, ..] = rare[at].map(f64::from);
            let weight =
                tables.log(at, cell, Class::Match) - tables.log(at, cell, class) - rareness(rare[at], class);
            let sentence = match at {
                NAME if cell <= 1 => format!("{}（{}）", known.sentence, self.bearers(pair.person)),
                NUMBER if known.counted => {
                    format!("{}（{}）", known.sentence, self.fitting(anywhere))
                }
                _ => known.sentence.to_owned(),
            };
            if let Some(family) = families.get_mut(field.family) {
                let bits = weight / std::f64::consts::LN_2;
                family.bits += bits;
                family.reasons.push(Reason { sentence, bits });
            }
        }
        for family in &mut families {
            family
                .reasons
                .sort_by(|a, b| b.bits.abs().total_cmp(&a.bits.abs()));
        }
        let registered = tables.priors.registered.clamp(0.01, 0.99);
        let prior = (registered / size.people / (1.0 - registered)).ln() - tables.prior(class, size);
        Candidate {
            person: self.index.id(pair.person),
            chance,
            bits: score / std::f64::consts::LN_2,
            prior_bits: prior / std::f64::consts::LN_2,
            families,
            rival,
        }
    }

    /// How many bear the name, in the village and in the register.
    fn bearers(&self, person: u32) -> String {
        let frequency = &self.index.frequency;
        let local = frequency.local.get(person as usize).map_or(0, |local| local[0]);
        let all = at(
            &frequency.name,
            at(&self.index.people.name, person as usize) as usize,
        );
        format!("本村同名 {local} 人，全册同名 {all} 人")
    }

    fn fitting(&self, rare: f64) -> String {
        let expected = rare.exp() * self.index.len() as f64;
        if expected < 1.0 {
            "全册碰巧相符的不到 1 人".to_owned()
        } else {
            format!("全册碰巧相符的约 {expected:.0} 人")
        }
    }
}

/// How rare a field's agreement is among people of a class.
fn rareness(rare: [f32; 3], class: Class) -> f64 {
    let [stranger, villager, namesake] = rare.map(f64::from);
    match class {
        Class::Stranger => stranger,
        Class::Villager => villager,
        Class::Namesake => namesake,
        Class::Match | Class::Household => 0.0,
    }
}

impl fmt::Display for Explanation {
    /// Several lines of Chinese; no names, no numbers of people, only ids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.chance * 100.0;
        let Some((first, others)) = self.candidates.split_first() else {
            return write!(f, "建议：不关联。底册中没有相近的人");
        };
        match self.band {
            Band::Link if self.sure => writeln!(f, "建议：同一人。证件号码和姓名都相符")?,
            Band::Link => writeln!(f, "建议：同一人（把握 {percent:.1}%）")?,
            Band::Ask => writeln!(f, "建议：请核实（把握 {percent:.1}%）")?,
            Band::Leave => writeln!(
                f,
                "建议：不关联，更像{}（把握 {percent:.1}%）",
                first.rival.words()
            )?,
        }
        writeln!(
            f,
            "候选：人员 {}，若不是此人，最可能是{}",
            first.person,
            first.rival.words()
        )?;
        writeln!(f, "  比对之前：{}", odds(first.prior_bits))?;
        for family in &first.families {
            write!(f, "  {}：{}", family.name, odds(family.bits))?;
            let reasons = family
                .reasons
                .iter()
                .filter(|reason| reason.bits.abs() >= BITS_MIN);
            for (at, reason) in reasons.enumerate() {
                let parted = if at == 0 { "。" } else { "；" };
                write!(f, "{parted}{}（{}）", reason.sentence, odds(reason.bits))?;
            }
            writeln!(f)?;
        }
        match others.first() {
            Some(second) => {
                let chance = second.chance * 100.0;
                write!(
                    f,
                    "次选：人员 {}，把握 {chance:.1}%，另有 {} 人",
                    second.person,
                    others.len() - 1 + self.more
                )?;
            }
            None => write!(f, "没有别的候选")?,
        }
        write!(f, "。权重版本 {}", self.version)
    }
}

/// Bits as a clerk reads them.
fn odds(bits: f64) -> String {
    let times = bits.abs().exp2();
    let times = match times {
        t if t >= 1e8 => format!("{:.0} 亿倍", t / 1e8),
        t if t >= 1e4 => format!("{:.0} 万倍", t / 1e4),
        t if t >= 10.0 => format!("{t:.0} 倍"),
        t => format!("{t:.1} 倍"),
    };
    match bits {
        b if b.abs() < BITS_MIN => "无从判断".to_owned(),
        b if b > 0.0 => format!("支持 {times}"),
        _ => format!("反对 {times}"),
    }
}
