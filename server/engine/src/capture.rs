//! Evidence of one connection in bytes: what was on the wire, with the TLS secrets that open it, and what was said
//! above TLS. Recorded within bounds, and written as pcapng (draft-ietf-opsawg-pcapng) for Wireshark and tshark.
//!
//! The wire view holds everything, passwords too: it is made only where somebody asked for it. In the plaintext view
//! secrets are masked like in the journal, byte for byte, so that lengths stay true.
mod conversation;
mod frame;
mod pcapng;
mod plain;

use core::net::SocketAddr;

use bytes::Bytes;
use jiff::Timestamp;
use postfail_session::Event;
use postfail_session::world::Protocol;

use crate::journal::{ConnectionId, Entry, Mask, Side, What};
use crate::listener::ListenerName;
use conversation::Conversation;
use pcapng::Pcapng;

/// Most bytes kept of each of the two views of a connection; what comes later is counted.
pub const BYTES_MAX: usize = 4 << 20;
/// Most bytes kept of the captures of all connections of a world.
pub const TOTAL_MAX: usize = 256 << 20;
/// What a piece costs beside its bytes, roughly.
const PIECE: usize = 64;
/// Most bytes of key log kept of a connection; a handshake needs less than 1 KiB.
const KEYS_MAX: usize = 64 << 10;

/// Which bytes to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Those of the socket, secrets and all.
    #[default]
    Wire,
    /// Those above TLS, masked.
    Plain,
}

/// How one side ended its part of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Reset,
}

/// Whose connection it was.
#[derive(Clone, Debug)]
pub struct Head {
    pub id: ConnectionId,
    pub listener: ListenerName,
    pub protocol: Protocol,
    /// TLS comes before the greeting.
    pub implicit: bool,
    pub client: SocketAddr,
    pub server: SocketAddr,
}

impl Head {
    /// The port by which a program for looking at captures knows the protocol: ours is any.
    fn port(&self, view: View) -> u16 {
        let implicit = self.implicit && view == View::Wire;
        match (self.protocol, implicit) {
            (Protocol::Imap, false) => 143,
            (Protocol::Imap, true) => 993,
            (Protocol::Pop3, false) => 110,
            (Protocol::Pop3, true) => 995,
            (Protocol::Smtp, true) => 465,
            (Protocol::Smtp, false) if self.listener == ListenerName::Smtp => 25,
            (Protocol::Smtp, false) => 587,
        }
    }
}

/// One thing that happened, in order.
#[derive(Debug)]
struct Step {
    at: Timestamp,
    side: Side,
    what: Move,
}

#[derive(Debug)]
enum Move {
    Said(Bytes),
    Ended(End),
    /// From here on under TLS.
    Secured,
}

/// One view's steps, as many as there is room for.
#[derive(Debug, Default)]
struct Recording {
    steps: Vec<Step>,
    size: usize,
    /// Bytes not kept, of the client and of the server. Once there are any, nothing more is kept.
    left_out: [u64; 2],
    ended: [bool; 2],
}

impl Recording {
    /// Keeps what there is room for; how much more is held now.
    fn said(&mut self, at: Timestamp, side: Side, bytes: &[u8], room: usize) -> usize {
        let room = room.min(BYTES_MAX - self.size.min(BYTES_MAX)).saturating_sub(PIECE);
        let fits = if self.is_whole() { bytes.len().min(room) } else { 0 };
        self.left_out[side as usize] += (bytes.len() - fits) as u64;
        if fits == 0 {
            return 0;
        }
        self.size += fits + PIECE;
        let what = Move::Said(Bytes::copy_from_slice(&bytes[..fits]));
        self.steps.push(Step { at, side, what });
        fits + PIECE
    }

    /// Only the first end of a side counts, and nothing counts behind a reset.
    fn end(&mut self, at: Timestamp, side: Side, end: End) {
        if !std::mem::replace(&mut self.ended[side as usize], true) {
            self.ended = if end == End::Reset { [true; 2] } else { self.ended };
            self.steps.push(Step { at, side, what: Move::Ended(end) });
        }
    }

    fn is_whole(&self) -> bool {
        self.left_out == [0, 0]
    }

    /// All that one side said, in one piece, from a step on.
    fn of(&self, side: Side, from: usize) -> Vec<u8> {
        let steps = self.steps.get(from..).unwrap_or_default().iter().filter(|step| step.side == side);
        let said =
            steps.filter_map(|step| if let Move::Said(bytes) = &step.what { Some(bytes) } else { None });
        said.flatten().copied().collect()
    }
}

/// What is kept of one connection.
#[derive(Debug)]
pub struct Capture {
    head: Head,
    opened: Timestamp,
    wire: Recording,
    plain: Recording,
    /// NSS key log lines.
    keys: String,
    /// Where on the wire TLS begins.
    tls: usize,
    /// What the session took the client's bytes for, in order.
    taken: Vec<plain::Taken>,
}

impl Capture {
    #[must_use]
    pub fn new(head: Head, opened: Timestamp) -> Self {
        let (wire, plain) = (Recording::default(), Recording::default());
        Self { head, opened, wire, plain, keys: String::new(), tls: 0, taken: Vec::new() }
    }

    /// Bytes of the socket. At most `room` of them are kept; how many more are held now.
    pub fn wire(&mut self, at: Timestamp, side: Side, bytes: &[u8], room: usize) -> usize {
        self.wire.said(at, side, bytes, room)
    }

    /// Bytes above TLS, likewise.
    pub fn plain(&mut self, at: Timestamp, side: Side, bytes: &[u8], room: usize) -> usize {
        self.plain.said(at, side, bytes, room)
    }

    /// One side of the socket ended.
    pub fn end(&mut self, at: Timestamp, side: Side, end: End) {
        self.wire.end(at, side, end);
        self.plain.end(at, side, end);
    }

    /// The client ended its side above TLS: what comes of the socket may be seen later, or never.
    pub fn end_of_client(&mut self, at: Timestamp) {
        self.plain.end(at, Side::Client, End::Fin);
    }

    /// TLS begins with what comes next on the wire.
    pub fn handshake(&mut self) {
        self.tls = self.wire.steps.len();
    }

    /// What comes next above TLS was under its protection.
    pub fn secured(&mut self, at: Timestamp) {
        self.plain.steps.push(Step { at, side: Side::Server, what: Move::Secured });
    }

    /// Keeps a line of the key log if its client random is that of this connection's ClientHello.
    pub fn key(&mut self, client_random: &[u8], line: &str) {
        let client = self.wire.of(Side::Client, self.tls);
        let is_ours = !client_random.is_empty()
            && client.windows(client_random.len()).any(|window| window == client_random);
        if is_ours && self.keys.len() + line.len() < KEYS_MAX {
            self.keys.push_str(line);
            self.keys.push('\n');
        }
    }

    /// What the session noted: only what it took as a line or as mail is shown in the plaintext view. How much more
    /// is held now.
    pub fn noted(&mut self, entry: &Entry) -> usize {
        let What::Session(event) = &entry.what else { return 0 };
        if !self.plain.is_whole() {
            return 0;
        }
        let (taken, size) = match event {
            Event::LineIn { bytes, secrets, size } => {
                let taken =
                    plain::Taken::Line { bytes: bytes.clone(), secrets: secrets.clone(), size: *size };
                (taken, bytes.len())
            }
            Event::Data { incoming: true, size } => (plain::Taken::Data { size: *size }, 0),
            _ => return 0,
        };
        self.taken.push(taken);
        self.plain.size += size + PIECE;
        size + PIECE
    }

    /// Bytes held.
    #[must_use]
    pub fn size(&self) -> usize {
        self.wire.size + self.plain.size + self.keys.len()
    }

    /// A view as a pcapng file.
    #[must_use]
    pub fn pcapng(&self, view: View, mask: &Mask) -> Vec<u8> {
        match view {
            View::Wire => {
                let mut file = Pcapng::new(&self.comment(view));
                file.secrets(self.keys.as_bytes());
                self.write(&mut file, view, &self.wire, [None, None]);
                file.finish()
            }
            View::Plain => {
                let client =
                    plain::client(&self.plain.of(Side::Client, 0), &self.taken, self.head.protocol, mask);
                let mut server = self.plain.of(Side::Server, 0);
                mask.blot(&mut server);
                let mut file = Pcapng::new(&self.comment(view));
                self.write(&mut file, view, &self.plain, [Some(&client), Some(&server)]);
                file.finish()
            }
        }
    }

    fn comment(&self, view: View) -> String {
        let Head { id, listener, client, server, .. } = &self.head;
        let mut text = format!(
            "Postfail, connection {id} to {listener}: client {client}, server {server}, shown as port {}. ",
            self.head.port(view)
        );
        text.push_str(match view {
            View::Wire => "All bytes of the socket, unmasked; where there was TLS, its secrets are inside. ",
            View::Plain => "The bytes above TLS; secrets are masked by * of the same length. ",
        });
        text.push_str("IP and TCP headers are made up around the bytes.");
        let [of_client, of_server] = match view {
            View::Wire => self.wire.left_out,
            View::Plain => self.plain.left_out,
        };
        if of_client + of_server > 0 {
            text.push_str(&format!(
                " CUT: {of_client} bytes of the client and {of_server} of the server, behind those kept, are left out."
            ));
        }
        text
    }

    /// One conversation; `instead` is what to show of each side in place of what it said. What was said under TLS is
    /// shown as a conversation of its own, or a reader would take it for TLS.
    fn write(&self, file: &mut Pcapng, view: View, recording: &Recording, instead: [Option<&[u8]>; 2]) {
        let server = SocketAddr::new(self.head.server.ip(), self.head.port(view));
        let mut at = [0, 0];
        let mut talk = Conversation::open(file, self.head.client, server, self.opened, "");
        let mut is_begun = false;
        for step in &recording.steps {
            let side = step.side;
            match &step.what {
                Move::Said(bytes) => {
                    let from = at[side as usize];
                    at[side as usize] += bytes.len();
                    let shown = instead[side as usize].and_then(|all| all.get(from..from + bytes.len()));
                    talk.say(file, step.at, side, shown.unwrap_or(bytes));
                    is_begun = true;
                }
                Move::Secured if is_begun => {
                    let mut client = self.head.client;
                    client.set_port(client.port().checked_add(1).unwrap_or(1024));
                    let what = "From here on under TLS: the same connection, shown as another one.";
                    talk = Conversation::open(file, client, server, step.at, what);
                }
                Move::Secured => {}
                Move::Ended(end) => {
                    for side in [Side::Client, Side::Server] {
                        talk.skip(side, recording.left_out[side as usize]);
                    }
                    talk.end(file, step.at, side, *end);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
