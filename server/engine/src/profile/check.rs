//! What a profile must hold to be used: known words, filled gaps, replies in their protocol's form.
use std::collections::BTreeSet;

use postfail_session::world::Protocol;

use super::date::Dated;
use super::placeholder::{ISSUER, SESSION, WORLD, names};
use super::response::{Response, Wire};
use super::{FAILURES, Profile};
use crate::scenario::diagnostic::{Diagnostic, Source};

/// The first thing that is wrong.
pub fn check(profile: &Profile, source: &Source<'_>) -> Result<(), Diagnostic> {
    let failures = profile.responses.iter().map(|response| &response.failure);
    let token_failures = profile.token_responses.iter().filter_map(|response| response.failure.as_ref());
    for failure in failures.chain(token_failures).chain(profile.own.keys()) {
        if !FAILURES.contains(&failure.as_str()) {
            return Err(source.unknown_word("failure", failure, FAILURES, None));
        }
    }
    ids(profile, source)?;
    for response in &profile.responses {
        let fill: Vec<&str> = response.fill.keys().map(String::as_str).collect();
        let said = response.lines().chain(response.challenge());
        placeholders(said.flat_map(names), &[&SESSION, &WORLD, &fill], source, &response.id)?;
        if let Some(wrong) = form(response) {
            return Err(source.at(
                source.find(&response.id, None),
                format!("`{}` {wrong}", response.id),
                None,
            ));
        }
    }
    for response in &profile.token_responses {
        placeholders(names(&response.body).into_iter(), &[&WORLD, &ISSUER], source, &response.id)?;
    }
    let greetings = [Protocol::Smtp, Protocol::Pop3, Protocol::Imap]
        .into_iter()
        .filter_map(|protocol| profile.greeting.of(protocol).as_ref());
    for greeting in greetings.flat_map(super::Greeting::all) {
        placeholders(names(&greeting.text).into_iter(), &[&["host"], &WORLD], source, &greeting.text)?;
    }
    for baseline in &profile.baseline {
        placeholders(names(&baseline.text).into_iter(), &[&SESSION, &WORLD], source, &baseline.id)?;
    }
    Ok(())
}

/// Each entry has a name of its own, a source, and a period that does not end before it begins.
fn ids(profile: &Profile, source: &Source<'_>) -> Result<(), Diagnostic> {
    let responses = profile.responses.iter().map(|it| (&it.id, &it.source, it as &dyn Dated));
    let tokens = profile.token_responses.iter().map(|it| (&it.id, &it.source, it as &dyn Dated));
    let baseline = profile.baseline.iter().map(|it| (&it.id, &it.source, it as &dyn Dated));
    let mut seen = BTreeSet::new();
    for (id, from, dated) in responses.chain(tokens).chain(baseline) {
        let at = || source.find(id, None);
        if !seen.insert(id) {
            let help = "give each entry an `id` of its own".to_owned();
            return Err(source.at(at(), format!("`{id}` is there twice"), Some(help)));
        }
        if from.trim().is_empty() {
            let help = "say where the words come from".to_owned();
            return Err(source.at(at(), format!("`{id}` has no source"), Some(help)));
        }
        if let (Some(since), Some(until)) = (dated.since(), dated.until())
            && since.first() > until.last()
        {
            let help = "let `until` be later than `since`".to_owned();
            return Err(source.at(at(), format!("`{id}` ends before it begins"), Some(help)));
        }
    }
    Ok(())
}

fn placeholders<'a>(
    found: impl Iterator<Item = &'a str>,
    known: &[&[&str]],
    source: &Source<'_>,
    near: &str,
) -> Result<(), Diagnostic> {
    for name in found {
        if !known.iter().any(|names| names.contains(&name)) {
            let start = source.find(near, None).start;
            let place = source.text[start..].find(&format!("{{{name}}}")).map_or(start, |at| start + at);
            let valid = known.iter().flat_map(|names| names.iter().copied());
            let near = Some(place..place + name.len() + 2);
            return Err(source.unknown_word("placeholder", name, valid, near));
        }
    }
    Ok(())
}

/// How a response breaks its protocol's form, or says so wrongly.
fn form(response: &Response) -> Option<String> {
    let says_nothing = response.text.is_empty();
    if response.event.is_some() != (response.wire == Wire::Event) {
        return Some("has `event` without `wire = \"event\"`, or the other way about".to_owned());
    }
    if says_nothing != matches!(response.wire, Wire::Event | Wire::None) {
        return Some("has no `text`; only `wire = \"event\"` and `wire = \"none\"` do without".to_owned());
    }
    let lines: Vec<&str> = response.lines().collect();
    // RFC 4954 section 4: 334; elsewhere `+ `.
    let mark = if response.protocol == Protocol::Smtp { "334 " } else { "+ " };
    let asked = response.challenge().is_none_or(|challenge| challenge.starts_with(mark));
    let well = asked
        && match response.protocol {
            Protocol::Smtp => smtp(&lines),
            Protocol::Pop3 => pop3(&lines),
            Protocol::Imap => lines.iter().all(|line| imap(line)),
        };
    match (says_nothing || well, response.malformed) {
        (false, false) => {
            Some("is no reply of its protocol; `malformed = true` if it really is so".to_owned())
        }
        (true, true) => Some("is well formed, and yet `malformed = true`".to_owned()),
        _ => None,
    }
}

/// RFC 5321 section 4.2.1:
/// ```abnf
/// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// ```
fn smtp(lines: &[&str]) -> bool {
    let Some((last, before)) = lines.split_last() else { return false };
    let Some(code) = last.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())) else {
        return false;
    };
    let continued = |line: &&str| line.starts_with(code) && line.get(3..4) == Some("-");
    before.iter().all(continued) && last.get(3..4).is_none_or(|separator| separator == " ")
}

/// RFC 1939 section 3: one line, `+OK` or `-ERR`.
fn pop3(lines: &[&str]) -> bool {
    matches!(lines, [line] if line.starts_with("-ERR") || line.starts_with("+OK"))
}

/// RFC 9051 section 9:
/// ```abnf
/// response-tagged = tag SP resp-cond-state CRLF
/// untagged        = "*" SP ( resp-cond-state / resp-cond-bye ) CRLF
/// continue-req    = "+" SP ( resp-text / base64 ) CRLF
/// ```
fn imap(line: &str) -> bool {
    let says = |rest: &str, words: &[&str]| words.iter().any(|word| rest.starts_with(&format!("{word} ")));
    match (line.strip_prefix("{tag} "), line.strip_prefix("* ")) {
        (Some(rest), _) => says(rest, &["OK", "NO", "BAD"]),
        (_, Some(rest)) => says(rest, &["OK", "NO", "BAD", "BYE"]),
        _ => line.starts_with("+ "),
    }
}
