//! Across: a workbook that prints a household in one row, its members side by side as 成员1姓名, 成员1身份证号 and so on.
//! Here because many rolls are kept so; a reader must turn the columns back into rows.
//! In: the rows of a household one after the other, the head first. Out: one wide row for all of them.
//! Not here: other layouts (workbook.rs).

use std::path::Path;

use super::workbook::{Sheets, WorkbookTable};
use super::{Header, Table, Written};
use crate::Error;
use crate::departments::row::Row;
use crate::departments::rows::Tag;

/// Most members a row holds; a household of more goes on in another row.
pub(crate) const MEMBERS_MAX: usize = 7;

/// Gathers a household's rows.
pub(crate) struct Across {
    table: WorkbookTable,
    /// Positions of name and ID number in the rows that come.
    person: [usize; 2],
    first: Row,
    members: Vec<[String; 2]>,
    tag: Option<(u64, String)>,
    rows: u64,
}

impl Across {
    /// A workbook at `path`; `person` are the columns that become 成员1… .
    pub(crate) fn create(path: &Path, headers: &[Header], person: [usize; 2], around: Sheets) -> Self {
        let of_household = headers
            .iter()
            .enumerate()
            .filter(|(position, _)| !person.contains(position));
        let mut wide: Vec<Header> = of_household.map(|(_, header)| header.clone()).collect();
        for number in 1..=MEMBERS_MAX {
            for position in person {
                let name = headers.get(position).map_or("", |header| header.name.as_str());
                wide.push(Header::text(&format!("成员{number}{name}")));
            }
        }
        Self {
            table: WorkbookTable::create(path, wide, around),
            person,
            first: Row::default(),
            members: Vec::new(),
            tag: None,
            rows: 0,
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        let Some((block, town)) = self.tag.take() else {
            return Ok(());
        };
        let Self {
            first,
            members,
            person,
            table,
            ..
        } = self;
        let of_household = (0..first.len()).filter(|position| !person.contains(position));
        let household = of_household.map(|position| first.cell(position));
        let side_by_side = members.iter().flatten().map(String::as_str);
        table.cells(household.chain(side_by_side), &town, block)?;
        members.clear();
        Ok(())
    }
}

impl Table for Across {
    fn row(&mut self, row: &Row, tag: &Tag<'_>) -> Result<(), Error> {
        let same = self.tag.as_ref().is_some_and(|(block, _)| *block == tag.block);
        if !same || self.members.len() >= MEMBERS_MAX {
            self.write()?;
            self.first.clone_from(row);
            self.tag = Some((tag.block, tag.town.to_owned()));
        }
        self.members
            .push(self.person.map(|position| row.cell(position).to_owned()));
        self.rows += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<Written>, Error> {
        self.write()?;
        let rows = self.rows;
        let mut written = Box::new(self.table).finish()?;
        // Rows are people, as in every other layout; parts of a file share them out by households, so the first is told all.
        for (position, (_, counted)) in written.iter_mut().enumerate() {
            *counted = if position == 0 { rows } else { 0 };
        }
        Ok(written)
    }
}
