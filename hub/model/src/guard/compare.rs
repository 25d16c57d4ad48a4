//! Compares a part with what approved parts of its stream looked like.
//! Here because every source drifts in the same nine ways, whatever plugin reads it.
//! In: a profile, the profiles approved before, bounds. Out: drifts; none when the part may take its place.
//! Not here: what becomes of a part that drifted (runtime).

use std::collections::{BTreeMap, BTreeSet};

use super::period::{Told, told};
use super::{Bounds, ColumnProfile, Drift, Layout, Profile, Reaction, Sameness};

/// Cells that should have come, by the share before, for their absence to mean anything.
const CELLS_EXPECTED_MIN: u64 = 20;
/// A month's rows may be of so many months before it: what was paid in arrears.
const MONTHS_LATE_MAX: u32 = 2;
/// Columns named of those that stand elsewhere.
const MOVED_NAMED_MAX: usize = 12;

/// Approved profiles of a stream, by part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The profiles.
    pub parts: BTreeMap<String, Profile>,
}

impl History {
    /// What `part` is compared with: itself, else the latest before it that is told the same way, else the earliest after it.
    #[must_use]
    pub fn baseline(&self, part: &str) -> Option<(&str, &Profile)> {
        let alike = |other: &&String| told(other) == told(part);
        let mut until = self.parts.range(..=part.to_owned()).rev();
        let mut after = self.parts.range(part.to_owned()..);
        let found = until
            .find(|(other, _)| alike(other))
            .or_else(|| after.find(|(other, _)| alike(other)));
        found.map(|(other, profile)| (other.as_str(), profile))
    }

    /// How `part` differs from what is approved by more than `bounds` allow.
    #[must_use]
    pub fn compare(&self, part: &str, now: &Profile, bounds: &Bounds) -> Vec<Drift> {
        let Some((against, before)) = self.baseline(part).filter(|_| bounds.enabled) else {
            return Vec::new();
        };
        if against == part && before.digest == now.digest {
            return Vec::new();
        }
        let mut drifts = Vec::new();
        if !matches!(told(part), Told::Increment(_)) {
            self.periods(part, now, bounds, &mut drifts);
            rows(before, now, bounds, &mut drifts);
        }
        self.headers(now, bounds, &mut drifts);
        for column in &before.columns {
            compare_column(column, before, now, bounds, &mut drifts);
        }
        // One that vanished is empty and of no kind, too; that is not worth saying.
        let vanished: BTreeSet<String> = drifts
            .iter()
            .filter(|drift| matches!(drift, Drift::Vanished { .. }))
            .filter_map(|drift| drift.column().map(str::to_owned))
            .collect();
        drifts.retain(|drift| {
            matches!(drift, Drift::Vanished { .. })
                || !drift.column().is_some_and(|column| vanished.contains(column))
        });
        drifts
    }

    fn periods(&self, part: &str, now: &Profile, bounds: &Bounds, drifts: &mut Vec<Drift>) {
        if bounds.older_period == Reaction::Hold && !self.parts.contains_key(part) {
            let newest = self.parts.keys().rev().find(|other| told(other) == told(part));
            if let Some(newest) = newest.filter(|newest| newest.as_str() > part) {
                drifts.push(Drift::OlderPeriod {
                    newest: newest.clone(),
                });
            }
        }
        if bounds.same_content == Sameness::Allow || now.rows < bounds.rows_min {
            return;
        }
        let same = self.parts.iter().rev().find(|(other, profile)| {
            other.as_str() != part && profile.rows == now.rows && profile.digest == now.digest
        });
        let held = same.filter(|(other, profile)| {
            bounds.same_content == Sameness::Hold || tells(profile, other) || self.always_changes(part)
        });
        drifts.extend(held.map(|(other, _)| Drift::SameContent {
            as_part: other.clone(),
        }));
    }

    /// Whether the periods approved so far, two at least, all differ from the one before.
    fn always_changes(&self, part: &str) -> bool {
        let alike = self.parts.iter().filter(|(other, _)| told(other) == told(part));
        let digests: Vec<&str> = alike.map(|(_, profile)| profile.digest.as_str()).collect();
        digests.len() > 1 && digests.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Headers: each layout is compared with the most like of those that are known.
    fn headers(&self, now: &Profile, bounds: &Bounds, drifts: &mut Vec<Drift>) {
        let known: Vec<&Layout> = self
            .parts
            .values()
            .rev()
            .flat_map(|profile| &profile.layouts)
            .collect();
        let mut found: Vec<Drift> = Vec::new();
        for layout in &now.layouts {
            let alike = known.iter().filter(|known| known.placed == layout.placed);
            // Of several that are equally like it the latest, which comes first.
            let nearest = alike.rev().max_by_key(|known| likeness(known, layout));
            let Some(nearest) = nearest.filter(|nearest| **nearest != layout) else {
                continue;
            };
            let ever =
                |column: &str, header: &str| known.iter().any(|layout| layout.header(column) == Some(header));
            for heading in &nearest.headings {
                let column = &heading.column;
                match layout.header(column) {
                    // A field no record of a page has may be one that is seldom filled.
                    None if layout.placed && bounds.vanished_column == Reaction::Hold => {
                        found.push(Drift::Vanished {
                            column: column.clone(),
                            header: Some(heading.header.clone()),
                        });
                    }
                    Some(header) if bounds.renamed_column == Reaction::Hold && !ever(column, header) => {
                        found.push(Drift::Renamed {
                            column: column.clone(),
                            before: heading.header.clone(),
                            now: header.to_owned(),
                        });
                    }
                    None | Some(_) => {}
                }
            }
            if layout.placed && bounds.reordered_columns == Reaction::Hold {
                found.extend(reordered(nearest, layout));
            }
        }
        for drift in found {
            if !drifts.contains(&drift) {
                drifts.push(drift);
            }
        }
    }
}

/// Whether the rows of `part` say that they are of that period, or of one just before it.
fn tells(profile: &Profile, part: &str) -> bool {
    let period = |text: &str, digits: usize| -> Option<u32> { text.get(..digits)?.parse().ok() };
    let months = |month: u32| month / 100 * 12 + month % 100;
    let mut told = profile.columns.iter().filter_map(|column| column.month);
    match (part.len(), period(part, 4), period(part, 6)) {
        (4, Some(year), _) => told.any(|month| month / 100 == year),
        (6 | 8, _, Some(of)) => told.any(|month| {
            months(of)
                .checked_sub(months(month))
                .is_some_and(|late| late <= MONTHS_LATE_MAX)
        }),
        _ => false,
    }
}

/// How much two layouts have in common: columns under the same header, then columns, then how few there are besides.
fn likeness(known: &Layout, layout: &Layout) -> (usize, usize, std::cmp::Reverse<usize>) {
    let both = known
        .headings
        .iter()
        .filter_map(|heading| Some((heading, layout.header(&heading.column)?)));
    let (mut same, mut common) = (0, 0);
    for (heading, header) in both {
        common += 1;
        same += usize::from(heading.header == header);
    }
    (same, common, std::cmp::Reverse(known.headings.len()))
}

/// The columns both have, when they stand in another order: from the first that does to the last.
fn reordered(known: &Layout, layout: &Layout) -> Option<Drift> {
    let common = |one: &Layout, other: &Layout| -> Vec<String> {
        let both = one
            .headings
            .iter()
            .filter(|heading| other.header(&heading.column).is_some());
        both.map(|heading| heading.column.clone()).collect()
    };
    let (before, now) = (common(known, layout), common(layout, known));
    let differs: Vec<usize> = (0..before.len().min(now.len()))
        .filter(|at| before[*at] != now[*at])
        .collect();
    let (first, last) = (*differs.first()?, *differs.last()?);
    let shown = |columns: &[String]| {
        let moved = columns.get(first..=last).unwrap_or_default();
        moved.iter().take(MOVED_NAMED_MAX).cloned().collect()
    };
    Some(Drift::Reordered {
        before: shown(&before),
        now: shown(&now),
    })
}

fn rows(before: &Profile, now: &Profile, bounds: &Bounds, drifts: &mut Vec<Drift>) {
    let least = u128::from(before.rows) * u128::from(100_u64.saturating_sub(bounds.rows_fall_percent_max));
    if before.rows >= bounds.rows_min && u128::from(now.rows) * 100 < least {
        drifts.push(Drift::RowsFell {
            before: before.rows,
            now: now.rows,
        });
    }
}

fn compare_column(
    column: &ColumnProfile,
    before: &Profile,
    now: &Profile,
    bounds: &Bounds,
    drifts: &mut Vec<Drift>,
) {
    let name = &column.name;
    let Some(found) = now.column(name) else {
        if bounds.vanished_column == Reaction::Hold && column.filled > 0 {
            drifts.push(Drift::Vanished {
                column: name.clone(),
                header: None,
            });
        }
        return;
    };
    if found.declared != column.declared && bounds.kind_change_percent_max < 100 {
        drifts.push(Drift::Retyped {
            column: name.clone(),
            before: column.declared.clone(),
            now: found.declared.clone(),
        });
    }
    if before.rows.min(now.rows) < bounds.rows_min {
        return;
    }
    drifts.extend(gone_empty(column, before.rows, found, now.rows, bounds));
    if column.looked_at().min(found.looked_at()) < bounds.rows_min {
        return;
    }
    drifts.extend(retyped(column, found, bounds));
    drifts.extend(shifted(column, found, bounds));
}

fn gone_empty(
    before: &ColumnProfile,
    rows_before: u64,
    now: &ColumnProfile,
    rows: u64,
    bounds: &Bounds,
) -> Option<Drift> {
    if bounds.empty_percent_rise_max >= 100 {
        return None;
    }
    let (was, is) = (before.empty_percent(rows_before), now.empty_percent(rows));
    let expected = u128::from(before.filled) * u128::from(rows) / u128::from(rows_before.max(1));
    let none_came = now.filled == 0 && expected >= u128::from(CELLS_EXPECTED_MIN);
    (is > was + bounds.empty_percent_rise_max || none_came).then(|| Drift::GoneEmpty {
        column: before.name.clone(),
        before: was,
        now: is,
    })
}

/// Percent of values that would have to be of another kind for one mix to become the other.
pub(super) fn kind_change_percent(before: &ColumnProfile, now: &ColumnProfile) -> u64 {
    let pairs = before.mix().into_iter().zip(now.mix());
    pairs.map(|(was, is)| is.saturating_sub(was)).sum()
}

fn retyped(before: &ColumnProfile, now: &ColumnProfile, bounds: &Bounds) -> Option<Drift> {
    if bounds.kind_change_percent_max >= 100
        || kind_change_percent(before, now) <= bounds.kind_change_percent_max
    {
        return None;
    }
    let told = |column: &ColumnProfile| {
        let kinds = ["数值", "日期", "其他"].into_iter().zip(column.mix());
        let said = kinds.filter(|(_, percent)| *percent > 0);
        let said: Vec<String> = said.map(|(kind, percent)| format!("{kind} {percent}%")).collect();
        said.join("、")
    };
    Some(Drift::Retyped {
        column: before.name.clone(),
        before: told(before),
        now: told(now),
    })
}

fn shifted(before: &ColumnProfile, now: &ColumnProfile, bounds: &Bounds) -> Option<Drift> {
    if bounds.unit_shift_factor_max == 0 || before.numbers.min(now.numbers) < bounds.rows_min {
        return None;
    }
    let (was, is) = (before.magnitude?, now.magnitude?);
    #[expect(clippy::cast_precision_loss, reason = "a factor of at most a million")]
    let bound = (bounds.unit_shift_factor_max as f64).log10() * 100.0;
    (f64::from((was - is).abs()) > bound).then(|| Drift::UnitShifted {
        column: before.name.clone(),
        before: was,
        now: is,
    })
}
