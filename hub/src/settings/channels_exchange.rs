//! Channels whose department answers without HTTP: folders and tables, and whose cases the answers may be about.
//! Here because whoever can drop a file or write a row must be held to one department, and by a key or a database's rights.
//! In: a channel's table in `channels.toml`, the departments of the rules. Out: checked channels.
//! Not here: the other kinds (channels), which keys there are (channels_file), SQL (a plugin).

use std::path::Path;
use std::time::Duration;

use hub_engine::RuleBook;
use hub_model::nearest;
use hub_runtime::channels::{
    AnswerFiles, Answers, Channel, FileDrop, Kind, Office, SheetAnswers, Tables, WorksheetDrop, limits,
};
use hub_runtime::desk::Correspondent;
use url::Url;

use super::channels::{NAME, Page};
use super::channels_file::{RawFile, RawFileAnswers, RawTable, RawWorksheet};
use super::files::Reader;

const WINDOW_SECONDS: u64 = 60;
const FILE_EVENTS: u32 = 1_000;
const FOLDER_FILES: usize = 10_000;
const TABLE_EVENTS: u32 = 500;
const TABLE_TIMEOUT_SECONDS: u64 = 60;
const ANSWERS_SECONDS: u64 = 60;
const WORKSHEET_MINUTES: u64 = 60;
const WORKSHEET_FILES: usize = 1_000;
const EVENTS_TABLE: &str = "hub_event";
const ANSWERS_TABLE: &str = "hub_answer";
/// Longest name of a department, characters.
const DEPARTMENT_CHARS_MAX: usize = 60;
/// Longest name of a table or of its schema, characters: what PostgreSQL takes.
const TABLE_CHARS_MAX: usize = 63;
/// Kinds of database there are tables in.
const SCHEMES: [&str; 4] = ["postgres", "postgresql", "mysql", "mariadb"];
/// What a part of a division's code may have, digits.
const DIVISION_DIGITS: std::ops::RangeInclusive<usize> = 2..=12;

impl Page<'_> {
    pub(super) fn file(&self, raw: &RawFile) -> anyhow::Result<Kind> {
        let keys = (&raw.ed25519_key, &raw.sm2_key, raw.sm2_identity.as_deref());
        let events = raw.events_max.unwrap_or(FILE_EVENTS);
        let files = raw.files_max.unwrap_or(FOLDER_FILES);
        let answers = raw
            .answers
            .as_ref()
            .map(|answers| self.answer_files(raw, answers));
        Ok(Kind::File(FileDrop {
            folder: self.folder("folder", &raw.folder)?,
            schemes: self.schemes(&raw.secret, &raw.previous_secret, keys)?,
            window: self.window_seconds(raw.window_seconds)?,
            events_max: self.within("events_max", events, 1..=limits::FILE_EVENTS_MAX)?,
            files_max: self.within("files_max", files, 2..=limits::FOLDER_FILES_MAX)?,
            answers: answers.transpose()?.map(Box::new),
        }))
    }

    fn answer_files(&self, raw: &RawFile, answers: &RawFileAnswers) -> anyhow::Result<AnswerFiles> {
        let written = match &answers.secret {
            Some(_) => [&answers.secret, &answers.previous_secret],
            None => [&raw.secret, &raw.previous_secret],
        };
        let mut keys = Vec::new();
        for (key, secret) in ["secret", "previous_secret"].into_iter().zip(written) {
            if let Some(secret) = secret {
                let signing = self.secret(secret)?.signing_key();
                keys.push(signing.map_err(|told| self.wrong(key, told))?);
            }
        }
        if keys.is_empty() {
            return Err(self.wrong(
                "answers",
                "答复的清单须有签名：写 secret = { file = … } / answers need a secret: else whoever can drop a file could answer",
            ));
        }
        let folder = self.folder("answers", &answers.folder)?;
        if folder == self.reader.path(&raw.folder) {
            return Err(self.wrong(
                "answers",
                "答复须放在另一个文件夹 / answers lie in a folder of their own",
            ));
        }
        Ok(AnswerFiles {
            answers: self.answers(&answers.department, &answers.places, answers.interval_seconds)?,
            folder,
            keys,
        })
    }

    pub(super) fn table(&self, raw: &RawTable) -> anyhow::Result<Kind> {
        let url = Url::parse(&raw.url).ok();
        let url = url.filter(|url| SCHEMES.contains(&url.scheme()) && url.has_host());
        let url = url.ok_or_else(|| {
            self.wrong(
                "url",
                "形如 postgres://用户@主机:端口/库 或 mysql://用户@主机:端口/库 / postgres://user@host:port/database or mysql://…",
            )
        })?;
        if url.password().is_some() {
            return Err(self.wrong(
                "url",
                "口令不写在地址里：password = { file = … } / the password stands elsewhere, by reference",
            ));
        }
        let timeout = raw.timeout_seconds.unwrap_or(TABLE_TIMEOUT_SECONDS);
        let timeout = self.within("timeout_seconds", timeout, 1..=limits::TIMEOUT_SECONDS_MAX)?;
        let events = raw.events_max.unwrap_or(TABLE_EVENTS);
        let answers = raw
            .answers
            .as_ref()
            .map(|answers| self.answers(&answers.department, &answers.places, answers.interval_seconds));
        Ok(Kind::Table(Box::new(Tables {
            plugin: raw.plugin.clone(),
            url: raw.url.clone(),
            password: raw
                .password
                .as_ref()
                .map(|password| self.secret(password))
                .transpose()?,
            events_table: self.name_of("events_table", raw.events_table.as_deref(), EVENTS_TABLE)?,
            answers_table: self.name_of("answers_table", raw.answers_table.as_deref(), ANSWERS_TABLE)?,
            timeout: Duration::from_secs(timeout),
            window: self.window_seconds(raw.window_seconds)?,
            events_max: self.within("events_max", events, 1..=limits::TABLE_EVENTS_MAX)?,
            answers: answers.transpose()?,
        })))
    }

    pub(super) fn worksheet(&self, raw: &RawWorksheet) -> anyhow::Result<Kind> {
        let folder = self.folder("folder", &raw.folder)?;
        let returns = raw
            .returns
            .as_deref()
            .map(|returns| self.folder("returns", returns))
            .transpose()?;
        if returns.as_ref() == Some(&folder) {
            return Err(self.wrong(
                "returns",
                "a folder of its own: what lies in `folder` was not filled in yet",
            ));
        }
        if returns.is_some() && !self.reads_sheets {
            let told = "nothing reads what comes back: write [cases] worksheet_plugin into hub.toml";
            return Err(self.wrong("returns", told));
        }
        let answers = self.answers(&raw.department, &[], raw.interval_seconds)?;
        let minutes = raw.window_minutes.unwrap_or(WORKSHEET_MINUTES);
        let minutes = self.within("window_minutes", minutes, 0..=limits::WINDOW_MINUTES_MAX)?;
        let files = raw.files_max.unwrap_or(WORKSHEET_FILES);
        Ok(Kind::Worksheet(WorksheetDrop {
            folder,
            returns: returns.map(|folder| SheetAnswers { answers, folder }),
            office: Office {
                department: raw.department.clone(),
                place: raw.place.clone(),
                closes: raw.closes,
            },
            window: Duration::from_secs(minutes * 60),
            files_max: self.within("files_max", files, 1..=limits::FOLDER_FILES_MAX)?,
        }))
    }

    /// Whose answers, about which places, how often they are looked for.
    fn answers(&self, department: &str, places: &[String], every: Option<u64>) -> anyhow::Result<Answers> {
        let chars = department.chars().count();
        if !(1..=DEPARTMENT_CHARS_MAX).contains(&chars) || department.trim() != department {
            let told = format!("1 至 {DEPARTMENT_CHARS_MAX} 个字 / 1 to {DEPARTMENT_CHARS_MAX} characters");
            return Err(self.wrong("department", &told));
        }
        if places.len() > limits::PLACES_MAX {
            return Err(self.wrong("places", &format!("至多 {} 项 / too many", limits::PLACES_MAX)));
        }
        let odd = |place: &&String| {
            let is_code = place.chars().all(|c| c.is_ascii_digit());
            place.trim() != place.as_str()
                || place.is_empty()
                || place.ends_with('/')
                || (is_code && !DIVISION_DIGITS.contains(&place.len()))
        };
        if let Some(place) = places.iter().find(odd) {
            let told = format!(
                "{place:?}：县名、县名/乡镇名，或区划代码的前 2 至 12 位 / county, county/town, or the first 2 to 12 digits of a division code"
            );
            return Err(self.wrong("places", &told));
        }
        let every = every.unwrap_or(ANSWERS_SECONDS);
        let every = self.within("interval_seconds", every, limits::ANSWERS_SECONDS)?;
        let from = Correspondent::new(&self.id, department, places);
        Ok(Answers {
            from: from.map_err(|error| self.wrong("answers", &error.to_string()))?,
            every: Duration::from_secs(every),
        })
    }

    fn folder(&self, key: &str, written: &Path) -> anyhow::Result<std::path::PathBuf> {
        let folder = self.reader.path(written);
        if folder.is_dir() {
            return Ok(folder);
        }
        Err(self.wrong(key, &format!("there is no folder {}", folder.display())))
    }

    fn window_seconds(&self, written: Option<u64>) -> anyhow::Result<Duration> {
        let window = written.unwrap_or(WINDOW_SECONDS);
        let window = self.within("window_seconds", window, 0..=limits::WINDOW_MINUTES_MAX * 60)?;
        Ok(Duration::from_secs(window))
    }

    /// The name of a table, with its schema before it where it needs one.
    fn name_of(&self, key: &str, written: Option<&str>, otherwise: &str) -> anyhow::Result<String> {
        let name = written.unwrap_or(otherwise);
        let mut parts = name.split('.');
        let word = |part: &str| {
            part.len() <= TABLE_CHARS_MAX
                && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if parts.clone().count() > 2 || !parts.all(word) {
            return Err(self.wrong(
                key,
                "表名由字母、数字、下划线组成，可带模式名，如 share.hub_event / letters, digits and '_', with a schema before it where needed",
            ));
        }
        Ok(name.to_owned())
    }
}

/// That answers are taken from departments there are.
pub(super) fn answer(reader: &Reader, channels: &[Channel], book: &RuleBook) -> anyhow::Result<()> {
    let departments = book.rules.iter().map(|rule| rule.header.department.as_str());
    for channel in channels {
        let answers = match &channel.kind {
            Kind::File(file) => file.answers.as_ref().map(|files| &files.answers),
            Kind::Table(tables) => tables.answers.as_ref(),
            Kind::Worksheet(sheets) => sheets.returns.as_ref().map(|back| &back.answers),
            Kind::Webhook(_) | Kind::Robot(_) | Kind::Email(_) => None,
        };
        let Some(department) = answers.map(|answers| answers.from.department()) else {
            continue;
        };
        if departments.clone().all(|known| known != department) {
            let near = nearest(department, departments.clone());
            let near = near.map_or_else(String::new, |near| format!("；是否应为 / did you mean {near:?}?"));
            let message = format!(
                "channel {}: 没有规则属于该部门，它的答复不会有事项可办 / no rule is of {department:?}{near}",
                channel.id
            );
            return Err(reader.mistake(Path::new(NAME), department, message).into());
        }
    }
    Ok(())
}
