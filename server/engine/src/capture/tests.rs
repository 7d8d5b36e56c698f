use core::net::SocketAddr;
use std::ops::Range;

use super::*;
use crate::journal::Journal;

const LOCAL: [&str; 2] = ["127.0.0.1:50000", "[::1]:50000"];

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

fn capture(client: &str, listener: ListenerName, protocol: Protocol) -> Capture {
    let client: SocketAddr = client.parse().unwrap();
    let server = SocketAddr::new(client.ip(), 40_001);
    let implicit = listener == ListenerName::Imaps;
    Capture::new(Head { id: 7, listener, protocol, implicit, client, server }, at(0))
}

/// Type and body of each block; both lengths of a block have to be right.
fn blocks(file: &[u8]) -> Vec<(u32, &[u8])> {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut at, mut blocks) = (0, Vec::new());
    while at < file.len() {
        let length = number(at + 4) as usize;
        assert_eq!(length % 4, 0);
        assert_eq!(number(at + length - 4) as usize, length);
        blocks.push((number(at), &file[at + 8..at + length - 4]));
        at += length;
    }
    blocks
}

/// The packets of a file from the IP header on.
fn packets(file: &[u8]) -> Vec<Vec<u8>> {
    let is_packet = |(kind, body): (u32, &[u8])| {
        let length = u32::from_le_bytes(body[12..16].try_into().unwrap()) as usize;
        (kind == 6).then(|| body[20..20 + length].to_vec())
    };
    blocks(file).into_iter().filter_map(is_packet).collect()
}

/// Flags, sequence number, acknowledged number and payload of a packet whose checksum is right.
fn segment(packet: &[u8]) -> (u8, u32, u32, Vec<u8>) {
    let is_v4 = packet[0] >> 4 == 4;
    let (header, addresses) = if is_v4 { (20, &packet[12..20]) } else { (40, &packet[8..40]) };
    let tcp = &packet[header..];
    let mut sum = addresses.to_vec();
    sum.extend_from_slice(&[0, 6]);
    sum.extend_from_slice(&(tcp.len() as u16).to_be_bytes());
    let ones = |parts: &[&[u8]]| {
        let words = parts.iter().flat_map(|part| part.chunks(2));
        let total: u64 =
            words.map(|word| u64::from(word[0]) << 8 | u64::from(*word.get(1).unwrap_or(&0))).sum();
        total % 0xffff
    };
    assert_eq!(ones(&[&sum, tcp]), 0, "TCP checksum");
    assert!(!is_v4 || ones(&[&packet[..20]]) == 0, "IP checksum");
    let number = |at: usize| u32::from_be_bytes(tcp[at..at + 4].try_into().unwrap());
    let offset = usize::from(tcp[12] >> 4) * 4;
    (tcp[13], number(4), number(8), tcp[offset..].to_vec())
}

/// What each side said, put together as a TCP does.
fn streams(file: &[u8]) -> [Vec<u8>; 2] {
    let mut next = [None, None];
    let mut streams = [Vec::new(), Vec::new()];
    for packet in packets(file) {
        let (flags, seq, ack, payload) = segment(&packet);
        let header = if packet[0] >> 4 == 4 { 20 } else { 40 };
        let from = u16::from_be_bytes([packet[header], packet[header + 1]]);
        let (us, peer) = if from >= 1024 { (0, 1) } else { (1, 0) };
        if flags & frame::SYN != 0 {
            next[us] = Some(seq + 1);
        } else {
            assert_eq!(next[us], Some(seq), "sequence");
            next[us] =
                next[us].map(|next: u32| next + payload.len() as u32 + u32::from(flags & frame::FIN != 0));
        }
        assert!(flags & frame::ACK == 0 || next[peer] == Some(ack), "acknowledgement");
        streams[us].extend_from_slice(&payload);
    }
    streams
}

#[test]
fn a_conversation_is_a_whole_tcp_connection() {
    for client in LOCAL {
        let mut capture = capture(client, ListenerName::Imap, Protocol::Imap);
        let long = vec![b'x'; 5_001];
        for (side, bytes) in
            [(Side::Server, &b"* OK\r\n"[..]), (Side::Client, b"a NOOP\r\n"), (Side::Server, &long)]
        {
            capture.wire(at(5), side, bytes, usize::MAX);
        }
        capture.end(at(6), Side::Client, End::Fin);
        capture.end(at(7), Side::Server, End::Fin);
        let file = capture.pcapng(View::Wire, &Mask::default());
        assert_eq!(streams(&file), [b"a NOOP\r\n".to_vec(), [b"* OK\r\n".to_vec(), long].concat()]);
        let kinds: Vec<u32> = blocks(&file).iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds[..3], [0x0a0d_0d0a, 1, 6], "no secrets were there");
        // SYN, SYN, ACK; three times data and its ACK, the last in four segments; two ends and their ACKs.
        assert_eq!(packets(&file).len(), 3 + 2 + 2 + 5 + 4);
    }
}

#[test]
fn who_ended_above_tls_ended_first_there() {
    let mut capture = capture(LOCAL[0], ListenerName::Imaps, Protocol::Imap);
    capture.end_of_client(at(1));
    capture.end(at(2), Side::Server, End::Fin);
    let ends = |view| {
        let file = capture.pcapng(view, &Mask::default());
        let segments: Vec<_> =
            packets(&file).iter().map(|packet| (packet[20..22].to_vec(), segment(packet).0)).collect();
        let ends = segments.into_iter().filter(|(_, flags)| flags & frame::FIN != 0).map(|(port, _)| port);
        ends.collect::<Vec<_>>()
    };
    let client = 50_000_u16.to_be_bytes().to_vec();
    assert_eq!(ends(View::Plain), [client, 143_u16.to_be_bytes().to_vec()]);
    assert_eq!(ends(View::Wire), [993_u16.to_be_bytes().to_vec()]);
}

#[test]
fn keys_go_to_the_connection_whose_random_it_is() {
    let mut capture = capture(LOCAL[0], ListenerName::Imaps, Protocol::Imap);
    capture.handshake();
    capture.wire(at(1), Side::Client, b"\x16\x03\x01hello RANDOM", usize::MAX);
    capture.wire(at(1), Side::Client, b"-OF-OURS and more", usize::MAX);
    capture.key(b"RANDOM-OF-OURS", "CLIENT_RANDOM 01 02");
    capture.key(b"RANDOM-OF-THEIRS", "CLIENT_RANDOM 03 04");
    let file = capture.pcapng(View::Wire, &Mask::default());
    let (kind, body) = blocks(&file)[2];
    assert_eq!(kind, 10);
    assert_eq!(&body[..8], b"KSLT\x14\0\0\0");
    assert_eq!(&body[8..], b"CLIENT_RANDOM 01 02\n");
    assert!(!file.windows(5).any(|window| window == b"03 04"));
}

#[test]
fn what_is_too_much_is_counted_and_told() {
    let mut capture = capture(LOCAL[0], ListenerName::Imap, Protocol::Imap);
    let mib = vec![b'x'; 1 << 20];
    for _ in 0..6 {
        capture.wire(at(1), Side::Server, &mib, usize::MAX);
    }
    capture.wire(at(2), Side::Client, b"a LOGOUT\r\n", usize::MAX);
    capture.end(at(3), Side::Client, End::Fin);
    assert!(capture.size() <= BYTES_MAX);
    let file = capture.pcapng(View::Wire, &Mask::default());
    let text = String::from_utf8_lossy(&file).into_owned();
    assert!(text.contains("CUT: 10 bytes of the client and 2097"), "{}", &text[..400]);
    assert!(text.contains("10 bytes before this are left out."));
    assert_eq!(capture.wire(at(4), Side::Server, b"x", 0), 0, "no room");
}

/// The client's side of the plaintext view, as the session of this protocol notes it.
fn shown(protocol: Protocol, said: &[&str], noted: Vec<Event>) -> String {
    let listener = if protocol == Protocol::Imap { ListenerName::Imap } else { ListenerName::Smtp };
    let mut capture = capture(LOCAL[0], listener, protocol);
    let mut journal = Journal::default();
    journal.mask.add("sesame-seed");
    for bytes in said {
        capture.plain(at(1), Side::Client, bytes.as_bytes(), usize::MAX);
    }
    for event in noted {
        journal.record(at(1), at(1), None, What::Session(event));
    }
    for entry in journal.entries(&crate::journal::Filter::default()) {
        capture.noted(entry);
    }
    let file = capture.pcapng(View::Plain, journal.mask());
    let [client, _] = streams(&file);
    assert_eq!(client.len(), said.concat().len(), "lengths stay true");
    String::from_utf8(client).unwrap()
}

fn line(text: &str, secret: Option<Range<usize>>) -> Event {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Event::LineIn { bytes, secrets: secret.into_iter().collect(), size: text.len() }
}

fn data(size: usize) -> Event {
    Event::Data { incoming: true, size }
}

#[test]
fn secrets_are_stars_of_the_same_length() {
    let said = ["a LOGIN taro wro", "ng\r\n", "b LOGIN taro sesame-seed\r\nc NOOP\r\n"];
    let noted = vec![
        line("a LOGIN taro wrong", Some(13..18)),
        line("b LOGIN taro sesame-seed", None),
        line("c NOOP", None),
    ];
    let wanted = "a LOGIN taro *****\r\nb LOGIN taro ***********\r\nc NOOP\r\n";
    assert_eq!(shown(Protocol::Imap, &said, noted), wanted);
}

#[test]
fn what_nobody_took_stays_hidden() {
    // Half a password; a line longer than what is noted of it; a command pipelined behind STARTTLS.
    let said = ["a LOGIN taro wrong"];
    assert_eq!(shown(Protocol::Imap, &said, Vec::new()), "******************");
    let said = ["b LOGIN taro wrongwrong\r\nc NOOP\r\n"];
    let cut = Event::LineIn { bytes: Bytes::from_static(b"b LOGIN taro"), secrets: Vec::new(), size: 23 };
    let noted = vec![cut, line("c NOOP", None)];
    assert_eq!(shown(Protocol::Imap, &said, noted), "b LOGIN taro***********\r\nc NOOP\r\n");
    let said = ["a STARTTLS\r\nb LOGIN taro wrong\r\n", "c NOOP\r\n"];
    let noted = vec![line("a STARTTLS", None), line("c NOOP", None)];
    assert_eq!(shown(Protocol::Imap, &said, noted), "a STARTTLS\r\n******************\r\nc NOOP\r\n");
}

#[test]
fn of_literals_only_mail_is_shown() {
    let said = ["a LOGIN {4}\r\ntaro {5}\r\nwrong\r\n"];
    let noted = vec![line("a LOGIN {4}", None), data(4), line(" {5}", None), data(5)];
    assert_eq!(shown(Protocol::Imap, &said, noted), "a LOGIN {4}\r\n**** {5}\r\n*****\r\n");
    let said = ["a APPEND INBOX {9}\r\nb NOOP\r\n!\r\nb NOOP\r\n"];
    let noted = vec![line("a APPEND INBOX {9}", None), data(9), line("b NOOP", None)];
    assert_eq!(shown(Protocol::Imap, &said, noted), said[0]);
}

#[test]
fn mail_is_shown_up_to_its_end() {
    let said = ["DATA\r\nSubject: x\r\n\r\nQUIT\r\n..\r\n.\r\nBDAT 4\r\nyz\r\nBDAT 1 LAST\r\n!QUIT\r\n"];
    let noted = vec![
        line("DATA", None),
        data(99),
        line("BDAT 4", None),
        line("BDAT 1 LAST", None),
        data(5),
        line("QUIT", None),
    ];
    assert_eq!(shown(Protocol::Smtp, &said, noted), said[0]);
}

#[test]
fn what_was_under_tls_is_a_conversation_of_its_own() {
    let mut capture = capture(LOCAL[1], ListenerName::Imap, Protocol::Imap);
    capture.plain(at(1), Side::Server, b"a OK begin TLS\r\n", usize::MAX);
    capture.secured(at(2));
    capture.plain(at(3), Side::Server, b"* CAPABILITY IMAP4rev1\r\n", usize::MAX);
    let file = capture.pcapng(View::Plain, &Mask::default());
    let ports: Vec<u16> =
        packets(&file).iter().map(|packet| u16::from_be_bytes([packet[42], packet[43]])).collect();
    assert_eq!(
        ports.iter().filter(|port| **port == 50_001).count(),
        2,
        "SYN and ACK have the other port, {ports:?}"
    );
}
