//! Any bytes as one command of each protocol: a value comes out, and what it marks as secret lies within the bytes.
#![no_main]
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use postfail_wire::{imap, pop3, smtp};

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    let within = |range: &std::ops::Range<usize>| range.start <= range.end && range.end <= bytes.len();
    let command = imap::command::Command::parse(&bytes);
    assert!(command.secrets.iter().all(within), "{:?}", command.secrets);

    let line = bytes.clone();
    let secrets = smtp::command::Command::read(&line).secrets(&line);
    assert!(secrets.iter().all(within), "{secrets:?}");
    let secrets = pop3::command::Command::read(&line).secrets(&line);
    assert!(secrets.iter().all(within), "{secrets:?}");
});
