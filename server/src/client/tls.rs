//! TLS for the built-in client, as strict as a good client is: OpenSSL for every version, else rustls.
#[cfg(feature = "legacy-tls")]
mod by_openssl;
#[cfg(not(feature = "legacy-tls"))]
mod by_rustls;

#[cfg(feature = "legacy-tls")]
pub(super) use by_openssl::connect;
#[cfg(not(feature = "legacy-tls"))]
pub(super) use by_rustls::connect;
