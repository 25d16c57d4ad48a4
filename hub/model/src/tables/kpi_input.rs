//! `kpi_input`: figures that indicators need and no row of the hub can give.
//! Here because the four targets and clauses 3 to 6 are measured by figures that departments report.
//! In: nothing. Out: the table's specification.
//! Not here: indicators computed from other tables.
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one figure of one period.
pub(super) const TABLE: Table = Table {
    name: "kpi_input",
    row: "a figure of an indicator, reported by a department",
    history: History::EachPart,
    columns: columns! {
        indicator:         Text Required "the indicator the figure belongs to, e.g. K5";
        division:          Text Optional "division code or name; NULL for the whole city";
        period:            Text Required "2023, 2023-09 or 2023Q3, as the indicator wants it";
        numerator_milli:   Int  Optional "the figure, or its numerator, in thousandths of unit";
        denominator_milli: Int  Optional "the denominator, in thousandths of unit; NULL when the figure is no share";
        unit:              Text Optional "unit of the figures: 户, 元, 个, …";
        wording:           Text Optional "口径: what is counted, in words";
        source_document:   Text Optional "the document the figure stands in";
    },
};
