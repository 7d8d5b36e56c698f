//! Whose tokens a provider's mail servers take.
use postfail_identity::Issuer;
use serde::Deserialize;

/// The table `[identity]`; a provider by the book where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfIdentity {
    pub issuer: Issuer,
    /// Its accounts are people's own, not an organization's.
    pub personal: bool,
}
