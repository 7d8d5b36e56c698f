//! Leaf certificates: whom they name, how long, what for.
//!
//! A [`Plan`] holds as data everything that can be right or wrong about a leaf but its key and its signature; a
//! [`Kind`] is a name for a plan and a chain.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use rcgen::{
    CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType, SerialNumber,
};

use crate::authority::{DAY, SHORT, certificate_time};
use crate::{Error, Kind, revocation};

/// The domains the authority may sign for, subdomains included.
pub const DNS_NAMES: [&str; 2] = ["localhost", "postfail.test"];

/// How many names `many-sans` has beside the usual ones.
const MANY: usize = 2_000;

/// When a leaf is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    Now,
    /// Ended two days ago.
    Past,
    /// Begins in two days.
    Future,
}

impl Validity {
    /// No leaf that is valid outlives `limit`, its root's end.
    fn span(self, now: SystemTime, limit: SystemTime) -> (SystemTime, SystemTime) {
        match self {
            Self::Now => (now - DAY, limit.min(now + SHORT)),
            Self::Past => (now - 60 * DAY, now - 2 * DAY),
            Self::Future => (now + 2 * DAY, now + SHORT),
        }
    }
}

/// Everything about a leaf but its key and who signs it.
#[derive(Clone, Debug)]
pub struct Plan {
    pub common_name: &'static str,
    pub names: Vec<SanType>,
    pub validity: Validity,
    pub usages: Vec<ExtendedKeyUsagePurpose>,
    pub key_usages: Vec<KeyUsagePurpose>,
    pub extensions: Vec<CustomExtension>,
    pub crl_url: Option<String>,
    /// Chosen at random where there is none.
    pub serial: Option<Vec<u8>>,
}

impl Plan {
    /// The plan a kind stands for; `revocation_url` is where its CRL and OCSP responder are found.
    pub(crate) fn of(kind: Kind, revocation_url: Option<&str>) -> Self {
        let mut plan = Self {
            common_name: "localhost",
            names: good_names(),
            validity: Validity::Now,
            usages: vec![ExtendedKeyUsagePurpose::ServerAuth],
            // keyEncipherment is what RSA key exchange of TLS 1.2 and below asks for (RFC 5246 section 7.4.2).
            key_usages: vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment],
            extensions: Vec::new(),
            crl_url: None,
            serial: None,
        };
        match kind {
            Kind::Expired => plan.validity = Validity::Past,
            Kind::NotYetValid => plan.validity = Validity::Future,
            Kind::WrongHost => {
                plan.common_name = "other.postfail.test";
                plan.names = dns_names(["other.postfail.test"]);
            }
            Kind::NoSan | Kind::X509V1 => plan.names = Vec::new(),
            Kind::ManySans => {
                plan.names.extend(dns_names((1..=MANY).map(|n| format!("host-{n}.postfail.test"))));
            }
            Kind::WrongExtendedKeyUsage => plan.usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            Kind::WrongKeyUsage => plan.key_usages = vec![KeyUsagePurpose::ContentCommitment],
            Kind::UnknownCriticalExtension => plan.extensions.push(unknown_critical_extension()),
            Kind::Revoked | Kind::StapledRevoked | Kind::StapledGood | Kind::StapledExpired => {
                plan.crl_url = revocation_url.map(revocation::crl_url);
                plan.extensions.extend(revocation_url.map(revocation::authority_information_access));
            }
            Kind::MustStapleIgnored => plan.extensions.push(revocation::must_staple()),
            _ => {}
        }
        plan
    }

    /// As certificate parameters; no valid leaf outlives `limit`, its root's end.
    pub(crate) fn params(&self, now: SystemTime, limit: SystemTime) -> Result<CertificateParams, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, self.common_name);
        params.subject_alt_names.clone_from(&self.names);
        params.extended_key_usages.clone_from(&self.usages);
        params.key_usages.clone_from(&self.key_usages);
        params.custom_extensions.clone_from(&self.extensions);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.serial_number = self.serial.as_deref().map(SerialNumber::from_slice);
        let point = |uri: &String| CrlDistributionPoint { uris: vec![uri.clone()] };
        params.crl_distribution_points = self.crl_url.iter().map(point).collect();
        let (begin, end) = self.validity.span(now, limit);
        params.not_before = certificate_time(begin)?;
        params.not_after = certificate_time(end)?;
        Ok(params)
    }
}

fn good_names() -> Vec<SanType> {
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let mut names = dns_names(DNS_NAMES.into_iter().chain(["*.postfail.test"]));
    names.extend(loopback.map(SanType::IpAddress));
    names
}

fn dns_names(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<SanType> {
    names.into_iter().filter_map(|name| name.into().try_into().ok()).map(SanType::DnsName).collect()
}

/// Below the enterprise number that is kept for examples (RFC 5612).
fn unknown_critical_extension() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32473, 1], vec![5, 0]);
    extension.set_criticality(true);
    extension
}
