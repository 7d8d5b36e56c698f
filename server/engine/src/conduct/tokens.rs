//! Rules about OAuth tokens at the mail servers and at the token endpoint.
use postfail_session::Event;

use super::talk::Talk;
use super::tries::{Try, is_changed_between, tries};
use super::{Area, Rule, Scene, Severity, Words};
use crate::journal::{Entry, What};

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
