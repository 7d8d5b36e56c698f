//! What about a fault could never act, or not as it is meant: said when it is read, not found out by waiting.
use postfail_session::world::{Stage, Then};

use super::alert::AlertLevel;
use super::garbage::{Full, GARBAGE_MAX, RECORD_MAX};
use super::inject::Inject;
use super::when::When;
use super::{Effect, Fault, Place, stage_word};

/// A part of a fault that does not go with the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct Misfit {
    /// The key whose value it is.
    pub key: &'static str,
    pub message: String,
    /// What would be right.
    pub help: String,
}

fn misfit(key: &'static str, message: impl Into<String>, help: impl Into<String>) -> Result<(), Misfit> {
    Err(Misfit { key, message: message.into(), help: help.into() })
}

impl Fault {
    /// Do its parts go together?
    ///
    /// # Errors
    /// The first part that does not.
    pub fn fits(&self) -> Result<(), Misfit> {
        self.place_fits()?;
        self.effect_fits()?;
        self.when_fits()?;
        self.who_fits()
    }

    fn place_fits(&self) -> Result<(), Misfit> {
        let word = self.effect.word();
        let of_port = self.effect.is_of_port();
        let stage = match &self.place {
            Place::Stage(stage) => *stage,
            Place::Command(verb) if verb.is_empty() => {
                return misfit("command", "a command needs a name", "write it like command = \"FETCH\"");
            }
            Place::Command(_) => Stage::Command,
        };
        if of_port && stage != Stage::Connect {
            let help = "write stage = \"connect\"; `reset` or `close` end a connection at any stage";
            return misfit(word, format!("`{word}` is a port's fault, at stage `connect` only"), help);
        }
        if self.effect.is_of_handshake() && stage != Stage::Handshake {
            let help = "write stage = \"handshake\"";
            return misfit(
                word,
                format!("`{word}` like this acts on the bytes of a TLS handshake only"),
                help,
            );
        }
        let valid = match stage {
            Stage::Connect => CONNECT,
            Stage::Handshake => HANDSHAKE,
            Stage::Greeting if self.effect == Effect::Hide => {
                return misfit(word, "a greeting has no verb to hide", "with `ignore` nothing is said");
            }
            Stage::Greeting | Stage::StartTls => return self.turn_fits(stage),
            _ if matches!(self.effect, Effect::Keep | Effect::Preauth(_)) => return self.turn_fits(stage),
            _ => return Ok(()),
        };
        if valid.contains(&word) {
            return Ok(());
        }
        let what =
            format!("`{word}` cannot act at stage `{}`, before the protocol speaks", stage_word(stage));
        misfit(word, what, format!("valid there: {}", valid.join(", ")))
    }

    /// What belongs to one turn of a conversation only.
    fn turn_fits(&self, stage: Stage) -> Result<(), Misfit> {
        match &self.effect {
            Effect::Keep if stage != Stage::StartTls => misfit(
                "keep",
                "only behind STARTTLS is there something to keep",
                "write stage = \"starttls\"",
            ),
            Effect::Preauth(_) if stage != Stage::Greeting => {
                misfit("preauth", "only a greeting can say PREAUTH", "write stage = \"greeting\"")
            }
            _ => Ok(()),
        }
    }

    fn effect_fits(&self) -> Result<(), Misfit> {
        match &self.effect {
            Effect::Truncate(truncate) if truncate.then() == Then::Keep => {
                misfit("truncate", "a connection that was cut does not go on", "then is close, reset or hang")
            }
            Effect::Garbage(garbage) => {
                let Full { bytes, record } = garbage.full();
                let most = if record { RECORD_MAX } else { GARBAGE_MAX };
                if bytes <= most {
                    return Ok(());
                }
                let what = format!("{bytes} bytes of garbage are too many");
                misfit("garbage", what, format!("give at most {most}"))
            }
            Effect::Alert(alert)
                if alert.full().then == Then::Keep && alert.full().level == AlertLevel::Fatal =>
            {
                let help = "write level = \"warning\", or then is close, reset or hang";
                misfit("alert", "no handshake goes on behind a fatal alert", help)
            }
            Effect::Inject(Inject { before, behind, .. }) if before.0.is_empty() && behind.0.is_empty() => {
                misfit("inject", "nothing is injected", "write { before = \"...\" } or { behind = \"...\" }")
            }
            _ => Ok(()),
        }
    }

    fn when_fits(&self) -> Result<(), Misfit> {
        let timely = matches!(self.when, When::Always | When::After(_) | When::Until(_) | When::Window(_));
        if self.effect.is_of_port() && !timely {
            let what = "nobody counts who comes to a port that does not answer";
            return misfit(
                "when",
                what,
                "valid: always, after, until, window; `reset` at stage connect counts",
            );
        }
        match self.when {
            When::Nth(0) | When::First(0) | When::Every(0) => {
                misfit("when", "the first time is 1, not 0", "give a number from 1 on")
            }
            When::Between(first, last) if first == 0 || last < first => {
                let help = "give the first time and the last, such as [2, 4]; the first of all is 1";
                misfit("when", format!("there is no time between {first} and {last}"), help)
            }
            When::Probability(chance) if !(0.0..=1.0).contains(&chance.probability) => {
                let what = format!("{} is no probability", chance.probability);
                misfit("when", what, "give a number from 0.0 to 1.0")
            }
            When::Quota(quota) if quota.per.0.is_zero() => {
                misfit("when", "a quota needs a stretch of time", "write per = \"1m\"")
            }
            _ => Ok(()),
        }
    }

    fn who_fits(&self) -> Result<(), Misfit> {
        let stage = match self.place {
            Place::Stage(stage) => stage,
            Place::Command(_) => return Ok(()),
        };
        if self.effect.is_of_port() && self.who.address.is_some() {
            let help = "name a listener, or take `reset` at stage connect";
            return misfit("address", "a port is closed to everybody or to nobody", help);
        }
        let early = [Stage::Connect, Stage::Greeting, Stage::StartTls, Stage::Handshake].contains(&stage);
        if early && self.who.account.is_some() {
            let what = format!("nobody has said who he is at stage `{}`", stage_word(stage));
            return misfit("account", what, "name a listener or an address, or a later stage such as auth");
        }
        Ok(())
    }
}

const CONNECT: &[&str] = &[
    "refuse",
    "blackhole",
    "hang",
    "delay",
    "throttle",
    "drip",
    "truncate",
    "reset",
    "close",
    "garbage",
    "raw",
];
const HANDSHAKE: &[&str] = &[
    "hang",
    "delay",
    "throttle",
    "drip",
    "truncate",
    "reset",
    "close",
    "garbage",
    "raw",
    "alert",
    "flip",
    "no_close_notify",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The fault, the key that does not fit, how the sentence begins.
    const WRONG: [(&str, &str, &str); 24] = [
        ("command = \"STARTTLS\"\nkeep = true", "keep", "only behind STARTTLS"),
        ("stage = \"auth\"\npreauth = { account = \"taro\" }", "preauth", "only a greeting"),
        ("stage = \"auth\"\nrefuse = true", "refuse", "`refuse` is a port's fault"),
        ("command = \"NOOP\"\nblackhole = true", "blackhole", "`blackhole` is a port's fault"),
        ("stage = \"connect\"\nhide = true", "hide", "`hide` cannot act at stage `connect`"),
        ("stage = \"connect\"\nreply = \"x\"", "reply", "`reply` cannot act at stage `connect`"),
        ("stage = \"handshake\"\nhide = true", "hide", "`hide` cannot act at stage `handshake`"),
        ("stage = \"data\"\nflip = 1", "flip", "`flip` like this acts on the bytes of a TLS handshake"),
        (
            "command = \"FETCH\"\ntruncate = { after = \"server-hello\" }",
            "truncate",
            "`truncate` like this acts on the bytes of a TLS handshake",
        ),
        (
            "stage = \"handshake\"\nalert = { name = \"70\", then = \"keep\" }",
            "alert",
            "no handshake goes on",
        ),
        (
            "stage = \"handshake\"\ngarbage = { bytes = 20000, record = true }",
            "garbage",
            "20000 bytes of garbage",
        ),
        ("stage = \"greeting\"\nhide = true", "hide", "a greeting has no verb"),
        ("command = \"\"\nclose = true", "command", "a command needs a name"),
        (
            "stage = \"data\"\ntruncate = { after = 1, then = \"keep\" }",
            "truncate",
            "a connection that was cut",
        ),
        ("stage = \"data\"\ngarbage = 2000000", "garbage", "2000000 bytes of garbage"),
        ("stage = \"data\"\ninject = {}", "inject", "nothing is injected"),
        ("stage = \"connect\"\nrefuse = true\nwhen = { nth = 2 }", "when", "nobody counts"),
        ("stage = \"auth\"\nclose = true\nwhen = { every = 0 }", "when", "the first time is 1"),
        (
            "stage = \"auth\"\nclose = true\nwhen = { between = [4, 2] }",
            "when",
            "there is no time between 4 and 2",
        ),
        ("stage = \"auth\"\nclose = true\nwhen = { probability = 20.0 }", "when", "20 is no probability"),
        (
            "stage = \"auth\"\nclose = true\nwhen = { quota = { count = 1, per = \"0s\" } }",
            "when",
            "a quota needs",
        ),
        (
            "stage = \"connect\"\nrefuse = true\nwho = { address = \"::1\" }",
            "address",
            "a port is closed to everybody",
        ),
        (
            "stage = \"greeting\"\nclose = true\nwho = { account = \"taro\" }",
            "account",
            "nobody has said who he is",
        ),
        (
            "stage = \"connect\"\nreset = true\nwho = { account = \"taro\" }",
            "account",
            "nobody has said who he is",
        ),
    ];

    #[test]
    fn what_could_never_act_is_refused() {
        for (text, key, message) in WRONG {
            let fault: Fault = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let wrong = fault.fits().expect_err(text);
            assert_eq!(wrong.key, key, "{text}");
            assert!(wrong.message.starts_with(message) && !wrong.help.is_empty(), "{text}: {wrong}");
        }
    }

    #[test]
    fn what_can_act_fits() {
        for text in [
            "stage = \"connect\"\nrefuse = true\nwhen = { after = 3 }\nwho = { listener = \"imap\" }",
            "stage = \"connect\"\nblackhole = true\nwhen = { until = \"1h\" }",
            "stage = \"handshake\"\ngarbage = { bytes = 64, record = true }",
            "stage = \"handshake\"\ndrip = \"10ms\"",
            "stage = \"handshake\"\ntruncate = { after = \"server-hello\", then = \"hang\" }",
            "stage = \"handshake\"\nalert = { name = \"112\", level = \"warning\", then = \"keep\" }",
            "stage = \"greeting\"\nignore = true\nwho = { address = \"127.0.0.0/8\" }",
            "command = \".\"\ntruncate = 0\nwho = { account = \"taro\" }",
            "stage = \"starttls\"\ninject = { behind = \"x\" }",
        ] {
            let fault: Fault = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(fault.fits(), Ok(()), "{text}");
        }
    }
}
