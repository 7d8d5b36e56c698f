//! What binds a log-in to the TLS connection under it (RFC 5929, RFC 9266). The bytes come from the TLS library.

/// A type of channel binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The first Finished of the handshake, up to TLS 1.2 (RFC 5929 section 3).
    Unique,
    /// 32 bytes of exported keying material, TLS 1.3 (RFC 9266 section 2).
    Exporter,
    /// The hash of the server's certificate (RFC 5929 section 4).
    ServerEndPoint,
}

impl Binding {
    pub const ALL: [Self; 3] = [Self::Unique, Self::Exporter, Self::ServerEndPoint];

    /// As clients ask for it: `p=tls-exporter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unique => "tls-unique",
            Self::Exporter => "tls-exporter",
            Self::ServerEndPoint => "tls-server-end-point",
        }
    }

    /// The type of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|binding| binding.name() == name)
    }
}

/// The bindings of one connection; none without TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings(Vec<(Binding, Vec<u8>)>);

impl Bindings {
    /// Keep what a library gave; an empty value is none.
    pub fn add(&mut self, binding: Binding, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.push((binding, bytes.to_vec()));
        }
    }

    /// The bytes of a type.
    #[must_use]
    pub fn get(&self, binding: Binding) -> Option<&[u8]> {
        self.0.iter().find(|(own, _)| *own == binding).map(|(_, bytes)| bytes.as_slice())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
