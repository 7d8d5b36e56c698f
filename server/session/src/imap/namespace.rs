//! NAMESPACE (RFC 2342): one personal namespace, no prefix.
use bytes::Bytes;
use postfail_store::mailbox::name::DELIMITER;
use postfail_wire::imap::response::{Namespace, Response};

use super::Imap;
use super::completion::{Completion, Outcome};
use crate::World;

impl Imap {
    pub(super) fn namespace(&mut self, world: &mut dyn World) -> Outcome {
        let personal = vec![Namespace { prefix: Bytes::new(), delimiter: Some(DELIMITER) }];
        self.say(&Response::Namespace { personal, others: Vec::new(), shared: Vec::new() }, world);
        Ok(Some(Completion::ok("NAMESPACE completed")))
    }
}
