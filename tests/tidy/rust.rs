//! Reads Rust as far as needed to tell code from comments and texts.
//! Here because a comment may say what code may not.
//! In: a file's text. Out: the lines on which a word is code.
//! Not here: syntax; a scanner of a screen is enough for one word.

/// The lines, counted from 1, on which `word` stands in code.
pub(crate) fn lines_with_word(text: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let code = code(text);
    let lines = code.lines().zip(1..);
    lines
        .filter(|(line, _)| line.split(|c| !is_part(c)).any(|found| found == word))
        .map(|(_, number)| number)
        .collect()
}

/// `text` with every comment and every literal blanked out, line breaks kept.
pub(crate) fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = skipped(rest, at.checked_sub(1).map(|before| chars[before]));
        if length == 0 {
            out.push(rest[0]);
            at += 1;
            continue;
        }
        for c in &rest[..length] {
            out.push(if *c == '\n' { '\n' } else { ' ' });
        }
        at += length;
    }
    out
}

/// How many characters at the beginning of `rest` are a comment or a literal; 0 when it begins with code.
fn skipped(rest: &[char], before: Option<char>) -> usize {
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => quoted(rest, '"'),
        ['\'', '\\', ..] => quoted(rest, '\''),
        ['\'', _, '\'', ..] => 3,
        ['r', '"' | '#', ..] if !before.is_some_and(|c| c.is_alphanumeric() && c != 'b' && c != 'c') => {
            raw_string(rest)
        }
        _ => 0,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// 0 when it is a raw identifier.
fn raw_string(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let body = 2 + hashes;
    let found = rest[body..].windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |at| body + at + end.len())
}

#[test]
fn a_word_counts_in_code_only() {
    let text = r##"// word
/* word /* word */ word */ let a = "word \" word"; let b = 'w';
let c = r#"word " word"#; let d: &'word str = "";
unword(); word_(); word { }
let r#type = '"'; word!()
"##;
    assert_eq!(lines_with_word(text, "word"), [3, 4, 5]);
}
