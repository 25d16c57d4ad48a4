//! JSON as an array, as lines and as an answer.
//! Here because three doors that take different texts would be three formats.
//! In: whatever the fuzzer makes of the seeds. Out: a crash, or nothing.
//! Not here: what is promised (connector_kit::fuzzing).

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // A parser's panic that the reader deals with is no crash; one that nobody deals with ends the target all the same.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| connector_kit::fuzzing::json(bytes)
);
