//! Every certificate that signs others: the authority's own, and those whose chains are wrong in some way.
//!
//! All of them are bound to test names and loopback (RFC 5280 section 4.2.1.10), the untrusted ones too.
use std::net::Ipv6Addr;
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::pki_types::CertificateDer;

use crate::authority::{DAY, SHORT, certificate_time};
use crate::{Algorithm, Error};

/// A certificate that signs others, with its key.
pub(crate) struct Signer {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) issuer: Issuer<'static, KeyPair>,
}

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Root,
    Intermediate,
    /// Signs with RSA, for digests that ECDSA was never used with.
    RsaIntermediate,
    ForeignRoot,
    ForeignIntermediate,
    ExpiredIntermediate,
    /// May sign only for `intranet.postfail.test`.
    IntranetIntermediate,
    /// A server's certificate, which may not sign.
    Server,
    /// Below the intermediate, which may have none below it.
    SubIntermediate,
    /// The root that replaces the root.
    NewRoot,
    /// The new root's name and key, signed by the old root.
    CrossSigned,
}

impl Role {
    /// Who signs it; `None` for itself.
    pub(crate) fn parent(self) -> Option<Self> {
        match self {
            Self::Root | Self::ForeignRoot | Self::NewRoot => None,
            Self::ForeignIntermediate => Some(Self::ForeignRoot),
            Self::Server | Self::SubIntermediate => Some(Self::Intermediate),
            _ => Some(Self::Root),
        }
    }
}

/// When a signer lives.
#[derive(Clone, Copy)]
pub(crate) struct Life {
    pub(crate) begin: SystemTime,
    pub(crate) end: SystemTime,
}

impl Life {
    /// From the day before: clients with clocks a little behind must still see a certificate that has begun.
    pub(crate) fn until(now: SystemTime, end: SystemTime) -> Self {
        Self { begin: now - DAY, end }
    }
}

/// A key for a role, and what its certificate says.
pub(crate) fn plan(
    role: Role,
    now: SystemTime,
    limit: SystemTime,
) -> Result<(CertificateParams, KeyPair), Error> {
    let algorithm = if role == Role::RsaIntermediate { Algorithm::Rsa } else { Algorithm::Ecdsa };
    let key = algorithm.generate()?;
    Ok((params(role, &key, now, limit)?, key))
}

/// What the certificate of a role says of this key.
pub(crate) fn params(
    role: Role,
    key: &KeyPair,
    now: SystemTime,
    limit: SystemTime,
) -> Result<CertificateParams, Error> {
    let mut life = Life::until(now, limit.min(now + SHORT));
    if role == Role::ExpiredIntermediate {
        life = Life { begin: now - 60 * DAY, end: now - 2 * DAY };
    }
    let mut params = match role {
        Role::Root | Role::CrossSigned => root_params("Postfail test root", key, life)?,
        Role::NewRoot => root_params("Postfail new test root", key, life)?,
        Role::ForeignRoot => root_params("Postfail untrusted root", key, life)?,
        Role::Server => ca_params("other.postfail.test", key, life)?,
        Role::ForeignIntermediate => ca_params("Postfail untrusted intermediate", key, life)?,
        Role::ExpiredIntermediate => ca_params("Postfail expired intermediate", key, life)?,
        Role::IntranetIntermediate => ca_params("Postfail intranet intermediate", key, life)?,
        Role::RsaIntermediate => ca_params("Postfail old intermediate", key, life)?,
        Role::Intermediate => ca_params("Postfail test intermediate", key, life)?,
        Role::SubIntermediate => ca_params("Postfail test intermediate below another", key, life)?,
    };
    match role {
        Role::Server => {
            params.is_ca = IsCa::ExplicitNoCa;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        }
        Role::IntranetIntermediate => {
            let only = GeneralSubtree::DnsName("intranet.postfail.test".to_owned());
            params.name_constraints =
                Some(NameConstraints { permitted_subtrees: vec![only], excluded_subtrees: Vec::new() });
        }
        _ => {}
    }
    params.use_authority_key_identifier_extension = role.parent().is_some();
    Ok(params)
}

/// The new root's certificate as the old root signs it: same name, same key, another issuer.
pub(crate) fn cross_sign(
    new: &Signer,
    old: &Signer,
    now: SystemTime,
    limit: SystemTime,
) -> Result<Signer, Error> {
    let key = KeyPair::try_from(new.issuer.key().serialized_der())
        .map_err(|e| Error::Key { algorithm: Algorithm::Ecdsa, reason: e.to_string() })?;
    let life = Life::until(now, limit.min(now + SHORT));
    let mut params = root_params("Postfail new test root", &key, life)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.use_authority_key_identifier_extension = true;
    sign(params, key, Some(old))
}

/// Signs a signer; without a parent, by itself.
pub(crate) fn sign(
    params: CertificateParams,
    key: KeyPair,
    parent: Option<&Signer>,
) -> Result<Signer, Error> {
    let signed: Result<Certificate, rcgen::Error> = match parent {
        Some(parent) => params.signed_by(&key, &parent.issuer),
        None => params.self_signed(&key),
    };
    let certificate =
        signed.map_err(|source| Error::Mint { what: "a certificate that signs others", source })?;
    Ok(Signer { certificate: certificate.der().clone(), issuer: Issuer::new(params, key) })
}

/// A bundle of authorities such as a system keeps, one key for all of them: `count` roots nobody asked for.
pub(crate) fn strangers(count: usize, now: SystemTime) -> Result<Vec<CertificateDer<'static>>, Error> {
    let key = Algorithm::Ecdsa.generate()?;
    let root = |n| {
        let name = format!("Postfail root that nobody asked for, number {n} of {count}");
        let params = root_params(&name, &key, Life::until(now, now + SHORT))?;
        let signed = params.self_signed(&key).map(|certificate| certificate.der().clone());
        signed.map_err(|source| Error::Mint { what: "a bundle of authorities", source })
    };
    (1..=count).map(root).collect()
}

/// A root that may sign for test names, loopback and addresses at `postfail.test`, and only for TLS.
pub(crate) fn root_params(name: &str, key: &KeyPair, life: Life) -> Result<CertificateParams, Error> {
    let mut params = ca_params(name, key, life)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let mut permitted_subtrees: Vec<_> =
        crate::leaf::DNS_NAMES.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned())).collect();
    permitted_subtrees.push(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)));
    permitted_subtrees
        .push(GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128)));
    permitted_subtrees.push(GeneralSubtree::Rfc822Name("postfail.test".to_owned()));
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    Ok(params)
}

/// The subject carries the beginning of the key's identifier: roots of several runs stay apart in a trust store,
/// and a root read back from a directory gets the same subject again.
fn ca_params(name: &str, key: &KeyPair, life: Life) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    let identifier: String = params.key_identifier(key).iter().take(4).map(|b| format!("{b:02x}")).collect();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Postfail (for tests only)");
    params.distinguished_name.push(DnType::CommonName, format!("{name} {identifier}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = certificate_time(life.begin)?;
    params.not_after = certificate_time(life.end)?;
    Ok(params)
}
