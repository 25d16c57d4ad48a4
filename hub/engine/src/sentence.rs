//! The sentence a village cadre reads.
//! Here because a warning without a plain reason is noise.
//! In: a template with `{column}` placeholders and the rule's values. Out: Chinese text; money in yuan.
//! Not here: names, numbers and phones; a rule's SELECT must not produce them.

use std::collections::BTreeMap;

use hub_model::{Fen, Value};

/// The placeholder for the band's line in words.
pub(crate) const THRESHOLD: &str = "threshold";

/// The placeholders of `template`, in order.
pub(crate) fn placeholders(template: &str) -> Result<Vec<&str>, String> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        if before.contains('}') {
            return Err("the sentence closes a placeholder it did not open".to_owned());
        }
        let (name, after) = after
            .split_once('}')
            .ok_or("the sentence opens a placeholder and never closes it")?;
        found.push(name);
        rest = after;
    }
    Ok(found)
}

/// `template` with its placeholders filled.
pub(crate) fn render(template: &str, values: &BTreeMap<String, Value>, threshold: &str) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        text.push_str(before);
        if name == THRESHOLD {
            text.push_str(threshold);
        } else {
            text.push_str(&shown(name, values.get(name)));
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// A value as people read it; a column whose name ends in `_fen` is money in yuan.
#[must_use]
pub fn shown(name: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "不详".to_owned(),
        Some(Value::Bool(true)) => "是".to_owned(),
        Some(Value::Bool(false)) => "否".to_owned(),
        Some(Value::Int(fen)) if name.ends_with("_fen") => Fen(*fen).to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Text(text)) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_in_yuan_and_the_unknown_as_unknown() {
        let values = BTreeMap::from([
            ("village".to_owned(), Value::Text("王庄村".to_owned())),
            ("per_capita_fen".to_owned(), Value::Int(765_432)),
        ]);
        let text = render(
            "{village}{group}：{per_capita_fen}元，低于{threshold}。",
            &values,
            "监测线8,000.00元",
        );
        assert_eq!(text, "王庄村不详：7,654.32元，低于监测线8,000.00元。");
    }

    #[test]
    fn an_unbalanced_template_is_refused() {
        assert!(placeholders("{a").is_err() && placeholders("a}{b}").is_err());
        assert_eq!(placeholders("{a}和{b}"), Ok(vec!["a", "b"]));
    }
}
