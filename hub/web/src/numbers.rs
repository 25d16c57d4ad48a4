//! A page of numbers: one name, its help, a row for each set of labels.
//! Here because every number is told the same way, and what it is stands beside what it is read from.
//! In: rows of labels and whole numbers. Out: what the text format is made of.
//! Not here: which numbers there are (metrics).

use prometheus::core::{MetricVec, MetricVecBuilder};
use prometheus::{GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// A page of numbers.
pub(crate) struct Page(pub(crate) Registry);

impl Page {
    /// What stands as it stands.
    pub(crate) fn gauge(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        rows: impl IntoIterator<Item = (Vec<String>, i64)>,
    ) -> prometheus::Result<()> {
        self.told(
            IntGaugeVec::new(Opts::new(name, help), labels),
            rows,
            |gauge, number| {
                gauge.set(number);
            },
        )
    }

    /// What only grows.
    pub(crate) fn counter(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        rows: impl IntoIterator<Item = (Vec<String>, i64)>,
    ) -> prometheus::Result<()> {
        self.told(
            IntCounterVec::new(Opts::new(name, help), labels),
            rows,
            |counter, number| {
                counter.inc_by(u64::try_from(number).unwrap_or_default());
            },
        )
    }

    /// Milliseconds, told as seconds.
    pub(crate) fn seconds(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        rows: impl IntoIterator<Item = (Vec<String>, i64)>,
    ) -> prometheus::Result<()> {
        self.told(GaugeVec::new(Opts::new(name, help), labels), rows, |gauge, ms| {
            // What a float holds exactly is enough for another quarter of a million years.
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit")]
            gauge.set(ms as f64 / 1000.0);
        })
    }

    /// One kind of number, a row for each set of labels.
    fn told<T: MetricVecBuilder + 'static>(
        &self,
        numbers: prometheus::Result<MetricVec<T>>,
        rows: impl IntoIterator<Item = (Vec<String>, i64)>,
        set: impl Fn(T::M, i64),
    ) -> prometheus::Result<()> {
        let numbers = numbers?;
        for (labels, number) in rows {
            set(numbers.with_label_values(&labels), number);
        }
        self.0.register(Box::new(numbers))
    }
}
