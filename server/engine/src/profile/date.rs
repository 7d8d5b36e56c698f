//! A date as exactly as a source knows it: `2025`, `2024-08` or `2022-05-30`; and of several facts, the one that holds
//! on a day.
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// A day, a whole month or a whole year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoughDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

/// Why a text is no such date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date; write `2025`, `2024-08` or `2022-05-30`")]
pub struct RoughDateError(String);

impl RoughDate {
    /// Its first day.
    pub fn first(self) -> Date {
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(Date::MIN)
    }

    /// Its last day.
    pub fn last(self) -> Date {
        match (self.month, self.day) {
            (_, Some(_)) => self.first(),
            (Some(_), None) => self.first().last_of_month(),
            (None, None) => self.first().last_of_year(),
        }
    }
}

impl FromStr for RoughDate {
    type Err = RoughDateError;

    fn from_str(text: &str) -> Result<Self, RoughDateError> {
        let wrong = || RoughDateError(text.to_owned());
        let shape = [4, 7, 10].contains(&text.len()) && text.is_ascii();
        let whole = format!("{text}{}", "0000-01-01".get(text.len()..).unwrap_or_default());
        let date: Date = whole.parse().ok().filter(|_| shape).ok_or_else(wrong)?;
        let (month, day) = (text.len() >= 7, text.len() == 10);
        Ok(Self { year: date.year(), month: month.then(|| date.month()), day: day.then(|| date.day()) })
    }
}

impl fmt::Display for RoughDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        [self.month, self.day].into_iter().flatten().try_for_each(|part| write!(f, "-{part:02}"))
    }
}

crate::words::serde_as_text!(RoughDate, "a date such as \"2024-08\"");

/// A fact that held for a time.
pub trait Dated {
    /// From this day on; always, unless said.
    fn since(&self) -> Option<RoughDate>;
    /// Until this day, the day itself included; to this day, unless said.
    fn until(&self) -> Option<RoughDate>;

    fn holds(&self, day: Date) -> bool {
        self.since().is_none_or(|since| since.first() <= day)
            && self.until().is_none_or(|until| day <= until.last())
    }
}

/// Of the facts that hold on a day the one that began last; the first of those that began together.
pub fn latest<'a, T: Dated + 'a>(facts: impl Iterator<Item = &'a T>, day: Date) -> Option<&'a T> {
    let began = |fact: &T| fact.since().map(RoughDate::first);
    facts
        .filter(|fact| fact.holds(day))
        .reduce(|best, next| if began(next) > began(best) { next } else { best })
}

/// `Dated` for types with fields `since` and `until`.
macro_rules! dated {
    ($($type:ty),*) => {$(
        impl $crate::profile::date::Dated for $type {
            fn since(&self) -> Option<$crate::profile::date::RoughDate> {
                self.since
            }

            fn until(&self) -> Option<$crate::profile::date::RoughDate> {
                self.until
            }
        }
    )*};
}

pub(crate) use dated;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_exactly_as_it_is_known() {
        for (text, first, last) in [
            ("2024", "2024-01-01", "2024-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2022-05-30", "2022-05-30", "2022-05-30"),
        ] {
            let date: RoughDate = text.parse().unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!((date.first().to_string(), date.last().to_string()), (first.into(), last.into()));
        }
    }

    #[test]
    fn says_what_would_be_right() {
        for text in ["", "24", "2024-13", "2024-02-30", "2024-1", "soon", "年2024"] {
            let wrong = text.parse::<RoughDate>().unwrap_err().to_string();
            assert_eq!(wrong, format!("`{text}` is no date; write `2025`, `2024-08` or `2022-05-30`"));
        }
    }
}
