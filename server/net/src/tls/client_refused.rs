//! Client certificates that a library refuses: the alert and the words, the same for both. The alert goes out encrypted in
//! TLS 1.3 (RFC 8446 section 4.4.2), so it is told from the reason, by each library's own table.
use postfail_wire::tls::alert::AlertDescription;
use rustls::CertificateError;

/// For the journal.
pub(super) struct Refused {
    pub alert: AlertDescription,
    pub reason: String,
}

const NONE: &str = "the client showed no certificate";

fn refused(alert: u8, why: &str) -> Refused {
    Refused { alert: AlertDescription(alert), reason: format!("the client's certificate: {why}") }
}

/// What rustls sends for this error.
pub(super) fn by_rustls(error: &rustls::Error) -> Option<Refused> {
    use CertificateError as Flaw;
    let flaw = match error {
        rustls::Error::InvalidCertificate(flaw) => flaw,
        rustls::Error::NoCertificatesPresented => {
            let alert = AlertDescription(u8::from(rustls::AlertDescription::CertificateRequired));
            return Some(Refused { alert, reason: NONE.to_owned() });
        }
        _ => return None,
    };
    let alert = u8::from(rustls::AlertDescription::from(flaw.clone()));
    Some(match flaw {
        Flaw::Expired | Flaw::ExpiredContext { .. } => refused(alert, EXPIRED),
        Flaw::NotValidYet | Flaw::NotValidYetContext { .. } => refused(alert, NOT_YET_VALID),
        Flaw::UnknownIssuer => refused(alert, UNKNOWN_ISSUER),
        Flaw::Revoked => refused(alert, REVOKED),
        Flaw::BadSignature => refused(alert, BROKEN_SIGNATURE),
        Flaw::InvalidPurpose | Flaw::InvalidPurposeContext { .. } => refused(alert, WRONG_PURPOSE),
        other => refused(alert, &other.to_string()),
    })
}

const EXPIRED: &str = "expired";
const NOT_YET_VALID: &str = "not yet valid";
const UNKNOWN_ISSUER: &str = "unknown issuer";
const REVOKED: &str = "revoked";
const BROKEN_SIGNATURE: &str = "broken signature";
const WRONG_PURPOSE: &str = "not for clients";

/// SSL_R_CERTIFICATE_VERIFY_FAILED and SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE.
#[cfg(feature = "legacy-tls")]
const NOT_VERIFIED: i32 = 134;
#[cfg(feature = "legacy-tls")]
const NONE_SHOWN: i32 = 199;

/// What OpenSSL sends for this error of a handshake whose certificate was judged so.
#[cfg(feature = "legacy-tls")]
pub(super) fn by_openssl(
    error: &openssl::ssl::Error,
    verdict: openssl::x509::X509VerifyResult,
) -> Option<Refused> {
    let reasons = error.ssl_error()?.errors().iter().map(openssl::error::Error::reason_code);
    match reasons.into_iter().find(|reason| matches!(*reason, NOT_VERIFIED | NONE_SHOWN))? {
        NONE_SHOWN => Some(Refused { alert: AlertDescription(116), reason: NONE.to_owned() }),
        _ => Some(of_verdict(verdict.as_raw(), verdict.error_string())),
    }
}

/// From X509_V_ERR to alert as `ssl_x509err2alert` has it. What has no word of ours keeps OpenSSL's, and its number.
#[cfg(feature = "legacy-tls")]
fn of_verdict(verdict: i32, text: &str) -> Refused {
    let alert = match verdict {
        10 | 12 => 45,                                      // certificate_expired
        2 | 18..=22 | 24 | 25 | 79 => 48,                   // unknown_ca
        7 | 8 => 51,                                        // decrypt_error
        23 => 44,                                           // certificate_revoked
        26 => 43,                                           // unsupported_certificate
        4 | 6 | 9 | 11 | 13..=16 | 27 | 28 | 62..=68 => 42, // bad_certificate
        _ => 46,                                            // certificate_unknown
    };
    let known = match verdict {
        10 => EXPIRED,
        9 => NOT_YET_VALID,
        2 | 18..=21 => UNKNOWN_ISSUER,
        7 => BROKEN_SIGNATURE,
        23 => REVOKED,
        26 => WRONG_PURPOSE,
        _ => return refused(alert, &format!("{text} (X509_V_ERR {verdict})")),
    };
    refused(alert, known)
}

/// The words of OpenSSL's error, and its number, which is what manuals and search engines know it by; not its routines and
/// files.
#[cfg(feature = "legacy-tls")]
pub(super) fn plain(error: &openssl::ssl::Error) -> String {
    let errors = error.ssl_error().map(openssl::error::ErrorStack::errors).unwrap_or_default();
    let said = errors.iter().find_map(|error| Some(format!("{} ({:08X})", error.reason()?, error.code())));
    said.unwrap_or_else(|| error.to_string())
}

#[cfg(all(test, feature = "legacy-tls"))]
mod tests {
    use super::of_verdict;

    #[test]
    fn each_verdict_has_its_alert() {
        let name = |verdict| of_verdict(verdict, "").alert.name();
        assert_eq!(name(10), Some("certificate_expired"));
        assert_eq!(name(20), Some("unknown_ca"));
        assert_eq!(name(23), Some("certificate_revoked"));
        assert_eq!(name(34), Some("certificate_unknown"));
    }

    #[test]
    fn what_has_no_word_of_ours_keeps_its_number() {
        assert_eq!(of_verdict(10, "certificate has expired").reason, "the client's certificate: expired");
        assert_eq!(
            of_verdict(34, "unhandled critical extension").reason,
            "the client's certificate: unhandled critical extension (X509_V_ERR 34)"
        );
    }
}
