//! Groups: the people of each household or village, side by side.
//! Here because a person's household and village are asked for with every pair.
//! In: rows in a fixed order, the group of each. Out: the rows of a group.
//! Not here: what the groups are.

/// Rows by group.
#[derive(Default)]
pub(super) struct Groups {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Groups 1 to `count` of the rows in `order`; group 0 is no group.
    pub(super) fn new(order: &[u32], count: u32, group: impl Fn(usize) -> u32) -> Self {
        let mut starts = vec![0; count as usize + 2];
        for row in order {
            if let Some(size) = starts.get_mut(group(*row as usize) as usize + 1) {
                *size += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut rows = vec![0; order.len()];
        let mut next = starts.clone();
        for row in order {
            let place = next.get_mut(group(*row as usize) as usize);
            if let Some(place) = place {
                if let Some(to) = rows.get_mut(*place as usize) {
                    *to = *row;
                }
                *place += 1;
            }
        }
        Self { starts, rows }
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.starts.len().saturating_sub(2)).unwrap_or(0)
    }

    /// The rows of a group; none for group 0.
    pub(super) fn of(&self, group: u32) -> &[u32] {
        if group == 0 {
            return &[];
        }
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        self.rows
            .get(bound(group as usize)..bound(group as usize + 1))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_with_their_group_in_the_order_given() {
        let group = [2, 0, 1, 2, 9];
        let groups = Groups::new(&[4, 3, 2, 1, 0], 2, |row| group[row]);
        assert_eq!(
            (groups.of(1), groups.of(2), groups.of(0), groups.of(9)),
            (&[2][..], &[3, 0][..], &[][..], &[][..])
        );
    }
}
