//! The alert by which a library refuses a client's certificate. In TLS 1.3 it goes out encrypted (RFC 8446 section 4.4.2),
//! so it is told from the reason, by each library's own table.
use postfail_wire::tls::alert::AlertDescription;

/// What rustls sends for this error.
pub(super) fn by_rustls(error: &rustls::Error) -> Option<AlertDescription> {
    let alert = match error {
        rustls::Error::InvalidCertificate(reason) => rustls::AlertDescription::from(reason.clone()),
        rustls::Error::NoCertificatesPresented => rustls::AlertDescription::CertificateRequired,
        _ => return None,
    };
    Some(AlertDescription(u8::from(alert)))
}

/// SSL_R_CERTIFICATE_VERIFY_FAILED and SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE.
#[cfg(feature = "legacy-tls")]
const NOT_VERIFIED: i32 = 134;
#[cfg(feature = "legacy-tls")]
const NONE_SHOWN: i32 = 199;

/// What OpenSSL sends for this error of a handshake whose certificate was judged so.
#[cfg(feature = "legacy-tls")]
pub(super) fn by_openssl(error: &openssl::ssl::Error, verdict: i32) -> Option<AlertDescription> {
    let reasons = error.ssl_error()?.errors().iter().map(openssl::error::Error::reason_code);
    match reasons.into_iter().find(|reason| matches!(*reason, NOT_VERIFIED | NONE_SHOWN))? {
        NONE_SHOWN => Some(AlertDescription(116)),
        _ => Some(of_verdict(verdict)),
    }
}

/// From X509_V_ERR to alert as `ssl_x509err2alert` has it.
#[cfg(feature = "legacy-tls")]
fn of_verdict(verdict: i32) -> AlertDescription {
    AlertDescription(match verdict {
        10 | 12 => 45,                                      // certificate_expired
        2 | 18..=22 | 24 | 25 | 79 => 48,                   // unknown_ca
        7 | 8 => 51,                                        // decrypt_error
        23 => 44,                                           // certificate_revoked
        26 => 43,                                           // unsupported_certificate
        4 | 6 | 9 | 11 | 13..=16 | 27 | 28 | 62..=68 => 42, // bad_certificate
        _ => 46,                                            // certificate_unknown
    })
}

#[cfg(all(test, feature = "legacy-tls"))]
mod tests {
    use super::of_verdict;

    #[test]
    fn each_verdict_has_its_alert() {
        let name = |verdict| of_verdict(verdict).name();
        assert_eq!(name(10), Some("certificate_expired"));
        assert_eq!(name(20), Some("unknown_ca"));
        assert_eq!(name(23), Some("certificate_revoked"));
        assert_eq!(name(34), Some("certificate_unknown"));
    }
}
