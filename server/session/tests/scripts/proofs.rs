//! What the worlds of both script runners share: tokens with an end, and SCRAM's proofs.
use jiff::Timestamp;
use postfail_session::world::{Admission, Channel};
use postfail_store::{Account, Store};
use postfail_wire::sasl::scram::{Hash, Keys, Shown, keys};

/// Tokens that were given out, and what TLS shows.
#[derive(Default)]
pub struct Lent {
    /// User, token, and when it ends.
    pub tokens: Vec<(String, String, Option<Timestamp>)>,
    pub channel: Option<Channel>,
}

impl Lent {
    /// Who may come in by this token; an empty user is whoever it was given to.
    pub fn bearer(&self, store: &Store, user: &str, token: &str, now: Timestamp) -> Option<Admission> {
        let (owner, _, until) = self.tokens.iter().find(|(_, own, _)| own == token)?;
        let account = store.find(owner)?;
        let own = user.is_empty() || store.find(user) == Some(account);
        let alive = until.is_none_or(|until| now < until);
        (own && alive).then(|| Admission { until: *until, ..Admission::from(account) })
    }

    /// Who the certificate names; an empty user is whoever that is.
    pub fn certified(&self, store: &Store, user: &str) -> Option<Admission> {
        let names = self.channel.iter().flat_map(|channel| &channel.client);
        let mut accounts = names.filter_map(|name| store.find(name));
        let account = accounts.find(|id| user.is_empty() || store.find(user) == Some(*id))?;
        Some(account.into())
    }
}

/// The same for everybody: a stranger learns nothing by it.
pub fn salt(hash: Hash, user: &str) -> Vec<u8> {
    keys::salt(hash, b"a laboratory", user)
}

/// Does the account's password make this proof? Then what shows that we know it.
pub fn scram(account: &Account, shown: &Shown) -> Option<Admission> {
    let keys = |password| Keys::derive(shown.hash, password, &shown.salt, keys::ITERATIONS);
    let right = account.passwords().map(keys).find(|keys| keys.fit(&shown.exchange, &shown.proof))?;
    let signature = right.signature(&shown.exchange);
    shown.bound.then(|| Admission { signature, ..Admission::from(account.id()) })
}
