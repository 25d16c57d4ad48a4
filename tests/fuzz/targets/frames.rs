//! What a child sends, read and decoded.
//! Here because the child is not trusted, and its words become columns in the hub's own memory.
//! In: whatever the fuzzer makes of the seeds. Out: a crash, or nothing.
//! Not here: what is promised (plugin_host::fuzzing).

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // A parser's panic that the reader deals with is no crash; one that nobody deals with ends the target all the same.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| plugin_host::fuzzing::frames(bytes)
);
