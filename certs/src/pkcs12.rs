//! Certificate, chain and key in one PKCS #12 file (RFC 7292), as Windows, macOS, Firefox, Thunderbird and Java import it.
use crate::{Bundle, Error};

/// The password of every PKCS #12 file: the key in it is for tests, and a file without one is refused by half of what
/// is to import it.
pub const PASSWORD: &str = "postfail";

impl Bundle {
    /// A PKCS #12 file with [`PASSWORD`], named `name` where the importing program shows a name.
    ///
    /// Enciphered with triple DES and SHA-1: macOS before 15 and Windows before 10 read nothing newer.
    ///
    /// # Errors
    /// [`Error::NoPkcs12`] in a build without `legacy-tls`.
    #[cfg(feature = "legacy-tls")]
    pub fn pkcs12(&self, name: &str) -> Result<Vec<u8>, Error> {
        use openssl::nid::Nid;
        let make = || {
            let mut chain = self.chain().iter().map(|der| openssl::x509::X509::from_der(der));
            let leaf = chain.next().transpose()?;
            let mut issuers = openssl::stack::Stack::new()?;
            for issuer in chain {
                issuers.push(issuer?)?;
            }
            let key = openssl::pkey::PKey::private_key_from_der(self.key().secret_der())?;
            let mut builder = openssl::pkcs12::Pkcs12::builder();
            builder.name(name).pkey(&key).ca(issuers);
            if let Some(leaf) = &leaf {
                builder.cert(leaf);
            }
            builder.key_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
            builder.cert_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
            builder.mac_md(openssl::hash::MessageDigest::sha1());
            builder.build2(PASSWORD)?.to_der()
        };
        make().map_err(|e: openssl::error::ErrorStack| Error::Pkcs12(e.to_string()))
    }

    /// Without OpenSSL there is no PKCS #12.
    ///
    /// # Errors
    /// Always [`Error::NoPkcs12`].
    #[cfg(not(feature = "legacy-tls"))]
    pub fn pkcs12(&self, _: &str) -> Result<Vec<u8>, Error> {
        Err(Error::NoPkcs12)
    }
}
