//! Full TLS handshakes, by version and library, for each second and for each second of a server's own processor time:
//! `openssl s_time` as the client of all, and the same kind of key and chain everywhere.
//!
//! Each server has one processor to itself from its start, and the clients have another: `s_server` knows one thread only,
//! and who believes in more processors than there are wakes threads in vain.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Bench;
use super::figures::{self, Figure};
use super::rival::{self, Server};
use crate::shell;

/// How long each client shakes hands, in seconds; two at a time, so that the server need not wait for one.
const SECONDS: &str = "2";
const WARM_UP: &str = "1";
const CLIENTS: usize = 2;

/// Version, its switch for `openssl`, its suite up to TLS 1.2, library.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("1.0", "-tls1", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "openssl"),
    ("1.1", "-tls1_1", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "openssl"),
    ("1.2", "-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256", "openssl"),
    ("1.3", "-tls1_3", "ECDHE-ECDSA-AES128-GCM-SHA256", "openssl"),
    ("1.2", "-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256", "rustls"),
    ("1.3", "-tls1_3", "ECDHE-ECDSA-AES128-GCM-SHA256", "rustls"),
];

pub fn measure(bench: &Bench) -> Result<Vec<Figure>, String> {
    let key = Key::made(bench)?;
    let ticks = shell::output(Command::new("getconf").arg("CLK_TCK"))?;
    let ticks: f64 = ticks.trim().parse().map_err(|_| format!("getconf CLK_TCK: {ticks}"))?;
    let places = Places::found();
    if let Some(places) = &places {
        places.seat(&places.server)?;
    } else {
        println!(
            "bench: tls: servers and clients share the processors (taskset of util-linux keeps them apart)"
        );
    }
    let mut all = Vec::new();
    for &(version, switch, suite, library) in CASES {
        let servers: &[_] = if library == "rustls" {
            &["postfail", "bare_rustls"]
        } else {
            &["postfail", "s_server", "bare_openssl"]
        };
        // Both figures of one run.
        let mut rates = Vec::new();
        let what = format!("full handshakes, TLS {version} by {library}");
        let aim = Some("0.9 of the library's own");
        let a_second = figures::rounds(&what, "a second", aim, servers, bench.rounds, |name| {
            let server = match name {
                "postfail" => postfail(bench, version, library)?,
                "s_server" => match rival::s_server(&key.chain, &key.key, switch, suite)? {
                    Ok(server) => server,
                    Err(reason) => return Ok(Err(reason)),
                },
                bare => rival::bare(bench, bare, &key.chain, &key.key, version)?,
            };
            let shake = |seconds| shakes(places.as_ref(), server.imaps, switch, suite, seconds);
            shake(WARM_UP)?; // threads, tables, the first page faults
            let (before, since) = (processor(server.process())?, Instant::now());
            let count = shake(SECONDS)?;
            let elapsed = since.elapsed().as_secs_f64();
            rates.push((name.to_owned(), count * ticks / (processor(server.process())? - before)));
            Ok(Ok(count / elapsed))
        })?;
        let of =
            |server: &str| rates.iter().filter(|(name, _)| name == server).map(|(_, rate)| *rate).collect();
        let alone = |figure: &Figure| Figure {
            what: format!("{what}, the server's processor time alone"),
            unit: "a CPU second",
            runs: of(figure.server),
            ..figure.clone()
        };
        let a_cpu_second: Vec<Figure> = a_second.iter().map(alone).collect();
        all.extend(a_second.into_iter().chain(a_cpu_second));
    }
    places.map_or(Ok(()), |places| places.seat(&places.all))?;
    Ok(all)
}

/// A chain of leaf and intermediate with an ECDSA key, as Postfail has one when it starts.
struct Key {
    chain: PathBuf,
    key: PathBuf,
}

impl Key {
    fn made(bench: &Bench) -> Result<Self, String> {
        let folder = bench.folder.join("certificates");
        shell::output(Command::new(&bench.program).args(["certs", "--kind", "good", "--out"]).arg(&folder))?;
        Ok(Self { chain: folder.join("ecdsa.pem"), key: folder.join("ecdsa-key.pem") })
    }
}

fn postfail(bench: &Bench, version: &str, library: &str) -> Result<Server, String> {
    let server = rival::postfail(bench)?;
    let changes = [format!("imaps.tls={version}-{version}"), format!("imaps.backend={library}")];
    rival::set(bench, &changes.each_ref().map(String::as_str))?;
    Ok(server)
}

/// The processor of the server, and that of the clients.
struct Places {
    /// Every one this process may use.
    all: String,
    server: String,
    clients: String,
}

impl Places {
    /// The first and the last processor this process may use; `None` where there is one only, or no `taskset`.
    fn found() -> Option<Self> {
        shell::find("taskset")?;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        let (server, clients) = ends(allowed)?;
        let [all, server, clients] = [allowed.trim(), server, clients].map(str::to_owned);
        Some(Self { all, server, clients })
    }

    /// The processors that whoever is started from now on may use.
    fn seat(&self, processors: &str) -> Result<(), String> {
        let mut command = Command::new("taskset");
        shell::output(command.args(["-p", "-c", processors]).arg(std::process::id().to_string())).map(drop)
    }

    fn client(&self) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", &self.clients, "openssl"]);
        command
    }
}

/// First and last of a list of processors such as `0-3,8`.
fn ends(list: &str) -> Option<(&str, &str)> {
    let list = list.trim();
    let (first, last) = (list.split([',', '-']).next()?, list.rsplit([',', '-']).next()?);
    (first != last).then_some((first, last))
}

/// So many handshakes were made by all clients together.
fn shakes(
    places: Option<&Places>,
    port: u16,
    switch: &str,
    suite: &str,
    seconds: &str,
) -> Result<f64, String> {
    let client = || {
        let mut command = places.map_or_else(|| Command::new("openssl"), Places::client);
        command.args(["s_time", "-new", switch, "-cipher", suite, "-connect"]);
        command.arg(format!("127.0.0.1:{port}")).args(["-time", seconds]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    };
    let clients = (0..CLIENTS).map(|_| client()).collect::<Result<Vec<_>, _>>();
    let mut count = 0.0;
    for client in clients.map_err(|error| format!("openssl s_time: {error}"))? {
        let said = client.wait_with_output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&said.stdout);
        count += counted(&text)
            .ok_or_else(|| format!("openssl s_time: {text}{}", String::from_utf8_lossy(&said.stderr)))?;
    }
    Ok(count)
}

/// `1234 connections in 3 real seconds, 0 bytes read per connection`
fn counted(text: &str) -> Option<f64> {
    text.lines().find(|line| line.contains(" real seconds"))?.split(' ').next()?.parse().ok()
}

/// The processor time of a process so far, in ticks: `utime` and `stime` of proc(5).
fn processor(process: u32) -> Result<f64, String> {
    let file = format!("/proc/{process}/stat");
    let text = std::fs::read_to_string(Path::new(&file)).map_err(|error| format!("{file}: {error}"))?;
    // The name, in parentheses, may hold blanks.
    let rest = text.rsplit(") ").next().unwrap_or_default();
    let ticks: Option<Vec<f64>> = rest.split(' ').skip(11).take(2).map(|word| word.parse().ok()).collect();
    ticks.map(|ticks| ticks.iter().sum()).ok_or(format!("{file}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_s_time_says() {
        let text = "\n\n1530 connections in 1.02s; 1500.00 connections/user sec, bytes read 0\n1530 connections in 3 real seconds, 0 bytes read per connection\n";
        assert_eq!(counted(text), Some(1530.0));
        assert_eq!(counted("no connection"), None);
    }

    #[test]
    fn the_ends_of_a_list_of_processors() {
        assert_eq!(ends("\t0-1\n"), Some(("0", "1")));
        assert_eq!(ends("2,4-6,9"), Some(("2", "9")));
        assert_eq!(ends("3"), None);
    }

    #[test]
    fn processor_time_is_read() {
        assert!(processor(std::process::id()).is_ok_and(|ticks| ticks >= 0.0));
    }
}
