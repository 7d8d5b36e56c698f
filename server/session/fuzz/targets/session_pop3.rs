//! A whole session (RFC 1939): any bytes, any cuts, and every answer has the protocol's form.
#![no_main]
use libfuzzer_sys::fuzz_target;
use postfail_engine::listener::ListenerName;
use postfail_fuzz::{answer, conversation};
use postfail_session::pop3::Pop3;

fuzz_target!(|input: &[u8]| {
    answer::pop3(&conversation::play(ListenerName::Pop3, Box::new(Pop3::new()), input));
});
