//! POP3: any answer will do, and a time stamp is enough to begin with APOP in the clear.
use md5::{Digest, Md5};

use super::super::Setup;
use super::Visit;

pub fn visit(visit: &mut Visit<'_>) {
    let greeting = visit.line().unwrap_or_default();
    let Setup { user, password, .. } = visit.setup;
    if let Some((stamp, _)) = greeting.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let digest = Md5::digest(format!("<{stamp}>{password}"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        ask(visit, &format!("APOP {user} {hex}"));
    }
    list(visit, "CAPA");
    list(visit, "AUTH");
    if visit.wants_tls() && ask(visit, "STLS").starts_with("+OK") {
        visit.secure();
    }
    ask(visit, &format!("USER {user}"));
    ask(visit, &format!("PASS {password}"));
    let stat = ask(visit, "STAT");
    let newest = stat.split(' ').nth(1).unwrap_or("1").to_owned();
    list(visit, &format!("RETR {newest}"));
    ask(visit, "QUIT");
}

fn ask(visit: &mut Visit<'_>, command: &str) -> String {
    visit.send(command);
    visit.line().unwrap_or_default()
}

/// An answer that goes on to a full stop, if it is one.
fn list(visit: &mut Visit<'_>, command: &str) {
    let mut line = ask(visit, command);
    while line != "." && !line.is_empty() && !line.starts_with("-ERR") {
        line = visit.line().unwrap_or_default();
    }
}
