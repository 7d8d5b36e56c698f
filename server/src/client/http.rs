//! As much HTTP/1.1 as a token endpoint needs (RFC 9112): one form sent by POST, one answer with a length.
use super::stream::Stream;
use super::{Address, Protocol, Security, Setup, TlsCeiling, Trouble};

/// The longest answer read.
const ANSWER: usize = 64 * 1024;

/// Send a form (`application/x-www-form-urlencoded`); the status and the body of the answer.
pub fn post(setup: &Setup, url: &str, form: &[(&str, &str)]) -> Result<(u16, Vec<u8>), Trouble> {
    let (address, path) = split(url).map_err(Trouble::Protocol)?;
    let host = match address.host.contains(':') {
        true => format!("[{}]:{}", address.host, address.port),
        false => format!("{}:{}", address.host, address.port),
    };
    let place = Setup { address, tls_max: TlsCeiling::Tls13, ..setup.clone() };
    let mut stream = Stream::connect(&place)?;
    if place.address.security == Security::Implicit {
        stream = stream.secure(&place)?;
    }
    let pairs = form.iter().map(|(name, value)| format!("{name}={}", escape(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let size = body.len();
    stream.send(&format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {size}\r\nAccept: application/json\r\nConnection: close\r\n\r\n{body}"
    ))?;
    answer(&mut stream)
}

fn answer(stream: &mut Stream) -> Result<(u16, Vec<u8>), Trouble> {
    let odd =
        |line: &str| Trouble::Protocol(format!("the token endpoint answers `{line}`, which is no HTTP/1.1"));
    let first = stream.line()?;
    let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| odd(&first))?;
    let mut length = 0;
    for _ in 0..100 {
        let line = stream.line()?;
        if line.is_empty() {
            if length > ANSWER {
                return Err(odd(&format!("{length} bytes")));
            }
            return Ok((status, stream.take(length)?));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| odd(&line))?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| odd(&line))?;
        }
    }
    Err(odd("a hundred header fields"))
}

/// Where a URL points to, and the rest of it.
fn split(url: &str) -> Result<(Address, String), String> {
    let wanted = || format!("`{url}` is not like https://localhost:3080/generic/token");
    let (scheme, rest) = url.split_once("://").ok_or_else(wanted)?;
    let (security, standard) = match scheme {
        "https" => (Security::Implicit, 443),
        "http" => (Security::Plain, 80),
        _ => return Err(wanted()),
    };
    let at = rest.find('/').unwrap_or(rest.len());
    let (place, path) = rest.split_at(at);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| wanted())?),
        _ => (place, standard),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let on_loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
    if host.is_empty() || path.contains(char::is_whitespace) {
        return Err(wanted());
    }
    if security == Security::Plain && !on_loopback {
        return Err(format!("`{url}`: a refresh token goes over https only, except on loopback"));
    }
    // The protocol is that of mail and means nothing here.
    let address = Address { protocol: Protocol::Imap, security, host: host.to_owned(), port };
    Ok((address, if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}

/// RFC 3986 section 2.1; only what needs no escape stays.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte))
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, wanted) in [
            (
                "https://localhost:3080/generic/token",
                Ok((Security::Implicit, "localhost", 3080, "/generic/token")),
            ),
            ("http://127.0.0.1/token?x=1", Ok((Security::Plain, "127.0.0.1", 80, "/token?x=1"))),
            ("https://[::1]:9", Ok((Security::Implicit, "::1", 9, "/"))),
            ("http://login.example.com/token", Err("https only")),
            ("ftp://localhost/", Err("is not like")),
            ("https://:1/", Err("is not like")),
            ("https://x/a b", Err("is not like")),
        ] {
            match (split(url), wanted) {
                (Ok((a, path)), Ok(w)) => assert_eq!((a.security, &*a.host, a.port, &*path), w, "{url}"),
                (Err(text), Err(part)) => assert!(text.contains(part), "{url}: {text}"),
                (got, wanted) => panic!("{url}: {got:?} instead of {wanted:?}"),
            }
        }
        assert_eq!(escape("0.A-b_c~d+/= é"), "0.A-b_c~d%2B%2F%3D%20%C3%A9");
    }
}
