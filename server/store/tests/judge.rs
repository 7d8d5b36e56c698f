//! `mail-parser` as judge: on well-formed messages its tree and texts are ours.
use bytes::Bytes;
use mail_parser::{MessageParser, MimeHeaders, PartType};
use postfail_store::mime::tree::{Kind, Part, tree};
use postfail_store::mime::{decode, envelope};

/// Our tree as text: types in lower case, leaves with the length of the encoded body.
fn ours(part: &Part) -> String {
    let name = String::from_utf8_lossy(&part.media.value).to_lowercase();
    match &part.kind {
        Kind::Single => format!("{name} {}", part.body.len()),
        Kind::Message(inner) => format!("{name}({})", ours(inner)),
        Kind::Multipart(parts) => {
            format!("{name}[{}]", parts.iter().map(ours).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The judge's tree in the same form.
fn theirs(message: &mail_parser::Message<'_>, at: usize) -> String {
    let part = &message.parts[at];
    let name = part.content_type().map_or("text/plain".to_owned(), |kind| {
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_lowercase()
    });
    match &part.body {
        PartType::Multipart(parts) => {
            let parts: Vec<String> = parts.iter().map(|&at| theirs(message, at as usize)).collect();
            format!("{name}[{}]", parts.join(", "))
        }
        PartType::Message(inner) => format!("message/rfc822({})", theirs(inner, 0)),
        _ => format!("{name} {}", part.offset_end - part.offset_body),
    }
}

const MESSAGES: &[&str] = &[
    "From: a@b\r\nTo: c@d\r\nSubject: plain\r\n\r\nhello\r\n",
    "Content-Type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\npreamble\r\n--simple boundary\r\n\r\none\r\n\
     --simple boundary\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\ntwo\r\n\r\n--simple boundary--\r\nepilogue",
    "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n\
     --in\r\nContent-Type: text/plain\r\n\r\nplain\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--in--\r\n\
     --out\r\nContent-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--out--\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\
     Content-Type: text/plain\r\n\r\ninside\r\n--b--\r\n",
    "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n",
];

#[test]
fn trees_agree() {
    for message in MESSAGES {
        let judge = MessageParser::default().parse(message.as_bytes()).expect("the judge reads it");
        assert_eq!(ours(&tree(message.as_bytes())), theirs(&judge, 0), "{message}");
    }
}

#[test]
fn subjects_agree() {
    for subject in [
        "plain",
        "=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= and more",
        "=?UTF-8?B?5pel5pys6Kqe?=\r\n =?UTF-8?B?44Gu5Lu25ZCN?=",
        "=?UTF-8?Q?a?= b =?UTF-8?Q?c?=",
        "folded\r\n once",
    ] {
        let message = format!("Subject: {subject}\r\n\r\n");
        let judge = MessageParser::default().parse(message.as_bytes()).expect("the judge reads it");
        let own = envelope(&Bytes::from(message.clone())).subject.expect("there is one");
        assert_eq!(Some(decode::encoded_words(&own).as_str()), judge.subject(), "{subject}");
    }
}
