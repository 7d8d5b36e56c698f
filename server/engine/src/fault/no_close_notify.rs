//! Fault `no_close_notify`: an end that TLS does not vouch for.
use postfail_session::world::{InHandshake, Ruling};

pub const PARAGRAPH: &str = "\
no_close_notify - whenever the server ends this connection it does so by FIN alone, without TLS's close_notify: \
`no_close_notify = true`. A client cannot know then whether somebody on the way has cut the rest off (RFC 8446 section 6.1); \
with a `truncate` it has lost a part and must say so. At stage handshake only.";

pub fn ruling() -> Ruling {
    Ruling::Handshake(InHandshake::NoCloseNotify)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_about_the_end() {
        assert_eq!(ruling(), Ruling::Handshake(InHandshake::NoCloseNotify));
    }
}
