//! Fault `blackhole`: a SYN gets no answer.
use postfail_session::world::Ruling;

use super::hang;

pub const PARAGRAPH: &str = "\
blackhole - a connection is neither accepted nor refused, as behind a firewall that drops: `stage = \"connect\"`, \
`blackhole = true`. The client waits until its own time-out. In Linux this needs no privilege: the port listens with a \
queue that connections of our own have filled, and the kernel drops every further SYN. Other systems answer a SYN to a \
full queue in ways of their own: macOS drops it too, with a longer queue; Windows refuses with RST, which is what \
`refuse` does. `who` and `when` are as with `refuse`.";

/// For a client whose connection was made before the port fell silent.
pub fn ruling() -> Ruling {
    hang::ruling()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_slipped_through_hears_nothing() {
        assert_eq!(ruling(), hang::ruling());
    }
}
