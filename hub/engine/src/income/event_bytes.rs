//! An event as bytes, and back: how events lie in the temporary files of one process.
//! Here because tens of millions of them are written once and read once, and nobody else ever reads them.
//! In: an event. Out: its bytes, and the event of such bytes.
//! Not here: the files (buckets). The form is nobody's contract and changes with the struct.

use super::event::{Event, Semantic, Unplaced};

/// Bytes of an event in a file.
pub(super) const EVENT_BYTES: usize = 48;

impl Event {
    /// The event as bytes, for a file of this process.
    pub(super) fn to_bytes(self) -> [u8; EVENT_BYTES] {
        let mut bytes = [0; EVENT_BYTES];
        let mut at = 0;
        let mut put = |value: &[u8]| {
            if let Some(place) = bytes.get_mut(at..at + value.len()) {
                place.copy_from_slice(value);
            }
            at += value.len();
        };
        put(&self.household.to_le_bytes());
        put(&self.person.to_le_bytes());
        put(&self.rest.to_le_bytes());
        put(&self.amount.to_le_bytes());
        put(&self.from.to_le_bytes());
        put(&self.to.to_le_bytes());
        put(&self.word.to_le_bytes());
        put(&self.stream.to_le_bytes());
        put(&[
            self.semantic as u8,
            self.unplaced.map_or(0, |why| why as u8 + 1),
            self.rank,
        ]);
        bytes
    }

    /// The event of [`Event::to_bytes`].
    pub(super) fn from_bytes(bytes: [u8; EVENT_BYTES]) -> Self {
        let mut rest = bytes.as_slice();
        Self {
            household: u64::from_le_bytes(next(&mut rest)),
            person: u64::from_le_bytes(next(&mut rest)),
            rest: u64::from_le_bytes(next(&mut rest)),
            amount: i64::from_le_bytes(next(&mut rest)),
            from: i32::from_le_bytes(next(&mut rest)),
            to: i32::from_le_bytes(next(&mut rest)),
            word: u16::from_le_bytes(next(&mut rest)),
            stream: u16::from_le_bytes(next(&mut rest)),
            semantic: match next(&mut rest) {
                [0] => Semantic::Monthly,
                [1] => Semantic::Yearly,
                [2] => Semantic::Cumulative,
                [_] => Semantic::Once,
            },
            unplaced: match next(&mut rest) {
                [0] => None,
                [1] => Some(Unplaced::UnknownCategory),
                [2] => Some(Unplaced::UnknownSemantic),
                [3] => Some(Unplaced::NoAmount),
                [4] => Some(Unplaced::Undated),
                [5] => Some(Unplaced::SeveralHouseholds),
                [_] => Some(Unplaced::NoHousehold),
            },
            rank: u8::from_le_bytes(next(&mut rest)),
        }
    }
}

/// The next `N` bytes.
fn next<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let Some((first, rest)) = bytes.split_first_chunk() else {
        return [0; N];
    };
    *bytes = rest;
    *first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_comes_back_from_its_bytes() {
        let semantics = [
            Semantic::Monthly,
            Semantic::Yearly,
            Semantic::Cumulative,
            Semantic::Once,
        ];
        let flaws = [
            None,
            Some(Unplaced::UnknownCategory),
            Some(Unplaced::UnknownSemantic),
            Some(Unplaced::NoAmount),
            Some(Unplaced::Undated),
            Some(Unplaced::SeveralHouseholds),
            Some(Unplaced::NoHousehold),
        ];
        for semantic in semantics {
            for unplaced in flaws {
                let event = Event {
                    household: u64::MAX - 1,
                    person: 2,
                    word: 3,
                    stream: u16::MAX,
                    semantic,
                    unplaced,
                    rank: 5,
                    from: -6,
                    to: i32::MAX,
                    amount: i64::MIN,
                    rest: 7 << 40,
                };
                assert_eq!(Event::from_bytes(event.to_bytes()), event);
            }
        }
    }
}
