//! Log-ins without a password: by a token (RFC 7628), by the certificate that TLS verified (RFC 4422 appendix A).
use jiff::Timestamp;
use jiff::tz::TimeZone;
use postfail_identity::Issuer;
use postfail_session::world::{Attempt, Proof, Protocol};
use postfail_store::AccountId;
use postfail_store::account::State;

use super::identity::failure_of;
use super::log_in::{Proven, Refused};
use super::{Connection, World};

/// What a token gets that is not taken.
const NOT_TAKEN: &str = "oauth-token-expired";

impl World {
    /// The account a client claims: by name, or, where it leaves that out, by its token or its certificate.
    pub(super) fn claimed(
        &self,
        attempt: &Attempt<'_>,
        connection: &Connection,
        real: Timestamp,
    ) -> Option<AccountId> {
        match attempt.proof {
            _ if !attempt.user.is_empty() => self.store.find(attempt.user),
            Proof::Bearer { token } => {
                let subject = self.check_token(token, connection.policy.protocol, real).ok()?;
                self.store.find(subject.account.as_deref()?)
            }
            Proof::External => certificate(connection).find_map(|name| self.store.find(name)),
            _ => None,
        }
    }

    /// The refusal where nobody was found: the same as for somebody with a wrong proof.
    pub(super) fn nobody(&self, proof: Proof<'_>, protocol: Protocol, real: Timestamp) -> Refused {
        match proof {
            Proof::Bearer { token } => match self.check_token(token, protocol, real) {
                Err(refusal) => Refused::because(failure_of(refusal), refusal),
                Ok(_) => Refused::because(NOT_TAKEN, "nobody here has that name"),
            },
            Proof::External => Refused::because("bad-password", "the certificate names nobody here"),
            _ => "bad-password".into(),
        }
    }

    /// A token: neither a lock by wrong passwords nor a password that is too old concerns it, and a wrong one locks
    /// nothing. It counts as something for programs, like an app password.
    pub(super) fn check_bearer(
        &self,
        id: AccountId,
        token: &str,
        protocol: Protocol,
        real: Timestamp,
    ) -> Result<Proven, Refused> {
        let account = self.store.account(id).ok_or("bad-password")?;
        self.check_state(account.state(self.now(real)))?;
        let checked = self.check_token(token, protocol, real);
        let subject = checked.map_err(|refusal| Refused::because(failure_of(refusal), refusal))?;
        // A program that speaks for itself (`IMAP.AccessAsApp`) opens every mailbox with Microsoft, and says which.
        let is_app = subject.account.is_none() && subject.issuer == Issuer::Microsoft;
        if !is_app && subject.account.as_deref() != Some(account.name()) {
            return Err(Refused::because(NOT_TAKEN, "this token is somebody else's"));
        }
        let day = self.now(real).to_zoned(TimeZone::UTC).date();
        let until = self.profile.ends_with_token(protocol, day).then_some(subject.expires_at);
        Ok(Proven { which: 1, until, ..Proven::default() })
    }

    /// A certificate: its names are who may come in.
    pub(super) fn check_external(
        &self,
        id: AccountId,
        connection: &Connection,
        real: Timestamp,
    ) -> Result<Proven, Refused> {
        let account = self.store.account(id).ok_or("bad-password")?;
        self.check_state(account.state(self.now(real)))?;
        if certificate(connection).any(|name| self.store.find(name) == Some(id)) {
            Ok(Proven { which: 1, ..Proven::default() })
        } else {
            Err(Refused::because("bad-password", "the certificate names somebody else, or nobody"))
        }
    }

    fn check_state(&self, state: State) -> Result<(), Refused> {
        match Self::state_failure(state).filter(|_| state != State::Locked) {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }
}

/// The names in the client's certificate.
fn certificate(connection: &Connection) -> impl Iterator<Item = &str> {
    connection.channel.iter().flat_map(|channel| &channel.client).map(String::as_str)
}
