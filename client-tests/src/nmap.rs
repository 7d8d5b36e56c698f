//! nmap's script `ssl-enum-ciphers`: which suites it gets out of a server.
use crate::{Client, Home, Server, client};

/// What it reports of `imaps`: XML, broken behind every tag. `None`: nmap is not installed.
#[must_use]
pub fn suites(server: &Server) -> Option<Vec<String>> {
    let program = client("nmap")?;
    let told = Client::new(&program, &Home::new())
        .args(["-Pn", "-n", "-p", &server.port("imaps").to_string()])
        .args(["--script", "+ssl-enum-ciphers", "-oX", "-", "127.0.0.1"])
        .run()
        .expect(0);
    Some(told.stdout.replace('>', ">\n").lines().map(str::to_owned).collect())
}
