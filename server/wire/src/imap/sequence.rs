//! Sequence sets (RFC 3501 section 9, `sequence-set`).

/// Numbers and ranges as sent; `None` is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceSet(pub Vec<(Option<u32>, Option<u32>)>);
