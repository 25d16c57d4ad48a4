//! The messages of the control channel: one JSON object a line, in both directions.
//! Here as the single definition that parent and child share; PROTOCOL.md tells it to other languages.
//! In/Out: `Down` to the child, `Up` from it. Unknown fields are ignored, unknown types are faults.
//! Not here: batches; those go over the data pipe (`frame`).

use crate::{Access, Checkpoint, Limits, Progress, ReadRequest, StreamSpec};
use plugin_abi::Category;
use plugin_abi::ffi::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Version of this protocol; the child refuses another one.
pub(crate) const WIRE_VERSION: u32 = 1;

/// What a child is asked to do. Exactly one call a process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Op {
    Spec,
    Check,
    Discover,
    Read { request: ReadRequest },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Down {
    Job(Box<Job>),
    /// Comes before the job, with the file of a program: the child becomes that program, which then reads the job.
    Program(Box<Become>),
    Cancel,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) wire: u32,
    /// Whose death ends the child.
    pub(crate) hub_pid: i32,
    /// For messages; the file itself comes as a descriptor.
    pub(crate) plugin: String,
    pub(crate) config: Value,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) limits: Limits,
    /// What it may reach; a child without it keeps the rights of the hub's user.
    #[serde(default)]
    pub(crate) access: Option<Access>,
    #[serde(flatten)]
    pub(crate) op: Op,
}

/// What a child gives up before it becomes a program. No secret is in it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Become {
    pub(crate) wire: u32,
    pub(crate) hub_pid: i32,
    /// The first of the program's arguments: a name for lists of processes.
    pub(crate) plugin: String,
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) access: Option<Access>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Up {
    /// The plugin is loaded.
    Ready {
        name: String,
        version: String,
    },
    Log {
        level: i32,
        target: String,
        message: String,
    },
    Progress(Progress),
    Checkpoint(Checkpoint),
    /// Answer to `spec`.
    Spec {
        spec: Value,
    },
    /// Answer to `discover`; the schemas come as frames in this order.
    Streams {
        streams: Vec<StreamSpec>,
    },
    /// The call failed; the last message.
    Error(WireError),
    /// The call succeeded; the last message.
    Done {
        #[serde(default)]
        batches: u64,
        #[serde(default)]
        rows: u64,
        #[serde(default)]
        peak_rss_bytes: Option<u64>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireError {
    pub(crate) category: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) vendor_code: i32,
    #[serde(default)]
    pub(crate) retry_after_ms: u64,
    #[serde(default)]
    pub(crate) detail: Option<Value>,
    #[serde(default)]
    pub(crate) panicked: bool,
    /// The file was refused before anything of it was called.
    #[serde(default)]
    pub(crate) load: bool,
}

impl WireError {
    pub(crate) fn of(failure: Failure) -> WireError {
        WireError {
            category: failure.category.name().into(),
            message: failure.message,
            vendor_code: failure.vendor_code,
            retry_after_ms: failure.retry_after_ms,
            detail: serde_json::from_str(&failure.detail_json).ok(),
            panicked: failure.panicked,
            load: false,
        }
    }

    pub(crate) fn into_fault(self) -> crate::Fault {
        let failure = Failure {
            category: Category::from_name(&self.category).unwrap_or(Category::Internal),
            message: self.message,
            vendor_code: self.vendor_code,
            retry_after_ms: self.retry_after_ms,
            detail_json: self.detail.map(|detail| detail.to_string()).unwrap_or_default(),
            panicked: self.panicked,
        };
        let mut fault = crate::Fault::from(failure);
        if self.load {
            fault.cause = crate::Cause::Load;
        }
        fault
    }
}
