//! A bare socket, for what no well-behaved client would send, and for reading what arrived.
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer takes, so that running into it means that none came.
const PATIENCE: Duration = Duration::from_secs(20);

/// A plaintext connection, its greeting read.
pub struct Wire {
    stream: BufReader<TcpStream>,
}

impl Wire {
    /// Connects and reads the greeting line.
    #[track_caller]
    pub fn open(port: u16) -> (Self, String) {
        let mut wire = Self::silent(port);
        let greeting = wire.line();
        (wire, greeting)
    }

    /// Connects and reads nothing.
    #[track_caller]
    pub fn silent(port: u16) -> Self {
        let stream =
            TcpStream::connect(("127.0.0.1", port)).unwrap_or_else(|error| panic!("port {port}: {error}"));
        stream.set_read_timeout(Some(PATIENCE)).expect("a read time-out can be set");
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        Self { stream: BufReader::new(stream) }
    }

    /// Sends bytes; a connection that the server closed meanwhile shows in what is read next.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.get_mut().write_all(bytes.as_ref());
    }

    /// The client will send no more.
    pub fn finish(&self) {
        let _ = self.stream.get_ref().shutdown(std::net::Shutdown::Write);
    }

    /// The next line without its end.
    ///
    /// # Panics
    /// When the connection is closed instead, or nothing comes.
    #[track_caller]
    pub fn line(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.stream.read_until(b'\n', &mut bytes) {
            Err(error) => panic!("no line: {error}"),
            Ok(0) => panic!("closed instead of a line"),
            Ok(_) => String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned(),
        }
    }

    /// Sends a line and reads one.
    #[track_caller]
    pub fn ask(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n"));
        self.line()
    }

    /// Sends a line and reads to the line that begins with `end`, that one included.
    #[track_caller]
    pub fn ask_until(&mut self, line: &str, end: &str) -> Vec<String> {
        self.send(format!("{line}\r\n"));
        self.until(end)
    }

    /// Reads to the line that begins with `end`, that one included.
    #[track_caller]
    pub fn until(&mut self, end: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            // A lone dot ends what POP3 sends in many lines; others may begin with one.
            let last = if end == "." { line == end } else { line.starts_with(end) };
            assert!(last || lines.len() < 100_000, "no {end:?} in {lines:?}");
            lines.push(line);
            if last {
                return lines;
            }
        }
    }

    /// Everything until the server closes, by FIN or RST.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("not closed: {error}"),
            _ => bytes,
        }
    }
}
