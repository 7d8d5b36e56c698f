//! The identity provider with 50,000 live tokens: token requests per second (RFC 6749 section 6), and log-ins by a
//! token beside log-ins by a password.
use std::process::{Command, Stdio};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Bench;
use super::figures::{self, Figure};
use super::line::Line;
use super::rival::{self, Server};

/// Access tokens that are alive when log-ins are measured.
const LIVE: usize = 50_000;
/// Requests and log-ins of one run.
const EACH: usize = 2_000;

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let server = rival::postfail(bench)?;
    let ready = std::fs::read_to_string(rival::ready_file(bench)).map_err(|error| error.to_string())?;
    let ready: Value = serde_json::from_str(&ready).map_err(|error| error.to_string())?;
    let mut issuer = Issuer::connect(&ready)?;
    for _ in 0..LIVE {
        issuer.refresh()?;
    }
    let ctl = Command::new(&bench.program)
        .args(["ctl", "--ready-file"])
        .arg(rival::ready_file(bench))
        .args(["set", "imap.auth=PLAIN,XOAUTH2"])
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("postfail ctl: {error}"))?;
    if !ctl.success() {
        return Err(format!("postfail ctl: {ctl}"));
    }
    let requests = format!("token requests, {LIVE} live tokens, one connection");
    let mut all = figures::rounds(&requests, "requests/s", None, &["postfail"], bench.rounds, |_| {
        let since = Instant::now();
        (0..EACH).try_for_each(|_| issuer.refresh())?;
        Ok(Ok(EACH as f64 / since.elapsed().as_secs_f64()))
    })?;
    let plain = STANDARD.encode(format!("\0{}\0{}", server.user, server.password));
    let bearer = STANDARD.encode(format!("user={}\x01auth=Bearer {}\x01\x01", server.user, issuer.access));
    for (mechanism, response, aim) in
        [("PLAIN", plain, None), ("XOAUTH2", bearer, Some("at least half of PLAIN"))]
    {
        let what = format!("IMAP log-ins by {mechanism}, {LIVE} live tokens, 1 at a time");
        all.extend(figures::rounds(&what, "log-ins/s", aim, &["postfail"], bench.rounds, |_| {
            let since = Instant::now();
            (0..EACH).try_for_each(|_| log_in(&server, mechanism, &response))?;
            Ok(Ok(EACH as f64 / since.elapsed().as_secs_f64()))
        })?);
    }
    Ok(all)
}

fn log_in(server: &Server, mechanism: &str, response: &str) -> Result<(), String> {
    let mut line = Line::connect(server.imap)?;
    line.read()?;
    line.write(format!("a AUTHENTICATE {mechanism} {response}\r\n").as_bytes())?;
    loop {
        let text = line.read()?;
        if text.starts_with("a OK") {
            break;
        }
        if !text.starts_with("* ") {
            return Err(format!("{mechanism}: {text}"));
        }
    }
    line.write(b"b LOGOUT\r\n")?;
    while !line.read()?.starts_with("b ") {}
    Ok(())
}

/// One connection to the token endpoint, and what it gave last.
struct Issuer {
    line: Line,
    host: String,
    access: String,
    refresh: String,
}

impl Issuer {
    fn connect(ready: &Value) -> Result<Self, String> {
        let entry = |key: &str| ready[key].as_str().map(str::to_owned).ok_or(format!("no {key}"));
        let host = entry("POSTFAIL_CONTROL")?.replace("http://", "");
        let port = host.rsplit(':').next().and_then(|port| port.parse().ok()).ok_or("no port")?;
        let (access, refresh) = (entry("POSTFAIL_ACCESS_TOKEN")?, entry("POSTFAIL_REFRESH_TOKEN")?);
        Ok(Self { line: Line::connect(port)?, host, access, refresh })
    }

    /// Another access token, and another refresh token in place of this one.
    fn refresh(&mut self) -> Result<(), String> {
        let body =
            format!("grant_type=refresh_token&client_id=postfail-client&refresh_token={}", self.refresh);
        let request = format!(
            "POST /generic/token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.line.write(request.as_bytes())?;
        let mut length = 0;
        let status = self.line.read()?.to_owned();
        loop {
            let field = self.line.read()?.to_ascii_lowercase();
            if field.is_empty() {
                break;
            }
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| format!("no length: {field}"))?;
            }
        }
        let said: Value =
            serde_json::from_slice(&self.line.bytes(length)?).map_err(|error| error.to_string())?;
        match (said["access_token"].as_str(), said["refresh_token"].as_str()) {
            (Some(access), Some(refresh)) => {
                (self.access, self.refresh) = (access.to_owned(), refresh.to_owned());
                Ok(())
            }
            _ => Err(format!("{status}: {said}")),
        }
    }
}
