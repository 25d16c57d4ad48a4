//! What a channel is told: plain, complete, checked values.
//! Here because a channel must not care how its settings were written.
//! In: nothing. Out: settings of each kind of channel, and the bounds of what may be set.
//! Not here: files and keys (the binary's settings), and what is done with it (the channels' files).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;
use zeroize::Zeroizing;

use super::{Networks, Predicate, Schemes, Sign, Template};
use crate::Secret;
use crate::desk::Correspondent;

/// Bounds of what may be set.
pub mod limits {
    /// Longest an attempt may take, seconds.
    pub const TIMEOUT_SECONDS_MAX: u64 = 300;
    /// Most messages under way to one receiver.
    pub const CONCURRENCY_MAX: usize = 64;
    /// Most events of one message.
    pub const BATCH_MAX: usize = 100;
    /// Most messages a minute.
    pub const RATE_PER_MINUTE_MAX: u32 = 600_000;
    /// Most events of one file.
    pub const FILE_EVENTS_MAX: u32 = 10_000;
    /// Most files that lie in a drop folder before nothing more is put there.
    pub const FOLDER_FILES_MAX: usize = 100_000;
    /// Most events that one transaction brings into a department's table.
    pub const TABLE_EVENTS_MAX: u32 = 1_000;
    /// Shortest and longest time between two looks for answers, seconds.
    pub const ANSWERS_SECONDS: std::ops::RangeInclusive<u64> = 1..=24 * 3600;
    /// Most places that answers of one channel may be about.
    pub const PLACES_MAX: usize = 200;
    /// Longest that news is gathered, minutes.
    pub const WINDOW_MINUTES_MAX: u64 = 24 * 60;
    /// Most people a mail goes to.
    pub const RECIPIENTS_MAX: usize = 50;
    /// Robots take twenty messages a minute; two are left for whoever else uses them.
    pub const ROBOT_RATE_PER_MINUTE: u32 = 18;
}

/// A receiver of news.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Most messages a minute; `None` for as fast as they are taken.
    pub rate_per_minute: Option<u32>,
    /// What it is.
    pub kind: Kind,
}

impl Channel {
    /// By whose approval its events carry names and numbers; `None` where they are thin.
    #[must_use]
    pub fn full(&self) -> Option<&str> {
        match &self.kind {
            Kind::Webhook(settings) => settings.full.as_deref(),
            Kind::File(_) | Kind::Worksheet(_) | Kind::Table(_) | Kind::Robot(_) | Kind::Email(_) => None,
        }
    }

    /// Where it sends, for people: without user, password, and what follows the path of an address, which may be a key.
    #[must_use]
    pub fn goes_to(&self) -> String {
        match &self.kind {
            Kind::Webhook(webhook) => bare(&webhook.url),
            Kind::File(drop) => drop.folder.display().to_string(),
            Kind::Worksheet(drop) => drop.folder.display().to_string(),
            Kind::Table(tables) => tables.at(&tables.events_table),
            Kind::Robot(robot) => bare(&robot.url),
            Kind::Email(email) => format!("{} @ {}:{}", email.to.join(", "), email.host, email.port),
        }
    }

    /// Where its answers lie, for people; `None` where it takes none.
    #[must_use]
    pub fn answers_lie(&self) -> Option<String> {
        match &self.kind {
            Kind::File(drop) => Some(drop.answers.as_ref()?.folder.display().to_string()),
            Kind::Worksheet(drop) => Some(drop.returns.as_ref()?.folder.display().to_string()),
            Kind::Table(tables) => {
                Some(tables.at(&tables.answers_table)).filter(|_| tables.answers.is_some())
            }
            Kind::Webhook(_) | Kind::Robot(_) | Kind::Email(_) => None,
        }
    }
}

/// `url` without what may open it.
fn bare(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

/// What a channel is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Events by HTTP POST.
    Webhook(Box<Webhook>),
    /// Files in a folder, for gateways that carry files.
    File(FileDrop),
    /// Worksheets in a folder, for offices that live in spreadsheets.
    Worksheet(WorksheetDrop),
    /// Rows in a table of the department's own database.
    Table(Box<Tables>),
    /// Digests to a group's robot.
    Robot(Box<Robot>),
    /// Digests by mail.
    Email(Box<Email>),
}

/// Events by HTTP POST.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where to POST.
    pub url: Url,
    /// How requests are signed.
    pub signer: Arc<dyn Sign>,
    /// Which addresses may be connected to.
    pub networks: Arc<Networks>,
    /// Authorities besides the system's that may vouch for the receiver, PEM.
    pub authorities: Vec<u8>,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// Messages under way at the same time.
    pub concurrency: usize,
    /// Most events of one message; above one they go as a batch.
    pub batch_max: usize,
    /// What an answer must say beyond its status.
    pub success: Option<Predicate>,
    /// What an answer says that asks for patience.
    pub busy: Option<Predicate>,
    /// The body, for receivers with a dialect of their own; a CloudEvent without.
    pub template: Option<Template>,
    /// Headers sent with every request.
    pub headers: BTreeMap<String, String>,
    /// Whether events carry the whole case with names and numbers, and by whose approval.
    pub full: Option<String>,
}

/// A secret, and the one before it while receivers change over.
#[derive(Debug, Clone)]
pub struct Rotating {
    /// The secret.
    pub secret: Secret,
    /// The one before.
    pub previous: Option<Secret>,
}

/// Files in a folder.
#[derive(Debug, Clone)]
pub struct FileDrop {
    /// The folder.
    pub folder: PathBuf,
    /// How manifests are signed; nothing for not at all.
    pub schemes: Schemes,
    /// How long events are gathered.
    pub window: Duration,
    /// Most events of one file.
    pub events_max: u32,
    /// Most files in the folder before nothing more is put there.
    pub files_max: usize,
    /// Where answers come from; none are taken without.
    pub answers: Option<Box<AnswerFiles>>,
}

/// Answers that come through a channel.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Whose they are, and which cases they may be about.
    pub from: Correspondent,
    /// How long after one look the next one follows.
    pub every: Duration,
}

/// Answers in files.
#[derive(Debug, Clone)]
pub struct AnswerFiles {
    /// Whose.
    pub answers: Answers,
    /// The folder the department's gateway puts them into.
    pub folder: PathBuf,
    /// Keys that a manifest may be signed with; at least one.
    pub keys: Vec<Zeroizing<Vec<u8>>>,
}

/// Rows in tables of the department's own database, written and read by a plugin.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The plugin, by the name it is pinned under.
    pub plugin: String,
    /// The database: `postgres://user@host:port/database` or `mysql://…`, without a password.
    pub url: String,
    /// The password.
    pub password: Option<Secret>,
    /// Where events go: a table, with its schema where it needs one.
    pub events_table: String,
    /// Where answers come from.
    pub answers_table: String,
    /// How long a transaction may take.
    pub timeout: Duration,
    /// How long events are gathered.
    pub window: Duration,
    /// Most events of one transaction.
    pub events_max: u32,
    /// Whose answers are taken; none are without.
    pub answers: Option<Answers>,
}

impl Tables {
    fn at(&self, table: &str) -> String {
        let database = Url::parse(&self.url).map(|url| bare(&url)).unwrap_or_default();
        format!("{database} {table}")
    }
}

/// Whose cases worksheets list.
#[derive(Debug, Clone)]
pub struct Office {
    /// The department.
    pub department: String,
    /// In this place and within it; everywhere when it is empty.
    pub place: String,
    /// Whether it is the county's own: what waits to be closed, and what comes back closes.
    pub closes: bool,
}

/// Filled worksheets that come back.
#[derive(Debug, Clone)]
pub struct SheetAnswers {
    /// Whose.
    pub answers: Answers,
    /// The folder the office puts them into.
    pub folder: PathBuf,
}

/// Worksheets in a folder, and the folder they come back to.
#[derive(Debug, Clone)]
pub struct WorksheetDrop {
    /// The folder they are put into.
    pub folder: PathBuf,
    /// Where filled ones come back; `None` when they come back in another way.
    pub returns: Option<SheetAnswers>,
    /// Whose cases they list.
    pub office: Office,
    /// How long news is gathered.
    pub window: Duration,
    /// Most files in the folder before nothing more is put there.
    pub files_max: usize,
}

/// Digests to a group's robot.
#[derive(Debug, Clone)]
pub struct Robot {
    /// Whose robot.
    pub dialect: RobotDialect,
    /// Where it listens, without its token.
    pub url: Url,
    /// What it is reached by: the key of a WeCom robot, the access token of a DingTalk one.
    pub token: Secret,
    /// What a DingTalk robot signs with.
    pub secret: Option<Secret>,
    /// Which addresses may be connected to.
    pub networks: Arc<Networks>,
    /// Authorities besides the system's that may vouch for it, PEM.
    pub authorities: Vec<u8>,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How long news is gathered.
    pub window: Duration,
    /// Where people look at what the digest counts.
    pub link: Option<Url>,
}

/// Whose robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RobotDialect {
    /// 企业微信群机器人.
    Wecom,
    /// 钉钉自定义机器人.
    Dingtalk,
}

/// Digests by mail.
#[derive(Debug, Clone)]
pub struct Email {
    /// The mail server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// Who sends.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Which addresses may be connected to.
    pub networks: Arc<Networks>,
    /// Authorities besides the system's that may vouch for it, PEM.
    pub authorities: Vec<u8>,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How long news is gathered.
    pub window: Duration,
    /// Where people look at what the digest counts.
    pub link: Option<Url>,
    /// Whose worksheets are attached.
    pub worksheet: Option<Office>,
}

/// How a connection to a mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all: for a server on the same machine or network that asks for no password.
    None,
    /// By STARTTLS, which must succeed.
    Starttls,
    /// From the first byte.
    Tls,
}
