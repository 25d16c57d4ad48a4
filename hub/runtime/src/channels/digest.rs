//! A digest in words: how much is new, by severity and town.
//! Here because a robot and a mail tell the same, and neither may carry whom it is about.
//! In: counts, a channel that tells them. Out: a title and lines of text, bounded in bytes; all that was counted goes out together.
//! Not here: the counting (hub-store), markup, sending.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_model::Severity;
use hub_store::{Digest, Store, Waiting};
use url::Url;

use super::{Answer, GatherChannel};
use crate::Result;

/// Most events counted by one digest.
const EVENTS_MAX: u32 = 1_000_000;

/// Towns named for one severity; the rest is counted together.
const TOWNS_MAX: usize = 20;
const UNKNOWN_TOWN: &str = "乡镇不详";

/// A file that goes with a digest.
pub(super) struct Attached {
    pub(super) name: String,
    /// Its media type.
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// A channel that tells people how much is new.
pub(super) trait Tells: Send + Sync {
    /// Tells `lines` under `title`, with `attached`.
    fn tell<'a>(
        &'a self,
        title: &'a str,
        lines: &'a [String],
        attached: Vec<Attached>,
        at_ms: i64,
    ) -> BoxFuture<'a, Answer>;

    /// What goes with a digest of `waiting`, beside its words: nothing, unless the channel can carry more.
    fn attached<'a>(
        &'a self,
        _store: &'a Store,
        _waiting: &'a Waiting,
        _at_ms: i64,
        _endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Attached>>> {
        futures::future::ready(Ok(Vec::new())).boxed()
    }

    /// Longest that `lines` may be, bytes.
    fn bytes_max(&self) -> usize;

    /// Where people look at what the digest counts.
    fn link(&self) -> Option<&Url>;

    /// How long news is gathered.
    fn window(&self) -> Duration;
}

/// What waits, told as a digest.
pub(super) struct Digests<T>(pub(super) T);

impl<T: Tells> GatherChannel for Digests<T> {
    fn send<'a>(
        &'a self,
        store: &'a Store,
        waiting: &'a Waiting,
        at_ms: i64,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Answer>> {
        async move {
            let digest = store.digest(endpoint, waiting).await?;
            let lines = lines(&digest, self.0.link(), self.0.bytes_max());
            let attached = self.0.attached(store, waiting, at_ms, endpoint).await?;
            Ok(self.0.tell(&title(&digest), &lines, attached, at_ms).await)
        }
        .boxed()
    }

    fn ping(&self, at_ms: i64) -> BoxFuture<'_, Answer> {
        async move {
            let line = "这是一次连通测试。This is a test.".to_owned();
            self.0.tell("防返贫监测", &[line], Vec::new(), at_ms).await
        }
        .boxed()
    }

    fn window(&self) -> Duration {
        self.0.window()
    }

    fn events_max(&self) -> u32 {
        EVENTS_MAX
    }
}

/// What the digest is called.
fn title(digest: &Digest) -> String {
    format!("防返贫监测：{} 件事项有 {} 条新动态", digest.cases, digest.events)
}

/// Its lines, in at most `bytes_max` bytes with a line break each; what does not fit is said to be missing.
fn lines(digest: &Digest, link: Option<&Url>, bytes_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| line(digest, severity.as_str(), &format!("{}色", severity.chinese())))
        .collect();
    lines.extend(line(digest, "", "其他"));
    let mut last =
        vec!["不含个人信息；详情请登录系统查看。No personal data; sign in to see more.".to_owned()];
    last.extend(link.map(Url::to_string));
    let size = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    let cut = "……（未尽列 and more）";
    let mut whole = true;
    while size(&lines) + size(&last) + cut.len() + 1 > bytes_max && lines.pop().is_some() {
        whole = false;
    }
    if !whole {
        lines.push(cut.to_owned());
    }
    lines.extend(last);
    lines
}

/// `红色 3：东山镇 2、西河镇 1`; nothing when there is nothing of that severity.
fn line(digest: &Digest, severity: &str, called: &str) -> Option<String> {
    let mut towns: Vec<(&str, u64)> = digest
        .by_town
        .iter()
        .filter(|(key, _)| key.severity == severity)
        .map(|(key, events)| {
            let town = if key.town.is_empty() {
                UNKNOWN_TOWN
            } else {
                &key.town
            };
            (town, *events)
        })
        .collect();
    let all: u64 = towns.iter().map(|(_, events)| events).sum();
    if all == 0 {
        return None;
    }
    towns.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut named: Vec<String> = towns
        .iter()
        .take(TOWNS_MAX)
        .map(|(town, events)| format!("{town} {events}"))
        .collect();
    if let Some(others) = towns.get(TOWNS_MAX..).filter(|others| !others.is_empty()) {
        let events: u64 = others.iter().map(|(_, events)| events).sum();
        named.push(format!("另 {} 个乡镇 {events}", others.len()));
    }
    Some(format!("{called} {all}：{}", named.join("、")))
}

#[cfg(test)]
mod tests {
    use hub_store::DigestKey;

    use super::*;

    fn digest(counts: &[(&str, &str, u64)]) -> Digest {
        let mut digest = Digest::default();
        for (severity, town, events) in counts {
            let key = DigestKey {
                severity: (*severity).to_owned(),
                town: (*town).to_owned(),
            };
            digest.by_town.insert(key, *events);
            digest.events += events;
        }
        digest.cases = digest.events;
        digest
    }

    #[test]
    fn the_gravest_stand_first_and_the_most_affected_towns_before_others() {
        let told = digest(&[
            ("yellow", "东山镇", 1),
            ("red", "西河镇", 1),
            ("red", "东山镇", 2),
            ("", "", 4),
        ]);
        assert_eq!(title(&told), "防返贫监测：8 件事项有 8 条新动态");
        let lines = lines(&told, None, 4096);
        assert_eq!(
            lines[..3],
            [
                "红色 3：东山镇 2、西河镇 1",
                "黄色 1：东山镇 1",
                "其他 4：乡镇不详 4"
            ]
        );
    }

    #[test]
    fn a_digest_fits_into_what_a_robot_takes() {
        let towns: Vec<String> = (0..500).map(|n| format!("第{n}镇")).collect();
        let counts: Vec<_> = ["red", "orange", "yellow", "blue"]
            .into_iter()
            .flat_map(|severity| towns.iter().map(move |town| (severity, town.as_str(), 1_u64)))
            .collect();
        let whole = lines(&digest(&counts), None, 4096);
        assert!(whole[0].contains("另 480 个乡镇 480"), "{}", whole[0]);
        for bytes_max in [300, 1000, 2048] {
            let lines = lines(&digest(&counts), None, bytes_max);
            let size: usize = lines.iter().map(|line| line.len() + 1).sum();
            assert!(size <= bytes_max, "{size} > {bytes_max}");
            assert!(lines.iter().any(|line| line.contains("未尽列")) || bytes_max == 2048);
        }
    }
}
