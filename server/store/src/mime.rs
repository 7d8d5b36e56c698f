//! Our own MIME splitter (RFC 5322, RFC 2045 to 2049): the same answer for the same bytes, however broken.
//!
//! Nothing is kept: each question walks the message again, so a message at rest costs its bytes and no more.
//! [`header`] finds fields, [`tree`] finds parts, and the others read what those found.
mod address;
pub mod decode;
pub mod envelope;
pub mod header;
pub mod section;
pub mod structure;
pub mod tree;

pub use envelope::envelope;
pub use header::body_offset;
pub use section::section;
pub use structure::structure;
