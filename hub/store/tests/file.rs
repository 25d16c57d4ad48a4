//! The store's promises, on a file.
//! Here because that is what a county begins with.
//! In: nothing. Out: the suite's verdicts, and those on what only a file has.
//! Not here: the sentences themselves (suite).

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "file/form.rs"]
mod form;
#[path = "file/place.rs"]
mod place;
#[path = "file/smaller.rs"]
mod smaller;
mod suite;
