//! The rule book of a site: every file of `config/rules/` and the parameters they use.
//! Here because all rules are read before one runs; a file with a mistake is left out, with its place, and holds up no other.
//! In: a configuration directory. Out: the rules by id, the files that are not used, the parameters.
//! Not here: what one file says (rule_file), whether its SQL plans (rule_check).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hub_model::RefusedRule;

use crate::rule_file::Rule;
use crate::{Error, Parameters, Result};

/// Files of parameters; entries of a later one replace those of the same name and day.
pub const PARAMETER_FILES: [&str; 2] = ["parameters.toml", "parameters.local.toml"];
/// Most rule files.
const RULES_MAX: usize = 1000;
/// Longest rule file, bytes.
const FILE_MAX: u64 = 1 << 20;

/// The rules of a site and the parameters they use.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// Files that are not used, by name.
    pub refused: Vec<RefusedRule>,
    /// The parameters.
    pub parameters: Parameters,
}

impl RuleBook {
    /// Of `rules`, with `parameters`.
    #[must_use]
    pub const fn of(rules: Vec<Rule>, parameters: Parameters) -> Self {
        Self {
            rules,
            refused: Vec::new(),
            parameters,
        }
    }

    /// Reads `rules/*.toml`, `parameters.toml` and the site's own `parameters.local.toml` below `config_dir`; a missing folder means no rule.
    ///
    /// # Errors
    /// A mistake in the parameters, with its place, or the folder that could not be read.
    pub fn load(config_dir: &Path) -> Result<Self> {
        let mut parameters = Vec::new();
        for name in PARAMETER_FILES {
            let file = config_dir.join(name);
            if file.exists() {
                parameters.push((file.clone(), read(&file)?));
            }
        }
        let mut files = BTreeSet::new();
        let folder = config_dir.join("rules");
        if folder.is_dir() {
            let io = |source| Error::Io {
                path: folder.clone(),
                source,
            };
            for entry in std::fs::read_dir(&folder).map_err(io)? {
                let path = entry.map_err(io)?.path();
                if path.extension().is_some_and(|extension| extension == "toml") {
                    files.insert(path);
                }
            }
        }
        if files.len() > RULES_MAX {
            let source = std::io::Error::other(format!("more than {RULES_MAX} rule files"));
            return Err(Error::Io { path: folder, source });
        }
        let rules = files.into_iter().map(|path| {
            let text = read(&path).map_err(|error| error.to_string());
            (path, text)
        });
        Self::parse(&parameters, rules)
    }

    /// Reads the texts of `parameters`, later ones over earlier, and of `rules`; of a rule whose text there is not, why.
    ///
    /// # Errors
    /// A mistake in the parameters, with its place.
    pub fn parse(
        parameters: &[(PathBuf, String)],
        rules: impl IntoIterator<Item = (PathBuf, std::result::Result<String, String>)>,
    ) -> Result<Self> {
        let mut book = Self::default();
        for (file, text) in parameters {
            let over = Parameters::parse(text, &file.display().to_string())?;
            book.parameters = book.parameters.overlaid(over);
        }
        for (path, text) in rules {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = match text {
                Ok(text) => text,
                Err(why) => {
                    book.leave_out(&name, why);
                    continue;
                }
            };
            match Rule::parse(&text, &path.display().to_string(), &book.parameters) {
                Ok(rule) => book.rules.push(rule),
                Err(error) => book.refuse(&name, &error),
            }
        }
        Ok(book)
    }

    /// Notes that the rule of this name is not used.
    pub(crate) fn refuse(&mut self, rule: &str, error: &Error) {
        self.leave_out(rule, error.to_string());
    }

    fn leave_out(&mut self, rule: &str, why: String) {
        self.refused.push(RefusedRule {
            rule: rule.to_owned(),
            why,
        });
        self.refused.sort_by(|one, other| one.rule.cmp(&other.rule));
    }
}

fn read(path: &Path) -> Result<String> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(io)?.len();
    if bytes > FILE_MAX {
        return Err(io(std::io::Error::other(format!(
            "{bytes} bytes; at most {FILE_MAX}"
        ))));
    }
    std::fs::read_to_string(path).map_err(io)
}
