//! Asking the world before a verb is obeyed, and carrying out what it says: once, for all three protocols.
//!
//! When it is asked. Every command line causes one cue with its verb, before the session looks at its own state.
//! Log-in commands that show everything in one line (IMAP LOGIN, POP3 PASS and APOP) cause theirs in `Stage::Auth`
//! with the account, where they are legal; `login::log_in` asks. AUTH and AUTHENTICATE name no user yet, so their cue is a plain
//! `Stage::Command`, and a second cue follows when the mechanism has the credentials: `Stage::Auth`, the
//! account, and an empty verb (a SASL response has none).
use crate::world::{Cue, Refusal, Ruling, Then};
use crate::{Close, Event, World};

use crate::outgoing::Outgoing;

/// What is left for the session to do after a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// What the protocol says.
    Proceed,
    /// Answer as if the verb were unknown.
    Hidden,
    /// Nothing: the ruling was carried out.
    Settled,
}

/// Ask, and do everything of the answer that needs no knowledge of the protocol.
pub fn consult(out: &mut Outgoing, world: &mut dyn World, cue: &Cue<'_>) -> Leave {
    match ask(out, world, cue) {
        Some(ruling) => carry_out(out, world, cue, ruling),
        None => Leave::Settled,
    }
}

/// Ask; `None` when the connection has ended.
pub fn ask(out: &mut Outgoing, world: &mut dyn World, cue: &Cue<'_>) -> Option<Ruling> {
    out.answered(world);
    (!out.ended()).then(|| world.rule(cue))
}

/// Do what a ruling says, as far as that needs no knowledge of the protocol.
pub fn carry_out(out: &mut Outgoing, world: &mut dyn World, cue: &Cue<'_>, ruling: Ruling) -> Leave {
    match ruling {
        // Only a greeting of IMAP can say PREAUTH, and what is below TLS was done when it began.
        Ruling::Proceed | Ruling::Preauth { .. } | Ruling::Handshake(_) => Leave::Proceed,
        Ruling::Keep => {
            out.keep();
            Leave::Proceed
        }
        Ruling::Delay(time) => {
            out.wait(time);
            Leave::Proceed
        }
        Ruling::Reply(refusal) => {
            say(out, world, &refusal, cue.tag, cue.account.unwrap_or_default());
            Leave::Settled
        }
        Ruling::Hide => Leave::Hidden,
        Ruling::Ignore => Leave::Settled,
        Ruling::Close(how) => {
            out.close(world, how, how.by_fault());
            Leave::Settled
        }
        Ruling::Raw { bytes, then: end } => {
            out.long(world, bytes);
            then(out, world, end, "a fault ends");
            Leave::Settled
        }
        Ruling::Inject(injection) => {
            out.inject(world, injection);
            Leave::Proceed
        }
        Ruling::Shape(shape) => {
            out.shape(shape);
            Leave::Proceed
        }
    }
}

/// Say a refusal: think, speak with the placeholders filled in, then do to the connection what it asks.
pub fn say(out: &mut Outgoing, world: &mut dyn World, refusal: &Refusal, tag: &str, user: &str) {
    out.wait(refusal.delay);
    for line in &refusal.lines {
        let line = fill(line, tag, &world.policy().host, user);
        out.line(world, line.as_bytes());
    }
    then(out, world, refusal.then, &refusal.failure);
}

/// What happens to the connection behind something said.
pub fn then(out: &mut Outgoing, world: &mut dyn World, then: Then, reason: &str) {
    match then {
        Then::Keep => {}
        Then::Close => out.close(world, Close::Orderly, reason),
        Then::Reset => out.close(world, Close::Reset, reason),
        Then::Hang => {
            world.note(Event::Closing { reason: format!("{reason}: silent from here on") });
            out.hang();
        }
    }
}

/// Say the world's words for `failure`, or `otherwise` where it has none.
pub fn say_failure(
    out: &mut Outgoing,
    world: &mut dyn World,
    failure: &str,
    tag: &str,
    user: &str,
    otherwise: &str,
) {
    let mut refusal = world.wording(failure);
    if refusal.lines.is_empty() {
        refusal.lines.push(otherwise.to_owned());
    }
    say(out, world, &refusal, tag, user);
}

/// `{tag}`, `{host}` and `{user}` in one pass, so that a user called `{host}` stays one.
#[must_use]
pub fn fill(template: &str, tag: &str, host: &str, user: &str) -> String {
    let mut text = String::with_capacity(template.len() + user.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("{tag}", tag), ("{host}", host), ("{user}", user)];
        if let Some((name, value)) = known.into_iter().find(|(name, _)| rest.starts_with(name)) {
            // A user name is the peer's bytes: it must not end the line.
            text.extend(value.chars().filter(|c| !c.is_control()));
            rest = &rest[name.len()..];
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_once() {
        assert_eq!(fill("{tag} NO {user} at {host}", "a1", "mx", "{tag}"), "a1 NO {tag} at mx");
        assert_eq!(fill("535 {session} {user", "", "", "x"), "535 {session} {user");
        assert_eq!(fill("no {user}", "", "", "a\r\nb"), "no ab");
    }
}
