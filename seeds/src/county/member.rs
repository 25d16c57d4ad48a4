//! Member: a person of a household as the roster has them, with name and numbers.
//! Here because a roster row must hang together, and a disabled person may carry a 20-character card.
//! In: persons. Out: members, the head first, in place of earlier ones.
//! Not here: what is thrown for a person (person.rs), ID numbers' shape (identity.rs).

use super::dice::Dice;
use super::identity::{self, Sex};
use super::person::{Common, Person};

/// One person of a household, in the roster's own words.
#[derive(Debug, Clone)]
pub struct Member {
    /// Roster's number of the person.
    pub person_no: String,
    /// Full name.
    pub name: String,
    /// Kind of document: 居民身份证 or 残疾人证.
    pub document_kind: &'static str,
    /// The document's number: 18 characters, or 20 for a disability card (18 + category + grade).
    pub document_no: String,
    /// Relation to the head, one of the roster's 28 values.
    pub relation: &'static str,
    /// Sex.
    pub sex: Sex,
    /// Year of birth.
    pub birth_year: u64,
    /// Ethnic group.
    pub ethnicity: &'static str,
    /// Schooling of those who left school; empty for pupils.
    pub education: &'static str,
    /// Grade of those at school; empty for the others.
    pub at_school: &'static str,
    /// State of health.
    pub health: &'static str,
    /// Ability to work.
    pub labour: &'static str,
    /// Months worked away in the year, 0 to 12; none for those who cannot work.
    pub work_months: Option<u64>,
}

impl Member {
    /// A place in the household, with room for a number and the two characters a disability card has more.
    pub(crate) fn nobody() -> Self {
        Self {
            person_no: String::with_capacity(20),
            name: String::with_capacity(12),
            document_kind: "",
            document_no: String::with_capacity(20),
            relation: "",
            sex: Sex::Male,
            birth_year: 0,
            ethnicity: "",
            education: "",
            at_school: "",
            health: "",
            labour: "",
            work_months: None,
        }
    }
}

/// Makes `members` the `people` of the household numbered `household_no` in the unit `unit_no`.
///
/// Names and numbers are written for those at the positions in `named`; the others' stay empty.
pub(crate) fn write(
    common: &Common,
    (unit_no, household_no): (usize, &str),
    people: &[Person],
    members: &mut [Member],
    (names, named): (&mut Dice, impl Fn(usize) -> bool),
) {
    let family = identity::surname(names);
    for (position, (person, member)) in people.iter().zip(members).enumerate() {
        member.document_no.clear();
        member.name.clear();
        member.person_no.clear();
        member.relation = person.relation;
        member.sex = person.sex;
        member.birth_year = person.birth_year;
        member.ethnicity = person.ethnicity;
        member.education = person.education;
        member.at_school = person.at_school;
        member.health = person.health;
        member.labour = person.labour;
        member.work_months = person.work_months;
        let surname = if person.family {
            family
        } else {
            identity::surname(names)
        };
        if !named(position) {
            identity::skip_given_name(names);
            continue;
        }
        identity::push_id_number(
            &mut member.document_no,
            common.seed,
            unit_no,
            common.ordinal(position),
            person.sex,
            person.birth_year,
            person.other_prefix,
        );
        member.document_kind = "居民身份证";
        if let Some((category, grade)) = person.card {
            member.document_kind = "残疾人证";
            identity::push_padded(&mut member.document_no, u64::from(category * 10 + grade), 2);
        }
        member.name.push_str(surname);
        identity::push_given_name(&mut member.name, person.sex, names);
        member.person_no.push_str(household_no);
        identity::push_padded(&mut member.person_no, position as u64 + 1, 2);
    }
}
