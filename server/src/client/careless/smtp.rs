//! SMTP: codes are for others.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::Setup;
use super::Visit;

pub fn visit(visit: &mut Visit<'_>) {
    reply(visit);
    let hello = ask(visit, "EHLO client.postfail.test");
    if !hello.starts_with("250") {
        ask(visit, "HELO client.postfail.test");
    }
    if visit.wants_tls() && ask(visit, "STARTTLS").starts_with("220") {
        visit.secure();
        ask(visit, "EHLO client.postfail.test");
    }
    let Setup { user, password, .. } = visit.setup;
    ask(visit, &format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}"))));
    ask(visit, &format!("MAIL FROM:<{user}>"));
    ask(visit, &format!("RCPT TO:<{user}>"));
    if ask(visit, "DATA").starts_with("354") {
        ask(visit, &format!("From: <{user}>\r\nTo: <{user}>\r\nSubject: careless\r\n\r\nHello.\r\n."));
    }
    ask(visit, "RSET");
    ask(visit, "QUIT");
}

fn ask(visit: &mut Visit<'_>, command: &str) -> String {
    visit.send(command);
    reply(visit)
}

/// All lines of a reply; the last one tells.
fn reply(visit: &mut Visit<'_>) -> String {
    loop {
        let line = visit.line().unwrap_or_default();
        if line.as_bytes().get(3) != Some(&b'-') {
            return line;
        }
    }
}
