//! Which label of a header each column of the stream is read from.
//! Here because labels compete: by their whole name before their sub header, on the left before on the right.
//! In: the labels of a header. Out: `Header` with its layout, or what is missing.
//! Not here: which row is the header (mod.rs).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::plain::{folded, letters};
use super::unit;
use super::{Column, Dictionary, Header, Label, Missing, Row, Target};
use crate::layout::{ABSENT, Fill, Group, Layout};

pub(super) struct Claims<'a> {
    dictionary: &'a Dictionary,
    labels: &'a [Label],
    /// The label each target is read from.
    taken: BTreeMap<Target, usize>,
    extra: Vec<String>,
    repeated: Vec<String>,
    ambiguous: Vec<String>,
    /// Unit of money given above the header for the whole sheet, with the note that gives it.
    note: Option<(&'static str, String)>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(dictionary: &'a Dictionary, labels: &'a [Label]) -> Self {
        let mut claims = Self {
            dictionary,
            labels,
            taken: BTreeMap::new(),
            extra: Vec::new(),
            repeated: Vec::new(),
            ambiguous: Vec::new(),
            note: None,
        };
        claims.take();
        claims
    }

    fn take(&mut self) {
        let mut by_sub: BTreeMap<Target, Vec<usize>> = BTreeMap::new();
        for (index, label) in self.labels.iter().enumerate() {
            match (self.dictionary.sure(label), self.dictionary.likely(label)) {
                (Some(target), _) => self.claim(target, index),
                (None, Some(target)) => by_sub.entry(target).or_default().push(index),
                (None, None) => self.extra.push(label.shown.clone()),
            }
        }
        for (target, indexes) in by_sub {
            let groups: BTreeSet<_> = indexes.iter().map(|index| &self.labels[*index].group).collect();
            if self.taken.contains_key(&target) {
                // Claimed by its whole name; the others are columns of their own groups.
                self.extra
                    .extend(indexes.iter().map(|index| self.labels[*index].shown.clone()));
            } else if groups.len() > 1 {
                self.ambiguous.push(self.name(target).to_owned());
            } else {
                for index in indexes {
                    self.claim(target, index);
                }
            }
        }
    }

    fn claim(&mut self, target: Target, index: usize) {
        match self.taken.entry(target) {
            Entry::Vacant(free) => {
                free.insert(index);
            }
            Entry::Occupied(_) => self.repeated.push(self.name(target).to_owned()),
        }
    }

    fn column(&self, target: Target) -> &'a Column {
        let (Target::Column(column) | Target::Member(_, column)) = target;
        &self.dictionary.columns[column]
    }

    fn name(&self, target: Target) -> &'a str {
        &self.column(target).name
    }

    /// Looks for a unit of money in the rows above the header.
    pub(super) fn note(&mut self, rows: impl Iterator<Item = &'a Row>) -> Result<(), Missing> {
        let texts = rows.flat_map(|row| row.cells.iter().map(|(_, text)| text));
        let notes =
            texts.filter_map(|text| unit::of_sheet(&folded(text)).map(|unit| (unit, text.trim().to_owned())));
        self.note = notes.last();
        let Some((unit, note)) = &self.note else {
            return Ok(());
        };
        // Which columns are amounts is known of those alone that declare a unit.
        let declared = || self.taken.keys().map(|target| &self.column(*target).units);
        let any_declared = declared().any(|units| !units.is_empty());
        if !any_declared && !unit::taken(&[], unit) {
            return Err(Missing::Unit {
                header: note.clone(),
                expected: "元".to_owned(),
            });
        }
        Ok(())
    }

    /// Every column read is in a unit its mapping can take.
    pub(super) fn units(&self) -> Result<(), Missing> {
        for (target, index) in &self.taken {
            let (column, label) = (self.column(*target), &self.labels[*index]);
            let noted = self.note.as_ref().filter(|_| !column.units.is_empty());
            let (unit, header) = match (&label.unit, noted) {
                (Some(unit), _) => (unit.as_str(), &label.shown),
                (None, Some((unit, note))) => (*unit, note),
                (None, None) => continue,
            };
            if !unit::taken(&column.units, unit) {
                let units = column.units.join("、");
                return Err(Missing::Unit {
                    header: header.clone(),
                    expected: if units.is_empty() { "元".to_owned() } else { units },
                });
            }
        }
        Ok(())
    }

    /// The header these claims make.
    pub(super) fn header(self, rows: &[Row], end: usize, body: usize) -> Result<Header, Missing> {
        let found: BTreeSet<&str> = self.taken.keys().map(|target| self.name(*target)).collect();
        let required = self.dictionary.columns.iter().filter(|column| column.required);
        let missing = required.filter(|column| !found.contains(column.name.as_str()));
        let names: Vec<String> = missing.map(|column| column.name.clone()).collect();
        if !names.is_empty() {
            let ambiguous = self
                .ambiguous
                .iter()
                .filter(|name| names.contains(name))
                .cloned()
                .collect();
            return Err(Missing::Columns {
                row: end
                    .checked_sub(1)
                    .and_then(|row| rows.get(row))
                    .map_or(0, |row| row.number),
                names,
                ambiguous,
            });
        }
        let width = self.labels.iter().map(|label| label.at + 1).max().unwrap_or(0);
        Ok(Header {
            body,
            layout: self.layout(),
            width,
            extra: self.extra,
            repeated: self.repeated,
            ambiguous: self.ambiguous,
        })
    }

    fn layout(&self) -> Layout {
        let number = |target: &Target| match target {
            Target::Column(_) => None,
            Target::Member(number, _) => Some(*number),
        };
        let mut members: Vec<Option<u32>> = self.taken.keys().filter_map(number).map(Some).collect();
        members.dedup();
        let of_members = self.dictionary.members.as_ref().map(|(_, columns)| columns);
        let is_member = |column: usize| of_members.is_some_and(|columns| columns.contains(&column));
        // Columns of a member without a number beside numbered ones are one more member.
        let plain = |target: &Target| matches!(target, Target::Column(column) if is_member(*column));
        let unfolded = !members.is_empty();
        if !unfolded || self.taken.keys().any(plain) {
            members.insert(0, None);
        }
        let groups = members.into_iter().map(|member| {
            let read = self.taken.iter().filter(|(target, _)| match target {
                Target::Column(column) => !unfolded || !is_member(*column) || member.is_none(),
                Target::Member(number, _) => member == Some(*number),
            });
            self.group(read, |target| {
                unfolded && (plain(target) || number(target).is_some())
            })
        });
        let groups: Vec<Group> = groups.collect();
        let fills = self.dictionary.fills.iter().filter_map(|column| {
            let index = self.taken.get(&Target::Column(*column))?;
            (!unfolded || !is_member(*column)).then(|| Fill::new(*column, self.labels[*index].at))
        });
        Layout {
            fills: fills.collect(),
            groups,
        }
    }

    fn group<'b>(
        &'b self,
        read: impl Iterator<Item = (&'b Target, &'b usize)>,
        is_own: impl Fn(&Target) -> bool,
    ) -> Group {
        let mut group = Group {
            columns: vec![ABSENT; self.dictionary.columns.len()],
            ..Group::default()
        };
        let mut found = BTreeMap::new();
        for (target, index) in read {
            let label = &self.labels[*index];
            let (Target::Column(column) | Target::Member(_, column)) = *target;
            group.columns[column] = label.at;
            if is_own(target) {
                group.own.push(label.at);
            }
            let noted = self
                .note
                .as_ref()
                .filter(|_| label.unit.is_none() && !self.column(*target).units.is_empty());
            let unit = noted.map(|(unit, _)| format!("({unit})")).unwrap_or_default();
            found.insert(
                self.name(*target).to_owned(),
                format!("{}:{}{unit}", letters(label.at), label.shown),
            );
        }
        group.header = serde_json::Value::from_iter(found).to_string();
        group
    }
}
