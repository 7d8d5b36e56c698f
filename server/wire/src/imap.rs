//! IMAP4rev1 (RFC 3501) and the extensions we speak: framing, commands, responses.
pub mod command;
pub mod section;
pub mod sequence;
