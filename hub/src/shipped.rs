//! The configuration this version ships, inside the binary.
//! Here because a new site begins with it, and a rule that is as shipped need not be tried again.
//! In: names of files. Out: their bytes.
//! Not here: writing them (init).

use hub_engine::Rule;
use rust_embed::RustEmbed;

/// The files, by their path below the configuration directory.
#[derive(RustEmbed)]
#[folder = "../config"]
pub(crate) struct Shipped;

/// Whether the file of `rule` is as shipped.
pub(crate) fn is_rule(rule: &Rule) -> bool {
    Shipped::get(&format!("rules/{}.toml", rule.header.id))
        .is_some_and(|shipped| shipped.metadata.sha256_hash() == rule.digest)
}
