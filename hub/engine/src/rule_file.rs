//! A rule, as its file in `config/rules/` says it.
//! Here because a policy changes by editing one file, with its examples beside it, and never by recompiling.
//! In: TOML. Out: a rule whose bands, parameters and template are consistent with each other.
//! Not here: whether its SQL plans (that needs the tables) and what it finds.

use std::collections::BTreeSet;
use std::path::Path;

use hub_model::tables;
use hub_model::{Mistake, Place, RuleHeader, RuleId, Severity, SubjectKind, from_toml, nearest};
use serde::Deserialize;
use toml::Spanned;

use crate::place::SqlText;
use crate::rule_example::Example;
use crate::{Error, Parameters, Result, sentence};

/// Most rule files.
const RULES_MAX: usize = 1000;
/// Longest rule file, bytes.
const FILE_MAX: u64 = 1 << 20;

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What others see of it.
    pub header: RuleHeader,
    /// Tables that must have been loaded, and be fresh, for an answer; of a derived table all its inputs must.
    pub tables: Vec<String>,
    /// The column of the SELECT that lines are compared with; none when every band is a condition of its own.
    pub measure: Option<String>,
    /// A boolean column of the SELECT: where it is true the subject is clean, whatever its measure.
    pub clean_when: Option<String>,
    /// Bands, the gravest first; the first a subject is in is the subject's.
    pub bands: Vec<Band>,
    /// Severities that replace the band's.
    pub overrides: Vec<SeverityOverride>,
    /// Cells to cite.
    pub evidence: Vec<EvidenceRows>,
    /// The sentence, with `{column}` placeholders.
    pub sentence: String,
    pub(crate) sql: SqlText,
    pub(crate) examples: Vec<Example>,
}

/// Subjects beyond one line, or of which something is true.
#[derive(Debug, Clone)]
pub struct Band {
    /// Its name.
    pub name: String,
    /// How urgent it is.
    pub severity: Severity,
    /// Who is in it.
    pub test: Test,
}

/// Who is in a band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Whose measure is smaller than this parameter.
    Below(String),
    /// Whose measure is greater than this parameter.
    Above(String),
    /// Of whom this boolean column of the SELECT is true.
    When {
        /// The column.
        column: String,
        /// What is true then, in words: it stands where a line stands in the others.
        says: String,
    },
}

impl Test {
    /// The parameter that is its line.
    #[must_use]
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Below(line) | Self::Above(line) => Some(line),
            Self::When { .. } => None,
        }
    }
}

/// A band as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBand {
    name: Spanned<String>,
    severity: Severity,
    below: Option<String>,
    above: Option<String>,
    when: Option<String>,
    says: Option<String>,
}

impl WrittenBand {
    /// The band; what is wrong with it when it is none.
    fn read(self) -> std::result::Result<Band, (usize, String)> {
        let at = self.name.span().start;
        let name = self.name.into_inner();
        let test = match (self.below, self.above, self.when, self.says) {
            (Some(line), None, None, None) => Test::Below(line),
            (None, Some(line), None, None) => Test::Above(line),
            (None, None, Some(column), Some(says)) => Test::When { column, says },
            (None, None, Some(_), None) => {
                let message = format!("band {name}: `when` wants `says`, what is true then in Chinese words");
                return Err((at, message));
            }
            (_, _, None, Some(_)) => {
                let message = format!("band {name}: `says` goes with `when`; a line says itself");
                return Err((at, message));
            }
            (_, _, _, _) => {
                let message = format!("band {name}: exactly one of `below`, `above` and `when`");
                return Err((at, message));
            }
        };
        Ok(Band {
            name,
            severity: self.severity,
            test,
        })
    }
}

/// A severity for subjects of which a boolean column is true.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityOverride {
    /// A boolean column of the SELECT.
    pub when: String,
    /// The severity then.
    pub severity: Severity,
}

/// Canonical rows whose source cells explain a finding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRows {
    /// The canonical table, called `t` in `on`.
    pub table: String,
    /// Its columns to cite.
    pub columns: Vec<String>,
    /// SQL condition between `t` and the findings `f`.
    pub on: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    version: u32,
    title: String,
    clause: String,
    department: String,
    subject: SubjectKind,
    clears_when: String,
    tables: Vec<Spanned<String>>,
    measure: Option<String>,
    clean_when: Option<String>,
    sentence: String,
    sql: Spanned<String>,
    band: Vec<WrittenBand>,
    #[serde(default)]
    severity_override: Vec<SeverityOverride>,
    #[serde(default)]
    evidence: Vec<EvidenceRows>,
    example: Vec<Example>,
}

impl Rule {
    /// The names of its examples.
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        self.examples.iter().map(|example| example.name.as_str())
    }

    /// Reads `text` of `file`.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str, file: &str, parameters: &Parameters) -> Result<Self> {
        let read: File = from_toml(text, file)?;
        let mistake = |offset, message: String| -> Error {
            Mistake {
                place: Place::of(file, text, offset),
                message,
            }
            .into()
        };
        let id = RuleId::parse(read.id.get_ref())
            .map_err(|error| mistake(read.id.span().start, error.to_string()))?;
        let stem = Path::new(file)
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        if stem != id.as_str() {
            return Err(mistake(
                read.id.span().start,
                format!("the rule {id} must stand in {id}.toml, not in {stem}.toml"),
            ));
        }
        for table in &read.tables {
            let name = table.get_ref();
            if tables::find(name).is_none() && tables::find_derived(name).is_none() {
                let derived = tables::DERIVED.iter().map(|table| table.name);
                let known: Vec<_> = tables::ALL
                    .iter()
                    .map(|table| table.name)
                    .chain(derived)
                    .collect();
                return Err(mistake(table.span().start, no_such("table", name, &known)));
            }
        }
        let mut bands = Vec::with_capacity(read.band.len());
        for band in read.band {
            let band = band
                .read()
                .map_err(|(offset, message)| mistake(offset, message))?;
            let line = band.test.line();
            if let Some(unknown) = line.filter(|line| parameters.title(line).is_none()) {
                let known: Vec<_> = parameters.names().collect();
                let offset = text.find(&format!("\"{unknown}\"")).unwrap_or_default();
                return Err(mistake(offset, no_such("parameter", unknown, &known)));
            }
            if line.is_some() && read.measure.is_none() {
                let offset = text.find(&band.name).unwrap_or_default();
                let message = format!(
                    "band {}: a line wants `measure`, the column it is compared with",
                    band.name
                );
                return Err(mistake(offset, message));
            }
            bands.push(band);
        }
        let sql = sql_text(text, file, &read.sql);
        if read.example.is_empty() {
            return Err(mistake(
                0,
                "a rule wants at least one [[example]]: it is its documentation and its test".to_owned(),
            ));
        }
        if let Err(message) = sentence::placeholders(&read.sentence) {
            return Err(mistake(text.find("sentence").unwrap_or_default(), message));
        }
        Ok(Self {
            header: RuleHeader {
                id,
                version: read.version,
                title: read.title,
                clause: read.clause,
                department: read.department,
                subject: read.subject,
                clears_when: read.clears_when,
            },
            tables: read.tables.into_iter().map(Spanned::into_inner).collect(),
            measure: read.measure,
            clean_when: read.clean_when,
            bands,
            overrides: read.severity_override,
            evidence: read.evidence,
            sentence: read.sentence,
            sql,
            examples: read.example,
        })
    }
}

/// The SQL with the line of the file on which its own first line stands.
fn sql_text(text: &str, file: &str, sql: &Spanned<String>) -> SqlText {
    let span = sql.span();
    let opening = text.get(span.start..).unwrap_or_default();
    let newline_trimmed = ["'''\n", "\"\"\"\n", "'''\r\n", "\"\"\"\r\n"]
        .iter()
        .any(|quotes| opening.starts_with(quotes));
    let first_line = Place::of(file, text, span.start).line + usize::from(newline_trimmed);
    SqlText {
        text: sql.get_ref().clone(),
        file: file.to_owned(),
        first_line,
    }
}

pub(crate) fn no_such(kind: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("no {kind} {word:?}; did you mean {near:?}?"),
        None => format!("no {kind} {word:?}; there are {}", known.join(", ")),
    }
}

/// The rules of a site and the parameters they use.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// The parameters.
    pub parameters: Parameters,
}

impl RuleBook {
    /// Reads `rules/*.toml` and `parameters.toml` below `config_dir`; a missing folder means no rule.
    ///
    /// # Errors
    /// The first mistake, with its place, or the file that could not be read.
    pub fn load(config_dir: &Path) -> Result<Self> {
        let parameters_file = config_dir.join("parameters.toml");
        let parameters = if parameters_file.exists() {
            Parameters::parse(&read(&parameters_file)?, &parameters_file.display().to_string())?
        } else {
            Parameters::default()
        };
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
        let rules = files
            .iter()
            .map(|path| Rule::parse(&read(path)?, &path.display().to_string(), &parameters))
            .collect::<Result<_>>()?;
        Ok(Self { rules, parameters })
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
