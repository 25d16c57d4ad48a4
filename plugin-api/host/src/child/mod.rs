//! The child process: the entry point of `connector-host`.
//! Here because it is the other half of this crate's protocol and must change together with the parent.
//! In: channels on 0, 1 and 2, one job. Out: frames, messages, exit code 0 when it could say what happened.
//! Not here: the parent (`parent`).

mod job;
mod program;
mod sandbox;
mod setup;
mod up;

use crate::calls::{self, Reading};
use crate::ffi::{Checked, leave, load};
use crate::frame::{FrameWriter, WriteError};
use crate::wire::{Job, Op, Up, WIRE_VERSION, WireError};
use crate::{Access, Limits};
use job::First;
use plugin_abi::Category;
use plugin_abi::ffi::{Failure, OpenInstance, Plugin};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use up::ToParent;

/// Exit code when there is nobody to tell.
const EXIT_NO_JOB: u8 = 64;

/// Runs one job of a parent hub and ends the process.
///
/// Call it first thing in `main`, before threads and before any file is open: it closes every descriptor it does not
/// know. It returns only when it was not started by a hub.
pub fn child_main() -> ExitCode {
    let Some(channels) = setup::channels() else {
        let _ = writeln!(
            std::io::stderr(),
            "this command is started by the hub, not by hand"
        );
        return ExitCode::from(EXIT_NO_JOB);
    };
    let (first, plugin) = match job::receive(&channels.control) {
        Ok(received) => received,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "no job: {reason}");
            leave(EXIT_NO_JOB);
        }
    };
    let (job, rest) = match first {
        First::Job(job, rest) => (job, rest),
        First::Program(program) => {
            let told = program::become_it(&program, plugin, &channels);
            leave(u8::from(told.is_err()));
        }
    };
    let setup::Channels { control, data } = channels;
    let parent = ToParent::new(control, job.secrets.clone());
    // While this is the only thread: what it may no longer do, the threads it starts may not either.
    let restricted = give_up(&job.limits, job.hub_pid, job.access.as_ref());
    parent.listen(rest);
    let outcome = restricted.and_then(|warning| {
        if let Some(warning) = warning {
            parent.warn(warning);
        }
        run(&job, plugin, data, &parent)
    });
    let code = match outcome {
        Ok(done) => parent.send(&done),
        Err(error) => parent.send(&Up::Error(error)),
    };
    // Not `exit`: destructors of the plugin have no say in how a finished job ends.
    leave(u8::from(code.is_err()));
}

/// Gives up rights; what could not be given up is told.
fn give_up(
    limits: &Limits,
    hub_pid: i32,
    access: Option<&Access>,
) -> Result<Option<&'static str>, WireError> {
    setup::limits(limits, hub_pid).map_err(refuse)?;
    let Some(access) = access else {
        return Ok(None);
    };
    let enforced = sandbox::enter(access, &std::env::temp_dir()).map_err(refuse)?;
    Ok(enforced.warning())
}

fn refuse(message: String) -> WireError {
    let mut error = WireError::of(Failure::new(Category::Config, message));
    error.load = true;
    error
}

fn other_version(wire: u32) -> WireError {
    refuse(format!(
        "wire protocol {wire}, this executable speaks {WIRE_VERSION}"
    ))
}

fn run(job: &Job, plugin: Option<OwnedFd>, data: OwnedFd, parent: &ToParent) -> Result<Up, WireError> {
    if job.wire != WIRE_VERSION {
        return Err(other_version(job.wire));
    }
    let Some(plugin) = plugin else {
        return Err(refuse("no plugin file came with the job".into()));
    };
    let loaded = load(plugin.as_fd()).map_err(refuse)?;
    let (name, version) = (loaded.name(), loaded.version());
    // A parent that is gone is noticed by the next write; the plugin's calls come first.
    let _ = parent.send(&Up::Ready { name, version });
    perform(job, &loaded, data, parent).map_err(WireError::of)
}

fn perform(job: &Job, plugin: &Plugin, data: OwnedFd, parent: &ToParent) -> Result<Up, Failure> {
    let open = || -> Result<OpenInstance, Failure> {
        calls::open(plugin, &job.config, Box::new(parent.clone()), |canceller| {
            parent.cancels(canceller)
        })
    };
    let mut frames = FrameWriter::new(File::from(data), job.limits.frame_bytes);
    match &job.op {
        Op::Spec => parent.tell(&Up::Spec {
            spec: calls::spec(plugin)?,
        })?,
        Op::Check => open()?.check()?,
        Op::Discover => {
            let streams = calls::discover(&mut open()?)?;
            let specs = streams.iter().map(|stream| stream.spec.clone()).collect();
            parent.tell(&Up::Streams { streams: specs })?;
            for stream in &streams {
                frames.schema(&stream.schema).map_err(write_failure)?;
            }
        }
        Op::Read { request } => {
            let mut reading = Reading::start(open()?, request, Checked::ToBeSent)?;
            frames.schema(reading.schema()).map_err(write_failure)?;
            let (mut batches, mut rows) = (0u64, 0u64);
            while let Some(batch) = reading.next()? {
                frames.batch(&batch).map_err(write_failure)?;
                batches += 1;
                rows += batch.num_rows() as u64;
            }
            // Releases the stream and closes the instance before success is claimed.
            drop(reading);
            return Ok(done(batches, rows));
        }
    }
    Ok(done(0, 0))
}

fn done(batches: u64, rows: u64) -> Up {
    Up::Done {
        batches,
        rows,
        peak_rss_bytes: setup::peak_rss_bytes(),
    }
}

fn write_failure(error: WriteError) -> Failure {
    match error {
        WriteError::Arrow(error) => {
            Failure::new(Category::Data, format!("the batch cannot be sent: {error}"))
        }
        WriteError::TooLarge { bytes, max } => {
            let message =
                format!("a batch of {bytes} bytes, allowed are {max}: keep to the request's batch_bytes");
            Failure::new(Category::Data, message)
        }
        WriteError::Io(error) => Failure::new(Category::Internal, format!("the hub does not read: {error}")),
    }
}
