//! The hub's side of a child: start it, feed it its job, wait for what it sends, end it.
//! Here so that the rest of the crate sees events and faults, never descriptors and signals.
//! In: a job and the checked plugin file. Out: frames, messages, a verdict on how it ended.
//! Not here: what runs inside of the child (`child`).

mod process;
mod pump;

pub(crate) use process::{Control, Process};
pub(crate) use pump::{Pump, Turn};
