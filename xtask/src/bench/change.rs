//! From the moment `postfail ctl` is started until the next connection meets the changed TLS window.
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Bench;
use super::figures::{self, Figure};
use super::idle;
use super::rival;

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let aim = Some("under 50 ms");
    figures::rounds("a TLS window changed by ctl", "ms", aim, &["postfail"], bench.rounds, |_| {
        let server = rival::postfail(bench)?;
        let old = idle::tls(&server, &[&rustls::version::TLS12])?;
        old(&server)?;
        let since = Instant::now();
        let changed = Command::new(&bench.program)
            .args(["ctl", "--ready-file"])
            .arg(rival::ready_file(bench))
            .args(["set", "imaps.tls=1.3-1.3"])
            .stdout(Stdio::null())
            .status()
            .map_err(|error| format!("postfail ctl: {error}"))?;
        if !changed.success() {
            return Err(format!("postfail ctl: {changed}"));
        }
        match old(&server) {
            Ok(_) => Err("TLS 1.2 was taken after the window had become 1.3".to_owned()),
            Err(_) => Ok(Ok(since.elapsed().as_secs_f64() * 1_000.0)),
        }
    })
}
