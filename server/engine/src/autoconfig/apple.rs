//! Apple's configuration profile (Configuration Profile Reference, payload `com.apple.mail.managed`).
use postfail_session::world::{Protocol, Security};

use super::{Place, Settings, escaped};

/// A profile with the same identifiers replaces the one installed before.
const PROFILE: &str = "7B1E6C7E-2B70-4D66-9A57-0F3C1D6F0A10";
const PAYLOAD: &str = "7B1E6C7E-2B70-4D66-9A57-0F3C1D6F0A11";

/// It holds one incoming and one outgoing server: the first of each.
pub fn write(settings: &Settings<'_>) -> String {
    let incoming = settings.places.iter().find(|place| place.protocol != Protocol::Smtp);
    let outgoing = settings.places.iter().find(|place| place.protocol == Protocol::Smtp);
    let kind = match incoming.map(|place| place.protocol) {
        Some(Protocol::Pop3) => "EmailTypePOP",
        _ => "EmailTypeIMAP",
    };
    let (address, title) = (escaped(settings.address), escaped(settings.title));
    let servers = server("Incoming", incoming, settings) + &server("Outgoing", outgoing, settings);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>PayloadContent</key>\n  <array>\n    <dict>\n      \
         <key>PayloadType</key><string>com.apple.mail.managed</string>\n      \
         <key>PayloadIdentifier</key><string>test.postfail.mail</string>\n      \
         <key>PayloadUUID</key><string>{PAYLOAD}</string>\n      <key>PayloadVersion</key><integer>1</integer>\n      \
         <key>EmailAccountDescription</key><string>{title}</string>\n      \
         <key>EmailAccountType</key><string>{kind}</string>\n      \
         <key>EmailAddress</key><string>{address}</string>\n{servers}    </dict>\n  </array>\n  \
         <key>PayloadDisplayName</key><string>{title}</string>\n  \
         <key>PayloadIdentifier</key><string>test.postfail</string>\n  <key>PayloadType</key><string>Configuration</string>\n  \
         <key>PayloadUUID</key><string>{PROFILE}</string>\n  <key>PayloadVersion</key><integer>1</integer>\n</dict>\n</plist>\n"
    )
}

/// `UseSSL` is one word for both ways to TLS: the device tries which it is.
fn server(side: &str, place: Option<&Place>, settings: &Settings<'_>) -> String {
    let Some(place) = place else { return String::new() };
    let (host, address) = (escaped(settings.host), escaped(settings.address));
    let (port, ssl) = (place.port, place.security != Security::Plain);
    format!(
        "      <key>{side}MailServerAuthentication</key><string>EmailAuthPassword</string>\n      \
         <key>{side}MailServerHostName</key><string>{host}</string>\n      \
         <key>{side}MailServerPortNumber</key><integer>{port}</integer>\n      \
         <key>{side}MailServerUseSSL</key><{ssl}/>\n      \
         <key>{side}MailServerUsername</key><string>{address}</string>\n"
    )
}
