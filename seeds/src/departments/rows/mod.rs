//! Rows: what each department would print about the county, row by row, one household or village at a time.
//! Here because files, services and feeds are only different clothes of the same rows.
//! In: a `World`, a stream. Out: rows with their tags, spoilt at the stated rates, to whoever asked; memory for one row.
//! Not here: formats (output/), layouts of files (files/).

pub(crate) mod civil;
mod hr;
mod insurance;
mod market;
mod pv;
mod roster;

use std::collections::BTreeMap;

use super::calendar::Month;
use super::dirt::{DirtCode, Tally};
use super::life::World;
use super::oracle::Lost;
use super::row::Row;
use super::spoil::Spoiler;
use super::stream::Stream;
use crate::Error;

/// The county whose rolls have members as columns: there the cells of a household are printed once.
pub(crate) const ACROSS_UNIT: usize = 1;
/// The county whose last disability list holds sums over the year so far.
pub(crate) const SUMMED_UNIT: usize = 2;
/// The county whose last disability list lacks many rows.
pub(crate) const SHORT_UNIT: usize = 7;

/// Where a row belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'a> {
    /// County-level unit, by position in `COUNTIES`.
    pub(crate) unit: usize,
    /// The month it is delivered for; the last one for streams that are not monthly.
    pub(crate) month: Month,
    /// Town, empty where there is none.
    pub(crate) town: &'a str,
    /// Rows that belong together follow each other under one number.
    pub(crate) block: u64,
}

/// Why a walk ended before its end.
pub(crate) enum Stop {
    /// Whoever asked has enough.
    Enough,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Cases a rule should find, by rule id: the subjects in the order they came.
pub(crate) type Cases = BTreeMap<&'static str, Vec<String>>;

/// What a walk counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) rows: u64,
    pub(crate) tally: Tally,
    pub(crate) cases: Cases,
    pub(crate) lost: Lost,
}

/// Takes a row; false when no more are wanted.
pub(crate) type Sink<'s> = dyn FnMut(&Row, &Tag<'_>) -> Result<bool, Error> + 's;

/// The way of a row from its maker to the sink.
pub(crate) struct Out<'o, 's> {
    pub(crate) row: Row,
    stream: Stream,
    spoiler: Spoiler,
    counted: &'o mut Counted,
    sink: &'o mut Sink<'s>,
}

impl Out<'_, '_> {
    pub(crate) fn dirty(&self) -> bool {
        self.spoiler.dirt().on()
    }

    /// Counts dirt of rows, which their maker plants.
    pub(crate) fn count(&mut self, code: DirtCode) {
        self.counted.tally.add(code, self.stream);
    }

    /// A case of rule `rule`.
    pub(crate) fn case(&mut self, rule: &'static str, subject: &str) {
        self.counted
            .cases
            .entry(rule)
            .or_default()
            .push(subject.to_owned());
    }

    /// Spoils the row, sends it and starts the next.
    pub(crate) fn send(&mut self, tag: &Tag<'_>) -> Result<(), Stop> {
        self.send_spoiling(tag, None)
    }

    /// The same; only the columns of `only` may be spoilt.
    pub(crate) fn send_spoiling(&mut self, tag: &Tag<'_>, only: Option<&[usize]>) -> Result<(), Stop> {
        debug_assert_eq!(
            self.row.len(),
            self.stream.columns().len(),
            "{}",
            self.stream.name()
        );
        let Counted { tally, lost, .. } = &mut *self.counted;
        self.spoiler.spoil(&mut self.row, (tag.month, only), tally, lost);
        self.counted.rows += 1;
        let more = (self.sink)(&self.row, tag)?;
        self.row.clear();
        if more { Ok(()) } else { Err(Stop::Enough) }
    }
}

/// Sends all rows of `stream` to `sink`, in order.
pub(crate) fn walk(
    world: &World,
    stream: Stream,
    counted: &mut Counted,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let mut out = Out {
        row: Row::default(),
        stream,
        spoiler: Spoiler::new(stream, world.seed, world.dirt),
        counted,
        sink,
    };
    let made = match stream {
        Stream::Measures => roster::measures(world, &mut out),
        Stream::MigrantWork => roster::migrant_work(world, &mut out),
        Stream::Declarations => roster::declarations(world, &mut out),
        Stream::BenefitRolls => civil::benefit_rolls(world, &mut out),
        Stream::DisabilitySubsidies => civil::disability_subsidies(world, &mut out),
        Stream::Standards => civil::standards(world, &mut out),
        Stream::Employment => hr::employment(world, &mut out),
        Stream::PublicPosts => hr::public_posts(world, &mut out),
        Stream::Training => hr::training(world, &mut out),
        Stream::Subsidies => hr::subsidies(world, &mut out),
        Stream::SocialInsurance => hr::social_insurance(world, &mut out),
        Stream::Graduates => hr::graduates(world, &mut out),
        Stream::Reserves => market::reserves(world, &mut out),
        Stream::Orders => market::orders(world, &mut out),
        Stream::Suppliers => market::suppliers(world, &mut out),
        Stream::Beneficiaries => market::beneficiaries(world, &mut out),
        Stream::Stations => pv::stations(world, &mut out),
        Stream::Settlements => pv::settlements(world, &mut out),
        Stream::VillageAccounts => pv::village_accounts(world, &mut out),
        Stream::Distributions => pv::distributions(world, &mut out),
        Stream::MedicalExpenses => insurance::medical_expenses(world, &mut out),
    };
    match made {
        Ok(()) | Err(Stop::Enough) => Ok(()),
        Err(Stop::Failed(error)) => Err(error),
    }
}
