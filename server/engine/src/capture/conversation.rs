//! A TCP connection told anew: handshake, segments with the right numbers, acknowledgements, and how it ended.
use core::net::SocketAddr;

use jiff::Timestamp;

use super::End;
use super::frame::{self, ACK, FIN, PSH, RST, SYN, Segment};
use super::pcapng::Pcapng;
use crate::journal::Side;

pub(super) struct Conversation {
    /// Of the client and of the server.
    addresses: [SocketAddr; 2],
    /// The sequence number each says next.
    next: [u32; 2],
    /// Bytes that were said and are not in the file, before what each says next.
    missing: [u64; 2],
    packets: u16,
}

impl Conversation {
    pub fn open(
        file: &mut Pcapng,
        client: SocketAddr,
        server: SocketAddr,
        at: Timestamp,
        comment: &str,
    ) -> Self {
        let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
        let addresses = [canonical(client), canonical(server)];
        let mut talk = Self { addresses, next: [1_000_000, 2_000_000], missing: [0; 2], packets: 0 };
        talk.segment(file, at, Side::Client, SYN, b"", comment);
        talk.next[0] += 1;
        talk.segment(file, at, Side::Server, SYN | ACK, b"", "");
        talk.next[1] += 1;
        talk.segment(file, at, Side::Client, ACK, b"", "");
        talk
    }

    /// What one side says, acknowledged at once by the other.
    pub fn say(&mut self, file: &mut Pcapng, at: Timestamp, side: Side, bytes: &[u8]) {
        let most = usize::from(frame::payload_max(self.addresses[0]));
        let mut pieces = bytes.chunks(most).peekable();
        while let Some(piece) = pieces.next() {
            let push = if pieces.peek().is_none() { PSH } else { 0 };
            self.segment(file, at, side, ACK | push, piece, "");
            self.advance(side, piece.len() as u64);
        }
        self.segment(file, at, other(side), ACK, b"", "");
    }

    /// Bytes of one side that are not there: whoever looks sees the gap.
    pub fn skip(&mut self, side: Side, bytes: u64) {
        let more = bytes.saturating_sub(self.missing[side as usize]);
        self.missing[side as usize] += more;
        self.advance(side, more);
    }

    pub fn end(&mut self, file: &mut Pcapng, at: Timestamp, side: Side, end: End) {
        let comment = match self.missing[side as usize] {
            0 => String::new(),
            missing => format!("{missing} bytes before this are left out."),
        };
        match end {
            End::Reset => self.segment(file, at, side, RST | ACK, b"", &comment),
            End::Fin => {
                self.segment(file, at, side, FIN | ACK, b"", &comment);
                self.advance(side, 1);
                self.segment(file, at, other(side), ACK, b"", "");
            }
        }
    }

    fn advance(&mut self, side: Side, bytes: u64) {
        let next = &mut self.next[side as usize];
        // Sequence numbers go round.
        *next = next.wrapping_add(bytes as u32);
    }

    fn segment(
        &mut self,
        file: &mut Pcapng,
        at: Timestamp,
        side: Side,
        flags: u8,
        payload: &[u8],
        comment: &str,
    ) {
        let (us, peer) = (side as usize, other(side) as usize);
        let segment = Segment {
            from: self.addresses[us],
            to: self.addresses[peer],
            seq: self.next[us],
            ack: if flags & ACK != 0 { self.next[peer] } else { 0 },
            flags,
            number: self.packets,
            payload,
        };
        file.packet(at, &segment.packet(), comment);
        self.packets = self.packets.wrapping_add(1);
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}
