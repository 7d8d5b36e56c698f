//! The client's connection: lines over TCP, and TLS put under them.
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use super::{Security, Setup, Trouble, tls};

/// The longest line a server may send us.
const LINE: u64 = 64 * 1024;

/// The newest TLS version a client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TlsCeiling {
    #[value(name = "1.0")]
    Tls10,
    #[value(name = "1.1")]
    Tls11,
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

pub(super) trait Duplex: Read + Write {
    /// Say that nothing follows: under TLS close_notify (RFC 8446 6.1).
    fn bye(&mut self) {}
}

impl Duplex for TcpStream {}

/// A connection with bytes before it.
struct Kept {
    before: Cursor<Vec<u8>>,
    inner: Box<dyn Duplex>,
}

impl Read for Kept {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.before.read(buffer)? {
            0 => self.inner.read(buffer),
            got => Ok(got),
        }
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Duplex for Kept {
    fn bye(&mut self) {
        self.inner.bye();
    }
}

/// A connection read line by line.
pub struct Stream {
    inner: BufReader<Box<dyn Duplex>>,
    /// Kept to put TLS over it later; `None` once that happened.
    socket: Option<TcpStream>,
    /// TLS is to come: until then anybody may be speaking.
    wary: bool,
}

impl Stream {
    pub fn connect(setup: &Setup) -> Result<Stream, Trouble> {
        let place = (setup.address.host.as_str(), setup.address.port);
        let trouble = |e: std::io::Error| Trouble::Connect(format!("{}:{}: {e}", place.0, place.1));
        let wary = matches!(setup.address.security, Security::StartTls | Security::Opportunistic);
        let mut last = std::io::Error::other("the name has no address");
        for address in place.to_socket_addrs().map_err(trouble)? {
            match TcpStream::connect_timeout(&address, setup.timeout) {
                Ok(socket) => {
                    socket.set_read_timeout(Some(setup.timeout)).map_err(trouble)?;
                    socket.set_write_timeout(Some(setup.timeout)).map_err(trouble)?;
                    socket.set_nodelay(true).map_err(trouble)?;
                    let copy = socket.try_clone().map_err(trouble)?;
                    return Ok(Stream { inner: BufReader::new(Box::new(socket)), socket: Some(copy), wary });
                }
                Err(e) => last = e,
            }
        }
        Err(trouble(last))
    }

    /// Put TLS over the connection. Bytes a server sent ahead in the clear are an attack (CVE-2011-0411's
    /// mirror image) and end it.
    pub fn secure(mut self, setup: &Setup) -> Result<Stream, Trouble> {
        if !self.inner.buffer().is_empty() {
            return Err(Trouble::Tls("the server sent plaintext where TLS had to begin".into()));
        }
        let socket = self.socket.take().ok_or_else(|| Trouble::Tls("TLS stands already".into()))?;
        let inner = tls::connect(socket, setup).map_err(Trouble::Tls)?;
        Ok(Stream { inner: BufReader::new(inner), socket: None, wary: false })
    }

    /// The same with no questions asked: what came ahead is kept, and read before what comes under TLS.
    pub fn secure_blindly(&mut self, setup: &Setup) -> Result<(), Trouble> {
        let before = Cursor::new(self.inner.buffer().to_vec());
        let socket = self.socket.take().ok_or_else(|| Trouble::Tls("TLS stands already".into()))?;
        let inner = tls::connect(socket, setup).map_err(Trouble::Tls)?;
        *self = Stream { inner: BufReader::new(Box::new(Kept { before, inner })), socket: None, wary: false };
        Ok(())
    }

    pub fn is_secured(&self) -> bool {
        self.socket.is_none()
    }

    /// The server said no.
    pub fn refused(&self, line: String) -> Trouble {
        Trouble::Refused(self.shown(&line))
    }

    /// A server's line as people may see it: where TLS is still to come, not its words (RFC 9051 7.1, ALERT).
    pub fn shown(&self, line: &str) -> String {
        if !self.wary {
            return line.to_owned();
        }
        let known = |word: &&str| matches!(*word, "OK" | "NO" | "BAD" | "BYE" | "PREAUTH" | "+OK" | "-ERR");
        let code = line.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let word = code.or(line.split(' ').take(2).find(known)).unwrap_or("something else");
        format!("{word} before TLS; what came with it is not shown, since anybody may have written it")
    }

    /// One line without its line end.
    pub fn line(&mut self) -> Result<String, Trouble> {
        let mut bytes = Vec::new();
        let got = (&mut self.inner).take(LINE).read_until(b'\n', &mut bytes);
        got.map_err(|e| Trouble::Connect(format!("while waiting for an answer: {e}")))?;
        if bytes.pop() != Some(b'\n') {
            let why =
                if bytes.is_empty() { "the server closed the connection" } else { "a line was cut off" };
            return Err(Trouble::Connect(why.into()));
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// So many bytes.
    pub fn take(&mut self, bytes: usize) -> Result<Vec<u8>, Trouble> {
        let mut taken = vec![0; bytes];
        self.inner.read_exact(&mut taken).map_err(|e| Trouble::Connect(format!("within an answer: {e}")))?;
        Ok(taken)
    }

    pub fn skip(&mut self, bytes: u64) -> Result<(), Trouble> {
        let got = std::io::copy(&mut (&mut self.inner).take(bytes), &mut std::io::sink());
        match got {
            Ok(n) if n == bytes => Ok(()),
            Ok(_) => Err(Trouble::Connect("the server closed the connection within a message".into())),
            Err(e) => Err(Trouble::Connect(format!("within a message: {e}"))),
        }
    }

    pub fn send(&mut self, text: &str) -> Result<(), Trouble> {
        let stream = self.inner.get_mut();
        let sent = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        sent.map_err(|e| Trouble::Connect(format!("while sending: {e}")))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.inner.get_mut().bye();
    }
}
