//! A foreign program's words, as far as they may be shown.
//! Here because what a driver or a tap says of a failure helps whoever reads it, and sometimes quotes somebody's number.
//! In: one line. Out: the same without what may be a value.
//! Not here: deciding what a failure means (whoever knows the program).

/// Characters shown.
const CHARS_SHOWN: usize = 200;
/// A run of so many digits may be somebody's number.
const DIGITS_MIN: usize = 5;

/// A line without what may be a value, at most 200 characters of it: quoted texts that are no plain names, what follows `=`, long numbers, Chinese.
#[must_use]
pub fn masked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => {
                let mut inside = String::new();
                let closed = loop {
                    match rest.next() {
                        Some(end) if end == c => break true,
                        Some(other) => inside.push(other),
                        None => break false,
                    }
                };
                let name = closed
                    && !inside
                        .chars()
                        .any(|c| !(c.is_ascii_alphabetic() || "_-./".contains(c)));
                out.push(c);
                out.push_str(if name { &inside } else { "*" });
                out.push(c);
            }
            '=' => {
                out.push_str("=*");
                let value = |c: &char| !c.is_whitespace() && !",;".contains(*c);
                while rest.next_if(value).is_some() {}
            }
            c if c.is_ascii_digit() => {
                let mut digits = String::from(c);
                while let Some(digit) = rest.next_if(char::is_ascii_alphanumeric) {
                    digits.push(digit);
                }
                let long = digits.chars().filter(char::is_ascii_digit).count() >= DIGITS_MIN;
                out.push_str(if long { "*" } else { &digits });
            }
            c if c.is_ascii() => out.push(c),
            _ => {
                out.push('*');
                while rest.next_if(|c| !c.is_ascii()).is_some() {}
            }
        }
    }
    out.chars().take(CHARS_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn names_and_numbers_go_and_what_went_wrong_stays() {
        for (line, shown) in [
            ("no such table: main.v_medical", "no such table: main.v_medical"),
            ("relation \"v\" does not exist", "relation \"v\" does not exist"),
            (
                "Key (certno)=(341202196507041013) exists",
                "Key (certno)=* exists",
            ),
            ("invalid value '王建军' at row 12", "invalid value '*' at row 12"),
            ("bad id 34120219650704101X, 王建军", "bad id *, *"),
            ("an open quote 'and more", "an open quote '*'"),
        ] {
            assert_eq!(masked(line), shown);
        }
        assert_eq!(masked(&"x".repeat(500)).len(), 200);
    }
}
