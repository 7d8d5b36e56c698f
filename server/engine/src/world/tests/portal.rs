//! The account portal, by a browser without a screen and by changes.
mod bad_input;
mod locks;

use core::net::{IpAddr, Ipv4Addr};
use std::fmt::Write as _;

use postfail_identity::portal::{Answer, Method, Request};

use super::*;

/// One browser: its cookie, and the page before it.
#[derive(Default)]
struct Browser {
    cookie: Option<String>,
    page: String,
    status: u16,
    sent: u8,
}

impl Browser {
    fn ask(&mut self, world: &mut World, method: Method, path: &str, form: &str, second: i64) -> Answer {
        self.sent = self.sent.wrapping_add(1);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut random = [0x5a; 32];
        random[0] = self.sent;
        let request = Request {
            method,
            path,
            query,
            form: form.as_bytes(),
            cookie: self.cookie.as_deref(),
            languages: "en",
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: false,
            random,
        };
        let answer = world.portal(&request, at(second));
        if let Some(cookie) = &answer.cookie {
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let value = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
            self.cookie = Some(value.to_owned());
        }
        answer
    }

    /// Go to a page, and on to where it sends one.
    fn go(&mut self, world: &mut World, path: &str, second: i64) -> &mut Self {
        let mut answer = self.ask(world, Method::Get, path, "", second);
        while let Some(next) = answer.location {
            answer = self.ask(world, Method::Get, &next, "", second);
        }
        (self.status, self.page) = (answer.status, answer.body);
        self
    }

    /// Fill in a form of the page and send it.
    fn send(&mut self, world: &mut World, path: &str, fields: &[(&str, &str)], second: i64) -> &mut Self {
        let csrf = self.page.split_once("name=\"csrf\" value=\"").expect("the page has no form").1;
        let mut form = format!("csrf={}", csrf.split('"').next().unwrap());
        for (name, value) in fields {
            write!(form, "&{name}={}", value.replace('@', "%40").replace('\n', "%0A").replace(' ', "+"))
                .unwrap();
        }
        let answer = self.ask(world, Method::Post, path, &form, second);
        (self.status, self.page) = (answer.status, answer.body);
        if let Some(next) = answer.location {
            self.go(world, &next, second);
        }
        self
    }

    fn shows(&self, status: u16, text: &str) {
        assert!(
            self.status == status && self.page.contains(text),
            "{} {}\nwanted {text}",
            self.status,
            self.page
        );
    }
}

fn apply(world: &mut World, json: &str, second: i64) {
    world.apply(&changes(json), at(second)).unwrap_or_else(|wrong| panic!("{json}: {wrong}"));
}

fn come(world: &mut World, user: &str, password: &str, second: i64) -> String {
    let answer = log_in(world, ListenerName::Imaps, user, password, at(second));
    answer.err().unwrap_or_else(|| "in".to_owned())
}

/// The words of what happened at the portal.
fn happened(world: &World) -> Vec<String> {
    let filter = Filter { kind: Some("portal".to_owned()), ..Filter::default() };
    let entries = world.journal().entries(&filter);
    let word = |entry: &crate::journal::Entry| match &entry.what {
        What::Portal(event) => event.what.as_str().to_owned(),
        _ => String::new(),
    };
    entries.map(word).collect()
}

/// The newest message of an INBOX.
fn newest_mail(world: &World, account: &str) -> String {
    let id = world.store().find(account).unwrap();
    let last = world.store().mailbox(id, "INBOX").unwrap().messages().last().unwrap().bytes().clone();
    String::from_utf8(last.to_vec()).unwrap()
}

fn code_in(text: &str) -> String {
    let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
    runs.find(|run| run.len() == 6).expect("no code of six digits").to_owned()
}

#[test]
fn a_code_by_phone_sets_a_new_password_and_one_by_mail_lies_in_the_other_mailbox() {
    let mut world = healthy();
    let mut browser = Browser::default();
    browser.go(&mut world, "/portal/forgot", 0);
    browser
        .send(&mut world, "/portal/forgot", &[("user", "nobody@postfail.test")], 0)
        .shows(404, "no account");
    browser
        .send(&mut world, "/portal/forgot", &[("user", "Taro@Postfail.test")], 0)
        .shows(200, "h***@postfail.test");
    browser.send(&mut world, "/portal/forgot/way", &[("way", "pigeon")], 0).shows(400, "Choose one");
    browser.send(&mut world, "/portal/forgot/way", &[("way", "mail")], 0).shows(200, "six digits");
    let mailed = code_in(newest_mail(&world, "hanako").split_once("Code: ").unwrap().1);

    browser.go(&mut world, "/portal/forgot/way", 1);
    browser.send(&mut world, "/portal/forgot/way", &[("way", "phone")], 1);
    let texted = code_in(&world.texts().last().unwrap().text);
    let new = [("password", "a whole new one"), ("again", "a whole new one")];
    let with = |code| [("code", code), new[0], new[1]];
    if mailed != texted {
        browser.send(&mut world, "/portal/forgot/code", &with(&mailed), 2).shows(403, "This code is wrong");
    }
    let short = [("code", texted.as_str()), ("password", "short"), ("again", "short")];
    browser.send(&mut world, "/portal/forgot/code", &short, 2).shows(403, "8 to 256 characters");
    browser.send(&mut world, "/portal/forgot/code", &with(&texted), 2).shows(200, "The new password is set");
    assert_eq!(come(&mut world, "taro", "a whole new one", 3), "in");
    browser.go(&mut world, "/portal/forgot/code", 4).shows(200, "Which account");
    let events = happened(&world);
    assert_eq!(events.iter().filter(|event| *event == "code-delivered").count(), 2);
    assert_eq!(events.last().unwrap(), "password-reset");
    let journal: String =
        world.journal().entries(&Filter::default()).map(|entry| world.journal().json(entry)).collect();
    assert!(!journal.contains("a whole new one") && !journal.contains(&texted), "secrets in the journal");
}

#[test]
fn codes_have_an_end_and_a_bound() {
    let mut world = healthy();
    let mut browser = Browser::default();
    let ask = |world: &mut World, browser: &mut Browser, second| {
        browser.go(world, "/portal/forgot", second);
        browser.send(world, "/portal/forgot", &[("user", "taro")], second);
        browser.send(world, "/portal/forgot/way", &[("way", "phone")], second);
        world.texts().last().map(|text| code_in(&text.text)).unwrap()
    };
    let with = |code: &str| {
        [
            ("code".to_owned(), code.to_owned()),
            ("password".into(), "long-enough".into()),
            ("again".into(), "long-enough".into()),
        ]
    };
    let send = |world: &mut World, browser: &mut Browser, code: &str, second| {
        let fields = with(code);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.send(world, "/portal/forgot/code", &fields, second);
    };
    let code = ask(&mut world, &mut browser, 0);
    send(&mut world, &mut browser, &code, 15 * 60);
    browser.shows(403, "too old");
    let code = ask(&mut world, &mut browser, 1000);
    for _ in 0..5 {
        send(&mut world, &mut browser, "no-code", 1000);
    }
    send(&mut world, &mut browser, &code, 1000);
    browser.shows(403, "too old, or none was sent");
    for _ in 0..3 {
        ask(&mut world, &mut browser, 1001);
    }
    ask(&mut world, &mut browser, 1002);
    browser.shows(429, "Too many tries");
    ask(&mut world, &mut browser, 4700);
    browser.shows(200, "six digits");
}

#[test]
fn signing_in_wakes_an_account_and_takes_a_second_step_where_one_is_wanted() {
    let mut world = healthy();
    let own = password(&world, "taro");
    apply(&mut world, r#"[{"account":{"name":"taro","act":"suspect","mfa":"app-passwords"}}]"#, 0);
    assert_eq!(come(&mut world, "taro", &own, 0), "web-login-required");
    let mut browser = Browser::default();
    browser.go(&mut world, "/portal/security", 1).shows(200, "Sign in");
    let before = browser.cookie.clone();
    browser
        .send(&mut world, "/portal/sign-in", &[("user", "taro"), ("password", "guess")], 1)
        .shows(403, "is wrong");
    browser
        .send(&mut world, "/portal/sign-in", &[("user", "taro"), ("password", &own)], 1)
        .shows(200, "Second step");
    assert_eq!(come(&mut world, "taro", &own, 1), "web-login-required", "half way is not there");
    browser
        .send(&mut world, "/portal/second-factor", &[("code", "nonono")], 1)
        .shows(403, "This code is wrong");
    let code = code_in(&world.texts().last().unwrap().text);
    browser.send(&mut world, "/portal/second-factor", &[("code", &code)], 1).shows(200, "App passwords");
    assert_ne!(browser.cookie, before, "a session that was planted is worth nothing");
    assert_eq!(come(&mut world, "taro", &own, 2), "app-password-required");

    browser.send(&mut world, "/portal/security/app-password", &[("label", "<b>Becky</b>")], 2);
    browser.shows(200, "&lt;b&gt;Becky&lt;/b&gt;");
    let shown = browser.page.split_once("id=\"app-password\">").unwrap().1[..19].to_owned();
    assert_eq!(come(&mut world, "taro", &shown, 3), "in", "with its blanks");
    assert_eq!(come(&mut world, "taro", &shown.replace(' ', ""), 3), "in");
    browser.go(&mut world, "/portal/security", 4);
    assert!(!browser.page.contains(&shown), "shown once");
    browser.send(&mut world, "/portal/security/revoke", &[("id", "7")], 4).shows(404, "no such");
    browser.send(&mut world, "/portal/security/revoke", &[("id", "1")], 4).shows(200, "There is none");
    assert_eq!(come(&mut world, "taro", &shown, 5), "bad-password");
    browser.send(&mut world, "/portal/security/sign-out-everywhere", &[], 6).shows(200, "Sign in");
    browser.go(&mut world, "/portal/security", 6).shows(200, "Mail address");
    assert_eq!(happened(&world).last().unwrap(), "signed-out-everywhere");
}

#[test]
fn the_recovery_form_is_granted_reviewed_or_rejected_by_what_is_right() {
    let sent = |answers: &str| {
        let mut world = healthy();
        apply(
            &mut world,
            &format!(
                r#"[{{"portal":{{"send_form":{{"account":"taro","contact":"hanako@postfail.test",{answers}}}}}}}]"#
            ),
            0,
        );
        world
    };
    let (all, some, few) = (
        r#""created":"2017-05","old_passwords":["taro-2017"],"subjects":["RE: hi"],"recipients":["hanako@postfail.test"],"payment":"4242""#,
        r#""created":"2017-05","old_passwords":["taro-2017"],"payment":"4242""#,
        r#""created":"2017","old_passwords":["guess","guess"],"payment":"1111""#,
    );
    // 20 + 15 + nothing for two letters of subject + 5 + 20
    assert_eq!(happened(&sent(all)), ["form-sent", "form-under-review"]);
    assert_eq!(happened(&sent(few)), ["form-sent", "form-rejected"]);
    assert!(newest_mail(&sent(few), "hanako").contains("was rejected"));

    let mut world = sent(some);
    let told = journal(&world, "portal");
    assert!(told[0].contains("55 points") && told[1].contains("form-under-review"), "{told:?}");
    apply(&mut world, r#"[{"advance":"11h"}]"#, 0);
    assert_eq!(happened(&world).len(), 2, "not yet");
    apply(&mut world, r#"[{"advance":"1h"}]"#, 0);
    assert_eq!(happened(&world)[2..], ["form-granted", "code-delivered"]);
    apply(&mut world, r#"[{"portal":{"use_form":{"account":"taro","password":"back-again"}}}]"#, 0);
    assert_eq!(come(&mut world, "taro", "back-again", 0), "in");

    // By hand, from the form to the new password.
    let mut world = healthy();
    let mut browser = Browser::default();
    browser.go(&mut world, "/portal/forgot", 0);
    browser.send(&mut world, "/portal/forgot", &[("user", "taro")], 0);
    browser.send(&mut world, "/portal/forgot/way", &[("way", "form")], 0).shows(200, "only the owner");
    let mut fields = vec![("contact", "taro@postfail.test"), ("created", "2017/5"), ("payment", "4242")];
    browser.send(&mut world, "/portal/recover", &fields, 0).shows(400, "where you can read mail now");
    fields[0].1 = "taro.new@elsewhere.example";
    browser.send(&mut world, "/portal/recover", &fields, 0).shows(200, "We are looking at it");
    fields
        .extend([("old_passwords", "taro-2017\nguess"), ("recipients", "HANAKO@postfail.test\nx@y.example")]);
    browser.go(&mut world, "/portal/recover", 1);
    browser.send(&mut world, "/portal/recover", &fields, 1).shows(200, "We are looking at it");
    apply(&mut world, r#"[{"advance":"24h"}]"#, 1);
    let cases: Vec<&str> = browser.page.split("<strong>").collect();
    let number = cases[1][..10].to_owned();
    browser.go(&mut world, &format!("/portal/recover/status?case={number}"), 2).shows(200, "Granted");
    let mail = world.store().outbox().last().unwrap().message.clone();
    let mail = String::from_utf8(mail.to_vec()).unwrap();
    let code = code_in(mail.split_once("Code: ").unwrap().1);
    let fields =
        [("case", number.as_str()), ("code", &code), ("password", "home again"), ("again", "home again")];
    browser.send(&mut world, "/portal/recover/status", &fields, 3).shows(200, "The new password is set");
    assert_eq!(come(&mut world, "taro", "home again", 3), "in");
    browser.go(&mut world, &format!("/portal/recover/status?case={number}"), 4).shows(200, "was set");
    browser.go(&mut world, "/portal/recover/status?case=0000000000", 4).shows(404, "no request");
}

#[test]
fn a_code_for_a_mailbox_that_is_gone_or_full_does_not_arrive() {
    for gone in
        [r#"{"account":{"name":"hanako","act":"delete"}}"#, r#"{"quota":{"account":"hanako","bytes":1}}"#]
    {
        let mut world = healthy();
        apply(
            &mut world,
            &format!(r#"[{gone},{{"portal":{{"ask_reset":{{"account":"taro","by":"mail"}}}}}}]"#),
            0,
        );
        assert_eq!(happened(&world), ["reset-asked", "code-undeliverable"], "{gone}");
    }
}

#[test]
fn the_domain_owner_resets_a_mailbox_and_nobody_else_does() {
    let mut world = healthy();
    let (taro, hanako) = (password(&world, "taro"), password(&world, "hanako"));
    let mut browser = Browser::default();
    browser.go(&mut world, "/portal/admin", 0).shows(200, "Example Registrar");
    assert!(!browser.page.contains("taro@postfail.test"));
    browser.go(&mut world, "/portal/sign-in", 0);
    browser.send(&mut world, "/portal/sign-in", &[("user", "taro"), ("password", &taro)], 0);
    let reset = [("mailbox", "taro"), ("password", "by-the-owner")];
    browser.send(&mut world, "/portal/admin", &reset, 0).shows(403, "Only the owner");
    browser.send(&mut world, "/portal/sign-out", &[], 0);
    browser.go(&mut world, "/portal/sign-in?continue=/portal/admin", 0);
    browser.send(&mut world, "/portal/sign-in", &[("user", "hanako"), ("password", &hanako)], 0);
    browser.shows(200, "taro@postfail.test");
    browser
        .send(&mut world, "/portal/admin", &[("mailbox", "jiro"), ("password", "long-enough")], 0)
        .shows(400, "no account");
    browser.send(&mut world, "/portal/admin", &reset, 0).shows(200, "The new password is set for");
    assert_eq!(come(&mut world, "taro", "by-the-owner", 1), "in");
    apply(&mut world, r#"[{"domain":{"owner":"","registrar":"Someone Else"}}]"#, 1);
    browser.go(&mut world, "/portal/admin", 1).shows(200, "Nobody is on file");
}

#[test]
fn changes_at_the_portal_are_checked_before_any_is_done() {
    let mut world = healthy();
    for (json, message) in [
        (
            r#"{"sign_in":{"account":"tarou"}}"#,
            "change 1: unknown account `tarou`, did you mean `taro`? valid: taro, hanako",
        ),
        (r#"{"use_code":{"account":"taro"}}"#, "change 1: no code was sent for `taro`: `ask_reset` first"),
        (
            r#"{"use_form":{"account":"taro"}}"#,
            "change 1: no recovery form of `taro` was granted: `send_form` first",
        ),
        (
            r#"{"ask_reset":{"account":"taro","by":"admin"}}"#,
            "change 1: a code goes by \"mail\" or \"phone\"",
        ),
        (
            r#"{"reset_password":{"account":"taro","by":"phone","password":"short"}}"#,
            "change 1: a password has 8 to 256 characters",
        ),
    ] {
        let wrong = world.apply(&changes(&format!(r#"[{{"portal":{json}}}]"#)), at(0)).unwrap_err();
        assert_eq!(wrong.to_string(), message, "{json}");
    }
    apply(
        &mut world,
        r#"[{"portal":{"ask_reset":{"account":"taro","by":"mail"}}},{"portal":{"use_code":{"account":"taro"}}},{"portal":{"issue_app_password":{"account":"hanako"}}}]"#,
        1,
    );
    let (taro, hanako) = (password(&world, "taro"), password(&world, "hanako"));
    assert_eq!(come(&mut world, "taro", &taro, 2), "in");
    assert_eq!((hanako.len(), come(&mut world, "hanako", &hanako, 2).as_str()), (16, "in"));
}
