//! A cell as text, exactly as it was: no exponent, no lost digit, no rounding; dates in ISO form.
//! Here because the landing keeps what was sent; what a text means is decided later, where it can be rejected with a reason.
//! In: calamine's value. Out: a text, or none for an empty cell.
//! Not here: trimming, units, IDs, the column the cell is in.

use std::fmt::Write;

use calamine::{Data, DataRef, ExcelDateTime};

/// From here on a double no longer holds every whole number, and Excel has already dropped digits. Such a number is shown
/// with its exponent, as Excel shows it, so that nobody takes the digits for an ID number.
const EXACT_MAX: f64 = 1e15;

/// The text of a cell, written into `scratch` when it has to be made.
pub(crate) fn text<'a>(value: &'a DataRef<'_>, scratch: &'a mut String) -> Option<&'a str> {
    match value {
        DataRef::Empty => return None,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            return (!text.is_empty()).then_some(text);
        }
        DataRef::SharedString(text) => return (!text.is_empty()).then_some(text),
        DataRef::Int(_) | DataRef::Float(_) | DataRef::Bool(_) | DataRef::DateTime(_) | DataRef::Error(_) => {
        }
    }
    scratch.clear();
    // Writing to a String cannot fail.
    let _infallible = match value {
        DataRef::Int(number) => write!(scratch, "{number}"),
        DataRef::Float(number) => write_number(scratch, *number),
        DataRef::Bool(true) => scratch.write_str("TRUE"),
        DataRef::Bool(false) => scratch.write_str("FALSE"),
        DataRef::DateTime(moment) => write_moment(scratch, *moment),
        DataRef::Error(error) => write!(scratch, "{error}"),
        DataRef::Empty
        | DataRef::String(_)
        | DataRef::SharedString(_)
        | DataRef::DateTimeIso(_)
        | DataRef::DurationIso(_) => Ok(()),
    };
    Some(scratch)
}

/// A value held by a parser as one that is borrowed.
pub(crate) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// The shortest decimal that reads back as the same double.
fn write_number(out: &mut String, number: f64) -> std::fmt::Result {
    if number.abs() >= EXACT_MAX {
        let with_exponent = format!("{number:E}");
        return out.write_str(&with_exponent.replace('E', "E+"));
    }
    // Amounts have two decimals at most: a whole number of hundredths prints three times as fast as the general case.
    let hundredths = (number * 100.0).round();
    if hundredths / 100.0 == number && hundredths.abs() < EXACT_MAX {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and below 1e15, hence exact"
        )]
        return write_hundredths(out, hundredths as i64);
    }
    write!(out, "{number}")
}

fn write_hundredths(out: &mut String, hundredths: i64) -> std::fmt::Result {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    match part {
        0 => write!(out, "{sign}{whole}"),
        _ if part % 10 == 0 => write!(out, "{sign}{whole}.{}", part / 10),
        _ => write!(out, "{sign}{whole}.{part:02}"),
    }
}

fn write_moment(out: &mut String, moment: ExcelDateTime) -> std::fmt::Result {
    if moment.is_duration() {
        let seconds = (moment.as_f64() * 86_400.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a span of more seconds than an i64 holds is no time of a cell"
        )]
        let seconds = seconds as i64;
        return write!(
            out,
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    write!(out, "{year:04}-{month:02}-{day:02}")?;
    if (hour, minute, second) != (0, 0, 0) {
        write!(out, "T{hour:02}:{minute:02}:{second:02}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    fn shown(value: DataRef<'_>) -> Option<String> {
        text(&value, &mut String::new()).map(str::to_owned)
    }

    #[test]
    fn numbers_keep_every_digit_and_lose_none_to_rounding() {
        for (number, expect) in [
            (0.0, "0"),
            (-0.5, "-0.5"),
            (8592.0, "8592"),
            (1234.5, "1234.5"),
            (9999.99, "9999.99"),
            (-12.05, "-12.05"),
            (0.1 + 0.2, "0.30000000000000004"),
            (90.285_714_285_714_29, "90.28571428571429"),
            (0.000_001, "0.000001"),
            (341_221_200_001.0, "341221200001"),
            (999_999_999_999_999.0, "999999999999999"),
        ] {
            assert_eq!(shown(DataRef::Float(number)).as_deref(), Some(expect));
        }
    }

    #[test]
    fn a_number_that_excel_has_cut_is_shown_as_cut() {
        let id_as_number: f64 = "341221196805121216".parse().unwrap();
        assert_eq!(
            shown(DataRef::Float(id_as_number)).as_deref(),
            Some("3.412211968051212E+17")
        );
    }

    #[test]
    fn an_amount_of_fen_comes_back_as_the_amount_it_was() {
        for fen in (0..2_000_000_000_i64).step_by(777_777) {
            let text = shown(DataRef::Float(fen as f64 / 100.0)).unwrap();
            let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
            let part = format!("{part:0<2}");
            assert_eq!(
                whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap(),
                fen
            );
        }
    }

    #[test]
    fn dates_are_iso_and_times_only_when_there_are_any() {
        let moment = |serial, kind| shown(DataRef::DateTime(ExcelDateTime::new(serial, kind, false)));
        let day = ExcelDateTimeType::DateTime;
        assert_eq!(moment(45_230.0, day).as_deref(), Some("2023-10-31"));
        assert_eq!(
            moment(45_230.75, ExcelDateTimeType::DateTime).as_deref(),
            Some("2023-10-31T18:00:00")
        );
        assert_eq!(
            moment(1.5, ExcelDateTimeType::TimeDelta).as_deref(),
            Some("36:00:00")
        );
    }

    #[test]
    fn empty_cells_and_empty_texts_are_nothing_and_spaces_are_kept() {
        assert_eq!(shown(DataRef::Empty), None);
        assert_eq!(shown(DataRef::SharedString("")), None);
        assert_eq!(
            shown(DataRef::SharedString(" 张 三 ")).as_deref(),
            Some(" 张 三 ")
        );
        assert_eq!(shown(DataRef::Bool(true)).as_deref(), Some("TRUE"));
        assert_eq!(
            shown(DataRef::Error(calamine::CellErrorType::NA)).as_deref(),
            Some("#N/A")
        );
    }
}
