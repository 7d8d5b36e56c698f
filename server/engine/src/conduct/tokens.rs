//! Rules about OAuth tokens at the mail servers and at the token endpoint.
use std::collections::BTreeMap;

use postfail_identity::Issuer;
use postfail_session::Event;

use super::talk::Talk;
use super::tries::{Try, is_changed_between, seconds_between, tries};
use super::{Area, Rule, Scene, Severity, Words};
use crate::journal::{Entry, TokenRequest, What};

pub const RULES: &[Rule] = &[
    Rule {
        id: "expired-token-sent-again",
        area: Area::Tokens,
        severity: Severity::Breach,
        section: "RFC 6750 3.1",
        advice: Words {
            en: "Never show a token again that was refused: get another one with the refresh token, or ask the person to sign in.",
            ja: "断られたトークンを送り直さないこと。リフレッシュトークンで新しいものを受け取るか、サインインを求めること。",
        },
        proof: sent_again,
    },
    Rule {
        id: "refresh-not-tried",
        area: Area::Tokens,
        severity: Severity::Advice,
        section: "RFC 6749 1.5",
        advice: Words {
            en: "When an access token has expired, get another one with the refresh token before anybody is asked anything.",
            ja: "アクセストークンが切れたら、利用者に尋ねる前に、リフレッシュトークンで新しいものを受け取ること。",
        },
        proof: not_refreshed,
    },
    Rule {
        id: "rotated-refresh-token-reused",
        area: Area::Tokens,
        severity: Severity::Harm,
        section: "RFC 9700 4.14.2",
        advice: Words {
            en: "Keep the refresh token that each answer brings, at once and safely: an old one shown again ends the person's session.",
            ja: "更新のたびに渡される新しいリフレッシュトークンを、必ず保存すること。古いものをもう一度出すと、サインイン全体が取り消される。",
        },
        proof: reused,
    },
    Rule {
        id: "slow-down-ignored",
        area: Area::Tokens,
        severity: Severity::Breach,
        section: "RFC 8628 3.5",
        advice: Words {
            en: "Poll for a device code no faster than told, and five seconds slower after each slow_down.",
            ja: "デバイスコードの確認は指示された間隔を守り、slow_downのたびに間隔を5秒延ばすこと。",
        },
        proof: too_fast,
    },
    Rule {
        id: "token-endpoint-hammered",
        area: Area::Tokens,
        severity: Severity::Harm,
        section: "RFC 6749 5.2, RFC 6585 4",
        advice: Words {
            en: "Do not repeat a token request that was refused: sign in again, or wait as long as Retry-After says.",
            ja: "断られたトークン要求を繰り返さないこと。サインインし直すか、Retry-Afterの秒数だけ待つこと。",
        },
        proof: hammered,
    },
    Rule {
        id: "outage-taken-for-sign-out",
        area: Area::Tokens,
        severity: Severity::Breach,
        section: "RFC 6749 5.2, RFC 9110 15.6.4",
        advice: Words {
            en: "When the token endpoint is down or busy, keep the refresh token and try later: do not begin a new sign-in.",
            ja: "トークンエンドポイントが停止中や混雑中なら、リフレッシュトークンを残して後で試すこと。サインインをやり直させない。",
        },
        proof: signed_in_for_nothing,
    },
    Rule {
        id: "error-challenge-not-answered",
        area: Area::Tokens,
        severity: Severity::Breach,
        section: "RFC 7628 3.2.3",
        advice: Words {
            en: "Answer the error challenge (OAUTHBEARER: %x01, XOAUTH2: an empty line), or the server waits and so do you.",
            ja: "エラーのチャレンジには必ず応答すること(OAUTHBEARERは%x01、XOAUTH2は空行)。応答しないと、互いに待ち続ける。",
        },
        proof: not_answered,
    },
];

/// The seconds between two polls where none were said (RFC 8628 section 3.2), and what each `slow_down` adds.
const INTERVAL: f64 = 5.0;
/// Clocks are read by two sides.
const TOLERANCE: f64 = 0.5;
/// So many refusals of the same request within a minute are hammering.
const HAMMERING: usize = 4;

/// What the identity provider was asked, in order.
fn requests<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a Entry, &'a TokenRequest)> {
    let entries: Vec<&'a Entry> = scene.entries.clone();
    entries.into_iter().filter_map(|entry| match &entry.what {
        What::Token(request) => Some((entry, &**request)),
        _ => None,
    })
}

/// A token that was refused as such, and the log-ins that show it again.
fn sent_again<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let tries = tries(scene);
    let mut proof: Vec<&'a Entry> = Vec::new();
    for (at, second) in tries.iter().enumerate() {
        let mut earlier = tries.iter().take(at).filter(|first| is_token_refused(first));
        let Some(first) = earlier.find(|first| first.secret == second.secret) else { continue };
        if !is_changed_between(scene, first.entry, second.entry) {
            if proof.iter().all(|entry| entry.seq != first.entry.seq) {
                proof.push(first.entry);
            }
            proof.push(second.entry);
        }
    }
    proof
}

/// The token itself was found wanting; a server that is busy says nothing of it.
fn is_token_refused(one: &Try<'_>) -> bool {
    one.by_token() && one.secret != 0 && one.failure.is_some() && one.reason.is_some()
}

/// An access token that had expired, and nobody who tried to refresh: the client has what it takes.
fn not_refreshed<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    if scene.setup.oauth.is_none() || requests(scene).any(|(_, request)| request.grant == "refresh_token") {
        return Vec::new();
    }
    let expired = |one: &Try<'_>| one.reason.is_some_and(|reason| reason.contains("has expired"));
    let refused = tries(scene).into_iter().filter(|one| is_token_refused(one) && expired(one));
    refused.map(|one| one.entry).collect()
}

/// A refresh token that brought another one, and was refused when it was shown again, be it phases later. What a client
/// did not wait for brought it none.
fn reused<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut spent: BTreeMap<u64, &'a Entry> = scene.spent.clone();
    let mut proof = Vec::new();
    for (entry, request) in requests(scene).filter(|(_, request)| request.grant == "refresh_token") {
        match spent.get(&request.secret) {
            Some(first) if request.status == 400 && request.error.as_deref() == Some("invalid_grant") => {
                // Google's stay as they are, and it has one text for every end of them.
                let is_reuse = request.issuer != Issuer::Google
                    && request.failure.as_deref() == Some("refresh-token-revoked");
                if is_reuse && !is_revoked_between(scene, first, entry) {
                    proof.extend([*first, entry]);
                }
            }
            _ if request.status == 200 => _ = spent.insert(request.secret, entry),
            _ => {}
        }
    }
    proof
}

/// Somebody ended the person's sessions in between: then no refresh token is taken, used or not.
fn is_revoked_between(scene: &Scene<'_>, first: &Entry, second: &Entry) -> bool {
    scene.revoked.is_some_and(|seq| (first.seq..second.seq).contains(&seq))
}

/// Polls with one device code that come sooner than they may, once a `slow_down` said so.
fn too_fast<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut waits: BTreeMap<u64, (&'a Entry, f64, bool)> = BTreeMap::new();
    for (entry, request) in requests(scene).filter(|(_, request)| request.grant.ends_with(":device_code")) {
        let slowed = request.error.as_deref() == Some("slow_down");
        let (last, wait, told) = waits.get(&request.secret).copied().unwrap_or((entry, INTERVAL, false));
        let passed = seconds_between(last.virtual_time, entry.virtual_time);
        if told && passed + TOLERANCE < wait {
            return vec![last, entry];
        }
        let wait = if slowed { wait + INTERVAL } else { wait };
        waits.insert(request.secret, (entry, wait, told || slowed));
    }
    Vec::new()
}

/// The same request, refused again and again within a minute; of one that was throttled, the second already.
fn hammered<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let refused: Vec<(&'a Entry, &'a TokenRequest)> = requests(scene)
        .filter(|(_, request)| request.endpoint == "token" && request.status >= 400 && !is_waiting(request))
        .collect();
    for (at, (entry, first)) in refused.iter().enumerate() {
        let same = refused.iter().skip(at).filter(|(later, request)| {
            (&request.grant, request.secret, &request.client) == (&first.grant, first.secret, &first.client)
                && seconds_between(entry.virtual_time, later.virtual_time) < 60.0
                && !is_changed_between(scene, entry, later)
        });
        let same: Vec<&Entry> = same.map(|(entry, _)| *entry).collect();
        let most = if first.status == 429 { 2 } else { HAMMERING };
        if same.len() >= most {
            return same;
        }
    }
    Vec::new()
}

/// A device that polls is told to go on.
fn is_waiting(request: &TokenRequest) -> bool {
    matches!(request.error.as_deref(), Some("authorization_pending" | "slow_down"))
}

/// A refresh that could not be answered just now, and then a sign-in from the beginning.
fn signed_in_for_nothing<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut outage: Option<&'a Entry> = None;
    for (entry, request) in requests(scene) {
        let begins = matches!(request.endpoint, "authorize" | "device_authorization");
        if let Some(first) = outage.filter(|first| begins && !is_changed_between(scene, first, entry)) {
            return vec![first, entry];
        }
        if request.grant == "refresh_token" {
            outage = is_outage(request).then_some(entry);
        }
    }
    Vec::new()
}

/// Down, busy, or so slow that the client left (status 0).
fn is_outage(request: &TokenRequest) -> bool {
    request.status >= 500 || matches!(request.status, 0 | 429)
}

fn not_answered<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    scene.talks.iter().flat_map(unanswered).collect()
}

/// Error challenges that the client left alone, or answered with something else. `*` cancels, which is an answer.
fn unanswered<'a>(talk: &Talk<'a>) -> Vec<&'a Entry> {
    let mut proof = Vec::new();
    let mut asked: Option<&'a Entry> = None;
    for heard in &talk.heard {
        match &heard.entry.what {
            What::Session(Event::ErrorChallenge { .. }) => proof.extend(asked.replace(heard.entry)),
            What::Session(Event::ErrorChallengeAnswered { answer, .. }) => {
                let asked = asked.take();
                if answer == "otherwise" {
                    proof.extend(asked.into_iter().chain([heard.entry]));
                }
            }
            _ => {}
        }
    }
    proof.extend(asked);
    proof
}
