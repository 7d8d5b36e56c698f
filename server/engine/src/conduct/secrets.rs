//! Rules about secrets: who gets to read a password or a token.
use postfail_session::Event;

use super::scene::Told;
use super::talk::{Heard, Shows, Talk};
use super::{Area, Rule, Scene, Severity, Words};
use crate::certificates::{Judgement, judgement};
use crate::journal::{Entry, Handshake, Hello, What};

pub const RULES: &[Rule] = &[
    Rule {
        id: "password-in-clear",
        area: Area::Secrets,
        severity: Severity::Leak,
        section: "RFC 8314 3",
        advice: Words {
            en: "Send no password before TLS stands, unless the settings say \"no encryption\".",
            ja: "設定で「暗号化なし」が選ばれていないかぎり、TLS開始前にパスワードを送らないこと。",
        },
        proof: |scene| in_clear(scene, Shows::Password),
    },
    Rule {
        id: "token-in-clear",
        area: Area::Secrets,
        severity: Severity::Leak,
        section: "RFC 6750 5.3",
        advice: Words {
            en: "Send no OAuth token before TLS stands: whoever reads it can use it.",
            ja: "TLS開始前にOAuthのトークンを送らないこと。盗み見た人がそのまま使えてしまう。",
        },
        proof: |scene| in_clear(scene, Shows::Token),
    },
    Rule {
        id: "login-despite-logindisabled",
        area: Area::Secrets,
        severity: Severity::Leak,
        section: "RFC 9051 6.2.3",
        advice: Words {
            en: "Where CAPABILITY lists LOGINDISABLED, do not say LOGIN: the server refuses, and the password is out.",
            ja: "CAPABILITYにLOGINDISABLEDがあるときはLOGINを送らないこと。断られるうえに、パスワードだけが漏れる。",
        },
        proof: despite_logindisabled,
    },
    Rule {
        id: "bad-certificate-accepted",
        area: Area::Secrets,
        severity: Severity::Leak,
        section: "RFC 8314 4, RFC 7817 3",
        advice: Words {
            en: "Check the certificate, its name and a revocation that is told before anything is said under TLS; ask nobody to click it away.",
            ja: "TLS開始後に何かを送る前に、証明書とサーバー名、知らされた失効を検証すること。利用者に「続行」を選ばせない。",
        },
        proof: bad_certificate,
    },
    Rule {
        id: "password-sent-to-referred-host",
        area: Area::Secrets,
        severity: Severity::Leak,
        section: "RFC 2221 6",
        advice: Words {
            en: "Do not follow a referral with the password: a server, or whoever speaks for it, must not choose who gets it.",
            ja: "サーバーの紹介(REFERRAL)に従って、別のサーバーへパスワードを送らないこと。",
        },
        proof: referred,
    },
    Rule {
        id: "downgrade-after-tls-failure",
        area: Area::Secrets,
        severity: Severity::Leak,
        section: "RFC 7507 4, RFC 8314 5",
        advice: Words {
            en: "When a TLS handshake fails, stop and say so: neither try an older TLS version nor go on in the clear.",
            ja: "TLSの接続に失敗したら、そこで止めて知らせること。古いTLSや暗号化なしでやり直さない。",
        },
        proof: downgrade,
    },
];

/// Lines without TLS that show this, where nobody said "no encryption". What settings say of TLS where there is some
/// is kept to when there was none.
fn in_clear<'a>(scene: &Scene<'a>, what: Shows) -> Vec<&'a Entry> {
    let bare = scene.talks.iter().filter(|talk| talk.told == Told::Protected).flat_map(|talk| &talk.heard);
    bare.filter(|heard| !heard.secured && heard.shows == Some(what)).map(|heard| heard.entry).collect()
}

fn despite_logindisabled<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut proof = Vec::new();
    for talk in &scene.talks {
        let mut listed: Option<&Heard<'a>> = None;
        for heard in &talk.heard {
            let lists = heard.tells("CAPABILITY ") && heard.tells("IMAP4");
            if lists {
                listed = Some(heard).filter(|heard| heard.tells("LOGINDISABLED"));
            } else if matches!(&heard.entry.what, What::Handshake(_)) {
                listed = None;
            } else if heard.verb == "LOGIN" {
                proof.extend(listed.map(|listed| [listed.entry, heard.entry]).into_iter().flatten());
            }
        }
    }
    proof
}

/// Anything said under TLS on a listener whose certificate a client must refuse. A response is stapled for those only who
/// ask for it (RFC 6066 section 8).
fn bad_certificate<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let asks = |heard: &Heard<'_>| matches!(&heard.entry.what, What::Hello(hello) if hello.status_request);
    let shown = scene.talks.iter().filter(|talk| judgement(&talk.certificate) == Judgement::Refuse);
    shown
        .filter(|talk| talk.certificate != "stapled-revoked" || talk.heard.iter().any(asks))
        .filter_map(|talk| {
            let said = talk.said().find(|heard| heard.secured)?;
            let done = talk.heard.iter().find(|heard| is_done(heard))?;
            Some([done.entry, said.entry])
        })
        .flatten()
        .collect()
}

fn is_done(heard: &Heard<'_>) -> bool {
    matches!(&heard.entry.what, What::Handshake(handshake) if matches!(**handshake, Handshake::Done { .. }))
}

/// A password or token on a port that the settings do not name, after a referral.
fn referred<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let referrals = |talk: &Talk<'a>| {
        let told = talk.heard.iter().find(|heard| heard.tells("[REFERRAL "));
        told.map(|heard| heard.entry)
    };
    let Some(referral) = scene.talks.iter().find_map(referrals) else { return Vec::new() };
    let elsewhere = scene.talks.iter().filter(|talk| !scene.is_set_up(talk.listener));
    let sent = elsewhere.flat_map(|talk| &talk.heard).filter(|heard| heard.entry.seq > referral.seq);
    let sent: Vec<&Entry> = sent.filter(|heard| heard.shows.is_some()).map(|heard| heard.entry).collect();
    if sent.is_empty() { sent } else { [&[referral], &sent[..]].concat() }
}

/// RFC 7507: the value a client offers that falls back on purpose.
const FALLBACK_SCSV: u16 = 0x5600;

fn downgrade<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let mut proof: Vec<&'a Entry> = Vec::new();
    let mut hello: Option<&Hello> = None;
    let mut failed: Option<(&'a Entry, Option<&Hello>)> = None;
    for talk in &scene.talks {
        for heard in &talk.heard {
            match &heard.entry.what {
                What::Hello(new) => {
                    let before = failed.and_then(|(entry, before)| Some((entry, before?)));
                    if let Some((entry, before)) = before
                        && new.best() < before.best()
                        && !new.cipher_suites.contains(&FALLBACK_SCSV)
                    {
                        proof.extend([entry, heard.entry]);
                    }
                    hello = Some(new);
                }
                What::Handshake(handshake) if matches!(**handshake, Handshake::Failed { .. }) => {
                    failed = Some((heard.entry, hello.take()));
                }
                What::Session(Event::LineIn { .. })
                    if !heard.secured
                        && talk.told != Told::Clear
                        && matches!(heard.shows, Some(Shows::Password | Shows::Token)) =>
                {
                    proof.extend(failed.map(|(entry, _)| [entry, heard.entry]).into_iter().flatten());
                }
                _ => {}
            }
        }
    }
    proof
}
