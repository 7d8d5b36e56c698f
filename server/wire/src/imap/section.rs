//! `BODY[...]` sections (RFC 3501 6.4.5, `section` in the ABNF of section 9).

/// What of a message, or of one of its parts, is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Part numbers, `1.2` as `[1, 2]`; empty is the message itself.
    pub part: Vec<u32>,
    pub text: SectionText,
}

/// The word behind the part numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SectionText {
    /// Nothing: the whole message or part body.
    #[default]
    Whole,
    Header,
    /// Field names as sent.
    HeaderFields(Vec<String>),
    HeaderFieldsNot(Vec<String>),
    Text,
    Mime,
}
