//! The header before a message of SCRAM and OAUTHBEARER (RFC 5801 section 4).
//!
//! ```abnf
//! gs2-header  = [gs2-nonstd-flag ","] gs2-cb-flag "," [gs2-authzid] ","
//! gs2-cb-flag = ("p=" cb-name) / "n" / "y"
//! gs2-authzid = "a=" saslname      ; in it "=2C" stands for "," and "=3D" for "="
//! ```
use super::mechanism::Failure;

/// What the client says of channel binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flag {
    /// `n`: it cannot.
    Unable,
    /// `y`: it can, and believes that the server cannot.
    NotOffered,
    /// `p=`: it did, by this type.
    Bound(String),
}

/// A header that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub flag: Flag,
    /// As whom to act; empty for oneself.
    pub authorization: String,
    /// Its bytes as sent, which SCRAM wants to see again.
    pub raw: Vec<u8>,
}

/// Read the header; what follows it is given back.
pub(super) fn read(message: &[u8]) -> Result<(Header, &[u8]), Failure> {
    let mut commas = memchr::memchr_iter(b',', message);
    let (Some(first), Some(second)) = (commas.next(), commas.next()) else { return Err(Failure::Gs2Form) };
    let flag = match &message[..first] {
        b"n" => Flag::Unable,
        b"y" => Flag::NotOffered,
        other => Flag::Bound(binding(other).ok_or(Failure::Gs2Form)?),
    };
    let authorization = match &message[first + 1..second] {
        b"" => String::new(),
        authzid => saslname(authzid.strip_prefix(b"a=").ok_or(Failure::Gs2Form)?)?,
    };
    let raw = message[..=second].to_vec();
    Ok((Header { flag, authorization, raw }, &message[second + 1..]))
}

/// `cb-name = 1*(ALPHA / DIGIT / "." / "-")`
fn binding(flag: &[u8]) -> Option<String> {
    let name = flag.strip_prefix(b"p=")?;
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    (!name.is_empty() && name.iter().all(allowed)).then(|| String::from_utf8_lossy(name).into_owned())
}

/// A name with its two escapes undone; anything else behind `=` is wrong.
pub(super) fn saslname(bytes: &[u8]) -> Result<String, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::NotUtf8)?;
    let mut name = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        name.push_str(&rest[..at]);
        let escaped = [("=2C", ','), ("=3D", '=')].into_iter().find(|(code, _)| rest[at..].starts_with(code));
        let Some((code, letter)) = escaped else { return Err(Failure::Gs2Form) };
        name.push(letter);
        rest = &rest[at + code.len()..];
    }
    name.push_str(rest);
    if name.is_empty() {
        return Err(Failure::NoUser);
    }
    if name.contains('\0') { Err(Failure::Gs2Form) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let (header, rest) = read(b"n,a=tim=2Cthe=3Done,n=x").unwrap();
        assert_eq!((header.flag, header.authorization.as_str()), (Flag::Unable, "tim,the=one"));
        assert_eq!((header.raw.as_slice(), rest), (&b"n,a=tim=2Cthe=3Done,"[..], &b"n=x"[..]));
        let (header, rest) = read(b"p=tls-exporter,,").unwrap();
        assert_eq!((header.flag, rest), (Flag::Bound("tls-exporter".into()), &b""[..]));
        assert_eq!(read(b"y,,\x01").unwrap().0.flag, Flag::NotOffered);
    }

    #[test]
    fn malformed_headers() {
        for bad in
            [&b""[..], b"n", b"n,", b"x,,", b"p=,,", b"p=tls unique,,", b"n,tim,", b"n,a=a=2c,", b"n,a=\0,"]
        {
            assert_eq!(read(bad).map(|_| ()), Err(Failure::Gs2Form), "{bad:?}");
        }
        assert_eq!(read(b"n,a=,").map(|_| ()), Err(Failure::NoUser));
        assert_eq!(read(b"n,a=\xff,").map(|_| ()), Err(Failure::NotUtf8));
    }
}
