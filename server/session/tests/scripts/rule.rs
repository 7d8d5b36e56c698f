//! Rules of a script: what the world answers to a cue.
use std::time::Duration;

use bytes::Bytes;
use postfail_session::Close;
use postfail_session::world::{Injection, Refusal, Ruling, Stage, Then};
use postfail_wire::escape::unescape;

use super::words::duration;
use super::world::Place;

/// `@ rule WHERE WHAT`.
pub fn read(place: &str, what: &str) -> Result<(Place, Ruling), String> {
    let (place, account) = place.split_once('/').map_or((place, None), |(place, name)| (place, Some(name)));
    let stage = Some(match place {
        "greeting" => Stage::Greeting,
        "starttls" => Stage::StartTls,
        "capability" => Stage::Capability,
        "auth" => Stage::Auth,
        "mailbox" => Stage::Mailbox,
        "data" => Stage::Data,
        "quit" => Stage::Quit,
        _ => Stage::Command,
    });
    let is_verb = !place.is_empty() && place.bytes().all(|byte| !byte.is_ascii_lowercase());
    let place = Place {
        stage: stage.filter(|_| !is_verb),
        verb: is_verb.then(|| place.to_owned()),
        account: account.map(str::to_owned),
    };
    let (word, text) = what.split_once(' ').unwrap_or((what, ""));
    let reply = |then| {
        let lines = vec![text.to_owned()];
        Ruling::Reply(Refusal { failure: "ruled".to_owned(), lines, then, ..Refusal::default() })
    };
    let ruling = match word {
        "delay" => Ruling::Delay(duration(text)?),
        "hide" => Ruling::Hide,
        "ignore" => Ruling::Ignore,
        "keep" => Ruling::Keep,
        "raw" => Ruling::Raw { bytes: bytes(text)?, then: Then::Keep },
        "before" => inject(bytes(text)?, Bytes::new(), None),
        "behind" => inject(Bytes::new(), bytes(text)?, None),
        "apart" => inject(Bytes::new(), bytes(text)?, Some(Duration::ZERO)),
        "close" => Ruling::Close(Close::Orderly),
        "reset" => Ruling::Close(Close::Reset),
        "reply" => reply(Then::Keep),
        "close-with" => reply(Then::Close),
        "reset-with" => reply(Then::Reset),
        "hang-with" => reply(Then::Hang),
        _ => return Err(format!("rule {word}: see scripts/script.rs")),
    };
    Ok((place, ruling))
}

fn bytes(text: &str) -> Result<Bytes, String> {
    unescape(text).map(Bytes::from).map_err(|error| error.to_string())
}

fn inject(before: Bytes, behind: Bytes, delay: Option<Duration>) -> Ruling {
    Ruling::Inject(Injection { before, behind, delay, then: Then::Keep })
}
