//! The script language.
//!
//! ```text
//! # a comment
//! @ connect starttls          a setting, an act or a fact (below)
//! C: EHLO me                  the client sends this line and CRLF; several in a row go out in one write
//! C- abc                      the same without CRLF
//! S: 250-* SIZE *             the server's next line; `*` stands for anything
//! ```
//!
//! Client lines take the escapes of `postfail_wire::escape` and `{plain USER PASSWORD}`, `{base64 TEXT}`,
//! `{cram USER PASSWORD}` (answers the last challenge), `{apop PASSWORD}` (for the greeting's timestamp),
//! `{xoauth2 USER TOKEN}`, `{bearer USER TOKEN}` (`-` for nobody), `{begin MECHANISM USER PASSWORD}` and `{answer}` (a
//! foreign client's SCRAM).
//!
//! | Settings | |
//! |---|---|
//! | `require tls`, `require login` | the listener's policy |
//! | `limit line\|message\|recipients\|errors N` | its limits; `limit room N`: what the world bears of unfinished mail |
//! | `mechanisms PLAIN,LOGIN` or `mechanisms none` | |
//! | `lists plain\|tls\|authenticated A; B C` | the provider's list there; before it `TEXT: ` if words stand around it |
//! | `peer 192.0.2.1` | the client's address |
//! | `wording FAILURE TEXT` | the profile's words |
//! | `rule WHERE WHAT` | WHERE is a stage, a VERB or either with `/account`; WHAT is `delay 2s`, `hide`, `ignore`, `keep`, `close`, `reset`, `reply TEXT`, `close-with`, `reset-with`, `hang-with TEXT`, and with escapes `raw`, `before`, `behind` and `apart TEXT` (behind, in its own segment) |
//! | `rule none` | |
//! | `mail USER TEXT` | deliver a message |
//! | `token USER TOKEN [60m]` | a bearer token, and how long it is good |
//! | `challenge FAILURE JSON` | what an OAuth mechanism says before the words |
//! | `binding TYPE TEXT`, `certificate NAME` | what TLS knows of the connection |
//! | `lockout N` | lock accounts after N failures |
//!
//! | Acts | |
//! |---|---|
//! | `connect plain\|starttls\|implicit` | a new connection, after losing the old one |
//! | `tls` | the server starts TLS; the handshake goes well |
//! | `wait 10m` | time passes |
//! | `repeat N LINE`, `flood N` | send a line N times; send N bytes without a line end |
//! | `hold USER`, `release USER` | another session takes the maildrop, gives it back |
//!
//! | Facts | |
//! |---|---|
//! | `closed`, `reset`, `silent`, `delay 2s` | what the server orders next |
//! | `replies N PATTERN` | the next N lines |
//! | `account USER is STATE` | active, locked, ... |
//! | `inbox USER N`, `outbox N` | how many messages |
//! | `inbox USER holds PATTERN`, `outbox holds PATTERN` | a line of the last message |
//! | `outbox asks RET ENVID RECIPIENTS` | its delivery requests, in Rust's own words |
//! | `noted PATTERN` | an event, in Rust's own words |

/// A script's steps with their line numbers.
pub type Script = Vec<(usize, Step)>;

#[derive(Clone, Debug)]
pub enum Step {
    /// Lines sent together; escapes and braces still in them.
    Client(Vec<String>),
    Server(String),
    At(String),
}

/// Read a script.
pub fn read(text: &str) -> Result<Script, String> {
    let mut script: Script = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let (mark, rest) = line.split_at(line.len().min(2));
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            "C:" | "C-" => {
                let end = if mark == "C:" { "\\r\\n" } else { "" };
                let line = format!("{rest}{end}");
                match script.last_mut() {
                    Some((_, Step::Client(lines))) => lines.push(line),
                    _ => script.push((number, Step::Client(vec![line]))),
                }
            }
            "S:" => script.push((number, Step::Server(rest.to_owned()))),
            "@ " => script.push((number, Step::At(rest.to_owned()))),
            _ if line.is_empty() || line.starts_with('#') => {}
            _ => return Err(format!("line {number}: lines begin with C:, C-, S:, @ or #")),
        }
    }
    Ok(script)
}

/// `*` stands for anything.
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((first, rest)) => text.strip_prefix(first).is_some_and(|text| {
            (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
        }),
    }
}
