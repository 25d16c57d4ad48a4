//! A rule, as its file in `config/rules/` says it.
//! Here because a policy changes by editing one file, with its examples beside it, and never by recompiling.
//! In: TOML. Out: a rule whose bands, parameters and template are consistent with each other.
//! Not here: whether its SQL plans (that needs the tables) and what it finds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hub_model::tables;
use hub_model::{
    Category, Kpi, Mistake, Period, Place, RuleHeader, RuleId, Severity, SubjectKind, from_toml, nearest,
};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::place::SqlText;
use crate::rule_band_file::{Band, SeverityOverride, WrittenBand};
use crate::rule_example::Example;
use crate::rule_life_file::WrittenLife;
use crate::{Error, Parameters, Result, sentence};

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What others see of it.
    pub header: RuleHeader,
    /// Tables that must have been loaded, and be fresh, for an answer; of a derived table all its inputs must.
    pub tables: Vec<String>,
    /// Days after which the last good load of a table is too old for an answer.
    pub fresh_days: BTreeMap<String, u32>,
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
    /// Columns that move with the calendar alone: a warning is not news because a day has passed.
    pub moving: BTreeSet<String>,
    /// The sentence, with `{column}` placeholders.
    pub sentence: String,
    /// SHA-256 of its file.
    pub digest: [u8; 32],
    pub(crate) sql: SqlText,
    pub(crate) examples: Vec<Example>,
}

/// Canonical rows whose source cells explain a finding.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRows {
    /// The canonical table, called `t` in `on`.
    pub table: String,
    /// Its columns to cite.
    pub columns: Vec<String>,
    /// SQL condition between `t` and the findings `f`.
    pub on: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    #[schemars(with = "String")]
    id: Spanned<String>,
    version: u32,
    title: String,
    category: Category,
    clause: String,
    #[serde(default)]
    aliases: Vec<String>,
    department: String,
    subject: SubjectKind,
    clears_when: String,
    #[serde(default)]
    period: Period,
    #[schemars(with = "Option<WrittenLife>")]
    life: Option<Spanned<WrittenLife>>,
    ledger: Option<String>,
    kpi: Option<Kpi>,
    #[schemars(with = "Vec<String>")]
    tables: Vec<Spanned<String>>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, u32>")]
    fresh_days: BTreeMap<Spanned<String>, u32>,
    measure: Option<String>,
    clean_when: Option<String>,
    #[serde(default)]
    moving: BTreeSet<String>,
    sentence: String,
    #[schemars(with = "String")]
    sql: Spanned<String>,
    band: Vec<WrittenBand>,
    #[serde(default)]
    severity_override: Vec<SeverityOverride>,
    #[serde(default)]
    evidence: Vec<EvidenceRows>,
    example: Vec<Example>,
}

impl Rule {
    /// The schema of its file, JSON Schema 2020-12.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        hub_model::schema_of::<File>()
    }

    /// The names of its examples.
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        self.examples.iter().map(|example| example.name.as_str())
    }

    /// The severities its warnings can have, the mildest first.
    #[must_use]
    pub fn severities(&self) -> Vec<Severity> {
        let bands = self.bands.iter().map(|band| band.severity);
        let over = self.overrides.iter().map(|over| over.severity);
        let severities: BTreeSet<Severity> = bands.chain(over).collect();
        severities.into_iter().collect()
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
        let life_at = read.life.as_ref().map_or(0, |life| life.span().start);
        let life = read.life.map(Spanned::into_inner).unwrap_or_default();
        let life = life.read().map_err(|message| mistake(life_at, message))?;
        let own: Vec<&str> = read.tables.iter().map(|table| table.get_ref().as_str()).collect();
        if let Some(stranger) = read
            .fresh_days
            .keys()
            .find(|table| !own.contains(&table.get_ref().as_str()))
        {
            let message = no_such("table of this rule", stranger.get_ref(), &own);
            return Err(mistake(stranger.span().start, message));
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
                category: read.category,
                clause: read.clause,
                aliases: read.aliases,
                department: read.department,
                subject: read.subject,
                clears_when: read.clears_when,
                period: read.period,
                life,
                ledger: read.ledger,
                kpi: read.kpi,
            },
            tables: read.tables.into_iter().map(Spanned::into_inner).collect(),
            fresh_days: read
                .fresh_days
                .into_iter()
                .map(|(table, days)| (table.into_inner(), days))
                .collect(),
            measure: read.measure,
            clean_when: read.clean_when,
            bands,
            overrides: read.severity_override,
            evidence: read.evidence,
            moving: read.moving,
            sentence: read.sentence,
            digest: Sha256::digest(text).into(),
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
