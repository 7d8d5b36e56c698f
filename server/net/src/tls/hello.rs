//! The ClientHello, read before a TLS library sees it: for the journal, and to refuse as a real server does.
//!
//! rustls answers a hello of TLS 1.0 or 1.1 with handshake_failure (40), where servers in the field say
//! protocol_version (70); so a hello outside the window never reaches a library.
use std::io;

use bytes::BytesMut;
use postfail_engine::listener::{TlsSettings, TlsVersion, Window};
use postfail_wire::tls::alert::AlertDescription;
use postfail_wire::tls::client_hello::{self, Bad, ClientHello, Progress};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Most hellos fit; a post-quantum key share makes them longer.
const USUAL: usize = 2048;

/// What came instead of a ClientHello we can go on with.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// For the journal.
    pub reason: String,
    pub alert: Option<AlertDescription>,
}

/// Reads until the ClientHello is complete. What was read goes into `bytes`, to be replayed to the library; it can
/// hold more than the hello.
///
/// # Errors
/// When the stream fails; `Ok(Err(..))` when it holds something else.
pub async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut BytesMut,
) -> io::Result<Result<Box<ClientHello>, Refused>> {
    bytes.reserve(USUAL);
    loop {
        match client_hello::parse(bytes) {
            Progress::Hello(hello) => return Ok(Ok(hello)),
            Progress::NotTls(what) => return Ok(Err(Refused { reason: what.to_string(), alert: None })),
            Progress::Bad(what) => {
                return Ok(Err(Refused { reason: what.to_string(), alert: Some(alert_for(what)) }));
            }
            Progress::NeedMore => {}
        }
        if stream.read_buf(bytes).await? == 0 {
            let reason = match bytes.len() {
                0 => "the client closed the connection before its ClientHello".to_owned(),
                cut => format!("the client closed the connection {cut} bytes into its ClientHello"),
            };
            return Ok(Err(Refused { reason, alert: None }));
        }
    }
}

fn alert_for(what: Bad) -> AlertDescription {
    match what {
        Bad::RecordType(_) | Bad::NotClientHello(_) => AlertDescription::UNEXPECTED_MESSAGE,
        Bad::RecordVersion(_) => AlertDescription::PROTOCOL_VERSION,
        Bad::TooLong | Bad::RecordLength(_) | Bad::Malformed(_) => AlertDescription::DECODE_ERROR,
    }
}

/// Why the hello cannot be accepted within the window; `None` when it can.
#[must_use]
pub fn outside(hello: &ClientHello, window: Window) -> Option<Refused> {
    let known: Vec<TlsVersion> =
        TlsVersion::ALL.into_iter().filter(|version| hello.offers(version.code())).collect();
    let refused = |reason, alert| Some(Refused { reason, alert: Some(alert) });
    let reason = match known.as_slice() {
        [] => format!("offered no TLS version that is known, window {window}"),
        [.., highest] if *highest < window.min => format!("offered at most TLS {highest}, window {window}"),
        some if some.iter().any(|version| window.contains(*version)) => {
            // RFC 7507 section 3: the client was talked out of a version that both sides have.
            let highest = known.last().filter(|highest| hello.is_fallback() && **highest < window.max)?;
            let reason = format!("fell back to TLS {highest}, window {window}");
            return refused(reason, AlertDescription::INAPPROPRIATE_FALLBACK);
        }
        only => {
            let names: Vec<&str> = only.iter().map(|version| version.as_str()).collect();
            format!("offered only TLS {}, window {window}", names.join(" and "))
        }
    };
    refused(reason, AlertDescription::PROTOCOL_VERSION)
}

/// What rustls speaks with an ECDSA key: ECDHE_ECDSA with AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305.
const ECDHE_ECDSA: [u16; 3] = [0xc02b, 0xc02c, 0xcca9];

/// Will the certificate have to be RSA? Of TLS 1.2 the suites decide, and where they are listed their order; of TLS 1.3
/// the signature schemes alone.
#[must_use]
pub fn needs_rsa(hello: &ClientHello, window: Window, settings: &TlsSettings) -> bool {
    const ECDSA_SECP256R1_SHA256: u16 = 0x0403;
    let tls13 = window.contains(TlsVersion::V1_3) && hello.offers(TlsVersion::V1_3.code());
    let listed = settings.suites_of(false).map(|suite| suite.0);
    let by_suite = hello.cipher_suites.iter().any(|suite| ECDHE_ECDSA.contains(suite))
        && !begins_with_rsa(listed, |suite| hello.cipher_suites.contains(&suite));
    let suite = tls13 || by_suite;
    !(suite && hello.signature_schemes.contains(&ECDSA_SECP256R1_SHA256))
}

/// Is the first listed suite that the client `offers` too one that RSA signs? No, where there is none.
pub(super) fn begins_with_rsa(mut listed: impl Iterator<Item = u16>, offers: impl Fn(u16) -> bool) -> bool {
    listed.find(|suite| offers(*suite)).is_some_and(|suite| !ECDHE_ECDSA.contains(&suite))
}
