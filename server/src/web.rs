//! What of a world is served over HTTP: the control API with the identity provider, that provider by TLS, and automatic
//! settings for mail programs.
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use postfail_control::https::Tls;
use postfail_control::{Access, Laboratory};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::{Postfail, StartError};
use crate::laboratory::Bench;
use crate::world::{self, Http};

/// All of it as it runs.
#[derive(Debug)]
pub(crate) struct Web {
    pub(crate) control: Served,
    pub(crate) autoconfig: Served,
    /// The identity provider by TLS.
    pub(crate) https: Served,
    /// The bearer token of the control API.
    pub(crate) token: String,
}

/// One of them: where it is, and how it is stopped.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Their ports, taken before anything is started.
pub(crate) struct Ports {
    control: TcpListener,
    autoconfig: TcpListener,
    https: TcpListener,
}

impl Ports {
    pub(crate) async fn take(asked: &Postfail) -> Result<Self, StartError> {
        let control = world::http_listener(asked, Http::Control).await?;
        let autoconfig = world::http_listener(asked, Http::Autoconfig).await?;
        Ok(Self { control, autoconfig, https: world::http_listener(asked, Http::Identity).await? })
    }

    /// Where the authority publishes its revocation list and answers OCSP.
    pub(crate) fn pki_url(&self, asked: &Postfail) -> Result<String, StartError> {
        let port = self.autoconfig.local_addr().map_err(StartError::Folder)?.port();
        let local = asked.bind.is_unspecified() || asked.bind == Ipv4Addr::LOCALHOST;
        let host =
            if local { format!("localhost:{port}") } else { SocketAddr::new(asked.bind, port).to_string() };
        Ok(format!("http://{host}/pki"))
    }
}

impl Web {
    pub(crate) fn start(
        ports: Ports,
        bench: &Arc<Bench>,
        asked: &Postfail,
        tls: Arc<ServerConfig>,
        token: String,
    ) -> Result<Self, StartError> {
        let laboratory = || Arc::clone(bench) as Arc<dyn Laboratory>;
        let (token_of_access, names) = (token.clone(), asked.control_names.clone());
        let control = Served::start(ports.control, |listener, bound, stopped| {
            let access = Access { token: token_of_access, names, bound };
            postfail_control::serve(listener, laboratory(), access, stopped)
        })?;
        let autoconfig = Served::start(ports.autoconfig, |listener, _, stopped| {
            postfail_control::autoconfig::serve(listener, laboratory(), stopped)
        })?;
        let names = certificate_names(asked);
        let https = Served::start(ports.https, |listener, _, stopped| {
            let served = Tls::new(listener, tls);
            let laboratory = laboratory();
            async move {
                match served {
                    Ok(served) => {
                        postfail_control::identity::serve(served, laboratory, names, stopped).await;
                    }
                    Err(error) => tracing::error!(%error, "the identity provider is not served by TLS"),
                }
            }
        })?;
        Ok(Self { control, autoconfig, https, token })
    }

    pub(crate) async fn stop(&mut self) {
        self.control.stop().await;
        self.autoconfig.stop().await;
        self.https.stop().await;
    }
}

/// The names by which the provider's certificate lets people call it, and those that were asked for.
fn certificate_names(asked: &Postfail) -> Vec<String> {
    let covered = postfail_certs::leaf::DNS_NAMES.into_iter().chain(["*.postfail.test"]).map(str::to_owned);
    covered.chain(asked.control_names.iter().cloned()).collect()
}

impl Served {
    fn start<F: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        serve: impl FnOnce(TcpListener, SocketAddr, Stopped) -> F,
    ) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(StartError::Folder)?;
        let (stop, stopped) = oneshot::channel();
        let stopped: Stopped = Box::pin(async {
            let _ = stopped.await;
        });
        let task = tokio::spawn(serve(listener, address, stopped));
        Ok(Self { address, stop: Some(stop), task })
    }

    async fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

/// Ready once it is to stop.
type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
