//! What a person does at the portal, apart from the pages it is done on: scenarios do the same by a change.
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::Portal;
use super::bounds::CODES;
use super::directory::{Delivery, Directory};
use super::event::{Event, Happened, Way};
use super::letter;
use super::request::Language;

/// A code is good for so long.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Wrong ones before it is good no more.
const TRIES_MAX: u8 = 5;
/// The shortest password that is taken, in characters, and the longest, in bytes.
const PASSWORD_MIN: usize = 8;
const PASSWORD_MAX: usize = 256;

/// A code that was sent.
#[derive(Clone)]
pub struct Code {
    digits: String,
    pub(super) way: Way,
    sent: Timestamp,
    tries: u8,
}

/// Why the portal does not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("nothing is on file by which a code could go this way")]
    NoSuchWay,
    #[error("too many tries; wait, then try again")]
    TooManyTries,
    #[error("this code is wrong")]
    WrongCode,
    #[error("there is no code, or it is too old; ask for another")]
    NoCode,
    #[error("a password has 8 to 256 characters")]
    BadPassword,
    #[error("the new password was given in two ways")]
    Mismatch,
    #[error("there is no case of this number")]
    NoCase,
    #[error("the case is not granted")]
    NotGranted,
    #[error("give an address that you can read now; the account's own is not one")]
    BadContact,
    #[error("the account is closed; only its provider can help")]
    Closed,
}

impl Refused {
    /// For the person.
    #[must_use]
    pub fn of(self, language: Language) -> &'static str {
        match self {
            Self::UnknownAccount => language.of(
                "There is no account of this name. Check the spelling.",
                "このアカウントは見つかりません。入力に間違いがないか確認してください。",
            ),
            Self::NoSuchWay => language.of(
                "Nothing is on file for this way. Choose another one.",
                "この方法に使える連絡先が登録されていません。ほかの方法を選んでください。",
            ),
            Self::TooManyTries => language.of(
                "Too many tries. Wait a while, then try again.",
                "試行回数が多すぎます。しばらく待ってから、もう一度お試しください。",
            ),
            Self::WrongCode => language.of("This code is wrong.", "コードが違います。"),
            Self::NoCode => language.of(
                "The code is too old, or none was sent. Ask for another one.",
                "コードの有効期限が切れているか、まだ送られていません。もう一度コードを請求してください。",
            ),
            Self::BadPassword => language.of(
                "The new password needs 8 to 256 characters.",
                "新しいパスワードは8文字以上256文字以下で入力してください。",
            ),
            Self::Mismatch => language.of(
                "The two new passwords differ. Enter the same one in both fields.",
                "新しいパスワードが一致しません。2つの欄に同じものを入力してください。",
            ),
            Self::NoCase => language.of(
                "There is no request of this number. Check the number.",
                "この受付番号は見つかりません。番号を確認してください。",
            ),
            Self::NotGranted => language.of(
                "This request has not been granted.",
                "この申請は承認されていません。",
            ),
            Self::BadContact => language.of(
                "Give an address where you can read mail now; not the address of the account itself.",
                "いま受信できる連絡先のメールアドレスを入力してください(回復したいアカウントのアドレスは使えません)。",
            ),
            Self::Closed => language.of(
                "This account is closed. Only its provider can help.",
                "このアカウントは停止されています。プロバイダーにお問い合わせください。",
            ),
        }
    }
}

impl Code {
    pub(super) fn draw(way: Way, directory: &mut dyn Directory) -> Self {
        let digits = format!("{:06}", directory.draw() % 1_000_000);
        Self { digits, way, sent: directory.now(), tries: 0 }
    }

    pub(super) fn digits(&self) -> &str {
        &self.digits
    }

    /// Whether it is the one shown. Wrong ones are counted.
    pub(super) fn check(&mut self, shown: &str, now: Timestamp) -> Result<(), Refused> {
        if !self.sent.saturating_add(LIFETIME).is_ok_and(|end| now < end) {
            return Err(Refused::NoCode);
        }
        self.check_untimed(shown)
    }

    /// The same, of one whose time does not end.
    pub(super) fn check_untimed(&mut self, shown: &str) -> Result<(), Refused> {
        if self.tries >= TRIES_MAX {
            return Err(Refused::NoCode);
        }
        if self.digits.as_bytes().ct_eq(shown.as_bytes()).into() {
            return Ok(());
        }
        self.tries += 1;
        Err(Refused::WrongCode)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").field("way", &self.way).finish_non_exhaustive()
    }
}

/// Is it long enough, and not endless?
pub(super) fn check_password(password: &str) -> Result<(), Refused> {
    let long = password.chars().count() >= PASSWORD_MIN && password.len() <= PASSWORD_MAX;
    if long && !password.chars().any(char::is_control) { Ok(()) } else { Err(Refused::BadPassword) }
}

impl Portal {
    /// Somebody forgot a password and has a code sent, to the recovery address or as a text message. Whether it came
    /// nobody tells him: the journal knows.
    ///
    /// # Errors
    /// When there is no such account or way, or too many codes were asked for.
    pub fn ask_code(
        &mut self,
        account: &str,
        way: Way,
        language: Language,
        directory: &mut dyn Directory,
    ) -> Result<(), Refused> {
        let now = directory.now();
        if !matches!(way, Way::Mail | Way::Phone) || !directory.facts(account).has(way) {
            return Err(Refused::NoSuchWay);
        }
        if self.tries.is_over(CODES, account, now) {
            directory.note(Event::of(Happened::TooManyTries, account).by(way).because("codes"));
            return Err(Refused::TooManyTries);
        }
        self.tries.count(CODES, account, now);
        directory.note(Event::of(Happened::ResetAsked, account).by(way));
        let code = Code::draw(way, directory);
        send(account, &code, language, directory);
        self.codes.insert(account.to_owned(), code);
        Ok(())
    }

    /// The owner signed in without a browser.
    pub fn note_sign_in(&mut self, account: &str, directory: &mut dyn Directory) {
        directory.note(Event::of(Happened::SignedIn, account));
    }

    /// The code that was sent last for an account: whoever reads the mail or the phone knows it.
    #[must_use]
    pub fn code(&self, account: &str) -> Option<&str> {
        self.codes.get(account).map(|code| code.digits())
    }

    /// Somebody has the code, and gives the account a new password.
    ///
    /// # Errors
    /// When the code is wrong, or too old, or the password too short.
    pub fn use_code(
        &mut self,
        account: &str,
        code: &str,
        password: &str,
        directory: &mut dyn Directory,
    ) -> Result<(), Refused> {
        check_password(password)?;
        let sent = self.codes.get_mut(account).ok_or(Refused::NoCode)?;
        let way = sent.way;
        if let Err(refused) = sent.check(code, directory.now()) {
            directory.note(Event::of(Happened::CodeRefused, account).by(way).because(refused.to_string()));
            return Err(refused);
        }
        // Single use.
        self.codes.remove(account);
        self.reset(account, password, way, directory);
        Ok(())
    }

    /// A new password: browsers that were signed in are so no more.
    pub(super) fn reset(&mut self, account: &str, password: &str, way: Way, directory: &mut dyn Directory) {
        self.sessions.end_all(account);
        self.codes.remove(account);
        directory.set_password(account, password);
        directory.note(Event::of(Happened::PasswordReset, account).by(way));
    }

    /// The domain's owner gives one of its mailboxes a new password.
    ///
    /// # Errors
    /// When there is no such mailbox, or the password is too short.
    pub fn admin_reset(
        &mut self,
        user: &str,
        password: &str,
        directory: &mut dyn Directory,
    ) -> Result<String, Refused> {
        check_password(password)?;
        let account = directory.find(user).ok_or(Refused::UnknownAccount)?;
        self.reset(&account, password, Way::Admin, directory);
        Ok(account)
    }

    /// Issue an app password and show it, this once.
    ///
    /// # Errors
    /// When the account has as many as it may.
    pub fn issue_app_password(
        &mut self,
        account: &str,
        label: &str,
        directory: &mut dyn Directory,
    ) -> Result<String, Refused> {
        let letters: String = (0..16)
            .map(|_| char::from(b'a' + u8::try_from(directory.draw() % 26).unwrap_or_default()))
            .collect();
        let label: String = label.chars().filter(|letter| !letter.is_control()).take(60).collect();
        let label = if label.is_empty() { "mail program".to_owned() } else { label };
        if !directory.issue_app_password(account, &label, &letters) {
            return Err(Refused::TooManyTries);
        }
        directory.note(Event::of(Happened::AppPasswordIssued, account).because(label));
        Ok(letters)
    }

    /// End every session and every app password of an account.
    pub fn sign_out_everywhere(&mut self, account: &str, directory: &mut dyn Directory) {
        self.sessions.end_all(account);
        directory.sign_out(account);
        directory.note(Event::of(Happened::SignedOutEverywhere, account));
    }
}

/// Send a code on its way.
fn send(account: &str, code: &Code, language: Language, directory: &mut dyn Directory) {
    let facts = directory.facts(account);
    let (to, delivery) = match code.way {
        Way::Phone => {
            let to = facts.phone.unwrap_or_default();
            let text = language
                .of("is your code. Give it to nobody.", "が確認コードです。誰にも教えないでください。");
            directory.text(&to, &format!("{} {text} ({})", code.digits, facts.address));
            (to, Delivery::Delivered)
        }
        _ => {
            let to = facts.recovery.unwrap_or_default();
            let message = letter::code(&to, &facts.address, code.digits(), language, directory);
            let delivery = directory.deliver(&to, &message);
            (to, delivery)
        }
    };
    let what = match delivery {
        Delivery::Undeliverable => Happened::CodeUndeliverable,
        Delivery::Delivered | Delivery::Outgoing => Happened::CodeDelivered,
    };
    directory.note(Event::of(what, account).by(code.way).because(format!("{to}, {}", delivery.as_str())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_there_are_two_fields_an_error_speaks_of_two() {
        for language in [Language::En, Language::Ja] {
            let (bad, differ) = (Refused::BadPassword.of(language), Refused::Mismatch.of(language));
            assert!(!bad.contains("fields") && !bad.contains('欄'), "{bad}");
            assert!(differ.contains("both fields") || differ.contains("2つの欄"), "{differ}");
        }
    }
}
