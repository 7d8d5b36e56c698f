//! A blocking connection read line by line: the one client all measurements use.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Line {
    stream: BufReader<TcpStream>,
    text: String,
}

impl Line {
    pub fn connect(port: u16) -> Result<Self, String> {
        let stream =
            TcpStream::connect(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?;
        let prepared = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
        prepared.map_err(|error| error.to_string())?;
        Ok(Self { stream: BufReader::new(stream), text: String::new() })
    }

    /// The next line without its end.
    pub fn read(&mut self) -> Result<&str, String> {
        self.text.clear();
        match self.stream.read_line(&mut self.text) {
            Ok(0) => Err("the server closed the connection".into()),
            Ok(_) => Ok(self.text.trim_end()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.get_mut().write_all(bytes).map_err(|error| error.to_string())
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// Reads and forgets so many bytes.
    pub fn skip(&mut self, bytes: u64) -> Result<(), String> {
        match std::io::copy(&mut (&mut self.stream).take(bytes), &mut std::io::sink()) {
            Ok(read) if read == bytes => Ok(()),
            other => Err(format!("{bytes} bytes wanted, got {other:?}")),
        }
    }
}
