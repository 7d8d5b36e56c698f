//! Fault `ignore`: leave a command without an answer.
use postfail_session::world::Ruling;

pub const PARAGRAPH: &str = "\
ignore - the server reads the command, says nothing, and goes on with the next: `command = \"NOOP\"`, `ignore = true`. \
A client that pipelines takes the next answer for this one.";

pub fn ruling() -> Ruling {
    Ruling::Ignore
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores() {
        assert_eq!(ruling(), Ruling::Ignore);
    }
}
