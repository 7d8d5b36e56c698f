//! A key of TLS 1.3 with its records' numbers: derived from a traffic secret (RFC 8446 section 7.3), to open and to seal
//! records (section 5.2).
use ring::{aead, hkdf};

/// Header of a record: type, version, length (RFC 8446 section 5.1).
pub const RECORD: usize = 5;
/// ContentType application_data, as which all that is encrypted goes.
pub const ENCRYPTED: u8 = 23;

const NONCE: usize = 12;
const TAG: usize = 16;

/// Of one secret; each record opened or sealed is the next one.
pub struct RecordKeys {
    cipher: Cipher,
    iv: [u8; NONCE],
    number: u64,
}

enum Cipher {
    Ring(Box<aead::LessSafeKey>),
    /// With the length of its tag.
    #[cfg(feature = "legacy-tls")]
    Ccm([u8; 16], usize),
}

impl RecordKeys {
    /// From the record of this number on; `None` for a suite that is none of TLS 1.3.
    pub fn new(suite: u16, secret: &[u8], number: u64) -> Option<Self> {
        let (hash, algorithm) = match suite {
            0x1301 => (hkdf::HKDF_SHA256, Some(&aead::AES_128_GCM)),
            0x1302 => (hkdf::HKDF_SHA384, Some(&aead::AES_256_GCM)),
            0x1303 => (hkdf::HKDF_SHA256, Some(&aead::CHACHA20_POLY1305)),
            0x1304 | 0x1305 => (hkdf::HKDF_SHA256, None),
            _ => return None,
        };
        let secret = hkdf::Prk::new_less_safe(hash, secret);
        let cipher = match algorithm {
            Some(algorithm) => {
                let mut key = [0; 32];
                let key = &mut key[..algorithm.key_len()];
                expand_label(&secret, b"key", key)?;
                Cipher::Ring(Box::new(aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, key).ok()?)))
            }
            #[cfg(feature = "legacy-tls")]
            None => {
                let mut key = [0; 16];
                expand_label(&secret, b"key", &mut key)?;
                Cipher::Ccm(key, if suite == 0x1305 { 8 } else { TAG })
            }
            #[cfg(not(feature = "legacy-tls"))]
            None => return None,
        };
        let mut iv = [0; NONCE];
        expand_label(&secret, b"iv", &mut iv)?;
        Some(Self { cipher, iv, number })
    }

    /// The next record's type and content, padding left out; `None` if it was not sealed by this key.
    pub fn open(&mut self, record: &[u8]) -> Option<(u8, Vec<u8>)> {
        let (header, sealed) = record.split_at_checked(RECORD)?;
        let nonce = self.nonce();
        let mut inner = match &self.cipher {
            Cipher::Ring(key) => {
                let mut text = sealed.to_vec();
                let nonce = aead::Nonce::assume_unique_for_key(nonce);
                let length = key.open_in_place(nonce, aead::Aad::from(header), &mut text).ok()?.len();
                text.truncate(length);
                text
            }
            #[cfg(feature = "legacy-tls")]
            Cipher::Ccm(key, tag) => {
                let (text, tag) = sealed.split_at_checked(sealed.len().checked_sub(*tag)?)?;
                ccm::open(key, &nonce, header, text, tag).ok()?
            }
        };
        inner.truncate(inner.iter().rposition(|byte| *byte != 0)? + 1);
        let kind = inner.pop()?;
        Some((kind, inner))
    }

    /// The next record, of this type.
    pub fn seal(&mut self, kind: u8, content: &[u8]) -> Option<Vec<u8>> {
        let mut text = [content, &[kind]].concat();
        let nonce = self.nonce();
        let tag = match &self.cipher {
            Cipher::Ring(_) => TAG,
            #[cfg(feature = "legacy-tls")]
            Cipher::Ccm(_, tag) => *tag,
        };
        let [high, low] = u16::try_from(text.len() + tag).ok()?.to_be_bytes();
        let header = [ENCRYPTED, 3, 3, high, low];
        let sealed = match &self.cipher {
            Cipher::Ring(key) => {
                let nonce = aead::Nonce::assume_unique_for_key(nonce);
                key.seal_in_place_append_tag(nonce, aead::Aad::from(header), &mut text).ok()?;
                text
            }
            #[cfg(feature = "legacy-tls")]
            Cipher::Ccm(key, tag) => ccm::seal(key, &nonce, &header, &text, *tag).ok()?,
        };
        Some([&header[..], &sealed].concat())
    }

    /// The initial one by the record's number (section 5.3).
    fn nonce(&mut self) -> [u8; NONCE] {
        let mut nonce = self.iv;
        for (byte, number) in nonce[4..].iter_mut().zip(self.number.to_be_bytes()) {
            *byte ^= number;
        }
        self.number += 1;
        nonce
    }
}

/// HKDF-Expand-Label without a context (section 7.1).
fn expand_label(secret: &hkdf::Prk, label: &[u8], out: &mut [u8]) -> Option<()> {
    let whole = [b"tls13 ", label].concat();
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let info = [&length[..], &[u8::try_from(whole.len()).ok()?], &whole, &[0]];
    secret.expand(&info, Length(out.len())).ok()?.fill(out).ok()
}

/// AES in CCM by OpenSSL, which wants all lengths before the key.
#[cfg(feature = "legacy-tls")]
mod ccm {
    use openssl::cipher::Cipher;
    use openssl::cipher_ctx::CipherCtx;
    use openssl::error::ErrorStack;

    pub(super) fn open(
        key: &[u8],
        nonce: &[u8],
        header: &[u8],
        text: &[u8],
        tag: &[u8],
    ) -> Result<Vec<u8>, ErrorStack> {
        let mut context = CipherCtx::new()?;
        context.decrypt_init(Some(Cipher::aes_128_ccm()), None, None)?;
        context.set_iv_length(nonce.len())?;
        context.set_tag(tag)?;
        context.decrypt_init(None, Some(key), Some(nonce))?;
        run(&mut context, header, text)
    }

    pub(super) fn seal(
        key: &[u8],
        nonce: &[u8],
        header: &[u8],
        text: &[u8],
        tag: usize,
    ) -> Result<Vec<u8>, ErrorStack> {
        let mut context = CipherCtx::new()?;
        context.encrypt_init(Some(Cipher::aes_128_ccm()), None, None)?;
        context.set_iv_length(nonce.len())?;
        context.set_tag_length(tag)?;
        context.encrypt_init(None, Some(key), Some(nonce))?;
        let mut sealed = run(&mut context, header, text)?;
        let length = sealed.len();
        sealed.resize(length + tag, 0);
        context.tag(&mut sealed[length..])?;
        Ok(sealed)
    }

    fn run(context: &mut CipherCtx, header: &[u8], text: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut out = Vec::new();
        context.set_data_len(text.len())?;
        context.cipher_update(header, None)?;
        context.cipher_update_vec(text, &mut out)?;
        Ok(out)
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()
    }

    /// RFC 8448 section 3: the server's handshake secret, and what is derived of it.
    #[test]
    fn key_and_iv_are_those_of_the_example() {
        let secret = bytes(
            "b6 7b 7d 69 0c c1 6c 4e 75 e5 42 13 cb 2d 37 b4 e9 c9 12 bc de d9 10 5d 42 be fd 59 d3 91 ad 38",
        );
        let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, &secret);
        let mut key = [0; 16];
        expand_label(&prk, b"key", &mut key).expect("a key");
        assert_eq!(key[..], bytes("3f ce 51 60 09 c2 17 27 d0 f2 e4 e8 6e e4 03 bc"));
        let keys = RecordKeys::new(0x1301, &secret, 0).expect("keys");
        assert_eq!(keys.iv[..], bytes("5d 31 3e b2 67 12 76 ee 13 00 0b 30"));
    }

    #[test]
    fn what_is_sealed_opens_in_its_turn_only() {
        for suite in 0x1301..=0x1305 {
            let keys = |number| RecordKeys::new(suite, &[7; 48], number);
            let Some((mut ours, mut theirs)) = keys(0).zip(keys(0)) else {
                assert!(suite > 0x1303 && cfg!(not(feature = "legacy-tls")), "{suite:#x}");
                continue;
            };
            let first = ours.seal(21, &[2, 45]).expect("sealed");
            let second = ours.seal(22, b"hello\0").expect("sealed");
            assert_eq!(theirs.open(&first), Some((21, vec![2, 45])), "{suite:#x}");
            assert_eq!(theirs.open(&first), None, "{suite:#x}: once more");
            let mut late = keys(1).expect("keys");
            assert_eq!(late.open(&second), Some((22, b"hello\0".to_vec())), "{suite:#x}");
        }
        assert!(RecordKeys::new(0xc02b, &[7; 48], 0).is_none());
    }
}
