//! Old clients in `tls/legacy-tls-refused-after-handshake`: TLS 1.0 and 1.1 connect, and are told 421 4.7.66 behind it.
use client_tests::{Client, Home, client, program};

const SCENARIO: &str = "tls/legacy-tls-refused-after-handshake";

/// A whole message by openssl s_client, which says what its handshake came to before anything else. `-ign_eof`: it leaves
/// when the server has ended.
const S_CLIENT: &str = r#"b64() { printf %s "$1" | base64 -w0; }
{
    printf 'EHLO old.postfail.test\nAUTH LOGIN\n%s\n%s\n' "$(b64 "$POSTFAIL_USER")" "$(b64 "$POSTFAIL_PASSWORD")"
    printf 'MAIL FROM:<%s>\nRCPT TO:<%s>\nDATA\n' "$POSTFAIL_USER" "$POSTFAIL_USER"
    printf 'Subject: from an old device\n\nscanned\n.\nQUIT\n'
} | openssl s_client -connect "localhost:$POSTFAIL_CLIENT_PORT" -starttls smtp VERSION -cipher DEFAULT:@SECLEVEL=0 \
    -CAfile "$POSTFAIL_CA_FILE" -verify_return_error -brief -ign_eof -crlf 2>&1"#;

const CURL: &str = r#"printf 'Subject: from an old device\r\n\r\nscanned\r\n' |
    curl -v -sS --max-time 30 --ssl-reqd --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT:@SECLEVEL=0 \
    --cacert "$POSTFAIL_CA_FILE" -u "$POSTFAIL_USER:$POSTFAIL_PASSWORD" --mail-from "$POSTFAIL_USER" \
    --mail-rcpt "$POSTFAIL_USER" --upload-file - "$POSTFAIL_CLIENT_URL" 2>&1"#;

/// The story told to a client; `secured` is what it says of its handshake.
fn told(script: &str, secured: &str) {
    let home = Home::new();
    let run = Client::new(program::postfail(), &home).args(["run", SCENARIO, "--", "sh", "-c", script]).run();
    let said = run.expect(0).said();
    let phase = |name: &str| {
        let begin = said.find(&format!(": {name}\n")).unwrap_or_else(|| panic!("no phase {name}:\n{said}"));
        said[begin..].split("[1/1]").next().unwrap_or_default()
    };
    let works = phase("works");
    assert!(works.contains(secured) && !works.contains("421 "), "{works}");
    let breaks = phase("breaks");
    let (before, behind) = breaks.split_once(secured).unwrap_or_else(|| panic!("no {secured}:\n{breaks}"));
    assert!(!before.contains("421 ") && behind.contains("421 4.7.66 "), "{breaks}");
    assert!(!phase("mended").contains("421 "), "{said}");
}

#[test]
fn openssl_of_tls_1_0_and_1_1() {
    if client("openssl").is_none() {
        return;
    }
    told(&S_CLIENT.replace("VERSION", "-tls1"), "Protocol version: TLSv1\n");
    told(&S_CLIENT.replace("VERSION", "-tls1_1"), "Protocol version: TLSv1.1\n");
}

#[test]
fn curl_of_tls_1_1() {
    if client("curl").is_none() {
        return;
    }
    told(CURL, "SSL connection using TLSv1.1 ");
}
