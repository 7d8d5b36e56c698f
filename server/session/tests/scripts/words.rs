//! Words of the script language that stand for values.
use std::time::Duration;

use postfail_session::world::Security;

pub fn security(word: &str) -> Result<Security, String> {
    match word {
        "plain" => Ok(Security::Plain),
        "starttls" => Ok(Security::StartTls),
        "implicit" => Ok(Security::Implicit),
        _ => Err(format!("connect {word}: plain, starttls or implicit")),
    }
}

pub fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word:?} is not a number"))
}

pub fn duration(word: &str) -> Result<Duration, String> {
    let (digits, unit) = word.split_at(word.len().saturating_sub(1));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        _ => return Err(format!("{word:?}: a number and s or m")),
    };
    Ok(Duration::from_secs(seconds * number::<u64>(digits)?))
}
