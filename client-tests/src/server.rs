//! A healthy server in this process, for tests that drive clients from outside and wait for them.
use std::path::Path;
use std::time::Duration;

use postfail::journal::Filter;
use postfail::{Handle, ListenerName, Postfail, View};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{Home, Wire};

/// Longer than any event takes; running into it is a failure, never a way to wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of its own on free ports, with its own journal file, ended when dropped.
pub struct Server {
    // Dropped first, while the runtime that it runs on is still there.
    handle: Option<Handle>,
    runtime: Runtime,
    home: Home,
    user: String,
    password: String,
}

impl Server {
    /// Seven listeners, two accounts, the sample mail.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::of(Postfail::healthy())
    }

    /// The same, made as it is asked for here.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn of(asked: Postfail) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let home = Home::new();
        let asked = asked.journal_file(&home.path().join("journal.jsonl"));
        // These tests send what a good client never does: its conduct is not judged.
        let handle =
            runtime.block_on(asked.verify_on_drop(false).start()).unwrap_or_else(|error| panic!("{error}"));
        let account = handle.accounts().swap_remove(0);
        Self { handle: Some(handle), runtime, home, user: account.address, password: account.password }
    }

    fn handle(&self) -> &Handle {
        self.handle.as_ref().expect("it is taken only by drop")
    }

    /// The port of a listener (`imaps`).
    #[track_caller]
    pub fn port(&self, listener: &str) -> u16 {
        let name: ListenerName = listener.parse().unwrap_or_else(|error| panic!("{error}"));
        self.handle().addr(name).port()
    }

    /// The account portal: `http://localhost:40124/portal`.
    pub fn portal(&self) -> String {
        let url = self.handle().autoconfig_url();
        let port = url.rsplit(':').next().unwrap_or_default();
        format!("http://localhost:{port}/portal")
    }

    /// The control API and its token.
    pub fn control(&self) -> (String, String) {
        (self.handle().control_url(), self.handle().control_token().to_owned())
    }

    /// PEM file of the authority to trust.
    pub fn ca(&self) -> &Path {
        self.handle().ca_file()
    }

    /// The first account's address, which is also its log-in name.
    pub fn user(&self) -> &str {
        &self.user
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    /// The access token that the first account's person was given at sign-in; it may have expired since.
    #[track_caller]
    pub fn token(&self) -> String {
        let account = self.handle().accounts().swap_remove(0).name;
        self.handle().tokens(&account).expect("everybody has signed in").access
    }

    /// What a client under test finds in its environment: names and values.
    pub fn environment(&self) -> Vec<(String, String)> {
        let variables = self.handle().variables();
        variables.into_iter().map(|variable| (variable.key(), variable.value)).collect()
    }

    /// Changes in their short form: `imaps.tls=1.2-1.3`. On return they hold for every new connection.
    #[track_caller]
    pub fn set(&self, changes: &[&str]) {
        for change in changes {
            let (key, value) = change.split_once('=').unwrap_or_else(|| panic!("{change} has no `=`"));
            self.runtime
                .block_on(self.handle().set(key, value))
                .unwrap_or_else(|error| panic!("{change}: {error}"));
        }
    }

    /// The same, where the build may lack something: what it says then.
    ///
    /// # Errors
    /// When the change is refused.
    pub fn try_set(&self, key: &str, value: &str) -> Result<(), String> {
        self.runtime.block_on(self.handle().set(key, value)).map(drop).map_err(|error| error.to_string())
    }

    /// Adds a fault, in the words of `postfail ctl fault add`: `stage=auth`, `close=true`.
    #[track_caller]
    pub fn fault(&self, words: &[&str]) {
        let fault = postfail::fault::from_lines(words.iter().copied());
        let fault = fault.unwrap_or_else(|error| panic!("{words:?}: {error}"));
        let added = self.runtime.block_on(self.handle().apply(&[postfail::change::Change::Fault(fault)]));
        added.unwrap_or_else(|error| panic!("{words:?}: {error}"));
    }

    /// Moves the server's clock on: `30m`.
    #[track_caller]
    pub fn advance(&self, span: &str) {
        self.runtime.block_on(self.handle().advance(span)).unwrap_or_else(|error| panic!("{span}: {error}"));
    }

    /// Puts a message (bare LF or CRLF) into the first account's INBOX.
    #[track_caller]
    pub fn deliver(&self, message: &str) {
        let account = self.handle().accounts().swap_remove(0).name;
        let deliver = postfail::change::Deliver { account, message: message.to_owned() };
        let done = self.runtime.block_on(self.handle().apply(&[postfail::change::Change::Deliver(deliver)]));
        done.unwrap_or_else(|error| panic!("{error}"));
    }

    /// How many messages INBOX has, by IMAP.
    #[track_caller]
    pub fn messages(&self) -> usize {
        let (mut imap, _) = self.imap();
        let lines = imap.ask_until("b SELECT INBOX", "b OK");
        imap.ask_until("z LOGOUT", "z OK");
        let exists = lines.iter().find_map(|line| line.strip_prefix("* ")?.strip_suffix(" EXISTS"));
        exists.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no EXISTS in {lines:?}"))
    }

    /// The last message of INBOX, by IMAP.
    #[track_caller]
    pub fn last_by_imap(&self) -> String {
        let (mut imap, _) = self.imap();
        imap.ask_until("b EXAMINE INBOX", "b OK");
        let lines = imap.ask_until("c FETCH * BODY.PEEK[]", "c OK");
        imap.ask_until("z LOGOUT", "z OK");
        lines.join("\n")
    }

    /// The last message of the maildrop, by POP3.
    #[track_caller]
    pub fn last_by_pop3(&self) -> String {
        let (mut pop3, _) = Wire::open(self.port("pop3"));
        pop3.ask(&format!("USER {}", self.user));
        let stat =
            [format!("PASS {}", self.password), "STAT".to_owned()].map(|line| pop3.ask(&line)).join(" ");
        let last = stat.rsplit(' ').nth(1).unwrap_or_default();
        let lines = pop3.ask_until(&format!("RETR {last}"), ".");
        pop3.ask("QUIT");
        lines.join("\n")
    }

    /// The bytes of a connection that has ended, as pcapng.
    #[track_caller]
    pub fn capture(&self, connection: u64, view: View) -> Vec<u8> {
        self.once("close", &format!("connection {connection}"), |entries| {
            entries.iter().any(|entry| entry["connection"] == connection)
        });
        self.handle().capture(connection, view).expect("captures are taken")
    }

    #[track_caller]
    fn imap(&self) -> (Wire, String) {
        let (mut imap, greeting) = Wire::open(self.port("imap"));
        imap.ask_until(&format!("a LOGIN {} \"{}\"", self.user, self.password), "a OK");
        (imap, greeting)
    }

    /// The journal file, a value a line.
    #[track_caller]
    pub fn journal(&self) -> Vec<Value> {
        let text = self.home.read_all("journal.jsonl");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
            .collect()
    }

    /// Those of one kind, as far as there are any now.
    #[track_caller]
    pub fn journal_of(&self, kind: &str) -> Vec<Value> {
        let of_kind = |entry: &Value| entry.get("kind").and_then(Value::as_str) == Some(kind);
        self.journal().into_iter().filter(of_kind).collect()
    }

    /// Those of one kind, once there are at least so many: a client may be gone before the server has noted why.
    #[track_caller]
    pub fn journal_with(&self, kind: &str, count: usize) -> Vec<Value> {
        self.once(kind, &format!("{count} of them"), |entries| entries.len() >= count)
    }

    /// The first of one kind that holds these words, once it is there.
    #[track_caller]
    pub fn journal_says(&self, kind: &str, words: &str) -> Value {
        let says = |entry: &Value| entry.to_string().contains(words);
        let entries = self.once(kind, words, |entries| entries.iter().any(says));
        entries.into_iter().find(says).expect("it was there a moment ago")
    }

    #[track_caller]
    fn once(&self, kind: &str, wanted: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        loop {
            let newest = self.handle().newest();
            let entries = self.journal_of(kind);
            if enough(&entries) {
                return entries;
            }
            let filter = Filter { since: newest, kind: Some(kind.to_owned()), ..Filter::default() };
            let waited = self.runtime.block_on(self.handle().wait_for(filter, PATIENCE));
            waited.unwrap_or_else(|error| panic!("{kind}, {wanted}: {error}; there are {entries:?}"));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Within the runtime, as its connections are tasks of it.
        let _within = self.runtime.enter();
        self.handle = None;
    }
}
