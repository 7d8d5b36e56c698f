//! What EHLO, CAPA and CAPABILITY list when a provider's own words are given (RFC 5321 section 4.1.1.1, RFC 2449
//! section 5, RFC 3501 section 6.1.1).
//!
//! The words keep their order and may name what we cannot do, as the provider's do. What depends on the listener is
//! kept true: STARTTLS is listed where TLS can begin, mechanisms where one may log in, and those the listener offers.
use postfail_wire::sasl::Mechanism;

use crate::World;
use crate::world::{Policy, Protocol, Security};

/// A provider's lists by situation; where there is none, what we can do is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Before TLS.
    pub plain: Option<Listing>,
    /// Under TLS.
    pub tls: Option<Listing>,
    /// Once logged in.
    pub authenticated: Option<Listing>,
    /// The mechanisms of a listener these lists were written for; one with others lists its own.
    pub mechanisms: Vec<String>,
    /// IMAP: listed unasked, in the greeting and in the OK of a log-in (RFC 3501 section 7.1).
    pub unasked: bool,
    /// IMAP: how this provider lets in.
    pub granted: Option<Granted>,
}

impl Default for Capabilities {
    fn default() -> Self {
        let (plain, tls, authenticated, granted) = (None, None, None, None);
        Self { plain, tls, authenticated, mechanisms: Vec::new(), unasked: true, granted }
    }
}

/// One list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Keywords with their arguments as they stand on the wire: `AUTH PLAIN LOGIN`, `SASL PLAIN`, `AUTH=PLAIN`.
    pub words: Vec<String>,
    /// What is said around them: behind `250-`, `+OK ` or IMAP's tagged `OK `; `{host}` is filled in.
    pub text: Option<String>,
}

/// The answer to a log-in that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// An untagged CAPABILITY comes first.
    pub listed: bool,
    /// The text of the tagged OK; `{user}` and `{host}` are filled in.
    pub text: String,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    pub secured: bool,
    pub authenticated: bool,
    /// TLS gives something to bind a log-in to.
    pub bound: bool,
    /// The client showed a certificate.
    pub certified: bool,
}

impl Situation {
    /// Of a connection of this world.
    #[must_use]
    pub fn of(world: &dyn World, secured: bool, authenticated: bool) -> Self {
        let channel = world.channel().filter(|_| secured);
        let bound = channel.is_some_and(|channel| !channel.bindings.is_empty());
        let certified = channel.is_some_and(|channel| !channel.client.is_empty());
        Self { secured, authenticated, bound, certified }
    }

    /// Can this mechanism be used, as far as TLS goes: `-PLUS` and EXTERNAL lean on it.
    #[must_use]
    pub fn suits(self, mechanism: &str) -> bool {
        const PLUS: &str = "-PLUS";
        let end = mechanism.len().saturating_sub(PLUS.len());
        if mechanism.eq_ignore_ascii_case("EXTERNAL") {
            return self.certified;
        }
        self.bound || !mechanism.get(end..).is_some_and(|end| end.eq_ignore_ascii_case(PLUS))
    }
}

impl Policy {
    /// The listener's mechanisms that can be used now.
    pub fn usable(&self, now: Situation) -> impl Iterator<Item = &str> {
        self.mechanisms.iter().map(String::as_str).filter(move |name| now.suits(name))
    }

    /// The list in force.
    #[must_use]
    pub fn listing(&self, now: Situation) -> Option<&Listing> {
        let Capabilities { plain, tls, authenticated, .. } = &self.capabilities;
        let before = if now.secured { tls } else { plain };
        match (now.authenticated, self.protocol) {
            (false, _) => before.as_ref(),
            (true, Protocol::Imap) => authenticated.as_ref(),
            // EHLO and CAPA are mostly said before a log-in, and change little by it.
            (true, Protocol::Smtp | Protocol::Pop3) => authenticated.as_ref().or(before.as_ref()),
        }
    }

    /// The words listed now; `None`: nothing is said of it, and what we can do is listed.
    #[must_use]
    pub fn listed(&self, now: Situation) -> Option<Vec<String>> {
        let words = &self.listing(now)?.words;
        if now.authenticated && self.protocol == Protocol::Imap {
            return Some(words.clone());
        }
        let clear = self.require_tls && !now.secured;
        let startable = self.security == Security::StartTls && !now.secured;
        let mechanisms = if clear { Vec::new() } else { self.announced(words, now) };
        // A list without any was written for a client that must not log in here.
        let silent = !clear && words.iter().all(|word| mechanisms_of(word).is_none_or(|own| own.is_empty()));
        let mut listed = Vec::with_capacity(words.len() + 2);
        let mut to_list = Some(mechanisms);
        for word in words {
            match word.as_str() {
                "STARTTLS" | "STLS" if !startable => {}
                "USER" if clear => {}
                "LOGINDISABLED" if !clear => {}
                word if mechanisms_of(word).is_some() => {
                    listed.extend(
                        to_list
                            .take()
                            .into_iter()
                            .flat_map(|names| self.auth_words(names.iter().map(String::as_str))),
                    );
                }
                word => listed.push(word.to_owned()),
            }
        }
        listed
            .extend(to_list.into_iter().flat_map(|names| self.auth_words(names.iter().map(String::as_str))));
        let is_listed = |word: &str| listed.iter().any(|listed| listed == word);
        match self.protocol {
            Protocol::Imap if clear && !is_listed("LOGINDISABLED") => listed.push("LOGINDISABLED".to_owned()),
            Protocol::Pop3 if silent && !is_listed("USER") => listed.push("USER".to_owned()),
            _ => {}
        }
        Some(listed)
    }

    /// True when a list is given and lacks this capability: its verb is unknown here.
    #[must_use]
    pub fn withholds(&self, capability: &str, now: Situation) -> bool {
        let keyword =
            |word: &String| word.split(' ').next().is_some_and(|w| w.eq_ignore_ascii_case(capability));
        self.listing(now).is_some_and(|listing| !listing.words.iter().any(keyword))
    }

    /// The mechanisms to list: those of the words, kept to what the listener offers when somebody changed that.
    fn announced(&self, words: &[String], now: Situation) -> Vec<String> {
        let mut names: Vec<String> =
            words.iter().filter_map(|word| mechanisms_of(word)).flatten().map(str::to_owned).collect();
        let offered = |name: &str| self.mechanisms.iter().any(|own| own.eq_ignore_ascii_case(name));
        if self.mechanisms != self.capabilities.mechanisms {
            // What we do not speak is listed as the provider lists it, as long as there is any log-in at all.
            names
                .retain(|name| offered(name) || (!self.mechanisms.is_empty() && !Mechanism::is_spoken(name)));
        } else if !names.is_empty() {
            return names;
        }
        for own in self.usable(now) {
            if !names.iter().any(|name| name.eq_ignore_ascii_case(own)) {
                names.push(own.to_owned());
            }
        }
        names
    }

    /// Mechanisms as this protocol lists them: `AUTH=PLAIN` and `AUTH=LOGIN`, `AUTH PLAIN LOGIN`, `SASL PLAIN LOGIN`.
    pub(crate) fn auth_words<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        let keyword = match self.protocol {
            Protocol::Imap => return names.map(|name| ["AUTH=", name].concat()).collect(),
            Protocol::Smtp => "AUTH",
            Protocol::Pop3 => "SASL",
        };
        let names: Vec<&str> = names.collect();
        if names.is_empty() { Vec::new() } else { vec![format!("{keyword} {}", names.join(" "))] }
    }
}

/// The mechanisms a word lists; `None` when it is about something else.
fn mechanisms_of(word: &str) -> Option<Vec<&str>> {
    let rest = match word {
        "AUTH" | "SASL" => "",
        _ => ["AUTH ", "AUTH=", "SASL "].iter().find_map(|keyword| word.strip_prefix(keyword))?,
    };
    Some(rest.split(' ').filter(|name| !name.is_empty()).collect())
}

#[cfg(test)]
mod tests;
