//! The running server `ctl` talks to: where it is, and the calls.
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postfail::change::Change;
use serde_json::Value;

use super::super::Failure;
use super::super::args::ServerArgs;
use super::http::{self, Answer};

/// The longest silence of a server that is asked something simple.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    url: String,
    token: String,
}

impl Server {
    /// By address and token, by its ready file, or by the ready file `serve` leaves in the usual place.
    pub fn find(asked: &ServerArgs) -> Result<Self, Failure> {
        if let (Some(url), Some(token)) = (&asked.control, &asked.token) {
            return Ok(Self { url: url.clone(), token: token.clone() });
        }
        let path: PathBuf = match &asked.ready_file {
            Some(path) => path.clone(),
            None => postfail::ready::usual_place().ok_or_else(|| {
                Failure::usage("which server? Give --ready-file FILE, or --control URL with --token TOKEN")
            })?,
        };
        let mut server = Self::of_ready_file(&path)?;
        server.url = asked.control.clone().unwrap_or(server.url);
        server.token = asked.token.clone().unwrap_or(server.token);
        Ok(server)
    }

    fn of_ready_file(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Failure::usage(format!(
                "no server: cannot read its ready file {path}: {error}. Start one with `postfail serve`, or name it \
                 with --ready-file FILE or --control URL --token TOKEN"
            ))
        })?;
        let ready: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::usage(format!("{} is no ready file: {error}", path.display())))?;
        let entry = |key: &str| {
            let missing = || Failure::usage(format!("{} is no ready file: it has no {key}", path.display()));
            ready[key].as_str().map(str::to_owned).ok_or_else(missing)
        };
        Ok(Self { url: entry("POSTFAIL_CONTROL")?, token: entry("POSTFAIL_CONTROL_TOKEN")? })
    }

    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        let text = self.text(path)?;
        serde_json::from_str(&text).map_err(|error| self.broken(&error))
    }

    pub fn text(&self, path: &str) -> Result<String, Failure> {
        self.stream_within(path, Some(PATIENCE))?.text().map_err(|error| self.gone(&error))
    }

    /// An answer that goes on and on.
    pub fn stream(&self, path: &str) -> Result<Answer, Failure> {
        self.stream_within(path, None)
    }

    fn stream_within(&self, path: &str, patience: Option<Duration>) -> Result<Answer, Failure> {
        let answer = http::call(&self.url, &self.token, "GET", path, None, patience);
        self.good(answer.map_err(|error| self.gone(&error))?)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let answer = self.good(self.call(path, body, PATIENCE)?)?;
        self.value(answer)
    }

    pub fn delete(&self, path: &str) -> Result<Value, Failure> {
        let answer = http::call(&self.url, &self.token, "DELETE", path, None, Some(PATIENCE));
        let answer = self.good(answer.map_err(|error| self.gone(&error))?)?;
        self.value(answer)
    }

    fn value(&self, answer: Answer) -> Result<Value, Failure> {
        let text = answer.text().map_err(|error| self.gone(&error))?;
        serde_json::from_str(&text).map_err(|error| self.broken(&error))
    }

    pub fn change(&self, changes: &[Change]) -> Result<(), Failure> {
        let changes = serde_json::to_value(changes).map_err(Failure::ours)?;
        self.post("/api/changes", &changes).map(|_| ())
    }

    /// The event waited for; `None` when it did not come in time.
    pub fn wait(&self, wanted: &Value, patience: Duration) -> Result<Option<String>, Failure> {
        let answer = self.call("/api/wait", wanted, patience)?;
        if answer.status == 408 {
            return Ok(None);
        }
        self.good(answer)?.text().map(Some).map_err(|error| self.gone(&error))
    }

    fn call(&self, path: &str, body: &Value, patience: Duration) -> Result<Answer, Failure> {
        http::call(&self.url, &self.token, "POST", path, Some(&body.to_string()), Some(patience))
            .map_err(|error| self.gone(&error))
    }

    /// A problem becomes the message of our own failure.
    fn good(&self, answer: Answer) -> Result<Answer, Failure> {
        if answer.status < 400 {
            return Ok(answer);
        }
        let status = answer.status;
        let text = answer.text().unwrap_or_default();
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        let detail =
            problem["detail"].as_str().map_or_else(|| format!("HTTP status {status}"), str::to_owned);
        let right = problem["expected"]
            .as_str()
            .map(|right| format!("; right would be: {right}"))
            .unwrap_or_default();
        Err(Failure::usage(format!("{}: {detail}{right}", self.url)))
    }

    fn gone(&self, error: &io::Error) -> Failure {
        Failure::usage(format!("no answer from {}: {error}. Is the server still running?", self.url))
    }

    fn broken(&self, error: &serde_json::Error) -> Failure {
        Failure::usage(format!("{} is no control API: its answer is no JSON ({error})", self.url))
    }
}
