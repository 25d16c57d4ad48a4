//! `channels.toml` as it is written: one table for each channel, whose keys are those of its kind.
//! Here because a key that belongs to another kind must be refused at its place, with the nearest of this kind's.
//! In: the file's text. Out: what was written, by kind.
//! Not here: what the values mean (channels).

mod digests;
mod kinds;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use hub_model::{Mistake, from_toml, from_toml_with};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::secrets::SecretRef;
pub(super) use digests::{RawDialect, RawEmail, RawRobot, RawSecurity};
pub(super) use kinds::AnyChannels;

/// The file.
#[derive(Debug, Default)]
pub(super) struct ChannelsFile {
    pub(super) schemas: Option<String>,
    pub(super) channel: Vec<Written>,
}

/// A channel, by its kind.
#[derive(Debug)]
pub(super) enum Written {
    Webhook(Box<RawWebhook>),
    File(Box<RawFile>),
    Worksheet(Box<RawWorksheet>),
    Table(Box<RawTable>),
    Robot(Box<RawRobot>),
    Email(Box<RawEmail>),
}

impl Written {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Webhook(raw) => &raw.id,
            Self::File(raw) => &raw.id,
            Self::Worksheet(raw) => &raw.id,
            Self::Table(raw) => &raw.id,
            Self::Robot(raw) => &raw.id,
            Self::Email(raw) => &raw.id,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebhook {
    pub(super) id: String,
    #[serde(rename = "kind")]
    #[schemars(schema_with = "kinds::webhook")]
    _kind: IgnoredAny,
    pub(super) url: String,
    #[serde(default)]
    pub(super) signer: RawSigner,
    pub(super) secret: Option<SecretRef>,
    pub(super) previous_secret: Option<SecretRef>,
    pub(super) ed25519_key: Option<SecretRef>,
    pub(super) sm2_key: Option<SecretRef>,
    pub(super) sm2_identity: Option<String>,
    pub(super) signature: Option<RawSignature>,
    pub(super) success: Option<String>,
    pub(super) busy: Option<String>,
    pub(super) template: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) allow_networks: Vec<String>,
    pub(super) authorities: Option<PathBuf>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) concurrency: Option<usize>,
    pub(super) batch_max: Option<usize>,
    pub(super) rate_per_minute: Option<u32>,
    #[serde(default)]
    pub(super) payload: RawPayload,
    pub(super) approval: Option<String>,
}

/// What events carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawPayload {
    #[default]
    Thin,
    Full,
}

/// How requests are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawSigner {
    #[default]
    StandardWebhooks,
    None,
    Bearer,
    Basic,
    #[serde(rename = "hmac-sha256-header")]
    HmacSha256Header,
    Dingtalk,
    #[serde(rename = "sm3-hmac")]
    Sm3Hmac,
    #[serde(rename = "sm2-sm3")]
    Sm2Sm3,
}

/// How a signature in a header looks.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSignature {
    pub(super) header: Option<String>,
    pub(super) prefix: String,
    pub(super) timestamp_header: Option<String>,
    pub(super) over: RawOver,
    pub(super) encoding: RawEncoding,
    pub(super) der: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
pub(super) enum RawOver {
    #[default]
    #[serde(rename = "timestamp.body")]
    TimestampBody,
    #[serde(rename = "body")]
    Body,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawEncoding {
    #[default]
    Hex,
    Base64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) id: String,
    #[serde(rename = "kind")]
    #[schemars(schema_with = "kinds::file")]
    _kind: IgnoredAny,
    pub(super) folder: PathBuf,
    pub(super) secret: Option<SecretRef>,
    pub(super) previous_secret: Option<SecretRef>,
    pub(super) ed25519_key: Option<SecretRef>,
    pub(super) sm2_key: Option<SecretRef>,
    pub(super) sm2_identity: Option<String>,
    pub(super) window_seconds: Option<u64>,
    pub(super) events_max: Option<u32>,
    pub(super) files_max: Option<usize>,
    pub(super) rate_per_minute: Option<u32>,
    pub(super) answers: Option<RawFileAnswers>,
}

/// Answers that come back as files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFileAnswers {
    pub(super) folder: PathBuf,
    pub(super) department: String,
    #[serde(default)]
    pub(super) places: Vec<String>,
    pub(super) interval_seconds: Option<u64>,
    pub(super) secret: Option<SecretRef>,
    pub(super) previous_secret: Option<SecretRef>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable {
    pub(super) id: String,
    #[serde(rename = "kind")]
    #[schemars(schema_with = "kinds::table")]
    _kind: IgnoredAny,
    pub(super) plugin: String,
    pub(super) url: String,
    pub(super) password: Option<SecretRef>,
    pub(super) events_table: Option<String>,
    pub(super) answers_table: Option<String>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) window_seconds: Option<u64>,
    pub(super) events_max: Option<u32>,
    pub(super) rate_per_minute: Option<u32>,
    pub(super) answers: Option<RawAnswers>,
}

/// Answers that come back as rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAnswers {
    pub(super) department: String,
    #[serde(default)]
    pub(super) places: Vec<String>,
    pub(super) interval_seconds: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWorksheet {
    pub(super) id: String,
    #[serde(rename = "kind")]
    #[schemars(schema_with = "kinds::worksheet")]
    _kind: IgnoredAny,
    pub(super) folder: PathBuf,
    pub(super) returns: Option<PathBuf>,
    pub(super) department: String,
    #[serde(default)]
    pub(super) place: String,
    #[serde(default)]
    pub(super) closes: bool,
    pub(super) window_minutes: Option<u64>,
    pub(super) interval_seconds: Option<u64>,
    pub(super) files_max: Option<usize>,
    pub(super) rate_per_minute: Option<u32>,
}

/// What is read first: which kinds there are. A type tagged by a key would forget the places of its keys.
#[derive(Debug, Default, Deserialize)]
struct Kinds {
    #[serde(default)]
    channel: Vec<Kinded>,
}

#[derive(Debug, Deserialize)]
struct Kinded {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Webhook,
    File,
    Worksheet,
    Table,
    Robot,
    Email,
}

/// Reads `text` of `file`.
pub(super) fn read(text: &str, file: &str) -> Result<ChannelsFile, Mistake> {
    let kinds: Kinds = from_toml(text, file)?;
    let kinds = kinds.channel.iter().map(|channel| channel.kind).collect();
    from_toml_with(Whole(kinds), text, file)
}

/// The file, of whose channels the kinds are known.
struct Whole(Vec<Kind>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Schemas,
    Channel,
}

impl<'de> DeserializeSeed<'de> for Whole {
    type Value = ChannelsFile;

    fn deserialize<D: Deserializer<'de>>(self, toml: D) -> Result<ChannelsFile, D::Error> {
        toml.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = ChannelsFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ChannelsFile, A::Error> {
        let mut file = ChannelsFile::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Schemas => file.schemas = Some(map.next_value()?),
                Key::Channel => file.channel = map.next_value_seed(List(&self.0))?,
            }
        }
        Ok(file)
    }
}

struct List<'a>(&'a [Kind]);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Vec<Written>;

    fn deserialize<D: Deserializer<'de>>(self, toml: D) -> Result<Vec<Written>, D::Error> {
        toml.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Vec<Written>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of [[channel]]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Written>, A::Error> {
        let mut channels = Vec::new();
        for kind in self.0 {
            channels.extend(list.next_element_seed(One(*kind))?);
        }
        Ok(channels)
    }
}

struct One(Kind);

impl<'de> DeserializeSeed<'de> for One {
    type Value = Written;

    fn deserialize<D: Deserializer<'de>>(self, toml: D) -> Result<Written, D::Error> {
        Ok(match self.0 {
            Kind::Webhook => Written::Webhook(Box::new(RawWebhook::deserialize(toml)?)),
            Kind::File => Written::File(Box::new(RawFile::deserialize(toml)?)),
            Kind::Worksheet => Written::Worksheet(Box::new(RawWorksheet::deserialize(toml)?)),
            Kind::Table => Written::Table(Box::new(RawTable::deserialize(toml)?)),
            Kind::Robot => Written::Robot(Box::new(RawRobot::deserialize(toml)?)),
            Kind::Email => Written::Email(Box::new(RawEmail::deserialize(toml)?)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::tests::same;
    use super::*;

    fn told(channel: &str) -> String {
        let text =
            format!("[[channel]]\nid = \"a\"\nkind = \"file\"\nfolder = \"x\"\n[[channel]]\n{channel}");
        read(&text, "channels.toml").unwrap_err().to_string()
    }

    #[test]
    fn a_key_of_another_kind_is_refused_at_its_place_with_the_nearest_of_its_own() {
        let told = told("id = \"b\"\nkind = \"robot\"\ndialect = \"wecom\"\ntokken = { env = \"A\" }\n");
        assert!(
            told.starts_with("channels.toml:9:1: unknown field `tokken`"),
            "{told}"
        );
        assert!(told.ends_with("did you mean `token`?"), "{told}");
    }

    #[test]
    fn mistakes_in_kind_and_values_are_told_by_their_place() {
        let kind = told("kind = \"emial\"\n");
        assert!(
            kind.starts_with("channels.toml:6:8:") && kind.ends_with("did you mean `email`?"),
            "{kind}"
        );
        let folder = told("id = \"b\"\nfolder = \"x\"\nkind = \"webhook\"\nurl = \"http://x/\"\n");
        assert!(
            folder.starts_with("channels.toml:7:1: unknown field `folder`"),
            "{folder}"
        );
        let number = told("id = \"b\"\nkind = \"webhook\"\nurl = \"http://x/\"\nbatch_max = \"many\"\n");
        assert!(number.starts_with("channels.toml:9:13:"), "{number}");
        let top = read("chanel = 1\n", "channels.toml").unwrap_err().to_string();
        assert!(top.ends_with("did you mean `channel`?"), "{top}");
    }

    #[test]
    fn the_schema_of_every_kind_has_the_keys_its_parser_takes() {
        same::<RawWebhook>();
        same::<RawSignature>();
        same::<RawFile>();
        same::<RawFileAnswers>();
        same::<RawTable>();
        same::<RawAnswers>();
        same::<RawWorksheet>();
        same::<RawRobot>();
        same::<RawEmail>();
        same::<digests::RawOffice>();
    }
}
