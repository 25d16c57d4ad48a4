//! The derived tables: what the assemble stage computes from canonical tables whenever somebody reads it.
//! Here because rules, questions and people must name a column of them as they name one of a canonical table.
//! In: nothing. Out: their specifications: columns, and the canonical tables they are computed from.
//! Not here: the computation (engine). No mapping writes them and no file holds them.

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::{CASE_ROUND, Column};

/// A table that is computed from canonical tables when it is read.
#[derive(Debug, Clone, Copy)]
pub struct Derived {
    /// Its name, as SQL writes it.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// The canonical tables it is computed from: it is never loaded, or stale, when one of them is. None for what the hub itself
    /// keeps, which is always there.
    pub inputs: &'static [&'static str],
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// What income is computed from. `household` tells which connector is the spine, whose word a payer's goes before.
const INCOME_INPUTS: &[&str] = &["income_event", "declared_income", "membership", "household"];

/// Every derived table.
pub const DERIVED: [&Derived; 9] = [
    &INCOME_PAYMENT,
    &HOUSEHOLD_INCOME,
    &HOUSEHOLD_NET_INCOME,
    &PERSON_LINK,
    &HOUSEHOLD_LINK,
    &MEMBERSHIP_HISTORY,
    &HOUSEHOLD_CHANGE,
    &IDENTITY_CONFLICT,
    &CASE_ROUND,
];

/// One row is one payment, told by one row or by many.
pub const INCOME_PAYMENT: Derived = Derived {
    name: "income_payment",
    row: "a payment, once, however often and by however many streams it was told",
    inputs: &["income_event", "membership", "household"],
    columns: columns! {
        household_id:  Id   Assembled "the household it counts for: the row's own, else the person's; NULL when it counts for none";
        person_id:     Id   Assembled "the person, dense id; NULL when it is the household's or nobody was found";
        category:      Text Assembled "wage, business, property, transfer or business_cost; as the source has it when it is none of these";
        item:          Text Assembled "the item as the source calls it";
        form_item:     Text Assembled "the sub-item of the national form it is counted under; NULL without a category";
        semantic:      Text Assembled "monthly, yearly, cumulative (the part of the months since the figure before) or once";
        period_from:   Date Assembled "first day the amount is for";
        period_to:     Date Assembled "last day the amount is for, inclusive";
        year:          Int  Assembled "the accounting year it counts in: that of the middle day of its period; NULL when it counts in none";
        in_year:       Bool Assembled "whether it counts there; false for what another stream tells for the year as a whole, or by months";
        in_rolling:    Bool Assembled "whether it counts in the twelve whole months before the month of the day asked";
        amount_fen:    Int  Assembled "fen for the whole period, of the source with authority; negative is a correction";
        disputed_fen:  Int  Assembled "largest less smallest amount told, fen; 0 when all agree";
        sources:       Int  Assembled "streams that tell it";
        rows:          Int  Assembled "rows of income_event behind it";
        repeated_rows: Int  Assembled "rows among them that repeat another one in everything but their place, counted once";
        unplaced:      Text Assembled "why it counts in no household: no_household, several_households, no_amount, undated, unknown_category, unknown_semantic; NULL when it counts";
    },
};

/// One row is one sub-item of one household in one window.
pub const HOUSEHOLD_INCOME: Derived = Derived {
    name: "household_income",
    row: "a sub-item of a household's income in a window, declared and evidenced; one that is declared as 0 and was never paid has no row",
    inputs: INCOME_INPUTS,
    columns: columns! {
        household_id:   Id   Assembled "the household, dense id";
        window:         Text Assembled "accounting_year (1 October to 30 September) or rolling (the twelve whole months before the month of the day asked)";
        year:           Int  Assembled "the accounting year, named by the year it ends in; NULL in the rolling window";
        window_from:    Date Assembled "first day of the window";
        window_to:      Date Assembled "last day of the window, inclusive";
        category:       Text Assembled "wage, business, property, transfer or business_cost";
        item:           Text Assembled "sub-item of the national form; 其他… holds what the category has beyond its named sub-items";
        declared_fen:   Int  Assembled "fen as declared; NULL when not declared and in the rolling window. A subsidy earmarked for costs is negative";
        evidenced_fen:  Int  Assembled "fen the sources tell, each payment once; NULL when they tell nothing. A subsidy earmarked for costs is negative";
        difference_fen: Int  Assembled "evidenced less declared, fen; NULL when either is";
        disputed_fen:   Int  Assembled "fen by which streams contradict each other about payments they all tell";
        sources:        Int  Assembled "streams that tell of it";
        rows:           Int  Assembled "rows of income_event behind it";
        repeated_rows:  Int  Assembled "rows among them that repeat another one, counted once";
    },
};

/// One row is one household in one window.
pub const HOUSEHOLD_NET_INCOME: Derived = Derived {
    name: "household_net_income",
    row: "a household's net income in a window, declared and evidenced, and per person",
    inputs: INCOME_INPUTS,
    columns: columns! {
        household_id:                 Id   Assembled "the household, dense id";
        window:                       Text Assembled "accounting_year (1 October to 30 September) or rolling (the twelve whole months before the month of the day asked)";
        year:                         Int  Assembled "the accounting year, named by the year it ends in; NULL in the rolling window";
        window_from:                  Date Assembled "first day of the window";
        window_to:                    Date Assembled "last day of the window, inclusive";
        wage_declared_fen:            Int  Assembled "工资性收入 as declared, fen; NULL when not declared";
        wage_evidenced_fen:           Int  Assembled "工资性收入 the sources tell, fen; NULL when they tell nothing";
        business_declared_fen:        Int  Assembled "生产经营性收入 as declared, before costs, fen";
        business_evidenced_fen:       Int  Assembled "生产经营性收入 the sources tell, before costs, fen";
        property_declared_fen:        Int  Assembled "财产性收入 as declared, fen";
        property_evidenced_fen:       Int  Assembled "财产性收入 the sources tell, fen";
        transfer_declared_fen:        Int  Assembled "转移性收入 as declared, fen";
        transfer_evidenced_fen:       Int  Assembled "转移性收入 the sources tell, fen";
        business_cost_declared_fen:   Int  Assembled "生产经营性支出 as declared less the subsidies earmarked for it, not below 0, fen";
        business_cost_evidenced_fen:  Int  Assembled "生产经营性支出 the sources tell less the subsidies earmarked for it, not below 0, fen";
        net_declared_fen:             Int  Assembled "纯收入 as the household's declaration states it, fen, may be negative";
        net_computed_fen:             Int  Assembled "what the declared categories come to, fen; NULL unless all five are declared";
        net_evidenced_fen:            Int  Assembled "what the evidenced categories come to, fen; NULL when the sources tell nothing";
        people_year:                  Int  Assembled "年度家庭人口数, people: of the year; in the rolling window of the last year declared. NULL when unknown";
        people_now:                   Int  Assembled "当前家庭人口数, people: of the household, else of the declaration. NULL when unknown";
        per_capita_declared_fen:      Int  Assembled "net_declared_fen by people_year, rounded towards zero, fen a person";
        per_capita_declared_now_fen:  Int  Assembled "net_declared_fen by people_now, rounded towards zero, fen a person";
        per_capita_evidenced_fen:     Int  Assembled "net_evidenced_fen by people_year, rounded towards zero, fen a person";
        per_capita_evidenced_now_fen: Int  Assembled "net_evidenced_fen by people_now, rounded towards zero, fen a person";
        left_out_fen:                 Int  Assembled "amounts for a whole year or the like that lie in the window only in part and so count in no sum of it, fen; 0 in an accounting year";
        disputed_fen:                 Int  Assembled "fen by which streams contradict each other about payments they all tell";
        rows:                         Int  Assembled "rows of income_event behind the evidence";
        repeated_rows:                Int  Assembled "rows among them that repeat another one, counted once";
    },
};

/// The derived table called `name`.
#[must_use]
pub fn find_derived(name: &str) -> Option<&'static Derived> {
    DERIVED.into_iter().find(|table| table.name == name)
}

/// One row is the person one way of writing somebody means.
pub const PERSON_LINK: Derived = Derived {
    name: "person_link",
    row: "whom of the register rows that were given an id mean; an id without a row stands for itself",
    inputs: &["person"],
    columns: columns! {
        row_id:    Id   Assembled "the id rows were given when they landed";
        person_id: Id   Assembled "the person they mean, dense id";
        standing:  Text Assembled "linked, doubtful (a person must say; until then it counts as nobody's of the register) or confirmed by a person";
        permille:  Int  Assembled "chance that it is right, thousandths, rounded down";
        oddity:    Text Assembled "number_of_another (the row's valid number is another registered person's), other_number (it is not the registered one); NULL when nothing is odd";
        weights:   Text Assembled "version of the weights it was found with; empty when a person said so";
    },
};

/// One row is the household an assistance unit's people belong to.
pub const HOUSEHOLD_LINK: Derived = Derived {
    name: "household_link",
    row: "the register's household that an assistance unit's people belong to; a unit without a row is a household of its own",
    inputs: &["assistance_unit", "membership"],
    columns: columns! {
        row_id:       Id   Assembled "the unit's own id";
        household_id: Id   Assembled "the household most of its people belong to, dense id";
        standing:     Text Assembled "linked, doubtful (no household has more than half of them) or confirmed by a person";
        permille:     Int  Assembled "share of its people who belong to it, thousandths, rounded down";
        oddity:       Text Assembled "several_households when they belong to more than one; NULL otherwise";
        weights:      Text Assembled "empty: nothing is weighed";
    },
};

/// One row is one unbroken membership.
pub const MEMBERSHIP_HISTORY: Derived = Derived {
    name: "membership_history",
    row: "a person's membership in a household from one monthly export to another, without a gap",
    inputs: &["membership_month"],
    columns: columns! {
        household_id:   Id    Assembled "the household, dense id";
        person_id:      Id    Assembled "the person, dense id";
        from_month:     Month Assembled "month of the first export that has the membership";
        until_month:    Month Assembled "month of the first later export that lacks it; NULL while it lasts";
        from_the_first: Bool  Assembled "whether it was there in the first export there is: it may have begun at any time before";
        relation:       Text  Assembled "与户主关系 at its end";
        is_head:        Bool  Assembled "whether the person is 户主 at its end";
    },
};

/// One row is one change of one person's belonging.
pub const HOUSEHOLD_CHANGE: Derived = Derived {
    name: "household_change",
    row: "somebody who joined, left or moved between two monthly exports, or became head",
    inputs: &["membership_month"],
    columns: columns! {
        month:           Month Assembled "month of the export that shows it";
        kind:            Text  Assembled "joined, left, died, split (into a new household, 分户), merged (the old household is no more), married, moved, new_head";
        person_id:       Id    Assembled "the person, dense id";
        household_id:    Id    Assembled "the household left; NULL for joined";
        to_household_id: Id    Assembled "the household joined; NULL for left and died";
    },
};

/// One row is one contradiction about who somebody is.
pub const IDENTITY_CONFLICT: Derived = Derived {
    name: "identity_conflict",
    row: "a contradiction about who somebody is",
    inputs: &["person", "membership"],
    columns: columns! {
        kind:            Text Assembled "number_on_two_people, person_in_two_households, person_with_two_numbers, born_after_today, number_of_another, other_number, doubtful_link, unit_of_several_households";
        person_id:       Id   Assembled "the person, dense id; NULL for a unit's";
        other_person_id: Id   Assembled "the other person with the number; NULL otherwise";
        household_id:    Id   Assembled "the household it shows in, dense id; NULL when none is known";
    },
};

impl Derived {
    /// The Arrow schema, in column order. Every field may be NULL.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &Column| Field::new(column.name, column.kind.arrow(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ALL, Filled, Kind, find};
    use super::*;

    #[test]
    fn a_derived_table_is_computed_from_canonical_ones_and_has_a_name_of_its_own() {
        for table in DERIVED {
            assert!(find(table.name).is_none(), "{}", table.name);
            assert!(!table.row.is_empty());
            for input in table.inputs {
                assert!(ALL.iter().any(|canonical| canonical.name == *input), "{input}");
            }
            assert_eq!(find_derived(table.name).map(|found| found.row), Some(table.row));
            assert_eq!(table.schema().fields().len(), table.columns.len());
        }
    }

    #[test]
    fn columns_are_documented_once_name_their_unit_and_tell_nobodys_name() {
        for table in DERIVED {
            for column in table.columns {
                let named = format!("{}.{}", table.name, column.name);
                let times = table.columns.iter().filter(|other| other.name == column.name);
                assert_eq!(times.count(), 1, "{named}");
                assert_eq!(column.filled, Filled::Assembled, "{named}");
                assert!(!column.is_personal(), "{named}");
                let fen = column.name.ends_with("_fen");
                assert!(
                    !fen || (column.kind == Kind::Int && column.doc.contains("fen")),
                    "{named}"
                );
                let day = ["_from", "_to", "_on"]
                    .iter()
                    .any(|end| column.name.ends_with(end));
                assert_eq!(column.kind == Kind::Date, day, "{named}");
            }
        }
    }
}
