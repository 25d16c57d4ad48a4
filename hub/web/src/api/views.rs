//! Cases as the API shows them: thin, without a name, a number, a telephone or a sentence that somebody wrote; and full.
//! Here because what leaves must be decided field by field, not by what a type of ours happens to hold.
//! In: cases of the store. Out: values with their OpenAPI schemas.
//! Not here: who may see which.

use hub_model::case::{Action, Measure, Reason, Role};
use hub_model::{CaseState, CitedCell, Severity, Subject, SubjectKey, SubjectKind, Value};
use hub_runtime::FullCase;
use hub_runtime::clock;
use hub_runtime::desk::allowed;
use hub_store::{CaseDetail, CaseRow};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// Actions as the API writes them.
pub(super) fn words(actions: &[Action]) -> Vec<String> {
    actions.iter().map(|action| action.as_str().to_owned()).collect()
}

/// One of `words`.
fn one_of(words: Vec<&'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .build()
}

pub(super) fn states() -> Object {
    one_of(CaseState::ALL.map(CaseState::as_str).to_vec())
}

pub(super) fn severities() -> Object {
    one_of(Severity::ALL.map(Severity::as_str).to_vec())
}

pub(super) fn actions() -> Object {
    one_of(Action::ALL.map(Action::as_str).to_vec())
}

pub(super) fn reasons() -> Object {
    one_of(Reason::ALL.iter().map(|reason| reason.words().0).collect())
}

pub(super) fn measures() -> Object {
    one_of(Measure::ALL.iter().map(|measure| measure.words().0).collect())
}

fn roles() -> Object {
    one_of(Role::ALL.map(Role::as_str).to_vec())
}

fn kinds() -> Object {
    one_of(SubjectKind::ALL.map(SubjectKind::as_str).to_vec())
}

/// Whom a case is about, without saying who it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubjectView {
    /// What kind of subject.
    #[schema(schema_with = kinds)]
    kind: String,
    /// Which: a number of the hub's own for households and people, else the name of a unit or a place.
    id: String,
}

impl From<&Subject> for SubjectView {
    fn from(subject: &Subject) -> Self {
        Self {
            kind: subject.kind.as_str().to_owned(),
            id: match &subject.key {
                SubjectKey::Id(id) => id.to_string(),
                SubjectKey::Name(name) => name.clone(),
            },
        }
    }
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseSummary {
    /// Its id.
    id: String,
    /// Rises with every change.
    version: u64,
    /// Where it stands.
    #[schema(schema_with = states)]
    state: String,
    /// How urgent.
    #[schema(schema_with = severities)]
    severity: String,
    /// 1, and one more each time it came back.
    round: u32,
    /// Who must act.
    department: String,
    subject: SubjectView,
    /// By when something must be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    due: Option<String>,
    /// Whether something was not done by its day.
    overdue: bool,
    /// Rules behind its open warnings.
    rules: Vec<String>,
    /// The gravest warning's sentence, Chinese.
    sentence: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    opened_at: String,
}

impl From<&CaseRow> for CaseSummary {
    fn from(row: &CaseRow) -> Self {
        let case = &row.case;
        Self {
            id: case.id.to_string(),
            version: case.version,
            state: case.state.as_str().to_owned(),
            severity: case.severity.as_str().to_owned(),
            round: case.round,
            department: case.department.clone(),
            subject: SubjectView::from(&case.subject),
            due: row.due.map(|day| day.to_string()),
            overdue: row.overdue,
            rules: row.rules.clone(),
            sentence: row.sentence.clone(),
            opened_at: clock::rfc3339(row.opened_ms),
        }
    }
}

/// A case, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseView {
    /// Its id.
    id: String,
    /// Rises with every change; the ETag, and what If-Match carries.
    pub(crate) version: u64,
    /// Where it stands.
    #[schema(schema_with = states)]
    state: String,
    /// How urgent.
    #[schema(schema_with = severities)]
    severity: String,
    /// 1, and one more each time it came back.
    round: u32,
    /// Who must act.
    department: String,
    subject: SubjectView,
    /// By when something must be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    due: Option<String>,
    /// Whether something was not done by its day.
    overdue: bool,
    /// When it was opened.
    #[schema(format = DateTime)]
    opened_at: String,
    /// The subject's closed case before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// What the caller may do now, by the state.
    allowed: Vec<String>,
    warnings: Vec<WarningView>,
    /// What was done, oldest first.
    history: Vec<DeedView>,
    /// Whom it is about; in the full view only, and only of households and people.
    #[serde(skip_serializing_if = "Option::is_none")]
    whom: Option<WhomView>,
}

/// A warning of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningView {
    /// Its identity.
    fingerprint: String,
    rule: String,
    /// The rule's title, Chinese.
    title: String,
    #[schema(schema_with = severities)]
    severity: String,
    /// Its evidence round.
    round: u32,
    /// Whether the data no longer shows it.
    cleared: bool,
    /// What keeps it from being pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet: Option<String>,
    /// The sentence that explains it, Chinese.
    sentence: String,
    /// The line it is measured by, with its document.
    threshold: String,
    /// What the rule computed; in the full view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    values: Option<BTreeMap<String, Value>>,
    /// The cells behind it; in the full view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<Vec<CellView>>,
}

/// A cell of a source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellView {
    /// `connector/stream`.
    stream: String,
    /// `file!sheet!row`, or `request#index`.
    locator: String,
    /// The column's letter.
    column: String,
    /// Its header.
    header: String,
    /// What stands there.
    value: String,
}

impl From<&CitedCell> for CellView {
    fn from(cell: &CitedCell) -> Self {
        Self {
            stream: cell.stream.clone(),
            locator: cell.locator.clone(),
            column: cell.column.clone(),
            header: cell.header.clone(),
            value: cell.value.clone(),
        }
    }
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeedView {
    /// The case's version after it.
    version: u64,
    round: u32,
    #[schema(format = DateTime)]
    at: String,
    #[schema(schema_with = actions)]
    action: String,
    #[schema(schema_with = roles)]
    role: String,
    /// The state before.
    #[schema(schema_with = states)]
    was: String,
    /// The state after.
    #[schema(schema_with = states)]
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = reasons)]
    reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = measures)]
    measure: Option<String>,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    date: Option<String>,
    /// Who did it; in the full view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// In a sentence; in the full view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// A household by name and number: personal data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhomView {
    /// 户编号.
    household_no: Option<String>,
    county: Option<String>,
    town: Option<String>,
    village: Option<String>,
    village_group: Option<String>,
    phone: Option<String>,
    /// The head first.
    members: Vec<MemberView>,
}

/// A member of a household.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// The hub's own number, as subjects have it.
    person_id: Option<String>,
    name: Option<String>,
    id_no: Option<String>,
    /// 与户主关系.
    relation: Option<String>,
}

impl CaseView {
    /// Without anything personal.
    pub(crate) fn thin(detail: &CaseDetail, role: Role) -> Self {
        Self::of(detail, role, false)
    }

    /// With all of it.
    pub(crate) fn full(full: &FullCase, role: Role) -> Self {
        let whom = full.whom.as_ref().map(|whom| WhomView {
            household_no: whom.household_no.clone(),
            county: whom.county.clone(),
            town: whom.town.clone(),
            village: whom.village.clone(),
            village_group: whom.village_group.clone(),
            phone: whom.phone.clone(),
            members: whom
                .members
                .iter()
                .map(|member| MemberView {
                    person_id: member.person_id.map(|id| id.to_string()),
                    name: member.name.clone(),
                    id_no: member.id_no.clone(),
                    relation: member.relation.clone(),
                })
                .collect(),
        });
        Self {
            whom,
            ..Self::of(&full.detail, role, true)
        }
    }

    fn of(detail: &CaseDetail, role: Role, is_full: bool) -> Self {
        let case = &detail.case;
        let warnings = detail.warnings.iter().map(|entry| WarningView {
            fingerprint: entry.warning.fingerprint.to_string(),
            rule: entry.warning.rule.to_string(),
            title: entry.title.clone(),
            severity: entry.warning.severity.as_str().to_owned(),
            round: entry.warning.round,
            cleared: entry.warning.cleared,
            quiet: entry.quiet.clone(),
            sentence: entry.evidence.sentence.clone(),
            threshold: entry.evidence.threshold.clone(),
            values: is_full.then(|| entry.evidence.values.clone()),
            cells: is_full.then(|| entry.evidence.cells.iter().map(CellView::from).collect()),
        });
        let history = detail.history.iter().map(|record| DeedView {
            version: record.version,
            round: record.round,
            at: clock::rfc3339(record.at_ms),
            action: record.deed.action.as_str().to_owned(),
            role: record.deed.role.as_str().to_owned(),
            was: record.was.as_str().to_owned(),
            state: record.state.as_str().to_owned(),
            reason_code: record.deed.reason.map(|reason| reason.words().0.to_owned()),
            measure: record.deed.measure.map(|measure| measure.words().0.to_owned()),
            date: record.deed.date.map(|day| day.to_string()),
            actor: is_full.then(|| record.deed.actor.clone()),
            text: record.deed.text.clone().filter(|_| is_full),
        });
        Self {
            id: case.id.to_string(),
            version: case.version,
            state: case.state.as_str().to_owned(),
            severity: case.severity.as_str().to_owned(),
            round: case.round,
            department: case.department.clone(),
            subject: SubjectView::from(&case.subject),
            due: detail.due.map(|day| day.to_string()),
            overdue: detail.overdue,
            opened_at: clock::rfc3339(detail.opened_ms),
            previous: case.previous.map(|id| id.to_string()),
            allowed: words(&allowed(case.state, role)),
            warnings: warnings.collect(),
            history: history.collect(),
            whom: None,
        }
    }
}
