//! Tools for a connector's own tests: a context without a host, and the conformance run.
//! Here so that an author tests exactly what the hub will call.
//! In: secrets, a `Descriptor`. Out: `Recorder` (what the connector told its host), `Report`.
//! Not here: running a plugin in a child (plugin-host).

mod recorder;

pub use recorder::{Checkpoint, Recorder};
