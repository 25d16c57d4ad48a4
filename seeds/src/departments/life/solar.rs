//! Solar: a village's stations and what each earns month by month.
//! Here because the grid's settlement, the village's account and its posts are about the same money.
//! In: a village. Out: `Station`, `Settlement`; readings, energy and amounts fit together unless a misfit is planted.
//! Not here: how the money is spent (accounts.rs, shares.rs).

use crate::county::Place;
use crate::county::dice::{Dice, Purpose};
use crate::county::roles::role;

use super::World;
use crate::departments::calendar::{Day, Month, Months};

/// A village's station.
#[derive(Debug, Clone)]
pub(crate) struct Station {
    pub(crate) key: u64,
    /// Whole kilowatts, as listed.
    pub(crate) capacity_kw: i64,
    pub(crate) connected: Day,
    /// Batch of the subsidy catalogue, or that it is in none.
    pub(crate) batch: &'static str,
    /// Subsidy, ten-thousandths of a yuan per kWh.
    pub(crate) subsidy: i64,
    /// Whole kilowatts that stand there.
    real_kw: i64,
    /// Per mille of what it should earn.
    per_mille: i64,
    /// The subsidy has not been paid for more than a year.
    pub(crate) unpaid: bool,
    odd: Odd,
}

/// What is odd about one station of a village that is cast for it; months are counted back from the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Odd {
    Nothing,
    /// Far below its neighbours.
    Weak,
    /// So many per mille of the year before.
    Worn(i64),
    /// So many per cent of its panels are listed.
    Listed(i64),
    /// No energy in a month.
    Stopped(i32),
    /// No energy settled, though the meter went on.
    Asleep,
    /// So many kWh more settled than read.
    Beyond(i64),
    /// The fee, the subsidy or their sum is so many fen too high in a month.
    Fee(i64, i32),
    Subsidy(i64),
    Sum(i64),
    /// Not paid in the months from one to another.
    Late(i32, i32),
    /// No subsidy at all.
    Unpaid,
    /// No subsidy but once.
    PaidOnce,
    /// In no batch, so without a subsidy.
    NoBatch,
}

impl Odd {
    /// By the village's role and which of its stations it is. Rules that compare with neighbours want six stations of a county:
    /// each such case comes twice, half a round of villages apart, so that one of them lies in a large county.
    fn of(role: u64, nth: u64) -> Self {
        match (role, nth) {
            (0 | 12, 0) => Self::Weak,
            (1 | 13, 1) => Self::Worn(780),
            (2 | 14, 1) => Self::Worn(900),
            (4 | 16, 0) => Self::Listed(66),
            (9, 0) => Self::Listed(33),
            (10, 0) | (22, 1) => Self::Listed(87),
            (11, 0) => Self::Stopped(0),
            (17, 0) => Self::Stopped(1),
            (19, 0) => Self::Asleep,
            (2, 0) => Self::Beyond(500),
            (20, 0) => Self::Beyond(1),
            (3, 0) => Self::Subsidy(500),
            (21, 0) => Self::Sum(1_000),
            (22, 0) => Self::Fee(1, 5),
            (14, 0) => Self::Fee(4_321, 12),
            (5, 0) => Self::Late(3, 3),
            (18, 0) => Self::Late(4, 5),
            (6, 0) => Self::Late(1, 1),
            (8, 0) => Self::Unpaid,
            (20, 1) => Self::PaidOnce,
            (19, 1) => Self::NoBatch,
            _ => Self::Nothing,
        }
    }
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
    pub(crate) payable: i64,
    pub(crate) tax: i64,
    /// None: not paid as yet.
    pub(crate) paid_on: Option<Day>,
    /// An amount does not follow from the energy.
    pub(crate) miscounted: bool,
}

impl Settlement {
    /// What is due after tax.
    pub(crate) fn due(&self) -> i64 {
        self.payable - self.tax
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
/// Villages without a station.
const NO_STATIONS: [u64; 3] = [7, 15, 23];
/// The village whose stations are listed under the name it had before.
const RENAMED: u64 = 20;
/// Months settled before those that are seen: a year is compared with the one before.
const HISTORY: i32 = 12;

/// Whether a village with this role has stations.
pub(crate) fn has_stations(role: u64) -> bool {
    !NO_STATIONS.contains(&role)
}

/// The months settled: the year before is there as well, unless single months are asked for.
pub(crate) fn settled_months(world: &World) -> Months {
    if world.months == world.horizon {
        with_history(world.horizon)
    } else {
        world.months
    }
}

/// `months` and the year before them; a single month has none.
pub(crate) fn with_history(months: Months) -> Months {
    if months.first == months.last {
        return months;
    }
    Months {
        first: months.first.plus(-HISTORY),
        ..months
    }
}

/// The village's name in the list of stations.
pub(crate) fn station_village<'p>(world: &World, place: &'p Place) -> &'p str {
    if role(world.seed, place.number) == RENAMED {
        "大联合村"
    } else {
        &place.village
    }
}

/// The stations of the village, two or three if it has any.
pub(crate) fn stations(world: &World, place: &Place) -> Vec<Station> {
    let role = role(world.seed, place.number);
    let Some(division) = place.division.parse::<u64>().ok().filter(|_| has_stations(role)) else {
        return Vec::new();
    };
    let third = world.dice(division, Purpose::Roles).chance(300);
    // Divisions of villages leave their last three digits from 208 on free.
    (0..2 + u64::from(third))
        .map(|nth| station(world, division + 300 * nth, Odd::of(role, nth)))
        .collect()
}

fn station(world: &World, key: u64, odd: Odd) -> Station {
    let mut dice = world.dice(key, Purpose::Stations);
    let (year, batch, subsidy) = dice.pick(&[
        (2016, "第一批", 6_156),
        (2017, "第二批", 5_956),
        (2018, "第三批", 4_656),
        (2019, "第四批", 4_656),
    ]);
    let real_kw = dice.between(9, 18) * 10;
    let per_mille = if odd == Odd::Weak {
        dice.between(450, 720)
    } else {
        dice.between(960, 1_040)
    };
    let no_batch = odd == Odd::NoBatch;
    Station {
        key,
        real_kw,
        capacity_kw: if let Odd::Listed(per_cent) = odd {
            real_kw * per_cent / 100
        } else {
            real_kw
        },
        connected: Month::new(year, i32::try_from(dice.between(3, 6)).unwrap_or(6)).day(28),
        batch: if no_batch { "否" } else { batch },
        subsidy,
        per_mille,
        unpaid: matches!(odd, Odd::Unpaid | Odd::PaidOnce) || no_batch || dice.chance(15),
        odd,
    }
}

impl Station {
    /// The user number the grid knows it by.
    pub(crate) fn number(&self) -> String {
        format!("3412{:09}", self.key % 1_000_000_000)
    }

    /// Whether it earns far less than its neighbours.
    pub(crate) fn weak(&self) -> bool {
        self.odd == Odd::Weak
    }

    /// Whole kWh of a month, as the meter has them.
    pub(crate) fn energy(&self, world: &World, month: Month) -> i64 {
        let mut dice = self.dice(world, month);
        let ago = world.horizon.last.since(month);
        if dice.chance(3) || self.odd == Odd::Stopped(ago) {
            return 0;
        }
        let worn = if let Odd::Worn(per_mille) = self.odd
            && ago < 12
        {
            per_mille
        } else {
            1_000
        };
        let hours = HOURS[usize::try_from(month.month() - 1).unwrap_or(0) % 12];
        let kwh = self.real_kw * hours * self.per_mille * dice.between(970, 1_030) / 1_000_000;
        kwh * worn / 1_000
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
        let read = self.energy(world, month);
        let ago = world.horizon.last.since(month);
        // With a multiplier of 100, hundredths of a reading are whole kWh.
        let mut dice = world.dice(
            self.key * 1_000 + u64::from(month.month().unsigned_abs()),
            Purpose::Villages,
        );
        let energy = if self.odd == Odd::Asleep && ago == 0 {
            0
        } else if let Odd::Beyond(kwh) = self.odd
            && ago == 4
        {
            read + kwh
        } else {
            read
        };
        let slipped = energy > 0 && dice.chance(2);
        let (mut fee_more, mut subsidy_more, mut sum_more) = (if slipped { 1_234 } else { 0 }, 0, 0);
        if let Odd::Fee(fen, when) = self.odd
            && ago == when
        {
            fee_more = fen;
        }
        if let Odd::Subsidy(fen) = self.odd
            && ago == 2
        {
            subsidy_more = fen;
        }
        if let Odd::Sum(fen) = self.odd
            && ago == 7
        {
            sum_more = fen;
        }
        let fee = per_kwh(energy, PRICE) + fee_more;
        let unpaid = self.unpaid && (self.odd != Odd::PaidOnce || ago != 6);
        let subsidy_energy = if unpaid { 0 } else { energy };
        let subsidy = per_kwh(subsidy_energy, self.subsidy) + subsidy_more;
        let payable = fee + subsidy + sum_more;
        let late = matches!(self.odd, Odd::Late(from, to) if (from..=to).contains(&ago));
        // What is paid later than the county is seen is not yet paid.
        let due_on = month.plus(1).day(18);
        Settlement {
            before,
            after: before + read,
            energy,
            fee,
            subsidy_energy,
            subsidy,
            payable,
            tax: (payable * 3 + 51) / 103,
            paid_on: (!late && due_on <= world.today()).then_some(due_on),
            miscounted: (fee_more, subsidy_more, sum_more) != (0, 0, 0),
        }
    }
}

/// Fen for whole kWh at a price in ten-thousandths of a yuan, half up.
fn per_kwh(energy: i64, price: i64) -> i64 {
    (energy * price + 50) / 100
}
