//! `hub route test`: where a warning would go, from when on, and which routes say so or do not.
//! Here because a route is right when somebody has seen what it does.
//! In: a case, or every rule. Out: channels with moments and routes; of a case also why the other routes do not take it.
//! Not here: reading and checking the file (settings).

use std::process::ExitCode;

use hub_model::CaseId;
use hub_model::route::{Matter, NewsKind, Routes, Unlike};
use hub_model::values;
use hub_runtime::clock;
use serde::Serialize;

use crate::app::App;
use crate::cli::{Output, Route};
use crate::exit::NotFound;
use crate::{lang, out};

/// A piece of news and where it would go.
#[derive(Debug, Serialize)]
struct Routed {
    rules: Vec<String>,
    severity: &'static str,
    department: String,
    place: String,
    ways: Vec<Through>,
    /// Routes that do not take it, each with what is unlike.
    others: Vec<Other>,
}

#[derive(Debug, Serialize)]
struct Through {
    channel: String,
    /// From when on.
    from: String,
    routes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Other {
    route: String,
    unlike: Unlike,
}

pub(super) async fn run(command: Route, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let Route::Test {
        case,
        all: _,
        place,
        news,
        at,
    } = command;
    let at_ms = at.unwrap_or_else(clock::now_ms);
    let routes = &app.loaded.settings.routes;
    let matters = match &case {
        Some(case) => vec![of_case(app, case, news).await?],
        None => of_rules(app, &place, news),
    };
    let routed: Vec<Routed> = matters
        .iter()
        .map(|matter| Routed::of(routes, matter, at_ms))
        .collect();
    out::show(output, &routed, |routed| {
        let mut text = table(routed);
        if case.is_some() {
            for other in routed.iter().flat_map(|routed| &routed.others) {
                text.push_str(&format!(
                    "\n{not} {}{colon}{}",
                    other.route,
                    lang::said(unlike(other.unlike)),
                    not = lang::pair("未走 not by"),
                    colon = lang::mark("：")
                ));
            }
        }
        if routes.is_to_all() {
            let none =
                "没有路线，一切送往所有通道 / there are no routes: everything goes through every channel";
            text.push_str(&format!("\n{}", lang::said(none)));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn of_case(app: &App, case: &str, news: NewsKind) -> anyhow::Result<Matter> {
    let none = || NotFound(format!("没有事项 / no case {case:?}；hub case list"));
    let id = CaseId::parse(case).map_err(|_| none())?;
    let matter = app.reader().await?.matter_of(id).await?.ok_or_else(none)?;
    Ok(Matter { kind: news, ..matter })
}

fn of_rules(app: &App, place: &str, news: NewsKind) -> Vec<Matter> {
    let division = values::division_of(place);
    let mut matters = Vec::new();
    for rule in &app.book.rules {
        for severity in rule.severities().into_iter().rev() {
            matters.push(Matter {
                kind: news,
                department: rule.header.department.clone(),
                place: place.to_owned(),
                division: division.clone(),
                severity,
                rules: vec![rule.header.id.to_string()],
            });
        }
    }
    matters
}

impl Routed {
    fn of(routes: &Routes, matter: &Matter, at_ms: i64) -> Self {
        let ways = routes
            .ways(matter, at_ms)
            .into_iter()
            .map(|(channel, way)| Through {
                channel: channel.to_owned(),
                from: clock::rfc3339(way.due_ms),
                routes: way.routes,
            });
        let others = routes.routes().iter().filter_map(|route| {
            let unlike = route.unlike(matter)?;
            Some(Other {
                route: route.id.clone(),
                unlike,
            })
        });
        Self {
            rules: matter.rules.clone(),
            severity: matter.severity.as_str(),
            department: matter.department.clone(),
            place: matter.place.clone(),
            ways: ways.collect(),
            others: others.collect(),
        }
    }
}

const fn unlike(unlike: Unlike) -> &'static str {
    match unlike {
        Unlike::News => "消息种类不同 / another kind of news",
        Unlike::Department => "部门不同 / another department",
        Unlike::Place => "地区不同 / another place",
        Unlike::Severity => "级别不够 / not grave enough",
        Unlike::Rule => "规则不同 / another rule",
    }
}

fn table(routed: &[Routed]) -> String {
    let rows = routed.iter().flat_map(|routed| {
        let about = [
            routed.rules.join(" "),
            routed.severity.to_owned(),
            routed.department.clone(),
            routed.place.clone(),
        ];
        let ways: Vec<[String; 3]> = match routed.ways.is_empty() {
            true => vec![[
                format!(
                    "—{}{}{}",
                    lang::mark("（"),
                    lang::pair("送不到任何人 nobody"),
                    lang::mark("）")
                ),
                String::new(),
                String::new(),
            ]],
            false => {
                let ways = routed.ways.iter();
                ways.map(|way| [way.channel.clone(), way.routes.join(" "), way.from.clone()])
                    .collect()
            }
        };
        ways.into_iter()
            .map(move |way| about.iter().cloned().chain(way).collect::<Vec<_>>())
    });
    let header = [
        "规则 rule",
        "级别 severity",
        "部门 department",
        "地区 place",
        "通道 channel",
        "路线 routes",
        "最早 from",
    ];
    out::table(&header, rows)
}
