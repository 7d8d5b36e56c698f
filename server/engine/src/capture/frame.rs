//! IPv4 (RFC 791), IPv6 (RFC 8200) and TCP (RFC 9293) headers around a payload, checksums included.
use core::net::{IpAddr, SocketAddr};

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

const TCP: u8 = 6;
const TTL: u8 = 64;
const TCP_HEADER: usize = 20;

/// A segment to be written.
pub(super) struct Segment<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    /// The packet's number (IPv4 identification).
    pub number: u16,
    pub payload: &'a [u8],
}

/// Most bytes of payload in a segment: an Ethernet frame without its headers.
pub(super) fn payload_max(address: SocketAddr) -> u16 {
    if address.is_ipv4() { 1460 } else { 1440 }
}

impl Segment<'_> {
    /// The packet from its IP header on.
    pub fn packet(&self) -> Vec<u8> {
        let tcp = self.tcp();
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let total = 20 + tcp.len() as u16;
                let mut header = vec![0x45, 0];
                header.extend_from_slice(&total.to_be_bytes());
                header.extend_from_slice(&self.number.to_be_bytes());
                // Not to be fragmented.
                header.extend_from_slice(&[0x40, 0, TTL, TCP, 0, 0]);
                header.extend_from_slice(&from.octets());
                header.extend_from_slice(&to.octets());
                let sum = checksum(&[&header]);
                header[10..12].copy_from_slice(&sum.to_be_bytes());
                [header, tcp].concat()
            }
            _ => {
                let mut header = vec![0x60, 0, 0, 0];
                header.extend_from_slice(&(tcp.len() as u16).to_be_bytes());
                header.extend_from_slice(&[TCP, TTL]);
                header.extend_from_slice(&octets(self.from.ip()));
                header.extend_from_slice(&octets(self.to.ip()));
                [header, tcp].concat()
            }
        }
    }

    fn tcp(&self) -> Vec<u8> {
        let options = if self.flags & SYN != 0 { self.options().to_vec() } else { Vec::new() };
        let words = ((TCP_HEADER + options.len()) / 4) as u8;
        let mut tcp = Vec::with_capacity(TCP_HEADER + options.len() + self.payload.len());
        tcp.extend_from_slice(&self.from.port().to_be_bytes());
        tcp.extend_from_slice(&self.to.port().to_be_bytes());
        tcp.extend_from_slice(&self.seq.to_be_bytes());
        tcp.extend_from_slice(&self.ack.to_be_bytes());
        tcp.extend_from_slice(&[words << 4, self.flags]);
        // The window, in units of 128 bytes; the checksum, to come; no urgent data.
        tcp.extend_from_slice(&[0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend_from_slice(&options);
        tcp.extend_from_slice(self.payload);
        let sum = self.checksum(&tcp);
        tcp[16..18].copy_from_slice(&sum.to_be_bytes());
        tcp
    }

    /// Maximum segment size, and a window scale of 7 (RFC 7323).
    fn options(&self) -> [u8; 8] {
        let [high, low] = payload_max(self.from).to_be_bytes();
        [2, 4, high, low, 1, 3, 3, 7]
    }

    /// Over the pseudo-header too.
    fn checksum(&self, tcp: &[u8]) -> u16 {
        let length = (tcp.len() as u32).to_be_bytes();
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                checksum(&[&from.octets(), &to.octets(), &[0, TCP], &length, tcp])
            }
            (from, to) => checksum(&[&octets(from), &octets(to), &length, &[0, 0, 0, TCP], tcp]),
        }
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The Internet checksum (RFC 1071); every part but the last has an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let mut sum: u32 = 0;
    for word in words {
        let word = u16::from_be_bytes([word[0], word.get(1).copied().unwrap_or(0)]);
        sum += u32::from(word);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
