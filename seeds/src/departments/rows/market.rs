//! Rows of the 832 platform: reserves of budget units, orders, suppliers of the former national poverty counties, whom they serve.
//! Here because the platform knows units and suppliers; only the supplier's list of households leads to people.
//! In: units, orders, suppliers, lists. Out: rows.
//! Not here: what is traded (life/market.rs), the platform's service (serve/).

use crate::county::COUNTIES;
use crate::county::dice::Purpose;

use super::{Out, Stop, Tag};
use crate::departments::calendar::Month;
use crate::departments::life::market::{
    buyers, links, may_be_linked, orders as orders_of, suppliers as selling,
};
use crate::departments::life::promises::Promises;
use crate::departments::life::{World, id};
use crate::departments::row::push_padded;

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
        for (which, year) in [last_year - 1, last_year].into_iter().enumerate() {
            let filed = !(buyer.silent && year == last_year);
            if !filed && buyer.canteen {
                out.case("M02", &buyer.key.to_string());
            } else if year == last_year && buyer.canteen && buyer.reserved(which) * 10 < buyer.totals[which] {
                out.case("M01", &buyer.key.to_string());
            }
            let row = &mut out.row;
            buyer.push_name(row.buffer());
            row.end();
            buyer.push_code(row.buffer());
            row.end();
            row.put(COUNTIES[buyer.unit].code);
            row.buffer().push_str(COUNTIES[buyer.unit].name);
            row.put(buyer.office.1)
                .put(if buyer.canteen { "有" } else { "无" })
                .number(i64::from(year));
            if filed && buyer.canteen {
                row.scaled(buyer.totals[which], 2)
                    .scaled(buyer.share, 2)
                    .scaled(buyer.reserved(which), 2);
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

pub(super) fn suppliers(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let promises = Promises::of(world);
    for (supplier, standing) in selling(world) {
        let mut dice = world.dice(supplier.key, Purpose::Employers);
        if standing.gone {
            out.case("M06", &supplier.key.to_string());
        }
        let row = &mut out.row;
        supplier.push_name(row.buffer());
        row.end();
        supplier.push_code(row.buffer());
        row.end();
        let person = dice.pick(&["王建军", "李德福", "张春生", "刘玉华", "陈国良", "杨桂英"]);
        row.put(standing.county)
            .put(person)
            .put(supplier.product.0)
            .number(promises.promised(world, supplier.key));
        row.put(supplier.link)
            .day(standing.valid_until)
            .put(if standing.gone { "注销" } else { "正常" });
        out.send(&tag(world, supplier.unit, supplier.key))?;
    }
    Ok(())
}

pub(super) fn orders(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    for buyer in buyers(world).filter(|buyer| buyer.canteen) {
        for order in orders_of(world, &buyer) {
            let (month, day, supplier) = (order.month, order.day, order.supplier);
            let (product, class, price) = supplier.product;
            let row = &mut out.row;
            row.buffer().push_str("832");
            month.push(row.buffer());
            push_padded(row.buffer(), i64::try_from(buyer.key).unwrap_or(0), 7);
            push_padded(row.buffer(), order.number, 3);
            row.end();
            row.day(month.day(day));
            buyer.push_name(row.buffer());
            row.end();
            buyer.push_code(row.buffer());
            row.end();
            row.put(order.kind);
            supplier.push_name(row.buffer());
            row.end();
            supplier.push_code(row.buffer());
            row.end();
            row.put(product)
                .put(class)
                .number(order.quantity)
                .fen(price)
                .fen(order.fen());
            row.put(if order.refunded { "已退款" } else { "已完成" })
                .day(month.day(day + 1))
                .day(month.day(day + 4));
            row.fen(if order.refunded { order.fen() } else { 0 });
            out.send(&tag(world, buyer.unit, buyer.key))?;
        }
    }
    Ok(())
}

pub(super) fn beneficiaries(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if !may_be_linked(&outline) {
            continue;
        }
        let links = links(world, &outline);
        if links.is_empty() {
            continue;
        }
        let home = outline.sketch_first(1).home();
        let Some(head) = home.members.first() else {
            continue;
        };
        for link in links {
            let row = &mut out.row;
            link.supplier.push_code(row.buffer());
            row.end();
            row.put(home.household_no)
                .put(&head.name)
                .put(id(head))
                .put(link.supplier.link);
            row.number(i64::from(world.horizon.last.year()))
                .fen(link.gain_fen);
            out.send(&Tag {
                unit: home.unit,
                month: world.horizon.last,
                town: &home.place.town,
                block: home.index,
            })?;
        }
    }
    Ok(())
}
