//! Fault `truncate`: stop in the middle.
use postfail_session::world::{InHandshake, Ruling, Shape, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::point::Point;

pub const PARAGRAPH: &str = "\
truncate - after so many bytes the server writes nothing more, and where there would be more it ends the connection: \
`truncate = 100`, or `truncate = { after = 100, then = \"reset\" }` (close unless said; hang keeps it open and silent). \
The command is carried out: `command = \".\"`, `truncate = 0` takes a mail and loses the reply. At stage handshake the bytes are \
those below TLS, from the first one of the server's part of the handshake: `truncate = { after = \"server-hello\", then = \"hang\" }` \
stalls behind the ServerHello, and a number stops at any byte; a handshake that is shorter is not touched.";

/// After how many bytes, and then what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "truncate is a number of bytes, or { after = 100, then = \"reset\" }")]
pub enum Truncate {
    After(u32),
    Full(Full),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    pub after: Point,
    #[serde(default = "close")]
    #[schemars(schema_with = "crate::schema::then")]
    pub then: Then,
}

fn close() -> Then {
    Then::Close
}

impl Truncate {
    pub fn then(self) -> Then {
        match self {
            Self::After(_) => Then::Close,
            Self::Full(full) => full.then,
        }
    }

    /// `None`: the end of the ServerHello.
    pub fn after(self) -> Option<usize> {
        match self {
            Self::After(after) => Some(after as usize),
            Self::Full(full) => full.after.byte(),
        }
    }

    pub fn ruling(self) -> Ruling {
        let then = self.then();
        match self.after() {
            Some(after) => Ruling::Shape(Shape::Truncate { after, then }),
            None => Ruling::Handshake(InHandshake::Cut { after: None, then }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_unless_said() {
        for (json, then) in [
            ("100", Then::Close),
            ("{\"after\":100}", Then::Close),
            ("{\"after\":100,\"then\":\"hang\"}", Then::Hang),
        ] {
            let truncate: Truncate = serde_json::from_str(json).unwrap();
            assert_eq!(truncate.ruling(), Ruling::Shape(Shape::Truncate { after: 100, then }), "{json}");
        }
        let stall: Truncate = serde_json::from_str(r#"{"after":"server-hello","then":"hang"}"#).unwrap();
        let cut = InHandshake::Cut { after: None, then: Then::Hang };
        assert_eq!(stall.ruling(), Ruling::Handshake(cut));
    }
}
