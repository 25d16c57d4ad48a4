//! `hub link review` and `hub link explain`: the doubtful, and the reasons.
//! Here because a clerk settles a doubt by two records side by side and a sentence for each reason.
//! In: the present links. Out: tables, explanations; masked unless a reason to reveal was given.
//! Not here: verdicts.

use std::collections::BTreeMap;
use std::process::ExitCode;

use hub_engine::{LinkJob, Told};
use hub_model::{ActiveData, Link, Says, Standing, Verdict, Whose};
use hub_store::Store;
use serde::Serialize;

use crate::app::App;
use crate::cli::{Output, Reveal};
use crate::cmd::reveal;
use crate::exit::NotFound;
use crate::{lang, out};

/// A doubt with what is known of both sides.
#[derive(Debug, Serialize)]
struct Doubt {
    #[serde(flatten)]
    link: Link,
    /// Somebody said "later".
    later: bool,
    row: Option<Told>,
    candidate: Option<Told>,
}

pub(super) async fn list(
    app: &App,
    whose: Whose,
    limit: u32,
    wanted: &Reveal,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let (data, verdicts) = (store.active_data().await?, store.verdicts().await?);
    let later = |link: &Link| {
        let said =
            |verdict: &&Verdict| verdict.whose == whose && (verdict.from, verdict.to) == (link.from, link.to);
        verdicts
            .iter()
            .find(said)
            .is_some_and(|verdict| verdict.says == Says::Later)
    };
    let doubtful = data
        .links
        .of(whose)
        .iter()
        .filter(|link| link.standing == Standing::Doubtful);
    let mut doubtful: Vec<&Link> = doubtful.collect();
    doubtful.sort_by_key(|link| (later(link), std::cmp::Reverse(link.permille), link.from));
    let all = doubtful.len();
    doubtful.truncate(limit as usize);
    let revealed = reveal::recorded(app, wanted, "link", "doubts".to_owned(), serde_json::Map::new()).await?;
    let ids = doubtful.iter().flat_map(|link| [link.from, link.to]).collect();
    let told = told(app, &data, ids, revealed).await?;
    let doubts: Vec<Doubt> = doubtful
        .into_iter()
        .map(|link| Doubt {
            link: link.clone(),
            later: later(link),
            row: told.get(&link.from).cloned(),
            candidate: told.get(&link.to).cloned(),
        })
        .collect();
    out::show(output, &doubts, |doubts| text(doubts, all))?;
    Ok(ExitCode::SUCCESS)
}

fn text(doubts: &[Doubt], all: usize) -> String {
    let rows = doubts.iter().flat_map(|doubt| {
        let link = &doubt.link;
        let says = link.oddity.map_or("", |oddity| oddity.words());
        let note = if doubt.later {
            lang::either("以后再说", "later")
        } else {
            says
        };
        [
            line(
                link.from,
                doubt.row.as_ref(),
                format!("{:.1}%", f64::from(link.permille) / 10.0),
                note,
            ),
            line(
                link.to,
                doubt.candidate.as_ref(),
                lang::either("↑ 候选", "↑ candidate").to_owned(),
                "",
            ),
        ]
    });
    let table = out::table(
        &[
            "编号 id",
            "把握 sure",
            "姓名 name",
            "证件号码 number",
            "地址 home",
            "位置 place",
            "备注 note",
        ],
        rows,
    );
    let todo = lang::either(
        "。hub link explain 编号：看理由；hub link judge 编号 候选编号 same|not|later --reason 理由：认定",
        ". hub link explain ID tells the reasons; hub link judge ID CANDIDATE same|not|later --reason WHY",
    );
    format!("{table}\n{}: {all}{todo}", lang::pair("存疑 doubtful"))
}

fn line(id: u64, told: Option<&Told>, sure: String, note: &str) -> Vec<String> {
    let of = |value: fn(&Told) -> &String| told.map(value).cloned().unwrap_or_default();
    vec![
        id.to_string(),
        sure,
        of(|told| &told.name),
        of(|told| &told.number),
        of(|told| &told.home),
        of(|told| &told.place),
        note.to_owned(),
    ]
}

/// Why a row came out as it did.
#[derive(Debug, Serialize)]
struct Explained {
    /// The link that stands; none when the row is nobody of the register's.
    link: Option<Link>,
    /// What the row says.
    row: Option<Told>,
    /// What the register says of the candidates, the best first.
    candidates: Vec<Told>,
    /// The reasons, in Chinese.
    reasons: String,
}

pub(super) async fn explain(
    app: &App,
    row: u64,
    wanted: &Reveal,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let data = store.active_data().await?;
    let job = job(app, &store).await?;
    let (engine, rows) = (app.engine.clone(), data.clone());
    let explained = app
        .threads
        .spawn(async move { engine.explain_link(&rows, &job, row).await });
    let explanation = explained.await??.ok_or_else(|| {
        NotFound(format!(
            "没有编号为 {row} 的部门记录；hub link review 列出存疑的 / no department row was given that id"
        ))
    })?;
    let revealed = reveal::recorded(
        app,
        wanted,
        "link",
        format!("person/{row}"),
        serde_json::Map::new(),
    )
    .await?;
    let people: Vec<u64> = explanation
        .candidates
        .iter()
        .map(|candidate| candidate.person)
        .collect();
    let mut told = told(
        app,
        &data,
        people.iter().copied().chain([row]).collect(),
        revealed,
    )
    .await?;
    let explained = Explained {
        link: data.links.people.iter().find(|link| link.from == row).cloned(),
        row: told.remove(&row),
        candidates: people.iter().filter_map(|person| told.remove(person)).collect(),
        reasons: explanation.to_string(),
    };
    out::show(output, &explained, |explained| {
        let records = explained.row.iter().chain(&explained.candidates);
        let lines = records.map(|told| line(told.id, Some(told), String::new(), ""));
        let table = out::table(
            &[
                "编号 id",
                "",
                "姓名 name",
                "证件号码 number",
                "地址 home",
                "位置 place",
                "",
            ],
            lines,
        );
        format!("{table}\n\n{}", explained.reasons)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What the next linking goes by.
async fn job(app: &App, store: &Store) -> anyhow::Result<LinkJob> {
    let weights = store.frozen_weights().await?;
    Ok(LinkJob {
        verdicts: store.verdicts().await?,
        weights: weights.map(|kept| serde_json::from_str(&kept.body)).transpose()?,
        places: app.loaded.places.on(app.today()),
    })
}

async fn told(
    app: &App,
    data: &ActiveData,
    ids: Vec<u64>,
    reveal: bool,
) -> anyhow::Result<BTreeMap<u64, Told>> {
    let (engine, data) = (app.engine.clone(), data.clone());
    Ok(app
        .threads
        .spawn(async move { engine.told(&data, &ids, reveal).await })
        .await??)
}
