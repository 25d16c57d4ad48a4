//! The relation to the head of the household, in the national system's 28 words.
//! Here because departments say 长子, 儿子, 03 or 22 where the national system says 之子.
//! In: a code or a word as it came. Out: one of the 28 words; none when the text says none, or could say two.
//! Not here: whether relation, sex and age agree; rules check that.

use super::chars::compact;

/// The relations of the national system, in the order of its older codes 01 to 20.
const OLDER_CODES: [&str; 20] = [
    "户主",
    "配偶",
    "之子",
    "之女",
    "之儿媳",
    "之女婿",
    "之孙子",
    "之孙女",
    "之外孙子",
    "之外孙女",
    "之父",
    "之母",
    "之岳父",
    "之岳母",
    "之公公",
    "之婆婆",
    "之祖父",
    "之祖母",
    "之外祖父",
    "之外祖母",
];

/// The relation in the national system's words. Read are its own words with or without 之, everyday words (长子, 妻子,
/// 爷爷), its older codes 01–20 and 99, and the codes of GB/T 4761-2008 from 21 on.
///
/// Codes 01 to 20 mean other things in GB/T 4761 (02 is 户主 there and 配偶 here): a source that uses the standard goes
/// through [`relation_gb`]. A single digit from 1 to 9 could be either's and is `None`, so are group codes that do not
/// tell the sex (50 父母).
#[must_use]
pub fn relation(text: &str) -> Option<&'static str> {
    let text = compact(text);
    let text = text.strip_suffix(".0").unwrap_or(&text);
    match code(text) {
        Some(code @ 1..=20) if text.len() == 2 => {
            code.checked_sub(1).and_then(|at| OLDER_CODES.get(at)).copied()
        }
        Some(0) if text.len() == 1 => Some("户主"),
        Some(code @ 21..) => of_standard(code),
        Some(_) => None,
        None => of_words(text),
    }
}

/// The relation in the national system's words, of a source whose codes are those of GB/T 4761-2008: two digits, or
/// the one-digit codes that tell one relation (0, 1, 2, 3). Words are read as by [`relation`].
#[must_use]
pub fn relation_gb(text: &str) -> Option<&'static str> {
    let text = compact(text);
    let text = text.strip_suffix(".0").unwrap_or(&text);
    match (code(text), text.len()) {
        (Some(0), 1) => Some("户主"),
        (Some(1), 1) => Some("配偶"),
        (Some(2), 1) => Some("之子"),
        (Some(3), 1) => Some("之女"),
        (Some(_), 1) => None,
        (Some(code), _) => of_standard(code),
        (None, _) => of_words(text),
    }
}

fn code(text: &str) -> Option<usize> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Two-digit codes of GB/T 4761-2008; `None` for groups that do not tell one relation.
fn of_standard(code: usize) -> Option<&'static str> {
    Some(match code {
        1 | 2 => "户主",
        10..=12 => "配偶",
        20..=27 | 29 => "之子",
        28 => "之女婿",
        30..=37 | 39 => "之女",
        38 => "之儿媳",
        41 => "之孙子",
        42 => "之孙女",
        43 => "之外孙子",
        44 => "之外孙女",
        47 => "之曾孙子",
        48 => "之曾孙女",
        51 | 57 => "之父",
        52 | 58 => "之母",
        53 => "之公公",
        54 => "之婆婆",
        55 => "之岳父",
        56 => "之岳母",
        61 => "之祖父",
        62 => "之祖母",
        63 => "之外祖父",
        64 => "之外祖母",
        70 | 71 | 73 | 75 | 77 | 79 => "之兄弟姐妹",
        72 | 74 => "之兄弟媳妇",
        81 | 83 => "之叔伯",
        93 => "之侄儿",
        94 => "之侄女",
        45 | 46 | 49 | 59 | 65..=69 | 76 | 78 | 80 | 82 | 84..=92 | 95..=99 => "其他",
        _ => return None,
    })
}

fn of_words(text: &str) -> Option<&'static str> {
    let text = ["户主之", "户主的", "之"]
        .iter()
        .find_map(|before| text.strip_prefix(before))
        .unwrap_or(text);
    Some(match text {
        "户主" | "本人" | "户主本人" | "本人或户主" => "户主",
        "配偶" | "妻" | "妻子" | "夫" | "丈夫" | "爱人" | "老伴" | "老婆" | "老公" => "配偶",
        "子" | "儿子" | "长子" | "次子" | "三子" | "四子" | "五子" | "大儿子" | "二儿子" | "小儿子"
        | "独生子" | "养子" | "继子" | "养子或继子" | "其他儿子" => "之子",
        "女" | "女儿" | "长女" | "次女" | "三女" | "四女" | "五女" | "大女儿" | "二女儿" | "小女儿"
        | "独生女" | "养女" | "继女" | "养女或继女" | "其他女儿" => "之女",
        "儿媳" | "儿媳妇" => "之儿媳",
        "女婿" => "之女婿",
        "孙子" | "孙" | "长孙" => "之孙子",
        "孙女" => "之孙女",
        "外孙子" | "外孙" | "外孙男" => "之外孙子",
        "外孙女" => "之外孙女",
        "父" | "父亲" | "爸爸" | "继父" | "养父" => "之父",
        "母" | "母亲" | "妈妈" | "继母" | "养母" => "之母",
        "岳父" | "丈人" => "之岳父",
        "岳母" | "丈母娘" => "之岳母",
        "公公" => "之公公",
        "婆婆" => "之婆婆",
        "祖父" | "爷爷" => "之祖父",
        "祖母" | "奶奶" => "之祖母",
        "外祖父" | "外公" | "姥爷" => "之外祖父",
        "外祖母" | "外婆" | "姥姥" => "之外祖母",
        "兄弟姐妹" | "兄弟姊妹" | "兄" | "弟" | "姐" | "妹" | "哥哥" | "弟弟" | "姐姐" | "妹妹" | "兄弟"
        | "姐妹" | "兄长" => "之兄弟姐妹",
        "曾孙子" | "曾孙" | "重孙" | "重孙子" => "之曾孙子",
        "曾孙女" | "重孙女" => "之曾孙女",
        "侄儿" | "侄子" | "侄" => "之侄儿",
        "侄女" => "之侄女",
        "兄弟媳妇" | "嫂" | "嫂子" | "嫂嫂" | "弟媳" | "弟媳妇" => "之兄弟媳妇",
        "叔伯" | "伯父" | "叔父" | "叔叔" | "伯伯" | "大伯" => "之叔伯",
        "其他" | "其它" | "其他亲属" | "非亲属" | "孙媳" | "孙媳妇" | "孙女婿" | "外甥" | "外甥女"
        | "舅父" | "舅舅" | "姑母" | "姑姑" | "姨母" => "其他",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The national system's 28 words.
    const WORDS: [&str; 28] = [
        "户主",
        "配偶",
        "之子",
        "之女",
        "之儿媳",
        "之女婿",
        "之孙子",
        "之孙女",
        "之外孙子",
        "之外孙女",
        "之父",
        "之母",
        "之岳父",
        "之岳母",
        "之公公",
        "之婆婆",
        "之祖父",
        "之祖母",
        "之外祖父",
        "之外祖母",
        "之兄弟姐妹",
        "之曾孙子",
        "之曾孙女",
        "之侄儿",
        "之侄女",
        "之兄弟媳妇",
        "之叔伯",
        "其他",
    ];

    #[test]
    fn each_of_the_28_words_is_itself() {
        for word in WORDS {
            assert_eq!((relation(word), relation_gb(word)), (Some(word), Some(word)));
        }
        for code in 0..100 {
            for read in [of_standard(code), relation(&format!("{code:02}"))] {
                assert!(read.is_none_or(|word| WORDS.contains(&word)), "{code}");
            }
        }
    }

    #[test]
    fn codes_and_everyday_words_become_the_systems_words() {
        let table = [
            ("01", Some("户主"), Some("户主")),
            ("02", Some("配偶"), Some("户主")),
            ("03", Some("之子"), None),
            ("10", Some("之外孙女"), Some("配偶")),
            ("20", Some("之外祖母"), Some("之子")),
            ("20.0", Some("之外祖母"), Some("之子")),
            ("22", Some("之子"), Some("之子")),
            ("28", Some("之女婿"), Some("之女婿")),
            ("38", Some("之儿媳"), Some("之儿媳")),
            ("73", Some("之兄弟姐妹"), Some("之兄弟姐妹")),
            ("97", Some("其他"), Some("其他")),
            ("99", Some("其他"), Some("其他")),
            ("50", None, None),
            ("40", None, None),
            ("0", Some("户主"), Some("户主")),
            ("1", None, Some("配偶")),
            ("2", None, Some("之子")),
            ("5", None, None),
            ("00", None, None),
            ("100", None, None),
            ("长子", Some("之子"), Some("之子")),
            (" 妻 子 ", Some("配偶"), Some("配偶")),
            ("户主之子", Some("之子"), Some("之子")),
            ("户主的母亲", Some("之母"), Some("之母")),
            ("本人", Some("户主"), Some("户主")),
            ("奶奶", Some("之祖母"), Some("之祖母")),
            ("媳妇", None, None),
            ("弟妹", None, None),
            ("不详", None, None),
            ("", None, None),
        ];
        for (text, national, standard) in table {
            assert_eq!(
                (relation(text), relation_gb(text)),
                (national, standard),
                "{text}"
            );
        }
    }
}
