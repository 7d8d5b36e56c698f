//! One connection's secrets of TLS 1.3, overheard where both libraries tell them: at the key log (RFC 9850).
use std::fmt;
#[cfg(feature = "legacy-tls")]
use std::sync::Weak;
use std::sync::{Arc, OnceLock};

/// By what the server encrypts, in the order of their use.
const LABELS: [&str; 2] = ["SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"];

/// The server's, as far as they are known.
#[derive(Default)]
pub struct Secrets([OnceLock<Vec<u8>>; 2]);

impl Secrets {
    /// For the handshake messages behind the ServerHello.
    pub fn handshake(&self) -> Option<&[u8]> {
        self.0[0].get().map(Vec::as_slice)
    }

    /// For everything behind the server's Finished.
    pub fn traffic(&self) -> Option<&[u8]> {
        self.0[1].get().map(Vec::as_slice)
    }

    fn keep(&self, label: &str, secret: impl FnOnce() -> Vec<u8>) {
        if let Some(at) = LABELS.iter().position(|known| *known == label) {
            self.0[at].get_or_init(secret);
        }
    }
}

/// Without what it holds.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// A configuration of rustls whose secrets are overheard too.
pub fn overhear_rustls(config: &mut rustls::ServerConfig, secrets: &Arc<Secrets>) {
    let (secrets, log) = (Arc::clone(secrets), Arc::clone(&config.key_log));
    config.key_log = Arc::new(Overhearing { secrets, log });
}

#[derive(Debug)]
struct Overhearing {
    secrets: Arc<Secrets>,
    log: Arc<dyn rustls::KeyLog>,
}

impl rustls::KeyLog for Overhearing {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.secrets.keep(label, || secret.to_vec());
        self.log.log(label, client_random, secret);
    }
}

#[cfg(feature = "legacy-tls")]
mod of_openssl {
    use openssl::error::ErrorStack;
    use openssl::ex_data::Index;
    use openssl::ssl::{Ssl, SslRef};

    use super::super::key_log::bytes;
    use super::{Arc, OnceLock, Secrets, Weak};

    /// A connection outlives the fault that listens.
    static INDEX: OnceLock<Index<Ssl, Weak<Secrets>>> = OnceLock::new();

    /// A connection of OpenSSL whose secrets are overheard; its context must call [`line()`].
    pub fn overhear_openssl(ssl: &mut Ssl, secrets: &Arc<Secrets>) -> Result<(), ErrorStack> {
        let index = match INDEX.get() {
            Some(index) => *index,
            None => {
                let new = Ssl::new_ex_index()?;
                *INDEX.get_or_init(|| new)
            }
        };
        ssl.set_ex_data(index, Arc::downgrade(secrets));
        Ok(())
    }

    /// A line of the key log, without its end.
    pub fn line(ssl: &SslRef, line: &str) {
        let secrets = INDEX.get().and_then(|index| ssl.ex_data(*index)).and_then(Weak::upgrade);
        let mut words = line.split(' ');
        if let (Some(secrets), Some(label), Some(secret)) = (secrets, words.next(), words.nth(1)) {
            secrets.keep(label, || bytes(secret).unwrap_or_default());
        }
    }
}
#[cfg(feature = "legacy-tls")]
pub use of_openssl::{line, overhear_openssl};
