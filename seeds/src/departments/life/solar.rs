//! Solar: a village's station and what it earns month by month.
//! Here because the grid's settlement, the village's account and its posts are about the same money.
//! In: a village. Out: `Station`, `Settlement`; readings, energy and amounts fit together unless a misfit is planted.
//! Not here: how the money is spent (rows/pv.rs).

use crate::county::Place;
use crate::county::dice::{Dice, Purpose};

use super::World;
use crate::departments::calendar::{Day, Month, Months};

/// A village's station.
#[derive(Debug, Clone)]
pub(crate) struct Station {
    pub(crate) key: u64,
    /// Whole kilowatts.
    pub(crate) capacity_kw: i64,
    pub(crate) connected: Day,
    pub(crate) batch: &'static str,
    /// Subsidy, ten-thousandths of a yuan per kWh.
    pub(crate) subsidy: i64,
    /// Per mille of what it should earn.
    per_mille: i64,
    /// The subsidy has not been paid for more than a year.
    pub(crate) unpaid: bool,
}

/// One month of a station. Readings in hundredths, energy in kWh, amounts in fen.
#[derive(Debug, Clone)]
pub(crate) struct Settlement {
    pub(crate) before: i64,
    pub(crate) after: i64,
    pub(crate) energy: i64,
    pub(crate) fee: i64,
    pub(crate) subsidy_energy: i64,
    pub(crate) subsidy: i64,
    pub(crate) tax: i64,
    pub(crate) paid_on: Day,
    /// The fee does not follow from the energy.
    pub(crate) miscounted: bool,
}

impl Settlement {
    pub(crate) fn payable(&self) -> i64 {
        self.fee + self.subsidy
    }

    pub(crate) fn paid(&self) -> i64 {
        self.payable() - self.tax
    }
}

/// Ten-thousandths of a yuan per kWh: the province's benchmark price of coal power.
pub(crate) const PRICE: i64 = 3_844;
/// The meter's multiplier.
pub(crate) const MULTIPLIER: i64 = 100;
/// Equivalent full hours of each month in north Anhui.
const HOURS: [i64; 12] = [65, 70, 95, 105, 115, 105, 105, 105, 90, 85, 70, 65];
/// Readings are counted from here.
const ORIGIN: Month = Month::new(2021, 1);
const READING_AT_ORIGIN: i64 = 150_000;

/// The station of the village with this 12-digit division, if it has one.
pub(crate) fn station(world: &World, place: &Place) -> Option<Station> {
    let key: u64 = place.division.parse().ok()?;
    let mut dice = world.dice(key, Purpose::Stations);
    if !dice.chance(850) {
        return None;
    }
    let (year, batch, subsidy) = dice.pick(&[
        (2016, "第一批", 6_156),
        (2017, "第二批", 5_956),
        (2018, "第三批", 4_656),
        (2019, "第四批", 4_656),
    ]);
    Some(Station {
        key,
        capacity_kw: dice.between(11, 23) * 10,
        connected: Month::new(year, i32::try_from(dice.between(3, 6)).unwrap_or(6)).day(28),
        batch,
        subsidy,
        per_mille: if dice.chance(40) {
            dice.between(450, 750)
        } else {
            dice.between(960, 1_040)
        },
        unpaid: dice.chance(60),
    })
}

impl Station {
    /// The user number the grid knows it by.
    pub(crate) fn number(&self) -> String {
        format!("3412{:09}", self.key % 1_000_000_000)
    }

    /// Whether it earns far less than its neighbours.
    pub(crate) fn weak(&self) -> bool {
        self.per_mille < 800
    }

    /// Whole kWh of a month.
    pub(crate) fn energy(&self, world: &World, month: Month) -> i64 {
        let mut dice = self.dice(world, month);
        if dice.chance(6) {
            return 0;
        }
        let hours = HOURS[usize::try_from(month.month() - 1).unwrap_or(0) % 12];
        self.capacity_kw * hours * self.per_mille * dice.between(970, 1_030) / 1_000_000
    }

    fn dice(&self, world: &World, month: Month) -> Dice {
        let month = u64::try_from(month.since(Month::new(2000, 1))).unwrap_or(0);
        world.dice(self.key * 1_000 + month, Purpose::Settlements)
    }

    /// Its settlements, month by month.
    pub(crate) fn settlements(
        &self,
        world: &World,
        months: Months,
    ) -> impl Iterator<Item = (Month, Settlement)> {
        // The meter goes on from month to month: its past is added up once.
        let past = (0..months.first.since(ORIGIN)).map(|past| self.energy(world, ORIGIN.plus(past)));
        let mut reading = READING_AT_ORIGIN + past.sum::<i64>();
        months.iter().map(move |month| {
            let settled = self.settlement(world, month, reading);
            reading = settled.after;
            (month, settled)
        })
    }

    fn settlement(&self, world: &World, month: Month, before: i64) -> Settlement {
        let energy = self.energy(world, month);
        // With a multiplier of 100, hundredths of a reading are whole kWh.
        let mut dice = world.dice(
            self.key * 1_000 + u64::from(month.month().unsigned_abs()),
            Purpose::Villages,
        );
        let miscounted = energy > 0 && dice.chance(4);
        let fee = per_kwh(energy, PRICE) + if miscounted { 1_234 } else { 0 };
        let subsidy_energy = if self.unpaid { 0 } else { energy };
        let subsidy = per_kwh(subsidy_energy, self.subsidy);
        let payable = fee + subsidy;
        Settlement {
            before,
            after: before + energy,
            energy,
            fee,
            subsidy_energy,
            subsidy,
            tax: (payable * 3 + 51) / 103,
            paid_on: month.plus(1).day(18),
            miscounted,
        }
    }
}

/// Fen for whole kWh at a price in ten-thousandths of a yuan, half up.
fn per_kwh(energy: i64, price: i64) -> i64 {
    (energy * price + 50) / 100
}
