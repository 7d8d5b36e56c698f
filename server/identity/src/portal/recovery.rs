//! The recovery form: facts that only the owner knows, each worth some points.
//!
//! | Fact | Points |
//! |---|---|
//! | the month the account was made | 20; the right year alone 8 |
//! | passwords it had before | 15 each, two at most |
//! | subjects of recent mail | 5 each, three at most |
//! | people it wrote to lately | 5 each, three at most |
//! | the last four digits of the card | 20 |
//!
//! 70 of the 100 grant it at once; below 40 it is rejected at once. Between, somebody looks at it: for a whole day at
//! 40 points, for an hour at 69; then 55 are enough.
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Portal;
use super::acts::{Code, Refused, check_password};
use super::bounds::FORMS;
use super::directory::{Delivery, Directory, Facts};
use super::event::{Event, Happened, Way};
use super::letter;
use super::rejection;
use super::request::Language;

/// Granted at once.
const ENOUGH: u32 = 70;
/// Granted by somebody who looks.
const ENOUGH_REVIEWED: u32 = 55;
/// Not worth looking.
pub(super) const TOO_FEW: u32 = 40;
/// Forms that are remembered.
const CASES_MAX: usize = 1_000;

/// A form as it was filled in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Where the person can be reached now.
    pub contact: String,
    /// `2017-05`
    pub created: String,
    pub old_passwords: Vec<String>,
    pub subjects: Vec<String>,
    pub recipients: Vec<String>,
    /// Four digits.
    pub payment: String,
}

/// What a form is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    pub created: u32,
    pub old_passwords: u32,
    pub subjects: u32,
    pub recipients: u32,
    pub payment: u32,
}

/// How a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseState {
    UnderReview {
        until: Timestamp,
    },
    Granted,
    Rejected,
    /// Granted, and a password was set by it.
    Used,
}

/// A form that was sent.
#[derive(Clone, Debug)]
pub(super) struct Case {
    account: String,
    contact: String,
    language: Language,
    score: Score,
    pub(super) state: CaseState,
    code: Option<Code>,
}

/// By number.
#[derive(Clone, Debug, Default)]
pub(super) struct Cases(BTreeMap<String, Case>);

impl Answers {
    /// Hold what was filled in against what is on file.
    #[must_use]
    pub fn score(&self, account: &str, facts: &Facts, directory: &dyn Directory) -> Score {
        let created = facts.created.map_or(0, |date| {
            let (year, month) = self.created.split_once(['-', '/', '.']).unwrap_or((&self.created, ""));
            match (year.trim().parse() == Ok(date.year()), month.trim().parse() == Ok(date.month())) {
                (true, true) => Score::FULL.created,
                (true, false) => 8,
                _ => 0,
            }
        });
        let old = distinct(&self.old_passwords, str::to_owned);
        let old = old.iter().filter(|password| directory.was_password(account, password)).count();
        let right = |typed: &[String], known: Vec<String>, plain: fn(&str) -> String| {
            let known: Vec<String> = known.iter().map(|known| plain(known)).collect();
            distinct(typed, plain).iter().filter(|one| one.chars().count() > 2 && known.contains(one)).count()
        };
        let payment = facts.payment.as_ref().is_some_and(|digits| *digits == self.payment.trim());
        Score {
            created,
            old_passwords: points(15, old, Score::FULL.old_passwords),
            subjects: points(
                5,
                right(&self.subjects, directory.subjects(account), subject),
                Score::FULL.subjects,
            ),
            recipients: points(
                5,
                right(&self.recipients, directory.recipients(account), plain),
                Score::FULL.recipients,
            ),
            payment: if payment { Score::FULL.payment } else { 0 },
        }
    }
}

/// The values are what proves a person.
impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("contact", &self.contact).finish_non_exhaustive()
    }
}

impl Score {
    /// Of a form in which everything is right.
    pub(super) const FULL: Self =
        Self { created: 20, old_passwords: 30, subjects: 15, recipients: 15, payment: 20 };

    #[must_use]
    pub fn total(self) -> u32 {
        self.created + self.old_passwords + self.subjects + self.recipients + self.payment
    }
}

fn points(each: u32, right: usize, most: u32) -> u32 {
    each.saturating_mul(u32::try_from(right).unwrap_or(u32::MAX)).min(most)
}

/// What was typed twice counts once.
fn distinct(typed: &[String], plain: fn(&str) -> String) -> Vec<String> {
    let mut all: Vec<String> = typed.iter().map(|one| plain(one)).filter(|one| !one.is_empty()).collect();
    all.sort();
    all.dedup();
    all
}

/// Without case and white space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A subject is the same with and without `Re:`.
fn subject(text: &str) -> String {
    let mut plain = plain(text);
    while let Some(rest) = ["re:", "fwd:", "fw:"].iter().find_map(|prefix| plain.strip_prefix(prefix)) {
        plain = rest.trim_start().to_owned();
    }
    plain
}

/// How long somebody looks at a form of so many points.
fn review(score: u32) -> SignedDuration {
    let missing = i64::from(ENOUGH.saturating_sub(score));
    let hours = (24 * missing).div_euclid(i64::from(ENOUGH - TOO_FEW)).clamp(1, 24);
    SignedDuration::from_hours(hours)
}

fn is_contact(text: &str, facts: &Facts) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>,;:\"\\".contains(&byte));
    let parts = text.split('@').filter(|part| !part.is_empty()).count();
    plain && text.len() <= 254 && parts == 2 && !text.eq_ignore_ascii_case(&facts.address)
}

impl Portal {
    /// Somebody sends the recovery form; its number.
    ///
    /// # Errors
    /// When it names no address to answer to, or too many were sent.
    pub fn send_form(
        &mut self,
        account: &str,
        answers: &Answers,
        language: Language,
        directory: &mut dyn Directory,
    ) -> Result<String, Refused> {
        let (now, facts) = (directory.now(), directory.facts(account));
        if !is_contact(&answers.contact, &facts) {
            return Err(Refused::BadContact);
        }
        if self.tries.is_over(FORMS, account, now) {
            directory.note(Event::of(Happened::TooManyTries, account).by(Way::Form).because("forms"));
            return Err(Refused::TooManyTries);
        }
        self.tries.count(FORMS, account, now);
        let worth = answers.score(account, &facts, directory);
        let score = worth.total();
        directory
            .note(Event::of(Happened::FormSent, account).by(Way::Form).because(format!("{score} points")));
        let until = now.saturating_add(review(score)).unwrap_or(Timestamp::MAX);
        let number = format!("{:010}", directory.draw() % 10_000_000_000);
        let case = Case {
            account: account.to_owned(),
            contact: answers.contact.clone(),
            language,
            score: worth,
            state: CaseState::UnderReview { until },
            code: None,
        };
        if self.cases.0.len() >= CASES_MAX {
            self.cases.0.pop_first();
        }
        self.cases.0.insert(number.clone(), case);
        if (TOO_FEW..ENOUGH).contains(&score) {
            let detail = format!("case {number}, until {until}");
            directory.note(Event::of(Happened::FormUnderReview, account).by(Way::Form).because(detail));
        } else {
            self.decide(&number, score >= ENOUGH, directory);
        }
        Ok(number)
    }

    /// Reviews whose time is over are decided; call it when time may have passed.
    pub fn review(&mut self, directory: &mut dyn Directory) {
        let now = directory.now();
        let due = |case: &Case| matches!(case.state, CaseState::UnderReview { until } if until <= now);
        let due: Vec<(String, u32)> = self
            .cases
            .0
            .iter()
            .filter(|(_, case)| due(case))
            .map(|(number, case)| (number.clone(), case.score.total()))
            .collect();
        for (number, score) in due {
            self.decide(&number, score >= ENOUGH_REVIEWED, directory);
        }
    }

    fn decide(&mut self, number: &str, granted: bool, directory: &mut dyn Directory) {
        let Some(case) = self.cases.0.get_mut(number) else { return };
        case.state = if granted { CaseState::Granted } else { CaseState::Rejected };
        case.code = granted.then(|| Code::draw(Way::Form, directory));
        let code = case.code.as_ref().map(Code::digits);
        let address = directory.facts(&case.account).address;
        let message =
            letter::case(&case.contact, &address, number, code.ok_or(case.score), case.language, directory);
        let delivery = directory.deliver(&case.contact, &message);
        let what = if granted { Happened::FormGranted } else { Happened::FormRejected };
        let detail = format!("case {number}, {} points", case.score.total());
        directory.note(Event::of(what, &case.account).by(Way::Form).because(detail));
        if granted {
            let what = match delivery {
                Delivery::Undeliverable => Happened::CodeUndeliverable,
                Delivery::Delivered | Delivery::Outgoing => Happened::CodeDelivered,
            };
            let detail = format!("{}, {}", case.contact, delivery.as_str());
            directory.note(Event::of(what, &case.account).by(Way::Form).because(detail));
        }
    }

    /// How a case stands.
    #[must_use]
    pub fn case(&self, number: &str) -> Option<CaseState> {
        self.cases.0.get(number).map(|case| case.state)
    }

    /// Why a case was rejected, for the person.
    pub(super) fn rejection(&self, number: &str, language: Language) -> Option<String> {
        let case = self.cases.0.get(number).filter(|case| case.state == CaseState::Rejected)?;
        Some(rejection::reason(case.score, language))
    }

    /// The newest case of an account, and the code it was granted with.
    #[must_use]
    pub fn granted(&self, account: &str) -> Option<(String, String)> {
        let mut granted = self.cases.0.iter().filter(|(_, case)| case.state == CaseState::Granted);
        let (number, case) = granted.find(|(_, case)| case.account == account)?;
        Some((number.clone(), case.code.as_ref()?.digits().to_owned()))
    }

    /// The form was granted, and its code read: a new password.
    ///
    /// # Errors
    /// When there is no such case, it was not granted, or the code is wrong. A granted case's code has no end.
    pub fn use_case(
        &mut self,
        number: &str,
        code: &str,
        password: &str,
        directory: &mut dyn Directory,
    ) -> Result<(), Refused> {
        check_password(password)?;
        let case = self.cases.0.get_mut(number).ok_or(Refused::NoCase)?;
        let sent =
            case.code.as_mut().filter(|_| case.state == CaseState::Granted).ok_or(Refused::NotGranted)?;
        let account = case.account.clone();
        if let Err(refused) = sent.check_untimed(code) {
            directory
                .note(Event::of(Happened::CodeRefused, &account).by(Way::Form).because(refused.to_string()));
            return Err(refused);
        }
        (case.state, case.code) = (CaseState::Used, None);
        self.reset(&account, password, Way::Form, directory);
        Ok(())
    }
}
