//! Conversations as data: what clients say, and exactly what they are answered.
//!
//! ```text
//! # a remark
//! @ starttls | implicit | require-tls    first lines only; otherwise plain
//! C: a LOGIN taro secret                 a line of connection 1; C2: of connection 2, and so on
//! R: \x00no line end                     bytes as they are, escaped
//! S: a OK Logged in                      one line of the answer to connection 1
//! @ quota 1000                           taro may hold so many bytes
//! @ protect INBOX                        taro may read it and not write
//! @ renew INBOX                          it is made anew, with another UIDVALIDITY
//! @ lists tls IMAP4rev1 IDLE             the provider's own list, in plain, under tls or authenticated
//! @ lists granted {user} is in           the OK of a log-in, and an untagged list before it
//! @ lists quietly                        neither in the greeting nor in the OK of a log-in
//! @ connect                              connection 1 is there and greeted; a line from it does that too
//! @ log in 2                             connection 2 logs in; the answers are not looked at
//! @ deliver                              a message comes into taro's INBOX
//! @ pass 60                              a minute goes by
//! @ rule Command NOOP hide               the world's answer to one cue: hide, ignore, reset, delay, reply, raw, inject
//! @ words idle-timeout * BYE Tired       the provider's words for a failure
//! @ mechanisms XOAUTH2 EXTERNAL          the listener offers these
//! @ token taro abc 60                    a bearer token of taro's, good for a minute
//! @ challenge FAILURE JSON               what an OAuth mechanism says before the words
//! @ binding tls-exporter TEXT            what TLS can bind to; `certificate NAME` what the client shows
//! @ hang up 2                            the client of connection 2 is gone
//! S: <closed>                            the server ended the connection
//! ```
//! With `BLESS=1` in the environment, the `S:` lines of all scripts are written anew: read the difference.
use std::fmt::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::SignedDuration;
use postfail_session::Close;
use postfail_session::world::{Channel, Granted, Injection, Refusal, Ruling, Security, Then};
use postfail_wire::escape;
use postfail_wire::sasl::Binding;

use crate::conversation::Conversation;
use crate::world::{Lab, message};

/// Play a script; its text with the answers as they are.
pub fn play(script: &str) -> String {
    let mut talk = Conversation::new(lab(script));
    let mut played = String::new();
    for line in orders(script) {
        played.push_str(line);
        played.push('\n');
        step(&mut talk, line);
        answers(&mut talk, &mut played);
    }
    played
}

/// Play a script; all that each connection was told.
pub fn said(script: &str) -> Vec<Vec<u8>> {
    let mut talk = Conversation::new(lab(script));
    let mut said: Vec<Vec<u8>> = Vec::new();
    for line in orders(script) {
        step(&mut talk, line);
        let numbers: Vec<u64> = talk.numbers().collect();
        said.extend(numbers.into_iter().map(|number| talk.take(number)));
    }
    said
}

/// The lines of a script that are not answers.
fn orders(script: &str) -> impl Iterator<Item = &str> {
    script.lines().filter(|line| !line.starts_with('S'))
}

fn lab(script: &str) -> Lab {
    let has = |word: &str| script.lines().any(|line| line == format!("@ {word}"));
    let security = match () {
        () if has("starttls") => Security::StartTls,
        () if has("implicit") => Security::Implicit,
        () => Security::Plain,
    };
    Lab::new(security, has("require-tls"))
}

fn step(talk: &mut Conversation, line: &str) {
    if let Some(order) = line.strip_prefix("@ ") {
        return obey(talk, order);
    }
    let Some((who, text)) = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|who| (who, "")))
    else {
        return;
    };
    let Some(kind) = who.chars().next().filter(|kind| "CR".contains(*kind)) else { return };
    let connection = who.get(1..).and_then(|number| number.parse().ok()).unwrap_or(1);
    let bytes = match kind {
        'C' => format!("{text}\r\n").into_bytes(),
        _ => escape::unescape(text).expect("an escaped text"),
    };
    talk.hear(connection, &bytes);
}

fn obey(talk: &mut Conversation, order: &str) {
    let words: Vec<&str> = order.split(' ').collect();
    match words.as_slice() {
        ["starttls" | "implicit" | "require-tls"] => {}
        ["log", "in", number] => {
            let number = number.parse().expect("a connection");
            talk.hear(number, b"l LOGIN taro secret\r\n");
            talk.take(number);
        }
        ["quota", bytes] => {
            let taro = talk.lab.store.find("taro").expect("taro");
            talk.lab.store.set_quota(taro, Some(bytes.parse().expect("bytes"))).expect("taro");
        }
        ["protect", mailbox] => {
            let taro = talk.lab.store.find("taro").expect("taro");
            talk.lab.store.set_read_only(taro, mailbox, true).expect("a mailbox");
        }
        ["renew", mailbox] => {
            let taro = talk.lab.store.find("taro").expect("taro");
            talk.lab.store.renew(taro, mailbox).expect("a mailbox");
            talk.wake();
        }
        ["lists", "quietly"] => {
            talk.lab.policy.capabilities.unasked = false;
        }
        ["lists", "granted", words @ ..] => {
            talk.lab.policy.capabilities.granted = Some(Granted { listed: true, text: words.join(" ") });
        }
        ["lists", situation, words @ ..] => talk.lab.lists(situation, words),
        ["connect"] => talk.connect(1),
        ["deliver"] => {
            let taro = talk.lab.store.find("taro").expect("taro");
            talk.lab.store.deliver(taro, message(4), talk.now).expect("room");
            talk.wake();
        }
        ["pass", seconds] => talk.pass(seconds.parse().expect("seconds")),
        ["hang", "up", number] => talk.hang_up(number.parse().expect("a connection")),
        ["words", failure, words @ ..] => {
            talk.lab.words.insert((*failure).to_owned(), words.join(" "));
        }
        ["mechanisms", names @ ..] => {
            talk.lab.policy.mechanisms = names.iter().map(|&name| name.to_owned()).collect();
        }
        ["token", user, token, seconds] => {
            let until = talk.now + SignedDuration::from_secs(seconds.parse().expect("seconds"));
            talk.lab.lent.tokens.push(((*user).to_owned(), (*token).to_owned(), Some(until)));
        }
        ["challenge", failure, json @ ..] => {
            talk.lab.challenges.insert((*failure).to_owned(), STANDARD.encode(json.join(" ")));
        }
        ["binding", name, text] => {
            let channel = talk.lab.lent.channel.get_or_insert_with(Channel::default);
            channel.bindings.add(Binding::named(name).expect("a type"), text.as_bytes());
        }
        ["certificate", name] => {
            let channel = talk.lab.lent.channel.get_or_insert_with(Channel::default);
            channel.client.push((*name).to_owned());
        }
        ["rule", cue @ .., what] => talk.lab.rulings.push((cue.join(" "), ruling(what))),
        _ => panic!("nobody knows the order {order:?}"),
    }
}

fn ruling(what: &str) -> Ruling {
    let refusal = |then| Refusal {
        failure: "test".to_owned(),
        lines: vec!["{tag} NO [UNAVAILABLE] Not now, {user}".to_owned()],
        delay: Duration::ZERO,
        then,
        challenge: None,
    };
    match what {
        "hide" => Ruling::Hide,
        "ignore" => Ruling::Ignore,
        "keep" => Ruling::Keep,
        "preauth" => {
            Ruling::Preauth { account: "taro".to_owned(), text: "[CAPABILITY IMAP4rev1] Hello".to_owned() }
        }
        "raw" => Ruling::Raw { bytes: Bytes::from_static(b"* OK NOISE\r\n"), then: Then::Keep },
        "inject" => Ruling::Inject(Injection {
            before: Bytes::from_static(b"* OK BEFORE\r\n"),
            behind: Bytes::from_static(b"* OK BEHIND\r\n"),
            ..Injection::default()
        }),
        "reset" => Ruling::Close(Close::Reset),
        "delay" => Ruling::Delay(Duration::from_secs(5)),
        "reply" => Ruling::Reply(refusal(Then::Keep)),
        "reply-close" => Ruling::Reply(refusal(Then::Close)),
        "reply-hang" => Ruling::Reply(refusal(Then::Hang)),
        _ => panic!("nobody knows the ruling {what:?}"),
    }
}

/// What everybody was told, as `S:` lines.
fn answers(talk: &mut Conversation, played: &mut String) {
    let numbers: Vec<u64> = talk.numbers().collect();
    for number in numbers {
        let said = talk.take(number);
        let who = if number == 1 { "S".to_owned() } else { format!("S{number}") };
        for line in said.split_inclusive(|&byte| byte == b'\n') {
            let text = line.strip_suffix(b"\r\n").map_or_else(|| escape::escape(line), plain);
            let _ = writeln!(played, "{who}: {text}");
        }
        if let Some(how) = talk.ended(number).filter(|_| !played.contains(&format!("{who}: <"))) {
            let _ = writeln!(played, "{who}: <{}>", if how == Close::Orderly { "closed" } else { "reset" });
        }
    }
}

/// A backslash is one here: flags are full of them.
fn plain(line: &[u8]) -> String {
    escape::escape(line).replace("\\\\", "\\")
}
