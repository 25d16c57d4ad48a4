//! `channels.toml`: where warnings go, checked.
//! Here because a receiver must be complete before anything is sent to it, and a mistake is told at its place.
//! In: the file, the secrets it refers to. Out: channels in the order of the file.
//! Not here: which keys there are (channels_file), what comes back by file, table and worksheet (channels_exchange), sending.

mod keys;

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hub_model::{Mistake, Place};
use hub_runtime::Secret;
use hub_runtime::channels::{
    Channel, Email, Kind, Networks, Office, Predicate, Robot, RobotDialect, SmtpSecurity, Template, Webhook,
    limits,
};
use url::{Host, Url};

use super::channels_file::{
    self, RawDialect, RawEmail, RawPayload, RawRobot, RawSecurity, RawWebhook, Written,
};
use super::files::Reader;
use super::secrets::SecretRef;

pub(super) const NAME: &str = "channels.toml";
const ID_CHARS: RangeInclusive<usize> = 1..=64;
const TIMEOUT_SECONDS: u64 = 15;
const CONCURRENCY: usize = 8;
const ROBOT_MINUTES: u64 = 30;
const EMAIL_MINUTES: u64 = 60;
const WECOM: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send";
const DINGTALK: &str = "https://oapi.dingtalk.com/robot/send";

/// The channels, and where schemas of events are; a missing file has none. `reads_sheets` tells whether worksheets can be taken back.
pub(super) fn read(reader: &Reader, reads_sheets: bool) -> anyhow::Result<(Vec<Channel>, Option<String>)> {
    let path = Path::new(NAME);
    if !reader.is_file(path) {
        return Ok((Vec::new(), None));
    }
    let text = reader.text(path)?;
    let file = channels_file::read(&text, &reader.path(path).display().to_string())?;
    let mut channels: Vec<Channel> = Vec::new();
    for written in file.channel {
        let page = Page {
            reader,
            text: &text,
            id: written.id().to_owned(),
            reads_sheets,
        };
        let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !ID_CHARS.contains(&page.id.len()) || !page.id.chars().all(shaped) {
            return Err(page.wrong("id", "1 to 64 of a-z, 0-9, '-', '_'"));
        }
        if channels.iter().any(|known| known.id == page.id) {
            return Err(page.wrong("id", "the id is used twice"));
        }
        channels.push(page.channel(written)?);
    }
    if let Some(schemas) = &file.schemas
        && Url::parse(schemas).is_err()
    {
        let message =
            "schemas 是一个完整的地址，如 https://10.1.2.3/schemas/ / is a whole address".to_owned();
        return Err(reader.mistake(path, "schemas", message).into());
    }
    Ok((channels, file.schemas))
}

/// One channel's table in the file.
pub(super) struct Page<'a> {
    pub(super) reader: &'a Reader,
    text: &'a str,
    pub(super) id: String,
    pub(super) reads_sheets: bool,
}

impl Page<'_> {
    fn channel(&self, written: Written) -> anyhow::Result<Channel> {
        let (kind, rate) = match written {
            Written::Webhook(raw) => (self.webhook(&raw)?, raw.rate_per_minute),
            Written::File(raw) => (self.file(&raw)?, raw.rate_per_minute),
            Written::Table(raw) => (self.table(&raw)?, raw.rate_per_minute),
            Written::Worksheet(raw) => (self.worksheet(&raw)?, raw.rate_per_minute),
            Written::Robot(raw) => (
                self.robot(&raw)?,
                raw.rate_per_minute.or(Some(limits::ROBOT_RATE_PER_MINUTE)),
            ),
            Written::Email(raw) => (self.email(&raw)?, raw.rate_per_minute),
        };
        let rate = rate.map(|rate| self.within("rate_per_minute", rate, 1..=limits::RATE_PER_MINUTE_MAX));
        Ok(Channel {
            id: self.id.clone(),
            rate_per_minute: rate.transpose()?,
            kind,
        })
    }

    fn webhook(&self, raw: &RawWebhook) -> anyhow::Result<Kind> {
        let url = self.url("url", &raw.url)?;
        let batch_max = self.within("batch_max", raw.batch_max.unwrap_or(1), 1..=limits::BATCH_MAX)?;
        let template = raw.template.as_deref().map(Template::parse).transpose();
        let template = template.map_err(|told| self.wrong("template", &told))?;
        if template.is_some() && batch_max > 1 {
            return Err(self.wrong(
                "batch_max",
                "a template is the body of one event; leave batch_max out",
            ));
        }
        let concurrency = raw.concurrency.unwrap_or(CONCURRENCY);
        Ok(Kind::Webhook(Box::new(Webhook {
            signer: self.signer(raw)?,
            networks: self.networks(&url, &raw.allow_networks)?,
            authorities: self.authorities(raw.authorities.as_deref())?,
            timeout: self.timeout(raw.timeout_seconds)?,
            concurrency: self.within("concurrency", concurrency, 1..=limits::CONCURRENCY_MAX)?,
            batch_max,
            success: self.predicate("success", raw.success.as_deref())?,
            busy: self.predicate("busy", raw.busy.as_deref())?,
            template,
            headers: raw.headers.clone(),
            full: self.full(raw)?,
            url,
        })))
    }

    /// By whose approval events carry names and numbers.
    fn full(&self, raw: &RawWebhook) -> anyhow::Result<Option<String>> {
        let approval = raw
            .approval
            .as_deref()
            .map(str::trim)
            .filter(|approval| !approval.is_empty());
        match (raw.payload, approval) {
            (RawPayload::Full, Some(approval)) => Ok(Some(approval.to_owned())),
            (RawPayload::Thin, None) => Ok(None),
            (RawPayload::Full, None) => Err(self.wrong(
                "payload",
                "含姓名、身份证号的推送须写明批准文号：approval = \"…\" / names and numbers go out only with the approval's number",
            )),
            (RawPayload::Thin, Some(_)) => Err(self.wrong("approval", "goes with payload = \"full\"")),
        }
    }

    pub(super) fn department(&self, written: &str) -> anyhow::Result<()> {
        if written.trim().is_empty() {
            return Err(self.wrong("department", "whose cases are listed, such as \"民政\""));
        }
        Ok(())
    }

    fn robot(&self, raw: &RawRobot) -> anyhow::Result<Kind> {
        let (dialect, otherwise) = match raw.dialect {
            RawDialect::Wecom => (RobotDialect::Wecom, WECOM),
            RawDialect::Dingtalk => (RobotDialect::Dingtalk, DINGTALK),
        };
        if raw.secret.is_some() && raw.dialect == RawDialect::Wecom {
            return Err(self.wrong("secret", "a WeCom robot signs nothing; its token is all"));
        }
        let url = self.url("url", raw.url.as_deref().unwrap_or(otherwise))?;
        Ok(Kind::Robot(Box::new(Robot {
            dialect,
            token: self.secret(&raw.token)?,
            secret: raw
                .secret
                .as_ref()
                .map(|secret| self.secret(secret))
                .transpose()?,
            networks: self.networks(&url, &raw.allow_networks)?,
            authorities: self.authorities(raw.authorities.as_deref())?,
            timeout: self.timeout(raw.timeout_seconds)?,
            window: self.window(raw.digest_minutes.unwrap_or(ROBOT_MINUTES))?,
            link: raw
                .link
                .as_deref()
                .map(|link| self.url("link", link))
                .transpose()?,
            url,
        })))
    }

    fn email(&self, raw: &RawEmail) -> anyhow::Result<Kind> {
        let security = match raw.security {
            RawSecurity::None => SmtpSecurity::None,
            RawSecurity::Starttls => SmtpSecurity::Starttls,
            RawSecurity::Tls => SmtpSecurity::Tls,
        };
        let port = match security {
            SmtpSecurity::None => 25,
            SmtpSecurity::Starttls => 587,
            SmtpSecurity::Tls => 465,
        };
        let login = match (&raw.user, &raw.password) {
            (Some(_), Some(_)) if security == SmtpSecurity::None => {
                return Err(self.wrong(
                    "security",
                    "with security = \"none\" the password would be readable on its way",
                ));
            }
            (Some(user), Some(password)) => Some((user.clone(), self.secret(password)?)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(self.wrong("id", "user and password go together"));
            }
        };
        if raw.to.is_empty() || raw.to.len() > limits::RECIPIENTS_MAX {
            return Err(self.wrong("to", &format!("1 to {} addresses", limits::RECIPIENTS_MAX)));
        }
        let host = Host::parse(&raw.host).map_err(|error| self.wrong("host", &error.to_string()))?;
        let host = match &host {
            Host::Domain(name) => Host::Domain(name.as_str()),
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
        };
        let networks = Networks::new(&host, &raw.allow_networks).map_err(|told| self.wrong("host", &told))?;
        Ok(Kind::Email(Box::new(Email {
            host: raw.host.clone(),
            port: raw.port.unwrap_or(port),
            security,
            login,
            from: raw.from.clone(),
            to: raw.to.clone(),
            networks: Arc::new(networks),
            authorities: self.authorities(raw.authorities.as_deref())?,
            timeout: self.timeout(raw.timeout_seconds)?,
            window: self.window(raw.digest_minutes.unwrap_or(EMAIL_MINUTES))?,
            link: raw
                .link
                .as_deref()
                .map(|link| self.url("link", link))
                .transpose()?,
            worksheet: match &raw.worksheet {
                None => None,
                Some(office) => {
                    self.department(&office.department)?;
                    Some(Office {
                        department: office.department.clone(),
                        place: office.place.clone(),
                        closes: office.closes,
                    })
                }
            },
        })))
    }

    pub(super) fn secret(&self, secret: &SecretRef) -> anyhow::Result<Secret> {
        secret.fetch(self.reader, Path::new(NAME))
    }

    fn url(&self, key: &str, written: &str) -> anyhow::Result<Url> {
        let url = Url::parse(written)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.ok_or_else(|| self.wrong(key, "an address that begins with http:// or https://"))
    }

    fn networks(&self, url: &Url, allow: &[String]) -> anyhow::Result<Arc<Networks>> {
        let host = url
            .host()
            .ok_or_else(|| self.wrong("url", "an address with a host"))?;
        let networks = Networks::new(&host, allow);
        let key = if allow.is_empty() { "url" } else { "allow_networks" };
        Ok(Arc::new(networks.map_err(|told| self.wrong(key, &told))?))
    }

    fn authorities(&self, file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
        let text = file.map(|file| self.reader.text(file)).transpose()?;
        Ok(text.unwrap_or_default().into_bytes())
    }

    fn predicate(&self, key: &str, written: Option<&str>) -> anyhow::Result<Option<Predicate>> {
        let read = written.map(Predicate::parse).transpose();
        read.map_err(|told| self.wrong(key, &told))
    }

    fn timeout(&self, seconds: Option<u64>) -> anyhow::Result<Duration> {
        let seconds = seconds.unwrap_or(TIMEOUT_SECONDS);
        let seconds = self.within("timeout_seconds", seconds, 1..=limits::TIMEOUT_SECONDS_MAX)?;
        Ok(Duration::from_secs(seconds))
    }

    fn window(&self, minutes: u64) -> anyhow::Result<Duration> {
        let minutes = self.within("digest_minutes", minutes, 0..=limits::WINDOW_MINUTES_MAX)?;
        Ok(Duration::from_secs(minutes * 60))
    }

    pub(super) fn within<T: PartialOrd + std::fmt::Display>(
        &self,
        key: &str,
        value: T,
        range: RangeInclusive<T>,
    ) -> anyhow::Result<T> {
        if range.contains(&value) {
            return Ok(value);
        }
        let message = format!("{key} = {value}: {} to {}", range.start(), range.end());
        Err(self.wrong(key, &message))
    }

    /// A mistake in this channel's table, at the first place where it says `words`.
    pub(super) fn wrong(&self, words: &str, message: &str) -> anyhow::Error {
        let own = format!("\"{}\"", self.id);
        let mut begins = 0;
        let mut at = 0;
        for table in self.text.split_inclusive("[[channel]]") {
            if table.contains(&own) {
                at = begins + table.find(words).unwrap_or_default();
            }
            begins += table.len();
        }
        let file = self.reader.path(Path::new(NAME)).display().to_string();
        Mistake {
            place: Place::of(&file, self.text, at),
            message: format!("channel {}: {message}", self.id),
        }
        .into()
    }
}
