//! The least there can be of a TLS server by tokio-openssl: it shakes hands and waits for the end. `cargo xtask bench`
//! holds Postfail against it. Arguments: port, certificates, key, `1.0` to `1.3`.
use std::error::Error;
use std::pin::Pin;

use openssl::ssl::{Ssl, SslContext, SslFiletype, SslMethod, SslVersion};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, chain, key, version] = &arguments[..] else { return Err("port, chain, key, version".into()) };
    let version = match version.as_str() {
        "1.0" => SslVersion::TLS1,
        "1.1" => SslVersion::TLS1_1,
        "1.2" => SslVersion::TLS1_2,
        _ => SslVersion::TLS1_3,
    };
    let mut builder = SslContext::builder(SslMethod::tls_server())?;
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(version))?;
    builder.set_max_proto_version(Some(version))?;
    builder.set_certificate_chain_file(chain)?;
    builder.set_private_key_file(key, SslFiletype::PEM)?;
    let context = builder.build();
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        let mut stream = SslStream::new(Ssl::new(&context)?, socket)?;
        tokio::spawn(async move {
            if Pin::new(&mut stream).accept().await.is_ok() {
                // The client says nothing: this is its end.
                let _ = stream.read(&mut [0; 64]).await;
            }
        });
    }
}
