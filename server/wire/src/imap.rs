//! IMAP4rev1 (RFC 3501) and the extensions we speak, in two stages: [`framing`] cuts the byte stream into whole
//! commands without knowing any, [`command`] reads one; [`response`] writes what the server says.
pub mod capability;
pub mod command;
pub mod date;
pub mod encode;
pub mod framing;
pub mod response;
pub mod section;
pub mod sequence;
pub mod token;
pub mod utf7;

pub use response::envelope::{Address, Envelope};
pub use response::structure::BodyStructure;
