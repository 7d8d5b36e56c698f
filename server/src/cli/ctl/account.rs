//! `postfail ctl account NAME ...`: everything of an account's life that can be changed from outside.
use clap::Subcommand;
use postfail::change::{AccountChange, Act, Change, Mfa};
use postfail::listener::Protocol;

#[derive(Clone, Debug, Subcommand)]
pub enum AccountAct {
    /// Lock it
    Lock,
    /// Unlock it, and each of its protocols
    Unlock,
    /// Switch it off
    Disable,
    Enable,
    /// Stop it: abuse, an unpaid bill
    Suspend,
    /// Let it go on, whatever it was stopped for
    Resume,
    /// Stop it as suspicious, until its owner signs in on the web
    Suspect,
    /// Put it to sleep, as after long disuse
    FallAsleep,
    /// Its owner signs in on the web and shows who he is
    Verify,
    ExpirePassword,
    /// Move it to another server
    Migrate,
    MoveBack,
    Delete,
    Restore,
    /// Give it another password; app passwords end
    Password {
        password: String,
    },
    /// One more password, for a program
    AppPassword {
        password: String,
    },
    /// Take an app password away by its number (`ctl state --json`), or `all`
    RevokeAppPassword {
        #[arg(value_parser = number_or_all, value_name = "NUMBER|all")]
        number: u32,
    },
    /// A second factor: off, app-passwords (programs come in by those), required (by no password at all)
    Mfa {
        #[arg(value_parser = mfa)]
        mfa: Mfa,
    },
    /// Log-in by password: on or off
    BasicAuth {
        #[arg(action = clap::ArgAction::Set, value_parser = on_or_off, value_name = "on|off")]
        on: bool,
    },
    /// Switch these protocols off for it, and all others on; none named: all on
    Off {
        #[arg(value_parser = protocol, value_name = "PROTOCOL")]
        protocols: Vec<Protocol>,
    },
}

impl AccountAct {
    pub fn change(&self, name: &str) -> Change {
        let mut change = AccountChange::of(name);
        change.act = self.act();
        match self {
            Self::Password { password } => change.password = Some(password.clone()),
            Self::AppPassword { password } => change.app_password = Some(password.clone()),
            Self::RevokeAppPassword { number } => change.revoke_app_password = Some(*number),
            Self::Mfa { mfa } => change.mfa = Some(*mfa),
            Self::BasicAuth { on } => change.basic_auth = Some(*on),
            Self::Off { protocols } => change.off = Some(protocols.clone()),
            _ => {}
        }
        Change::Account(change)
    }

    fn act(&self) -> Option<Act> {
        Some(match self {
            Self::Lock => Act::Lock,
            Self::Unlock => Act::Unlock,
            Self::Disable => Act::Disable,
            Self::Enable => Act::Enable,
            Self::Suspend => Act::Suspend,
            Self::Resume => Act::Resume,
            Self::Suspect => Act::Suspect,
            Self::FallAsleep => Act::FallAsleep,
            Self::Verify => Act::Verify,
            Self::ExpirePassword => Act::ExpirePassword,
            Self::Migrate => Act::Migrate,
            Self::MoveBack => Act::MoveBack,
            Self::Delete => Act::Delete,
            Self::Restore => Act::Restore,
            _ => return None,
        })
    }
}

fn number_or_all(word: &str) -> Result<u32, String> {
    match word {
        "all" => Ok(0),
        _ => word.parse().map_err(|_| format!("`{word}` is neither a number nor `all`")),
    }
}

fn on_or_off(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("`{word}` is neither `on` nor `off`")),
    }
}

fn mfa(word: &str) -> Result<Mfa, String> {
    serde_json::from_value(word.into()).map_err(|_| "valid: off, app-passwords, required".to_owned())
}

fn protocol(word: &str) -> Result<Protocol, String> {
    serde_json::from_value(word.into()).map_err(|_| "valid: imap, pop3, smtp".to_owned())
}
