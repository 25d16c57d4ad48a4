//! XML, taken as it stands and byte by byte.
//! Here because the short way through plain elements must find what the parser finds.
//! In: whatever the fuzzer makes of the seeds. Out: a crash, or nothing.
//! Not here: what is promised (connector_kit::fuzzing).

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // A parser's panic that the reader deals with is no crash; one that nobody deals with ends the target all the same.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| connector_kit::fuzzing::xml(bytes)
);
