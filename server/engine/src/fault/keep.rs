//! Fault `keep`: obey under TLS what came before it.
use postfail_session::world::Ruling;

pub const PARAGRAPH: &str = "\
keep - the server keeps what the client sent behind STARTTLS in the clear, and obeys it once TLS stands: \
`stage = \"starttls\"`, `keep = true`. So a command that somebody else put there is carried out as the client's own \
(CVE-2011-0411 in Postfix). For programs that look for this fault in servers; a client must give it no occasion.";

pub fn ruling() -> Ruling {
    Ruling::Keep
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps() {
        assert_eq!(ruling(), Ruling::Keep);
    }
}
