//! Autodiscover, plain old XML (MS-OXDSCLI 2.2.4): what Outlook asks before it asks the person.
use std::fmt::Write as _;

use postfail_session::world::{Protocol, Security};

use super::{Page, Settings, escaped};

const MEDIA_TYPE: &str = "text/xml; charset=utf-8";
/// Longest mailbox taken (RFC 5321 4.5.3.1: a path of 256 octets).
const MAILBOX_MAX: usize = 256;

/// The mailbox of a request: `<EMailAddress>taro@postfail.test</EMailAddress>`, with or without a prefix.
pub fn mailbox(request: &str) -> Option<&str> {
    let (_, rest) = request.split_once("EMailAddress>")?;
    let address = rest.split_once('<')?.0.trim();
    let is_one = address.contains('@') && address.len() <= MAILBOX_MAX && !address.contains(char::is_control);
    is_one.then_some(address)
}

/// What a request without a mailbox is told (MS-OXDSCLI 2.2.4.1.1.1: error 600).
pub fn invalid_request() -> Page {
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">\n  <Response>\n    \
         <Error>\n      <ErrorCode>600</ErrorCode>\n      <Message>Invalid Request</Message>\n      <DebugData />\n    \
         </Error>\n  </Response>\n</Autodiscover>\n";
    Page { status: 200, media_type: MEDIA_TYPE, body: body.to_owned() }
}

pub fn write(settings: &Settings<'_>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">\n  \
         <Response xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\">\n    \
         <Account>\n      <AccountType>email</AccountType>\n      <Action>settings</Action>\n",
    );
    for place in &settings.places {
        let kind = match place.protocol {
            Protocol::Imap => "IMAP",
            Protocol::Pop3 => "POP3",
            Protocol::Smtp => "SMTP",
        };
        let (ssl, encryption) = match place.security {
            Security::Plain => ("off", "None"),
            Security::StartTls => ("on", "TLS"),
            Security::Implicit => ("on", "SSL"),
        };
        let _ = write!(
            xml,
            "      <Protocol>\n        <Type>{kind}</Type>\n        <Server>{}</Server>\n        <Port>{}</Port>\n        \
             <DomainRequired>off</DomainRequired>\n        <LoginName>{}</LoginName>\n        <SPA>off</SPA>\n        \
             <SSL>{ssl}</SSL>\n        <Encryption>{encryption}</Encryption>\n        <AuthRequired>on</AuthRequired>\n      \
             </Protocol>\n",
            escaped(settings.host),
            place.port,
            escaped(settings.address)
        );
    }
    xml.push_str("    </Account>\n  </Response>\n</Autodiscover>\n");
    xml
}
