//! A whole session (RFC 3501): any bytes, any cuts, and every answer has the protocol's form.
#![no_main]
use libfuzzer_sys::fuzz_target;
use postfail_engine::listener::ListenerName;
use postfail_fuzz::{answer, conversation};
use postfail_session::imap::Imap;

fuzz_target!(|input: &[u8]| {
    answer::imap(&conversation::play(ListenerName::Imap, Box::new(Imap::new()), input));
});
