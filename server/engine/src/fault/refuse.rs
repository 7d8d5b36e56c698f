//! Fault `refuse`: nobody listens.
use postfail_session::Close;
use postfail_session::world::Ruling;

pub const PARAGRAPH: &str = "\
refuse - the port is closed, and a connection is refused at once (RST to the SYN): `stage = \"connect\"`, \
`refuse = true`. A closed port is closed to everybody, and nobody counts who comes: `who` can name a listener only, and \
`when` is always, after (so many connections), until or window. For the third connection, or for one client, use `reset` \
at stage connect.";

/// For a client whose connection was made before the port was closed.
pub fn ruling() -> Ruling {
    Ruling::Close(Close::Reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_slipped_through_is_cut() {
        assert_eq!(ruling(), Ruling::Close(Close::Reset));
    }
}
