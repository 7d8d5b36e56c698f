//! From the start of the process until it can be used: Postfail with all its ports and TLS, smtp-sink with its one.
use super::figures::{self, Figure};
use super::{Bench, rival};

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let aim = Some("at most 1.5 times smtp-sink");
    figures::rounds(
        "start to ready",
        "ms",
        aim,
        &["postfail", "smtp-sink", "aiosmtpd"],
        bench.rounds,
        |server| {
            let started = match server {
                "postfail" => Ok(rival::postfail(bench)?),
                "smtp-sink" => rival::smtp_sink()?,
                _ => rival::aiosmtpd(bench)?,
            };
            Ok(started.map(|server| server.start.as_secs_f64() * 1_000.0))
        },
    )
}
