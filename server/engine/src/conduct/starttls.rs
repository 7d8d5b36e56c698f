//! Rules about STARTTLS: where the clear ends, and what of it may be carried over. Nothing may.
use postfail_session::Event;
use postfail_session::world::Protocol;

use super::scene::Told;
use super::talk::{Heard, Talk, holds};
use super::{Area, Rule, Scene, Severity, Words};
use crate::fault::marker;
use crate::journal::{Entry, Handshake, Place, What};

pub const RULES: &[Rule] = &[
    Rule {
        id: "bytes-pipelined-behind-starttls",
        area: Area::StartTls,
        severity: Severity::Breach,
        section: "RFC 3207 4",
        advice: Words {
            en: "Send nothing behind STARTTLS until the server has answered it.",
            ja: "STARTTLSへの応答が届くまで、続けて何も送らないこと。",
        },
        proof: pipelined,
    },
    Rule {
        id: "pre-tls-capabilities-kept",
        area: Area::StartTls,
        severity: Severity::Breach,
        section: "RFC 9051 6.2.1, RFC 3207 4.2, RFC 2595 4",
        advice: Words {
            en: "Forget what the server listed before TLS, and ask for it again (CAPABILITY, CAPA, EHLO).",
            ja: "TLS開始前にサーバーが示した機能は忘れ、開始後に聞き直すこと(CAPABILITY、CAPA、EHLO)。",
        },
        proof: capabilities_kept,
    },
    Rule {
        id: "injected-reply-believed",
        area: Area::StartTls,
        severity: Severity::Harm,
        section: "RFC 9051 6.2.1, RFC 3207 5",
        advice: Words {
            en: "Throw away whatever arrived before the handshake: empty the read buffer, or end the connection.",
            ja: "TLS開始前に届いたものはすべて捨てること。受信バッファーを空にするか、接続を切る。",
        },
        proof: believed,
    },
    Rule {
        id: "unprotected-text-shown",
        area: Area::StartTls,
        severity: Severity::Harm,
        section: "RFC 9051 7.1",
        advice: Words {
            en: "Do not show people what a server says before TLS stands: anybody on the way can have written it.",
            ja: "TLS開始前にサーバーが送ってきた文章を利用者に見せないこと。通信経路上の第三者が書いたものかもしれない。",
        },
        proof: shown,
    },
    Rule {
        id: "preauth-accepted-in-clear",
        area: Area::StartTls,
        severity: Severity::Harm,
        section: "RFC 9051 7.1.4",
        advice: Words {
            en: "Where TLS is wanted, end a connection that is greeted with PREAUTH: STARTTLS is not possible any more.",
            ja: "暗号化が必要な設定のときにPREAUTHで始まったら、接続を切ること。もうSTARTTLSは使えない。",
        },
        proof: preauth,
    },
    Rule {
        id: "starttls-refusal-ignored",
        area: Area::StartTls,
        severity: Severity::Leak,
        section: "RFC 8314 4.1, RFC 3207 6",
        advice: Words {
            en: "Where the settings say STARTTLS and there is none, stop and say so; do not go on in the clear.",
            ja: "STARTTLSの設定なのに暗号化できないときは、止めて知らせること。暗号化なしで続けない。",
        },
        proof: refusal_ignored,
    },
];

fn pipelined<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let behind = |entry: &&&Entry| {
        matches!(entry.what, What::Session(Event::StartTls { pipelined: 1.. })) && entry.connection.is_some()
    };
    scene.entries.iter().filter(behind).copied().collect()
}

fn is_done(heard: &Heard<'_>) -> bool {
    matches!(&heard.entry.what, What::Handshake(handshake) if matches!(**handshake, Handshake::Done { .. }))
}

/// What was said under TLS that began with STARTTLS; nothing when it did not.
fn behind_starttls<'t, 'a>(talk: &'t Talk<'a>) -> &'t [Heard<'a>] {
    let starts = |heard: &Heard<'_>| matches!(heard.entry.what, What::Session(Event::StartTls { .. }));
    let Some(start) = talk.heard.iter().position(starts) else { return &[] };
    let behind = talk.heard.get(start..).unwrap_or_default();
    behind.iter().position(is_done).and_then(|done| behind.get(done + 1..)).unwrap_or_default()
}

/// The first word that needs to know what the server offers comes before the question.
fn capabilities_kept<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut proof = Vec::new();
    for talk in &scene.talks {
        let (asks, needs): (&[&str], &[&str]) = match talk.protocol() {
            Protocol::Imap => (&["CAPABILITY"], &["AUTHENTICATE"]),
            Protocol::Pop3 => (&["CAPA"], &["AUTH"]),
            Protocol::Smtp => (&["EHLO", "HELO"], &["AUTH", "MAIL"]),
        };
        for heard in behind_starttls(talk) {
            let verb = heard.verb.as_str();
            if asks.contains(&verb) || heard.tells("CAPABILITY ") {
                break;
            }
            if needs.contains(&verb) {
                proof.push(heard.entry);
                break;
            }
        }
    }
    proof
}

/// Parting words that say nothing of what was believed.
const PARTING: [&str; 4] = ["QUIT", "LOGOUT", "RSET", "NOOP"];

/// A marker of ours comes back under TLS or in the client's files; or a command is followed by another although
/// nothing answered it but what was injected.
fn believed<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let markers = marker::fired(&scene.entries, scene.seed);
    let is_marked = |bytes: &[u8]| markers.iter().any(|marker| marker.is_in(bytes));
    let mut proof = Vec::new();
    for talk in &scene.talks {
        let marked = talk.said().filter(|heard| heard.secured);
        proof.extend(marked.filter(|heard| heard.line_in().is_some_and(is_marked)).map(|heard| heard.entry));
        proof.extend(goes_on(talk));
    }
    proof.extend(turned_up(scene, Place::Files));
    proof
}

/// Where a marker turned up that was said in the clear; under TLS a server may say what it likes.
fn turned_up<'a>(scene: &Scene<'a>, wanted: Place) -> Vec<&'a Entry> {
    let heard = scene.talks.iter().filter(|talk| talk.told != Told::Clear).flat_map(|talk| &talk.heard);
    let clear: Vec<&[u8]> = heard.filter(|heard| !heard.secured).filter_map(Heard::line_out).collect();
    let is_of = |entry: &&&Entry| match &entry.what {
        What::Shown { marker, place } => {
            *place == wanted && clear.iter().any(|line| holds(line, marker.as_bytes()))
        }
        _ => false,
    };
    scene.entries.iter().filter(is_of).copied().collect()
}

/// Under TLS behind an injection: a command the server never answered, and the next one.
fn goes_on<'a>(talk: &Talk<'a>) -> Vec<&'a Entry> {
    let injects = |heard: &Heard<'_>| {
        matches!(&heard.entry.what, What::Session(Event::Fault { stage, fault, .. })
            if stage == "starttls" && matches!(fault.as_str(), "inject" | "raw"))
    };
    if !talk.heard.iter().any(injects) {
        return Vec::new();
    }
    let mut unanswered: Option<&'a Entry> = None;
    let mut last: Option<&'a Entry> = None;
    for heard in behind_starttls(talk) {
        match &heard.entry.what {
            What::Session(Event::Fault { fault, .. }) if fault == "ignore" => unanswered = last,
            What::Session(Event::LineOut { .. }) => unanswered = None,
            What::Session(Event::LineIn { .. }) => {
                if let Some(before) = unanswered
                    && !PARTING.contains(&heard.verb.as_str())
                {
                    return vec![before, heard.entry];
                }
                last = Some(heard.entry);
            }
            _ => {}
        }
    }
    Vec::new()
}

/// A marker that came in the clear shows up in what the client printed.
fn shown<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    turned_up(scene, Place::Output)
}

const IMAP: [&str; 19] = [
    "LOGIN",
    "AUTHENTICATE",
    "SELECT",
    "EXAMINE",
    "CREATE",
    "DELETE",
    "RENAME",
    "SUBSCRIBE",
    "LIST",
    "LSUB",
    "STATUS",
    "APPEND",
    "IDLE",
    "SEARCH",
    "FETCH",
    "STORE",
    "COPY",
    "MOVE",
    "EXPUNGE",
];

/// Verbs by which somebody logs in, or mail is read or sent.
fn is_of_mail(protocol: Protocol, verb: &str) -> bool {
    match protocol {
        Protocol::Imap => IMAP.contains(&verb),
        Protocol::Pop3 => matches!(
            verb,
            "USER" | "PASS" | "APOP" | "AUTH" | "STAT" | "LIST" | "UIDL" | "RETR" | "TOP" | "DELE"
        ),
        Protocol::Smtp => matches!(verb, "AUTH" | "MAIL" | "RCPT" | "DATA" | "BDAT"),
    }
}

fn preauth<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let in_clear = scene.talks.iter().filter(|talk| talk.told == Told::Protected);
    in_clear
        .filter_map(|talk| {
            let greeting = talk.greeting().filter(|heard| !heard.secured && heard.tells("* PREAUTH"))?;
            let goes_on =
                talk.said().find(|heard| !heard.secured && is_of_mail(Protocol::Imap, &heard.verb))?;
            Some([greeting.entry, goes_on.entry])
        })
        .flatten()
        .collect()
}

/// Told to use STARTTLS, the client goes on without; PREAUTH is another rule's.
fn refusal_ignored<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let in_clear = scene.talks.iter().filter(|talk| talk.told == Told::Protected);
    let mut proof = Vec::new();
    for talk in in_clear.filter(|talk| talk.greeting().is_none_or(|heard| !heard.tells("* PREAUTH"))) {
        let goes_on = talk.said().find(|heard| !heard.secured && is_of_mail(talk.protocol(), &heard.verb));
        let Some(goes_on) = goes_on else { continue };
        let asks = talk.heard.iter().position(|heard| matches!(heard.verb.as_str(), "STARTTLS" | "STLS"));
        if let Some(asked) = asks.and_then(|at| talk.heard.get(at..)) {
            let answer = asked.iter().find(|heard| heard.line_out().is_some());
            proof.extend(asked.first().into_iter().chain(answer).map(|heard| heard.entry));
        }
        proof.push(goes_on.entry);
    }
    proof
}
