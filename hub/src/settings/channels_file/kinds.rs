//! The schema of `channels.toml`: of every kind of channel its own keys.
//! Here because the file is read by hand, kind by kind, and its schema must say the same.
//! In: what each kind's table may hold. Out: one schema.
//! Not here: reading the file.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{RawEmail, RawFile, RawRobot, RawTable, RawWebhook, RawWorksheet};

/// The file, as a schema knows it.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "only its schema is wanted; the file is read at its places"
)]
pub(in crate::settings) struct AnyChannels {
    schemas: Option<String>,
    #[serde(default)]
    channel: Vec<AnyChannel>,
}

/// A channel of some kind.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is wanted")]
enum AnyChannel {
    Webhook(RawWebhook),
    File(RawFile),
    Worksheet(RawWorksheet),
    Table(RawTable),
    Robot(RawRobot),
    Email(RawEmail),
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        $(
            pub(super) fn $kind(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "const": stringify!($kind) })
            }
        )*
    };
}

kinds!(webhook file worksheet table robot email);
