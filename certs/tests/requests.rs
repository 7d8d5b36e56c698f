//! OCSP requests and staples come from peers: no bytes may stop us, and no request is answered for more than it asks.
use std::sync::OnceLock;
use std::time::SystemTime;

use postfail_certs::revocation::check_staple;
use postfail_certs::{Algorithm, Authority, Bundle, Kind};
use proptest::prelude::*;

/// OCSPResponse with the status malformedRequest.
const MALFORMED: [u8; 5] = [0x30, 3, 0x0a, 1, 1];

/// Most bytes of an answer beside what is said of each certificate asked about.
const FRAME: usize = 400;

fn authority() -> &'static (Authority, Bundle) {
    static AUTHORITY: OnceLock<(Authority, Bundle)> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let authority = Authority::mint(SystemTime::now()).expect("an authority");
        let bundle = authority.issue(Kind::StapledGood, Algorithm::Ecdsa).expect("a bundle");
        (authority, bundle)
    })
}

/// Elements of DER within each other, as a request is made of, with whatever inside.
fn der() -> impl Strategy<Value = Vec<u8>> {
    let leaf =
        (prop::sample::select(vec![2u8, 4, 6, 0x30, 0xa0, 0xa1]), prop::collection::vec(any::<u8>(), 0..40));
    let element = |(tag, content): (u8, Vec<u8>)| {
        let length = u8::try_from(content.len().min(127)).unwrap_or(127);
        [vec![tag, length], content].concat()
    };
    leaf.prop_map(element).prop_recursive(5, 40, 5, move |inner| {
        let within = prop::collection::vec(inner, 0..5);
        (prop::sample::select(vec![0x30u8, 0xa0, 0xa2]), within).prop_map(move |(tag, parts)| {
            let mut content = parts.concat();
            content.truncate(127);
            element((tag, content))
        })
    })
}

proptest! {
    #[test]
    fn any_request_gets_an_answer(request in prop_oneof![der(), prop::collection::vec(any::<u8>(), 0..200)]) {
        let (authority, _) = authority();
        let answer = authority.ocsp(&request, SystemTime::now()).expect("an answer");
        prop_assert!(answer == MALFORMED || answer.len() < FRAME + 2 * request.len() + 16 * 60);
    }

    #[test]
    fn no_bytes_pass_for_a_staple(staple in prop_oneof![der(), prop::collection::vec(any::<u8>(), 1..200)]) {
        let (_, bundle) = authority();
        prop_assert!(check_staple(&bundle.chain()[0], &bundle.chain()[1], &staple, 1_800_000_000).is_err());
    }
}
