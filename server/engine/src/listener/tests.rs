use super::*;

#[test]
fn ports_are_the_registered_ones() {
    let ports: Vec<u16> = ListenerName::ALL.iter().map(|name| name.standard_port()).collect();
    assert_eq!(ports, [25, 587, 465, 110, 995, 143, 993]);
    assert_eq!(ListenerName::Imaps.usual_port(), 3993);
}

#[test]
fn windows_are_read_and_shown() {
    let window: Window = "1.0-1.3".parse().unwrap();
    assert_eq!(window, Window::ALL);
    assert_eq!(window.to_string(), "1.0 to 1.3");
    assert_eq!("1.2".parse::<Window>().unwrap().to_string(), "1.2 only");
    assert_eq!(serde_json::to_string(&Window::MODERN).unwrap(), "\"1.2-1.3\"");
    assert_eq!(serde_json::from_str::<Window>("\"1.1-1.2\"").unwrap().versions().count(), 2);
}

#[test]
fn wrong_windows_say_what_would_be_right() {
    for (text, message) in [
        (
            "1.4",
            "unknown TLS version `1.4`; valid: 1.0, 1.1, 1.2, 1.3; write a window as `1.2-1.3`, or `1.2` for one version",
        ),
        (
            "1.3-1.0",
            "the window 1.3-1.0 is empty: its first version is above its last; did you mean `1.0-1.3`?",
        ),
    ] {
        assert_eq!(text.parse::<Window>().unwrap_err().to_string(), message);
    }
}

#[test]
fn a_wrong_listener_names_the_nearest() {
    assert_eq!(
        "imapss".parse::<ListenerName>().unwrap_err().to_string(),
        "unknown listener `imapss`, did you mean `imaps`? valid: smtp, submission, smtps, pop3, pop3s, imap, imaps"
    );
}

#[test]
fn codes_are_those_of_the_wire() {
    for version in TlsVersion::ALL {
        assert_eq!(TlsVersion::from_code(version.code()), Some(version));
    }
    assert_eq!(TlsVersion::from_code(0x0300), None);
    assert_eq!(TlsVersion::from_code(0x8a8a), None);
}
