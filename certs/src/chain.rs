//! From a kind to a leaf and the chain it is shown with.
use rustls::pki_types::CertificateDer;

use crate::key::LeafKey;
use crate::leaf::Plan;
use crate::resign::{self, OldDigest};
use crate::revocation;
use crate::signer::{self, Role};
use crate::{Algorithm, Authority, Bundle, Error, Kind};

/// How many roots stand behind a `huge-chain`: as many as make it longer than the 100 kilobytes OpenSSL reads.
const STRANGERS: usize = 250;

impl Authority {
    /// A leaf of this kind with its key, and the chain it is shown with. A `weak-key` is RSA, whatever is asked for.
    ///
    /// # Errors
    /// [`Error::NoRsa`] for RSA in a build without `legacy-tls`; else as for [`Authority::mint`].
    pub fn issue(&self, kind: Kind, algorithm: Algorithm) -> Result<Bundle, Error> {
        let key = LeafKey::generate(kind, algorithm)?;
        let mut plan = Plan::of(kind, self.revocation_url());
        plan.serial = revocation::serial(kind, algorithm);
        let params = plan.params(self.now, self.root().not_after())?;
        let minting = |source| Error::Mint { what: "the leaf certificate", source };
        if let (Kind::SelfSigned, LeafKey::Usual(pair)) = (kind, &key) {
            let leaf = params.self_signed(&**pair).map_err(minting)?;
            return Ok(Bundle::new(vec![leaf.der().clone()], key.pkcs8(), None));
        }
        let issuer = self.signer(issuer(kind))?;
        let leaf = params.signed_by(&key, &issuer.issuer).map_err(minting)?;
        let leaf = match kind {
            Kind::BrokenSignature => resign::broken(leaf.der()),
            Kind::X509V1 => resign::as_v1(leaf.der(), issuer.issuer.key())?,
            Kind::Sha1Signed => resign::with_old_digest(leaf.der(), issuer.issuer.key(), OldDigest::Sha1)?,
            Kind::Md5Signed => resign::with_old_digest(leaf.der(), issuer.issuer.key(), OldDigest::Md5)?,
            _ => leaf.der().clone(),
        };
        let staple = revocation::staple(self, kind, &leaf)?;
        let mut chain: Vec<CertificateDer<'static>> = vec![leaf];
        for role in shown(kind) {
            chain.push(self.signer(*role)?.certificate.clone());
        }
        if kind == Kind::HugeChain {
            chain.extend(signer::strangers(STRANGERS, self.now)?);
        }
        Ok(Bundle::new(chain, key.pkcs8(), staple))
    }
}

/// Who signs a leaf of this kind.
fn issuer(kind: Kind) -> Role {
    match kind {
        Kind::UntrustedRoot => Role::ForeignIntermediate,
        Kind::ExpiredIntermediate => Role::ExpiredIntermediate,
        Kind::IssuerNotACa => Role::Server,
        Kind::PathLengthExceeded => Role::SubIntermediate,
        Kind::NameConstraintViolation => Role::IntranetIntermediate,
        Kind::Sha1Signed | Kind::Md5Signed => Role::RsaIntermediate,
        Kind::RootReplaced | Kind::RootCrossSigned => Role::NewRoot,
        _ => Role::Intermediate,
    }
}

/// What is shown behind the leaf.
fn shown(kind: Kind) -> &'static [Role] {
    match kind {
        Kind::SelfSigned | Kind::MissingIntermediate | Kind::RootReplaced => &[],
        Kind::UntrustedRoot => &[Role::ForeignIntermediate, Role::ForeignRoot],
        Kind::ReversedChainWithRoot => &[Role::Root, Role::Intermediate],
        Kind::ExpiredIntermediate => &[Role::ExpiredIntermediate],
        Kind::IssuerNotACa => &[Role::Server, Role::Intermediate],
        Kind::PathLengthExceeded => &[Role::SubIntermediate, Role::Intermediate],
        Kind::NameConstraintViolation => &[Role::IntranetIntermediate],
        Kind::Sha1Signed | Kind::Md5Signed => &[Role::RsaIntermediate],
        Kind::RootCrossSigned => &[Role::CrossSigned],
        _ => &[Role::Intermediate],
    }
}
