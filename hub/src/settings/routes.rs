//! `routes.toml`: which warnings go through which channel, checked.
//! Here because a warning that would reach nobody must be found when the file is written, not when a family was forgotten.
//! In: the file, the channels, the rules. Out: routes in the order of the file.
//! Not here: what a route takes (hub-model), where a warning would go (cmd/route).

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveTime;
use hub_engine::{Rule, RuleBook};
use hub_model::route::{Hours, NewsKind, Route, Routes, means};
use hub_model::{Calendar, Severity, nearest};
use schemars::JsonSchema;
use serde::Deserialize;

use super::files::Reader;

const NAME: &str = "routes.toml";
/// Most routes.
const ROUTES_MAX: usize = 500;
/// Most of what one route lists: departments, places, rules, channels.
const LISTED_MAX: usize = 200;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    route: Vec<Raw>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: String,
    #[serde(default)]
    departments: Vec<String>,
    #[serde(default)]
    places: Vec<String>,
    severity: Option<Severity>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    news: Vec<NewsKind>,
    channels: Vec<String>,
    hours: Option<RawHours>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawHours {
    from: String,
    until: String,
    #[serde(default)]
    workdays: bool,
    but: Option<Severity>,
}

/// The routes; without the file, or with none in it, everything goes through every one of `channels`.
pub(super) fn read(
    reader: &Reader,
    channels: Vec<String>,
    calendar: &Arc<Calendar>,
) -> anyhow::Result<Routes> {
    let path = Path::new(NAME);
    if !reader.is_file(path) {
        return Ok(Routes::to_all(channels));
    }
    let file: File = reader.toml(path)?;
    let mut routes: Vec<Route> = Vec::with_capacity(file.route.len());
    for raw in file.route {
        let wrong = |words: &str, message: String| -> anyhow::Error {
            let message = format!("route {}: {message}", raw.id);
            reader.mistake(path, words, message).into()
        };
        if routes.len() == ROUTES_MAX || routes.iter().any(|known| known.id == raw.id) {
            let message = format!(
                "路线编号不可重复，且至多 {ROUTES_MAX} 条 / the id is used twice, or there are too many"
            );
            return Err(wrong(&raw.id, message));
        }
        let lists = [&raw.departments, &raw.places, &raw.rules, &raw.channels];
        if lists.iter().any(|list| list.len() > LISTED_MAX) {
            return Err(wrong(
                &raw.id,
                format!("一个列表至多 {LISTED_MAX} 项 / too long a list"),
            ));
        }
        if raw.channels.is_empty() {
            return Err(wrong(
                &raw.id,
                "channels 不可为空 / a route leads through a channel".to_owned(),
            ));
        }
        if let Some(channel) = raw.channels.iter().find(|channel| !channels.contains(channel)) {
            let known = channels.iter().map(String::as_str);
            return Err(wrong(
                channel,
                format!(
                    "channels.toml 没有通道 / no channel {channel:?}{}",
                    hint(channel, known)
                ),
            ));
        }
        let hours = raw.hours.as_ref().map(hours).transpose();
        let hours = hours.map_err(|told| wrong(&raw.id, told.to_owned()))?;
        routes.push(Route {
            id: raw.id,
            departments: raw.departments,
            places: raw.places,
            severity: raw.severity,
            rules: raw.rules,
            news: raw.news,
            channels: raw.channels,
            hours,
        });
    }
    Ok(Routes::new(channels, routes, Arc::clone(calendar)))
}

fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("；是否应为 / did you mean {near:?}?"),
        None => format!("；有 / there are {}", known.collect::<Vec<_>>().join("、")),
    }
}

fn hours(raw: &RawHours) -> Result<Hours, &'static str> {
    const TOLD: &str = "hours 的 from、until 是一天中的时刻，from 在前，如 { from = \"08:30\", until = \"17:30\" } / times of one day";
    let time = |written: &str| NaiveTime::parse_from_str(written, "%H:%M").ok().ok_or(TOLD);
    let (from, until) = (time(&raw.from)?, time(&raw.until)?);
    if from >= until {
        return Err(TOLD);
    }
    Ok(Hours {
        from,
        until,
        workdays: raw.workdays,
        but: raw.but,
    })
}

/// That routes speak of departments and rules there are, and that every warning of every rule reaches somebody, wherever it is.
pub(super) fn reach(reader: &Reader, routes: &Routes, book: &RuleBook) -> anyhow::Result<()> {
    if routes.is_to_all() {
        return Ok(());
    }
    let mistake = |words: &str, message: String| reader.mistake(Path::new(NAME), words, message);
    let departments = book.rules.iter().map(|rule| rule.header.department.as_str());
    for route in routes.routes() {
        let unknown = |wanted: &&String| {
            !departments
                .clone()
                .any(|department| department == wanted.as_str())
        };
        if let Some(department) = route.departments.iter().find(unknown) {
            let near = nearest(department, departments.clone());
            let near = near.map_or_else(String::new, |near| format!("；是否应为 / did you mean {near:?}?"));
            let message = format!(
                "route {}: 没有规则属于该部门 / no rule is of {department:?}{near}",
                route.id
            );
            return Err(mistake(department, message).into());
        }
        let refused = |pattern: &str| book.refused.iter().any(|refused| means(pattern, &refused.rule));
        let idle = |pattern: &&String| {
            let is_meant = |rule: &Rule| means(pattern, rule.header.id.as_str());
            !book.rules.iter().any(is_meant) && !refused(pattern)
        };
        if let Some(pattern) = route.rules.iter().find(idle) {
            let known = book.rules.iter().map(|rule| rule.header.id.as_str());
            let near = nearest(pattern, known);
            let near = near.map_or_else(String::new, |near| format!("；是否应为 / did you mean {near:?}?"));
            let message = format!(
                "route {}: 没有这样的规则 / no rule is meant by {pattern:?}{near}",
                route.id
            );
            return Err(mistake(pattern, message).into());
        }
    }
    for rule in &book.rules {
        let of = (rule.header.department.as_str(), rule.header.id.as_str());
        for severity in rule.severities() {
            let is_taken = |route: &Route| route.takes_anywhere(NewsKind::Warning, of, severity);
            if !routes.routes().iter().any(is_taken) {
                let message = format!(
                    "规则 {} 的{}预警（{}）不会送到任何人：请加一条不限 places 的路线，如 [[route]] id = \"rest\" channels = [\"…\"] / \
                     {} warnings of rule {} ({}) would reach nobody; add a route without places",
                    of.1,
                    severity.chinese(),
                    of.0,
                    severity.as_str(),
                    of.1,
                    of.0
                );
                return Err(mistake("[[route]]", message).into());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::schema::tests::same;
    use super::*;

    #[test]
    fn the_schema_of_every_table_has_the_keys_its_parser_takes() {
        same::<Raw>();
        same::<RawHours>();
    }
}
