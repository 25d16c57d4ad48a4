//! `string_agg` of texts in their own order, for all groups at once.
//! Here because nearly every rule names the people of a household: DataFusion's own sorts the whole input for that and keeps an
//! accumulator for each household; this one keeps the texts side by side and sorts each group's when they are asked for.
//! In: `string_agg([DISTINCT] text, '、' ORDER BY text)`. Out: each group's texts, ascending; NULL where there is none.
//! Not here: another order or type, or no groups; those DataFusion's own function answers.

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::builder::{LargeStringBuilder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, ListArray, StringArray, StructArray};
use arrow_schema::{DataType, Field, FieldRef, Fields};
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_aggregate::string_agg::string_agg_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature,
};
use datafusion::physical_expr::expressions::Literal;
use datafusion::prelude::SessionContext;

/// Puts the function in the place of DataFusion's.
pub(crate) fn register(context: &SessionContext) {
    context.register_udaf(AggregateUDF::from(StringAgg {
        own: string_agg_udaf(),
    }));
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct StringAgg {
    /// DataFusion's own.
    own: Arc<AggregateUDF>,
}

/// What is put between the texts when they are asked for in their own order; none for what is not answered here.
fn delimiter(args: &AccumulatorArgs<'_>) -> Option<String> {
    let [texts, delimiter] = args.exprs else {
        return None;
    };
    let is_sorted = match args.order_bys {
        [] => args.is_distinct,
        [by] => by.expr.eq(texts) && !by.options.descending,
        _ => false,
    };
    let is_text = args.expr_fields.first()?.data_type() == &DataType::Utf8;
    let literal = delimiter.downcast_ref::<Literal>()?.value();
    let text = literal.try_as_str()?.unwrap_or_default();
    (is_sorted && is_text && !args.is_reversed).then(|| text.to_owned())
}

impl AggregateUDFImpl for StringAgg {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn signature(&self) -> &Signature {
        self.own.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.own.return_type(types)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.own.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.own.accumulator(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        delimiter(&args).is_some() || self.own.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        let Some(delimiter) = delimiter(&args) else {
            return self.own.create_groups_accumulator(args);
        };
        // As DataFusion names it in the state, which says what the texts were ordered by unless they are distinct.
        let by = args.order_bys.first().filter(|_| !args.is_distinct);
        let by = by.map(|by| Field::new(by.expr.to_string(), DataType::Utf8, true));
        let ordered_by = by.map(|field| Fields::from(vec![field]));
        Ok(Box::new(Texts::new(delimiter, args.is_distinct, ordered_by)))
    }

    /// The texts are sorted in any case.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Beneficial
    }

    fn with_beneficial_ordering(self: Arc<Self>, _: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }
}

/// One text of one group.
#[derive(Debug, Clone, Copy)]
struct Place {
    group: usize,
    start: usize,
    bytes: usize,
}

/// The texts of all groups.
#[derive(Debug)]
struct Texts {
    delimiter: String,
    is_distinct: bool,
    /// The field of the order in the state; none where the state does not tell it.
    ordered_by: Option<Fields>,
    /// The texts, one after the other as they came.
    arena: String,
    places: Vec<Place>,
    groups: usize,
}

impl Texts {
    const fn new(delimiter: String, is_distinct: bool, ordered_by: Option<Fields>) -> Self {
        Self {
            delimiter,
            is_distinct,
            ordered_by,
            arena: String::new(),
            places: Vec::new(),
            groups: 0,
        }
    }

    fn push(&mut self, group: usize, text: &str) {
        self.places.push(Place {
            group,
            start: self.arena.len(),
            bytes: text.len(),
        });
        self.arena.push_str(text);
    }

    /// Takes the texts of the groups that are emitted, group by group and each ascending.
    fn taken(&mut self, emit: EmitTo) -> Taken {
        let arena = std::mem::take(&mut self.arena);
        let mut places = std::mem::take(&mut self.places);
        let groups = match emit {
            EmitTo::All => std::mem::take(&mut self.groups),
            EmitTo::First(groups) => {
                let (first, rest): (Vec<_>, Vec<_>) =
                    places.into_iter().partition(|place| place.group < groups);
                for place in rest {
                    self.push(place.group - groups, text_of(&arena, place));
                }
                self.groups -= groups;
                places = first;
                groups
            }
        };
        places.sort_by(|one, other| {
            let by_text = || text_of(&arena, *one).cmp(text_of(&arena, *other));
            one.group.cmp(&other.group).then_with(by_text)
        });
        if self.is_distinct {
            places.dedup_by(|one, other| {
                one.group == other.group && text_of(&arena, *one) == text_of(&arena, *other)
            });
        }
        Taken {
            arena,
            places,
            groups,
        }
    }
}

fn text_of(arena: &str, place: Place) -> &str {
    arena
        .get(place.start..place.start + place.bytes)
        .unwrap_or_default()
}

/// Texts group by group.
struct Taken {
    arena: String,
    places: Vec<Place>,
    groups: usize,
}

impl Taken {
    /// The texts of each group.
    fn by_group(&self) -> impl Iterator<Item = impl ExactSizeIterator<Item = &str>> {
        let mut rest = self.places.as_slice();
        (0..self.groups).map(move |group| {
            let (own, others) = rest.split_at(rest.partition_point(|place| place.group <= group));
            rest = others;
            own.iter().map(|place| text_of(&self.arena, *place))
        })
    }
}

impl GroupsAccumulator for Texts {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.groups = total;
        let texts: &StringArray = first(values)?.as_string();
        for (row, (text, group)) in texts.iter().zip(groups).enumerate() {
            let counts = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if let Some(text) = text.filter(|_| counts) {
                self.push(*group, text);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let taken = self.taken(emit);
        let bytes = taken.arena.len() + taken.places.len() * self.delimiter.len();
        let mut joined = LargeStringBuilder::with_capacity(taken.groups, bytes);
        for texts in taken.by_group() {
            if texts.len() == 0 {
                joined.append_null();
                continue;
            }
            for (nth, text) in texts.enumerate() {
                let between = if nth == 0 { "" } else { &self.delimiter };
                write!(joined, "{between}{text}")
                    .map_err(|error| DataFusionError::External(Box::new(error)))?;
            }
            joined.append_value("");
        }
        Ok(Arc::new(joined.finish()))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let taken = self.taken(emit);
        let mut lists = ListBuilder::new(StringBuilder::new());
        for texts in taken.by_group() {
            lists.append_value(texts.map(Some));
        }
        let lists = lists.finish();
        let mut state: Vec<ArrayRef> = vec![Arc::new(lists.clone())];
        if let Some(fields) = &self.ordered_by {
            let by = StructArray::try_new(fields.clone(), vec![Arc::clone(lists.values())], None)?;
            let item = Arc::new(Field::new_list_field(DataType::Struct(fields.clone()), true));
            let by = ListArray::try_new(item, lists.offsets().clone(), Arc::new(by), None)?;
            state.push(Arc::new(by));
        }
        Ok(state)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.groups = total;
        let lists: &ListArray = first(values)?.as_list();
        for (texts, group) in lists.iter().zip(groups) {
            for text in texts
                .iter()
                .flat_map(|texts| texts.as_string::<i32>().iter())
                .flatten()
            {
                self.push(*group, text);
            }
        }
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut each = Self::new(self.delimiter.clone(), self.is_distinct, self.ordered_by.clone());
        let rows = first(values)?.len();
        each.update_batch(values, &(0..rows).collect::<Vec<_>>(), filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.arena.capacity() + self.places.capacity() * size_of::<Place>()
    }
}

fn first(values: &[ArrayRef]) -> Result<&ArrayRef> {
    let none = || DataFusionError::Internal("string_agg without an argument".to_owned());
    values.first().ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use arrow_array::{Int64Array, RecordBatch};
    use arrow_schema::Schema;
    use datafusion::execution::memory_pool::FairSpillPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::prelude::SessionConfig;

    use super::*;

    const ROWS: i64 = 20_000;
    /// What rules ask, and what is left to DataFusion's own.
    const ASKED: [&str; 7] = [
        "string_agg(t, '、' ORDER BY t)",
        "string_agg(t, '、' ORDER BY t) FILTER (WHERE n % 3 = 0)",
        "string_agg(DISTINCT t, '、' ORDER BY t)",
        "string_agg(t, '、' ORDER BY t), string_agg(DISTINCT t, ';' ORDER BY t)",
        "string_agg(t, '、' ORDER BY t DESC)",
        "string_agg(t, '、' ORDER BY n)",
        "string_agg(t, NULL ORDER BY t)",
    ];

    /// Rows of some groups; every seventh text is none, every group has one text twice.
    fn context(partitions: usize, memory_bytes: usize, ours: bool) -> SessionContext {
        let config = SessionConfig::new()
            .with_target_partitions(partitions)
            .with_batch_size(512)
            .with_sort_spill_reservation_bytes(1 << 16);
        let pool = Arc::new(FairSpillPool::new(memory_bytes));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(pool)
            .build_arc()
            .unwrap();
        let context = SessionContext::new_with_config_rt(config, runtime);
        if ours {
            register(&context);
        }
        let g: Int64Array = (0..ROWS).map(|n| Some(n * 7_919 % 3_000)).collect();
        let n: Int64Array = (0..ROWS).map(Some).collect();
        let text = |n: i64| (n % 7 != 0).then(|| format!("人{}", n / 6_000 * 31 % 17));
        let t: StringArray = (0..ROWS).map(text).collect();
        let field = |name: &str, kind: DataType| Field::new(name, kind, true);
        let schema = Arc::new(Schema::new(vec![
            field("g", DataType::Int64),
            field("n", DataType::Int64),
            field("t", DataType::Utf8),
        ]));
        let batch = RecordBatch::try_new(schema, vec![Arc::new(g), Arc::new(n), Arc::new(t)]).unwrap();
        context.register_batch("rows", batch).unwrap();
        context
    }

    async fn answer(context: &SessionContext, asked: &str) -> String {
        let sql = format!("SELECT g, {asked} FROM rows GROUP BY g ORDER BY g");
        let batches = context.sql(&sql).await.unwrap().collect().await.unwrap();
        datafusion::arrow::util::pretty::pretty_format_batches(&batches)
            .unwrap()
            .to_string()
    }

    #[tokio::test]
    async fn it_answers_as_datafusions_own_does_in_parts_and_when_memory_is_short() {
        for asked in ASKED {
            let expected = answer(&context(1, 1 << 28, false), asked).await;
            for (partitions, memory_bytes) in [(1, 1 << 28), (3, 1 << 28), (1, 1 << 20)] {
                let ours = answer(&context(partitions, memory_bytes, true), asked).await;
                assert!(
                    ours == expected,
                    "{asked} in {partitions} parts, {memory_bytes} bytes"
                );
            }
        }
    }

    #[tokio::test]
    async fn distinct_texts_of_which_no_order_is_asked_are_in_their_own() {
        let none = "string_agg(DISTINCT CASE WHEN n % 5 = 0 THEN t END, '、')";
        let own = "string_agg(DISTINCT CASE WHEN n % 5 = 0 THEN t END, '、' ORDER BY CASE WHEN n % 5 = 0 THEN t END)";
        let of_line = |table: String| table.lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
        let ours = answer(&context(3, 1 << 28, true), &format!("{none} AS texts")).await;
        let expected = answer(&context(1, 1 << 28, false), &format!("{own} AS texts")).await;
        assert_eq!(of_line(ours), of_line(expected));
    }

    #[tokio::test]
    async fn nothing_is_sorted_for_it() {
        let plan = context(1, 1 << 28, true)
            .sql(&format!("EXPLAIN SELECT g, {} FROM rows GROUP BY g", ASKED[0]))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        let plan = datafusion::arrow::util::pretty::pretty_format_batches(&plan)
            .unwrap()
            .to_string();
        assert!(
            plan.contains("AggregateExec") && !plan.contains("SortExec"),
            "{plan}"
        );
    }
}
