//! Rules about trying again: what was refused for good is not tried again, what was refused for now is, and not at once.
use postfail_session::Event;
use postfail_session::world::Protocol;

use super::talk::Talk;
use super::tries::{Told, Try, is_changed_between, seconds_between, tries};
use super::{Area, Rule, Scene, Severity, Words};
use crate::journal::{Entry, What};

pub const RULES: &[Rule] = &[
    Rule {
        id: "same-password-again-after-permanent-no",
        area: Area::Retry,
        severity: Severity::Breach,
        section: "RFC 5321 4.2.1, RFC 5530 3",
        advice: Words {
            en: "When a password is refused for good, ask the person and do not send the same one again: it only counts towards the lock.",
            ja: "パスワードが恒久的に断られたら、同じものを送り直さず、利用者に尋ねること。ロックまでの回数が増えるだけになる。",
        },
        proof: same_again,
    },
    Rule {
        id: "mechanism-fallback-doubles-failures",
        area: Area::Retry,
        severity: Severity::Advice,
        section: "RFC 4954 6, RFC 5530 3",
        advice: Words {
            en: "Do not show a refused password once more by the next mechanism: to the server that is a second failure.",
            ja: "断られたパスワードを、別の認証方式でもう一度送らないこと。サーバーには二回目の失敗と数えられる。",
        },
        proof: fallback,
    },
    Rule {
        id: "retry-storm",
        area: Area::Retry,
        severity: Severity::Harm,
        section: "RFC 5321 4.5.4.1, RFC 4954 9",
        advice: Words {
            en: "Never try a refused log-in in a loop: five within a minute lock the account or ban the address. Wait longer each time.",
            ja: "断られたログインを繰り返さないこと。1分間に5回も試すと、アカウントのロックやアドレスの遮断につながる。待ち時間を延ばしていくこと。",
        },
        proof: storm,
    },
    Rule {
        id: "permanent-taken-as-temporary",
        area: Area::Retry,
        severity: Severity::Breach,
        section: "RFC 5321 4.2.1",
        advice: Words {
            en: "What a server refuses with 5yz goes back to the person: do not send the same sender or recipient again.",
            ja: "5yzで断られた送信は利用者に知らせること。同じ差出人や宛先のまま再送しない。",
        },
        proof: permanent_again,
    },
    Rule {
        id: "temporary-taken-as-permanent",
        area: Area::Retry,
        severity: Severity::Breach,
        section: "RFC 5321 4.2.1, RFC 5530 3",
        advice: Words {
            en: "When a server cannot check the password just now, keep it and try later: do not ask the person for another one.",
            ja: "一時的に確認できないだけのときは、パスワードをそのまま残して後で試すこと。利用者に入力し直させない。",
        },
        proof: temporary_given_up,
    },
    Rule {
        id: "login-delay-ignored",
        area: Area::Retry,
        severity: Severity::Breach,
        section: "RFC 2449 8.1.1",
        advice: Words {
            en: "Behind [LOGIN-DELAY] wait as long as CAPA says before the next log-in, a minute where it does not say.",
            ja: "[LOGIN-DELAY]を受けたら、CAPAが示す秒数(なければ1分)待ってからログインすること。",
        },
        proof: login_delay,
    },
    Rule {
        id: "throttle-ignored",
        area: Area::Retry,
        severity: Severity::Harm,
        section: "RFC 5321 4.5.4.1, RFC 5530 3",
        advice: Words {
            en: "When a server says \"too often\", wait at least a minute, then longer: each further try prolongs the block.",
            ja: "「頻度が高すぎる」と言われたら、少なくとも1分、次はさらに長く待つこと。試すたびに制限が延びる。",
        },
        proof: throttle,
    },
];

/// So many refusals within [`STORM_SECONDS`] are a storm.
const STORM: usize = 5;
const STORM_SECONDS: f64 = 60.0;

fn same_again<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    again(scene, |first, second| {
        !first.by_token() && first.secret == second.secret && first.mechanism == second.mechanism
    })
}

fn fallback<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    again(scene, |first, second| {
        let same = first.secret == second.secret || first.secret.min(second.secret) == 0;
        let near = seconds_between(first.at(), second.at()) < STORM_SECONDS;
        !(first.by_token() || second.by_token()) && first.mechanism != second.mechanism && same && near
    })
}

/// Log-ins that follow one that was refused for good, where `is_again` says that they are the same.
fn again<'a>(scene: &Scene<'a>, is_again: impl Fn(&Try<'a>, &Try<'a>) -> bool) -> Vec<&'a Entry> {
    let tries = tries(scene);
    let mut proof = Vec::new();
    for (at, second) in tries.iter().enumerate() {
        let earlier = tries.iter().take(at).filter(|first| first.user == second.user);
        let mut earlier = earlier.filter(|first| first.is_refused_for_good() && is_again(first, second));
        let Some(first) = earlier.next_back() else { continue };
        if !is_changed_between(scene, first.entry, second.entry) {
            if proof.is_empty() {
                proof.push(first.entry);
            }
            proof.push(second.entry);
        }
    }
    proof
}

fn storm<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let refused: Vec<Try<'a>> = tries(scene).into_iter().filter(|one| one.failure.is_some()).collect();
    for (at, first) in refused.iter().enumerate() {
        let soon = refused
            .iter()
            .skip(at)
            .filter(|one| one.user == first.user && seconds_between(first.at(), one.at()) < STORM_SECONDS);
        let soon: Vec<&Entry> = soon.map(|one| one.entry).collect();
        if soon.len() >= STORM {
            return soon;
        }
    }
    Vec::new()
}

/// The same MAIL or RCPT again, after 5yz. What only wants a log-in or TLS first (530) may be said again behind it.
fn permanent_again<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut refused: Vec<(&'a Entry, &'a [u8])> = Vec::new();
    let mut proof = Vec::new();
    for talk in scene.talks.iter().filter(|talk| talk.protocol() == Protocol::Smtp) {
        for (line, entry, answer) in transactions(talk) {
            let known = refused.iter().find(|(_, known)| known.eq_ignore_ascii_case(line));
            if let Some((first, _)) = known
                && !is_changed_between(scene, first, entry)
            {
                proof.extend([*first, entry]);
            }
            if answer.starts_with(b"5") && !answer.starts_with(b"530") && !answer.starts_with(b"503") {
                refused.push((entry, line));
            }
        }
    }
    proof
}

/// The MAIL and RCPT lines of a connection, each with the answer.
fn transactions<'a>(talk: &Talk<'a>) -> Vec<(&'a [u8], &'a Entry, &'a [u8])> {
    let mut found = Vec::new();
    let mut waiting = std::collections::VecDeque::new();
    for heard in &talk.heard {
        match &heard.entry.what {
            What::Session(Event::LineIn { bytes, .. }) if !heard.verb.is_empty() => {
                let is_part = matches!(heard.verb.as_str(), "MAIL" | "RCPT");
                waiting.push_back(is_part.then_some((&bytes[..], heard.entry)));
            }
            // With PIPELINING answers come in the order of the commands (RFC 2920 section 3.2).
            What::Session(Event::LineOut { bytes, .. }) if !goes_on(bytes) => {
                if let Some(Some((line, entry))) = waiting.pop_front() {
                    found.push((line, entry, &bytes[..]));
                }
            }
            _ => {}
        }
    }
    found
}

/// Is there another line of this reply to come (RFC 5321 section 4.2.1)?
fn goes_on(reply: &[u8]) -> bool {
    let last = reply.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
    last.is_some_and(|line| line.get(3) == Some(&b'-'))
}

/// Another password of the same person, when the first was not even looked at.
fn temporary_given_up<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let tries = tries(scene);
    for (at, second) in tries.iter().enumerate() {
        let earlier = tries.iter().take(at).rfind(|first| first.user == second.user);
        if let Some(first) = earlier
            && first.told == Some(Told::ForNow)
            && !first.by_token()
            && !second.by_token()
            && first.secret.min(second.secret) != 0
            && first.secret != second.secret
            && !is_changed_between(scene, first.entry, second.entry)
        {
            return vec![first.entry, second.entry];
        }
    }
    Vec::new()
}

/// Seconds between log-ins that CAPA lists: `LOGIN-DELAY 900`, perhaps with ` USER` behind it (RFC 2449 section 6.5).
fn listed_delay(talk: &Talk<'_>) -> Option<u32> {
    let lines = talk.heard.iter().filter_map(|heard| heard.line_out());
    let texts = lines.map(|line| String::from_utf8_lossy(line).into_owned());
    let mut listed = texts.filter_map(|text| {
        let (_, rest) = text.split_once("LOGIN-DELAY ")?;
        rest.split_ascii_whitespace().next()?.parse().ok()
    });
    listed.next()
}

fn login_delay<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let tries = tries(scene);
    let listed = scene.talks.iter().find_map(listed_delay);
    let wait = listed.map_or(STORM_SECONDS, f64::from);
    for talk in &scene.talks {
        let Some(told) = talk.heard.iter().find(|heard| heard.tells("[LOGIN-DELAY]")) else { continue };
        let user = tries.iter().rfind(|one| one.connection == talk.id && one.entry.seq <= told.entry.seq);
        let soon = tries.iter().find(|one| {
            one.entry.seq > told.entry.seq
                && user.is_none_or(|first| first.user == one.user)
                && seconds_between(told.entry.virtual_time, one.at()) < wait
        });
        if let Some(soon) = soon.filter(|soon| !is_changed_between(scene, told.entry, soon.entry)) {
            return vec![told.entry, soon.entry];
        }
    }
    Vec::new()
}

/// Two tries or more within a minute of "too often"; the first may have been on its way.
fn throttle<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let is_throttle = |failure: &str| matches!(failure, "throttled" | "client-loop");
    let told = scene.entries.iter().find(|entry| match &entry.what {
        What::Session(Event::LogIn { failure: Some(failure), .. } | Event::Refused { failure, .. }) => {
            is_throttle(failure)
        }
        _ => false,
    });
    let Some(told) = told else { return Vec::new() };
    let soon = scene.entries.iter().filter(|entry| {
        let is_try = matches!(entry.what, What::Session(Event::LogIn { .. } | Event::Refused { .. }));
        is_try
            && entry.seq > told.seq
            && seconds_between(told.virtual_time, entry.virtual_time) < STORM_SECONDS
            && !is_changed_between(scene, told, entry)
    });
    let soon: Vec<&Entry> = soon.copied().collect();
    if soon.len() < 2 { Vec::new() } else { [&[*told], &soon[..]].concat() }
}
