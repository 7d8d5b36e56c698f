//! Automatic settings: what a provider tells a mail program that asks how to set itself up, right or wrong.
//!
//! Three kinds of question are answered: Thunderbird's autoconfig, Microsoft's Autodiscover (POX), and Apple's
//! configuration profile. The listeners are described as the world has them; an [`Answer`] says how the description
//! goes wrong.
mod apple;
mod autodiscover;
mod thunderbird;

#[cfg(test)]
mod tests;

use postfail_session::world::{Protocol, Security};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::listener::{Listener, ListenerName, State};
use crate::world::World;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    Thunderbird,
    Autodiscover,
    Apple,
}

impl Service {
    pub const ALL: [Self; 3] = [Self::Thunderbird, Self::Autodiscover, Self::Apple];
}

/// What they are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The settings as they are.
    #[default]
    Right,
    /// 404: nobody has put any there.
    Missing,
    /// Those of long ago: POP3 and SMTP on their oldest ports, without encryption.
    Stale,
    /// Ports that were given back or never were: nobody answers there.
    WrongPort,
    /// TLS from the first byte where STARTTLS belongs, and the reverse.
    WrongEncryption,
    /// 500: the service fails.
    Error,
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    pub media_type: &'static str,
    pub body: String,
}

/// One server of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    protocol: Protocol,
    port: u16,
    security: Security,
}

/// What all three kinds of description say.
struct Settings<'a> {
    host: &'a str,
    address: &'a str,
    title: &'a str,
    places: Vec<Place>,
}

/// Answer a question. `host` is the name clients reach the listeners by; `address` is the mailbox asked for, and
/// stands in the answer as it came: whether it exists is not told to strangers.
pub fn page(world: &World, service: Service, host: &str, address: &str) -> Page {
    let answer = world.autoconfig(service);
    let plain = |status: u16, body: &str| Page { status, media_type: "text/plain", body: body.to_owned() };
    match answer {
        Answer::Missing => return plain(404, "Not Found\n"),
        Answer::Error => return plain(500, "Internal Server Error\n"),
        Answer::Right | Answer::Stale | Answer::WrongPort | Answer::WrongEncryption => {}
    }
    let places = places(world.listeners(), answer);
    let settings = Settings { host, address, title: &world.profile().title.en, places };
    let (media_type, body) = match service {
        Service::Thunderbird => ("text/xml; charset=utf-8", thunderbird::write(&settings)),
        Service::Autodiscover => ("text/xml; charset=utf-8", autodiscover::write(&settings)),
        Service::Apple => ("application/x-apple-aspen-config", apple::write(&settings)),
    };
    Page { status: 200, media_type, body }
}

/// The mailbox an Autodiscover request asks for.
pub use autodiscover::{invalid_request, mailbox};

/// The servers in the order a program should try them: IMAP before POP3, TLS from the first byte before STARTTLS.
fn places(listeners: &[Listener; 7], answer: Answer) -> Vec<Place> {
    use ListenerName::{Imap, Imaps, Pop3, Pop3s, Smtp, Smtps, Submission};
    let listener = |name: ListenerName| &listeners[name as usize];
    let place = |name: ListenerName| Place {
        protocol: name.protocol(),
        port: listener(name).port,
        security: listener(name).security,
    };
    if answer == Answer::Stale {
        return [Pop3, Smtp].map(|name| Place { security: Security::Plain, ..place(name) }).to_vec();
    }
    let names = [Imaps, Imap, Pop3s, Pop3, Smtps, Submission];
    let open = names.into_iter().filter(|name| listener(*name).state == State::Open);
    let bent = |place: Place| match answer {
        Answer::WrongPort => Place { port: nobodys(place.protocol), ..place },
        Answer::WrongEncryption => Place { security: other(place.security), ..place },
        _ => place,
    };
    open.map(place).map(bent).collect()
}

/// 585 was IMAP over TLS until it was given back in 2006; 109 is POP2's, and 26 is a habit of some hosters.
fn nobodys(protocol: Protocol) -> u16 {
    match protocol {
        Protocol::Imap => 585,
        Protocol::Pop3 => 109,
        Protocol::Smtp => 26,
    }
}

fn other(security: Security) -> Security {
    match security {
        Security::Implicit => Security::StartTls,
        Security::StartTls | Security::Plain => Security::Implicit,
    }
}

/// Text between tags or quotes (XML 1.0, 2.4).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write these.
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
