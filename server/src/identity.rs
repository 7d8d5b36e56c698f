//! The identity provider of a running world: its TLS, the key its ID tokens are signed with, and its tokens.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use postfail_certs::{Algorithm, Authority, Kind};
use postfail_control::Pending;
use postfail_control::identity::Asked;
use postfail_engine::change::{Change, Consent};
use postfail_engine::world::oauth::Reply;
use rustls::ServerConfig;
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::builder::StartError;
use crate::handle::ActError;
use crate::laboratory::Bench;

/// TLS 1.2 and 1.3 with a good certificate: who signs people in is not what the scenarios break.
pub(crate) fn tls(authority: &Authority) -> Result<Arc<ServerConfig>, StartError> {
    let leaf = authority.issue(Kind::Good, Algorithm::Ecdsa)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            let (chain, key) = (leaf.chain().to_vec(), leaf.key().clone_key());
            builder.with_no_client_auth().with_single_cert(chain, key)
        });
    let mut config = config.map_err(StartError::Https)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

impl Bench {
    /// Answer the identity provider's client, after the time that it takes: one that leaves before (HTTP drops this
    /// then) has been given nothing, and its refresh token is as good as before.
    pub(crate) fn ask(&self, asked: Asked) -> Pending<'_, Reply> {
        Box::pin(async move {
            if wants_rsa(&asked) {
                self.need_rsa().await;
            }
            let delay =
                self.server.with(|world, _| asked.call().map(|call| world.thinks(&call)).unwrap_or_default());
            if !delay.is_zero() {
                let mut waiting = Waiting::new(self, &asked);
                self.pass(delay).await;
                waiting.is_answered = true;
            }
            let reply = self.server.with(|world, real| asked.call().map(|call| world.identify(&call, real)));
            reply.unwrap_or_else(|| Reply { status: 404, ..Reply::default() })
        })
    }

    /// OpenID Connect obliges to RS256: the key is made when somebody first needs it, one for the whole process. Where
    /// it cannot be made, in a build without OpenSSL, ES256 is offered alone.
    async fn need_rsa(&self) {
        static KEY: OnceCell<Option<Vec<u8>>> = OnceCell::const_new();
        if self.server.with(|world, _| world.provider().keys().has_rsa()) {
            return;
        }
        let make = || async { tokio::task::spawn_blocking(rsa).await.ok().flatten() };
        if let Some(key) = KEY.get_or_init(make).await {
            let set = self.server.with(|world, _| world.set_signing_key(key));
            if let Err(error) = set {
                tracing::warn!(%error, "ID tokens are signed with ES256");
            }
        }
    }

    /// The person signs in once more, and the client is given tokens.
    pub(crate) async fn sign_in(&self, account: &str) -> Result<Value, ActError> {
        let consent = Consent { account: account.to_owned(), ..Consent::default() };
        self.apply(&[Change::Consent(consent)]).await?;
        Ok(self.server.with(|world, _| {
            world.held(account).map_or(Value::Null, |held| {
                json!({
                    "account": account,
                    "issuer": held.issuer,
                    "access_token": held.access,
                    "refresh_token": held.refresh,
                    "expires_at": held.expires_at,
                })
            })
        }))
    }
}

/// A client that waits for its answer; the journal tells when it did not wait long enough.
struct Waiting<'a> {
    bench: &'a Bench,
    asked: &'a Asked,
    is_answered: bool,
}

impl<'a> Waiting<'a> {
    fn new(bench: &'a Bench, asked: &'a Asked) -> Self {
        bench.waiting.fetch_add(1, Ordering::SeqCst);
        Self { bench, asked, is_answered: false }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // First: whoever waits for the journal's news looks at the number again.
        self.bench.waiting.fetch_sub(1, Ordering::SeqCst);
        if !self.is_answered {
            self.bench.server.with(|world, real| {
                if let Some(call) = self.asked.call() {
                    world.forsake(&call, real);
                }
            });
        }
    }
}

/// Where a client looks at keys, or begins what ends with an ID token.
fn wants_rsa(asked: &Asked) -> bool {
    ["configuration", "authorization-server", "keys", "certs", "jwks", "auth", "device", "token"]
        .iter()
        .any(|part| asked.path.contains(part))
        && !asked.body.iter().flat_map(|body| body.windows(13)).any(|part| part == b"refresh_token")
}

#[cfg(feature = "legacy-tls")]
fn rsa() -> Option<Vec<u8>> {
    let key = openssl::rsa::Rsa::generate(2048).and_then(openssl::pkey::PKey::from_rsa).ok()?;
    key.private_key_to_pkcs8().ok()
}

#[cfg(not(feature = "legacy-tls"))]
fn rsa() -> Option<Vec<u8>> {
    None
}
