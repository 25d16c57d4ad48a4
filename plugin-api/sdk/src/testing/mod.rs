//! Tools for a connector's own tests: a context without a host, reads through the real ABI, the conformance run.
//! Here so that an author tests exactly what the hub will call.
//! In: `hub_descriptor()`, a configuration, secrets. Out: `Outcome`, `Report`, `Recorder`.
//! Not here: running a plugin in a child (plugin-host).
//!
//! ```ignore
//! #[test]
//! fn conforms() {
//!     let report = plugin_api::testing::conform(hub_descriptor(), &config, &Recorder::default());
//!     assert!(report.passed(), "{report}");
//! }
//! ```

mod recorder;
mod subject;

pub use plugin_abi::conformance::{Check, Report};
pub use recorder::{Checkpoint, Recorder};
pub use subject::{Outcome, conform, discover, read, spec};
