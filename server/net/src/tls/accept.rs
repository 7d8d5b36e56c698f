//! One handshake as the server: read the hello, refuse what is outside the window, hand the rest to a library.
#[cfg(feature = "legacy-tls")]
use std::borrow::Cow;
use std::future::poll_fn;
#[cfg(feature = "legacy-tls")]
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use postfail_certs::Kind;
use postfail_engine::journal::{self, Handshake, What};
use postfail_engine::listener::TlsVersion;
use postfail_engine::names;
use postfail_session::world::{Channel, Then};
use postfail_wire::tls::alert::{self, AlertDescription};
use postfail_wire::tls::{name, suite};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::client_refused::{self, Refused};
use super::secrets::{Secrets, overhear_rustls};
use super::tamper::Tamper;
use super::{Acceptor, Face, Tls, channel, hello};
use crate::transport::{Replay, Transport};

/// What a handshake runs over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How long a refused client may take to read the alert, or to say one.
pub(crate) const LINGER: Duration = Duration::from_millis(500);

/// A handshake that came to nothing, and is in the journal.
pub enum Lost<S> {
    /// The client is still to be told: by the library's alert, or by one that no library has sent. Then the connection is
    /// over.
    Failed { wreck: Option<Wreck<S>>, alert: Option<[u8; 7]> },
    /// A fault cut it, and says what becomes of the connection.
    Cut(Wreck<S>, Then),
}

impl<S: Stream> Lost<S> {
    /// Before a library saw the stream.
    fn early(stream: S, alert: Option<(u16, AlertDescription)>) -> Self {
        let wreck = Some(Wreck::Stream(Replay::new(stream, Bytes::new(), None)));
        let alert = alert.map(|(version, description)| alert::record(version, description));
        Self::Failed { wreck, alert }
    }

    /// Says the alert, and stays until the client has read it: closing a socket with unread input sends RST, and RST
    /// takes the alert with it. No deadline is to cut this short, so it is no part of the handshake.
    pub async fn tell(&mut self) {
        let Self::Failed { wreck: Some(wreck), alert } = self else { return };
        let said = async {
            // What the library has said last.
            let _ = poll_fn(|cx| wreck.replay().poll_hand_on(cx)).await;
            let socket = wreck.socket();
            if let Some(alert) = alert {
                let _ = socket.write_all(alert).await;
            }
            linger(socket).await;
        };
        // A client that reads nothing is not waited for either.
        let _ = tokio::time::timeout(LINGER * 2, said).await;
    }
}

/// What is left of a stream when the handshake on it has failed.
pub enum Wreck<S> {
    Stream(Replay<S>),
    /// It cannot be taken out; below TLS it is still good.
    #[cfg(feature = "legacy-tls")]
    OpenSsl(Box<tokio_openssl::SslStream<Replay<S>>>),
}

impl<S> Wreck<S> {
    /// The stream below TLS.
    pub fn socket(&mut self) -> &mut S {
        &mut self.replay().stream
    }

    fn replay(&mut self) -> &mut Replay<S> {
        match self {
            Self::Stream(stream) => stream,
            #[cfg(feature = "legacy-tls")]
            Self::OpenSsl(stream) => stream.get_mut(),
        }
    }
}

/// Accepts TLS on a stream; `note` gets the hello and how the handshake ended. What is given with the stream is for
/// those who log in on it. The end of the handshake is still to be flushed.
///
/// # Errors
/// When it failed: the client is to be told.
pub async fn accept<S: Stream>(
    tls: &Tls,
    mut stream: S,
    mut face: Face,
    tamper: Option<Box<Tamper>>,
    note: &mut (dyn FnMut(What) + Send),
) -> Result<(Transport<S>, Channel), Lost<S>> {
    let mut bytes = BytesMut::new();
    let failed = |reason: String, sent: Option<AlertDescription>, received: Option<AlertDescription>| {
        What::Handshake(Box::new(Handshake::failed(reason, sent, received)))
    };
    let hello = match hello::read(&mut stream, &mut bytes).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(refused)) => {
            note(failed(refused.reason, refused.alert, None));
            return Err(Lost::early(stream, refused.alert.map(|alert| (0x0301, alert))));
        }
        Err(error) => {
            note(failed(error.to_string(), None, None));
            return Err(Lost::early(stream, None));
        }
    };
    if let Some(window) = hello.server_name.as_deref().and_then(names::window) {
        face.window = window;
    }
    if let Some(name) = hello.server_name.as_deref().and_then(names::certificate) {
        face.certificate = Kind::named(name).unwrap_or_default();
    }
    let refused = hello::outside(&hello, face.window);
    let needs_rsa = hello::needs_rsa(&hello, face.window, &face.settings);
    let version = hello.legacy_version.clamp(0x0300, 0x0303);
    note(What::Hello(Box::new(journal::Hello::new(*hello, face.window, &face.settings))));
    if let Some(refused) = refused {
        note(failed(refused.reason, refused.alert, None));
        return Err(Lost::early(stream, refused.alert.map(|alert| (version, alert))));
    }
    let secrets = tamper.as_ref().and_then(|tamper| tamper.secrets());
    let acceptor = match tls.acceptor(&face, secrets.is_some()).await {
        Ok(acceptor) => acceptor,
        Err(error) => {
            let alert = AlertDescription::INTERNAL_ERROR;
            note(failed(error.to_string(), Some(alert), None));
            return Err(Lost::early(stream, Some((0x0303, alert))));
        }
    };
    if let Acceptor::Rustls(_, keys) = &acceptor
        && needs_rsa
    {
        // Without RSA the client is told so by the library, as with any certificate that does not suit it.
        let _ = keys.rsa().await;
    }
    let failure =
        match handshake(acceptor, Replay::new(stream, bytes.freeze(), tamper), secrets.as_ref()).await {
            Ok((transport, done, channel)) => {
                note(What::Handshake(Box::new(done)));
                return Ok((transport, channel));
            }
            Err(failure) => failure,
        };
    note(failed(failure.reason, failure.sent, failure.received));
    let Some(mut wreck) = failure.wreck else { return Err(Lost::Failed { wreck: None, alert: None }) };
    Err(match wreck.replay().tamper().and_then(Tamper::cut) {
        Some(then) => Lost::Cut(wreck, then),
        None => Lost::Failed { wreck: Some(wreck), alert: None },
    })
}

/// Ends our side, then drops what the peer still sends until it ends its own, for at most half a second.
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let drain = async {
        let mut dropped = [0; 512];
        stream.shutdown().await?;
        while stream.read(&mut dropped).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _ = tokio::time::timeout(LINGER, drain).await;
}

/// A handshake that went well.
type Established<S> = (Transport<S>, Handshake, Channel);

/// A handshake that a library ended.
struct Failure<S> {
    reason: String,
    sent: Option<AlertDescription>,
    received: Option<AlertDescription>,
    wreck: Option<Wreck<S>>,
}

impl<S> Failure<S> {
    /// What the library says, unless a fault of ours was the reason, or the client has gone; if it was the client's
    /// certificate, then in words of our own.
    fn new(
        error: String,
        refused: Option<Refused>,
        received: Option<AlertDescription>,
        mut wreck: Wreck<S>,
    ) -> Self {
        let replay = wreck.replay();
        let cut = replay.tamper().filter(|tamper| tamper.cut().is_some()).map(Tamper::reason);
        let refused = refused.filter(|_| cut.is_none());
        let sealed = refused.as_ref().map(|refused| refused.alert);
        let sent = replay.alert_sent().map(AlertDescription).or(sealed);
        let reason = match (cut, received, replay.client_gone()) {
            (Some(cut), ..) => cut,
            (None, Some(alert), _) => format!("the client refused: {alert}"),
            (None, None, Some(gone)) => {
                format!("the client {gone} the connection in the middle of the handshake")
            }
            (None, None, None) => refused.map_or(error, |refused| refused.reason),
        };
        Self { reason, sent, received, wreck: Some(wreck) }
    }
}

async fn handshake<S: Stream>(
    acceptor: Acceptor,
    stream: Replay<S>,
    secrets: Option<&Arc<Secrets>>,
) -> Result<Established<S>, Failure<S>> {
    match acceptor {
        Acceptor::Rustls(config, _) => by_rustls(config, stream, secrets).await,
        #[cfg(feature = "legacy-tls")]
        Acceptor::OpenSsl(context, end_points) => by_openssl(&context, &end_points, stream, secrets).await,
    }
}

async fn by_rustls<S: Stream>(
    config: Arc<rustls::ServerConfig>,
    stream: Replay<S>,
    secrets: Option<&Arc<Secrets>>,
) -> Result<Established<S>, Failure<S>> {
    let (mut config, shown) = channel::remembering(&config);
    if let Some(secrets) = secrets {
        overhear_rustls(Arc::make_mut(&mut config), secrets);
    }
    let accepted = tokio_rustls::TlsAcceptor::from(config).accept(stream).into_fallible().await;
    let mut stream = accepted.map_err(|(error, stream)| {
        let cause: Option<&rustls::Error> = error.get_ref().and_then(|e| e.downcast_ref());
        let received = match cause {
            Some(rustls::Error::AlertReceived(alert)) => Some(AlertDescription(u8::from(*alert))),
            _ => None,
        };
        let refused = cause.and_then(client_refused::by_rustls);
        Failure::new(error.to_string(), refused, received, Wreck::Stream(stream))
    })?;
    stream.get_mut().0.finish();
    let connection = stream.get_ref().1;
    let done = Handshake::Done {
        version: version(connection.protocol_version().map_or(0, u16::from)),
        suite: suite::name(connection.negotiated_cipher_suite().map_or(0, |chosen| chosen.suite().into())),
        backend: "rustls",
        alpn: connection.alpn_protocol().map(|name| name.escape_ascii().to_string()),
        resumed: connection.handshake_kind() == Some(rustls::HandshakeKind::Resumed),
        group: connection.negotiated_key_exchange_group().map(|group| name::group(group.name().into())),
        client_certificate: connection
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|leaf| fingerprint(leaf)),
    };
    let channel = channel::of_rustls(connection, &shown);
    Ok((Transport::Rustls(Box::new(stream)), done, channel))
}

#[cfg(feature = "legacy-tls")]
async fn by_openssl<S: Stream>(
    context: &openssl::ssl::SslContext,
    end_points: &channel::EndPoints,
    stream: Replay<S>,
    secrets: Option<&Arc<Secrets>>,
) -> Result<Established<S>, Failure<S>> {
    let refused = |reason: String| Failure { reason, sent: None, received: None, wreck: None };
    let mut ssl = openssl::ssl::Ssl::new(context).map_err(|e| refused(e.to_string()))?;
    if let Some(secrets) = secrets {
        super::secrets::overhear_openssl(&mut ssl, secrets).map_err(|e| refused(e.to_string()))?;
    }
    let stream = tokio_openssl::SslStream::new(ssl, stream).map_err(|e| refused(e.to_string()))?;
    let mut stream = Box::new(stream);
    if let Err(error) = Pin::new(&mut *stream).accept().await {
        if stream.get_ref().is_within_alert() {
            // Some versions of OpenSSL stop there when they did not expect the record's version.
            let mut rest = [0; 2];
            let _ = tokio::time::timeout(LINGER, stream.get_mut().read_exact(&mut rest)).await;
        }
        let received = received(&error).or_else(|| stream.get_ref().alert_received().map(AlertDescription));
        let refused = client_refused::by_openssl(&error, stream.ssl().verify_result());
        return Err(Failure::new(client_refused::plain(&error), refused, received, Wreck::OpenSsl(stream)));
    }
    stream.get_mut().finish();
    let ssl = stream.ssl();
    let done = Handshake::Done {
        version: version(ssl.version2().map_or(0, code)),
        suite: suite::name(ssl.current_cipher().map_or(0, |cipher| u16::from_be_bytes(cipher.protocol_id()))),
        backend: "openssl",
        alpn: ssl.selected_alpn_protocol().map(|name| name.escape_ascii().to_string()),
        resumed: ssl.session_reused(),
        group: group(ssl),
        client_certificate: ssl
            .peer_certificate()
            .and_then(|leaf| leaf.to_der().ok())
            .map(|leaf| fingerprint(&leaf)),
    };
    let channel = channel::of_openssl(ssl, end_points);
    Ok((Transport::OpenSsl(stream), done, channel))
}

/// OpenSSL's reason code for an alert from the peer is 1000 and the alert.
#[cfg(feature = "legacy-tls")]
fn received(error: &openssl::ssl::Error) -> Option<AlertDescription> {
    let codes = error.ssl_error()?.errors().iter().map(|e| e.reason_code());
    codes.into_iter().find_map(|code| u8::try_from(code.checked_sub(1000)?).ok()).map(AlertDescription)
}

#[cfg(feature = "legacy-tls")]
fn code(version: openssl::ssl::SslVersion) -> u16 {
    use openssl::ssl::SslVersion;
    match version {
        SslVersion::TLS1_3 => 0x0304,
        SslVersion::TLS1_2 => 0x0303,
        SslVersion::TLS1_1 => 0x0302,
        _ => 0x0301,
    }
}

/// The group of the client's share. OpenSSL keeps it in TLS 1.3 only; of finite fields it tells the size.
#[cfg(feature = "legacy-tls")]
fn group(ssl: &openssl::ssl::SslRef) -> Option<Cow<'static, str>> {
    use openssl::nid::Nid;
    use openssl::pkey::Id;
    let key = ssl.peer_tmp_key().ok()?;
    let name = match key.id() {
        Id::X25519 => "x25519",
        Id::X448 => "x448",
        Id::EC => match key.ec_key().ok()?.group().curve_name()? {
            Nid::X9_62_PRIME256V1 => "secp256r1",
            Nid::SECP384R1 => "secp384r1",
            Nid::SECP521R1 => "secp521r1",
            other => other.short_name().ok()?,
        },
        _ => return Some(format!("ffdhe{}", key.bits()).into()),
    };
    Some(name.into())
}

/// SHA-256 in hexadecimal, as `openssl x509 -fingerprint -sha256` has it but for the colons.
fn fingerprint(certificate: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Both libraries end a handshake only with a version we allowed; anything else would be theirs to explain.
fn version(code: u16) -> TlsVersion {
    TlsVersion::from_code(code).unwrap_or(TlsVersion::V1_0)
}
