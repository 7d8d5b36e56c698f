//! Capability names, the RFC each comes from, and what each is of no use without.

/// One name a server may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// As it stands in a CAPABILITY response.
    pub name: &'static str,
    /// The RFC that defines it; 0 for a vendor's own.
    pub rfc: u16,
    /// Names that must be listed with it.
    pub needs: &'static [&'static str],
    /// What a client may do when it sees the name.
    pub allows: &'static str,
}

const fn row(
    name: &'static str,
    rfc: u16,
    needs: &'static [&'static str],
    allows: &'static str,
) -> Capability {
    Capability { name, rfc, needs, allows }
}

/// Every name we know, ours and those a profile may list although we do not speak it yet.
pub static CAPABILITIES: &[Capability] = &[
    row("IMAP4rev1", 3501, &[], "the base protocol; clients fall back to IMAP2 items without it"),
    row("IMAP4rev2", 9051, &["ENABLE"], "ENABLE IMAP4rev2; only then are answers in its dialect"),
    row("STARTTLS", 3501, &[], "STARTTLS; not listed once TLS stands"),
    row("LOGINDISABLED", 3501, &[], "nothing: LOGIN is refused until TLS stands"),
    row("AUTH=PLAIN", 4616, &[], "AUTHENTICATE PLAIN"),
    row("AUTH=LOGIN", 0, &[], "AUTHENTICATE LOGIN, never standardised, in wide use"),
    row("AUTH=CRAM-MD5", 2195, &[], "AUTHENTICATE CRAM-MD5"),
    row("AUTH=SCRAM-SHA-1", 5802, &[], "AUTHENTICATE SCRAM-SHA-1"),
    row("AUTH=SCRAM-SHA-256", 7677, &[], "AUTHENTICATE SCRAM-SHA-256"),
    row("AUTH=OAUTHBEARER", 7628, &[], "AUTHENTICATE OAUTHBEARER"),
    row("AUTH=XOAUTH2", 0, &[], "AUTHENTICATE XOAUTH2 (Google)"),
    row("AUTH=EXTERNAL", 4422, &[], "AUTHENTICATE EXTERNAL, by the client's certificate"),
    row("SASL-IR", 4959, &[], "an initial response in the AUTHENTICATE line"),
    row("LITERAL+", 7888, &[], "literals of any size without waiting"),
    row("LITERAL-", 7888, &[], "literals up to 4096 bytes without waiting"),
    row("ID", 2971, &[], "ID"),
    row("ENABLE", 5161, &[], "ENABLE"),
    row("NAMESPACE", 2342, &[], "NAMESPACE"),
    row("CHILDREN", 3348, &[], r"\HasChildren and \HasNoChildren in LIST"),
    row("IDLE", 2177, &[], "IDLE"),
    row("UNSELECT", 3691, &[], "UNSELECT"),
    row("UIDPLUS", 4315, &[], "UID EXPUNGE; APPENDUID and COPYUID codes"),
    row("MOVE", 6851, &[], "MOVE and UID MOVE"),
    row("LIST-EXTENDED", 5258, &[], "selection and return options of LIST"),
    row("LIST-STATUS", 5819, &["LIST-EXTENDED"], "LIST ... RETURN (STATUS (...))"),
    row("SPECIAL-USE", 6154, &[], r"\Sent, \Trash and others in LIST"),
    row("CREATE-SPECIAL-USE", 6154, &[], r"CREATE x (USE (\Sent))"),
    row("ESEARCH", 4731, &[], "SEARCH RETURN (...)"),
    row("SEARCHRES", 5182, &["ESEARCH"], "SEARCH RETURN (SAVE) and $"),
    row("WITHIN", 5032, &[], "SEARCH OLDER and YOUNGER"),
    row("CONDSTORE", 7162, &[], "MODSEQ, CHANGEDSINCE, UNCHANGEDSINCE"),
    row("QRESYNC", 7162, &["CONDSTORE", "ENABLE"], "SELECT (QRESYNC ...), VANISHED"),
    row("UTF8=ACCEPT", 6855, &["ENABLE"], "ENABLE UTF8=ACCEPT; UTF-8 in quoted strings and names"),
    row("COMPRESS=DEFLATE", 4978, &[], "COMPRESS DEFLATE"),
    row("STATUS=SIZE", 8438, &[], "STATUS x (SIZE)"),
    row("BINARY", 3516, &[], "FETCH BINARY[...], literal8"),
    row("QUOTA", 9208, &[], "GETQUOTA, GETQUOTAROOT"),
    row("ACL", 4314, &[], "GETACL, MYRIGHTS and their kin"),
    row("SORT", 5256, &[], "SORT"),
    row("THREAD=REFERENCES", 5256, &[], "THREAD REFERENCES"),
    row("THREAD=ORDEREDSUBJECT", 5256, &[], "THREAD ORDEREDSUBJECT"),
    row("MULTIAPPEND", 3502, &[], "several messages in one APPEND"),
    row("OBJECTID", 8474, &[], "MAILBOXID, EMAILID, THREADID"),
    row("PREVIEW", 8970, &[], "FETCH PREVIEW"),
    row("UNAUTHENTICATE", 8437, &[], "UNAUTHENTICATE"),
    row("X-GM-EXT-1", 0, &[], "X-GM-LABELS, X-GM-MSGID, X-GM-THRID, X-GM-RAW (Gmail)"),
    row("XLIST", 0, &[], "XLIST (Gmail, before SPECIAL-USE)"),
];

/// The row of a name, in any case.
pub fn find(name: &str) -> Option<&'static Capability> {
    CAPABILITIES.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// What a list of names lacks: pairs of a listed name and one it needs. Empty when the list is whole. Names we do
/// not know need nothing.
pub fn lacking<'a>(listed: &[&'a str]) -> Vec<(&'a str, &'static str)> {
    let has = |need: &str| listed.iter().any(|name| name.eq_ignore_ascii_case(need));
    let rows = listed.iter().filter_map(|name| find(name).map(|row| (*name, row)));
    rows.flat_map(|(name, row)| row.needs.iter().filter(|need| !has(need)).map(move |need| (name, *need)))
        .collect()
}
