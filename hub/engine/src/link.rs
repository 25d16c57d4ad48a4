//! The link stage: whom of the register the other departments' rows speak of.
//! Here because five departments write about one person in five ways, and nobody may be found by a number alone.
//! In: the canonical files of a snapshot, people's verdicts, weights. Out: links, doubts, a report; the weights used.
//! Not here: how rows are compared (linkage), what ids rows got (mentions), where links are kept.
//!
//! A pure function: the same rows, verdicts and weights give the same links. Weights that were learned are the caller's
//! to keep; until they are frozen they are learned anew from the rows at hand.

use std::collections::{HashMap, HashSet};

use datafusion::prelude::SessionContext;
use hub_model::{Link, LinkReport, Links, PlaceNames, Says, Standing, Verdict, Whose};

use crate::Result;
use crate::bits::Bits;
use crate::link_reader::{HOUSEHOLD, REGISTER, Reader, list_sql, tables_of_people};
use crate::linkage::{self, Band, Columns, Index, Linkage, People, Weights};

/// Rows whose person is known from which weights are worth freezing.
const FREEZE_ANSWERED: u64 = 10_000;

/// What to link.
#[derive(Debug, Clone, Default)]
pub struct LinkJob {
    /// What people said.
    pub verdicts: Vec<Verdict>,
    /// Frozen weights; without them weights are learned.
    pub weights: Option<Weights>,
    /// What places are called.
    pub places: PlaceNames,
}

/// Rows linked.
#[derive(Debug, Clone)]
pub struct Linked {
    /// Links of people; those of households are empty.
    pub links: Links,
    /// The weights they were found with, before verdicts calibrated them; none when there was nothing to link.
    pub weights: Option<Weights>,
    /// What was done.
    pub report: LinkReport,
}

impl Linked {
    /// The weights, when they were learned here from enough rows whose person is known.
    #[must_use]
    pub fn worth_freezing(&self, job: &LinkJob) -> Option<&Weights> {
        let learned = self.weights.as_ref().filter(|_| job.weights.is_none());
        learned.filter(|weights| weights.answered >= FREEZE_ANSWERED)
    }

    /// What is left where there is no register: what people said.
    pub(crate) fn of_verdicts(job: &LinkJob) -> Self {
        Self {
            links: Links {
                people: with_verdicts(Vec::new(), &job.verdicts, Whose::Person),
                households: Vec::new(),
            },
            weights: None,
            report: LinkReport::default(),
        }
    }
}

/// A list compared with the register.
pub(crate) struct Compared<'a> {
    pub(crate) work: Linkage<'a>,
    /// The weights before verdicts calibrated them.
    weights: Weights,
    pub(crate) calibrated: Weights,
    found: linkage::Links,
}

/// The two lists, read.
pub(crate) struct Sides {
    pub(crate) index: Index,
    registered: Bits,
    pub(crate) list: People,
    /// The mention of each row of the list.
    pub(crate) mentions: Vec<u64>,
    /// The person whose household number and name a row has, by the row's mention.
    by_household: HashMap<u64, u64>,
}

impl Sides {
    /// Reads both lists from the raw tables of `context`, which reads them one after the other.
    pub(crate) async fn read(context: &SessionContext, places: &PlaceNames) -> Result<Self> {
        let columns = Columns {
            household: HOUSEHOLD.to_owned(),
            ..Columns::default()
        };
        let mut list = Reader::new(columns.clone(), places);
        for table in tables_of_people() {
            list.read(context, &list_sql(table)).await?;
        }
        let mut register = Reader::new(columns, places);
        register.homes = Some(HashMap::new());
        register.read(context, REGISTER).await?;
        let at_home = register.homes.unwrap_or_default();
        let by_household = list
            .claims
            .iter()
            .filter(|(mention, _)| !register.seen.contains(*mention))
            .filter_map(|(mention, home)| Some((*mention, (*at_home.get(home)?)?)))
            .collect();
        Ok(Self {
            index: Index::new(register.people.finish()),
            registered: register.seen,
            list: list.people.finish(),
            mentions: list.ids,
            by_household,
        })
    }

    /// Compares the list with the register: with frozen weights or learned ones, as people's verdicts calibrate them.
    pub(crate) fn compare(&self, job: &LinkJob) -> Result<Compared<'_>> {
        let mut work = Linkage::new(&self.index, &self.list);
        let weights = match &job.weights {
            Some(weights) => weights.clone(),
            None => work.learn(),
        };
        let mut found = work.link(&weights)?;
        let answers = self.answers(&found.rows, &job.verdicts);
        let calibrated = weights.calibrated(&answers);
        if !answers.is_empty() {
            found = work.link(&calibrated)?;
        }
        Ok(Compared {
            work,
            weights,
            calibrated,
            found,
        })
    }

    /// Links the list.
    pub(crate) fn link(&self, job: &LinkJob) -> Result<Linked> {
        let Compared {
            work, weights, found, ..
        } = self.compare(job)?;
        let mut links: Vec<Link> = Vec::new();
        for (row, (mention, link)) in self.mentions.iter().zip(&found.rows).enumerate() {
            if self.registered.contains(*mention) {
                continue;
            }
            let (person, standing, chance) = match (self.by_household.get(mention), link.person, link.band) {
                (Some(person), _, _) => (*person, Standing::Linked, 1.0),
                (None, Some(person), Band::Link) => (person, Standing::Linked, link.chance),
                (None, Some(person), Band::Ask) => (person, Standing::Doubtful, link.chance),
                (None, None, _) | (None, Some(_), Band::Leave) => continue,
            };
            links.push(Link {
                from: *mention,
                to: person,
                standing,
                permille: permille(chance),
                oddity: work.oddity(row, person),
                weights: found.version.clone(),
            });
        }
        let count = |standing| links.iter().filter(|link| link.standing == standing).count() as u64;
        let report = LinkReport {
            register: self.index.len() as u64,
            list: found.report.rows as u64,
            sure: found.report.sure as u64,
            linked: count(Standing::Linked),
            doubtful: count(Standing::Doubtful),
            pairs: found.report.pairs as u64,
            skipped: found
                .report
                .skipped
                .iter()
                .map(|(key, times)| ((*key).to_owned(), *times))
                .collect(),
            unseen: found.report.unseen,
            weights: found.version,
            frozen: job.weights.is_some(),
        };
        Ok(Linked {
            links: Links {
                people: with_verdicts(links, &job.verdicts, Whose::Person),
                households: Vec::new(),
            },
            weights: Some(weights),
            report,
        })
    }

    /// What verdicts teach about scores: the odds of a row's best candidate, and whether people said it is the one.
    fn answers(&self, rows: &[linkage::Link], verdicts: &[Verdict]) -> Vec<(f64, bool)> {
        let wanted: Vec<&Verdict> = verdicts
            .iter()
            .filter(|verdict| verdict.whose == Whose::Person)
            .collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let rows_of = self.mentions.iter().enumerate();
        let row_of: HashMap<u64, usize> = rows_of.map(|(row, mention)| (*mention, row)).collect();
        let answer = |verdict: &&Verdict| {
            let link = rows.get(*row_of.get(&verdict.from)?)?;
            let person = link.person.filter(|_| link.odds.is_finite())?;
            match verdict.says {
                Says::Same => Some((link.odds, person == verdict.to)),
                Says::Not => (person == verdict.to).then_some((link.odds, false)),
                Says::Later => None,
            }
        };
        wanted.iter().filter_map(answer).collect()
    }
}

/// `links` as people's verdicts leave them, sorted.
pub(crate) fn with_verdicts(links: Vec<Link>, verdicts: &[Verdict], whose: Whose) -> Vec<Link> {
    let said = |says: Says| {
        verdicts
            .iter()
            .filter(move |verdict| verdict.whose == whose && verdict.says == says)
    };
    let refused: HashSet<(u64, u64)> = said(Says::Not)
        .map(|verdict| (verdict.from, verdict.to))
        .collect();
    let standing = links
        .into_iter()
        .filter(|link| !refused.contains(&(link.from, link.to)));
    let mut by_row: HashMap<u64, Link> = standing.map(|link| (link.from, link)).collect();
    for verdict in said(Says::Same) {
        let oddity = by_row
            .get(&verdict.from)
            .filter(|link| link.to == verdict.to)
            .and_then(|link| link.oddity);
        by_row.insert(
            verdict.from,
            Link {
                from: verdict.from,
                to: verdict.to,
                standing: Standing::Confirmed,
                permille: 1000,
                oddity,
                weights: String::new(),
            },
        );
    }
    let mut links: Vec<Link> = by_row.into_values().collect();
    links.sort();
    links
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a chance is between 0 and 1"
)]
pub(crate) fn permille(chance: f64) -> u32 {
    (chance.clamp(0.0, 1.0) * 1000.0).floor() as u32
}
