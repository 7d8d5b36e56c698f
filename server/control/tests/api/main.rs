//! The control API as its callers see it: what is answered, and who is turned away.
mod autoconfig;
mod laboratory;
mod openapi;
mod portal;

use laboratory::{TOKEN, start};
use serde_json::Value;
use tokio::io::AsyncReadExt;

#[tokio::test]
async fn strangers_are_turned_away() {
    let api = start().await;
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    let table = [
        ("GET", "/healthz", "Host: localhost\r\n".to_owned(), 200),
        ("GET", "/api/state", format!("Host: localhost\r\n{token}"), 200),
        ("GET", "/api/state", "Host: localhost\r\n".to_owned(), 401),
        ("GET", "/api/journal", "Host: localhost\r\nAuthorization: Bearer guess\r\n".to_owned(), 401),
        ("GET", "/api/journal/stream", "Host: localhost\r\n".to_owned(), 401),
        ("GET", "/unknown", "Host: localhost\r\n".to_owned(), 401),
        ("GET", "/api/state", format!("Host: rebound.example\r\n{token}"), 403),
        ("GET", "/healthz", "Host: rebound.example\r\n".to_owned(), 403),
        ("POST", "/api/changes", format!("Host: localhost\r\nOrigin: http://evil.example\r\n{token}"), 403),
        ("POST", "/api/changes", format!("Host: localhost\r\nOrigin: null\r\n{token}"), 403),
        ("GET", "/healthz", String::new(), 400),
    ];
    for (method, path, fields, wanted) in table {
        let (status, head, body) = api.bare(method, path, &fields, "").await;
        assert_eq!(status, wanted, "{method} {path} {fields}: {body}");
        if wanted >= 400 {
            assert!(head.contains("content-type: application/problem+json"), "{head}");
        }
        assert_eq!(wanted == 401, head.contains("www-authenticate: bearer"), "{head}");
    }
    assert_eq!(*api.laboratory.changes.lock().unwrap(), 0);
    let calls = api.laboratory.calls.lock().unwrap();
    assert!(calls.contains(&"POST /api/changes 403".to_owned()) && calls.len() == 9, "{calls:?}");
}

#[tokio::test]
async fn slips_are_told_with_place_and_remedy() {
    let api = start().await;
    let huge = format!("[{}]", " ".repeat(17 * 1024 * 1024));
    let long = format!("[{}]", " ".repeat(64 * 1024));
    let table = [
        ("GET", "/api/nothing", "", 404, "there is nothing at /api/nothing"),
        ("DELETE", "/api/state", "", 405, "does not take DELETE"),
        ("GET", "/api/changes", "", 405, "does not take GET"),
        ("POST", "/api/changes", "[", 400, "EOF"),
        ("POST", "/api/changes", "{}", 422, "expected a sequence"),
        ("POST", "/api/changes", "[{\"no-such-change\": 1}]", 422, "no-such-change"),
        ("POST", "/api/changes", &huge, 413, "at most 16777216 bytes"),
        ("POST", "/api/changes", &long, 413, "at most 65536 bytes"),
        ("POST", "/api/changes", "[{\"rate\": 1}, {\"domain\": [null, null]}]", 422, "belong: /1/domain"),
        ("POST", "/api/changes", "[{\"account\": [\"taro\", \"lock\"]}]", 422, "belong: /0/account"),
        ("POST", "/api/faults", "{\"stage\": \"auth\"}", 422, "a fault needs an effect"),
        ("POST", "/api/faults", "{\"stage\": \"ath\", \"close\": true}", 422, "did you mean `auth`"),
        ("PUT", "/api/faults", "", 405, "does not take PUT"),
        ("DELETE", "/api/faults/9", "", 404, "there is no fault 9"),
        ("DELETE", "/api/faults/four", "", 404, "\"expected\":\"4\""),
        ("POST", "/api/phase", "{\"phase\": \"later\"}", 422, "no phase"),
        ("POST", "/api/clock/advance", "{\"by\": \"91\"}", 422, "has no unit"),
        ("POST", "/api/clock/advance", "{\"by\": \"-1d\"}", 422, "lies in the past"),
        ("POST", "/api/phase", "{\"fase\": \"breaks\"}", 422, "fase"),
        ("POST", "/api/wait", "{\"timeout\": -1}", 422, "0 to 600 seconds"),
        ("GET", "/api/journal?since=soon", "", 400, "since"),
        ("GET", "/api/journal?sinse=1", "", 400, "sinse"),
        ("GET", "/api/mail", "", 400, "account"),
        ("GET", "/api/mail?account=jiro", "", 404, "jiro"),
        ("DELETE", "/api/mail?account=jiro", "", 404, "jiro"),
        ("GET", "/api/mail/taro/2", "", 404, "no message"),
        ("GET", "/api/mail/taro/x", "", 404, "no message"),
        ("GET", "/api/transcripts/2.txt", "", 404, "no transcript"),
        ("GET", "/api/transcripts/1", "", 404, "and .txt"),
        ("GET", "/api/transcripts/2.pcapng", "", 404, "--capture-dir"),
        ("GET", "/api/transcripts/x.pcapng", "", 404, "--capture-dir"),
        ("GET", "/api/transcripts/1.pcapng?view=naked", "", 400, "wire"),
        ("GET", "/api/transcripts/1.txt?view=plain", "", 422, "has no `view`"),
    ];
    for (method, path, body, wanted, told) in table {
        let (status, head, answer) = api.call(method, path, "", body).await;
        assert_eq!(status, wanted, "{method} {path}: {answer}");
        assert!(head.contains("application/problem+json"), "{method} {path}: {head}");
        let problem: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(problem["status"], wanted);
        assert!(answer.contains(told), "{method} {path}: {answer}");
    }
    let (_, head, _) = api.call("DELETE", "/api/phase", "", "").await;
    assert!(head.contains("allow: get,head,post"), "{head}");
}

#[tokio::test]
async fn a_head_with_too_many_fields_is_refused() {
    let api = start().await;
    let (status, ..) = api.call("GET", "/healthz", &"X-Field: y\r\n".repeat(50), "").await;
    assert_eq!(status, 200);
    let (status, ..) = api.call("GET", "/healthz", &"X-Field: y\r\n".repeat(150), "").await;
    assert_eq!(status, 431);
}

#[tokio::test]
async fn what_is_there_is_answered() {
    let api = start().await;
    let table = [
        ("GET", "/api/state", "", "\"listeners\":[]"),
        ("GET", "/api/accounts", "", "[{\"name\":\"taro\",\"state\":\"active\"}]"),
        ("GET", "/api/scenarios", "", "[{\"id\":\"a/b\"}]"),
        ("GET", "/api/verdict", "", "\"passed\":true"),
        ("POST", "/api/clock/advance", "{\"by\": \"91d\"}", "{\"time\":\"2026-01-15T12:00:00Z\"}"),
        ("GET", "/metrics", "", "postfail_events_total{kind=\"connect\"} 3\n"),
        ("POST", "/api/changes", "[]", "{\"applied\":0}"),
        ("GET", "/api/faults", "", "\"id\":4"),
        ("DELETE", "/api/faults/4", "", "{\"removed\":1}"),
        ("DELETE", "/api/faults", "", "{\"removed\":1}"),
        ("GET", "/api/phase", "", "\"phase\":\"works\""),
        ("POST", "/api/phase", "{\"phase\": \"breaks\"}", "\"phase\":\"breaks\""),
        ("GET", "/api/transcripts/1.txt", "", "S: * OK\nC: a NOOP\n"),
        ("GET", "/api/transcripts/1.pcapng", "", "Wire"),
        ("GET", "/api/transcripts/1.pcapng?view=plain", "", "Plain"),
        ("GET", "/api/mail?account=taro", "", "\"uid\":1"),
        ("DELETE", "/api/mail?account=taro", "", "\"message\":\"YQ==\""),
        ("GET", "/api/mail/taro/1", "", "a: b\r\n\r\nx"),
        ("GET", "/api/texts", "", "is your code"),
    ];
    for (method, path, body, wanted) in table {
        let (status, _, answer) = api.call(method, path, "", body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        assert!(answer.contains(wanted), "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_page_with_a_code_in_its_address_is_neither_framed_nor_kept() {
    let api = start().await;
    let (status, head, told) =
        api.bare("GET", "/generic/authorize?client_id=x", "Host: localhost\r\n", "").await;
    assert_eq!(status, 200, "{told}");
    let (_, portal, _) = api.bare("GET", "/portal/", "Host: localhost\r\n", "").await;
    for field in [
        "cache-control: no-store",
        "x-frame-options: deny",
        "x-content-type-options: nosniff",
        "referrer-policy: same-origin",
        "content-security-policy: default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    ] {
        assert!(head.contains(field) && portal.contains(field), "{field}: {head}\n{portal}");
    }
}

#[tokio::test]
async fn who_sends_too_much_still_reads_the_answer() {
    let api = start().await;
    for (size, told) in [(64 * 1024, "Some(65536)"), (64 * 1024 + 1, "None"), (9 << 20, "None")] {
        let (status, _, body) =
            api.bare("POST", "/generic/token", "Host: localhost\r\n", &"x".repeat(size)).await;
        assert!(status == 200 && body.ends_with(told), "{size}: {status} {body}");
    }
    let (status, ..) = api.call("POST", "/api/phase", "", &"x".repeat(9 << 20)).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn a_fault_is_created() {
    let api = start().await;
    let (status, _, answer) =
        api.call("POST", "/api/faults", "", "{\"stage\": \"auth\", \"hang\": true}").await;
    assert_eq!((status, answer.as_str()), (201, "{\"id\":5}"));
}

#[tokio::test]
async fn the_journal_is_read_by_number_connection_and_kind() {
    let api = start().await;
    let table = [
        ("", vec![1, 2, 3]),
        ("?since=1", vec![2, 3]),
        ("?kind=odd", vec![1, 3]),
        ("?connection=1", vec![2, 3]),
        ("?connection=1&kind=even", vec![2]),
        ("?limit=2", vec![1, 2]),
        ("?since=3", vec![]),
    ];
    for (query, wanted) in table {
        let (status, _, answer) = api.call("GET", &format!("/api/journal{query}"), "", "").await;
        assert_eq!(status, 200, "{query}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let seqs: Vec<u64> =
            answer["events"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, wanted, "{query}");
        assert_eq!(answer["newest"], 3);
    }
}

#[tokio::test]
async fn the_stream_goes_on_where_a_reader_left_off() {
    let api = start().await;
    let request = format!(
        "GET /api/journal/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Last-Event-ID: 2\r\n\r\n"
    );
    let mut stream = api.send(request.as_bytes()).await;
    let mut got = String::new();
    let mut buffer = [0; 4096];
    for wanted in ["id: 3\n", "id: 4\n", "id: 5\n"] {
        while !got.contains(wanted) {
            let n = stream.read(&mut buffer).await.unwrap();
            assert!(n > 0, "the stream ended: {got}");
            got.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
        api.laboratory.happen();
    }
    assert!(got.contains("text/event-stream") && !got.contains("id: 2\n"), "{got}");
    assert_eq!(got.matches("id: 4\n").count(), 1);
    let (status, ..) = api.call("GET", "/api/journal/stream", "Last-Event-ID: x\r\n", "").await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_wait_ends_with_the_event_or_with_the_time() {
    let api = start().await;
    let (status, _, answer) = api.call("POST", "/api/wait", "", "{\"kind\": \"even\", \"since\": 0}").await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("\"seq\":2"), "{answer}");

    // Nothing is told of the past when no number is given.
    let (status, _, answer) = api.call("POST", "/api/wait", "", "{\"timeout\": 0}").await;
    assert_eq!(status, 408, "{answer}");

    let body = "{\"kind\": \"odd\", \"since\": 3}";
    let waiting = api.call("POST", "/api/wait", "", body);
    let happening = async {
        api.laboratory.happen();
        api.laboratory.happen();
    };
    let ((status, _, answer), ()) = tokio::join!(waiting, happening);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("\"seq\":5"), "{answer}");
}
