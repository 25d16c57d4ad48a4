//! A pattern of file names.
//! Here because people know `*` and `?`, and nothing else is needed to tell one stream's files from another's.
//! In: `members*`, `*成员*`. Out: whether a name fits.
//! Not here: folders.

use plugin_api::Error;

/// Longest pattern.
pub const PATTERN_CHARS_MAX: usize = 200;

/// A pattern of file names: `*` stands for any run of characters, `?` for one; ASCII letters match in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<char>);

impl Pattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// `config` when it is empty, too long or reaches out of the folder.
    pub fn new(text: &str) -> Result<Self, Error> {
        let chars: Vec<char> = text.to_ascii_lowercase().chars().collect();
        if chars.is_empty()
            || chars.len() > PATTERN_CHARS_MAX
            || chars.iter().any(|c| ['/', '\\'].contains(c))
        {
            return Err(Error::config(format!(
                "文件名模式“{text}”无效：应为 1 到 {PATTERN_CHARS_MAX} 个字符，不含斜杠"
            )));
        }
        Ok(Self(chars))
    }

    /// Whether the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_ascii_lowercase().chars().collect();
        let (mut at, mut in_name) = (0, 0);
        // Where the last star was and how much of the name it has eaten so far: the only place to come back to.
        let mut star: Option<(usize, usize)> = None;
        while in_name < name.len() {
            match self.0.get(at) {
                Some('*') => {
                    star = Some((at, in_name));
                    at += 1;
                }
                Some(c) if *c == '?' || *c == name[in_name] => (at, in_name) = (at + 1, in_name + 1),
                Some(_) | None => match &mut star {
                    Some((star_at, eaten)) => {
                        *eaten += 1;
                        (at, in_name) = (*star_at + 1, *eaten);
                    }
                    None => return false,
                },
            }
        }
        self.0[at..].iter().all(|c| *c == '*')
    }
}
