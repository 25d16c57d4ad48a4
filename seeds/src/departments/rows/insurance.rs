//! Rows of the medical insurance office: what treatments cost people, month by month.
//! Here because this feed has no connector of its own: it shows that a source needs configuration alone.
//! In: members and their treatments. Out: a row for each settlement, the oldest month of a person first.
//! Not here: what is treated and what it costs (life/treatment.rs), how a row is laid out in a file (files/).

use super::{Out, Stop, Tag};
use crate::departments::life::{World, id, treatments};

pub(super) fn medical_expenses(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let health = sketch.people().iter().map(|person| person.health);
        let treated = treatments(world, sketch.outline.index, health);
        if treated.is_empty() {
            continue;
        }
        let home = sketch.home_of(|position| treated.iter().any(|one| one.member == position));
        for one in treated.iter().filter(|one| world.months.contains(one.on.month)) {
            let member = &home.members[one.member];
            let row = &mut out.row;
            row.put(&member.name).put(id(member)).put(one.kind);
            row.fen(one.total_fen).fen(one.paid_fen).fen(one.self_paid_fen());
            row.day(one.on).month(one.on.month);
            out.send(&Tag {
                unit: home.unit,
                month: one.on.month,
                town: &home.place.town,
                block: home.index,
            })?;
        }
    }
    Ok(())
}
