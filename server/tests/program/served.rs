//! `postfail serve` as a child process, and the little that a script does with it.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use postfail::files::Folder;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_postfail");

/// The program with a clean environment and these arguments.
pub fn postfail(arguments: &[&str]) -> Command {
    let mut command = clean(PROGRAM);
    command.args(arguments);
    command
}

/// A program that knows nothing of servers around it.
fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("POSTFAIL_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Exit code, stdout and stderr of the program.
pub fn done(arguments: &[&str]) -> (i32, String, String) {
    told(postfail(arguments).output().unwrap())
}

pub fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A server that answers; it is killed when dropped.
pub struct Served {
    pub child: Child,
    /// The ready file's content.
    pub ready: Value,
    pub folder: Folder,
    /// What it printed.
    pub table: String,
}

impl Served {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_by(&[], arguments)
    }

    /// The same, by a program that becomes it in the end.
    pub fn start_by(starter: &[&str], arguments: &[&str]) -> Self {
        let folder = Folder::new().unwrap();
        let ready_file = folder.path().join("ready.json");
        let serve = ["serve", "--ports", "random", "--ready-file", ready_file.to_str().unwrap()];
        let all = [starter, &[PROGRAM][..], &serve, arguments].concat();
        let mut child = clean(all[0]).args(&all[1..]).stdout(Stdio::piped()).spawn().unwrap();
        let mut table = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        while !table.ends_with("Ctrl-C stops it.\n") {
            assert!(stdout.read_line(&mut table).unwrap() > 0, "the server ended: {table}");
        }
        let ready = serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap();
        Self { child, ready, folder, table }
    }

    pub fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    pub fn port(&self, key: &str) -> u16 {
        self.ready[key].as_u64().and_then(|port| port.try_into().ok()).unwrap()
    }

    pub fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }

    /// `postfail ctl` with this server.
    pub fn ctl(&self, arguments: &[&str]) -> (i32, String, String) {
        let ready_file = self.ready_file();
        let mut all = vec!["ctl", "--ready-file", ready_file.to_str().unwrap()];
        all.extend(arguments);
        done(&all)
    }

    /// A call of the control API with these fields besides Content-Length; status and body.
    pub fn call(&self, method: &str, path: &str, fields: &str, body: &str) -> (u16, String) {
        let answer = String::from_utf8(self.raw(method, path, fields, body)).unwrap();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// The same; the answer as it came, head and body.
    pub fn raw(&self, method: &str, path: &str, fields: &str, body: &str) -> Vec<u8> {
        let address = self.text("POSTFAIL_CONTROL").strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        // A server that refuses early may close before all of it is written.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// A call as the console makes it.
    pub fn api(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let token = self.text("POSTFAIL_CONTROL_TOKEN");
        let fields = format!("Host: localhost\r\nAuthorization: Bearer {token}\r\n");
        let (status, text) = self.call(method, path, &fields, body);
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A scripted IMAP client in plaintext.
pub struct Imap(BufReader<TcpStream>);

impl Imap {
    /// Connect and read the greeting.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut imap = Self(BufReader::new(stream));
        let greeting = imap.line();
        assert!(greeting.starts_with("* OK"), "{greeting}");
        imap
    }

    /// Send a command with the tag `a`; all lines up to its tagged answer.
    pub fn say(&mut self, command: &str) -> String {
        self.0.get_mut().write_all(format!("a {command}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        loop {
            let line = self.line();
            answer.push_str(&line);
            if line.is_empty() || line.starts_with("a ") {
                return answer;
            }
        }
    }

    fn line(&mut self) -> String {
        let mut bytes = Vec::new();
        self.0.read_until(b'\n', &mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A scenario file of our own.
pub fn scenario_file(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("own.toml");
    std::fs::write(&path, text).unwrap();
    path
}
