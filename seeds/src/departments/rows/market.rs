//! Rows of the 832 platform: reserves of budget units, orders, suppliers of the former national poverty counties, whom they serve.
//! Here because the platform knows units and suppliers; only the supplier's list of households leads to people.
//! In: counties, households. Out: rows; orders and reserves of a unit agree unless disagreement is planted.
//! Not here: the platform's service (serve/).

use crate::county::dice::{Dice, Purpose};
use crate::county::{COUNTIES, FEN, HouseholdType};

use super::{Out, Stop, Tag};
use crate::departments::calendar::Month;
use crate::departments::life::{JUDGED, World, id};
use crate::departments::row::{Row, push_padded};
use crate::departments::uscc;

/// Codes of the four counties that were poor by the national list; only their producers may sell.
pub(crate) const SELLING: [&str; 4] = ["341203", "341221", "341225", "341226"];
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

/// One budget unit.
struct Buyer {
    key: u64,
    unit: usize,
    office: (&'static str, &'static str),
    number: u64,
    canteen: bool,
    /// Yearly purchases, in units of 100 yuan so that 万元 have two decimals.
    total: i64,
    /// Reserved share, hundredths of a per cent.
    share: i64,
    /// Has not filed.
    silent: bool,
}

fn buyers(world: &World) -> impl Iterator<Item = Buyer> {
    let each = BUYERS_MIN + world.people / PEOPLE_PER_BUYER;
    (0..COUNTIES.len()).flat_map(move |unit| {
        (0..each).map(move |number| {
            let key = unit as u64 * 1_000_000 + number;
            let mut dice = Dice::new(world.seed, key, Purpose::Buyers);
            let canteen = dice.chance(850);
            Buyer {
                key,
                unit,
                office: OFFICES[usize::try_from(number).unwrap_or(0) % OFFICES.len()],
                number: number / OFFICES.len() as u64 + 1,
                canteen,
                total: if canteen { dice.between(500, 20_000) } else { 0 },
                share: if dice.chance(60) {
                    dice.between(500, 990)
                } else {
                    dice.between(100, 200) * 10
                },
                silent: dice.chance(40),
            }
        })
    })
}

impl Buyer {
    fn push_name(&self, row: &mut Row) {
        row.buffer().push_str(COUNTIES[self.unit].name);
        row.buffer().push_str(self.office.0);
        if self.number > 1 {
            row.buffer().push_str("（第");
            push_padded(row.buffer(), i64::try_from(self.number).unwrap_or(0), 1);
            row.buffer().push_str("分部）");
        }
        row.end();
    }

    fn push_code(&self, row: &mut Row) {
        uscc::push(
            row.buffer(),
            "12",
            COUNTIES[self.unit].code,
            self.key + 10_000_000,
        );
        row.end();
    }

    /// Reserved, in units of 100 yuan; rounded up, so that who means ten per cent reserves ten per cent.
    fn reserved(&self) -> i64 {
        (self.total * self.share + 9_999) / 10_000
    }
}

fn tag(world: &World, unit: usize, block: u64) -> Tag<'static> {
    Tag {
        unit,
        month: world.horizon.last,
        town: "",
        block,
    }
}

pub(super) fn reserves(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let last_year = world.horizon.last.year();
    for buyer in buyers(world) {
        for year in [last_year - 1, last_year] {
            let filed = !(buyer.silent && year == last_year);
            if !filed {
                out.case("M02", &buyer.key.to_string());
            } else if year == last_year && buyer.canteen && buyer.reserved() * 10 < buyer.total {
                out.case("M01", &buyer.key.to_string());
            }
            let row = &mut out.row;
            buyer.push_name(row);
            buyer.push_code(row);
            row.put(COUNTIES[buyer.unit].code);
            row.buffer().push_str(COUNTIES[buyer.unit].name);
            row.put(buyer.office.1)
                .put(if buyer.canteen { "有" } else { "无" })
                .number(i64::from(year));
            if filed && buyer.canteen {
                row.scaled(buyer.total, 2)
                    .scaled(buyer.share, 2)
                    .scaled(buyer.reserved(), 2);
            } else {
                row.put("").put("").put("");
            }
            row.put(if filed { "通过" } else { "未填" });
            row.some_day(filed.then(|| Month::new(year, 3).day(10)));
            out.send(&tag(world, buyer.unit, buyer.key))?;
        }
    }
    Ok(())
}

struct Supplier {
    key: u64,
    unit: usize,
    product: (&'static str, &'static str, i64),
    link: &'static str,
}

const LINKS: [&str; 4] = ["订单收购", "务工带动", "土地流转", "入股分红"];
const COMPANY_STEMS: [&str; 12] = [
    "沃野", "田园", "绿源", "丰禾", "皖珍", "淮香", "惠农", "金穗", "青禾", "百味", "农佳", "乡情",
];

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

impl Supplier {
    fn push_name(&self, row: &mut Row) {
        let number = usize::try_from(self.key % 1_000_000).unwrap_or(0);
        row.buffer().push_str(COUNTIES[self.unit].name);
        row.buffer().push_str(COMPANY_STEMS[number % COMPANY_STEMS.len()]);
        row.buffer()
            .push_str(COMPANY_STEMS[(number / COMPANY_STEMS.len() + 5) % COMPANY_STEMS.len()]);
        row.put("农业发展有限公司");
    }

    fn push_code(&self, row: &mut Row) {
        uscc::push(
            row.buffer(),
            "91",
            COUNTIES[self.unit].code,
            self.key + 20_000_000,
        );
        row.end();
    }
}

fn selling() -> impl Iterator<Item = usize> {
    (0..COUNTIES.len()).filter(|unit| SELLING.contains(&COUNTIES[*unit].code))
}

pub(super) fn suppliers(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    for unit in selling() {
        for number in 0..suppliers_each(world) {
            let supplier = supplier(world, unit, number);
            let mut dice = world.dice(supplier.key, Purpose::Employers);
            let gone = dice.chance(40);
            if gone {
                out.case("M06", &supplier.key.to_string());
            }
            let row = &mut out.row;
            supplier.push_name(row);
            supplier.push_code(row);
            let person = dice.pick(&["王建军", "李德福", "张春生", "刘玉华", "陈国良", "杨桂英"]);
            row.put(COUNTIES[unit].name)
                .put(person)
                .put(supplier.product.0)
                .number(dice.between(5, 60));
            row.put(supplier.link)
                .day(Month::new(2024, 12).day(31))
                .put(if gone { "注销" } else { "正常" });
            out.send(&tag(world, unit, supplier.key))?;
        }
    }
    Ok(())
}

pub(super) fn orders(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let sellers: Vec<usize> = selling().collect();
    let months = i64::from(world.horizon.last.since(world.horizon.first));
    for buyer in buyers(world).filter(|buyer| buyer.canteen) {
        let mut dice = world.dice(buyer.key, Purpose::Employers);
        let count = dice.between(4, 24);
        // Together they are about what was reserved; some buy far less.
        let slow = dice.chance(80);
        let budget = buyer.reserved() * 100 * FEN * if slow { 25 } else { dice.between(90, 140) } / 100;
        for order in 0..count {
            let unit = dice.pick(&sellers);
            let number = u64::from(dice.below(u32::try_from(suppliers_each(world)).unwrap_or(1)));
            let supplier = supplier(world, unit, number);
            let (product, class, price) = supplier.product;
            let quantity = (budget / count / price).max(1);
            let month = world
                .horizon
                .first
                .plus(i32::try_from(dice.between(0, months)).unwrap_or(0));
            let day = i32::try_from(dice.between(1, 24)).unwrap_or(1);
            let refunded = dice.chance(25);
            let row = &mut out.row;
            row.buffer().push_str("832");
            month.push(row.buffer());
            push_padded(row.buffer(), i64::try_from(buyer.key).unwrap_or(0), 7);
            push_padded(row.buffer(), order, 3);
            row.end();
            row.day(month.day(day));
            buyer.push_name(row);
            buyer.push_code(row);
            row.put(dice.pick_early(&["食堂", "工会", "个人"]));
            supplier.push_name(row);
            supplier.push_code(row);
            row.put(product)
                .put(class)
                .number(quantity)
                .fen(price)
                .fen(quantity * price);
            row.put(if refunded { "已退款" } else { "已完成" })
                .day(month.day(day + 1))
                .day(month.day(day + 4));
            row.fen(if refunded { quantity * price } else { 0 });
            out.send(&tag(world, buyer.unit, buyer.key))?;
        }
    }
    Ok(())
}

pub(super) fn beneficiaries(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let mut dice = outline.dice(Purpose::Links);
        if !dice.chance(60)
            || outline.plan().household_type != HouseholdType::Lifted
            || !SELLING.contains(&outline.place().county.code)
        {
            continue;
        }
        let business = outline.income(JUDGED).business_fen;
        if business == 0 {
            continue;
        }
        let home = outline.sketch_first(1).home();
        let number = u64::from(dice.below(u32::try_from(suppliers_each(world)).unwrap_or(1)));
        let supplier = supplier(world, home.unit, number);
        let Some(head) = home.members.first() else {
            continue;
        };
        let gain = business * dice.between(10, 40) / 100;
        let row = &mut out.row;
        supplier.push_code(row);
        row.put(home.household_no)
            .put(&head.name)
            .put(id(head))
            .put(supplier.link);
        row.number(i64::from(world.horizon.last.year())).fen(gain);
        let block = home.index;
        out.send(&Tag {
            unit: home.unit,
            month: world.horizon.last,
            town: &home.place.town,
            block,
        })?;
    }
    Ok(())
}
