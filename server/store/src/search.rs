//! SEARCH (RFC 3501 section 6.4.4): which messages of a view match.
//!
//! Texts match as substrings without regard to case, after transfer encodings, charsets and encoded words were
//! read. The key is made into one test first; a message is decoded at most once, however many keys ask.
use std::borrow::Cow;
use std::cell::OnceCell;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use postfail_wire::imap::command::SearchKey;

use crate::flags::System;
use crate::mailbox::Mailbox;
use crate::message::Message;
use crate::mime::decode;
use crate::mime::header::fields;
use crate::mime::tree::{Kind, Part, tree};
use crate::{Store, View};

/// Sequence numbers of the view's messages that match, ascending. Strings of the key are UTF-8; see [`to_utf8`].
#[must_use]
pub fn search(store: &Store, view: &View, key: &SearchKey) -> Vec<u32> {
    let Some(mailbox) = view.mailbox(store) else { return Vec::new() };
    let matches = test(key, view);
    let candidate = |seq: u32| {
        let message = mailbox.message(view.uid(seq)?)?;
        let recent = view.is_recent(message.uid());
        Some(Candidate { mailbox, message, seq, recent, fields: OnceCell::new(), body: OnceCell::new() })
    };
    (1..=view.len()).filter(|&seq| candidate(seq).is_some_and(|candidate| matches(&candidate))).collect()
}

/// The key with its strings turned from `charset` into UTF-8; `None` (BADCHARSET) when nobody knows the charset.
#[must_use]
pub fn to_utf8(key: &SearchKey, charset: &str) -> Option<SearchKey> {
    let text = |bytes: &[u8]| Some(decode::charset(bytes, charset.as_bytes())?.into_owned().into());
    Some(match key {
        SearchKey::Header(name, value) => SearchKey::Header(name.clone(), text(value)?),
        SearchKey::Body(value) => SearchKey::Body(text(value)?),
        SearchKey::Text(value) => SearchKey::Text(text(value)?),
        SearchKey::Not(key) => SearchKey::Not(Box::new(to_utf8(key, charset)?)),
        SearchKey::Or(a, b) => SearchKey::Or(Box::new(to_utf8(a, charset)?), Box::new(to_utf8(b, charset)?)),
        SearchKey::And(keys) => {
            SearchKey::And(keys.iter().map(|key| to_utf8(key, charset)).collect::<Option<Vec<_>>>()?)
        }
        // A charset nobody knows is wrong even where no string needs it.
        other => text(b"").map(|_: bytes::Bytes| other.clone())?,
    })
}

/// A message under test; what several keys may need is decoded once.
struct Candidate<'s> {
    mailbox: &'s Mailbox,
    message: &'s Message,
    seq: u32,
    recent: bool,
    /// Header fields, names and readable values in lower case.
    fields: OnceCell<Vec<(String, String)>>,
    /// The text of all text parts, in lower case.
    body: OnceCell<String>,
}

type Test<'k> = Box<dyn Fn(&Candidate<'_>) -> bool + 'k>;

fn test<'k>(key: &'k SearchKey, view: &View) -> Test<'k> {
    let last_uid = view.uid(view.len()).unwrap_or(0);
    match key {
        SearchKey::All => Box::new(|_| true),
        SearchKey::Answered => has(System::ANSWERED, true),
        SearchKey::Deleted => has(System::DELETED, true),
        SearchKey::Draft => has(System::DRAFT, true),
        SearchKey::Flagged => has(System::FLAGGED, true),
        SearchKey::Seen => has(System::SEEN, true),
        SearchKey::Unanswered => has(System::ANSWERED, false),
        SearchKey::Undeleted => has(System::DELETED, false),
        SearchKey::Undraft => has(System::DRAFT, false),
        SearchKey::Unflagged => has(System::FLAGGED, false),
        SearchKey::Unseen => has(System::SEEN, false),
        SearchKey::New => Box::new(|at| at.recent && !at.message.system().contains(System::SEEN)),
        SearchKey::Old => Box::new(|at| !at.recent),
        SearchKey::Recent => Box::new(|at| at.recent),
        SearchKey::Keyword(name) => Box::new(move |at| at.mailbox.has_keyword(at.message, name)),
        SearchKey::Unkeyword(name) => Box::new(move |at| !at.mailbox.has_keyword(at.message, name)),
        SearchKey::Header(name, text) => {
            let (name, text) = (name.to_lowercase(), lower(text));
            Box::new(move |at| at.fields().iter().any(|(own, value)| *own == name && value.contains(&text)))
        }
        SearchKey::Body(text) => {
            let text = lower(text);
            Box::new(move |at| at.body().contains(&text))
        }
        SearchKey::Text(text) => {
            let text = lower(text);
            Box::new(move |at| at.header_contains(&text) || at.body().contains(&text))
        }
        SearchKey::Before(day) => Box::new(move |at| at.arrived() < *day),
        SearchKey::On(day) => Box::new(move |at| at.arrived() == *day),
        SearchKey::Since(day) => Box::new(move |at| at.arrived() >= *day),
        SearchKey::SentBefore(day) => Box::new(move |at| at.sent().is_some_and(|sent| sent < *day)),
        SearchKey::SentOn(day) => Box::new(move |at| at.sent() == Some(*day)),
        SearchKey::SentSince(day) => Box::new(move |at| at.sent().is_some_and(|sent| sent >= *day)),
        SearchKey::Larger(size) => Box::new(move |at| at.message.size() > *size as usize),
        SearchKey::Smaller(size) => Box::new(move |at| at.message.size() < *size as usize),
        SearchKey::Sequence(set) => {
            let ranges = set.resolve(view.len());
            Box::new(move |at| ranges.contains(at.seq))
        }
        SearchKey::Uid(set) => {
            let ranges = set.resolve(last_uid);
            Box::new(move |at| ranges.contains(at.message.uid()))
        }
        SearchKey::Not(key) => {
            let inner = test(key, view);
            Box::new(move |at| !inner(at))
        }
        SearchKey::Or(a, b) => {
            let (a, b) = (test(a, view), test(b, view));
            Box::new(move |at| a(at) || b(at))
        }
        SearchKey::And(keys) => {
            let all: Vec<Test<'k>> = keys.iter().map(|key| test(key, view)).collect();
            Box::new(move |at| all.iter().all(|one| one(at)))
        }
    }
}

fn has<'k>(flag: System, wanted: bool) -> Test<'k> {
    Box::new(move |at| at.message.system().contains(flag) == wanted)
}

fn lower(text: &[u8]) -> String {
    decode::unlabelled(text).to_lowercase()
}

impl Candidate<'_> {
    /// INTERNALDATE's day, "disregarding time and timezone": ours is UTC.
    fn arrived(&self) -> Date {
        TimeZone::UTC.to_datetime(self.message.date()).date()
    }

    /// The Date field's day, as its writer saw it.
    fn sent(&self) -> Option<Date> {
        let (_, value) = self.fields().iter().find(|(name, _)| name == "date")?;
        civil_day(value)
    }

    fn fields(&self) -> &[(String, String)] {
        self.fields.get_or_init(|| lower_fields(self.message.bytes(), 0..self.message.size()).collect())
    }

    fn header_contains(&self, text: &str) -> bool {
        self.fields()
            .iter()
            .any(|(name, value)| value.contains(text) || format!("{name}: {value}").contains(text))
    }

    fn body(&self) -> &str {
        self.body.get_or_init(|| {
            let mut text = String::new();
            collect_text(self.message.bytes(), &tree(self.message.bytes()), &mut text);
            text
        })
    }
}

fn lower_fields(message: &[u8], header: std::ops::Range<usize>) -> impl Iterator<Item = (String, String)> {
    fields(message, header).map(|field| {
        let name = String::from_utf8_lossy(field.name).to_lowercase();
        (name, decode::encoded_words(&field.value()).to_lowercase())
    })
}

/// The texts of all parts, and the headers of messages inside, one line apart.
fn collect_text(message: &[u8], part: &Part, text: &mut String) {
    match &part.kind {
        Kind::Multipart(parts) => parts.iter().for_each(|part| collect_text(message, part, text)),
        Kind::Message(inner) => {
            for (name, value) in lower_fields(message, inner.header.clone()) {
                text.extend([&name, ": ", &value, "\r\n"]);
            }
            collect_text(message, inner, text);
        }
        Kind::Single if part.is("text", "*") => {
            let body = message.get(part.body.clone()).unwrap_or_default();
            let encoding =
                fields(message, part.header.clone()).find(|field| field.is("Content-Transfer-Encoding"));
            let encoding = encoding.map(|field| field.value().to_ascii_lowercase()).unwrap_or_default();
            let plain = match encoding.as_slice() {
                b"base64" => Cow::Owned(decode::base64(body)),
                b"quoted-printable" => Cow::Owned(decode::quoted_printable(body)),
                _ => Cow::Borrowed(body),
            };
            let label =
                part.media.parameter("charset").filter(|label| !label.eq_ignore_ascii_case(b"us-ascii"));
            let readable = label.and_then(|label| decode::charset(&plain, label));
            text.push_str(&readable.unwrap_or_else(|| decode::unlabelled(&plain)).to_lowercase());
            text.push_str("\r\n");
        }
        Kind::Single => {}
    }
}

/// The day in a Date field in lower case, `[day-name ","] day month year ...` (RFC 5322 section 3.3). Years of two
/// and three digits are read as section 4.3 says.
fn civil_day(value: &str) -> Option<Date> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let behind_name = value.split_once(',').map_or(value, |(_, rest)| rest);
    let mut words = behind_name.split([' ', '\t', '-']).filter(|word| !word.is_empty());
    let day: i8 = words.next()?.parse().ok()?;
    let month = words.next()?.get(..3)?;
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let digits = words.next()?;
    let year: i16 = digits.parse().ok()?;
    let year = match (digits.len(), year) {
        (2, 0..50) => year + 2000,
        (2 | 3, _) => year + 1900,
        _ => year,
    };
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests;
