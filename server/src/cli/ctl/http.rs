//! The little HTTP/1.1 (RFC 9112) that `ctl` needs: one call over one connection, answers whole or streamed.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest line of a head or of a chunk size we read.
const LINE: u64 = 16 * 1024;

/// An answer; the body is read from it.
pub struct Answer {
    pub status: u16,
    body: Body,
}

/// RFC 9112 6.3: by chunks, by length, or until the server closes.
enum Body {
    Chunked { reader: BufReader<TcpStream>, left: u64, done: bool },
    Length(io::Take<BufReader<TcpStream>>),
    ToEnd(BufReader<TcpStream>),
}

/// One call. `url` is the API's address as in the ready file, `http://127.0.0.1:3080`; `path` begins with `/`.
/// `patience` is the longest silence borne; `None` waits for ever.
pub fn call(
    url: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&str>,
    patience: Option<Duration>,
) -> io::Result<Answer> {
    let authority = url.trim_end_matches('/').strip_prefix("http://").ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{url}: not like http://127.0.0.1:3080"))
    })?;
    if token.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a token is printable ASCII without blanks"));
    }
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(patience)?;
    stream.set_nodelay(true)?;
    let body = body.unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    read_head(BufReader::new(stream))
}

fn read_head(mut reader: BufReader<TcpStream>) -> io::Result<Answer> {
    let first = line(&mut reader)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| broken(&format!("this is no HTTP server: it said {first:?}")))?;
    let (mut chunked, mut length) = (false, None);
    loop {
        let field = line(&mut reader)?;
        let Some((name, value)) = field.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "content-length" => length = value.parse().ok(),
            _ => {}
        }
    }
    let body = match length {
        _ if chunked => Body::Chunked { reader, left: 0, done: false },
        Some(length) => Body::Length(reader.take(length)),
        None => Body::ToEnd(reader),
    };
    Ok(Answer { status, body })
}

impl Answer {
    /// The whole body as text.
    pub fn text(mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Read for Answer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.body {
            Body::Length(reader) => reader.read(buffer),
            Body::ToEnd(reader) => reader.read(buffer),
            Body::Chunked { reader, left, done } => {
                if *left == 0 && !*done {
                    // RFC 9112 7.1: chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
                    let mut size = line(reader)?;
                    if size.is_empty() {
                        size = line(reader)?;
                    }
                    let digits = size.split(';').next().unwrap_or_default().trim();
                    *left = u64::from_str_radix(digits, 16).map_err(|_| broken("a chunk without a size"))?;
                    *done = *left == 0;
                }
                let wanted = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                let got = reader.read(&mut buffer[..wanted])?;
                if got == 0 && wanted > 0 {
                    return Err(broken("the answer was cut off"));
                }
                *left -= got as u64;
                Ok(got)
            }
        }
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LINE).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(broken("the answer was cut off"));
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that gives one fixed answer; the request it got comes back with the body.
    fn answered(reply: &'static str) -> (u16, io::Result<String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let got = stream.read(&mut request).unwrap();
            stream.write_all(reply.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..got]).into_owned()
        });
        let answer = call(&url, "t0ken", "POST", "/api/x", Some("{}"), None).unwrap();
        (answer.status, answer.text(), server.join().unwrap())
    }

    #[test]
    fn bodies_by_length_by_chunks_and_to_the_end() {
        let (status, text, request) = answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, not this");
        assert_eq!((status, text.unwrap().as_str()), (200, "hello"));
        assert!(request.starts_with("POST /api/x HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
        assert!(
            request.contains("\r\nAuthorization: Bearer t0ken\r\n") && request.ends_with("\r\n\r\n{}"),
            "{request}"
        );

        let chunks = "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        let (status, text, _) = answered(chunks);
        assert_eq!((status, text.unwrap().as_str()), (404, "abc0123456789"));

        let (_, text, _) = answered("HTTP/1.0 200 OK\r\n\r\nall of it");
        assert_eq!(text.unwrap(), "all of it");
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        let (_, text, _) = answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
        assert_eq!(text.unwrap_err().to_string(), "the answer was cut off");
        let (_, text, _) = answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        assert_eq!(text.unwrap_err().to_string(), "a chunk without a size");
    }

    #[test]
    fn a_url_of_another_scheme_is_refused() {
        let refused = call("https://localhost:1", "t", "GET", "/", None, None).err().unwrap();
        assert!(refused.to_string().contains("not like http://"), "{refused}");
    }
}
