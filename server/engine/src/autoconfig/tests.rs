use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::change::Change;
use crate::profile::neutral;

const TARO: &str = "taro@postfail.test";

fn world(change: &str) -> World {
    let now = Timestamp::from_second(1_780_000_000).unwrap();
    let mut world = World::healthy(1, Arc::new(neutral().clone()), &[], now);
    for (at, name) in ListenerName::ALL.into_iter().enumerate() {
        world.set_port(name, 40_000 + u16::try_from(at).unwrap());
    }
    let changes: Vec<Change> = serde_json::from_str(change).unwrap();
    world.apply(&changes, now).unwrap();
    world
}

fn told(change: &str, service: Service) -> Page {
    let page = page(&world(change), service, "localhost", TARO);
    if page.status == 200 {
        read(&page.body);
    }
    page
}

/// An XML parser gets to its end: every tag is closed, every letter allowed.
fn read(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    while reader.read_event().unwrap_or_else(|wrong| panic!("{wrong}: {xml}"))
        != quick_xml::events::Event::Eof
    {}
}

/// What stands between the tags of this name, in order.
fn values<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(value, _)| value).collect()
}

#[test]
fn the_open_listeners_are_described_as_they_are() {
    let page = told(r#"[{"listener":{"name":"pop3","state":"closed"}}]"#, Service::Thunderbird);
    assert_eq!((page.status, page.media_type), (200, "text/xml; charset=utf-8"));
    let port = |name: ListenerName| (40_000 + name as u16).to_string();
    use ListenerName::{Imap, Imaps, Pop3s, Smtps, Submission};
    assert_eq!(values(&page.body, "port"), [Imaps, Imap, Pop3s, Smtps, Submission].map(port));
    assert_eq!(values(&page.body, "socketType"), ["SSL", "STARTTLS", "SSL", "SSL", "STARTTLS"]);
    assert!(values(&page.body, "hostname").iter().all(|host| *host == "localhost"));
    assert_eq!(values(&page.body, "domain"), ["postfail.test"]);
    assert_eq!(page.body.matches("type=\"smtp\"").count(), 2);
}

#[test]
fn autodiscover_says_the_same_in_its_words() {
    let page = told("[]", Service::Autodiscover);
    assert_eq!(values(&page.body, "Type"), ["IMAP", "IMAP", "POP3", "POP3", "SMTP", "SMTP"]);
    assert_eq!(values(&page.body, "Encryption"), ["SSL", "TLS", "SSL", "TLS", "SSL", "TLS"]);
    assert!(values(&page.body, "LoginName").iter().all(|name| *name == TARO));
}

#[test]
fn a_profile_for_apple_holds_the_first_of_each() {
    let page = told(r#"[{"listener":{"name":"all","security":"plain"}}]"#, Service::Apple);
    assert_eq!(page.media_type, "application/x-apple-aspen-config");
    assert_eq!(values(&page.body, "integer"), ["1", "40006", "40002", "1"]);
    assert_eq!(page.body.matches("<false/>").count(), 2);
    let page = told(r#"[{"autoconfig":{"answer":"stale"}}]"#, Service::Apple);
    assert!(page.body.contains("EmailTypePOP"), "{}", page.body);
}

#[test]
fn each_answer_is_wrong_in_its_way() {
    let with =
        |answer: &str| told(&format!(r#"[{{"autoconfig":{{"answer":"{answer}"}}}}]"#), Service::Thunderbird);
    assert_eq!((with("missing").status, with("error").status), (404, 500));
    let stale = with("stale").body;
    assert_eq!(values(&stale, "port"), ["40003", "40000"], "POP3 and SMTP");
    assert_eq!(values(&stale, "socketType"), ["plain", "plain"]);
    assert_eq!(values(&with("wrong-port").body, "port"), ["585", "585", "109", "109", "26", "26"]);
    let encryption = with("wrong-encryption").body;
    assert_eq!(values(&encryption, "socketType"), ["STARTTLS", "SSL", "STARTTLS", "SSL", "STARTTLS", "SSL"]);
    assert_eq!(with("right"), told("[]", Service::Thunderbird));
}

#[test]
fn one_service_may_be_wrong_alone() {
    let change = r#"[{"autoconfig":{"service":"autodiscover","answer":"error"}}]"#;
    assert_eq!(told(change, Service::Autodiscover).status, 500);
    assert_eq!(told(change, Service::Thunderbird).status, 200);
}

#[test]
fn what_was_asked_for_cannot_write_xml() {
    let page = page(&world("[]"), Service::Autodiscover, "localhost", "<a>&\"\u{1}@b");
    read(&page.body);
    assert_eq!(values(&page.body, "LoginName")[0], "&lt;a&gt;&amp;&quot;\u{fffd}@b");
}

#[test]
fn the_mailbox_of_a_request() {
    let long = format!("<EMailAddress>{}@x</EMailAddress>", "a".repeat(300));
    for (request, wanted) in [
        ("<Request><EMailAddress>taro@postfail.test</EMailAddress>", Some(TARO)),
        ("<r:EMailAddress> taro@postfail.test </r:EMailAddress>", Some(TARO)),
        ("<EMailAddress>taro</EMailAddress>", None),
        ("<EMailAddress>taro@postfail.test", None),
        ("EMailAddress>", None),
        ("", None),
        (&long, None),
    ] {
        assert_eq!(mailbox(request), wanted, "{request}");
    }
    read(&invalid_request().body);
    assert_eq!(values(&invalid_request().body, "ErrorCode"), ["600"]);
}
