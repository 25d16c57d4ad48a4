//! Waits for a child: takes in its messages, its frames and its standard error, and watches that it gets on.
//! Here as one loop in the caller's own thread, so that there is nothing to join and nothing runs ahead unbounded.
//! In: descriptors. Out: `Turn`s; at the end exactly one verdict. Time counts only while somebody waits here.
//! Not here: decoding frames.

use super::process::{Channels, Control, Ended, Process};
use crate::frame::{Arrived, Incoming};
use crate::limits::{CHECKPOINTS_MAX, LINE_BYTES_MAX, READ_BYTES, STREAMS_MAX, TICK};
use crate::log::Journal;
use crate::wire::{Down, Up};
use crate::{Cause, Checkpoint, Fault, Limits, Progress, StreamSpec};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use plugin_abi::Category;
use serde_json::Value;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What the child said so far, besides frames.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) spec: Option<Value>,
    pub(crate) streams: Option<Vec<StreamSpec>>,
    pub(crate) checkpoints: Vec<Checkpoint>,
    pub(crate) progress: Progress,
    pub(crate) done: Option<Done>,
    error: Option<Fault>,
}

#[derive(Clone, Copy)]
pub(crate) struct Done {
    pub(crate) batches: u64,
    pub(crate) rows: u64,
    pub(crate) peak_rss_bytes: Option<u64>,
}

/// What waiting brought.
pub(crate) enum Turn {
    Frame(Vec<u8>),
    /// The child said `done`, closed its data and ended with 0.
    Finished(Done),
}

pub(crate) struct Pump {
    process: Process,
    control: Option<UnixStream>,
    data: Option<PipeReader>,
    stderr: Option<PipeReader>,
    down: Control,
    incoming: Incoming,
    line: Vec<u8>,
    pub(crate) said: Said,
    journal: Journal,
    limits: Limits,
    asked: Arc<AtomicBool>,
    stopping: Option<Stopping>,
    alive: Instant,
}

#[derive(Clone, Copy)]
struct Stopping {
    since: Instant,
    by_watchdog: bool,
}

impl Pump {
    pub(crate) fn new(
        process: Process,
        channels: Channels,
        down: Control,
        journal: Journal,
        limits: Limits,
        asked: Arc<AtomicBool>,
    ) -> Pump {
        Pump {
            process,
            control: Some(channels.control),
            data: Some(channels.data),
            stderr: Some(channels.stderr),
            down,
            incoming: Incoming::new(limits.frame_bytes),
            line: Vec::new(),
            said: Said::default(),
            journal,
            limits,
            asked,
            stopping: None,
            alive: Instant::now(),
        }
    }

    /// Waits for the next frame or the end. A fault ends the child.
    pub(crate) fn turn(&mut self) -> Result<Turn, Fault> {
        self.alive = Instant::now();
        let result = self.wait_for_turn();
        result.map_err(|fault| self.fail(fault))
    }

    /// Ends the child and completes a fault with the log's tail.
    pub(crate) fn fail(&mut self, mut fault: Fault) -> Fault {
        self.process.kill();
        self.drain_stderr();
        fault.log_tail = self.journal.tail();
        fault
    }

    pub(crate) fn log_tail(&self) -> Vec<String> {
        self.journal.tail()
    }

    fn wait_for_turn(&mut self) -> Result<Turn, Fault> {
        loop {
            if self.data.is_none() && self.control.is_none() {
                return self.verdict();
            }
            if let Some(frame) = self.step()? {
                return Ok(Turn::Frame(frame));
            }
            self.watch()?;
        }
    }

    /// One poll and what it brought.
    fn step(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let ready = self.ready()?;
        if ready.stderr {
            self.read_stderr();
        }
        if ready.control {
            self.read_control()?;
        }
        if ready.data
            && let Some(data) = &self.data
        {
            match self.incoming.read(data.as_fd()).map_err(corrupt)? {
                Arrived::Part => {}
                Arrived::End => self.data = None,
                Arrived::Frame(frame) => {
                    self.alive = Instant::now();
                    return Ok(Some(frame));
                }
            }
        }
        if !ready.data && !ready.control && self.process.ended().is_some() {
            // Descendants may hold the channels open; whatever the child itself sent is read by now.
            self.process.kill();
            self.data = None;
            self.control = None;
        }
        Ok(None)
    }

    fn ready(&self) -> Result<Ready, Fault> {
        let mut slots: Vec<PollFd<'_>> = Vec::with_capacity(3);
        let mut add = |fd| {
            slots.push(PollFd::new(fd, PollFlags::POLLIN));
            slots.len() - 1
        };
        let data = self.data.as_ref().map(|data| add(data.as_fd()));
        let control = self.control.as_ref().map(|control| add(control.as_fd()));
        let stderr = self.stderr.as_ref().map(|stderr| add(stderr.as_fd()));
        let timeout = PollTimeout::try_from(TICK).unwrap_or(PollTimeout::ZERO);
        match poll(&mut slots, timeout) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(Fault::spawn(format!("waiting for the plugin failed: {error}"))),
        }
        let is = |slot: Option<usize>| {
            slot.and_then(|slot| slots.get(slot))
                .and_then(PollFd::any)
                .unwrap_or(false)
        };
        Ok(Ready {
            data: is(data),
            control: is(control),
            stderr: is(stderr),
        })
    }

    /// The watchdog, and the answer to the caller's cancel.
    fn watch(&mut self) -> Result<(), Fault> {
        let asked = self.asked.load(Ordering::Relaxed);
        let stalled = self.alive.elapsed() > self.limits.stall();
        match self.stopping {
            None if asked || stalled => {
                // A child that is gone already answers with its end.
                let _ = self.down.send(&Down::Cancel);
                self.stopping = Some(Stopping {
                    since: Instant::now(),
                    by_watchdog: !asked,
                });
                Ok(())
            }
            Some(stopping) if stopping.since.elapsed() > self.limits.grace() => {
                let grace = self.limits.grace_ms;
                let (category, why) = if stopping.by_watchdog {
                    (
                        Category::Internal,
                        format!("hung: silent for {} ms", self.limits.stall_ms),
                    )
                } else {
                    (Category::Cancelled, "cancelled".into())
                };
                let message = format!("{why}, did not stop within {grace} ms, killed");
                Err(Fault::new(category, Cause::Hung, message))
            }
            None | Some(_) => Ok(()),
        }
    }

    fn read_stderr(&mut self) {
        let mut bytes = [0u8; 4096];
        let Some(stderr) = self.stderr.as_mut() else {
            return;
        };
        match stderr.read(&mut bytes) {
            Ok(0) => self.stderr = None,
            Ok(read) => self.journal.stderr(bytes.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.stderr = None,
        }
    }

    /// What is left on standard error after the end; descendants that hold it open are not waited for.
    fn drain_stderr(&mut self) {
        while self.stderr.is_some() && self.ready_now() {
            self.read_stderr();
        }
        self.journal.flush();
    }

    fn ready_now(&self) -> bool {
        let Some(stderr) = &self.stderr else { return false };
        let mut slots = [PollFd::new(stderr.as_fd(), PollFlags::POLLIN)];
        poll(&mut slots, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }

    fn read_control(&mut self) -> Result<(), Fault> {
        let mut bytes = [0u8; READ_BYTES];
        let Some(control) = self.control.as_mut() else {
            return Ok(());
        };
        let read = match control.read(&mut bytes) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(_) => 0,
        };
        if read == 0 {
            self.control = None;
            return Ok(());
        }
        for part in bytes
            .get(..read)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n')
        {
            self.line.extend_from_slice(part);
            if self.line.len() > LINE_BYTES_MAX {
                return Err(Fault::protocol(format!(
                    "a control line of more than {LINE_BYTES_MAX} bytes"
                )));
            }
            if self.line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take_in(&line)?;
                self.alive = Instant::now();
            }
        }
        Ok(())
    }

    fn take_in(&mut self, line: &[u8]) -> Result<(), Fault> {
        let message: Up = serde_json::from_slice(line)
            .map_err(|error| Fault::protocol(format!("an unreadable control message: {error}")))?;
        match message {
            Up::Ready { name, version } => tracing::debug!(plugin = name, version, "plugin ready"),
            Up::Log {
                level,
                target,
                message,
            } => self.journal.line(level, target, &message),
            Up::Progress(progress) => self.said.progress = progress,
            Up::Checkpoint(checkpoint) => {
                if self.said.checkpoints.len() == CHECKPOINTS_MAX {
                    self.said.checkpoints.remove(0);
                }
                self.said.checkpoints.push(checkpoint);
            }
            Up::Spec { spec } => self.said.spec = Some(spec),
            Up::Streams { streams } if streams.len() > STREAMS_MAX => {
                return Err(Fault::protocol(format!(
                    "{} streams, allowed are {STREAMS_MAX}",
                    streams.len()
                )));
            }
            Up::Streams { streams } => self.said.streams = Some(streams),
            Up::Error(error) => self.said.error = Some(error.into_fault()),
            Up::Done {
                batches,
                rows,
                peak_rss_bytes,
            } => {
                self.said.done = Some(Done {
                    batches,
                    rows,
                    peak_rss_bytes,
                });
            }
        }
        Ok(())
    }

    /// All channels are closed: how did it end?
    fn verdict(&mut self) -> Result<Turn, Fault> {
        let ended = self.process.wait(self.limits.grace());
        self.process.kill();
        self.drain_stderr();
        if let Some(mut fault) = self.said.error.take() {
            if fault.category == Category::Cancelled && self.stopping.is_some_and(|stop| stop.by_watchdog) {
                let stall = self.limits.stall_ms;
                fault.cause = Cause::Hung;
                fault.message = format!("silent for {stall} ms, stopped when asked: {}", fault.message);
            }
            return Err(fault);
        }
        match (ended, self.said.done) {
            (Some(Ended::Code(0)), Some(done)) => Ok(Turn::Finished(done)),
            (Some(Ended::Code(code)), done) => {
                let without = if done.is_some() { "after" } else { "without" };
                let message = format!("the plugin's process exited with {code} {without} 'done'");
                Err(Fault::new(Category::Internal, Cause::Exit(Some(code)), message))
            }
            (Some(Ended::Signal(signal)), _) => Err(self.died(signal)),
            (None, _) => {
                let message = "the plugin's process closed its channels but did not end, killed";
                Err(Fault::new(Category::Internal, Cause::Hung, message))
            }
        }
    }

    fn died(&self, signal: i32) -> Fault {
        let told = self.journal.tail();
        let told = told
            .iter()
            .rev()
            .find(|line| OUT_OF_MEMORY.iter().any(|sign| line.contains(sign)));
        if let Some(line) = told {
            let limit = self.limits.memory_bytes >> 20;
            let message = format!("out of memory (limit {limit} MiB): {line}");
            return Fault::new(Category::Internal, Cause::OutOfMemory, message);
        }
        let name = nix::sys::signal::Signal::try_from(signal).map_or("unknown", |signal| signal.as_str());
        let limit = if signal == nix::libc::SIGXCPU {
            format!(": more than {} CPU seconds", self.limits.cpu_seconds)
        } else {
            String::new()
        };
        let message = format!("the plugin's process died of signal {signal} ({name}){limit}");
        Fault::new(Category::Internal, Cause::Signal(signal), message)
    }
}

/// What Rust and C++ print before they give up; a signal alone does not tell.
const OUT_OF_MEMORY: [&str; 2] = ["memory allocation of ", "bad_alloc"];

struct Ready {
    data: bool,
    control: bool,
    stderr: bool,
}

fn corrupt(reason: String) -> Fault {
    Fault::new(Category::Data, Cause::Protocol, reason)
}
