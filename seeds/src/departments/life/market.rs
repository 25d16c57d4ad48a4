//! Market: budget units and what they reserve and order on the 832 platform, suppliers, the households suppliers say they help.
//! Here because reserves, orders and lists tell of the same trade, and what rules should find in it follows from the trade alone.
//! In: a `World`. Out: `Buyer`, `Order`, `Supplier`, `Link`; they agree unless disagreement is planted.
//! Not here: how the platform prints them (rows/market.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{COUNTIES, FEN, HouseholdType, Outline};

use super::{JUDGED, World};
use crate::departments::calendar::{Day, Month};
use crate::departments::row::push_padded;
use crate::departments::uscc;

/// The four counties that were poor by the national list, by position in `COUNTIES`; only their producers may sell.
const SELLING_UNITS: [usize; 4] = [1, 3, 5, 6];
/// Budget units of a county: so many, and one more for so many people.
const BUYERS_MIN: u64 = 40;
const PEOPLE_PER_BUYER: u64 = 40_000;
const SUPPLIERS_MIN: u64 = 12;
const PEOPLE_PER_SUPPLIER: u64 = 60_000;

const OFFICES: [(&str, &str); 8] = [
    ("第一小学", "教育局"),
    ("中心幼儿园", "教育局"),
    ("第三中学", "教育局"),
    ("人民医院", "卫生健康委员会"),
    ("机关事务管理中心", "人民政府办公室"),
    ("税务局", "税务局"),
    ("公安局", "公安局"),
    ("林业局", "自然资源和规划局"),
];
const PRODUCTS: [(&str, &str, i64); 6] = [
    ("大米", "粮油", 620),
    ("菜籽油", "粮油", 1_480),
    ("鲜鸡蛋", "禽蛋", 1_050),
    ("冷鲜猪肉", "肉类", 2_860),
    ("红薯粉丝", "干货", 1_650),
    ("时令蔬菜", "蔬菜", 480),
];

/// Of a thousand units: reserves less than a tenth, has not filed, buys far too slowly, sends much back.
const LITTLE_PER_MILLE: u32 = 25;
const SILENT_PER_MILLE: u32 = 25;
const SLOW_PER_MILLE: u32 = 20;
const RETURNING_PER_MILLE: u32 = 20;
/// Of a thousand orders sent back, by most units and by those that send much back.
const RETURNED_PER_MILLE: (u32, u32) = (10, 400);
/// Of a thousand units: declares nothing though it has a canteen, less than half of last year's, exactly half.
const NOTHING_PER_MILLE: u32 = 20;
const HALVED_PER_MILLE: u32 = 25;
const HALF_PER_MILLE: u32 = 15;

/// One budget unit.
pub(crate) struct Buyer {
    pub(crate) key: u64,
    pub(crate) unit: usize,
    pub(crate) office: (&'static str, &'static str),
    number: u64,
    pub(crate) canteen: bool,
    /// Purchases of the year before and of the last year, in units of 100 yuan so that 万元 have two decimals.
    pub(crate) totals: [i64; 2],
    /// Reserved share, hundredths of a per cent.
    pub(crate) share: i64,
    /// Has not filed for the last year.
    pub(crate) silent: bool,
}

pub(crate) fn buyers(world: &World) -> impl Iterator<Item = Buyer> {
    let each = BUYERS_MIN + world.people / PEOPLE_PER_BUYER;
    (0..COUNTIES.len()).flat_map(move |unit| (0..each).map(move |number| buyer(world.seed, unit, number)))
}

fn buyer(seed: u64, unit: usize, number: u64) -> Buyer {
    let key = unit as u64 * 1_000_000 + number;
    let mut dice = Dice::new(seed, key, Purpose::Buyers);
    let canteen = dice.chance(850);
    let total = if canteen { dice.between(500, 20_000) } else { 0 };
    let now = match dice.below(1000) {
        at if at < NOTHING_PER_MILLE => 0,
        at if at < NOTHING_PER_MILLE + HALVED_PER_MILLE => total * 45 / 100,
        at if at < NOTHING_PER_MILLE + HALVED_PER_MILLE + HALF_PER_MILLE => (total + 1) / 2,
        _ => total,
    };
    Buyer {
        key,
        unit,
        office: OFFICES[usize::try_from(number).unwrap_or(0) % OFFICES.len()],
        number: number / OFFICES.len() as u64 + 1,
        canteen,
        totals: [total, now],
        share: if dice.chance(LITTLE_PER_MILLE) {
            dice.between(500, 990)
        } else {
            dice.between(100, 200) * 10
        },
        silent: dice.chance(SILENT_PER_MILLE),
    }
}

impl Buyer {
    pub(crate) fn push_name(&self, text: &mut String) {
        text.push_str(COUNTIES[self.unit].name);
        text.push_str(self.office.0);
        if self.number > 1 {
            text.push_str("（第");
            push_padded(text, i64::try_from(self.number).unwrap_or(0), 1);
            text.push_str("分部）");
        }
    }

    pub(crate) fn push_code(&self, text: &mut String) {
        uscc::push(text, "12", COUNTIES[self.unit].code, self.key + 10_000_000);
    }

    pub(crate) fn code(&self) -> String {
        let mut code = String::with_capacity(18);
        self.push_code(&mut code);
        code
    }

    /// Reserved for the year at `which`, in units of 100 yuan; rounded up, so that who means ten per cent reserves ten per cent.
    pub(crate) fn reserved(&self, which: usize) -> i64 {
        (self.totals[which] * self.share + 9_999) / 10_000
    }
}

/// One order of a unit.
pub(crate) struct Order {
    pub(crate) number: i64,
    pub(crate) supplier: Supplier,
    pub(crate) quantity: i64,
    pub(crate) month: Month,
    pub(crate) day: i32,
    pub(crate) refunded: bool,
    pub(crate) kind: &'static str,
}

impl Order {
    pub(crate) fn fen(&self) -> i64 {
        self.quantity * self.supplier.product.2
    }
}

/// What a unit orders: in the last year together about what it reserved.
pub(crate) fn orders<'w>(world: &'w World, buyer: &Buyer) -> impl Iterator<Item = Order> + 'w {
    let (first, last) = (world.horizon.first, world.horizon.last);
    let months = i64::from(last.since(first));
    let mut dice = world.dice(buyer.key, Purpose::Employers);
    let count = dice.between(4, 24);
    let mut laid: Vec<Month> = (1..count)
        .map(|_| first.plus(i32::try_from(dice.between(0, months)).unwrap_or(0)))
        .collect();
    // Nobody buys nothing in the last year.
    let passed = u32::try_from(last.month()).unwrap_or(1).max(1);
    let one = last.plus(-i32::try_from(dice.below(passed)).unwrap_or(0));
    laid.push(one.max(first));
    let now = laid.iter().filter(|month| month.year() == last.year()).count();
    let percent = if dice.chance(SLOW_PER_MILLE) {
        dice.between(20, 45)
    } else {
        dice.between(78, 125)
    };
    let returned = if dice.chance(RETURNING_PER_MILLE) {
        RETURNED_PER_MILLE.1
    } else {
        RETURNED_PER_MILLE.0
    };
    let each = buyer.reserved(1) * FEN * percent / i64::try_from(now).unwrap_or(1).max(1);
    (0..).zip(laid).map(move |(number, month)| {
        let unit = dice.pick(&SELLING_UNITS);
        let at = u64::from(dice.below(u32::try_from(suppliers_each(world)).unwrap_or(1)));
        let supplier = supplier(world, unit, at);
        Order {
            number,
            quantity: (each / supplier.product.2).max(1),
            supplier,
            month,
            day: i32::try_from(dice.between(1, 24)).unwrap_or(1),
            refunded: dice.chance(returned),
            kind: dice.pick_early(&["食堂", "工会", "个人"]),
        }
    })
}

#[derive(Clone, Copy)]
pub(crate) struct Supplier {
    pub(crate) key: u64,
    pub(crate) unit: usize,
    pub(crate) product: (&'static str, &'static str, i64),
    pub(crate) link: &'static str,
}

/// How a supplier stands on the platform.
pub(crate) struct Standing {
    pub(crate) gone: bool,
    pub(crate) valid_until: Day,
    /// The county it says it is in.
    pub(crate) county: &'static str,
}

const LINKS: [&str; 4] = ["订单收购", "务工带动", "土地流转", "入股分红"];
const COMPANY_STEMS: [&str; 12] = [
    "沃野", "田园", "绿源", "丰禾", "皖珍", "淮香", "惠农", "金穗", "青禾", "百味", "农佳", "乡情",
];
/// Of a thousand suppliers, besides the one that is picked.
const GONE_PER_MILLE: u32 = 30;
/// Which suppliers are picked for what.
const GONE: u64 = 0;
const EXPIRED: u64 = 1;
const LAST_DAY: u64 = 2;
const ELSEWHERE: u64 = 3;
const UNLISTED: u64 = 4;

fn suppliers_each(world: &World) -> u64 {
    SUPPLIERS_MIN + world.people / PEOPLE_PER_SUPPLIER
}

fn supplier(world: &World, unit: usize, number: u64) -> Supplier {
    let key = unit as u64 * 1_000_000 + number;
    let mut dice = Dice::new(world.seed, key, Purpose::Suppliers);
    Supplier {
        key,
        unit,
        product: dice.pick(&PRODUCTS),
        link: dice.pick(&LINKS),
    }
}

/// Key of the one supplier that plays the part `which`.
fn picked(world: &World, which: u64) -> u64 {
    let mut dice = world.dice(which, Purpose::SupplierCases);
    let unit = dice.pick(&SELLING_UNITS) as u64;
    unit * 1_000_000 + u64::from(dice.below(u32::try_from(suppliers_each(world)).unwrap_or(1)))
}

/// Suppliers and how they stand.
pub(crate) fn suppliers(world: &World) -> impl Iterator<Item = (Supplier, Standing)> {
    let parts = [GONE, EXPIRED, LAST_DAY, ELSEWHERE].map(|part| (picked(world, part), part));
    let of = move |unit| (0..suppliers_each(world)).map(move |number| supplier(world, unit, number));
    let all = SELLING_UNITS.into_iter().flat_map(of);
    all.map(move |supplier| (supplier, supplier.standing(world, parts)))
}

impl Supplier {
    pub(crate) fn push_name(&self, text: &mut String) {
        let number = usize::try_from(self.key % 1_000_000).unwrap_or(0);
        text.push_str(COUNTIES[self.unit].name);
        text.push_str(COMPANY_STEMS[number % COMPANY_STEMS.len()]);
        text.push_str(COMPANY_STEMS[(number / COMPANY_STEMS.len() + 5) % COMPANY_STEMS.len()]);
        text.push_str("农业发展有限公司");
    }

    pub(crate) fn push_code(&self, text: &mut String) {
        uscc::push(text, "91", COUNTIES[self.unit].code, self.key + 20_000_000);
    }

    pub(crate) fn code(&self) -> String {
        let mut code = String::with_capacity(18);
        self.push_code(&mut code);
        code
    }

    fn standing(&self, world: &World, parts: [(u64, u64); 4]) -> Standing {
        let mut dice = world.dice(self.key, Purpose::SupplierCases);
        let is = |part| parts.contains(&(self.key, part));
        let today = world.today();
        Standing {
            gone: dice.chance(GONE_PER_MILLE) || is(GONE),
            valid_until: if is(EXPIRED) {
                today.month.day(today.day - 1)
            } else if is(LAST_DAY) {
                today
            } else {
                today.month.plus(13).day(31)
            },
            // 颍州区 was never poor by the national list.
            county: COUNTIES[if is(ELSEWHERE) { 0 } else { self.unit }].name,
        }
    }
}

/// A household on a supplier's list.
pub(crate) struct Link {
    pub(crate) supplier: Supplier,
    pub(crate) gain_fen: i64,
}

/// Of a thousand households of a county whose producers sell.
const LINKED_PER_MILLE: u32 = 150;
/// Of these, ordinary households that stay on the list though it is not for them.
const ORDINARY_PER_MILLE: u32 = 160;
/// Of a thousand lists' households: three suppliers, two; more gain than income, exactly as much more as is let pass.
const THREE_PER_MILLE: u32 = 30;
const TWO_PER_MILLE: u32 = 40;
const TOO_MUCH_PER_MILLE: u32 = 45;
const AT_THE_LINE_PER_MILLE: u32 = 15;

/// Whether the household may be on a list: nearly all are ruled out here.
pub(crate) fn may_be_linked(outline: &Outline<'_>) -> bool {
    SELLING_UNITS.contains(&outline.unit()) && outline.dice(Purpose::Links).chance(LINKED_PER_MILLE)
}

/// The lists a household is on; the gain is a part of the income its link brings.
pub(crate) fn links(world: &World, outline: &Outline<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    if !may_be_linked(outline) {
        return links;
    }
    let mut dice = outline.dice(Purpose::Links);
    dice.skip(1);
    let plan = outline.plan();
    let helped = plan.household_type == HouseholdType::Lifted || plan.monitoring.is_some();
    if !helped && !dice.chance(ORDINARY_PER_MILLE) {
        return links;
    }
    let count = match dice.below(1000) {
        at if at < THREE_PER_MILLE => 3,
        at if at < THREE_PER_MILLE + TWO_PER_MILLE => 2,
        _ => 1,
    };
    let each = suppliers_each(world);
    let from = u64::from(dice.below(u32::try_from(each).unwrap_or(1)));
    let unlisted = picked(world, UNLISTED);
    let more = match dice.below(1000) {
        at if at < TOO_MUCH_PER_MILLE => Some(1_000 * FEN),
        at if at < TOO_MUCH_PER_MILLE + AT_THE_LINE_PER_MILLE => Some(500 * FEN),
        _ => None,
    };
    for number in from..from + count {
        let mut supplier = supplier(world, outline.unit(), number % each);
        if supplier.key == unlisted {
            supplier = self::supplier(world, outline.unit(), (from + count) % each);
        }
        let income = outline.income(JUDGED);
        let brought = match supplier.link {
            "订单收购" => income.business_fen,
            "务工带动" => income.wage_fen,
            _ => income.property_fen,
        };
        let part = brought * dice.between(10, 40) / 100 / i64::try_from(count).unwrap_or(1);
        if part > 0 {
            links.push(Link {
                supplier,
                gain_fen: more.map_or(part, |more| brought + more),
            });
        }
    }
    links
}
