//! The file format: blocks of draft-ietf-opsawg-pcapng, little-endian, with one interface of raw IP packets.
use jiff::Timestamp;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;

/// Tells a reader the byte order.
const MAGIC: u32 = 0x1a2b_3c4d;
/// The secrets are an NSS key log.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// LINKTYPE_RAW: a packet begins with its IPv4 or IPv6 header.
const RAW_IP: u16 = 101;

const OPT_END: u16 = 0;
const OPT_COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
/// Times are in units of 10^-9 s.
const NANOSECONDS: u8 = 9;

/// A file in the making.
pub(super) struct Pcapng(Vec<u8>);

impl Pcapng {
    pub fn new(comment: &str) -> Self {
        let mut file = Self(Vec::new());
        let mut section = Vec::new();
        section.extend_from_slice(&MAGIC.to_le_bytes());
        // Version 1.0; the section's length is not told.
        section.extend_from_slice(&[1, 0, 0, 0]);
        section.extend_from_slice(&[0xff; 8]);
        option(&mut section, OPT_COMMENT, comment.as_bytes());
        option(&mut section, SHB_USERAPPL, concat!("postfail ", env!("CARGO_PKG_VERSION")).as_bytes());
        option(&mut section, OPT_END, b"");
        file.block(SECTION_HEADER, &section);
        let mut interface = Vec::new();
        interface.extend_from_slice(&RAW_IP.to_le_bytes());
        // Reserved, and no bound on a packet's length.
        interface.extend_from_slice(&[0; 6]);
        option(&mut interface, IF_NAME, b"postfail");
        option(&mut interface, IF_TSRESOL, &[NANOSECONDS]);
        option(&mut interface, OPT_END, b"");
        file.block(INTERFACE_DESCRIPTION, &interface);
        file
    }

    /// Lines of an NSS key log. They stand before the packets they open: readers go through a file once.
    pub fn secrets(&mut self, keys: &[u8]) {
        if keys.is_empty() {
            return;
        }
        let mut body = Vec::with_capacity(keys.len() + 12);
        body.extend_from_slice(&TLS_KEY_LOG.to_le_bytes());
        body.extend_from_slice(&length(keys).to_le_bytes());
        padded(&mut body, keys);
        self.block(DECRYPTION_SECRETS, &body);
    }

    /// One packet, with a remark where there is one.
    pub fn packet(&mut self, at: Timestamp, packet: &[u8], comment: &str) {
        let nanoseconds = u64::try_from(at.as_nanosecond()).unwrap_or(0);
        let mut body = Vec::with_capacity(packet.len() + 32);
        body.extend_from_slice(&0_u32.to_le_bytes());
        body.extend_from_slice(&((nanoseconds >> 32) as u32).to_le_bytes());
        body.extend_from_slice(&(nanoseconds as u32).to_le_bytes());
        // Captured, and on the wire.
        body.extend_from_slice(&length(packet).to_le_bytes());
        body.extend_from_slice(&length(packet).to_le_bytes());
        padded(&mut body, packet);
        if !comment.is_empty() {
            option(&mut body, OPT_COMMENT, comment.as_bytes());
            option(&mut body, OPT_END, b"");
        }
        self.block(ENHANCED_PACKET, &body);
    }

    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Type, total length, body, total length again.
    fn block(&mut self, kind: u32, body: &[u8]) {
        let total = (length(body) + 12).to_le_bytes();
        self.0.extend_from_slice(&kind.to_le_bytes());
        self.0.extend_from_slice(&total);
        self.0.extend_from_slice(body);
        self.0.extend_from_slice(&total);
    }
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&(value.len() as u16).to_le_bytes());
    padded(body, value);
}

/// Everything begins at a multiple of four bytes.
fn padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}

/// Nothing we write reaches 4 GiB: a recording is bounded.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
