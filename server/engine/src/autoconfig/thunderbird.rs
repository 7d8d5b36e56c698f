//! Thunderbird's config file, version 1.1 (Internet-Draft draft-bucksch-autoconfig), which most other programs read too.
use std::fmt::Write as _;

use postfail_session::world::{Protocol, Security};

use super::{Settings, escaped};

pub fn write(settings: &Settings<'_>) -> String {
    let domain = settings.address.rsplit_once('@').map_or("postfail.test", |(_, domain)| domain);
    let (domain, title) = (escaped(domain), escaped(settings.title));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\">\n  <emailProvider id=\"{domain}\">\n    \
         <domain>{domain}</domain>\n    <displayName>{title}</displayName>\n    \
         <displayShortName>{title}</displayShortName>\n"
    );
    for place in &settings.places {
        let (tag, kind) = match place.protocol {
            Protocol::Imap => ("incomingServer", "imap"),
            Protocol::Pop3 => ("incomingServer", "pop3"),
            Protocol::Smtp => ("outgoingServer", "smtp"),
        };
        let socket = match place.security {
            Security::Plain => "plain",
            Security::StartTls => "STARTTLS",
            Security::Implicit => "SSL",
        };
        let _ = write!(
            xml,
            "    <{tag} type=\"{kind}\">\n      <hostname>{}</hostname>\n      <port>{}</port>\n      \
             <socketType>{socket}</socketType>\n      <authentication>password-cleartext</authentication>\n      \
             <username>%EMAILADDRESS%</username>\n    </{tag}>\n",
            escaped(settings.host),
            place.port
        );
    }
    xml.push_str("  </emailProvider>\n</clientConfig>\n");
    xml
}
