//! Hellos recorded from OpenSSL 3.0 and GnuTLS 3.7, and bent ones.
use proptest::prelude::*;

use super::super::{name, suite};
use super::*;

// `openssl s_client -servername mail.postfail.test -alpn imap,smtp -status`, the same with `-tls1` and
// `-fallback_scsv`, and `gnutls-cli` with TLS 1.2 only.
const OPENSSL_13: &str = concat!(
    "16030101580100015403034e5a926d678d4e32530584df44649b7ad9df3abf5a5792e6143289cbcfd6d7062018cd73af7690",
    "ec28e593431c675a6ade784ec258922f44e18406b26acf175a6f003e130213031301c02cc030009fcca9cca8ccaac02bc02f",
    "009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff010000cd000000170015",
    "0000126d61696c2e706f73746661696c2e74657374000b000403000102000a00160014001d0017001e001900180100010101",
    "0201030104002300000005000501000000000010000c000a04696d617004736d74700016000000170000000d002a00280403",
    "05030603080708080809080a080b080408050806040105010601030303010302040205020602002b00090803040303030203",
    "01002d00020101003300260024001d0020e52ea3b902a0299fd7eec66911faf18845299bebd4926a5bc6878454b061f604",
);
const OPENSSL_10: &str = concat!(
    "16030100410100003d0301130f19c60be3ed51370cc8fd6134bd230ecea3e426cb3922c3249a5345e971ff000008002f0035",
    "00ff56000100000c002300000016000000170000",
);
const GNUTLS: &str = concat!(
    "16030300c5010000c103031597ca85cd4ba374c207301bc8e06d4fb6a20d84143f5b9537270b00a57a4e79000032c02ccca9",
    "c0adc00ac02bc0acc009c030cca8c014c02fc013009dc09d0035009cc09c002f009fccaac09f0039009ec09e003301000066",
    "000500050100000000000a00160014001700180019001d001e01000101010201030104000b00020100000d00220020040108",
    "090804040308070501080a0805050308080601080b0806060302010203001600000017000000230000ff01000100001c0002",
    "4000",
);

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
        .collect()
}

fn hello(bytes: &[u8]) -> ClientHello {
    match parse(bytes) {
        Progress::Hello(hello) => *hello,
        other => panic!("{other:?}"),
    }
}

#[test]
fn openssl_with_everything() {
    let hello = hello(&bytes(OPENSSL_13));
    assert_eq!(hello.format, Format::Tls);
    assert_eq!((hello.record_version, hello.legacy_version), (0x0301, 0x0303));
    assert_eq!(hello.supported_versions, Some(vec![0x0304, 0x0303, 0x0302, 0x0301]));
    assert_eq!(hello.highest_version(), 0x0304);
    assert!(hello.offers(0x0301) && !hello.offers(0x0300));
    assert_eq!(hello.server_name.as_deref(), Some("mail.postfail.test"));
    assert_eq!(hello.alpn, ["imap", "smtp"]);
    assert_eq!(suite::name(hello.cipher_suites[0]), "TLS_AES_256_GCM_SHA384");
    assert_eq!(name::group(hello.groups[0]), "x25519");
    assert_eq!(name::signature_scheme(hello.signature_schemes[0]), "ecdsa_secp256r1_sha256");
    assert_eq!(hello.session_id, 32);
    assert_eq!(hello.session_ticket, Some(0));
    assert!(hello.status_request && !hello.psk && !hello.is_fallback());
    assert_eq!(hello.extensions[0], 0);
    assert_eq!(hello.extensions.last(), Some(&51));
    assert!(format!("{hello:?}").contains("random: .."));
}

#[test]
fn openssl_that_falls_back() {
    let hello = hello(&bytes(OPENSSL_10));
    assert_eq!((hello.supported_versions.as_ref(), hello.highest_version()), (None, 0x0301));
    assert!(hello.offers(0x0300) && hello.offers(0x0301) && !hello.offers(0x0302));
    assert!(hello.is_fallback());
    assert_eq!(hello.server_name, None);
}

#[test]
fn gnutls_with_1_2_only() {
    let hello = hello(&bytes(GNUTLS));
    assert_eq!((hello.highest_version(), hello.session_id), (0x0303, 0));
    assert_eq!(name::extension(hello.extensions[0]), "status_request");
}

#[test]
fn every_cut_needs_more() {
    for whole in [OPENSSL_13, OPENSSL_10, GNUTLS].map(bytes) {
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), Progress::NeedMore, "cut at {end}");
        }
    }
}

/// The same message in records of `size` bytes.
fn fragmented(whole: &[u8], size: usize) -> Vec<u8> {
    whole[5..].chunks(size).fold(Vec::new(), |mut records, fragment| {
        records.extend_from_slice(&[22, 3, 1]);
        records.extend_from_slice(&u16::try_from(fragment.len()).expect("small").to_be_bytes());
        records.extend_from_slice(fragment);
        records
    })
}

#[test]
fn fragments_are_joined() {
    let whole = bytes(OPENSSL_13);
    for size in [1, 2, 3, 4, 5, 100] {
        assert_eq!(parse(&fragmented(&whole, size)), parse(&whole), "fragments of {size}");
    }
}

#[test]
fn ssl2_hello_offering_tls() {
    let mut message = vec![0x80, 9 + 9 + 16, 1, 3, 1, 0, 9, 0, 0, 0, 16];
    message.extend_from_slice(&[0, 0, 0x2f, 7, 0, 0xc0, 0, 0, 0x35]);
    message.extend_from_slice(&[7; 16]);
    for end in 0..message.len() {
        assert_eq!(parse(&message[..end]), Progress::NeedMore, "cut at {end}");
    }
    let hello = hello(&message);
    assert_eq!((hello.format, hello.highest_version()), (Format::Ssl2, 0x0301));
    assert_eq!(hello.cipher_suites, [0x2f, 0x35]);
    assert_eq!(hello.random.0[15..17], [0, 7]);
}

#[test]
fn what_is_not_a_hello() {
    let bad = |input: &[u8], wanted| assert_eq!(parse(input), Progress::Bad(wanted), "{input:02x?}");
    bad(&[21, 3, 1, 0, 2, 2, 70], Bad::RecordType(21));
    bad(&[22, 9], Bad::RecordVersion(0x0900));
    bad(&[22, 3, 1, 0, 0], Bad::RecordLength(0));
    bad(&[22, 3, 1, 0x40, 1], Bad::RecordLength(16_385));
    bad(&[22, 3, 1, 0, 4, 2], Bad::NotClientHello(2));
    bad(&[22, 3, 1, 0, 4, 1, 1, 0, 0], Bad::TooLong);
    bad(&[22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3], Bad::Malformed("the ClientHello"));
    bad(&[0x80, 2, 1, 3], Bad::Malformed("the SSL 2.0 hello"));
    assert_eq!(parse(b"EHLO x\r\n"), Progress::NotTls(NotTls::Text));
    assert_eq!(parse(b"\r\n"), Progress::NotTls(NotTls::Text));
    assert_eq!(parse(&[0]), Progress::NotTls(NotTls::Bytes(0)));
    assert_eq!(parse("é ".as_bytes()), Progress::NotTls(NotTls::Bytes(0xc3)));
    let endless: Vec<u8> = [22, 3, 1, 0, 1, 1].into_iter().chain([22, 3, 1, 0, 1, 0].repeat(3)).collect();
    assert_eq!(parse(&endless), Progress::Bad(Bad::Malformed("the ClientHello")));
}

#[test]
fn no_more_than_the_bound_is_wanted() {
    // A length just inside the bound, in one-byte records: the headers do not fit any more.
    let mut records = [1, 0, 0xff, 0xf0].map(|byte| [22, 3, 1, 0, 1, byte]).concat();
    while records.len() <= MAX {
        assert_eq!(parse(&records), Progress::NeedMore);
        records.extend([22, 3, 1, 0, 1, 0].repeat(1000));
    }
    assert_eq!(parse(&records), Progress::Bad(Bad::TooLong));
}

proptest! {
    #[test]
    fn any_bytes_have_an_answer(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&input);
    }

    /// A flipped byte, wherever it is, is read, refused or waited for; and a cut never knows more than the whole.
    #[test]
    fn a_bent_hello_has_an_answer(at in 0..349_usize, byte in any::<u8>(), end in 0..349_usize) {
        let mut bent = bytes(OPENSSL_13);
        bent[at] = byte;
        if !matches!(parse(&bent[..end]), Progress::NeedMore) {
            prop_assert_eq!(parse(&bent[..end]), parse(&bent));
        }
    }
}
