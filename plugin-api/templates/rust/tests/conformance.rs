//! The conformance kit over this connector: every check the hub's own run makes, through the same C ABI.
//! Here because a connector that passes it is one the hub can run.
//! In: options that work. Out: one line a check, and which of them failed.
//! Not here: what its rows mean; `hub connector discover` checks the mapping.

use plugin_api::serde_json::json;
use plugin_api::testing::{Recorder, conform};

#[test]
fn it_keeps_the_contract() {
    let options = json!({});
    let report = conform(connector_@LIB@::hub_descriptor(), &options, &Recorder::default());
    assert!(report.passed(), "{report}");
}
