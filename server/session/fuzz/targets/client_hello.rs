//! Any bytes as the beginning of a TLS connection: an answer for every beginning, that more bytes do not take back.
#![no_main]
use libfuzzer_sys::fuzz_target;
use postfail_wire::tls::client_hello::{MAX, Progress, parse};

fuzz_target!(|input: &[u8]| {
    let whole = parse(input);
    assert!(input.len() < MAX || whole != Progress::NeedMore, "more than {MAX} bytes are wanted");
    if let Progress::Hello(hello) = &whole {
        let mut versions = hello.supported_versions.iter().flatten();
        assert!(versions.all(|version| hello.offers(*version)), "{hello:?}");
    }
    // A hello stays that hello, and what was refused stays refused; more bytes may only sharpen the reason.
    for cut in [input.len() / 3, input.len() / 2, input.len().saturating_sub(1)] {
        let beginning = parse(&input[..cut]);
        let stays = match (&beginning, &whole) {
            (Progress::NeedMore, _) => true,
            (Progress::Hello(_), _) => beginning == whole,
            (_, whole) => matches!(whole, Progress::Bad(_) | Progress::NotTls(_)),
        };
        assert!(stays, "cut at {cut}: {beginning:?}, then {whole:?}");
    }
});
