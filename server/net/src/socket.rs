//! Sockets below tokio: ports that stay ours while nobody listens on them, and ports that swallow SYNs.
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream as StdStream};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

/// Connections the kernel completes before we accept them.
const BACKLOG: i32 = 1024;

/// A port that is bound and does not listen: a connection to it is refused, and nobody else gets it.
///
/// A second socket with SO_REUSEADDR may bind the same port as long as this one does not listen, so a listener
/// comes and goes without ever giving the port up.
#[derive(Debug)]
pub struct Reserved {
    address: SocketAddr,
    _socket: Socket,
}

impl Reserved {
    /// Binds; port 0 takes a free one.
    ///
    /// # Errors
    /// `AddrInUse` when somebody listens there, `PermissionDenied` for a port below 1024 without privilege.
    pub fn bind(address: IpAddr, port: u16) -> io::Result<Self> {
        // Without SO_REUSEADDR the kernel picks a port that no other reserved one has; it is set behind the bind,
        // for the listener to come. A port asked for by number must not fail for connections in TIME_WAIT.
        Self::bind_as(address, port, port != 0)
    }

    fn bind_as(address: IpAddr, port: u16, reuse: bool) -> io::Result<Self> {
        let socket = socket(address)?;
        if reuse {
            reuse_address(&socket)?;
        }
        socket.bind(&SockAddr::from(SocketAddr::new(address, port)))?;
        if !reuse {
            reuse_address(&socket)?;
        }
        let bound = socket.local_addr()?.as_socket();
        let address = bound.ok_or_else(|| io::Error::other("the bound socket has no Internet address"))?;
        Ok(Self { address, _socket: socket })
    }

    /// Binds, and with 127.0.0.1 also ::1 on the same port where there is IPv6: many clients look there first for
    /// `localhost`. Port 0 takes one that is free on both.
    ///
    /// # Errors
    /// As [`Self::bind`], for either of them; having no IPv6 is none.
    pub fn bind_all(address: IpAddr, port: u16) -> io::Result<Vec<Self>> {
        const TRIES: usize = 32;
        if address != Ipv4Addr::LOCALHOST {
            return Ok(vec![Self::bind(address, port)?]);
        }
        // Kept until the end, or the kernel might choose them again.
        let mut useless = Vec::new();
        loop {
            let first = Self::bind(address, port)?;
            let second = Self::bind_as(Ipv6Addr::LOCALHOST.into(), first.address.port(), port != 0);
            match second {
                Ok(second) => return Ok(vec![first, second]),
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => return Ok(vec![first]),
                Err(_) if port == 0 && useless.len() < TRIES => useless.push(first),
                Err(error) => return Err(error),
            }
        }
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens on the reserved port.
    ///
    /// # Errors
    /// When the system refuses; also outside a tokio runtime.
    pub fn listen(&self) -> io::Result<TcpListener> {
        let socket = self.second_socket(BACKLOG)?;
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket.into())
    }

    fn second_socket(&self, backlog: i32) -> io::Result<Socket> {
        let socket = socket(self.address.ip())?;
        reuse_address(&socket)?;
        socket.bind(&SockAddr::from(self.address))?;
        socket.listen(backlog)?;
        Ok(socket)
    }

    /// Lets SYNs go unanswered, as a firewall that drops does.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn swallow(&self) -> io::Result<Blackhole> {
        Blackhole::dig(self)
    }
}

/// A listener with its queue filled by connections of our own: the kernel drops every further SYN.
#[derive(Debug)]
pub struct Blackhole {
    _listener: Socket,
    _fill: Vec<Socket>,
}

impl Blackhole {
    fn dig(reserved: &Reserved) -> io::Result<Self> {
        let listener = reserved.second_socket(0)?;
        let address = SockAddr::from(reserved.address);
        let mut fill = Vec::new();
        // A queue of 0 holds one connection in Linux, a few in other systems.
        for _ in 0..16 {
            let socket = socket(reserved.address.ip())?;
            let connected = socket.connect_timeout(&address, Duration::from_millis(5)).is_ok();
            fill.push(socket);
            if !connected {
                break;
            }
        }
        Ok(Self { _listener: listener, _fill: fill })
    }
}

fn socket(address: IpAddr) -> io::Result<Socket> {
    let domain = if address.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    Socket::new(domain, Type::STREAM, Some(Protocol::TCP))
}

/// In Windows the option means something else: it would let anybody take the port.
fn reuse_address(socket: &Socket) -> io::Result<()> {
    if cfg!(unix) { socket.set_reuse_address(true) } else { Ok(()) }
}

/// Ends when the peer has ended its side, without reading what it sent before. Elsewhere than in Linux it never ends.
pub(crate) async fn hung_up(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    while let Ok(ready) = stream.ready(tokio::io::Interest::PRIORITY).await {
        if ready.is_read_closed() {
            return;
        }
        // Urgent data, which mail has no use for, would be there for ever.
        std::future::pending::<()>().await;
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stream;
        std::future::pending::<()>().await;
    }
}

/// Does somebody accept connections there within the time?
#[must_use]
pub fn answers(address: SocketAddr, within: Duration) -> bool {
    StdStream::connect_timeout(&address, within).is_ok()
}
