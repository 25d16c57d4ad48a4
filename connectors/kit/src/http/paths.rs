//! Scalars at JSON pointers of an answer: its verdict, its total, its next cursor.
//! Here because an envelope is looked into in a few places only, and without building the whole document.
//! In: a document, a pointer. Out: the scalar as text.
//! Not here: records (record/json.rs).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The scalar at `pointer`, as text; None when there is none, or `null`.
pub(crate) fn scalar(document: &str, pointer: &str) -> Option<String> {
    let mut value: &RawValue = serde_json::from_str(document).ok()?;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(value.get()).ok()?;
        value = fields.get(&step).copied()?;
    }
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'n' | b'{' | b'[' => None,
        _ => Some(value.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn scalars_and_nothing_else() {
        let text = r#"{"code":0,"d":{"total":"12","next":null,"list":[],"a/b":true}}"#;
        for (pointer, expect) in [
            ("/code", Some("0")),
            ("/d/total", Some("12")),
            ("/d/next", None),
            ("/d/list", None),
            ("/d/a~1b", Some("true")),
            ("/x/y", None),
        ] {
            assert_eq!(scalar(text, pointer).as_deref(), expect, "{pointer}");
        }
        assert_eq!(scalar("<html>", "/code"), None);
    }
}
