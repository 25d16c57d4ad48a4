//! What stands between a workbook or an archive and its parsers.
//! Here because it must refuse what would kill them, and may not be killed itself.
//! In: whatever the fuzzer makes of the seeds. Out: a crash, or nothing.
//! Not here: what is promised (connector_kit::fuzzing).

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // A parser's panic that the reader deals with is no crash; one that nobody deals with ends the target all the same.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| connector_kit::fuzzing::guard(bytes)
);
