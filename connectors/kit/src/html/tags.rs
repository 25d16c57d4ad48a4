//! Tags and texts of a page.
//! Here because a page called a workbook is rarely well-formed: tags are left open, quotes forgotten, comments broken off.
//! In: text, piece by piece. Out: tokens; texts with their entities resolved.
//! Not here: what a tag means.

use crate::rows::Stop;

/// Longest tag or comment that is looked for its end: beyond that a `<` is just a character.
const TAG_BYTES_MAX: usize = 64 << 10;
/// Longest entity between `&` and `;`.
const ENTITY_CHARS_MAX: usize = 10;
/// Elements whose content is no text.
const SILENT: [&str; 3] = ["script", "style", "xml"];
const ENTITIES: [(&str, char); 14] = [
    ("nbsp", '\u{A0}'),
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("middot", '·'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("mdash", '—'),
    ("yen", '¥'),
    ("times", '×'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
];

pub(super) enum Token<'a> {
    Text(&'a str),
    Open(Tag<'a>),
    /// The element's name in lower case.
    Close(&'a str),
}

/// An opening tag.
pub(super) struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

impl Tag<'_> {
    /// In lower case, without a namespace.
    pub(super) fn name(&self) -> &str {
        self.name
    }

    /// Whether it closes itself.
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.ends_with('/')
    }

    /// The text of an attribute, its name in lower case.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/')?;
            let (found, after) = rest.split_at_checked(end)?;
            let after = after.trim_start();
            let Some(value) = after.strip_prefix('=') else {
                // Every turn goes forward: a lone sign is passed over.
                rest = if found.is_empty() { next(rest)? } else { after };
                continue;
            };
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => next(value)?.split_once(quote)?,
                Some(_) => match value.find(char::is_whitespace) {
                    Some(end) => value.split_at_checked(end)?,
                    None => (value, ""),
                },
                None => return None,
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = after;
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.value(name)?.trim_end_matches('/').trim().parse().ok()
    }
}

/// A text without its first character.
fn next(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next()?;
    Some(chars.as_str())
}

#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// The element whose content is passed over until it closes.
    silent: Option<&'static str>,
    name: String,
}

impl Tokens {
    /// Hands on the tokens of `text` and returns the bytes they took; what may go on behind it is left.
    pub(super) fn read(
        &mut self,
        text: &str,
        last: bool,
        each: &mut dyn FnMut(Token<'_>) -> Result<(), Stop>,
    ) -> Result<usize, Stop> {
        let mut rest = text;
        while !rest.is_empty() {
            let Some(before) = memchr::memchr(b'<', rest.as_bytes()) else {
                // An entity may go on behind the text: it is kept, unless it is too long for one.
                let keep = if last { 0 } else { unfinished_entity(rest) };
                let (whole, kept) = rest.split_at_checked(rest.len() - keep).unwrap_or((rest, ""));
                self.text(whole, each)?;
                rest = kept;
                break;
            };
            let (plain, tag) = rest.split_at_checked(before).unwrap_or((rest, ""));
            self.text(plain, each)?;
            let Some(length) = tag_length(tag) else {
                if !last && tag.len() <= TAG_BYTES_MAX {
                    rest = tag;
                    break;
                }
                self.text("<", each)?;
                rest = next(tag).unwrap_or_default();
                continue;
            };
            let (tag, after) = tag.split_at_checked(length).unwrap_or((tag, ""));
            self.tag(tag, each)?;
            rest = after;
        }
        Ok(text.len() - rest.len())
    }

    fn text(&self, text: &str, each: &mut dyn FnMut(Token<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        if text.is_empty() || self.silent.is_some() {
            return Ok(());
        }
        each(Token::Text(text))
    }

    fn tag(&mut self, tag: &str, each: &mut dyn FnMut(Token<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        let inner = tag
            .strip_prefix('<')
            .and_then(|tag| tag.strip_suffix('>'))
            .unwrap_or_default();
        let (closes, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let end = inner
            .find(|c: char| c.is_whitespace() || c == '/')
            .unwrap_or(inner.len());
        let (name, attributes) = inner.split_at_checked(end).unwrap_or_default();
        self.name.clear();
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        self.name.extend(local.chars().map(|c| c.to_ascii_lowercase()));
        if let Some(silent) = self.silent {
            if closes && self.name == silent {
                self.silent = None;
            }
            return Ok(());
        }
        if closes {
            return each(Token::Close(&self.name));
        }
        let tag = Tag {
            name: &self.name,
            attributes: attributes.trim_end(),
        };
        if !tag.is_empty() {
            self.silent = SILENT.into_iter().find(|silent| *silent == tag.name);
        }
        each(Token::Open(tag))
    }
}

/// The length of the tag or comment a text begins with; none when it does not end within the text.
fn tag_length(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|at| at + 3);
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(TAG_BYTES_MAX) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            // A quote begins a value only behind its equals sign; elsewhere it is an inch.
            (None, b'"' | b'\'') if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'=') => {
                quote = Some(byte)
            }
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn unfinished_entity(text: &str) -> usize {
    let tail = text.char_indices().rev().take(ENTITY_CHARS_MAX + 1);
    let found = tail.take_while(|(_, c)| *c != ';').find(|(_, c)| *c == '&');
    found.map_or(0, |(at, _)| text.len() - at)
}

/// Appends a text with its entities resolved; what is no entity stays.
pub(super) fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after
            .char_indices()
            .take(ENTITY_CHARS_MAX)
            .find(|(_, c)| *c == ';');
        let entity = end.and_then(|(end, _)| after.get(..end));
        match entity.and_then(|entity| Some((character(entity)?, entity.len() + 1))) {
            Some((c, length)) => {
                out.push(c);
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

/// The same, with every run of spaces and line breaks as one space, as a browser shows it.
pub(super) fn unescape_folded(text: &str, out: &mut String) {
    let mut folded = String::with_capacity(text.len());
    let mut space = out.ends_with(' ');
    for c in text.chars() {
        let is_space = matches!(c, ' ' | '\t' | '\r' | '\n');
        if !(is_space && space) {
            folded.push(if is_space { ' ' } else { c });
        }
        space = is_space;
    }
    unescape(&folded, out);
}

fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    ENTITIES.iter().find(|(name, _)| *name == entity).map(|(_, c)| *c)
}
