//! The faults that need pointers, system calls or forged bytes.
//! Here apart, so that the rest of the plugin reads like a connector.
//! In: nothing. Out: mostly none; the process is gone.
//! Not here: which fault is wanted.

use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use plugin_api::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use plugin_api::arrow::schema::SchemaRef;
use std::fs;
use std::sync::Arc;

/// Where the child keeps its channels; a hostile plugin finds them by trying.
const CONTROL: i32 = 10;
const DATA: i32 = 11;

unsafe extern "C" {
    fn write(descriptor: i32, bytes: *const u8, len: usize) -> isize;
    fn fork() -> i32;
    fn pause() -> i32;
    fn _exit(code: i32) -> !;
}

fn write_to(descriptor: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the slice is valid for its length.
        let written = unsafe { write(descriptor, bytes.as_ptr(), bytes.len()) };
        match usize::try_from(written) {
            Ok(written) if written > 0 => bytes = bytes.get(written..).unwrap_or_default(),
            _ => return,
        }
    }
}

pub(crate) fn segfault() {
    let nowhere = std::hint::black_box(8usize) as *mut u8;
    // SAFETY: none; this is the fault.
    unsafe { nowhere.write_volatile(1) };
}

#[allow(unconditional_recursion, reason = "this is the fault")]
pub(crate) fn overflow_the_stack(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 512]);
    overflow_the_stack(depth + 1) + room[0]
}

#[allow(clippy::print_stdout, reason = "this is the fault")]
pub(crate) fn print() {
    println!("printed by the plugin");
    write_to(1, b"written to descriptor 1\n");
}

pub(crate) fn allocate_without_end() {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(std::hint::black_box(vec![1u8; 16 << 20]));
    }
}

pub(crate) fn leave_a_grandchild() {
    // SAFETY: the child below does nothing but wait.
    if unsafe { fork() } == 0 {
        // SAFETY: waits for a signal; takes no argument.
        unsafe { pause() };
        // SAFETY: ends the grandchild; takes no pointer.
        unsafe { _exit(0) };
    }
}

/// A frame whose one message claims a body of 2^44 bytes: a real header with its length field patched.
pub(crate) fn forge_body_length() {
    // A Message table: version V5, header type RecordBatch, an empty header table, the body length.
    let mut header: Vec<u8> = Vec::new();
    let mut word = |value: u32| header.extend_from_slice(&value.to_le_bytes());
    word(20); // the root table is at 20
    word(0); // padding
    word(0x0014_000c); // its vtable, at 8, is 12 bytes long and the table 20
    word(0x0006_0004); // version at 4 of the table, header_type at 6
    word(0x000c_0008); // header at 8, bodyLength at 12
    word(12); // the table: its vtable is 12 bytes before
    word(0x0003_0004); // version 4 (V5), header_type 3 (RecordBatch)
    word(16); // header: 16 bytes on, at 44
    word(0); // bodyLength, low half
    word(1 << 12); // bodyLength, high half: 2^44 in all
    word(0x0004_0004); // vtable of the header: 4 bytes long, the table 4
    word(4); // the header: its vtable is 4 bytes before
    let mut frame = Vec::new();
    frame.extend_from_slice(&u32::MAX.to_le_bytes());
    frame.extend_from_slice(&u32::try_from(header.len()).unwrap_or_default().to_le_bytes());
    frame.extend_from_slice(&header);
    frame.resize(512, 0);
    write_to(
        DATA,
        &u32::try_from(frame.len()).unwrap_or_default().to_le_bytes(),
    );
    write_to(DATA, &frame);
    wait();
}

pub(crate) fn forge_frame_length() {
    write_to(DATA, &u32::MAX.to_le_bytes());
    wait();
}

pub(crate) fn forge_control(line: &[u8]) {
    write_to(CONTROL, line);
}

fn wait() {
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// What a plugin can see of its process: arguments, environment, descriptors, standing.
pub(crate) fn surroundings() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut environment: Vec<String> = std::env::vars_os()
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect();
    environment.sort();
    let descriptors = fs::read_dir("/proc/self/fd")
        .map(Iterator::count)
        .unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let no_new_privileges = status.contains("NoNewPrivs:\t1");
    format!(
        "args={} env={} fds={descriptors} nnp={no_new_privileges}",
        arguments.join(" "),
        environment.join(","),
    )
}

/// Strings whose offsets run backwards and far out of their buffer.
pub(crate) fn corrupt_batch(schema: SchemaRef) -> RecordBatch {
    let offsets = ScalarBuffer::from(vec![0i32, 1_000_000_000, 2, 3]);
    // SAFETY: none; this is the fault.
    let offsets = unsafe { OffsetBuffer::new_unchecked(offsets) };
    // SAFETY: none; this is the fault.
    let texts = unsafe { StringArray::new_unchecked(offsets, Buffer::from(b"abc"), None) };
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![1, 2, 3])), Arc::new(texts)];
    RecordBatch::try_new(schema, columns).expect("nothing looks at the offsets here")
}
