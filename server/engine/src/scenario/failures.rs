//! Which failures a scenario is about: those whose words a client can meet in it.
use std::collections::BTreeSet;

use postfail_session::world::Protocol;
use postfail_store::account::Act;

use super::model::Scenario;
use crate::change::{Change, Mfa, PortalChange};
use crate::fault::{Effect, reply::Reply};
use crate::profile::Profile;

impl Scenario {
    /// The failures, or the profile's responses, that its phases bring about.
    #[must_use]
    pub fn failures(&self) -> BTreeSet<&str> {
        let mut met = BTreeSet::new();
        for change in self.phases.iter().flat_map(|phase| &phase.changes) {
            match change {
                Change::WrongPasswords(_) => met.extend(["bad-password", "account-locked"]),
                Change::Account(change) => {
                    met.extend(change.password.as_ref().map(|_| "bad-password"));
                    met.extend(change.act.and_then(behind));
                    met.extend(match change.mfa {
                        Some(Mfa::AppPasswords) => Some("app-password-required"),
                        Some(Mfa::Required) => Some("mfa-required"),
                        Some(Mfa::Off) | None => None,
                    });
                    met.extend((change.basic_auth == Some(false)).then_some("basic-auth-disabled"));
                    met.extend(
                        change.off.as_ref().filter(|off| !off.is_empty()).map(|_| "protocol-disabled"),
                    );
                }
                Change::Portal(
                    PortalChange::UseCode(_) | PortalChange::UseForm(_) | PortalChange::ResetPassword(_),
                ) => {
                    met.insert("bad-password");
                }
                Change::Identity(_) | Change::RevokeTokens(_) => {
                    met.insert("oauth-token-expired");
                }
                Change::Aging(aging) => {
                    met.extend(aging.password.map(|_| "password-expired"));
                    met.extend(aging.sleep.map(|_| "inactive-account"));
                    met.extend(aging.delete.map(|_| "bad-password"));
                }
                Change::Listener(change) if change.require_tls == Some(true) => {
                    met.insert("plaintext-refused");
                }
                Change::HoldMaildrop(_) => {
                    met.insert("mailbox-locked");
                }
                Change::Quota(_) => {
                    met.insert("over-quota");
                }
                Change::Fault(fault) => {
                    if let Effect::Reply(Reply::Full(full)) = &fault.effect {
                        met.extend(full.failure.as_deref());
                    }
                }
                _ => met.extend(change.failure()),
            }
        }
        if self.phases.iter().any(|phase| phase.setup.user.is_some() || phase.setup.password.is_some()) {
            met.insert("bad-password");
        }
        met
    }

    /// Has this provider words of its own, in this protocol, for what the scenario is about?
    #[must_use]
    pub fn is_worded(&self, profile: &Profile, protocol: Protocol) -> bool {
        let failures = self.failures();
        profile.responses.iter().any(|response| {
            let named =
                failures.contains(response.failure.as_str()) || failures.contains(response.id.as_str());
            named && response.protocol == protocol && !response.text.is_empty()
        })
    }
}

/// What a log-in meets after an account's change.
fn behind(act: Act) -> Option<&'static str> {
    Some(match act {
        Act::Lock | Act::TooManyFailures => "account-locked",
        Act::Disable => "account-disabled",
        Act::Suspend => "account-suspended",
        Act::ExpirePassword => "password-expired",
        Act::Suspect => "web-login-required",
        Act::FallAsleep => "inactive-account",
        Act::Migrate => "account-migrated",
        Act::ChangePassword | Act::Delete | Act::Outlive => "bad-password",
        Act::LockRunsOut
        | Act::Unlock
        | Act::Enable
        | Act::Resume
        | Act::Restore
        | Act::Verify
        | Act::MoveBack => return None,
    })
}
