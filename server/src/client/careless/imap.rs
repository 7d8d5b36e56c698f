//! IMAP: what was listed, counted or announced before TLS is acted on behind it.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::stream::Stream;
use super::super::{Address, Protocol, Security, Setup};
use super::Visit;

/// What the server has made it believe.
#[derive(Default)]
struct Belief {
    capabilities: String,
    mailboxes: Vec<String>,
    numbers: Vec<String>,
    flags: Vec<String>,
    tag: u32,
}

pub fn visit(visit: &mut Visit<'_>) {
    let mut belief = Belief::default();
    let greeting = visit.line().unwrap_or_default();
    belief.take(&greeting, visit);
    let mut is_in = greeting.contains("PREAUTH");
    if !is_in {
        belief.command("CAPABILITY", visit);
        let offered = visit.wants_tls() && belief.capabilities.contains("STARTTLS");
        // It is in a hurry, too.
        if offered && belief.command("STARTTLS\r\nearly NOOP", visit).contains(" OK") {
            visit.secure();
        }
        is_in = log_in(&mut belief, visit);
    }
    if is_in {
        act(&mut belief, visit);
    }
    refer(&belief, visit);
    belief.command("LOGOUT", visit);
}

/// By what was offered at first, LOGINDISABLED or not.
fn log_in(belief: &mut Belief, visit: &mut Visit<'_>) -> bool {
    let Setup { user, password, oauth, .. } = visit.setup;
    if let Some(oauth) = oauth {
        let (name, proof) = (oauth.mechanism.name(), oauth.response(visit.setup).unwrap_or_default());
        let said = belief.command(&format!("AUTHENTICATE {name} {proof}"), visit);
        // A challenge says why not.
        return said.contains(" OK") || said.starts_with('+') && belief.command("", visit).contains(" OK");
    }
    let login = format!("LOGIN \"{user}\" \"{password}\"");
    let plain = format!("AUTHENTICATE PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")));
    let first = if belief.capabilities.contains("AUTH=PLAIN") { &plain } else { &login };
    belief.command(first, visit).contains(" OK") || belief.command(&login, visit).contains(" OK")
}

/// Open what was listed, fetch what was counted, set what was named.
fn act(belief: &mut Belief, visit: &mut Visit<'_>) {
    for mailbox in std::mem::take(&mut belief.mailboxes).iter().map(String::as_str).chain(["INBOX"]) {
        belief.command(&format!("SELECT {mailbox}"), visit);
    }
    let flags = std::mem::take(&mut belief.flags).join(" ");
    if !flags.is_empty() {
        belief.command(&format!("STORE 1 +FLAGS ({flags})"), visit);
    }
    let numbers = std::mem::take(&mut belief.numbers);
    for number in numbers.iter().take(5) {
        belief.command(&format!("FETCH {number} (FLAGS)"), visit);
    }
    belief.command("APPEND Drafts {5}\r\ndraft", visit);
}

/// A server that sends people elsewhere knows best.
fn refer(belief: &Belief, visit: &mut Visit<'_>) {
    let url = ["[REFERRAL ", "IMAPSIEVE="].iter().find_map(|word| {
        let (_, rest) = visit.shown.split_once(word).or_else(|| belief.capabilities.split_once(word))?;
        rest.split([']', ' ', '\r', '\n']).next().map(str::to_owned)
    });
    let Some(place) = url.as_deref().and_then(place) else { return };
    let address = Address { protocol: Protocol::Imap, security: Security::Plain, ..place };
    let setup = Setup { address, ..visit.setup.clone() };
    let Ok(stream) = Stream::connect(&setup) else { return };
    let mut there = Visit { setup: &setup, stream, shown: String::new() };
    there.line();
    log_in(&mut Belief::default(), &mut there);
    visit.shown.push_str(&there.shown);
}

/// Host and port of `imap://user@host:port/...`, on loopback.
fn place(url: &str) -> Option<Address> {
    let rest = url.split_once("://")?.1.split('/').next()?;
    let (host, port) = rest.rsplit_once('@').map_or(rest, |(_, place)| place).split_once(':')?;
    let is_loopback = matches!(host, "localhost" | "127.0.0.1");
    let port = port.parse().ok().filter(|_| is_loopback)?;
    Some(Address { protocol: Protocol::Imap, security: Security::Plain, host: host.to_owned(), port })
}

impl Belief {
    /// Send a command and believe what comes, up to its answer, or anybody's.
    fn command(&mut self, text: &str, visit: &mut Visit<'_>) -> String {
        self.tag += 1;
        let tag = format!("a{:03} ", self.tag);
        visit.send(&format!("{tag}{text}"));
        while let Some(line) = visit.line() {
            self.take(&line, visit);
            if line.starts_with(&tag) || line.starts_with('+') || line.starts_with("* BYE") {
                return line;
            }
        }
        String::new()
    }

    fn take(&mut self, line: &str, visit: &mut Visit<'_>) {
        if line.contains("CAPABILITY IMAP4") {
            line.clone_into(&mut self.capabilities);
        }
        let Some(rest) = line.strip_prefix("* ") else { return };
        let words: Vec<&str> = rest.split(' ').collect();
        match words.as_slice() {
            ["LIST" | "LSUB", .., name] => self.mailboxes.push((*name).to_owned()),
            ["FLAGS", rest @ ..] => {
                let names = rest.iter().map(|flag| flag.trim_matches(['(', ')']).to_owned());
                self.flags.extend(names.filter(|flag| !flag.starts_with('\\') && !flag.is_empty()));
            }
            ["STATUS", name, rest @ ..] => {
                self.mailboxes.push((*name).to_owned());
                self.count(rest);
            }
            ["SEARCH", rest @ ..] => self.count(rest),
            [number, "EXISTS" | "RECENT" | "EXPUNGE" | "FETCH", ..] => self.count(&[number]),
            _ => {}
        }
        let literal = line.strip_suffix('}').and_then(|line| line.rsplit_once('{'));
        if let Some((_, size)) = literal.filter(|(_, size)| size.parse::<u64>().is_ok()) {
            // Shown like everything else.
            let mut left: usize = size.parse().unwrap_or_default();
            while left > 0 {
                let Some(line) = visit.line() else { return };
                left = left.saturating_sub(line.len() + 2);
            }
        }
    }

    /// Numbers of at least six digits: nobody has so much mail that they would be there anyway.
    fn count(&mut self, words: &[&str]) {
        let numbers = words.iter().map(|word| word.trim_matches(['(', ')']));
        let large = numbers.filter(|word| word.len() > 5 && word.bytes().all(|byte| byte.is_ascii_digit()));
        self.numbers.extend(large.map(str::to_owned));
    }
}
