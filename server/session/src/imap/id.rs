//! ID (RFC 2971).
use bytes::Bytes;
use postfail_wire::imap::response::Response;

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;

/// Who we are; what the client says of itself is in the journal already, as every line is.
const FIELDS: [(&str, &str); 2] = [("name", "Postfail"), ("version", env!("CARGO_PKG_VERSION"))];

impl Imap {
    pub(super) fn id(&mut self, world: &mut dyn World) -> Outcome {
        let field =
            |(name, value): (&'static str, &'static str)| (Bytes::from(name), Some(Bytes::from(value)));
        self.say(&Response::Id(Some(FIELDS.map(field).to_vec())), world);
        Ok(Some(Completion::ok("ID completed")))
    }
}
