//! Certificates of clients, for listeners that want or require one (RFC 8446 section 4.3.2).
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType,
};

use crate::authority::{DAY, SHORT, certificate_time};
use crate::signer::Role;
use crate::{Algorithm, Authority, Bundle, Error};

/// What a client's certificate is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// Signed by the authority's intermediate, valid.
    #[default]
    Good,
    /// The same, ended two days ago.
    Expired,
    /// Signed by an authority nobody trusts.
    Untrusted,
}

impl ClientKind {
    /// Every kind with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("good", Self::Good), ("expired", Self::Expired), ("untrusted", Self::Untrusted)];

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }
}

impl Authority {
    /// A certificate for the client of `address` (`taro@postfail.test`), its chain without the root, and its key.
    ///
    /// # Errors
    /// [`Error::Address`] when the address is not ASCII; else as for [`Authority::issue`].
    pub fn issue_client(
        &self,
        kind: ClientKind,
        address: &str,
        algorithm: Algorithm,
    ) -> Result<Bundle, Error> {
        let role = match kind {
            ClientKind::Untrusted => Role::ForeignIntermediate,
            ClientKind::Good | ClientKind::Expired => Role::Intermediate,
        };
        let (begin, end) = match kind {
            ClientKind::Expired => (self.now - 60 * DAY, self.now - 2 * DAY),
            ClientKind::Good | ClientKind::Untrusted => {
                (self.now - DAY, self.root().not_after().min(self.now + SHORT))
            }
        };
        let mailbox = address.try_into().map_err(|_| Error::Address(address.to_owned()))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, address);
        params.subject_alt_names = vec![SanType::Rfc822Name(mailbox)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.not_before = certificate_time(begin)?;
        params.not_after = certificate_time(end)?;
        let key = algorithm.generate()?;
        let issuer = self.signer(role)?;
        let leaf = params
            .signed_by(&key, &issuer.issuer)
            .map_err(|source| Error::Mint { what: "the client's certificate", source })?;
        let chain = vec![leaf.der().clone(), issuer.certificate.clone()];
        Ok(Bundle::new(chain, key.serialized_der(), None))
    }
}
