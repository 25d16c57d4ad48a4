//! `hub plan`: what the files as they are now would change, before anybody has them loaded.
//! Here because a threshold, a cron expression or a route looks harmless in an editor.
//! In: the files; the configuration that was loaded last, as the database kept it. Out: what comes, goes and changes, the next fires
//! of schedules, and what rules would open and clear on the present data. Nothing is written.
//! Not here: loading it (reload), whether it is right by itself (config validate).

mod effects;
mod fires;
mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use hub_engine::RuleBook;
use hub_store::ConfigurationRow;
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::settings::{self, Loaded};
use crate::{exit, lang, out};
use effects::Effects;
use fires::Moved;
use objects::{Keys, Kind, Objects};

/// Most keys that are told of one object.
const KEYS_MAX: usize = 30;

/// What would change.
#[derive(Debug, Serialize)]
struct Plan {
    /// What holds: the configuration that was loaded last. None when nothing ever was.
    before: Option<ConfigurationRow>,
    /// The hash of the files as they are.
    after: String,
    changed: bool,
    /// Why the service has to be restarted for it, when it has.
    restart: Option<String>,
    /// Rule files that cannot be used: a reload would be refused.
    refused: Vec<String>,
    changes: Vec<Change>,
    /// Schedules that would fire at other times.
    schedules: Vec<Moved>,
    /// What the rules would do; none when no rule and no parameter changes.
    effects: Option<Effects>,
    /// What could not be told, and why.
    untold: Vec<String>,
}

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum How {
    Added,
    Changed,
    Removed,
}

/// An object that differs.
#[derive(Debug, Serialize)]
struct Change {
    kind: Kind,
    id: String,
    change: How,
    /// Of one that changes, which keys.
    keys: Vec<Key>,
    /// Whether there are more of them.
    truncated: bool,
}

/// A key that differs.
#[derive(Debug, Serialize)]
struct Key {
    key: String,
    before: Option<String>,
    after: Option<String>,
}

/// A configuration as it was, understood.
struct Before {
    loaded: Loaded,
    book: RuleBook,
}

pub(super) async fn run(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader_if_any().await?;
    let (row, texts) = match &store {
        Some(store) => (store.configuration().await?, store.configuration_texts().await?),
        None => (None, BTreeMap::new()),
    };
    let after: BTreeMap<String, String> = app
        .loaded
        .files
        .files
        .iter()
        .map(|(path, (_, text))| (path.clone(), text.clone()))
        .collect();
    let mut untold = Vec::new();
    let before = match row {
        Some(_) => match settings::load_past(&app.loaded.dir, texts.clone()) {
            Ok((loaded, book)) => Some(Before { loaded, book }),
            Err(error) => {
                let cannot = lang::said(
                    "载入过的配置现在读不通，无法比较调度与规则 / what was loaded cannot be read now",
                );
                untold.push(format!("{cannot}: {}", exit::told(&error)));
                None
            }
        },
        None => None,
    };
    let (was, is) = (objects::objects(&texts), objects::objects(&after));
    let changes = changes(&was, &is);
    let refused = app.tried_book().await?.refused.clone();
    let mut plan = Plan {
        changed: row.as_ref().is_none_or(|row| row.hash != app.loaded.files.hash),
        after: app.loaded.files.hash.clone(),
        restart: before
            .as_ref()
            .and_then(|before| settings::unchangeable(&before.loaded, &app.loaded).err())
            .map(|error| exit::told(&error)),
        refused: refused.into_iter().map(|refused| refused.why).collect(),
        schedules: before
            .as_ref()
            .map(|before| fires::moved(&before.loaded.settings.schedules, &app.loaded.settings.schedules))
            .unwrap_or_default(),
        effects: None,
        changes,
        before: row,
        untold,
    };
    if let (Some(before), Some(store)) = (&before, &store) {
        let rules = effects::concerned(&plan.changes, (&texts, &after));
        if !rules.is_empty() {
            plan.effects = Some(effects::of(app, store, &before.book, &rules).await?);
        }
    }
    let wrong = !plan.refused.is_empty();
    out::show(output, &plan, text)?;
    Ok(if wrong {
        ExitCode::from(exit::CONFIG)
    } else {
        ExitCode::SUCCESS
    })
}

fn changes(was: &Objects, is: &Objects) -> Vec<Change> {
    let none = Keys::new();
    let all: BTreeSet<&(Kind, String)> = was.keys().chain(is.keys()).collect();
    let mut changes = Vec::new();
    for object in all {
        let change = match (was.get(object), is.get(object)) {
            (None, _) => How::Added,
            (_, None) => How::Removed,
            (Some(was), Some(is)) if was == is => continue,
            (Some(_), Some(_)) => How::Changed,
        };
        let (was, is) = (was.get(object).unwrap_or(&none), is.get(object).unwrap_or(&none));
        let mut keys = keys(was, is);
        let truncated = keys.len() > KEYS_MAX;
        keys.truncate(KEYS_MAX);
        let (kind, id) = object.clone();
        // What comes or goes as a whole is known by its name; a value has nothing else.
        let whole = change != How::Changed && !matches!(kind, Kind::Setting | Kind::Parameter);
        changes.push(Change {
            kind,
            id,
            change,
            truncated: truncated && !whole,
            keys: if whole { Vec::new() } else { keys },
        });
    }
    changes
}

fn keys(was: &Keys, is: &Keys) -> Vec<Key> {
    let all: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let keys = all.into_iter().filter(|key| was.get(*key) != is.get(*key));
    keys.map(|key| Key {
        key: key.clone(),
        before: was.get(key).cloned(),
        after: is.get(key).cloned(),
    })
    .collect()
}

fn text(plan: &Plan) -> String {
    let mut text = match &plan.before {
        None => format!(
            "{}\n{} {}\n",
            lang::said("还没有载入过配置，以下全部是新的 / nothing was ever loaded: all of it is new"),
            lang::either("配置", "configuration"),
            plan.after
        ),
        Some(_) if !plan.changed => {
            let nothing = lang::said("没有变化 / nothing would change");
            return format!("{nothing}  {}", plan.after);
        }
        Some(before) => {
            let loaded = out::time(before.loaded_ms);
            let (chinese, english) = (format!("（{loaded} 载入）"), format!(" (loaded {loaded}) "));
            format!(
                "{} {}{}→ {}\n",
                lang::pair("配置 configuration"),
                before.hash,
                lang::either(&chinese, &english),
                plan.after
            )
        }
    };
    for change in &plan.changes {
        text.push_str(&change.text());
    }
    if !plan.schedules.is_empty() {
        let title = lang::said("接下来的触发 / the next fires");
        text.push_str(&format!("\n{title}\n"));
        for moved in &plan.schedules {
            text.push_str(&moved.text());
        }
    }
    if let Some(effects) = &plan.effects {
        text.push_str(&effects.text());
    }
    for untold in &plan.untold {
        text.push_str(&format!("{untold}\n"));
    }
    for refused in &plan.refused {
        let would = lang::said("规则不能用，重新载入会被拒绝 / a reload would be refused");
        text.push_str(&format!("✘ {would}: {}\n", lang::said(refused)));
    }
    if let Some(restart) = &plan.restart {
        text.push_str(&format!("✘ {restart}\n"));
    } else if plan.refused.is_empty() {
        let load = lang::pair("生效 to have it loaded");
        text.push_str(&format!("\n{load}: hub reload\n"));
    }
    text
}

impl Change {
    fn text(&self) -> String {
        let sign = match self.change {
            How::Added => '+',
            How::Changed => '~',
            How::Removed => '-',
        };
        let (chinese, english) = self.kind.words();
        let mut text = format!("{sign} {} {}\n", lang::either(chinese, english), self.id);
        for Key { key, before, after } in &self.keys {
            let said = |value: &Option<String>| {
                let none = || lang::either("（无）", "(none)").to_owned();
                value.clone().unwrap_or_else(none)
            };
            text.push_str(&format!("    {key}: {} → {}\n", said(before), said(after)));
        }
        if self.truncated {
            text.push_str("    …\n");
        }
        text
    }
}
