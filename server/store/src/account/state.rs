//! Whether an account may log in, and what moves it from one state to another: one table, read cell by cell.
//!
//! | | moved by |
//! |---|---|
//! | the client's acts | `too-many-failures` |
//! | the clock | `lock-runs-out`, `fall-asleep`, `outlive` (unused for so long that it is deleted), `expire-password` |
//! | the person at the account's pages | `verify`, `change-password` |
//! | an administrator, the provider | all others |
//!
//! What may be off while an account is active (a second factor wanted, password log-in off, a protocol off, a quota
//! used up) is no state: several can hold at a time.
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
    /// Something looked wrong: closed until its owner has shown on the web who he is.
    Suspicious,
    /// Nobody used it for long: closed until its owner signs in on the web.
    Inactive,
    /// Moved to another server; this one only says so.
    Migrated,
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
    /// Whatever it was stopped for is settled.
    Resume,
    ExpirePassword,
    ChangePassword,
    Delete,
    Restore,
    /// Something looks suspicious.
    Suspect,
    /// Its owner signed in on the web and showed who he is.
    Verify,
    /// Unused for long.
    FallAsleep,
    /// Unused for so long that nothing is kept.
    Outlive,
    Migrate,
    MoveBack,
}

impl State {
    pub const ALL: [State; 9] = [
        State::Active,
        State::Locked,
        State::Disabled,
        State::Suspended,
        State::PasswordExpired,
        State::Deleted,
        State::Suspicious,
        State::Inactive,
        State::Migrated,
    ];

    /// The state behind `act`. An act that means nothing in a state leaves it as it is.
    #[must_use]
    pub fn after(self, act: Act) -> State {
        use State::{
            Active as A, Deleted as X, Disabled as D, Inactive as I, Locked as L, Migrated as M,
            PasswordExpired as P, Suspended as S, Suspicious as Q,
        };
        let row = match act {
            //                     A  L  D  S  P  X  Q  I  M   from
            Act::TooManyFailures => [L, L, D, S, P, X, Q, I, M],
            Act::LockRunsOut => [A, A, D, S, P, X, Q, I, M],
            Act::Lock => [L, L, D, S, L, X, Q, I, M],
            Act::Unlock => [A, A, D, S, P, X, Q, I, M],
            Act::Disable => [D, D, D, D, D, X, D, D, M],
            Act::Enable => [A, L, A, S, P, X, Q, I, M],
            Act::Suspend => [S, S, S, S, S, X, S, S, M],
            Act::Resume => [A, L, D, A, P, X, A, A, M],
            Act::ExpirePassword => [P, L, D, S, P, X, Q, I, M],
            Act::ChangePassword => [A, L, D, S, A, X, Q, I, M],
            Act::Delete => [X, X, X, X, X, X, X, X, X],
            Act::Restore => [A, L, D, S, P, A, Q, I, M],
            Act::Suspect => [Q, Q, D, S, Q, X, Q, I, M],
            Act::Verify => [A, L, D, S, P, X, A, A, M],
            Act::FallAsleep => [I, I, D, S, I, X, I, I, M],
            Act::Outlive => [X, X, D, S, X, X, X, X, M],
            Act::Migrate => [M, M, D, S, M, X, M, M, M],
            Act::MoveBack => [A, L, D, S, P, X, Q, I, A],
        };
        row[self as usize]
    }
}

impl Act {
    pub const ALL: [Act; 18] = [
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
        Act::Suspect,
        Act::Verify,
        Act::FallAsleep,
        Act::Outlive,
        Act::Migrate,
        Act::MoveBack,
    ];
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
        (State::Active, Act::Suspect, State::Suspicious),
        (State::Active, Act::FallAsleep, State::Inactive),
        (State::Active, Act::Outlive, State::Deleted),
        (State::Active, Act::Migrate, State::Migrated),
        (State::Locked, Act::LockRunsOut, State::Active),
        (State::Locked, Act::Unlock, State::Active),
        (State::Locked, Act::Disable, State::Disabled),
        (State::Locked, Act::Suspend, State::Suspended),
        (State::Locked, Act::Delete, State::Deleted),
        (State::Locked, Act::Suspect, State::Suspicious),
        (State::Locked, Act::FallAsleep, State::Inactive),
        (State::Locked, Act::Outlive, State::Deleted),
        (State::Locked, Act::Migrate, State::Migrated),
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
        (State::PasswordExpired, Act::Suspect, State::Suspicious),
        (State::PasswordExpired, Act::FallAsleep, State::Inactive),
        (State::PasswordExpired, Act::Outlive, State::Deleted),
        (State::PasswordExpired, Act::Migrate, State::Migrated),
        (State::Deleted, Act::Restore, State::Active),
        (State::Suspicious, Act::Disable, State::Disabled),
        (State::Suspicious, Act::Suspend, State::Suspended),
        (State::Suspicious, Act::Resume, State::Active),
        (State::Suspicious, Act::Delete, State::Deleted),
        (State::Suspicious, Act::Verify, State::Active),
        (State::Suspicious, Act::FallAsleep, State::Inactive),
        (State::Suspicious, Act::Outlive, State::Deleted),
        (State::Suspicious, Act::Migrate, State::Migrated),
        (State::Inactive, Act::Disable, State::Disabled),
        (State::Inactive, Act::Suspend, State::Suspended),
        (State::Inactive, Act::Resume, State::Active),
        (State::Inactive, Act::Delete, State::Deleted),
        (State::Inactive, Act::Verify, State::Active),
        (State::Inactive, Act::Outlive, State::Deleted),
        (State::Inactive, Act::Migrate, State::Migrated),
        (State::Migrated, Act::Delete, State::Deleted),
        (State::Migrated, Act::MoveBack, State::Active),
    ];

    #[test]
    fn every_cell_is_as_listed() {
        for state in State::ALL {
            for act in Act::ALL {
                let listed = MOVES.iter().find(|(from, by, _)| *from == state && *by == act);
                let expected = listed.map_or(state, |(_, _, to)| *to);
                assert_eq!(state.after(act), expected, "{state:?} x {act:?}");
            }
        }
    }

    #[test]
    fn every_state_can_be_entered_and_left() {
        for state in State::ALL {
            let entered = MOVES.iter().any(|(from, _, to)| *to == state && *from != state);
            assert!(entered, "{state:?} cannot be reached");
            assert!(MOVES.iter().any(|(from, ..)| *from == state), "{state:?} cannot be left");
        }
    }
}
