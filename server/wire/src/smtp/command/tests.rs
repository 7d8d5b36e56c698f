use proptest::prelude::*;

use super::*;

fn read(line: &str) -> Command {
    Command::read(&Bytes::copy_from_slice(line.as_bytes()))
}

#[test]
fn verbs_in_any_case() {
    assert_eq!(read("ehlo mx.example").body, Body::Ehlo { domain: "mx.example".into() });
    assert_eq!(read("HELO  x ").body, Body::Helo { domain: "x".into() });
    assert_eq!(read("data").body, Body::Data);
    assert_eq!(read("QUIT ").body, Body::Quit);
    assert_eq!(read("NOOP whatever").body, Body::Noop);
    assert_eq!(read("VRFY alice").body, Body::Vrfy { text: "alice".into() });
    assert_eq!(read("StartTLS").body, Body::StartTls);
    assert_eq!(read("").body, Body::Unknown);
    let unknown = read("xClient NAME=x y");
    assert_eq!(
        (unknown.verb.as_str(), &unknown.argument[..], unknown.body),
        ("XCLIENT", &b"NAME=x y"[..], Body::Unknown)
    );
}

#[test]
fn mail_and_rcpt() {
    let Body::Mail { reverse_path, parameters } = read("mail FROM:<a@b> size=1").body else { panic!("MAIL") };
    assert_eq!((reverse_path.to_string().as_str(), parameters[0].keyword.as_str()), ("a@b", "SIZE"));
    assert!(matches!(read("MAIL FROM: <a@b>").body, Body::Mail { .. }));
    assert!(matches!(read("RCPT TO:<Postmaster>").body, Body::Rcpt { .. }));
    for (line, at) in [
        ("MAIL", 4),
        ("MAIL FROM<a@b>", 5),
        ("MAIL TO:<a@b>", 5),
        ("MAIL FROM:a@b", 10),
        ("MAIL FROM:<a@b>SIZE=1", 15),
        ("MAIL FROM:<a@b> =", 16),
        ("RCPT TO: <a b@c>", 11),
    ] {
        assert!(
            matches!(read(line).body, Body::Malformed(error) if error.at == at),
            "{line}: {:?}",
            read(line).body
        );
    }
}

#[test]
fn bdat() {
    assert_eq!(read("BDAT 10").body, Body::Bdat { size: 10, last: false });
    assert_eq!(read("bdat 0 last").body, Body::Bdat { size: 0, last: true });
    for line in
        ["BDAT", "BDAT x", "BDAT -1", "BDAT +1", "BDAT 1 FIRST", "BDAT 1 LAST x", "BDAT 99999999999999999999"]
    {
        assert!(matches!(read(line).body, Body::Malformed(_)), "{line}");
    }
}

#[test]
fn auth_and_what_must_be_hidden() {
    let check = |line: &str, hidden: &str| {
        let secrets = read(line).secrets(line.as_bytes());
        assert_eq!(secrets.iter().map(|range| &line[range.clone()]).collect::<String>(), hidden, "{line}");
    };
    check("AUTH PLAIN AGEAYg==", "AGEAYg==");
    check("AUTH PLAIN  AGEAYg==", "AGEAYg==");
    check("AUTH PLAIN =", "=");
    check("AUTH CRAM-MD5", "");
    check("AUTH PLAIN AGEA Yg==", "PLAIN AGEA Yg==");
    check("AUTHPLAIN AGEAYg==", "AGEAYg==");
    check("a1 LOGIN alice secret", "LOGIN alice secret");
    check(" AUTH PLAIN AGEAYg==", "AUTH PLAIN AGEAYg==");
    check("MAIL FROM:<auth@pass>", "");
    check("AUTH\tPLAIN\tAGEAYg==", "PLAIN\tAGEAYg==");
    check("AUTH PLAIN\tAGEAYg==", "PLAIN\tAGEAYg==");
    check("AUTH\x0bPLAIN AGEAYg==", "AGEAYg==");
    check("AUTH  PLAIN \t AGEAYg==", " PLAIN \t AGEAYg==");
    check("AUTH PLAIN AGEAYg==      \t    ", "AGEAYg==      \t    ");
    let Body::Auth { mechanism, initial } = read("auth plain AGEAYg==").body else { panic!("AUTH") };
    assert_eq!((mechanism.as_str(), initial.as_deref()), ("PLAIN", Some(&b"AGEAYg=="[..])));
    assert!(matches!(read("AUTH").body, Body::Malformed(_)));
}

proptest! {
    #[test]
    fn any_line_is_a_command(line in proptest::collection::vec(any::<u8>(), 0..80), verb in 0..4_usize) {
        let mut bytes = [&b""[..], b"MAIL FROM:<", b"AUTH ", b"RCPT TO:<a@b> "][verb].to_vec();
        bytes.extend(line);
        let bytes = Bytes::from(bytes);
        let command = Command::read(&bytes);
        prop_assert!(bytes.ends_with(&command.argument));
        prop_assert!(command.secrets(&bytes).iter().all(|range| range.end <= bytes.len()));
    }
}
