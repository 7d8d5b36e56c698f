//! A whole session (RFC 5321): any bytes, any cuts, and every answer has the protocol's form.
#![no_main]
use libfuzzer_sys::fuzz_target;
use postfail_engine::listener::ListenerName;
use postfail_fuzz::{answer, conversation};
use postfail_session::smtp::Smtp;

fuzz_target!(|input: &[u8]| {
    answer::smtp(&conversation::play(ListenerName::Smtp, Box::new(Smtp::new()), input));
});
