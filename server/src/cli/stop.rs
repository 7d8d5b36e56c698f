//! What ends this program from outside: Ctrl-C, SIGTERM, and SIGHUP, the end of its terminal.
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;

/// The signals, heard from the moment this is made.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Option<Signal>,
}

impl Stop {
    pub fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::ours);
        let hang_up = if outlives_terminal() { None } else { Some(listen(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up,
        })
    }

    /// Ends with the first of them.
    pub async fn asked(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// Whether whoever started us, such as nohup(1), had SIGHUP ignored: listening would undo that. Where the system does
/// not tell, it stays as it is.
fn outlives_terminal() -> bool {
    std::fs::read_to_string("/proc/self/status").map_or(true, |status| ignores_hang_up(&status))
}

/// proc_pid_status(5): `SigIgn` is a mask in hexadecimal, in which bit 0 is signal 1.
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_a_bit_in_a_mask() {
        for (status, ignored) in [
            ("Name:\tpostfail\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n", false),
            ("SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n", true),
            ("Name:\tpostfail\n", true),
        ] {
            assert_eq!(ignores_hang_up(status), ignored, "{status}");
        }
    }
}
