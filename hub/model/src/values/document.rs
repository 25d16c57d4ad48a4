//! Certificate numbers (证件号码) as cells hold them: what kind of number a text is, and whose.
//! Here because the number decides who somebody is, so that what is wrong with one must be told and never mended.
//! In: text as it came. Out: the identity number where there is one, its kind, the reason where there is none.
//! Not here: the checksum (id_number.rs), candidates for a number that is broken or masked (link).

use super::chars::{half_width, is_blank};
use super::id_number::{Fault, IdNumber, SURROGATE};

/// What a certificate number turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// 18 characters, valid.
    Resident,
    /// A disability card's 20 or 22 characters; the first 18 are valid (D07).
    DisabilityCard,
    /// The old 15 digits, valid, brought up to 18 (D01).
    Upgraded15,
    /// 999999…: somebody without a number; nobody's elsewhere (D08).
    Surrogate999999,
    /// Some characters are covered (D06).
    Masked,
    /// Scientific notation: the digits are lost (D03).
    Scientific,
    /// A spreadsheet made it a number and cut it behind the fifteenth digit (D04).
    Truncated,
    /// Anything else.
    Malformed,
}

impl IdKind {
    /// As SQL knows it: `resident`, `disability_card`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::DisabilityCard => "disability_card",
            Self::Upgraded15 => "upgraded_15",
            Self::Surrogate999999 => "surrogate_999999",
            Self::Masked => "masked",
            Self::Scientific => "scientific",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
        }
    }
}

/// The identity number in a cell: wrappers, blanks and full-width forms are seen through (D02, D05, D09), 15 digits
/// are brought up to 18 (D01), a disability card gives its first 18 (D07). `None` for everything else: a number in
/// scientific notation (D03), a cut one (D04), a masked one (D06), 999999… (D08), or a wrong one.
#[must_use]
pub fn id_no(text: &str) -> Option<IdNumber> {
    read(&Cell::new(text))
        .and_then(Result::ok)
        .map(|(_, number)| number)
}

/// What the number in a cell is; `None` when the cell is empty (D01–D08).
#[must_use]
pub fn id_kind(text: &str) -> Option<IdKind> {
    read(&Cell::new(text)).map(|read| match read {
        Ok((kind, _)) | Err((kind, _)) => kind,
    })
}

/// [`id_kind`], and whether [`id_no`] has a number, at one look.
pub(super) fn kind_and_valid(text: &str) -> Option<(IdKind, bool)> {
    read(&Cell::new(text)).map(|read| match read {
        Ok((kind, _)) => (kind, true),
        Err((kind, _)) => (kind, false),
    })
}

/// Why [`id_no`] is `None`, in a clerk's words; `None` when it is not. The number is never quoted.
#[must_use]
pub fn id_reason(text: &str) -> Option<&'static str> {
    let Some(read) = read(&Cell::new(text)) else {
        return Some("没有填写证件号码");
    };
    let (kind, fault) = read.err()?;
    Some(match (kind, fault) {
        (IdKind::Surrogate999999, _) => "以999999开头的是无证件人员的临时编号，不能用来跨部门比对",
        (IdKind::Masked, _) => "证件号码有几位被遮盖，不能确定是谁，请提供完整号码",
        (IdKind::Scientific, _) => {
            "证件号码被表格软件变成了科学计数法，后几位已经丢失，请设为文本格式后重新导出"
        }
        (IdKind::Truncated, _) => {
            "证件号码疑似被表格软件当作数字，第16位起已经丢失，请设为文本格式后重新导出"
        }
        (_, Fault::Length) => "证件号码位数不对，应为18位（旧号15位，残疾人证20位或22位）",
        (_, Fault::Character) => "证件号码中有不应出现的字符",
        (_, Fault::Date) => "证件号码中的出生日期不存在",
        (_, Fault::Checksum | Fault::Surrogate) => "证件号码校验不通过，可能有一位录错",
    })
}

/// The day of birth in the number of a cell, days since 1970-01-01.
#[must_use]
pub fn birth_date(text: &str) -> Option<i32> {
    id_no(text)?.birth_date()
}

/// 男 or 女, by digit 17 of the number of a cell: codes for sex differ between systems, the number does not.
#[must_use]
pub fn sex(text: &str) -> Option<&'static str> {
    Some(id_no(text)?.sex())
}

/// The kind of disability in character 19 of a card's number (D07).
#[must_use]
pub fn disability_kind(text: &str) -> Option<&'static str> {
    Some(match card(text)?.0 {
        b'1' => "视力",
        b'2' => "听力",
        b'3' => "言语",
        b'4' => "肢体",
        b'5' => "智力",
        b'6' => "精神",
        b'7' => "多重",
        _ => return None,
    })
}

/// The grade of disability in character 20 of a card's number, 1 (heaviest) to 4 (D07).
#[must_use]
pub fn disability_grade(text: &str) -> Option<i64> {
    let grade = card(text)?.1;
    (b'1'..=b'4').contains(&grade).then(|| i64::from(grade - b'0'))
}

/// Whether a spreadsheet has cut the number in a cell: scientific notation (D03), or digits that end in zeros behind
/// the fifteenth, or that only a double would hold (D04). A valid identity number is not cut.
#[must_use]
pub fn excel_cut(text: &str) -> bool {
    let cell = Cell::new(text);
    let valid = read(&cell).is_some_and(|read| read.is_ok());
    !valid && (is_scientific(cell.bytes()) || is_cut(cell.bytes()))
}

/// The 18 characters of a cell whose check alone does not hold.
pub(super) fn wrong_check(text: &str) -> Option<[u8; 18]> {
    let cell = Cell::new(text);
    match read(&cell)? {
        Err((IdKind::Malformed, Fault::Checksum)) => cell.bytes().try_into().ok(),
        Ok(_) | Err(_) => None,
    }
}

/// Characters 19 and 20 of a valid disability card's number.
fn card(text: &str) -> Option<(u8, u8)> {
    let cell = Cell::new(text);
    match read(&cell)? {
        Ok((IdKind::DisabilityCard, _)) => match cell.bytes() {
            [_, .., kind, grade] if cell.bytes().len() == 20 => Some((*kind, *grade)),
            [_, .., kind, grade, _, _] => Some((*kind, *grade)),
            _ => None,
        },
        _ => None,
    }
}

/// Bytes of a cell that are looked at: more is no number.
const CELL_MAX: usize = 32;
/// Decimal digits a spreadsheet's number keeps.
pub(super) const KEPT_DIGITS: usize = 15;
/// Binary digits of a double.
const DOUBLE_BITS: u32 = 53;
/// What a character that covers another becomes.
pub(super) const COVER: u8 = b'*';
/// What a character that no number has becomes.
const ALIEN: u8 = b'?';

/// A cell's text without wrapper and blanks, in upper-case ASCII.
pub(super) struct Cell {
    bytes: [u8; CELL_MAX],
    length: usize,
}

impl Cell {
    pub(super) fn new(text: &str) -> Self {
        let mut cell = Self {
            bytes: [0; CELL_MAX],
            length: 0,
        };
        if let Some(bytes) = cell.bytes.get_mut(..text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            // Nearly every number: nothing to see through.
            bytes.copy_from_slice(text.as_bytes());
            bytes.make_ascii_uppercase();
            cell.length = text.len();
            return cell;
        }
        for c in text.chars().filter(|c| !is_blank(*c)) {
            let byte = match half_width(c) {
                // `="3412…"`, `'3412…` (D05).
                '=' | '\'' | '"' | '`' | '‘' | '’' | '“' | '”' => continue,
                '*' | '×' | '✕' | '✖' | '●' | '•' | '○' | '■' | '█' => COVER,
                c => u8::try_from(c).ok().filter(u8::is_ascii_graphic).unwrap_or(ALIEN),
            };
            match cell.bytes.get_mut(cell.length) {
                Some(place) => *place = byte.to_ascii_uppercase(),
                None => {
                    cell.bytes = [ALIEN; CELL_MAX];
                    break;
                }
            }
            cell.length += 1;
        }
        cell
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

pub(super) type Read = Result<(IdKind, IdNumber), (IdKind, Fault)>;

/// The number of a cell, or what is wrong with it; `None` when the cell is empty.
pub(super) fn read(cell: &Cell) -> Option<Read> {
    let bytes = cell.bytes();
    if bytes.is_empty() {
        return None;
    }
    if bytes.len() == 18
        && let Ok(whole) = identity(bytes)
    {
        // What is right in every character is nothing of what follows.
        return Some(Ok(whole));
    }
    let digits = without_decimals(bytes);
    Some(
        if bytes.starts_with(SURROGATE) && bytes.iter().all(|b| is_number_byte(*b)) {
            Err((IdKind::Surrogate999999, Fault::Surrogate))
        } else if is_scientific(bytes) {
            Err((IdKind::Scientific, Fault::Character))
        } else if digits.len() < bytes.len() && digits.len() > KEPT_DIGITS {
            // `341221196805121216.0`: whatever its checksum says, it has been a number.
            Err((IdKind::Truncated, Fault::Checksum))
        } else if bytes.iter().all(|b| is_number_byte(*b) || *b == COVER) && is_covered(bytes) {
            uncovered(bytes).ok_or((IdKind::Masked, Fault::Character))
        } else {
            identity(digits).map_err(|fault| {
                // A cut number keeps its length.
                let cut = fault != Fault::Length && is_cut(digits);
                let kind = if cut { IdKind::Truncated } else { IdKind::Malformed };
                (kind, fault)
            })
        },
    )
}

fn identity(bytes: &[u8]) -> Result<(IdKind, IdNumber), Fault> {
    let kind = match bytes.len() {
        15 => IdKind::Upgraded15,
        20 | 22 => IdKind::DisabilityCard,
        _ => IdKind::Resident,
    };
    let number = IdNumber::read(bytes)?;
    let added = bytes.get(18..).unwrap_or_default();
    let (codes, reissue) = added.split_at_checked(2).unwrap_or((added, &[]));
    if codes.iter().all(u8::is_ascii_digit) && reissue.iter().all(u8::is_ascii_alphanumeric) {
        Ok((kind, number))
    } else {
        Err(Fault::Character)
    }
}

fn is_number_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'X'
}

/// Whether characters are covered: by signs, or by X where no X can be. One character alone only in a whole number.
fn is_covered(bytes: &[u8]) -> bool {
    let signs = bytes.iter().filter(|b| **b == COVER).count();
    let letters = bytes.iter().filter(|b| **b == b'X').count();
    signs > 1 || letters > 1 || (signs == 1 && matches!(bytes.len(), 18 | 20 | 22))
}

/// The number when only its check character is covered, by × or *, and X is what it must be (D02).
fn uncovered(bytes: &[u8]) -> Option<(IdKind, IdNumber)> {
    let mut number = [0; 22];
    let number = number.get_mut(..bytes.len())?;
    number.copy_from_slice(bytes);
    match number.get_mut(17) {
        Some(check) if *check == COVER => *check = b'X',
        _ => return None,
    }
    identity(number).ok()
}

/// `341221196805121216.0` without `.0`; anything else as it is.
pub(super) fn without_decimals(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().rev().take_while(|b| **b == b'0').count();
    match bytes.get(..bytes.len() - zeros) {
        Some([digits @ .., b'.']) if zeros > 0 && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => bytes,
    }
}

/// `3.41221E+17`, `3E17`.
fn is_scientific(bytes: &[u8]) -> bool {
    let Some(e) = bytes.iter().position(|b| *b == b'E') else {
        return false;
    };
    let (mantissa, exponent) = bytes.split_at(e);
    let exponent = match exponent {
        [_, b'+', digits @ ..] | [_, digits @ ..] => digits,
        [] => return false,
    };
    let points = mantissa.iter().filter(|b| **b == b'.').count();
    let numeric = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    numeric(mantissa) && points <= 1 && exponent.len() <= 2 && numeric(exponent) && !exponent.contains(&b'.')
}

/// Digits that a spreadsheet has cut: nothing but zeros behind the fifteenth, or 18 and more that a double holds
/// exactly, which one number in 64 does by itself.
fn is_cut(bytes: &[u8]) -> bool {
    let digits = without_decimals(bytes);
    if digits.len() <= KEPT_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    if digits.iter().skip(KEPT_DIGITS).all(|b| *b == b'0') {
        return true;
    }
    let number = digits.iter().fold(0_u128, |n, d| {
        n.saturating_mul(10).saturating_add(u128::from(d - b'0'))
    });
    let significant = u128::BITS - number.leading_zeros() - number.trailing_zeros().min(u128::BITS - 1);
    digits.len() >= 18 && significant <= DOUBLE_BITS
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
