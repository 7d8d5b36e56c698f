//! A laboratory of cardboard: what the API asks of it is written down, what it answers is fixed.
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use postfail_control::identity;
use postfail_control::journal::Line;
use postfail_control::pki::Asked;
use postfail_control::{Access, Laboratory, Pending, Problem};
use postfail_engine::autoconfig::{Page, Service};
use postfail_engine::capture::View;
use postfail_engine::change::Change;
use postfail_engine::fault::Fault;
use postfail_engine::journal::Filter;
use postfail_engine::portal::{Answer, Request};
use postfail_engine::world::oauth::Reply;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub const TOKEN: &str = "t0ken";

pub struct Cardboard {
    newest: watch::Sender<u64>,
    pub changes: Mutex<usize>,
    phase: Mutex<String>,
    pub calls: Mutex<Vec<String>>,
}

impl Cardboard {
    fn new() -> Self {
        Self {
            newest: watch::Sender::new(3),
            changes: Mutex::new(0),
            phase: Mutex::new("works".to_owned()),
            calls: Mutex::default(),
        }
    }

    /// One more journal entry.
    pub fn happen(&self) {
        self.newest.send_modify(|newest| *newest += 1);
    }
}

/// Entry n is of kind `odd` or `even`, on connection n / 2.
fn kind(seq: u64) -> &'static str {
    if seq % 2 == 1 { "odd" } else { "even" }
}

impl Laboratory for Cardboard {
    fn state(&self) -> Value {
        json!({ "listeners": [], "time": "2026-01-15T12:00:00Z", "accounts": [{ "name": "taro", "state": "active" }] })
    }

    fn change(&self, changes: Vec<Change>) -> Pending<'_, Result<(), Problem>> {
        *self.changes.lock().unwrap() += changes.len();
        Box::pin(async { Ok(()) })
    }

    fn verdict(&self) -> Value {
        json!({ "scenario": "a/b", "passed": true, "verdicts": [] })
    }

    fn scenarios(&self) -> Pending<'_, Result<Value, Problem>> {
        Box::pin(async { Ok(json!([{ "id": "a/b" }])) })
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("connect", 3)]
    }

    fn faults(&self) -> Value {
        json!([{ "id": 4, "fault": { "stage": "auth", "close": true }, "met": 0 }])
    }

    fn add_fault(&self, _: Fault) -> Pending<'_, Result<u64, Problem>> {
        *self.changes.lock().unwrap() += 1;
        Box::pin(async { Ok(5) })
    }

    fn phase(&self) -> Value {
        json!({ "phase": *self.phase.lock().unwrap(), "phases": ["works", "breaks"] })
    }

    fn enter(&self, phase: String) -> Pending<'_, Result<(), Problem>> {
        Box::pin(async move {
            if phase != "breaks" {
                return Err(Problem::unprocessable(format!("no phase {phase:?}")).expected("works breaks"));
            }
            *self.phase.lock().unwrap() = phase;
            Ok(())
        })
    }

    fn entries(&self, filter: &Filter, limit: usize) -> Vec<Line> {
        let fits = |seq: &u64| {
            filter.kind.as_ref().is_none_or(|wanted| kind(*seq) == wanted)
                && filter.connection.is_none_or(|connection| seq / 2 == connection)
        };
        let line = |seq| Line { seq, json: json!({ "seq": seq, "kind": kind(seq) }).to_string() };
        (filter.since + 1..=self.newest()).filter(fits).take(limit).map(line).collect()
    }

    fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    fn grown(&self, since: u64) -> Pending<'_, ()> {
        let mut newest = self.newest.subscribe();
        Box::pin(async move {
            let _ = newest.wait_for(|newest| *newest > since).await;
        })
    }

    fn capture(&self, connection: u64, view: View) -> Option<Vec<u8>> {
        (connection == 1).then(|| format!("{view:?}").into_bytes())
    }

    fn transcript(&self, connection: u64) -> Option<String> {
        (connection == 1).then(|| "S: * OK\nC: a NOOP\n".to_owned())
    }

    fn mail(&self, account: &str) -> Option<Vec<Value>> {
        (account == "taro").then(|| vec![json!({ "uid": 1, "size": 9 })])
    }

    fn drain(&self, account: &str) -> Option<Vec<Value>> {
        (account == "taro").then(|| vec![json!({ "uid": 1, "size": 9, "message": "YQ==" })])
    }

    fn message(&self, account: &str, uid: u32) -> Option<Bytes> {
        (account == "taro" && uid == 1).then(|| Bytes::from_static(b"a: b\r\n\r\nx"))
    }

    fn texts(&self) -> Value {
        json!([{ "sent": "2026-01-15T12:00:00Z", "to": "090-0000-0001", "text": "123456 is your code." }])
    }

    fn portal(&self, request: &Request<'_>) -> Answer {
        let Request { method, path, query, form, cookie, languages, from, .. } = request;
        let form = String::from_utf8_lossy(form);
        Answer {
            status: 200,
            media_type: "text/html; charset=utf-8",
            location: None,
            cookie: Some("postfail_session=x".to_owned()),
            body: format!("{method:?} {path} {query} {form} {cookie:?} {languages} {from}"),
        }
    }

    fn random(&self) -> Option<[u8; 32]> {
        Some([7; 32])
    }

    fn autoconfig(&self, service: Service, address: &str) -> Page {
        Page { status: 200, media_type: "text/xml; charset=utf-8", body: format!("{service:?} {address}") }
    }

    fn pki(&self, asked: Asked<'_>) -> Option<Vec<u8>> {
        Some(format!("{asked:?}").into_bytes())
    }

    fn identify(&self, asked: identity::Asked) -> Pending<'_, Reply> {
        let length = asked.body.map(|body| body.len());
        let body = format!("{} {} {length:?}", asked.base, asked.path);
        Box::pin(async { Reply { status: 200, body, ..Reply::default() } })
    }

    fn tokens(&self, account: String) -> Pending<'_, Result<Value, Problem>> {
        Box::pin(async move { Ok(serde_json::json!({ "account": account })) })
    }

    fn called(&self, method: &str, path: &str, status: u16) {
        self.calls.lock().unwrap().push(format!("{method} {path} {status}"));
    }
}

/// A running API; it ends with the test.
pub struct Api {
    pub laboratory: Arc<Cardboard>,
    address: std::net::SocketAddr,
}

pub async fn start() -> Api {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let laboratory = Arc::new(Cardboard::new());
    let access = Access { token: TOKEN.to_owned(), names: Vec::new(), bound: address };
    let shared: Arc<dyn Laboratory> = Arc::clone(&laboratory) as _;
    tokio::spawn(postfail_control::serve(listener, shared, access, std::future::pending()));
    Api { laboratory, address }
}

/// Automatic settings in place of the API: the same laboratory, no token.
pub async fn start_autoconfig() -> Api {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let laboratory = Arc::new(Cardboard::new());
    let shared: Arc<dyn Laboratory> = Arc::clone(&laboratory) as _;
    tokio::spawn(postfail_control::autoconfig::serve(listener, shared, std::future::pending()));
    Api { laboratory, address }
}

impl Api {
    /// Send these bytes as they are; the connection, to read from.
    pub async fn send(&self, request: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A server that refuses early may close before all of it is written.
        let _ = stream.write_all(request).await;
        stream
    }

    /// A call with the token and these further fields; status, head and body.
    pub async fn call(&self, method: &str, path: &str, fields: &str, body: &str) -> (u16, String, String) {
        let fields = format!("Host: {}\r\nAuthorization: Bearer {TOKEN}\r\n{fields}", self.address);
        self.bare(method, path, &fields, body).await
    }

    /// A call with only these fields.
    pub async fn bare(&self, method: &str, path: &str, fields: &str, body: &str) -> (u16, String, String) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = self.send(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, head.to_ascii_lowercase(), body.to_owned())
    }
}
