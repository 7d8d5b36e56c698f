//! The root and the intermediate that sign every leaf (RFC 5280), ECDSA P-256.
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use time::OffsetDateTime;

use crate::leaf::{Algorithm, Kind, Plan};
use crate::{Bundle, Error};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Clients with clocks a little behind must still see a certificate that has begun.
const BACKDATED: Duration = DAY;

/// How long a root lives that is kept in memory, and every certificate below a root.
pub const SHORT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a root lives that is kept in a directory: a class trusts it once a term.
pub const KEPT: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// A test authority: root, intermediate, and the key that signs leaves.
pub struct Authority {
    root: Root,
    intermediate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    now: SystemTime,
}

impl Authority {
    /// Mints a root and an intermediate that are valid from a day before `now` (the real time) for [`SHORT`].
    ///
    /// # Errors
    /// When the system gives no randomness, or `now` does not fit into a certificate.
    pub fn mint(now: SystemTime) -> Result<Self, Error> {
        Self::below(Root::mint(now, SHORT)?, now)
    }

    /// Mints an intermediate below a root that exists already.
    ///
    /// # Errors
    /// As for [`Authority::mint`].
    pub fn below(root: Root, now: SystemTime) -> Result<Self, Error> {
        let key = ecdsa_key()?;
        let not_after = root.not_after.min(now + SHORT);
        let mut params = ca_params("Postfail test intermediate", &key, now, not_after)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        let minting = |source| Error::Mint { what: "the intermediate certificate", source };
        let root_issuer = Issuer::from_params(&root.params, &root.key);
        let intermediate = params.signed_by(&key, &root_issuer).map_err(minting)?;
        Ok(Self { root, intermediate, issuer: Issuer::new(params, key), now })
    }

    /// A leaf of this kind with a new key, and the chain up to the intermediate.
    ///
    /// # Errors
    /// [`Error::NoRsa`] for an RSA leaf in a build without `legacy-tls`; else as for [`Authority::mint`].
    pub fn issue(&self, kind: Kind, algorithm: Algorithm) -> Result<Bundle, Error> {
        let plan = Plan::of(kind);
        let key = algorithm.generate()?;
        let mut params = plan.params(self.now, self.root.not_after)?;
        params.use_authority_key_identifier_extension = true;
        let leaf = params
            .signed_by(&key, &self.issuer)
            .map_err(|source| Error::Mint { what: "the leaf certificate", source })?;
        Ok(Bundle::new(&[&leaf, &self.intermediate], &key))
    }

    /// The root, which clients are to trust.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The root as PEM: what `--cacert` and its like want.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.root.pem
    }
}

/// A self-signed root with its key.
pub struct Root {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
    not_after: SystemTime,
}

impl Root {
    /// Mints a root that may sign only for test names and loopback.
    ///
    /// # Errors
    /// As for [`Authority::mint`].
    pub fn mint(now: SystemTime, life: Duration) -> Result<Self, Error> {
        let key = ecdsa_key()?;
        let not_after = now + life;
        let params = root_params(&key, now, not_after)?;
        let certificate = params
            .self_signed(&key)
            .map_err(|source| Error::Mint { what: "the root certificate", source })?;
        Ok(Self { params, key, pem: certificate.pem(), not_after })
    }

    /// A root read back from a directory. Its subject is derived from the key, so `params` need only name the
    /// issuer and the identifier of its key; all else a client reads from the kept certificate.
    pub(crate) fn kept(key: KeyPair, pem: String, not_after: SystemTime) -> Result<Self, Error> {
        let params = root_params(&key, not_after - KEPT, not_after)?;
        Ok(Self { params, key, pem, not_after })
    }

    /// The root in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The private key, PKCS #8 in PEM.
    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// When clients stop trusting it.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }
}

fn ecdsa_key() -> Result<KeyPair, Error> {
    Algorithm::Ecdsa.generate()
}

fn root_params(key: &KeyPair, now: SystemTime, not_after: SystemTime) -> Result<CertificateParams, Error> {
    let mut params = ca_params("Postfail test root", key, now, not_after)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    let mut permitted_subtrees: Vec<_> =
        crate::leaf::DNS_NAMES.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned())).collect();
    permitted_subtrees
        .push(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 8)));
    permitted_subtrees
        .push(GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128)));
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    Ok(params)
}

/// The subject carries the beginning of the key's identifier: roots of several runs stay apart in a trust store,
/// and a root read back from a directory gets the same subject again.
fn ca_params(
    name: &str,
    key: &KeyPair,
    now: SystemTime,
    not_after: SystemTime,
) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    let identifier: String = params.key_identifier(key).iter().take(4).map(|b| format!("{b:02x}")).collect();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Postfail (for tests only)");
    params.distinguished_name.push(DnType::CommonName, format!("{name} {identifier}"));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = certificate_time(now - BACKDATED)?;
    params.not_after = certificate_time(not_after)?;
    Ok(params)
}

/// A time as certificates write it: whole seconds.
pub(crate) fn certificate_time(at: SystemTime) -> Result<OffsetDateTime, Error> {
    let seconds = unix_seconds(at);
    i64::try_from(seconds)
        .ok()
        .and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok())
        .filter(|t| (1950..=9999).contains(&t.year()))
        .ok_or(Error::Time(seconds))
}

pub(crate) fn unix_seconds(at: SystemTime) -> i128 {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i128::from(after.as_secs()),
        Err(before) => -i128::from(before.duration().as_secs()),
    }
}
