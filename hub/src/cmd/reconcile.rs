//! `hub push reconcile`: what became of the events of a month, endpoint by endpoint.
//! Here because "we sent it" and "nothing ever came" are settled once a month by counting the same things.
//! In: a month. Out: a line for each channel and for each credential that fetches.
//! Not here: the counts themselves (store).

use chrono::{Datelike, Months, NaiveDate};
use hub_runtime::clock;
use hub_store::{Reconciled, Way};
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::{lang, out};

/// A month's sums.
#[derive(Serialize)]
struct Sums {
    /// As 2026-11.
    month: String,
    endpoints: Vec<Reconciled>,
}

pub(super) async fn run(app: &App, month: Option<NaiveDate>, output: Output) -> anyhow::Result<()> {
    let from = month.unwrap_or_else(|| {
        let today = clock::day(clock::now_ms());
        let first = today.with_day(1).unwrap_or(today);
        first.checked_sub_months(Months::new(1)).unwrap_or(first)
    });
    let begins = |day: NaiveDate| clock::at_in_china(day.and_time(chrono::NaiveTime::MIN));
    let until = from.checked_add_months(Months::new(1)).unwrap_or(from);
    let sums = Sums {
        month: from.format("%Y-%m").to_string(),
        endpoints: app.reader().await?.reconcile(begins(from), begins(until)).await?,
    };
    out::show(output, &sums, table)
}

fn table(sums: &Sums) -> String {
    let rows = sums.endpoints.iter().map(|row| {
        let way = match row.way {
            Way::Push => lang::pair("推送 push"),
            Way::Pull => lang::pair("取用 pull"),
        };
        let numbers = [
            row.events,
            row.sent,
            row.received,
            row.cases,
            row.accepted,
            row.answered,
        ];
        [row.endpoint.clone(), way]
            .into_iter()
            .chain(numbers.map(|number| number.to_string()))
            .collect()
    });
    let header = [
        "端点 endpoint",
        "方式 way",
        "应收事件 events",
        "已发 sent",
        "已签收 received",
        "涉及事项 cases",
        "已受理 accepted",
        "已答复 answered",
    ];
    let title = lang::said("月度对账 / a month's sums");
    format!("{} {title}\n{}", sums.month, out::table(&header, rows))
}
