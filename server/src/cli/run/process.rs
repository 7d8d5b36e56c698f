//! The client under test as a process: started, fed nothing, watched, and ended in time with all its children.
use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

/// How much of what a client prints is kept for the reports: the end of it, in bytes.
const KEPT: usize = 64 * 1024;
/// How long a client may clean up between SIGTERM and SIGKILL, and its pipes may stay open behind its end.
const GRACE: Duration = Duration::from_millis(500);

/// It is shown later, from [`Ran::output`].
pub fn hold(_: &[u8]) {}

/// What became of the client.
#[derive(Debug)]
pub struct Ran {
    /// `None`: it was ended.
    pub status: Option<ExitStatus>,
    pub took: Duration,
    /// The end of its stdout and stderr, as they came.
    pub output: String,
}

/// Run a client to its end, or until `over` ends it, in its own process group and with an empty stdin. What it prints goes to `show` as it comes.
/// An error means that it could not be started.
pub async fn run(
    program: &OsString,
    arguments: &[OsString],
    environment: &[(String, String)],
    over: impl Future<Output = ()>,
    show: fn(&[u8]),
) -> io::Result<Ran> {
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let started = Instant::now();
    let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut readers = tokio::task::JoinSet::new();
    if let Some(stdout) = child.stdout.take() {
        readers.spawn(pass_on(stdout, show, Arc::clone(&kept)));
    }
    if let Some(stderr) = child.stderr.take() {
        readers.spawn(pass_on(stderr, show, Arc::clone(&kept)));
    }
    let status = tokio::select! {
        status = child.wait() => Some(status?),
        () = over => {
            group.signal(Signal::TERM);
            let _ = timeout(GRACE, child.wait()).await;
            None
        }
    };
    let took = started.elapsed();
    // Whatever it left running goes with it: the next phase must not see it.
    drop(group);
    let _ = child.wait().await;
    let _ = timeout(GRACE, readers.join_all()).await;
    let kept = kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Ran { status, took, output: String::from_utf8_lossy(&kept).into_owned() })
}

/// Show all of it, and keep the end.
async fn pass_on(mut from: impl AsyncRead + Unpin, show: fn(&[u8]), kept: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 8 * 1024];
    while let Ok(got) = from.read(&mut buffer).await {
        if got == 0 {
            break;
        }
        show(&buffer[..got]);
        let mut kept = kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.extend_from_slice(&buffer[..got]);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}

/// A process group that ends with this value.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        // An error means that nobody is left in it.
        let _ = self.0.map(|group| kill_process_group(group, signal));
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str, limit: Duration) -> Ran {
        let arguments = [OsString::from("-c"), OsString::from(script)];
        let environment = [("POSTFAIL_USER".to_owned(), "taro".to_owned())];
        let over = tokio::time::sleep(limit);
        run(&OsString::from("sh"), &arguments, &environment, over, hold).await.unwrap()
    }

    #[tokio::test]
    async fn output_status_and_environment() {
        let ran = shell("echo $POSTFAIL_USER; echo problem >&2; cat; exit 3", Duration::from_secs(60)).await;
        assert_eq!(ran.status.and_then(|status| status.code()), Some(3));
        assert!(ran.output.contains("taro\n") && ran.output.contains("problem\n"), "{}", ran.output);
    }

    #[tokio::test]
    async fn a_slow_client_ends_with_its_children() {
        // The child ignores SIGTERM and holds the pipe open: only the group's SIGKILL ends both.
        let ran =
            shell("trap '' TERM; (trap '' TERM; sleep 1000) & sleep 1000", Duration::from_millis(100)).await;
        assert!(ran.status.is_none());
        assert!(ran.took < Duration::from_secs(30), "{:?}", ran.took);
    }

    #[tokio::test]
    async fn only_the_end_of_long_output_is_kept() {
        let ran = shell("yes 0123456 | head -c 200000; echo the-end", Duration::from_secs(60)).await;
        assert_eq!(ran.output.len(), KEPT);
        assert!(ran.output.ends_with("the-end\n"));
    }

    #[tokio::test]
    async fn a_client_that_is_not_there() {
        let program = OsString::from("/nonexistent/client");
        let error = run(&program, &[], &[], std::future::pending(), hold).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
