//! Fault `close`: hang up politely, without a word.
use postfail_session::Close;
use postfail_session::world::Ruling;

pub const PARAGRAPH: &str = "\
close - the server ends the connection without an answer: close_notify under TLS, then FIN. `close = true`. \
The client reads an end of file where it waits for a reply.";

pub fn ruling() -> Ruling {
    Ruling::Close(Close::Orderly)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_order() {
        assert_eq!(ruling(), Ruling::Close(Close::Orderly));
    }
}
