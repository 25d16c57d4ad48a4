//! Who was found to be whom: links from the people and households rows speak of to those of the register, and people's verdicts.
//! Here because the engine finds links, the store keeps them with their history, and every reader of a table applies them.
//! In: links, verdicts. Out: the id that stands for an id.
//! Not here: how a link is found (the engine's linkage), and where it is stored.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Whose ids are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// People's.
    Person,
    /// Households' and assistance units'.
    Household,
}

impl Whose {
    /// As stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Household => "household",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Person, Self::Household]
            .into_iter()
            .find(|whose| whose.as_str() == text)
    }
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Sure enough: the rows count as the target's.
    Linked,
    /// A person must say; until then the rows count as nobody's of the register.
    Doubtful,
    /// A person said so.
    Confirmed,
}

impl Standing {
    /// As stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Doubtful => "doubtful",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Linked, Self::Doubtful, Self::Confirmed]
            .into_iter()
            .find(|standing| standing.as_str() == text)
    }
}

/// What is odd about a link, for a clerk to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// The row carries a valid number that is another registered person's: a member's row with the head's number.
    NumberOfAnother,
    /// The row carries a valid number that is not the one the register has.
    OtherNumber,
    /// The unit's people belong to several households.
    SeveralHouseholds,
}

impl Oddity {
    const ALL: [Self; 3] = [Self::NumberOfAnother, Self::OtherNumber, Self::SeveralHouseholds];

    /// As stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberOfAnother => "number_of_another",
            Self::OtherNumber => "other_number",
            Self::SeveralHouseholds => "several_households",
        }
    }

    /// In Chinese.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NumberOfAnother => "证件号码是底册中另一人的",
            Self::OtherNumber => "证件号码与底册不同",
            Self::SeveralHouseholds => "救助家庭的成员分属几户",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|oddity| oddity.as_str() == text)
    }
}

/// One link: rows that were given the id `from` speak of `to`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// The id the rows were given when they landed.
    pub from: u64,
    /// Whom they speak of.
    pub to: u64,
    /// How it stands.
    pub standing: Standing,
    /// Chance that it is right, thousandths.
    pub permille: u32,
    /// What is odd about it.
    pub oddity: Option<Oddity>,
    /// Version of the weights it was found with; empty when a person said so.
    pub weights: String,
}

/// The links of a snapshot, each kind sorted by `from`, one for each at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Of people.
    pub people: Vec<Link>,
    /// Of assistance units to the register's households.
    pub households: Vec<Link>,
}

impl Links {
    /// Links of `whose`.
    #[must_use]
    pub fn of(&self, whose: Whose) -> &[Link] {
        match whose {
            Whose::Person => &self.people,
            Whose::Household => &self.households,
        }
    }

    /// Ids that stand for other ids, followed to their end.
    #[must_use]
    pub fn aliases(&self, whose: Whose) -> HashMap<u64, u64> {
        let firm = |link: &&Link| link.standing != Standing::Doubtful && link.from != link.to;
        let next: HashMap<u64, u64> = self
            .of(whose)
            .iter()
            .filter(firm)
            .map(|link| (link.from, link.to))
            .collect();
        let end = |from: u64| {
            let mut at = from;
            // A circle of verdicts has no end; whoever is on it stays who it is.
            for _ in 0..CHAIN_MAX {
                match next.get(&at) {
                    Some(to) => at = *to,
                    None => return at,
                }
            }
            from
        };
        next.keys()
            .map(|from| (*from, end(*from)))
            .filter(|(from, to)| from != to)
            .collect()
    }
}

/// Longest chain of links: a row's person, merged into another, and so on.
const CHAIN_MAX: usize = 16;

/// What a person said about two ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// One and the same.
    Same,
    /// Two.
    Not,
    /// Not now: it stays doubtful, at the end of the list.
    Later,
}

impl Says {
    /// As stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Not => "not",
            Self::Later => "later",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Same, Self::Not, Self::Later]
            .into_iter()
            .find(|says| says.as_str() == text)
    }
}

/// A person's verdict on a pair of ids; it stands until it is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whose ids.
    pub whose: Whose,
    /// The id of rows, or of a person or household to be merged.
    pub from: u64,
    /// Whom it was compared with.
    pub to: u64,
    /// What was said.
    pub says: Says,
}

/// What the last linking did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LinkReport {
    /// People of the register.
    pub register: u64,
    /// People the other rows speak of, each way of writing one counted once.
    pub list: u64,
    /// Of them, those whose number and name are a registered person's.
    pub sure: u64,
    /// Others that were linked.
    pub linked: u64,
    /// Others somebody is asked about.
    pub doubtful: u64,
    /// Pairs that were compared.
    pub pairs: u64,
    /// By kind of key: how often somebody met a block too big to look into.
    pub skipped: Vec<(String, u64)>,
    /// People without any candidate because of such blocks.
    pub unseen: u64,
    /// Version of the weights.
    pub weights: String,
    /// Whether they are frozen, or were learned from these very rows.
    pub frozen: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(from: u64, to: u64, standing: Standing) -> Link {
        Link {
            from,
            to,
            standing,
            permille: 1000,
            oddity: None,
            weights: String::new(),
        }
    }

    #[test]
    fn links_are_followed_to_their_end_and_doubts_are_not() {
        let links = Links {
            people: vec![
                link(1, 2, Standing::Linked),
                link(2, 3, Standing::Confirmed),
                link(4, 3, Standing::Doubtful),
                link(5, 6, Standing::Confirmed),
                link(6, 5, Standing::Confirmed),
            ],
            households: Vec::new(),
        };
        let aliases = links.aliases(Whose::Person);
        assert_eq!(aliases.get(&1), Some(&3));
        assert_eq!(aliases.get(&2), Some(&3));
        assert_eq!(aliases.len(), 2, "neither doubts nor circles: {aliases:?}");
        assert!(links.aliases(Whose::Household).is_empty());
    }
}
