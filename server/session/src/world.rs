//! What a session may ask of the world it lives in: policy, faults, log-ins, mailboxes, and a place to report.
use core::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use postfail_store::{AccountId, OutboxRecipient, Store};
use postfail_wire::sasl::Bindings;
use postfail_wire::sasl::scram::{Hash, Shown};
use serde::{Deserialize, Serialize};

use crate::Event;
pub use crate::capabilities::{Capabilities, Granted, Listing, Situation};

/// The three protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Smtp,
    Pop3,
    Imap,
}

/// How a listener protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Never TLS.
    Plain,
    /// Plaintext until STARTTLS / STLS.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// What a connection's listener is, fixed for the life of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub protocol: Protocol,
    pub security: Security,
    /// The name in greetings and in EHLO answers.
    pub host: String,
    /// SASL mechanisms offered, in order, in capitals.
    pub mechanisms: Vec<String>,
    /// Passwords and transactions only under TLS (LOGINDISABLED, no USER, 530 before STARTTLS).
    pub require_tls: bool,
    /// SMTP: mail is taken only from authenticated senders (submission); otherwise for local accounts from anybody.
    pub require_login: bool,
    /// Greeting text behind `220 `, `+OK ` or `* OK `; `{host}` is filled in by the session.
    pub greeting: String,
    /// What EHLO, CAPA and CAPABILITY list, where the provider's own words are known.
    pub capabilities: Capabilities,
    pub limits: Limits,
}

/// Bounds on what a peer may make us hold or wait for; `docs/limits.md` lists them with their sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line without CRLF, in bytes, before the connection is refused.
    pub line: usize,
    /// Largest literal or message, in bytes; also SIZE.
    pub message: usize,
    /// Most recipients of one mail transaction.
    pub recipients: usize,
    /// Bytes of one command with all its literals, messages aside.
    pub command: usize,
    /// Wrong commands before the connection is closed.
    pub errors: u32,
    /// Silence before and after log-in.
    pub idle_before_login: Duration,
    pub idle_after_login: Duration,
}

impl Limits {
    /// When a client that has said nothing since `now` is given up.
    #[must_use]
    pub fn deadline(&self, now: Timestamp, logged_in: bool) -> Timestamp {
        let idle = if logged_in { self.idle_after_login } else { self.idle_before_login };
        let idle = SignedDuration::try_from(idle).unwrap_or(SignedDuration::MAX);
        now.saturating_add(idle).unwrap_or(Timestamp::MAX)
    }
}

/// The moment a session asks `rule` about.
#[derive(Clone, Copy, Debug)]
pub struct Cue<'a> {
    pub stage: Stage,
    /// The verb in capitals; empty where there is none (greeting). `.` is the end of a mail's data in SMTP.
    pub verb: &'a str,
    /// The account logged in, or named by the log-in at hand.
    pub account: Option<&'a str>,
    /// The IMAP tag, for replies.
    pub tag: &'a str,
}

/// Where in a conversation a fault can sit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Connect,
    Greeting,
    StartTls,
    Handshake,
    Capability,
    Auth,
    Mailbox,
    Data,
    Idle,
    Quit,
    Command,
}

/// The world's answer to a cue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ruling {
    /// Do what the protocol says.
    #[default]
    Proceed,
    /// Wait first, then do what the protocol says.
    Delay(Duration),
    /// Say this instead, and then `then`.
    Reply(Refusal),
    /// Answer as if the verb were unknown.
    Hide,
    /// Say nothing, go on.
    Ignore,
    /// Say nothing and end the connection.
    Close(crate::Close),
    /// Send these bytes as they are in place of the answer, and then `then`.
    Raw { bytes: Bytes, then: Then },
    /// Do what the protocol says, with foreign bytes around the answer.
    Inject(Injection),
    /// Do what the protocol says, and write in another manner from here on.
    Shape(Shape),
    /// STARTTLS: start TLS, and obey behind it what was pipelined before it (CVE-2011-0411).
    Keep,
    /// IMAP's greeting: `* PREAUTH text`, and the client is this account.
    Preauth { account: String, text: String },
    /// Only at `Stage::Handshake`, where no session asks.
    Handshake(InHandshake),
}

/// What goes wrong below TLS. Bytes are counted from the first one the server writes in the handshake; where one can be
/// `None`, that is the end of the ServerHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InHandshake {
    /// Nothing more behind so many bytes.
    Cut { after: Option<usize>, then: Then },
    /// This byte has all its bits turned over.
    Flip { at: usize },
    /// An alert between two records, encrypted where they are so in TLS 1.3.
    Alert { description: u8, fatal: bool, after: Option<usize>, then: Then },
    /// However we end the connection, it is by FIN alone.
    NoCloseNotify,
}

/// Bytes around an answer, sent as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Injection {
    pub before: Bytes,
    pub behind: Bytes,
    /// `None`: in one segment with the answer; else in a segment of their own, this long apart from it.
    pub delay: Option<Duration>,
    /// What happens to the connection behind all of it.
    pub then: Then,
}

/// How bytes go out, under TLS or not, to the end of the connection; times are virtual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// At most so many bytes in a second; 0 is taken for 1.
    Throttle { rate: u64 },
    /// So many bytes at a time, with a pause behind each piece; 0 is taken for 1.
    Drip { bytes: usize, every: Duration },
    /// After so many bytes nothing more goes out; `then` is what happens when there is more, `Keep` like `Hang`.
    Truncate { after: usize, then: Then },
}

/// A refusal in a provider's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The failure's name in the fact catalogue (`bad-password`), for the journal.
    pub failure: String,
    /// Whole lines without CRLF; `{tag}`, `{host}`, `{user}` are filled in by the session's `say`.
    pub lines: Vec<String>,
    /// How long the server thinks before it answers.
    pub delay: Duration,
    pub then: Then,
    /// What an OAuth mechanism says before the lines, in base64, and lets the client answer (RFC 7628 section 3.2.2).
    pub challenge: Option<String>,
}

/// What happens to the connection behind a refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    #[default]
    Keep,
    Close,
    Reset,
    Hang,
}

/// A log-in with everything the client showed.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The user name as sent; empty where the token or the certificate alone says who it is.
    pub user: &'a str,
    /// As whom to act (RFC 4616 section 2); empty, or a name of the same account, for oneself. Nobody may act as
    /// somebody else here.
    pub authorization: &'a str,
    /// `LOGIN` (IMAP's command), `USER` (POP3's USER and PASS), `APOP`, or the SASL mechanism.
    pub mechanism: &'a str,
    pub proof: Proof<'a>,
    /// Under TLS?
    pub secured: bool,
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    Password(&'a [u8]),
    /// CRAM-MD5 (RFC 2195): hex HMAC-MD5 of `challenge` keyed with the password.
    CramMd5 {
        challenge: &'a str,
        digest: &'a str,
    },
    /// APOP (RFC 1939 section 7): hex MD5 of `timestamp` and the password.
    Apop {
        timestamp: &'a str,
        digest: &'a str,
    },
    /// SCRAM (RFC 5802).
    Scram(&'a Shown),
    /// XOAUTH2 and OAUTHBEARER (RFC 7628).
    Bearer {
        token: &'a str,
    },
    /// EXTERNAL (RFC 4422 appendix A): the certificate in [`World::channel`].
    External,
}

/// A log-in that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    pub account: AccountId,
    /// When the session ends because its token does; `None` where this provider lets it go on.
    pub until: Option<Timestamp>,
    /// SCRAM: what shows the client that we know its password too.
    pub signature: Vec<u8>,
}

impl From<AccountId> for Admission {
    fn from(account: AccountId) -> Self {
        Self { account, until: None, signature: Vec::new() }
    }
}

/// What TLS tells of a connection to those who log in on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    pub bindings: Bindings,
    /// The names in the client's certificate, which was verified: mail addresses and common names.
    pub client: Vec<String>,
}

/// Mail handed in by SMTP.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    pub reverse_path: &'a str,
    pub recipients: &'a [Recipient],
    /// The message as received, dot-unstuffed, with our Return-Path and Received fields already in front.
    pub message: Bytes,
    /// Bytes of the Return-Path field. It is added on final delivery only (RFC 5321 section 4.4): the outbox goes
    /// without it.
    pub return_path: usize,
    /// RET and ENVID (RFC 3461), for the outbox.
    pub ret: Option<&'a str>,
    pub envid: Option<&'a str>,
    /// Who is logged in.
    pub sender: Option<AccountId>,
}

/// Where an accepted recipient's mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Into this account's INBOX.
    Local { account: AccountId, address: String },
    /// Into the world's outbox; never further.
    Outbox(OutboxRecipient),
}

impl Recipient {
    /// As the client wrote it.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Local { address, .. } | Self::Outbox(OutboxRecipient { address, .. }) => address,
        }
    }
}

/// The world as a session sees it. One value per connection, made by the engine.
pub trait World {
    fn policy(&self) -> &Policy;
    /// This connection's number, given once in this world: the store knows by it who has a mailbox or maildrop open,
    /// and whom to wake (`Store::take_woken`).
    fn connection(&self) -> u64;
    /// The client's address, for trace fields (RFC 5321 section 4.4); `None` where there is no network.
    fn peer(&self) -> Option<IpAddr> {
        None
    }
    /// May I proceed?
    fn rule(&mut self, cue: &Cue<'_>) -> Ruling;
    /// What TLS knows of this connection; `None` in the clear.
    fn channel(&self) -> Option<&Channel> {
        None
    }
    /// Who is this? A refusal is already in the provider's words.
    fn log_in(&mut self, attempt: &Attempt<'_>) -> Result<Admission, Refusal>;
    /// SCRAM's salt for a user name, there or not (RFC 5802 section 5.1).
    fn scram_salt(&mut self, hash: Hash, user: &str) -> Vec<u8>;
    /// The provider's words for a failure; a built-in wording where the profile has none.
    fn wording(&self, failure: &str) -> Refusal;
    /// The same for a log-in by this mechanism, where the provider tells them apart.
    fn wording_by(&self, failure: &str, _mechanism: &str) -> Refusal {
        self.wording(failure)
    }
    fn store(&mut self) -> &mut Store;
    /// Whose mail an address is; `None` when it is nobody's here. An error is the words for the SMTP reply.
    fn recipient(&mut self, address: &str) -> Result<Option<AccountId>, Refusal> {
        Ok(self.store().find_recipient(address))
    }
    /// Keep this mail for all its recipients, one copy for each account, or for none of them; on return it can be
    /// read. An error is the words for the SMTP reply.
    fn take_mail(&mut self, mail: &Mail<'_>) -> Result<(), Refusal>;
    /// This connection now holds so many bytes of a message that has not been handed over, in place of what it said
    /// before. False when that, with what all others hold and what is kept, is more than there is room for: the bytes
    /// must go, and nothing is counted.
    fn hold(&mut self, bytes: usize) -> bool;
    /// Put an event into the journal.
    fn note(&mut self, event: Event);
    /// A number never given before in this world, from its seed: challenges, queue ids.
    fn nonce(&mut self) -> u64;
    /// Virtual now is given to each call; this is for dates inside one.
    fn now(&self) -> Timestamp;
}
