//! The kinds of certificate a listener can show, by name; the crate `certs` mints them.
//!
//! This crate knows only the names and what to tell people of them.

/// What a client does well to do with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is right, or only unusual.
    Accept,
    /// Refuse it (RFC 5280, RFC 9525, RFC 9325 section 4).
    Refuse,
    /// Not everybody can notice: a client would have to ask elsewhere, or for a stapled response, or to set itself a bound.
    /// Or the RFCs do not agree: of a name in the subject alone (RFC 7817 section 3, RFC 9525 section 2).
    Either,
}

/// A kind of certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// In settings, and before `.postfail.test` as a server name.
    pub name: &'static str,
    pub judgement: Judgement,
    pub en: &'static str,
    pub ja: &'static str,
}

const fn kind(name: &'static str, en: &'static str, ja: &'static str) -> Certificate {
    Certificate { name, judgement: Judgement::Refuse, en, ja }
}

const fn right(name: &'static str, en: &'static str, ja: &'static str) -> Certificate {
    Certificate { name, judgement: Judgement::Accept, en, ja }
}

const fn either(name: &'static str, en: &'static str, ja: &'static str) -> Certificate {
    Certificate { name, judgement: Judgement::Either, en, ja }
}

/// Every kind.
pub const CERTIFICATES: [Certificate; 30] = [
    right("good", "nothing is wrong", "正しい証明書"),
    kind("expired", "ended two days ago", "2日前に有効期限が切れた"),
    kind("not-yet-valid", "begins in two days", "有効期間が2日後に始まる"),
    kind("wrong-host", "issued to another name", "別の名前に対して発行された"),
    kind("self-signed", "signed with its own key", "自己署名"),
    kind("untrusted-root", "from an authority nobody trusts", "信頼されていない認証局が発行した"),
    kind("missing-intermediate", "sent without its issuer's certificate", "中間証明書が送られてこない"),
    right(
        "reversed-chain-with-root",
        "right, with the root sent before the intermediate",
        "正しいが、ルート証明書が中間証明書より前に送られる",
    ),
    kind("expired-intermediate", "its issuer's certificate has expired", "中間証明書の有効期限が切れている"),
    kind("issuer-not-a-ca", "signed by a server's certificate", "認証局ではない証明書で署名された"),
    kind("path-length-exceeded", "one intermediate too many", "中間認証局の階層が許された数より多い"),
    kind(
        "name-constraint-violation",
        "its issuer may not sign for this name",
        "この名前への発行が許されていない認証局が発行した",
    ),
    either("no-san", "the name only in the subject (CN)", "名前がCNにしか書かれていない(SANがない)"),
    kind("wrong-extended-key-usage", "for clients, not for servers", "サーバー用ではなくクライアント用"),
    kind("wrong-key-usage", "for signing documents only", "文書への署名にしか使えない"),
    kind("weak-key", "RSA with 1024 bits", "鍵が1024ビットのRSA"),
    kind("sha1-signed", "signed with SHA-1", "SHA-1で署名された"),
    kind("md5-signed", "signed with MD5", "MD5で署名された"),
    kind("broken-signature", "the signature does not fit", "署名が合わない"),
    kind("unknown-critical-extension", "a critical extension nobody knows", "未知の必須拡張がある"),
    either("x509-v1", "X.509 version 1, without extensions", "拡張のない古い形式(X.509 v1)"),
    either("huge-chain", "a chain of more than 100 kilobytes", "100KBを超える証明書チェーン"),
    right("many-sans", "right, with two thousand names", "正しいが、名前が2,000個ある"),
    either("revoked", "revoked; the CRL and OCSP tell", "失効済み(CRLとOCSPで分かる)"),
    kind("stapled-revoked", "revoked; the stapled response tells", "失効済み(添付のOCSP応答で分かる)"),
    right("stapled-good", "right, with a stapled response", "正しい。有効というOCSP応答が添付される"),
    either("stapled-expired", "the stapled response is out of date", "添付のOCSP応答の期限が切れている"),
    either(
        "must-staple-ignored",
        "demands a stapled response, has none",
        "OCSP応答の添付が必須なのに添付がない",
    ),
    kind("root-replaced", "below a new root nobody knows yet", "まだ知られていない新しいルートの下にある"),
    right(
        "root-cross-signed",
        "right: below the new root, which the old one vouches for",
        "正しい。新しいルートを古いルートが保証している",
    ),
];

/// The names alone.
pub fn names() -> impl Iterator<Item = &'static str> {
    CERTIFICATES.iter().map(|kind| kind.name)
}

/// What to do with a certificate of this kind; to be accepted when there is none of this name.
#[must_use]
pub fn judgement(name: &str) -> Judgement {
    CERTIFICATES.iter().find(|kind| kind.name == name).map_or(Judgement::Accept, |kind| kind.judgement)
}

/// Is there a kind of this name?
#[must_use]
pub fn is_kind(name: &str) -> bool {
    names().any(|known| known == name)
}
