//! Playing one script against one session.
use std::collections::VecDeque;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use postfail_session::pop3::Pop3;
use postfail_session::smtp::Smtp;
use postfail_session::world::{Channel, Protocol};
use postfail_session::{Close, Output, Session};
use postfail_store::Maildrop;
use postfail_wire::escape::{escape, unescape};
use postfail_wire::pop3::apop;
use postfail_wire::sasl::{Binding, cram_md5};

use super::client::Client;
use super::judge;
use super::rule;
use super::script::{Script, Step, matches};
use super::words::{duration, number, security};
use super::world::Lab;

/// How the client's bytes are cut.
#[derive(Clone, Debug)]
pub enum Pieces {
    Whole,
    /// These sizes, round and round.
    Of(Vec<usize>),
}

/// What the server did.
#[derive(Debug, PartialEq)]
enum Seen {
    Line(String),
    Wait(Duration),
    StartTls,
    Close(Close),
}

pub struct Run {
    world: Lab,
    session: Box<dyn Session>,
    seen: VecDeque<Seen>,
    /// All bytes said so far, for the judge.
    said: String,
    /// The last line not yet whole.
    line: Vec<u8>,
    challenge: String,
    /// A foreign client in the middle of a mechanism.
    client: Option<Client>,
    timestamp: String,
    held: Vec<(String, Maildrop)>,
    pieces: Pieces,
    cuts: usize,
    /// Rules and wordings may say anything; only what is ours is judged.
    judged: bool,
}

impl Run {
    pub fn new(protocol: Protocol, pieces: Pieces) -> Self {
        Self {
            world: Lab::new(protocol),
            session: session(protocol),
            seen: VecDeque::new(),
            said: String::new(),
            line: Vec::new(),
            challenge: String::new(),
            client: None,
            timestamp: String::new(),
            held: Vec::new(),
            pieces,
            cuts: 0,
            judged: protocol == Protocol::Smtp,
        }
    }

    pub fn play(mut self, script: &Script) -> Result<(), String> {
        for (number, step) in script {
            let done = match step {
                Step::Client(lines) => self.client(lines),
                Step::Server(pattern) => self.expect_line(pattern),
                Step::At(words) => self.at(words),
            };
            done.map_err(|why| format!("{number}: {why}"))?;
        }
        self.nothing_left().map_err(|why| format!("end: {why}"))?;
        if self.judged {
            judge::smtp(&self.said).map_err(|why| format!("judge: {why}"))?;
        }
        judge::masks(&self.world.events).map_err(|why| format!("masks: {why}"))
    }

    fn client(&mut self, lines: &[String]) -> Result<(), String> {
        self.nothing_left()?;
        let mut bytes = Vec::new();
        for line in lines {
            bytes.extend(unescape(&self.fill(line)?).map_err(|error| error.to_string())?);
        }
        self.feed(&bytes);
        Ok(())
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        // Floods come in fewer pieces: what one of ten thousand equal lines shows, the others need not.
        let scale = 1 + bytes.len() / 1000;
        while !bytes.is_empty() && !matches!(self.seen.back(), Some(Seen::Close(_))) {
            let size = match &self.pieces {
                Pieces::Whole => bytes.len(),
                Pieces::Of(sizes) => (sizes[self.cuts % sizes.len()] * scale).min(bytes.len()),
            };
            self.cuts += 1;
            let (piece, rest) = bytes.split_at(size);
            self.session.receive(piece, self.world.now, &mut self.world);
            self.drain();
            bytes = rest;
        }
    }

    fn drain(&mut self) {
        loop {
            while let Some(output) = self.session.next_output() {
                self.seen(output);
            }
            if !self.session.unfinished() {
                return;
            }
            self.session.resume(self.world.now, &mut self.world);
        }
    }

    fn seen(&mut self, output: Output) {
        let seen = match output {
            Output::Send(bytes) => {
                self.said.push_str(&String::from_utf8_lossy(&bytes));
                for byte in bytes {
                    self.line.push(byte);
                    if self.line.ends_with(b"\r\n") {
                        self.line.truncate(self.line.len() - 2);
                        let line = escape(&std::mem::take(&mut self.line));
                        if let Some(challenge) = line.strip_prefix("334 ").or(line.strip_prefix("+ ")) {
                            self.challenge = challenge.to_owned();
                        }
                        if let Some(at) = line.find('<').filter(|_| line.starts_with("+OK")) {
                            self.timestamp = line[at..].to_owned();
                        }
                        self.seen.push_back(Seen::Line(line));
                    }
                }
                return;
            }
            Output::Wait(time) => Seen::Wait(time),
            Output::Shape(_) => return,
            Output::StartTls => Seen::StartTls,
            Output::Close(how) => Seen::Close(how),
        };
        self.seen.push_back(seen);
    }

    fn expect_line(&mut self, pattern: &str) -> Result<(), String> {
        match self.seen.pop_front() {
            Some(Seen::Line(line)) if matches(pattern, &line) => Ok(()),
            Some(other) => Err(format!("wanted {pattern:?}, got {other:?}")),
            None => Err(format!("wanted {pattern:?}, got nothing")),
        }
    }

    fn expect(&mut self, wanted: Seen) -> Result<(), String> {
        match self.seen.pop_front() {
            Some(seen) if seen == wanted => Ok(()),
            other => Err(format!("wanted {wanted:?}, got {other:?}")),
        }
    }

    fn nothing_left(&self) -> Result<(), String> {
        match (self.seen.front(), self.line.is_empty()) {
            (Some(seen), _) => Err(format!("unexpected {seen:?}")),
            (None, false) => Err(format!("unexpected {:?}", escape(&self.line))),
            (None, true) => Ok(()),
        }
    }

    /// `{plain USER PASSWORD}` and its like.
    fn fill(&mut self, line: &str) -> Result<String, String> {
        let Some((before, rest)) = line.split_once('{') else { return Ok(line.to_owned()) };
        let (inside, after) = rest.split_once('}').ok_or("a brace is open")?;
        let (word, argument) = inside.split_once(' ').unwrap_or((inside, ""));
        let two = || argument.split_once(' ').ok_or_else(|| format!("{word} wants a user and a password"));
        let filled = match word {
            "base64" => STANDARD.encode(unescape(argument).map_err(|error| error.to_string())?),
            "plain" => two().map(|(user, password)| STANDARD.encode(format!("\0{user}\0{password}")))?,
            "cram" => {
                let challenge = STANDARD.decode(&self.challenge).map_err(|error| error.to_string())?;
                let (user, password) = two()?;
                STANDARD.encode(format!("{user} {}", cram_md5::digest(password.as_bytes(), &challenge)))
            }
            "xoauth2" => two().map(|(user, token)| {
                STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"))
            })?,
            "bearer" => two().map(|(user, token)| {
                let user = if user == "-" { String::new() } else { format!("a={user}") };
                STANDARD.encode(format!("n,{user},\x01host=mail\x01auth=Bearer {token}\x01\x01"))
            })?,
            "begin" => {
                let channel = self.world.lent.channel.as_ref();
                let bound = channel.and_then(|channel| channel.bindings.get(Binding::Exporter));
                self.client = Some(Client::new(argument, bound)?);
                STANDARD.encode(self.client.as_mut().ok_or("it was just made")?.answer(None)?)
            }
            "answer" => {
                let challenge = STANDARD.decode(&self.challenge).map_err(|error| error.to_string())?;
                let client = self.client.as_mut().ok_or("no mechanism has begun")?;
                STANDARD.encode(client.answer(Some(&challenge))?)
            }
            "apop" => apop::digest(self.timestamp.as_bytes(), argument.as_bytes()),
            _ => {
                let known = "base64, plain, cram, xoauth2, bearer, begin, answer and apop";
                return Err(format!("{{{word}}}: {known} are known"));
            }
        };
        Ok(format!("{before}{filled}{}", self.fill(after)?))
    }

    fn at(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut words = rest.split(' ');
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let behind = rest.split_once(' ').map_or("", |(_, behind)| behind);
        match word {
            "connect" => {
                self.nothing_left()?;
                self.session.closed(self.world.now, &mut self.world);
                self.world.policy.security = security(first)?;
                self.world.connection += 1;
                self.session = session(self.world.policy.protocol);
                self.session.start(self.world.now, &mut self.world);
                self.drain();
            }
            "require" if first == "tls" => self.world.policy.require_tls = true,
            "require" if first == "login" => self.world.policy.require_login = true,
            "limit" => self.limit(first, second)?,
            "mechanisms" => {
                let names = first.split(',').filter(|name| *name != "none");
                self.world.policy.mechanisms = names.map(str::to_owned).collect();
            }
            "lists" => self.world.lists(first, behind)?,
            "peer" => self.world.peer = Some(first.parse().map_err(|error| format!("{error}"))?),
            "wording" => {
                self.judged = false;
                self.world.wordings.insert(first.to_owned(), behind.to_owned());
            }
            "rule" if first == "none" => self.world.rules.clear(),
            "rule" => self.world.rules.push(rule::read(first, behind)?),
            "challenge" => {
                self.world.challenges.insert(first.to_owned(), STANDARD.encode(behind));
            }
            "token" => {
                let until = words.next().map(duration).transpose()?;
                let until = until.map(|time| self.world.now + SignedDuration::try_from(time).expect("short"));
                self.world.lent.tokens.push((first.to_owned(), second.to_owned(), until));
            }
            "binding" => {
                let channel = self.world.lent.channel.get_or_insert_with(Channel::default);
                channel.bindings.add(Binding::named(first).ok_or("no such binding")?, second.as_bytes());
            }
            "certificate" => {
                let channel = self.world.lent.channel.get_or_insert_with(Channel::default);
                channel.client.push(first.to_owned());
            }
            "mail" => {
                let message = unescape(behind).map_err(|error| error.to_string())?;
                let account = self.world.id(first);
                self.world.store.deliver(account, message.into(), self.world.now).expect("room");
            }
            "lockout" => self.world.lockout = number(first)?,
            "tls" => {
                self.expect(Seen::StartTls)?;
                self.nothing_left()?;
                self.session.secured(self.world.now, &mut self.world);
                self.drain();
            }
            "wait" => {
                let time = SignedDuration::try_from(duration(first)?).expect("a short time");
                self.world.now = self.world.now.checked_add(time).expect("a time");
                if self.session.deadline().is_some_and(|deadline| deadline <= self.world.now) {
                    self.session.timeout(self.world.now, &mut self.world);
                    self.drain();
                }
            }
            "repeat" => {
                let line = self.fill(&format!("{behind}\\r\\n"))?;
                let line = unescape(&line).map_err(|e| e.to_string())?;
                self.feed(&line.repeat(number(first)?));
            }
            "flood" => self.feed(&vec![b'x'; number(first)?]),
            "hold" => {
                let account = self.world.id(first);
                let maildrop = Maildrop::open(&mut self.world.store, account, 1_000_000).expect("free");
                self.held.push((first.to_owned(), maildrop));
            }
            "release" => {
                let at = self.held.iter().position(|(user, _)| user == first).ok_or("it is not held")?;
                self.held.remove(at).1.unlock(&mut self.world.store);
            }
            "closed" => self.expect(Seen::Close(Close::Orderly))?,
            "reset" => self.expect(Seen::Close(Close::Reset))?,
            "silent" => self.nothing_left()?,
            "delay" => self.expect(Seen::Wait(duration(first)?))?,
            "replies" => {
                for _ in 0..number(first)? {
                    self.expect_line(behind)?;
                }
            }
            _ => return self.fact(word, first, second, rest),
        }
        Ok(())
    }

    fn fact(&mut self, word: &str, first: &str, second: &str, rest: &str) -> Result<(), String> {
        let pattern = rest.split_once("holds ").map(|(_, pattern)| pattern);
        let holds = |message: &[u8], pattern: &str| {
            let text = String::from_utf8_lossy(message).into_owned();
            let found = text.split("\r\n").any(|line| matches(pattern, &escape(line.as_bytes())));
            if found { Ok(()) } else { Err(format!("no line {pattern:?} in {text:?}")) }
        };
        let same =
            |wanted: usize, is: usize| if wanted == is { Ok(()) } else { Err(format!("there are {is}")) };
        match word {
            "account" => {
                let id = self.world.id(first);
                let state = self.world.store.account(id).map(|account| account.state(self.world.now));
                let shown = format!("{:?}", state.expect("an account")).to_lowercase();
                if rest.ends_with(&format!(" is {shown}")) { Ok(()) } else { Err(format!("it is {shown}")) }
            }
            "inbox" => {
                let inbox = self.world.store.mailbox(self.world.id(first), "INBOX").expect("an INBOX");
                match pattern {
                    Some(pattern) => holds(inbox.messages().last().ok_or("it is empty")?.bytes(), pattern),
                    None => same(number(second)?, inbox.messages().len()),
                }
            }
            "outbox" if first == "asks" => {
                let mail = self.world.store.outbox().last().ok_or("it is empty")?;
                let recipients = mail.recipients.iter().map(|to| (&to.address, &to.notify, &to.orcpt));
                let asks = format!("{:?} {:?} {:?}", mail.ret, mail.envid, recipients.collect::<Vec<_>>());
                if asks == rest[5..] { Ok(()) } else { Err(format!("it asks {asks}")) }
            }
            "outbox" => match pattern {
                Some(pattern) => {
                    holds(&self.world.store.outbox().last().ok_or("it is empty")?.message, pattern)
                }
                None => same(number(first)?, self.world.store.outbox().len()),
            },
            "noted" => {
                let noted = |event: &_| matches(&format!("*{rest}*"), &format!("{event:?}"));
                let found = self.world.events.iter().any(noted);
                if found { Ok(()) } else { Err(format!("not among {:#?}", self.world.events)) }
            }
            _ => Err(format!("@ {word}: no such setting, act or fact")),
        }
    }

    fn limit(&mut self, name: &str, value: &str) -> Result<(), String> {
        let limits = &mut self.world.policy.limits;
        match name {
            "line" => limits.line = number(value)?,
            "message" => limits.message = number(value)?,
            "recipients" => limits.recipients = number(value)?,
            "errors" => limits.errors = number(value)?,
            "room" => self.world.room = number(value)?,
            _ => return Err(format!("limit {name}: line, message, recipients, errors or room")),
        }
        Ok(())
    }
}

fn session(protocol: Protocol) -> Box<dyn Session> {
    match protocol {
        Protocol::Smtp => Box::new(Smtp::new()),
        Protocol::Pop3 => Box::new(Pop3::new()),
        Protocol::Imap => panic!("IMAP scripts have a runner of their own"),
    }
}
