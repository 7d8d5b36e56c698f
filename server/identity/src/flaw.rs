//! What can be wrong with an access token on purpose.
use serde::{Deserialize, Serialize};

/// One thing that is wrong; everything else is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A bit of the signature is turned over.
    BadSignature,
    /// `alg` is `none`, and there is no signature (RFC 8725 section 2.1).
    AlgNone,
    /// It is for another service.
    WrongAudience,
    /// It opens something else than mail.
    WrongScope,
    /// It begins an hour from now.
    NotYetValid,
    /// Its time is over when it comes.
    Expired,
}

impl Flaw {
    pub const ALL: [Self; 6] = [
        Self::BadSignature,
        Self::AlgNone,
        Self::WrongAudience,
        Self::WrongScope,
        Self::NotYetValid,
        Self::Expired,
    ];
}
