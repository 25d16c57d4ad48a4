//! Answers that come without HTTP: a department's word in a file or a table, taken as its program's would be.
//! Here because where nobody asks, somebody must still be held to one department's cases.
//! In: a channel with its scope, a line. Out: where the case stands; why not; an error only when something of ours failed.
//! Not here: where lines come from (collect), what a line may say (feedback).

use std::sync::Arc;

use hub_model::case::Role;
use hub_model::route::is_within;
use hub_model::{CaseId, InvalidId, Scope};
use sha2::{Digest, Sha256};

use super::{Desk, Line, Refusal};
use crate::{ActAsked, Acted, Error, Result};

/// Hexadecimal digits of a line in the key it asks under.
const KEY_DIGITS: usize = 40;

/// Whoever answers through a channel: always the department, never the county.
#[derive(Debug, Clone)]
pub struct Correspondent {
    channel: String,
    scope: Scope,
    /// `county`, `county/town`, the first digits of a division's code; none for everywhere.
    places: Vec<String>,
}

impl Correspondent {
    /// Those of `department` in `places`, through `channel`.
    ///
    /// # Errors
    /// When that can be no scope.
    pub fn new(channel: &str, department: &str, places: &[String]) -> Result<Self, InvalidId> {
        Ok(Self {
            channel: channel.to_owned(),
            scope: Scope::of(Some(department.to_owned()), "")?,
            places: places.to_vec(),
        })
    }

    /// Which channel.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Whose cases its answers may be about.
    #[must_use]
    pub fn department(&self) -> &str {
        self.scope.department().unwrap_or_default()
    }

    /// Which cases they may be about, as far as the department goes.
    pub(super) const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How audit entries and histories name it.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("channel/{}", self.channel)
    }

    /// What a line of this channel is asked under: two channels that number their lines from 1 do not meet.
    fn key(&self, key: &str) -> String {
        let digest = Sha256::digest(format!("{} {key}", self.channel).as_bytes());
        let digest: String = hex::encode(digest).chars().take(KEY_DIGITS).collect();
        format!("channel-{digest}")
    }
}

impl Desk {
    /// Does what `line` says, as the department; to its end, also when whoever waits goes away.
    ///
    /// # Errors
    /// When something of ours failed: then nothing is said of the line, and it is asked again. Why a line is not done is the
    /// answer; of a case that is another's it says what it says of one that never was.
    pub async fn answer(
        self: &Arc<Self>,
        from: &Correspondent,
        line: Line,
    ) -> Result<std::result::Result<Acted, Refusal>> {
        let asked = match line.asked() {
            Ok(asked) => asked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let actor = if asked.actor.is_empty() {
            from.actor()
        } else {
            format!("{}@{}", asked.actor, from.actor())
        };
        let asked = ActAsked {
            actor,
            role: Some(Role::Department),
            key: asked.key.as_deref().map(|key| from.key(key)),
            ..asked
        };
        let done = match self.is_within(from, &asked.case).await? {
            true => {
                let (hub, scope) = (self.hub.now(), from.scope.clone());
                self.undisturbed(async move { hub.act(&scope, &asked).await })
                    .await
            }
            false => Err(Error::NoCase { asked: asked.case }),
        };
        match done {
            Ok(acted) => Ok(Ok(acted)),
            Err(error) => Refusal::of_deed(error, Role::Department).map(Err),
        }
    }

    /// Whether `case` lies where `from` may answer. Whose it is, the deed itself looks at.
    async fn is_within(&self, from: &Correspondent, case: &str) -> Result<bool> {
        if from.places.is_empty() {
            return Ok(true);
        }
        let Ok(id) = CaseId::parse(case) else {
            return Ok(false);
        };
        let matter = self.hub.store.matter_of(id).await?;
        Ok(matter.is_some_and(|matter| {
            let mut places = from.places.iter();
            places.any(|wanted| is_within(wanted, &matter.place, &matter.division))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_on_two_channels_is_two_deeds() {
        let of = |channel| Correspondent::new(channel, "民政", &[]).unwrap();
        assert_eq!(of("a").key("1"), of("a").key("1"));
        assert_ne!(of("a").key("1"), of("b").key("1"));
        assert_ne!(of("a").key("1"), of("a").key("2"));
        assert!(super::super::is_key(&of("a").key("任意")));
    }
}
