//! Fault `reset`: cut the connection.
use postfail_session::Close;
use postfail_session::world::Ruling;

pub const PARAGRAPH: &str = "\
reset - the connection is cut with a TCP reset (RST), as when a machine crashes or a firewall steps in. `reset = true`. \
The client gets \"connection reset by peer\", and what was under way may be lost.";

pub fn ruling() -> Ruling {
    Ruling::Close(Close::Reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts() {
        assert_eq!(ruling(), Ruling::Close(Close::Reset));
    }
}
