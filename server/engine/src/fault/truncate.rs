//! Fault `truncate`: stop in the middle.
use postfail_session::world::{Ruling, Shape, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const PARAGRAPH: &str = "\
truncate - after so many bytes the server writes nothing more, and where there would be more it ends the connection: \
`truncate = 100`, or `truncate = { after = 100, then = \"reset\" }` (close unless said; hang keeps it open and silent). \
The command is carried out: `command = \".\"`, `truncate = 0` takes a mail and loses the reply.";

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
    pub after: u32,
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

    pub fn ruling(self) -> Ruling {
        let (Self::After(after) | Self::Full(Full { after, .. })) = self;
        Ruling::Shape(Shape::Truncate { after: after as usize, then: self.then() })
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
    }
}
