//! What a client reads, against what the profiles say that the real servers say: every failure of every profile that
//! has words of its own, on the wire.
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use postfail::change::{Accept, Change, Pace, Place, Refuse};
use postfail::listener::Protocol;
use postfail::names::{self, Met};
use postfail::profile::date::RoughDate;
use postfail::profile::{FAILURES, Profile, Response, Stage, Then, Wire};
use postfail::{Handle, ListenerName, Postfail, catalogue};

/// Nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long a server that hangs is listened to.
const SILENCE: Duration = Duration::from_millis(200);
/// Profiles at the same time: most of it is waiting.
const THREADS: usize = 6;

struct Talk(BufReader<TcpStream>);

impl Talk {
    fn connect(mail: &Handle, protocol: Protocol) -> Self {
        let listener = match protocol {
            Protocol::Smtp => ListenerName::Smtp,
            Protocol::Pop3 => ListenerName::Pop3,
            Protocol::Imap => ListenerName::Imap,
        };
        let stream = TcpStream::connect(mail.addr(listener)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    fn say(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }

    /// Say a line and read its answer to the end, untagged lines and continuation lines too.
    fn ask(&mut self, protocol: Protocol, line: &str) -> String {
        self.say(line);
        loop {
            let told = self.line();
            let more = match protocol {
                Protocol::Smtp => told.get(3..4) == Some("-"),
                Protocol::Pop3 => false,
                Protocol::Imap => told.starts_with("* "),
            };
            if !more {
                return told;
            }
        }
    }

    /// The line behind which a log-in is judged.
    fn log_in(&mut self, protocol: Protocol, user: &str, password: &str) -> String {
        match protocol {
            Protocol::Smtp => {
                self.ask(protocol, "EHLO client.example");
                format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")))
            }
            Protocol::Pop3 => {
                self.ask(protocol, &format!("USER {user}"));
                format!("PASS {password}")
            }
            Protocol::Imap => format!("a LOGIN {user} \"{password}\""),
        }
    }

    /// What is left until the end of the connection; an error is RST.
    fn rest(&mut self) -> std::io::Result<String> {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).map(|_| rest)
    }
}

/// `{tag}`, `{user}` and `{host}` are known; what else stands in braces may be anything.
fn is_said(pattern: &str, line: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('{') else { return pattern == line };
    let Some((_, behind)) = rest.split_once('}') else { return pattern == line };
    let Some(line) = line.strip_prefix(before) else { return false };
    (0..=line.len()).any(|at| line.is_char_boundary(at) && is_said(behind, &line[at..]))
}

/// Where the profile's server says it, provoke it there; the lines that were said.
fn provoke(talk: &mut Talk, place: Place, response: &Response, user: &str, password: &str) -> Vec<String> {
    let protocol = response.protocol;
    if place != Place::Connect {
        talk.line();
        let log_in = talk.log_in(protocol, user, password);
        let line = match place {
            Place::Auth => log_in,
            Place::StartTls if protocol == Protocol::Imap => "a STARTTLS".to_owned(),
            Place::StartTls => "STARTTLS".to_owned(),
            _ => {
                let granted = talk.ask(protocol, &log_in);
                assert!(["235 ", "+OK ", "a OK"].iter().any(|ok| granted.starts_with(ok)), "{granted}");
                let line = match protocol {
                    Protocol::Smtp => "MAIL FROM:<taro@postfail.test>",
                    Protocol::Pop3 => "STAT",
                    Protocol::Imap => "a SELECT INBOX",
                };
                line.to_owned()
            }
        };
        talk.say(&line);
    }
    response.lines().map(|_| talk.line()).collect()
}

fn place(response: &Response) -> Place {
    match response.stage {
        Stage::Connect | Stage::Greeting => Place::Connect,
        Stage::StartTls => Place::StartTls,
        Stage::Auth | Stage::Capability => Place::Auth,
        _ => Place::Command,
    }
}

/// The greetings, as far as they are known.
fn compare_greetings(mail: &Handle, profile: &Profile, day: Date) {
    for (protocol, prefix) in [(Protocol::Smtp, "220 "), (Protocol::Pop3, "+OK "), (Protocol::Imap, "* OK ")]
    {
        let Some(greeting) = profile.greeting.of(protocol).as_ref().map(|own| own.on(day)) else { continue };
        let told = Talk::connect(mail, protocol).line();
        // The list in front is true to the listener; APOP's timestamp comes behind.
        let list = if told.starts_with("* OK [CAPABILITY ") { "[CAPABILITY {list}] " } else { "" };
        let stamp = if protocol == Protocol::Pop3 { " <{timestamp}>" } else { "" };
        let pattern = format!("{prefix}{list}{}{stamp}", greeting.words());
        assert!(is_said(&pattern, &told), "{}: wanted {pattern:?}, read {told:?}", profile.id);
    }
}

/// The days on which a profile says something that it said at no other time: today, and for each span its first day
/// or, where nobody knows that, the one before its last: the last may be its successor's first.
fn days(profile: &Profile) -> BTreeSet<Date> {
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let edge = |response: &Response| {
        let before_last = |until: RoughDate| until.last().yesterday().unwrap();
        response.since.map(RoughDate::first).or_else(|| response.until.map(before_last))
    };
    profile.responses.iter().filter_map(edge).chain([today]).collect()
}

/// All of one profile on one day; the responses that were said.
async fn compare(profile: &Profile, day: Date) -> BTreeSet<String> {
    let mail = Postfail::healthy().profile(&profile.id).era(day).start().await.unwrap();
    mail.apply(&["all.auth=PLAIN".parse().unwrap(), Change::Pace(Pace::Instant)]).await.unwrap();
    let taro = mail.account("taro");
    compare_greetings(&mail, profile, day);
    let mut compared = BTreeSet::new();
    for (failure, protocol) in FAILURES
        .iter()
        .flat_map(|failure| [Protocol::Smtp, Protocol::Pop3, Protocol::Imap].map(|p| (failure, p)))
    {
        let Some(response) = profile.response_by(failure, protocol, "PLAIN", day) else { continue };
        if matches!(response.wire, Wire::Event | Wire::None) {
            continue;
        }
        let failure = (*failure).to_owned();
        let refuse = Refuse { failure, protocols: vec![protocol], ..Refuse::default() };
        mail.apply(&[Change::Refuse(refuse)]).await.unwrap();
        let mut talk = Talk::connect(&mail, protocol);
        let told = provoke(&mut talk, place(response), response, &taro.name, &taro.password);
        for (pattern, line) in response.lines().zip(&told) {
            let said = is_said(&pattern.replace("{tag}", "a"), line)
                || (place(response) == Place::Connect && line.starts_with("* BYE "));
            assert!(said, "{}: wanted {pattern:?}, read {line:?}", response.id);
        }
        match response.then {
            Then::Close => assert_eq!(talk.rest().unwrap(), "", "{}", response.id),
            Then::Reset => assert!(talk.rest().is_err(), "{}", response.id),
            Then::Keep if place(response) != Place::Connect => {
                let quit = if protocol == Protocol::Imap { "z LOGOUT" } else { "QUIT" };
                assert!(!talk.ask(protocol, quit).is_empty(), "{} ended", response.id);
            }
            Then::Keep | Then::Hang => {}
        }
        let accept = Accept { failure: "all".to_owned(), account: None, protocols: Vec::new() };
        mail.apply(&[Change::Accept(accept)]).await.unwrap();
        compared.insert(response.id.clone());
    }
    mail.stop().await;
    compared
}

/// All of these profiles, one after the other; how many responses there were.
fn compare_all(names: &[String]) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut count = 0;
    for name in names {
        let profile = catalogue::profile(name).unwrap();
        let mut compared = BTreeSet::new();
        for day in days(&profile) {
            compared.extend(runtime.block_on(compare(&profile, day)));
        }
        let dated = profile.responses.iter().filter(|known| known.since.or(known.until).is_some());
        let said = dated.filter(|known| !matches!(known.wire, Wire::Event | Wire::None));
        let never: Vec<&str> =
            said.map(|known| known.id.as_str()).filter(|id| !compared.contains(*id)).collect();
        assert!(never.is_empty(), "{name}: on no day were said {never:?}");
        count += compared.len();
    }
    count
}

#[test]
fn every_failure_of_every_profile_is_said_as_the_profile_has_it() {
    let names = catalogue::profiles();
    let share = names.len().div_ceil(THREADS);
    let compared: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = names.chunks(share).map(|some| scope.spawn(|| compare_all(some))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(compared >= 250, "only {compared} were compared");
}

/// The user name `FAILURE+NAME` and the account's right password: what is said, and what happens then.
fn chosen(mail: &Handle, failure: &str, met: Met, protocol: Protocol) {
    let taro = mail.account("taro");
    let (words, then) = mail.with_world(|world| {
        let day = world.now(jiff::Timestamp::now()).to_zoned(jiff::tz::TimeZone::UTC).date();
        let known = world.profile().response(failure, protocol, day).expect("our own words");
        (known.lines().next().map(|line| line.replace("{tag}", "a")), known.then)
    });
    let mut talk = Talk::connect(mail, protocol);
    talk.line();
    let log_in = talk.log_in(protocol, &format!("{failure}+{}", taro.address), &taro.password);
    talk.say(&log_in);
    let refused = |talk: &mut Talk| {
        if let Some(words) = &words {
            assert_eq!(talk.line(), *words, "{failure} {protocol:?}");
        }
        match then {
            Then::Close => assert_eq!(talk.rest().unwrap(), "", "{failure} {protocol:?}"),
            Then::Hang => {
                talk.0.get_ref().set_read_timeout(Some(SILENCE)).unwrap();
                let kind = talk.rest().expect_err("nothing is said and nothing closed").kind();
                assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{failure}: {kind}");
            }
            Then::Keep | Then::Reset => {}
        }
    };
    if matches!(met, Met::LogIn | Met::InTheClear) {
        return refused(&mut talk);
    }
    // Until the tagged line: what stands before it is untagged.
    let granted = std::iter::repeat_with(|| talk.line()).find(|line| !line.starts_with("* ")).unwrap();
    assert!(["235 ", "+OK ", "a OK"].iter().any(|ok| granted.starts_with(ok)), "{failure}: {granted}");
    let full = format!("RCPT TO:<full+{}>", taro.address);
    match (met, protocol) {
        (Met::Next | Met::Sender, Protocol::Smtp) => {
            talk.say("MAIL FROM:<taro@postfail.test>");
            refused(&mut talk);
        }
        (Met::Next, _) => {
            talk.say(if protocol == Protocol::Imap { "a SELECT INBOX" } else { "STAT" });
            refused(&mut talk);
        }
        (_, Protocol::Smtp) => {
            assert!(talk.ask(protocol, "MAIL FROM:<taro@postfail.test>").starts_with("250 "));
            talk.say(&full);
            refused(&mut talk);
            assert!(talk.ask(protocol, &full.replace("full+", "")).starts_with("250 "));
        }
        (Met::Room, Protocol::Imap) => {
            talk.say("a APPEND INBOX {14+}\r\nSubject: x\r\n\r\n");
            refused(&mut talk);
            assert!(talk.ask(protocol, "b SELECT INBOX").starts_with("b OK"));
        }
        (_, Protocol::Imap) => assert!(talk.ask(protocol, "b SELECT INBOX").starts_with("b OK")),
        (_, Protocol::Pop3) => assert!(talk.ask(protocol, "STAT").starts_with("+OK ")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_user_name_that_is_listed_does_what_it_says() {
    let mail = Postfail::healthy().start().await.unwrap();
    mail.apply(&["all.auth=PLAIN".parse().unwrap(), Change::Pace(Pace::Instant)]).await.unwrap();
    let mut failures = 0;
    for (failure, met) in names::failures() {
        for protocol in [Protocol::Smtp, Protocol::Pop3, Protocol::Imap] {
            tokio::task::block_in_place(|| chosen(&mail, failure, met, protocol));
        }
        failures += 1;
    }
    assert!(failures >= 30, "{failures}");
    mail.stop().await;
}

#[tokio::test]
async fn the_era_decides_what_a_healthy_server_says() {
    for (day, words) in
        [("2024-12-01", "a NO LOGIN failed."), ("2026-10-01", "a NO Basic authentication is disabled.")]
    {
        let asked = Postfail::healthy().profile("outlook.com").era(day.parse().unwrap());
        let mail = asked.start().await.unwrap();
        mail.apply(&["all.auth=PLAIN".parse().unwrap(), Change::Pace(Pace::Instant)]).await.unwrap();
        let mut talk = Talk::connect(&mail, Protocol::Imap);
        talk.line();
        assert_eq!(talk.ask(Protocol::Imap, "a LOGIN basic+taro@postfail.test x"), words, "{day}");
        mail.stop().await;
    }
}

#[tokio::test]
async fn a_user_name_chooses_its_failure_on_the_wire() {
    let mail = Postfail::healthy().profile("dovecot").start().await.unwrap();
    mail.apply(&[Change::Pace(Pace::Instant)]).await.unwrap();
    let mut talk = Talk::connect(&mail, Protocol::Imap);
    talk.line();
    let told = talk.ask(Protocol::Imap, "a LOGIN temp+taro@postfail.test anything");
    assert!(told.starts_with("a NO [UNAVAILABLE] Temporary authentication failure. ["), "{told}");
    mail.stop().await;
}
