//! The canonical tables: the one household model all sources are turned into.
//! Here because mappings write these columns, rules read them, and the catalogue declares them.
//! In: nothing. Out: table specifications and their Arrow schemas, in a fixed column order.
//! Not here: how a source's columns become these (the connector's mapping) and how files are written (engine).
//!
//! Every row also carries its provenance: `_stream`, `_run`, `_locator`. "Says who?" always has an answer.

/// The columns of a table, one a line: `name: Kind Filled "doc";`.
macro_rules! columns {
    ($($name:ident: $kind:ident $filled:ident $doc:literal;)*) => {
        &[$($crate::tables::Column {
            name: stringify!($name),
            kind: $crate::tables::Kind::$kind,
            filled: $crate::tables::Filled::$filled,
            doc: $doc,
        }),*]
    };
}

mod asset_record;
mod assistance_payment;
mod assistance_standard;
mod assistance_unit;
mod case_round;
mod claim;
mod collective_asset;
mod death_record;
mod declaration;
mod declared_income;
mod derived;
mod disability;
mod employment_spell;
mod expense_event;
mod graduate;
mod household;
mod household_registration;
mod housing_safety;
mod income_event;
mod insurance_cover;
mod kpi_input;
mod loan;
mod measure;
mod membership;
mod membership_month;
mod person;
mod personal;
mod procurement_order;
mod procurement_reserve;
mod public_post;
mod pv_account;
mod pv_distribution;
mod pv_settlement;
mod pv_station;
mod rejected;
mod school_status;
mod social_insurance;
mod subsidy;
mod supplier;
mod supplier_beneficiary;
mod training;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

pub use case_round::CASE_ROUND;
pub use derived::{
    DERIVED, Derived, HOUSEHOLD_CHANGE, HOUSEHOLD_INCOME, HOUSEHOLD_LINK, HOUSEHOLD_NET_INCOME,
    IDENTITY_CONFLICT, INCOME_PAYMENT, MEMBERSHIP_HISTORY, PERSON_LINK, find_derived,
};
pub use personal::Mask;

/// The stream a canonical row came from, as `connector/stream`.
pub const STREAM: &str = "_stream";
/// The run that landed it.
pub const RUN: &str = "_run";

/// The type of a canonical column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Whole number, also fen and years.
    Int,
    /// Dense id.
    Id,
    /// True or false.
    Bool,
    /// A day of the calendar.
    Date,
    /// A month: the first day of the month.
    Month,
}

impl Kind {
    /// The Arrow type.
    #[must_use]
    pub const fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Id => DataType::UInt64,
            Self::Bool => DataType::Boolean,
            Self::Date | Self::Month => DataType::Date32,
        }
    }

    /// The type's name in the catalogue.
    #[must_use]
    pub const fn catalogue(self) -> &'static str {
        match self {
            Self::Text => "varchar",
            Self::Int => "int64",
            Self::Id => "uint64",
            Self::Bool => "boolean",
            Self::Date | Self::Month => "date",
        }
    }
}

/// Who fills a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// The mapping must.
    Required,
    /// The mapping may; absent means NULL.
    Optional,
    /// The link stage, from `household_no`.
    LinkHousehold,
    /// The link stage, from `unit_no`, or from the head where the source numbers no units.
    LinkUnit,
    /// The link stage, from two of `id_no`, `name`, and `household_no` with `person_no`; else from all the row says.
    LinkPerson,
    /// The normalise stage: provenance.
    Hub,
    /// The assemble stage, when a derived table is read.
    Assembled,
}

/// One column of a canonical table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Who fills it.
    pub filled: Filled,
    /// Meaning, unit, source, clause. Says `personal` when the value tells who somebody is.
    pub doc: &'static str,
}

/// What a later part of the same stream does to the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// A picture of the present: only the latest part counts (a monthly export).
    Latest,
    /// Each part stands for itself (a year's incomes); a re-sent part replaces its own earlier version.
    EachPart,
    /// Every run's rows stay (a log of what was refused).
    EachRun,
}

/// A canonical table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name, as SQL writes it.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// What a later part does to earlier ones.
    pub history: History,
    /// Its own columns, in file order, without provenance.
    pub columns: &'static [Column],
}

const PROVENANCE: [Column; 3] = [
    Column {
        name: STREAM,
        kind: Kind::Text,
        filled: Filled::Hub,
        doc: "connector/stream the row came from",
    },
    Column {
        name: RUN,
        kind: Kind::Text,
        filled: Filled::Hub,
        doc: "run that landed it",
    },
    Column {
        name: crate::LOCATOR,
        kind: Kind::Text,
        filled: Filled::Optional,
        doc: "file!sheet!row it was read from",
    },
];

/// Every canonical table.
pub const ALL: [&Table; 38] = [
    &household::TABLE,
    &person::TABLE,
    &membership::TABLE,
    &membership_month::TABLE,
    &household_registration::TABLE,
    &declared_income::TABLE,
    &income_event::TABLE,
    &measure::TABLE,
    &employment_spell::TABLE,
    &public_post::TABLE,
    &training::TABLE,
    &subsidy::TABLE,
    &social_insurance::TABLE,
    &graduate::TABLE,
    &assistance_unit::TABLE,
    &assistance_payment::TABLE,
    &assistance_standard::TABLE,
    &disability::TABLE,
    &procurement_reserve::TABLE,
    &procurement_order::TABLE,
    &supplier::TABLE,
    &supplier_beneficiary::TABLE,
    &pv_station::TABLE,
    &pv_settlement::TABLE,
    &pv_account::TABLE,
    &pv_distribution::TABLE,
    &declaration::TABLE,
    &kpi_input::TABLE,
    &expense_event::TABLE,
    &insurance_cover::TABLE,
    &death_record::TABLE,
    &loan::TABLE,
    &claim::TABLE,
    &housing_safety::TABLE,
    &school_status::TABLE,
    &collective_asset::TABLE,
    &asset_record::TABLE,
    &rejected::TABLE,
];

/// The table called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Table> {
    ALL.into_iter().find(|table| table.name == name)
}

impl Table {
    /// Own columns, then provenance.
    pub fn all_columns(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().copied().chain(PROVENANCE)
    }

    /// The Arrow schema in file order. Every field may be NULL: no row can raise.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .all_columns()
            .map(|column| Field::new(column.name, column.kind.arrow(), true))
            .collect();
        Arc::new(Schema::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns that tell who somebody is, wherever they stand.
    const PERSONAL: [&str; 11] = [
        "id_no",
        "id_text",
        "phone",
        "birth_date",
        "head_name",
        "head_id_no",
        "card_no",
        "legal_person",
        "responsible",
        "detail",
        "address",
    ];

    /// Every table's every own column, with the text that names it.
    fn each_column() -> impl Iterator<Item = (&'static Table, Column, String)> {
        ALL.into_iter().flat_map(|table| {
            let named = move |column: &Column| (table, *column, format!("{}.{}", table.name, column.name));
            table.columns.iter().map(named)
        })
    }

    #[test]
    fn every_table_and_column_is_documented_and_named_once() {
        for table in ALL {
            let names: Vec<_> = table.all_columns().map(|c| c.name).collect();
            for column in table.all_columns() {
                let times = names.iter().filter(|n| **n == column.name).count();
                assert_eq!(times, 1, "{}.{}", table.name, column.name);
            }
            assert_eq!(find(table.name).map(|t| t.row), Some(table.row));
            assert_eq!(
                ALL.iter().filter(|t| t.name == table.name).count(),
                1,
                "{}",
                table.name
            );
        }
        for (_, column, named) in each_column() {
            assert!(column.doc.len() > 5, "{named} wants a doc line");
        }
    }

    #[test]
    fn a_unit_at_the_end_of_a_name_is_a_whole_number() {
        const UNITS: [&str; 6] = ["_fen", "_wh", "_w", "_micro", "_milli", "_basis_points"];
        for (_, column, named) in each_column() {
            if UNITS.iter().any(|unit| column.name.ends_with(unit)) {
                assert_eq!(column.kind, Kind::Int, "{named}");
            }
            if column.name.ends_with("_fen") {
                assert!(column.doc.contains("fen"), "{named} says its unit");
            }
        }
    }

    #[test]
    fn a_name_tells_a_day_from_a_month() {
        const DAYS: [&str; 6] = ["_on", "_at", "_date", "_from", "_to", "_until"];
        for (_, column, named) in each_column() {
            let day = DAYS.iter().any(|end| column.name.ends_with(end));
            let month = column.name == "month" || column.name == "since" || column.name.ends_with("_month");
            assert_eq!(column.kind == Kind::Date, day, "{named}");
            assert_eq!(column.kind == Kind::Month, month, "{named}");
        }
    }

    #[test]
    fn columns_that_tell_who_somebody_is_are_marked() {
        for (table, column, named) in each_column() {
            let of_person = column.name == "name"
                && table
                    .columns
                    .iter()
                    .any(|c| ["id_text", "person_no"].contains(&c.name));
            let personal = of_person || PERSONAL.contains(&column.name);
            assert_eq!(column.is_personal(), personal, "{named}");
        }
    }

    #[test]
    fn links_are_ids_and_provenance_comes_last() {
        for (table, column, named) in each_column() {
            let links = matches!(
                column.filled,
                Filled::LinkHousehold | Filled::LinkUnit | Filled::LinkPerson
            );
            assert_eq!(column.kind == Kind::Id, links, "{named}");
            if column.filled == Filled::LinkPerson && table.name != "membership" {
                assert!(
                    table.columns.iter().any(|c| c.name == "id_no"),
                    "{named} is found by id_no"
                );
            }
        }
        for table in ALL {
            let schema = table.schema();
            assert_eq!(schema.fields().len(), table.columns.len() + PROVENANCE.len());
            assert_eq!(schema.field(table.columns.len()).name(), STREAM, "{}", table.name);
        }
    }
}
