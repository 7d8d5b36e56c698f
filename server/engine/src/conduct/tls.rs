//! Rules about TLS itself: what a client offers, and how it ends.
use super::{Area, Rule, Scene, Severity, Words};
use crate::journal::{Entry, Hello, Side, What};
use crate::listener::TlsVersion;

pub const RULES: &[Rule] = &[
    Rule {
        id: "offers-below-1-2",
        area: Area::Tls,
        severity: Severity::Breach,
        section: "RFC 8996 4, RFC 8997 3",
        advice: Words {
            en: "Offer TLS 1.2 and 1.3, and nothing older.",
            ja: "TLS 1.2と1.3だけに対応し、それより古いバージョンは提示しないこと。",
        },
        proof: |scene| hellos(scene, is_old),
    },
    Rule {
        id: "no-server-name",
        area: Area::Tls,
        severity: Severity::Advice,
        section: "RFC 6066 3, RFC 7817 3",
        advice: Words {
            en: "Send the server's name (SNI): a server with several names needs it to show the right certificate.",
            ja: "接続先のサーバー名(SNI)を送ること。複数の名前を持つサーバーは、それで証明書を選ぶ。",
        },
        proof: |scene| hellos(scene, |hello| hello.server_name.is_none()),
    },
    Rule {
        id: "no-close-notify",
        area: Area::Tls,
        severity: Severity::Advice,
        section: "RFC 8446 6.1",
        advice: Words {
            en: "End TLS with close_notify before the connection is closed.",
            ja: "接続を切る前に、close_notifyでTLSを終えること。",
        },
        proof: no_close_notify,
    },
    Rule {
        id: "certificate-status-ignored",
        area: Area::Tls,
        severity: Severity::Breach,
        section: "RFC 6066 8, RFC 7633 4.3.3",
        advice: Words {
            en: "Who asks for a stapled OCSP response refuses one that is out of date, and a certificate that demands one and comes without.",
            ja: "OCSP応答の添付を求めたなら、期限切れの応答や、添付が必須なのに応答のない証明書は拒否すること。",
        },
        proof: |scene| {
            went_on(scene, &["stapled-expired", "must-staple-ignored"], |hello| hello.status_request)
        },
    },
    Rule {
        id: "common-name-trusted",
        area: Area::Tls,
        severity: Severity::Advice,
        section: "RFC 9525 2, RFC 7817 3",
        advice: Words {
            en: "Look for the server's name in the subject alternative names alone; for mail the common name is only still allowed.",
            ja: "サーバー名は、証明書のSANだけで確かめること。CNで確かめることは、メールではまだ許されているだけである。",
        },
        proof: |scene| went_on(scene, &["no-san", "x509-v1"], |_| true),
    },
    Rule {
        id: "revocation-not-noticed",
        area: Area::Tls,
        severity: Severity::Advice,
        section: "RFC 5280 6.1.3",
        advice: Words {
            en: "Find out whether a certificate was revoked: this one was, as its CRL and its OCSP responder tell.",
            ja: "証明書が失効していないかを確認すること。この証明書は失効済みで、CRLとOCSPサーバーがそう答える。",
        },
        proof: |scene| went_on(scene, &["revoked"], |_| true),
    },
];

/// Something was said under TLS behind a certificate of these kinds, by a client whose hello was like this.
fn went_on<'a>(scene: &Scene<'a>, kinds: &[&str], like: fn(&Hello) -> bool) -> Vec<&'a Entry> {
    let shown = scene.talks.iter().filter(|talk| kinds.contains(&talk.certificate.as_str()));
    shown
        .filter_map(|talk| {
            let is_like = |entry: &Entry| matches!(&entry.what, What::Hello(hello) if like(hello));
            let hello = talk.heard.iter().find(|heard| is_like(heard.entry))?;
            let said = talk.said().find(|heard| heard.secured)?;
            Some([hello.entry, said.entry])
        })
        .flatten()
        .collect()
}

fn hellos<'a>(scene: &Scene<'a>, wrong: fn(&Hello) -> bool) -> Vec<&'a Entry> {
    let is_wrong = |entry: &&&Entry| matches!(&entry.what, What::Hello(hello) if wrong(hello));
    scene.entries.iter().filter(is_wrong).copied().collect()
}

/// Of a client that says only its newest version nobody knows how far down it would go.
fn is_old(hello: &Hello) -> bool {
    let offers = |version: TlsVersion| hello.versions.contains(&version.code());
    let old = [TlsVersion::V1_0, TlsVersion::V1_1].into_iter().any(offers);
    let is_list = offers(TlsVersion::V1_3);
    old && (is_list || hello.best() < Some(TlsVersion::V1_2))
}

fn no_close_notify<'a>(scene: &Scene<'a>) -> Vec<&'a Entry> {
    let cut = |entry: &&&Entry| match &entry.what {
        What::Close { by: Side::Client, reason } => reason.contains("without close_notify"),
        _ => false,
    };
    scene.entries.iter().filter(cut).copied().collect()
}
