//! The plainest element, `<name>text</name>`, taken where it stands.
//! Here because nearly all of an export is made of them, and the parser makes three events of each.
//! In: text at a place between two tags. Out: name, text and length; none for all that is not quite so plain, and for an
//! element that goes on behind the text at hand: the parser reads those.
//! Not here: what the name means (xml.rs).

use memchr::{memchr, memchr2};

/// Longest name looked for.
const NAME_BYTES_MAX: usize = 256;

/// An element without attributes, with nothing but text in it.
pub(super) struct Plain<'t> {
    pub(super) name: &'t str,
    pub(super) text: &'t str,
    /// Its bytes, and those of the blanks before it.
    pub(super) length: usize,
}

/// The element `bytes` begin with, behind `blanks` where those may be passed over.
pub(super) fn element(bytes: &[u8], blanks: bool) -> Option<Plain<'_>> {
    let begin = if blanks { bytes.trim_ascii_start() } else { bytes };
    let rest = begin.strip_prefix(b"<")?;
    let end = memchr(b'>', rest.get(..NAME_BYTES_MAX).unwrap_or(rest))?;
    let (name, rest) = rest.split_at_checked(end)?;
    if name.is_empty() || !name.iter().all(|byte| is_of_a_name(*byte)) {
        return None;
    }
    let rest = rest.strip_prefix(b">")?;
    let (text, rest) = rest.split_at_checked(memchr2(b'<', b'&', rest)?)?;
    let rest = rest.strip_prefix(b"</")?.strip_prefix(name)?.strip_prefix(b">")?;
    Some(Plain {
        name: std::str::from_utf8(name).ok()?,
        text: std::str::from_utf8(text).ok()?,
        length: bytes.len() - rest.len(),
    })
}

/// Letters of any script, digits, and the signs a local name may have.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::element;

    #[test]
    fn what_is_not_quite_plain_is_left_to_the_parser() {
        let taken = |text: &str, blanks| {
            let plain = element(text.as_bytes(), blanks)?;
            Some((plain.name.to_owned(), plain.text.to_owned(), plain.length))
        };
        let some = |name: &str, text: &str, length| Some((name.to_owned(), text.to_owned(), length));
        assert_eq!(
            taken("<jsny>202311</jsny><x/>", false),
            some("jsny", "202311", 19)
        );
        assert_eq!(taken("<金额></金额>", false), some("金额", "", 17));
        assert_eq!(taken("\n  <a> 1 </a>", true), some("a", " 1 ", 13));
        for other in [
            "\n  <a>1</a>",
            "x<a>1</a>",
            "<a>1",
            "<a>1</a",
            "<a>1</b>",
            "<a>1</a >",
            "<a x='1'>1</a>",
            "<n:a>1</n:a>",
            "<a/>",
            "<a>&amp;</a>",
            "<a><b>1</b></a>",
            "<a><![CDATA[1]]></a>",
            "<!--<a>1</a>-->",
            "<?a?>",
            "</a>",
            "<></>",
            "",
        ] {
            assert_eq!(taken(other, false), None, "{other}");
        }
    }
}
