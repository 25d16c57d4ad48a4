//! Which canonical columns tell who somebody is, and what is shown of them to those who need not know.
//! Here because the tables mark their personal columns, and whoever prints a table must mask the same way.
//! In: a column, a value of it. Out: how it is masked; the masked value, which keeps NULL, order of nothing, and length of little.
//! Not here: who may see the value itself (`--reveal`, audited) and who is looking.

use super::Column;

/// What a column's doc line ends with when its value tells who somebody is.
const MARK: &str = "; personal";
/// Shown instead of what has no shape of its own.
const HIDDEN: &str = "****";
/// Shortest text that is masked as a document number, characters: 15-digit numbers are the oldest.
const NUMBER_CHARS_MIN: usize = 15;
/// Characters of a number that stay: the place of first registration, and the last four.
const NUMBER_KEPT: (usize, usize) = (6, 4);
/// Characters of a telephone number, and those that stay.
const PHONE_CHARS: usize = 11;
const PHONE_KEPT: (usize, usize) = (3, 4);
/// Most stars after a name's first character.
const NAME_STARS_MAX: usize = 3;

/// How a personal column is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// A document number: `341221********001X`.
    Number,
    /// A name: `张**`.
    Name,
    /// A telephone number: `138****1234`.
    Phone,
    /// A day: the first day of its year.
    Day,
    /// Anything else: nothing of it.
    Hidden,
}

impl Column {
    /// Whether the value tells who somebody is.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.doc.ends_with(MARK)
    }

    /// How the column is masked; `None` when it is not personal.
    #[must_use]
    pub fn mask(&self) -> Option<Mask> {
        if !self.is_personal() {
            return None;
        }
        Some(match self.name {
            "id_no" | "id_text" | "head_id_no" | "card_no" => Mask::Number,
            "name" | "head_name" | "legal_person" | "responsible" => Mask::Name,
            "phone" => Mask::Phone,
            "birth_date" => Mask::Day,
            _ => Mask::Hidden,
        })
    }
}

impl Mask {
    /// `text` masked. A text that has not the shape of its column (a number among names) is hidden whole.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        let chars: Vec<char> = text.trim().chars().collect();
        match self {
            Self::Number
                if chars.len() >= NUMBER_CHARS_MIN && chars.iter().all(char::is_ascii_alphanumeric) =>
            {
                keep(&chars, NUMBER_KEPT)
            }
            Self::Phone if chars.len() == PHONE_CHARS && chars.iter().all(char::is_ascii_digit) => {
                keep(&chars, PHONE_KEPT)
            }
            Self::Name if !chars.iter().any(|c| c.is_numeric()) => match chars[..] {
                [] => String::new(),
                [_] => "*".to_owned(),
                [first, ..] => {
                    let stars = (chars.len() - 1).min(NAME_STARS_MAX);
                    std::iter::once(first)
                        .chain(std::iter::repeat_n('*', stars))
                        .collect()
                }
            },
            Self::Number | Self::Name | Self::Phone | Self::Day | Self::Hidden => HIDDEN.to_owned(),
        }
    }
}

/// The first and last characters, with a star for each between.
fn keep(chars: &[char], (head, tail): (usize, usize)) -> String {
    let last = chars.len().saturating_sub(tail);
    let shown = |(at, c): (usize, &char)| if at < head || at >= last { *c } else { '*' };
    chars.iter().enumerate().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ALL;
    use super::*;

    #[test]
    fn enough_stays_to_recognise_and_too_little_to_learn() {
        let table = [
            (Mask::Number, "11010519491231002X", "110105********002X"),
            (Mask::Number, "110105491231002", "110105*****1002"),
            (Mask::Number, "11010519491231002X43", "110105**********2X43"),
            (Mask::Number, "3.41221E+17", "****"),
            (Mask::Number, "张三", "****"),
            (Mask::Name, "张三", "张*"),
            (Mask::Name, "欧阳小明", "欧***"),
            (Mask::Name, "阿不都热合曼·买买提", "阿***"),
            (Mask::Name, "三", "*"),
            (Mask::Name, "11010519491231002X", "****"),
            (Mask::Phone, "13800001234", "138****1234"),
            (Mask::Phone, "0558-2261234", "****"),
            (Mask::Hidden, "皖K12345", "****"),
        ];
        for (mask, text, shown) in table {
            assert_eq!(mask.text(text), shown, "{text}");
        }
    }

    #[test]
    fn every_personal_column_has_a_mask_that_fits_its_type() {
        for table in ALL {
            for column in table.columns {
                assert_eq!(column.mask().is_some(), column.is_personal());
                let day = column.kind == super::super::Kind::Date;
                let masked_as_day = column.mask() == Some(Mask::Day);
                assert!(
                    !column.is_personal() || day == masked_as_day,
                    "{}.{}",
                    table.name,
                    column.name
                );
            }
        }
    }
}
