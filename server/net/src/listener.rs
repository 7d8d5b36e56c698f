//! One listener: its reserved port, and what stands behind it as its state says.
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use postfail_engine::capture::Head;
use postfail_engine::journal::What;
use postfail_engine::listener::{ListenerName, State};
use postfail_session::world::{Security, Stage};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::connection;
use crate::shared::Shared;
use crate::socket::{Blackhole, Reserved};
use crate::tap::Tapped;
use crate::tls::Face;

/// How long to leave a system alone that has no file or memory left for a further connection.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// How often, and after which pause, a port of our own is tried again that seems to be in use.
const TRIES: u32 = 2_000;
const PAUSE: Duration = Duration::from_millis(1);

/// A listener as it is bound.
#[derive(Debug)]
pub(crate) struct Listener {
    pub name: ListenerName,
    address: SocketAddr,
    /// One for each address it is bound to; they are always in the same state.
    doors: Vec<Door>,
}

#[derive(Debug)]
struct Door {
    port: Reserved,
    behind: Behind,
}

/// What a client meets at the port.
#[derive(Debug)]
enum Behind {
    /// Refused.
    Closed,
    /// Accepted; whether anything is said is looked up for each connection.
    Accepting(JoinHandle<()>),
    Blackhole {
        _kept: Blackhole,
    },
}

impl Listener {
    /// Takes the port, without listening yet.
    pub fn reserve(name: ListenerName, address: IpAddr, port: u16) -> io::Result<Self> {
        let ports = Reserved::bind_all(address, port)?;
        let address = ports.first().map_or(SocketAddr::new(address, port), Reserved::address);
        let doors = ports.into_iter().map(|port| Door { port, behind: Behind::Closed }).collect();
        Ok(Self { name, address, doors })
    }

    /// The one that was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the port behave as this state says. When this returns, it does; open connections are not touched.
    pub async fn set(&mut self, state: State, shared: &Arc<Shared>) -> io::Result<()> {
        for door in &mut self.doors {
            door.set(state, self.name, shared).await?;
        }
        Ok(())
    }

    /// Stops listening; the socket is closed when this returns, and the port is still ours.
    pub async fn close(&mut self) {
        for door in &mut self.doors {
            door.close().await;
        }
    }
}

impl Door {
    async fn set(&mut self, state: State, name: ListenerName, shared: &Arc<Shared>) -> io::Result<()> {
        match (state, &self.behind) {
            (State::Closed, Behind::Closed)
            | (State::Open | State::Silent, Behind::Accepting(_))
            | (State::Blackhole, Behind::Blackhole { .. }) => return Ok(()),
            _ => self.close().await,
        }
        self.behind = match state {
            State::Closed => Behind::Closed,
            State::Open | State::Silent => {
                let listener = patiently(|| self.port.listen()).await?;
                Behind::Accepting(tokio::spawn(accept(Arc::clone(shared), listener, name)))
            }
            State::Blackhole => Behind::Blackhole { _kept: patiently(|| self.port.swallow()).await? },
        };
        Ok(())
    }

    async fn close(&mut self) {
        if let Behind::Accepting(task) = std::mem::replace(&mut self.behind, Behind::Closed) {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Behind::Accepting(task) = &self.behind {
            task.abort();
        }
    }
}

/// Opens a port that is reserved. Nobody else can have it, but a process that this one is just starting holds copies of
/// all sockets until its program begins, and a listener that was closed here listens on in it.
async fn patiently<T>(open: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..TRIES {
        match open() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(PAUSE).await,
            opened => return opened,
        }
    }
    open()
}

/// Accepts for ever. No failure to accept ends a listener, and none makes it spin.
async fn accept(shared: Arc<Shared>, listener: TcpListener, name: ListenerName) {
    let mut told = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                told = false;
                // A reply must not wait for the acknowledgement of the one before it.
                let _ = stream.set_nodelay(true);
                if shared.with(|world, real| world.admits(name, peer, real)) {
                    admit(&shared, stream, peer, name);
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    let what = format!("{name} cannot accept connections for now: {error}");
                    tracing::warn!("{what}");
                    shared.with(|world, real| world.note(None, What::Limit { what }, real));
                }
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// The client went away between its SYN and our accept.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Gives a connection what its listener is at this moment; later changes do not touch it. A fault may meet it before
/// anything is said.
fn admit(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr, name: ListenerName) {
    let (connection, face, state, security, met) = shared.with(|world, real| {
        let listener = world.listener(name);
        let face = Face::of(listener);
        let (state, security) = (listener.state, listener.security);
        let connection = world.connect(name, peer, real);
        let met = connection::fault::ask(world, &connection, Stage::Connect, real);
        (connection, face, state, security, met)
    });
    let implicit = security == Security::Implicit;
    let tap = shared.evidence.tap(|| {
        let server = stream.local_addr()?;
        let (id, protocol) = (connection.id, connection.policy.protocol);
        Ok(Head { id, listener: name, protocol, implicit, client: peer, server })
    });
    let stream = Tapped::new(stream, tap.clone());
    let shared = Arc::clone(shared);
    if state == State::Silent {
        tokio::spawn(connection::hold(shared, stream, connection, face, tap));
    } else {
        tokio::spawn(connection::serve(shared, stream, connection, face, tap, (implicit, met)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_of_the_listener_is_waited_for() {
        let port = Reserved::bind(std::net::Ipv4Addr::LOCALHOST.into(), 0).expect("a free port");
        let copy = std::cell::RefCell::new(Some(port.listen().expect("the port is ours")));
        let tries = std::cell::Cell::new(0);
        let opened = patiently(|| {
            tries.set(tries.get() + 1);
            if tries.get() == 3 {
                copy.take();
            }
            port.listen()
        });
        assert!(opened.await.is_ok());
        assert_eq!(tries.get(), 3);
    }
}
