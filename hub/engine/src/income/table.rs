//! Payments, figures and net incomes as columns of the derived tables.
//! Here because SQL reads columns, and their names and order stand in the model alone.
//! In: some payments, figures or net incomes, which columns are read. Out: a batch of these columns.
//! Not here: how they were computed.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    UInt64Array,
};
use datafusion::error::{DataFusionError, Result};
use hub_model::tables::{self, Derived};

use super::account::{Accounts, Figure, Net, in_rolling};
use super::event::Word;
use super::item::Category;
use super::reconcile::Payment;
use super::window::{Period, Window, year_period};

/// The columns at `places` of `payments` as rows of `income_payment`.
pub(super) fn payments(
    places: &[usize],
    payments: &[Payment],
    words: &[Word],
    rolling: Period,
) -> Result<RecordBatch> {
    let word = |payment: &Payment| words.get(usize::from(payment.word));
    let int = |of: &dyn Fn(&Payment) -> Option<i64>| ints(payments.iter().map(of));
    let bool = |of: &dyn Fn(&Payment) -> bool| -> ArrayRef {
        let told = payments.iter().map(|payment| Some(of(payment)));
        Arc::new(told.collect::<BooleanArray>())
    };
    let day = |of: &dyn Fn(Period) -> i32| days(payments.iter().map(|p| p.period().map(of)));
    let placed = |payment: &Payment| payment.unplaced.is_none();
    batch(&tables::INCOME_PAYMENT, places, payments.len(), |name| {
        Some(match name {
            "household_id" => ids(payments.iter().map(|p| p.household)),
            "person_id" => ids(payments.iter().map(|p| p.person)),
            "category" => texts(payments.iter().map(|p| Some(word(p)?.category.as_str()))),
            "item" => texts(payments.iter().map(|p| Some(word(p)?.text.as_str()))),
            "form_item" => texts(payments.iter().map(|p| word(p)?.item.map(|item| item.name()))),
            "semantic" => texts(payments.iter().map(|p| Some(p.semantic.as_str()))),
            "period_from" => day(&|period| period.from),
            "period_to" => day(&|period| period.to),
            "year" => int(&|p| p.year().map(i64::from)),
            "in_year" => bool(&|p| p.in_year && placed(p)),
            "in_rolling" => bool(&|p| placed(p) && in_rolling(p, rolling)),
            "amount_fen" => int(&|p| Some(p.amount)),
            "disputed_fen" => int(&|p| Some(p.disputed.saturating_add(p.year_disputed))),
            "sources" => int(&|p| Some(i64::from(p.streams.count_ones()))),
            "rows" => int(&|p| Some(i64::from(p.rows))),
            "repeated_rows" => int(&|p| Some(i64::from(p.repeated))),
            "unplaced" => texts(payments.iter().map(|p| p.unplaced.map(|why| why.as_str()))),
            _ => return None,
        })
    })
}

/// The columns at `places` of `figures` as rows of `household_income`.
pub(super) fn figures(places: &[usize], figures: &[Figure], rolling: Period) -> Result<RecordBatch> {
    let int = |of: &dyn Fn(&Figure) -> Option<i64>| ints(figures.iter().map(of));
    let difference = |figure: &Figure| Some(figure.evidence.fen?.saturating_sub(figure.declared?));
    batch(&tables::HOUSEHOLD_INCOME, places, figures.len(), |name| {
        Some(match name {
            "household_id" => ids(figures.iter().map(|figure| figure.household)),
            "category" => {
                let categories = figures.iter().map(|figure| figure.item.category());
                texts(categories.map(|category| Some(category.as_str())))
            }
            "item" => texts(figures.iter().map(|figure| Some(figure.item.name()))),
            "declared_fen" => int(&|figure| figure.declared),
            "evidenced_fen" => int(&|figure| figure.evidence.fen),
            "difference_fen" => int(&difference),
            "disputed_fen" => int(&|figure| Some(figure.evidence.disputed)),
            "sources" => int(&|figure| Some(i64::from(figure.evidence.sources))),
            "rows" => int(&|figure| Some(i64::from(figure.evidence.rows))),
            "repeated_rows" => int(&|figure| Some(i64::from(figure.evidence.repeated))),
            name => return of_window(name, figures.iter().map(|figure| figure.window), rolling),
        })
    })
}

/// The columns at `places` of `nets` as rows of `household_net_income`.
pub(super) fn nets(
    places: &[usize],
    nets: &[Net],
    accounts: &Accounts,
    rolling: Period,
) -> Result<RecordBatch> {
    let int = |of: &dyn Fn(&Net) -> Option<i64>| ints(nets.iter().map(of));
    let of_year = |net: &Net| accounts.declaration(net);
    let evidenced = |category: Category| int(&|net| net.evidenced[category as usize]);
    let people_year = |net: &Net| accounts.people_year(net);
    let people_now = |net: &Net| accounts.people_now(net);
    let declared_net = |net: &Net| of_year(net)?.net;
    let per = |of: &dyn Fn(&Net) -> Option<i64>, people: &dyn Fn(&Net) -> Option<i64>| {
        int(&|net| of(net)?.checked_div(people(net)?))
    };
    batch(&tables::HOUSEHOLD_NET_INCOME, places, nets.len(), |name| {
        Some(match name {
            "household_id" => ids(nets.iter().map(|net| net.household)),
            "wage_declared_fen" => int(&|net| of_year(net)?.wage),
            "wage_evidenced_fen" => evidenced(Category::Wage),
            "business_declared_fen" => int(&|net| of_year(net)?.business),
            "business_evidenced_fen" => evidenced(Category::Business),
            "property_declared_fen" => int(&|net| of_year(net)?.property),
            "property_evidenced_fen" => evidenced(Category::Property),
            "transfer_declared_fen" => int(&|net| of_year(net)?.transfer),
            "transfer_evidenced_fen" => evidenced(Category::Transfer),
            "business_cost_declared_fen" => int(&|net| of_year(net)?.net_cost()),
            "business_cost_evidenced_fen" => evidenced(Category::BusinessCost),
            "net_declared_fen" => int(&declared_net),
            "net_computed_fen" => int(&|net| of_year(net)?.computed()),
            "net_evidenced_fen" => int(&|net| net.evidenced()),
            "people_year" => int(&people_year),
            "people_now" => int(&people_now),
            "per_capita_declared_fen" => per(&declared_net, &people_year),
            "per_capita_declared_now_fen" => per(&declared_net, &people_now),
            "per_capita_evidenced_fen" => per(&|net| net.evidenced(), &people_year),
            "per_capita_evidenced_now_fen" => per(&|net| net.evidenced(), &people_now),
            "left_out_fen" => int(&|net| Some(net.left_out)),
            "disputed_fen" => int(&|net| Some(net.disputed)),
            "rows" => int(&|net| Some(i64::from(net.rows))),
            "repeated_rows" => int(&|net| Some(i64::from(net.repeated))),
            name => return of_window(name, nets.iter().map(|net| net.window), rolling),
        })
    })
}

/// A column that names a window.
fn of_window(name: &str, windows: impl Iterator<Item = Window>, rolling: Period) -> Option<ArrayRef> {
    let period = move |window| match window {
        Window::Year(year) => year_period(year),
        Window::Rolling => rolling,
    };
    Some(match name {
        "window" => texts(windows.map(|window| Some(window.as_str()))),
        "year" => ints(windows.map(Window::year)),
        "window_from" => days(windows.map(|window| Some(period(window).from))),
        "window_to" => days(windows.map(|window| Some(period(window).to))),
        _ => return None,
    })
}

/// The columns at `places` of `rows` rows of `table`, by their names.
fn batch(
    table: &Derived,
    places: &[usize],
    rows: usize,
    column: impl Fn(&str) -> Option<ArrayRef>,
) -> Result<RecordBatch> {
    let schema = Arc::new(table.schema().project(places)?);
    let columns = schema.fields().iter().map(|field| {
        column(field.name()).ok_or_else(|| {
            DataFusionError::Internal(format!("{}.{} is not computed", table.name, field.name()))
        })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    // Of no column at all they are still so many rows.
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// Ids, of which 0 is none.
fn ids(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(values.map(|id| (id != 0).then_some(id)).collect::<UInt64Array>())
}

fn ints(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn days(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(values.collect::<Date32Array>())
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}
