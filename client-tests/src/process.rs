//! One run of a client: start it, feed it, give it a limited time, and see how it ended.
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::Home;

/// Longer than any client's own time-out here, shorter than anybody's patience.
const LIMIT: Duration = Duration::from_secs(60);

/// A client about to be run.
pub struct Client {
    command: Command,
    input: Vec<u8>,
    limit: Duration,
}

/// How it ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Client {
    /// The program in `home`, with a small environment and its own process group.
    pub fn new(program: &Path, home: &Home) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "dumb")
            .current_dir(home.path())
            .process_group(0);
        Self { command, input: Vec::new(), limit: LIMIT }
    }

    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What it reads on stdin; nothing otherwise.
    pub fn feed(mut self, input: &str) -> Self {
        self.input = input.as_bytes().to_vec();
        self
    }

    /// Longer than a minute, for what takes that long by itself.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started, or is not done in time: then it is killed with all its children.
    pub fn run(mut self) -> Outcome {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("{:?} cannot be started: {error}", self.command));
        let group = child.id();
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let (stdin, input) = (child.stdin.take(), self.input);
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let (tell, ended) = mpsc::channel();
        thread::spawn(move || tell.send(child.wait()));
        let status = ended.recv_timeout(self.limit);
        if status.is_err() {
            let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status();
        }
        let (stdout, stderr) = (text(stdout), text(stderr));
        match status {
            Ok(Ok(status)) => Outcome { code: status.code(), stdout, stderr },
            other => {
                panic!("{:?}: not done after {:?}: {other:?}\n{stdout}\n{stderr}", self.command, self.limit)
            }
        }
    }
}

impl Outcome {
    /// Everything it wrote.
    pub fn said(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// # Panics
    /// When the exit code is another one; shows all that was written.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code; it wrote:\n{}", self.said());
        self
    }

    /// # Panics
    /// When `part` was not written.
    #[track_caller]
    pub fn expect_said(self, part: &str) -> Self {
        assert!(self.said().contains(part), "no {part:?} in:\n{}", self.said());
        self
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn text(reader: thread::JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
}
