//! `rules/*.toml`, `parameters.toml` and `parameters.local.toml`: found here, understood by the engine.
//! Here because they belong to the one state of the configuration that everything else is read from.
//! In: the files. Out: the rule book as it was read.
//! Not here: what a rule says, whether it plans (engine).

use std::path::Path;

use hub_engine::{PARAMETER_FILES, RuleBook};

use super::files::Reader;

/// The folder of rules.
const RULES: &str = "rules";

pub(super) fn read(reader: &Reader) -> anyhow::Result<RuleBook> {
    let mut parameters = Vec::new();
    for name in PARAMETER_FILES.map(Path::new) {
        if reader.is_file(name) {
            parameters.push((reader.path(name), reader.text(name)?));
        }
    }
    let files = reader.folder(Path::new(RULES), "toml")?;
    // One that cannot be read holds up no other.
    let rules = files.into_iter().map(|path| {
        let text = reader.text(&path).map_err(|error| format!("{error:#}"));
        (path, text)
    });
    Ok(RuleBook::parse(&parameters, rules)?)
}
