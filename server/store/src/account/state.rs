//! Whether an account may log in, and what moves it from one state to another: one table, read cell by cell.
//!
//! ```text
//!             TooManyFailures, Lock            Disable              Suspend
//!   Active ─────────────────────────► Locked   ─────► Disabled      ─────► Suspended
//!     ▲        LockRunsOut, Unlock      │       Enable   │           Resume    │
//!     └─────────────────────────────────┴────────────────┴─────────────────────┘
//!   Active ── ExpirePassword ─► PasswordExpired ── ChangePassword ─► Active
//!   any ── Delete ─► Deleted ── Restore ─► Active
//! ```
use serde::{Deserialize, Serialize};

/// What an account is. Only [`State::Active`] lets a right password in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    #[default]
    Active,
    /// Too many wrong passwords, or locked by hand; may end by itself.
    Locked,
    /// Switched off by an administrator.
    Disabled,
    /// Stopped by the provider: abuse, unpaid bill, terms.
    Suspended,
    /// The password is right but too old.
    PasswordExpired,
    /// Gone; the name is known no more.
    Deleted,
}

/// What happens to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// The lock-out policy's number of failures was reached.
    TooManyFailures,
    /// The time of a lock is over.
    LockRunsOut,
    Lock,
    Unlock,
    Disable,
    Enable,
    Suspend,
    Resume,
    ExpirePassword,
    ChangePassword,
    Delete,
    Restore,
}

impl State {
    pub const ALL: [State; 6] = [
        State::Active,
        State::Locked,
        State::Disabled,
        State::Suspended,
        State::PasswordExpired,
        State::Deleted,
    ];

    /// The state behind `act`. An act that means nothing in a state leaves it as it is.
    #[must_use]
    pub fn after(self, act: Act) -> State {
        use State::{
            Active as A, Deleted as X, Disabled as D, Locked as L, PasswordExpired as P, Suspended as S,
        };
        let row = match act {
            //                     A  L  D  S  P  X   from
            Act::TooManyFailures => [L, L, D, S, P, X],
            Act::LockRunsOut => [A, A, D, S, P, X],
            Act::Lock => [L, L, D, S, L, X],
            Act::Unlock => [A, A, D, S, P, X],
            Act::Disable => [D, D, D, D, D, X],
            Act::Enable => [A, L, A, S, P, X],
            Act::Suspend => [S, S, S, S, S, X],
            Act::Resume => [A, L, D, A, P, X],
            Act::ExpirePassword => [P, L, D, S, P, X],
            Act::ChangePassword => [A, L, D, S, A, X],
            Act::Delete => [X, X, X, X, X, X],
            Act::Restore => [A, L, D, S, P, A],
        };
        row[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell that moves; all others must stay.
    const MOVES: &[(State, Act, State)] = &[
        (State::Active, Act::TooManyFailures, State::Locked),
        (State::Active, Act::Lock, State::Locked),
        (State::Active, Act::Disable, State::Disabled),
        (State::Active, Act::Suspend, State::Suspended),
        (State::Active, Act::ExpirePassword, State::PasswordExpired),
        (State::Active, Act::Delete, State::Deleted),
        (State::Locked, Act::LockRunsOut, State::Active),
        (State::Locked, Act::Unlock, State::Active),
        (State::Locked, Act::Disable, State::Disabled),
        (State::Locked, Act::Suspend, State::Suspended),
        (State::Locked, Act::Delete, State::Deleted),
        (State::Disabled, Act::Enable, State::Active),
        (State::Disabled, Act::Suspend, State::Suspended),
        (State::Disabled, Act::Delete, State::Deleted),
        (State::Suspended, Act::Resume, State::Active),
        (State::Suspended, Act::Disable, State::Disabled),
        (State::Suspended, Act::Delete, State::Deleted),
        (State::PasswordExpired, Act::Lock, State::Locked),
        (State::PasswordExpired, Act::ChangePassword, State::Active),
        (State::PasswordExpired, Act::Disable, State::Disabled),
        (State::PasswordExpired, Act::Suspend, State::Suspended),
        (State::PasswordExpired, Act::Delete, State::Deleted),
        (State::Deleted, Act::Restore, State::Active),
    ];

    const ACTS: [Act; 12] = [
        Act::TooManyFailures,
        Act::LockRunsOut,
        Act::Lock,
        Act::Unlock,
        Act::Disable,
        Act::Enable,
        Act::Suspend,
        Act::Resume,
        Act::ExpirePassword,
        Act::ChangePassword,
        Act::Delete,
        Act::Restore,
    ];

    #[test]
    fn every_cell_is_as_listed() {
        for state in State::ALL {
            for act in ACTS {
                let listed = MOVES.iter().find(|(from, by, _)| *from == state && *by == act);
                let expected = listed.map_or(state, |(_, _, to)| *to);
                assert_eq!(state.after(act), expected, "{state:?} x {act:?}");
            }
        }
    }
}
