//! What the server says, as values, and their writing (RFC 3501 section 7).
pub mod envelope;
pub mod structure;
