//! The control API of a real server: who is turned away, and that a refused list of changes changes nothing.
use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::served::{Imap, Served};

#[test]
fn strangers_and_slips() {
    let served = Served::start(&[]);
    let token = format!("Authorization: Bearer {}\r\n", served.text("POSTFAIL_CONTROL_TOKEN"));
    let ours = format!("Host: localhost\r\n{token}");
    let huge = format!("[{}]", " ".repeat(70_000));
    let evil = format!("{ours}Origin: http://evil.example\r\n");
    let rebound = format!("Host: evil.example\r\n{token}");
    let table = [
        ("GET", "/healthz", "Host: localhost\r\n", "", 200),
        ("GET", "/api/state", ours.as_str(), "", 200),
        ("GET", "/api/state", "Host: localhost\r\n", "", 401),
        ("GET", "/api/journal", "Host: localhost\r\nAuthorization: Bearer x\r\n", "", 401),
        ("GET", "/api/state", rebound.as_str(), "", 403),
        ("POST", "/api/changes", evil.as_str(), "[]", 403),
        ("GET", "/api/stat", ours.as_str(), "", 404),
        ("PUT", "/api/changes", ours.as_str(), "[]", 405),
        ("POST", "/api/changes", ours.as_str(), "[{", 400),
        ("POST", "/api/changes", ours.as_str(), huge.as_str(), 413),
        ("POST", "/api/changes", ours.as_str(), "[{\"listener\": {\"name\": \"imap\"}}]", 422),
        ("POST", "/api/changes", ours.as_str(), "[{\"lisener\": {\"name\": \"imap\"}}]", 422),
    ];
    for (method, path, fields, body, wanted) in table {
        let (status, answer) = served.call(method, path, fields, body);
        assert_eq!(status, wanted, "{method} {path} {fields}: {answer}");
    }
    let (_, journal) = served.api("GET", "/api/journal?kind=control", "");
    assert!(journal.to_string().contains("\"status\":403"), "{journal}");
}

#[test]
fn all_changes_or_none() {
    let served = Served::start(&[]);
    let changes = r#"[{"listener": {"name": "imap", "state": "closed"}}, {"account": {"name": "jiro", "act": "lock"}}]"#;
    let (status, problem) = served.api("POST", "/api/changes", changes);
    assert_eq!(status, 422, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("change 2") && detail.contains("jiro"), "{detail}");
    Imap::connect(served.port("POSTFAIL_IMAP_PORT"));
}

#[test]
fn mail_is_put_in_and_read() {
    let served = Served::start(&[]);
    let (_, before) = served.api("GET", "/api/mail?account=taro", "");
    let mail = r#"[{"deliver": {"account": "taro", "message": "Subject: now\n\nread me\n"}}]"#;
    assert_eq!(served.api("POST", "/api/changes", mail).0, 200);
    let (_, after) = served.api("GET", "/api/mail?account=taro", "");
    let after = after.as_array().unwrap();
    assert_eq!(after.len(), before.as_array().unwrap().len() + 1);
    let token = served.text("POSTFAIL_CONTROL_TOKEN");
    let fields = format!("Host: localhost\r\nAuthorization: Bearer {token}\r\n");
    let path = format!("/api/mail/taro/{}", after.last().unwrap()["uid"]);
    let (status, raw) = served.call("GET", &path, &fields, "");
    assert_eq!((status, raw.as_str()), (200, "Subject: now\r\n\r\nread me\r\n"));
    assert_eq!(served.api("GET", "/api/mail?account=outbox", "").1, serde_json::json!([]));
}

#[test]
fn the_outbox_shows_what_the_client_asked_to_be_told() {
    let served = Served::start(&[]);
    let mut smtp = TcpStream::connect(("127.0.0.1", served.port("POSTFAIL_SMTP_PORT"))).unwrap();
    let (user, password) = (served.text("POSTFAIL_USER"), served.text("POSTFAIL_PASSWORD"));
    let plain = STANDARD.encode(format!("\0{user}\0{password}"));
    let said = format!(
        "EHLO me\r\nAUTH PLAIN {plain}\r\nMAIL FROM:<{user}> RET=HDRS ENVID=one\r\n\
         RCPT TO:<x@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;y@example.org\r\nRCPT TO:<z@example.org>\r\n\
         DATA\r\n\r\nhello\r\n.\r\nMAIL FROM:<{user}>\r\nRCPT TO:<x@example.org>\r\nDATA\r\n\r\n.\r\nQUIT\r\n"
    );
    smtp.write_all(said.as_bytes()).unwrap();
    let mut answers = String::new();
    smtp.read_to_string(&mut answers).unwrap();
    let (_, outbox) = served.api("GET", "/api/mail?account=outbox", "");
    assert_eq!(outbox[0]["recipients"], serde_json::json!(["x@example.org", "z@example.org"]), "{answers}");
    let x = serde_json::json!({
        "address": "x@example.org", "notify": ["FAILURE", "DELAY"], "orcpt": "rfc822;y@example.org",
    });
    assert_eq!(outbox[0]["dsn"], serde_json::json!({ "ret": "HDRS", "envid": "one", "recipients": [x] }));
    assert_eq!(outbox[1]["dsn"], serde_json::Value::Null);
}
