//! Channels: the ways news leaves the hub, one file each.
//! Here because departments sit behind gateways of every kind, and the relay must not know any of them.
//! In: events, or everything that waits. Out: an answer, and what follows from it.
//! Not here: when to try again, order and standing (relay); which news goes where.
//!
//! A new channel is one file with one of the traits (a digest's is `digest::Tells`), one variant of [`Kind`], one line of `open`.

mod answer;
mod digest;
mod email;
mod file;
mod http;
pub(crate) mod manifest;
mod networks;
mod offices;
mod predicate;
mod robot;
mod settings;
pub(crate) mod sign;
pub(crate) mod table;
mod template;
mod webhook;
mod worksheet;

use std::time::Duration;

use futures::future::BoxFuture;
use hub_store::{Delivery, Store, Waiting};

use digest::Digests;

pub(crate) use answer::{Answer, Verdict};
pub use networks::Networks;
pub use predicate::Predicate;
pub use settings::{
    AnswerFiles, Answers, Channel, Email, FileDrop, Kind, Office, Robot, RobotDialect, Rotating,
    SheetAnswers, SmtpSecurity, Tables, Webhook, WorksheetDrop, limits,
};
pub use sign::{Encoding, HeaderMac, Mac, Over, Scheme, Schemes, Sign, Signer, Sm2Signing};
pub use template::Template;

use plugin_host::Host;

use crate::Result;
pub use crate::cloud_event::Source;
use crate::settings::Settings;

/// A channel that sends events one by one, or a few of different cases in one message.
pub(crate) trait EventChannel: Send + Sync {
    /// Sends `events`, of different cases, as one message at `at_ms`. The answer is about all of them.
    fn send<'a>(&'a self, events: &'a [Delivery], at_ms: i64) -> BoxFuture<'a, Answer>;

    /// Shows the receiver that the hub is there.
    fn ping(&self, at_ms: i64) -> BoxFuture<'_, Answer>;

    /// Most events of one message.
    fn batch_max(&self) -> usize;

    /// Messages under way at the same time.
    fn concurrency(&self) -> usize;
}

/// A channel that takes everything that waits as one thing: a file, a digest. All of it is acknowledged, or none.
pub(crate) trait GatherChannel: Send + Sync {
    /// Sends what `waiting` says of `endpoint`, which is the channel's id.
    fn send<'a>(
        &'a self,
        store: &'a Store,
        waiting: &'a Waiting,
        at_ms: i64,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Answer>>;

    /// Shows the receiver that the hub is there.
    fn ping(&self, at_ms: i64) -> BoxFuture<'_, Answer>;

    /// How long news is gathered before it goes out.
    fn window(&self) -> Duration;

    /// Most events that go out together.
    fn events_max(&self) -> u32;
}

/// A channel, ready to send.
pub(crate) enum Way {
    /// One by one.
    Each(Box<dyn EventChannel>),
    /// All that waits at once.
    Gathered(Box<dyn GatherChannel>),
}

/// Makes `channel` ready, which stands in the settings `hub`; `source` is what events say of where they come from, `host` starts plugins.
pub(crate) fn open(channel: &Channel, source: &Source, hub: &Settings, host: &Host) -> Result<Way> {
    Ok(match &channel.kind {
        Kind::Webhook(settings) => Way::Each(Box::new(webhook::Channel::new(
            &channel.id,
            settings,
            source.clone(),
        )?)),
        Kind::File(settings) => Way::Gathered(Box::new(file::Channel::new(
            &channel.id,
            settings,
            source.clone(),
        ))),
        Kind::Worksheet(settings) => Way::Gathered(Box::new(worksheet::Channel::new(
            &channel.id,
            settings,
            &hub.seal,
        )?)),
        Kind::Table(settings) => Way::Gathered(Box::new(table::Channel::new(
            &channel.id,
            settings,
            (hub, host),
            source.clone(),
        ))),
        Kind::Robot(settings) => {
            Way::Gathered(Box::new(Digests(robot::Channel::new(&channel.id, settings)?)))
        }
        Kind::Email(settings) => Way::Gathered(Box::new(Digests(email::Channel::new(
            &channel.id,
            settings,
            source.clone(),
            &hub.seal,
        )?))),
    })
}
