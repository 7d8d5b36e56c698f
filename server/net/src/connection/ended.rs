//! How a connection comes to its end, for the journal and for the socket.
use std::io;

use postfail_engine::journal::Side;
use postfail_session::Close;

/// Why a connection is over, and how it is to end.
pub(super) struct Ended {
    pub by: Side,
    pub reason: String,
    /// `None`: the client has cut the connection, and nothing is left to end.
    pub how: Option<Close>,
}

impl Ended {
    pub fn by_us(reason: &str, how: Close) -> Self {
        Self { by: Side::Server, reason: reason.to_owned(), how: Some(how) }
    }

    pub fn by_client(error: Option<&io::Error>) -> Self {
        let gone = error.is_some_and(|error| {
            matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
        });
        let reason = match error {
            _ if gone => "the client reset the connection".to_owned(),
            None => "the client closed the connection".to_owned(),
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "the client closed the connection without close_notify".to_owned()
            }
            Some(error) => error.to_string(),
        };
        Self { by: Side::Client, reason, how: if gone { None } else { Some(Close::Orderly) } }
    }
}
