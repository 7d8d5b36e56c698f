use super::super::Credentials;
use super::*;

fn scram(hash: Hash, plus: bool, nonce: &str) -> Scram {
    let mut bindings = Bindings::default();
    if plus {
        bindings.add(Binding::Exporter, b"exported");
        bindings.add(Binding::ServerEndPoint, b"certificate");
    }
    Scram::new(hash, plus, bindings, nonce.to_owned())
}

/// RFC 5802 section 5 and RFC 7677 section 3, both sides.
#[test]
fn the_examples_of_the_rfcs() {
    let table = [
        (
            Hash::Sha1,
            "fyko+d2lbbFgONRv9qkxdawL",
            "3rfcNHYJY1ZVvWVs7j",
            "QSXCR+Q6sek8bf92",
            "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (
            Hash::Sha256,
            "rOprNGfwEbeRWgbNEkqO",
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ];
    for (hash, theirs, ours, salt, proof, server_final_wanted) in table {
        let mut scram = scram(hash, false, ours);
        let asked = scram.step(format!("n,,n=user,r={theirs}").as_bytes());
        assert!(asked == Step::Salt { hash, user: "user".into() });
        let challenge = scram.salt(STANDARD.decode(salt).unwrap());
        assert_eq!(String::from_utf8(challenge).unwrap(), format!("r={theirs}{ours},s={salt},i=4096"));
        let done = scram.step(format!("c=biws,r={theirs}{ours},p={proof}").as_bytes());
        let Step::Done(Credentials::Scram(shown)) = done else { panic!("{hash:?}: not done") };
        assert!(shown.bound && shown.user == "user");
        let keys = Keys::derive(hash, "pencil", &shown.salt, keys::ITERATIONS);
        assert!(keys.fit(&shown.exchange, &shown.proof), "{hash:?}");
        assert!(!keys.fit(&shown.exchange, &shown.proof[1..]));
        assert!(!keys.fit(b"another exchange", &shown.proof));
        let others = Keys::derive(hash, "pencils", &shown.salt, keys::ITERATIONS);
        assert!(!others.fit(&shown.exchange, &shown.proof));
        let signature = keys.signature(&shown.exchange);
        assert_eq!(server_final(&signature), server_final_wanted.as_bytes());
    }
}

#[test]
fn first_messages_that_are_refused() {
    for (plus, bad, why) in [
        (false, &b""[..], Failure::Gs2Form),
        (false, b"n,,", Failure::ScramForm),
        (false, b"n,,n=user", Failure::ScramForm),
        (false, b"n,,n=user,r=", Failure::ScramForm),
        (false, b"n,,n=user,r=a b", Failure::ScramForm),
        (false, b"n,,m=x,n=user,r=abc", Failure::ScramForm),
        (false, b"n,,n=user,r=abc,x", Failure::ScramForm),
        (false, b"n,,n=us=er,r=abc", Failure::Gs2Form),
        (false, b"n,,n=,r=abc", Failure::NoUser),
        (false, b"p=tls-exporter,,n=user,r=abc", Failure::UnwantedBinding),
        (true, b"n,,n=user,r=abc", Failure::Unbound),
        (true, b"y,,n=user,r=abc", Failure::Unbound),
        (true, b"p=tls-unique,,n=user,r=abc", Failure::UnknownBinding),
        (true, b"p=tls-imaginary,,n=user,r=abc", Failure::UnknownBinding),
    ] {
        assert!(scram(Hash::Sha256, plus, "n").step(bad) == Step::Failed(why), "{bad:?}");
    }
    let mut honest = scram(Hash::Sha256, true, "n");
    honest.plus = false;
    assert!(honest.step(b"y,,n=user,r=abc") == Step::Failed(Failure::Downgrade));
}

#[test]
fn last_messages_that_are_refused() {
    for (bad, why) in [
        (&b""[..], Failure::ScramForm),
        (b"c=biws,r=abcn", Failure::ScramForm),
        (b"c=biws,p=AAAA", Failure::ScramForm),
        (b"r=abcn,c=biws,p=AAAA", Failure::ScramForm),
        (b"c=biws,r=abcn,p=A", Failure::ScramForm),
        (b"c=?,r=abcn,p=AAAA", Failure::ScramForm),
        (b"c=biws,r=abc,p=AAAA", Failure::OtherNonce),
        (b"c=biws,r=abcn,=,p=AAAA", Failure::ScramForm),
    ] {
        let mut scram = scram(Hash::Sha1, false, "n");
        assert!(matches!(scram.step(b"n,,n=user,r=abc"), Step::Salt { .. }));
        let _ = scram.salt(b"salt".to_vec());
        assert!(scram.step(bad) == Step::Failed(why), "{bad:?}");
        // Nothing can be tried twice.
        assert!(matches!(scram.step(b"c=biws,r=abcn,p=AAAA"), Step::Failed(_)));
    }
}

#[test]
fn a_log_in_is_bound_to_its_connection() {
    for (binding, bytes, right) in [
        ("tls-exporter", &b"exported"[..], true),
        ("tls-server-end-point", b"certificate", true),
        ("tls-exporter", b"certificate", false),
        ("tls-exporter", b"", false),
    ] {
        let mut scram = scram(Hash::Sha256, true, "n");
        assert!(matches!(scram.step(format!("p={binding},,n=user,r=abc").as_bytes()), Step::Salt { .. }));
        let _ = scram.salt(b"salt".to_vec());
        let channel = STANDARD.encode([format!("p={binding},,").as_bytes(), bytes].concat());
        let done = scram.step(format!("c={channel},r=abcn,p=AAAA").as_bytes());
        let Step::Done(Credentials::Scram(shown)) = done else { panic!("not done") };
        assert_eq!(shown.bound, right, "{binding} {bytes:?}");
    }
}
