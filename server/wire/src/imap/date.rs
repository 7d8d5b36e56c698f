//! Dates and date-times (RFC 3501 section 9) to and from jiff's values.
use bytes::{BufMut, BytesMut};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::combinator::{map_opt, opt};
use nom::sequence::{delimited, preceded};

use super::encode;
use super::token::{Reading, Stop, decimal, expect};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// ```text
/// date      = date-text / DQUOTE date-text DQUOTE
/// date-text = date-day "-" date-month "-" date-year
/// ```
pub fn date(input: &[u8]) -> Reading<'_, Date> {
    expect("date", alt((delimited(tag("\""), date_text, tag("\"")), date_text))).parse(input)
}

fn date_text(input: &[u8]) -> Reading<'_, Date> {
    let parts = (digits(1, 2), tag("-"), month, tag("-"), digits(4, 4));
    map_opt(parts, |(day, _, month, _, year)| Date::new(year, month, i8::try_from(day).ok()?).ok())
        .parse(input)
}

/// ```text
/// date-time      = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
/// date-day-fixed = (SP DIGIT) / 2DIGIT
/// time           = 2DIGIT ":" 2DIGIT ":" 2DIGIT
/// zone           = ("+" / "-") 4DIGIT
/// ```
/// A leap second counts as the second before it. One digit without its space is read too.
pub fn date_time(input: &[u8]) -> Reading<'_, Timestamp> {
    let day = preceded(opt(tag(" ")), date_text);
    let clock = (digits(2, 2), tag(":"), digits(2, 2), tag(":"), digits(2, 2));
    let zone = (alt((tag("+"), tag("-"))), digits(2, 2), digits(2, 2));
    let whole = delimited(tag("\""), (day, tag(" "), clock, tag(" "), zone), tag("\""));
    let value = map_opt(whole, |(day, _, (hour, _, minute, _, second), _, (sign, hours, minutes))| {
        let small = |number: i16| i8::try_from(number).ok();
        let time = Time::new(
            small(hour)?,
            small(minute)?,
            small(second.min(if second == 60 { 59 } else { 99 }))?,
            0,
        );
        let east = i32::from(hours) * 3600 + i32::from(minutes) * 60;
        let offset = Offset::from_seconds(if sign == b"-" { -east } else { east }).ok()?;
        offset.to_timestamp(DateTime::from_parts(day, time.ok()?)).ok()
    });
    expect("date-time", value).parse(input)
}

/// Writes `date-time`, quotes included, in UTC.
pub fn write_date_time(out: &mut BytesMut, at: Timestamp) {
    let civil = Offset::UTC.to_datetime(at);
    let month = usize::from(civil.month().unsigned_abs()).checked_sub(1).and_then(|place| MONTHS.get(place));
    let (day, month, year) = (civil.day(), month.unwrap_or(&"Jan"), civil.year());
    out.put_u8(b'"');
    encode::number(out, format_args!("{day:02}-{month}-{year:04}"));
    encode::number(
        out,
        format_args!(" {:02}:{:02}:{:02} +0000", civil.hour(), civil.minute(), civil.second()),
    );
    out.put_u8(b'"');
}

fn digits<'a>(least: usize, most: usize) -> impl Parser<&'a [u8], Output = i16, Error = Stop<'a>> {
    let run = take_while_m_n(least, most, |byte: u8| byte.is_ascii_digit());
    map_opt(run, |digits| decimal(digits).and_then(|value| i16::try_from(value).ok()))
}

/// `date-month = "Jan" / "Feb" / ... / "Dec"`, in any case.
fn month(input: &[u8]) -> Reading<'_, i8> {
    let letters = take_while_m_n(3, 3, |byte: u8| byte.is_ascii_alphabetic());
    map_opt(letters, |word: &[u8]| {
        let place = MONTHS.iter().position(|month| word.eq_ignore_ascii_case(month.as_bytes()))?;
        i8::try_from(place + 1).ok()
    })
    .parse(input)
}
