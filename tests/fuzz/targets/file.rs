//! A dropped file, whatever it is, read to its end.
//! Here because the parsers of workbooks and pages were written for honest files.
//! In: whatever the fuzzer makes of the seeds. Out: a crash, or nothing.
//! Not here: what is promised (connector_kit::fuzzing).

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // A parser's panic that the reader deals with is no crash; one that nobody deals with ends the target all the same.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| connector_kit::fuzzing::file(bytes)
);
