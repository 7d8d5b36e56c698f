//! Fault `hang`: fall silent for ever.
use postfail_session::world::{Refusal, Ruling, Then};

pub const PARAGRAPH: &str = "\
hang - the server says nothing more on this connection and leaves it open: `hang = true`. What the client still sends is \
taken and forgotten. At stage connect it accepts and never greets, at stage handshake it never answers the ClientHello. \
The client's own time-out ends it.";

pub fn ruling() -> Ruling {
    Ruling::Reply(Refusal { failure: "a fault hangs".to_owned(), then: Then::Hang, ..Refusal::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_and_keeps_the_connection() {
        let Ruling::Reply(refusal) = ruling() else { panic!("a reply without lines") };
        assert_eq!((refusal.lines.len(), refusal.then), (0, Then::Hang));
    }
}
