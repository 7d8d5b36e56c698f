//! What stands in braces in a provider's words: host names, times and numbers that differ from one reply to the next.
//!
//! `{tag}`, `{host}` and `{user}` are the session's to fill. All others are filled here, from the world's seed and
//! clock, so that the same seed tells the same story. A response may give words of its own for others (`fill`).
use core::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::seed::Seed;

/// Left for the session.
pub const SESSION: [&str; 3] = ["tag", "host", "user"];

/// Filled here.
pub const WORLD: [&str; 17] = [
    "client_ip",
    "correlation_id",
    "date",
    "exo_host",
    "from",
    "hexid",
    "local_time",
    "rcpt",
    "session",
    "timestamp",
    "token",
    "token1",
    "token2",
    "token3",
    "token4",
    "token_timestamp",
    "trace_id",
];

/// Known only to whoever issues tokens.
pub const ISSUER: [&str; 11] = [
    "access_token",
    "app",
    "client_id",
    "device_code",
    "issued",
    "parameter",
    "refresh_token",
    "resource",
    "tenant",
    "user",
    "valid_from",
];

/// Where and when words are said.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// Virtual time.
    pub now: Timestamp,
    /// The world's.
    pub seed: u64,
    pub connection: u64,
    pub client: Option<IpAddr>,
}

impl Occasion {
    /// The day, UTC: profiles change their words from one day to the next.
    pub fn day(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// The value of one of [`WORLD`]; `host` is the profile's.
    pub fn value(&self, name: &str, host: &str) -> Option<String> {
        let time = |form| self.now.strftime(form).to_string();
        Some(match name {
            // RFC 5737: an address for examples, where there is no network.
            "client_ip" => self.client.map_or_else(|| "192.0.2.1".to_owned(), |ip| ip.to_string()),
            "exo_host" => host.to_owned(),
            "timestamp" => time("%Y-%m-%dT%H:%M:%S%.3fZ"),
            "token_timestamp" => time("%Y-%m-%d %H:%M:%SZ"),
            "local_time" => time("%Y-%m-%d %H:%M:%S"),
            "date" => time("%a, %-d %b %Y %H:%M:%S +0000"),
            // Tenths of microseconds since the year 1, as Exchange numbers its sessions.
            "hexid" => format!("{:016X}", self.now.as_nanosecond() / 100 + 621_355_968_000_000_000),
            // One for the whole connection, of the shape `x2mb241876667wmk`.
            "session" => {
                let mut random = self.random("session", 0);
                let letters = |count, random: &mut Seed| text(b"abcdefghijklmnopqrstuvwxyz", count, random);
                let (front, back) = (letters(4, &mut random), letters(3, &mut random));
                format!("{front}{}{back}", text(b"0123456789", 9, &mut random))
            }
            "token" | "token1" | "token2" | "token3" | "token4" => {
                text(TOKEN, 43, &mut self.random(name, self.now.as_nanosecond()))
            }
            "trace_id" | "correlation_id" => {
                let hex = text(b"0123456789abcdef", 32, &mut self.random(name, self.now.as_nanosecond()));
                let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex[range].to_owned());
                parts.join("-")
            }
            // RFC 2606: the session knows the real ones, but does not tell the world.
            "rcpt" => "recipient@example.org".to_owned(),
            "from" => "sender@example.org".to_owned(),
            _ => return None,
        })
    }

    /// Numbers for one placeholder: the same on the same occasion.
    fn random(&self, name: &str, moment: i128) -> Seed {
        let name = name.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let mut connection = Seed::new(self.connection ^ name.rotate_left(32));
        let moment = moment.rem_euclid(i128::from(u64::MAX));
        Seed::new(self.seed ^ connection.draw() ^ u64::try_from(moment).unwrap_or_default())
    }
}

const TOKEN: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn text(alphabet: &[u8], count: usize, random: &mut Seed) -> String {
    (0..count).map(|_| alphabet[(random.draw() % alphabet.len() as u64) as usize] as char).collect()
}

/// The names in braces, in order of place.
pub fn names(template: &str) -> Vec<&str> {
    let mut found = Vec::new();
    walk(template, |part| found.extend(part.name));
    found
}

/// Put values in place of the names they are known for, in one pass.
pub fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    walk(template, |part| match part.name.and_then(&value) {
        Some(value) => filled.push_str(&value),
        None => filled.push_str(part.text),
    });
    filled
}

/// A piece of a template: `{name}`, or text.
struct Part<'a> {
    text: &'a str,
    name: Option<&'a str>,
}

/// ```abnf
/// placeholder = "{" 1*(%x61-7A / DIGIT / "_") "}"
/// ```
/// Other braces, such as those of JSON, are text.
fn walk<'a>(template: &'a str, mut part: impl FnMut(Part<'a>)) {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, opened) = rest.split_at(at);
        part(Part { text: before, name: None });
        let end = opened.find('}').filter(|end| is_name(&opened[1..*end]));
        let name = end.map(|end| &opened[1..end]);
        let (piece, behind) = opened.split_at(end.map_or(1, |end| end + 1));
        part(Part { text: piece, name });
        rest = behind;
    }
    part(Part { text: rest, name: None });
}

#[cfg(test)]
mod tests;
