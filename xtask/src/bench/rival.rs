//! The servers that are measured: how each is started, when it is ready, and that it ends with us.
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Bench;
use crate::shell;

/// How often a starting server is asked whether it is ready: a fifth of a millisecond, so that it does not show.
const GLANCE: Duration = Duration::from_micros(200);
const PATIENCE: Duration = Duration::from_secs(30);
const AIOSMTPD: &str = "aiosmtpd==1.4.6";

/// A running server.
pub struct Server {
    child: Child,
    /// From the start of the process until it was ready.
    pub start: Duration,
    pub smtp: u16,
    pub imap: u16,
    pub imaps: u16,
    pub user: String,
    pub password: String,
    /// The authority's PEM file, where there is TLS.
    pub ca: String,
}

impl Server {
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    fn ready(child: Child, since: Instant, ready: impl FnMut() -> bool) -> Result<Self, String> {
        let mut server = Self {
            child,
            start: Duration::ZERO,
            smtp: 0,
            imap: 0,
            imaps: 0,
            user: String::new(),
            password: String::new(),
            ca: String::new(),
        };
        server.start = wait(since, &mut server.child, ready)?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dovecot and Postfix clean up behind a TERM; what does not end by it is killed.
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(3) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(since: Instant, child: &mut Child, mut ready: impl FnMut() -> bool) -> Result<Duration, String> {
    while !ready() {
        if since.elapsed() > PATIENCE {
            return Err(format!("not ready after {PATIENCE:?}"));
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("ended with {status} before it was ready"));
        }
        thread::sleep(GLANCE);
    }
    Ok(since.elapsed())
}

fn spawn(command: &mut Command) -> Result<(Child, Instant), String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let since = Instant::now();
    Ok((command.spawn().map_err(|error| format!("{command:?}: {error}"))?, since))
}

fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// A port that is free now.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| error.to_string())
}

/// Where the running Postfail says how it is reached.
pub fn ready_file(bench: &Bench) -> PathBuf {
    bench.folder.join("ready.json")
}

/// Postfail with every listener on a random port; ready when the ready file is there, TLS and all.
pub fn postfail(bench: &Bench) -> Result<Server, String> {
    let file = ready_file(bench);
    let _ = std::fs::remove_file(&file);
    let mut command = Command::new(&bench.program);
    command.args(["serve", "--ports", "random", "--ready-file"]).arg(&file);
    let (child, since) = spawn(&mut command)?;
    let mut server =
        Server::ready(child, since, || file.exists()).map_err(|error| format!("postfail: {error}"))?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let facts: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let port = |name: &str| {
        let value = facts.get(name).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
        value.ok_or(format!("{}: no {name}", file.display()))
    };
    let word = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    server.smtp = port("POSTFAIL_SMTP_PORT")?;
    server.imap = port("POSTFAIL_IMAP_PORT")?;
    server.imaps = port("POSTFAIL_IMAPS_PORT")?;
    (server.user, server.password, server.ca) =
        (word("POSTFAIL_USER"), word("POSTFAIL_PASSWORD"), word("POSTFAIL_CA_FILE"));
    Ok(server)
}

/// Changes of the running Postfail, in the words of `postfail ctl set`.
pub fn set(bench: &Bench, changes: &[&str]) -> Result<(), String> {
    let mut command = Command::new(&bench.program);
    command.args(["ctl", "--ready-file"]).arg(ready_file(bench)).arg("set").args(changes);
    shell::output(&mut command).map(drop)
}

/// OpenSSL's own test server, one version and one suite.
pub fn s_server(
    chain: &Path,
    key: &Path,
    switch: &str,
    suite: &str,
) -> Result<Result<Server, String>, String> {
    let Some(program) = shell::find("openssl") else {
        return Ok(Err("openssl is not installed".into()));
    };
    let port = free_port()?;
    let mut command = Command::new(program);
    // By -www it waits for a request, not for its own standard input.
    command.args(["s_server", "-quiet", "-www", switch, "-cipher", suite, "-accept"]).arg(port.to_string());
    command.arg("-cert").arg(chain).arg("-cert_chain").arg(chain).arg("-key").arg(key);
    secured(&mut command, port).map(Ok)
}

/// An accept loop of tokio and a library, an example of `postfail-net`.
pub fn bare(bench: &Bench, example: &str, chain: &Path, key: &Path, version: &str) -> Result<Server, String> {
    let port = free_port()?;
    let mut command = Command::new(bench.program.with_file_name("examples").join(example));
    command.arg(port.to_string()).arg(chain).arg(key).arg(version);
    secured(&mut command, port)
}

fn secured(command: &mut Command, port: u16) -> Result<Server, String> {
    let (child, since) = spawn(command)?;
    let mut server =
        Server::ready(child, since, || accepts(port)).map_err(|error| format!("{command:?}: {error}"))?;
    server.imaps = port;
    Ok(server)
}

/// Postfix's test sink, which throws mail away; `Err` inside when it is not installed.
pub fn smtp_sink() -> Result<Result<Server, String>, String> {
    let Some(program) = shell::find("smtp-sink") else {
        return Ok(Err("smtp-sink is not installed (Debian package postfix)".into()));
    };
    let port = free_port()?;
    let mut command = Command::new(program);
    if is_root()? {
        command.args(["-u", "nobody"]); // it refuses to stay root
    }
    command.arg(format!("127.0.0.1:{port}")).arg("1000");
    let (child, since) = spawn(&mut command)?;
    let mut server =
        Server::ready(child, since, || accepts(port)).map_err(|error| format!("smtp-sink: {error}"))?;
    server.smtp = port;
    Ok(Ok(server))
}

/// aiosmtpd with its handler that throws mail away, from a Python environment of its own below the build folder.
pub fn aiosmtpd(bench: &Bench) -> Result<Result<Server, String>, String> {
    let python = bench.folder.join("venv/bin/python");
    if !python.exists() {
        let made = shell::output(Command::new("python3").args(["-m", "venv"]).arg(bench.folder.join("venv")))
            .and_then(|_| {
                shell::output(Command::new(&python).args(["-m", "pip", "install", "--quiet", AIOSMTPD]))
            });
        if let Err(error) = made {
            let _ = std::fs::remove_dir_all(bench.folder.join("venv"));
            return Ok(Err(format!("{AIOSMTPD} cannot be installed: {error}")));
        }
    }
    let port = free_port()?;
    let mut command = Command::new(&python);
    command.args([
        "-m",
        "aiosmtpd",
        "-n",
        "-c",
        "aiosmtpd.handlers.Sink",
        "-l",
        &format!("127.0.0.1:{port}"),
    ]);
    let (child, since) = spawn(&mut command)?;
    let mut server =
        Server::ready(child, since, || accepts(port)).map_err(|error| format!("aiosmtpd: {error}"))?;
    server.smtp = port;
    Ok(Ok(server))
}

/// Dovecot in its high-performance mode with an INBOX of `copies` times `message`.
pub fn dovecot(bench: &Bench, message: &[u8], copies: u32) -> Result<Result<Server, String>, String> {
    let Some(program) = shell::find("dovecot") else {
        return Ok(Err("dovecot is not installed (Debian package dovecot-imapd)".into()));
    };
    let folder = bench.folder.join("dovecot");
    let port = free_port()?;
    let config =
        prepare_dovecot(&folder, port, message, copies).map_err(|error| format!("dovecot: {error}"))?;
    let mut command = Command::new(program);
    command.arg("-F").arg("-c").arg(config);
    let (child, since) = spawn(&mut command)?;
    let mut server =
        Server::ready(child, since, || accepts(port)).map_err(|error| format!("dovecot: {error}"))?;
    (server.imap, server.user, server.password) = (port, "taro".into(), "secret".into());
    Ok(Ok(server))
}

fn is_root() -> Result<bool, String> {
    Ok(shell::output(Command::new("id").arg("-u"))?.trim() == "0")
}

fn prepare_dovecot(
    folder: &Path,
    port: u16,
    message: &[u8],
    copies: u32,
) -> Result<std::path::PathBuf, String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    let _ = std::fs::remove_dir_all(folder);
    let inbox = folder.join("mail/taro/cur");
    for name in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(folder.join("mail/taro").join(name)).map_err(say)?;
    }
    for number in 0..copies {
        std::fs::write(inbox.join(format!("{}.M1P1.bench:2,", 1_700_000_000 + number)), message)
            .map_err(say)?;
    }
    // Under root mail must belong to somebody else; else everything runs as the one user there is.
    let root = is_root()?;
    let user = if root {
        "mail".to_owned()
    } else {
        shell::output(Command::new("id").arg("-un"))?.trim().to_owned()
    };
    let number =
        |flag: &str| shell::output(Command::new("id").args([flag, &user])).map(|id| id.trim().to_owned());
    let (uid, gid) = (number("-u")?, number("-g")?);
    let internal = if root {
        String::new()
    } else {
        format!("default_internal_user = {user}\ndefault_login_user = {user}\n")
    };
    if root {
        shell::run(Command::new("chown").args(["-R", &user]).arg(folder.join("mail")))?;
    }
    let at = folder.display();
    let config = folder.join("dovecot.conf");
    let text = format!(
        "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
         ssl = no\ndisable_plaintext_auth = no\nauth_failure_delay = 0\nmail_location = maildir:{at}/mail/%u\n\
         first_valid_uid = 1\nfirst_valid_gid = 1\nmail_max_userip_connections = 10000\n{internal}\
         passdb {{\n  driver = static\n  args = password=secret\n}}\n\
         userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={at}/mail/%u\n}}\n\
         service imap-login {{\n  chroot =\n  service_count = 0\n  client_limit = 1000\n  process_min_avail = 2\n\
         inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
         service imap {{\n  service_count = 1000\n  process_min_avail = 2\n  process_limit = 1000\n}}\n\
         service anvil {{\n  chroot =\n}}\n"
    );
    std::fs::write(&config, text).map_err(say)?;
    Ok(config)
}
