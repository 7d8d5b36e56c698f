//! Fault `hide`: pretend not to know a verb.
use postfail_session::world::Ruling;

pub const PARAGRAPH: &str = "\
hide - the server answers as if it had never heard of the verb: `command = \"IDLE\"`, `hide = true`. What it announces \
(CAPABILITY, EHLO, CAPA) is not altered: a server that promises more than it does is the point.";

pub fn ruling() -> Ruling {
    Ruling::Hide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides() {
        assert_eq!(ruling(), Ruling::Hide);
    }
}
