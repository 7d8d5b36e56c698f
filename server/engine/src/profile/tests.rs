use postfail_session::world::Then;

use super::*;

fn profile(id: &str) -> Profile {
    let text = match id {
        "dovecot" => include_str!("../../../../scenarios/profiles/dovecot.toml"),
        "exchange-online" => include_str!("../../../../scenarios/profiles/exchange-online.toml"),
        "gmail" => include_str!("../../../../scenarios/profiles/gmail.toml"),
        "microsoft-identity" => include_str!("../../../../scenarios/profiles/microsoft-identity.toml"),
        "odn-softbank" => include_str!("../../../../scenarios/profiles/odn-softbank.toml"),
        "outlook.com" => include_str!("../../../../scenarios/profiles/outlook.com.toml"),
        "yahoo" => include_str!("../../../../scenarios/profiles/yahoo.toml"),
        _ => return neutral().clone(),
    };
    parse(id, text).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn parse(id: &str, text: &str) -> Result<Profile, Diagnostic> {
    Profile::parse(id, &Source { name: "x.toml", text })
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn noon(date: &str) -> Occasion {
    let now = format!("{date}T12:00:00Z").parse().unwrap();
    Occasion { now, seed: 7, connection: 1, client: None }
}

#[test]
fn the_neutral_profile_has_words_for_everything() {
    let own: Vec<&str> = neutral().own.keys().map(String::as_str).collect();
    assert_eq!(own, FAILURES, "postfail.toml and FAILURES name the same failures");
    for failure in FAILURES {
        for protocol in [Protocol::Smtp, Protocol::Pop3, Protocol::Imap] {
            let response = neutral().response(failure, protocol, day("2026-01-01")).unwrap();
            assert_eq!(response.certainty, Certainty::Own, "{}", response.id);
        }
        let Text { en, ja } = meaning(failure).unwrap();
        assert!(en.ends_with('.') && ja.ends_with('。'), "{failure}");
    }
    let words = |protocol| neutral().wording("server-restart", protocol, &noon("2026-01-01"));
    assert_eq!(words(Protocol::Smtp).then, Then::Close, "421 closes");
    assert_eq!(words(Protocol::Imap).then, Then::Close, "BYE closes");
    assert_eq!(words(Protocol::Pop3).then, Then::Keep);
}

#[test]
fn words_change_with_the_day() {
    let dovecot = profile("dovecot");
    for (date, word) in [("2024-06-01", "Plaintext"), ("2026-06-01", "Cleartext")] {
        let refusal = dovecot.wording("plaintext-refused", Protocol::Imap, &noon(date));
        assert!(refusal.lines[1].contains(word), "{date}: {:?}", refusal.lines);
    }
    let outlook = profile("outlook.com");
    let told = |date| outlook.wording("basic-auth-disabled", Protocol::Imap, &noon(date));
    assert_eq!(
        (told("2024-08-01").lines, told("2024-10-01").then),
        (vec!["{tag} NO LOGIN failed.".into()], Then::Keep)
    );
    assert_eq!(told("2026-08-31").lines, ["{tag} NO LOGIN failed."]);
    let honest = [
        "{tag} NO Basic authentication is disabled.",
        "* BYE Microsoft Exchange Server IMAP4 server signing off.",
    ];
    assert_eq!(
        (told("2026-09-01").lines.as_slice(), told("2026-09-01").then),
        (honest.map(String::from).as_slice(), Then::Close)
    );
    // Before the change nothing was refused: no words of Microsoft's.
    assert_eq!(told("2024-07-31").lines, [neutral().own["basic-auth-disabled"].imap.as_str()]);
}

#[test]
fn the_latest_of_those_that_hold_answers_and_an_id_names_one() {
    let exchange = profile("exchange-online");
    let id = |name, date| exchange.response(name, Protocol::Smtp, day(date)).map(|found| found.id.as_str());
    assert_eq!(id("basic-auth-disabled", "2026-11-30"), Some("exo-smtp-basic-disabled"));
    assert_eq!(id("basic-auth-disabled", "2026-12-01"), Some("exo-smtp-basic-retired"));
    assert_eq!(id("protocol-disabled", "2026-12-01"), Some("exo-smtp-mailbox-disabled"));
    assert_eq!(id("exo-smtp-tenant-disabled", "2026-12-01"), Some("exo-smtp-tenant-disabled"));
    assert_eq!(id("exo-imap-basic-blocked", "2026-12-01"), None, "another protocol's");
}

#[test]
fn where_a_profile_is_silent_the_neutral_words_answer() {
    let exchange = profile("exchange-online");
    let refusal = exchange.wording("plaintext-refused", Protocol::Pop3, &noon("2026-01-01"));
    assert_eq!(refusal.lines, ["-ERR [AUTH] Start TLS first."]);
    let unheard = exchange.wording("no-such-failure", Protocol::Smtp, &noon("2026-01-01"));
    assert_eq!(unheard.lines, ["454 4.7.0 Temporary failure, try again later."]);
    assert_eq!(unheard.failure, "no-such-failure");
    // Known to happen, words unknown: ours, with what the provider does to the connection.
    let odn = profile("odn-softbank").wording("plaintext-refused", Protocol::Pop3, &noon("2026-01-01"));
    assert_eq!((odn.lines, odn.then), (vec!["-ERR [AUTH] Start TLS first.".to_owned()], Then::Close));
}

#[test]
fn what_nobody_has_seen_is_marked() {
    let exchange = profile("exchange-online");
    let of = |failure| exchange.response(failure, Protocol::Imap, day("2026-01-01")).unwrap();
    assert!(!of("bad-password").is_inferred());
    assert!(of("account-locked").is_inferred());
    assert_eq!(of("account-locked").text, of("bad-password").text);
}

#[test]
fn what_varies_is_filled_from_seed_and_clock() {
    let exchange = profile("exchange-online");
    let told = exchange.wording("basic-auth-disabled", Protocol::Smtp, &noon("2025-01-26"));
    let bracket = "[BL1P223CA0005.NAMP223.PROD.OUTLOOK.COM 2025-01-26T12:00:00.000Z 08DD3E00F5B9E000]";
    assert!(
        told.lines[0].ends_with(&format!("basic authentication is disabled. {bracket}")),
        "{:?}",
        told.lines
    );
    let gmail = profile("gmail");
    let [first, second] = [1, 2].map(|connection| {
        let occasion = Occasion { connection, ..noon("2025-01-26") };
        (gmail.greeting(Protocol::Imap, &occasion), gmail.greeting(Protocol::Imap, &occasion))
    });
    assert_eq!(first.0, first.1);
    assert_ne!(first.0, second.0);
    assert!(first.0.starts_with("Gimap ready for requests from 192.0.2.1 "), "{}", first.0);
    let dovecot =
        profile("dovecot").wording("dovecot-imap-user-disabled-reason", Protocol::Imap, &noon("2025-01-26"));
    assert_eq!(dovecot.lines, ["{tag} NO [ALERT] This account was closed."]);
}

#[test]
fn a_dialogue_is_taken_apart() {
    let gmail = profile("gmail");
    let response = gmail.response("oauth-token-expired", Protocol::Imap, day("2026-01-01")).unwrap();
    assert!(response.challenge().unwrap().starts_with("+ eyJzdGF0dXMiOiI0MDAi"));
    let said: Vec<&str> = response.lines().collect();
    assert_eq!(said, ["{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"]);
    let plain = gmail.response("bad-password", Protocol::Imap, day("2026-01-01")).unwrap();
    assert_eq!((plain.challenge(), plain.lines().count()), (None, 1));
}

#[test]
fn greetings_and_capabilities() {
    let yahoo = profile("yahoo");
    let greets = |date| yahoo.greeting(Protocol::Imap, &noon(date));
    assert_eq!(greets("2018-01-01"), "IMAP4rev1 imapgate-1.8.1_01.20166", "without its list of capabilities");
    assert_eq!(greets("2025-01-01"), "Welcome! IMAP Server up and ready to accept your request");
    assert_eq!(yahoo.greeting(Protocol::Pop3, &noon("2025-01-01")), "Postfail ready.");
    let today = day("2026-01-01");
    let list = |profile: &Profile, protocol, under| -> Vec<String> {
        let found = profile.baseline(protocol, Stage::Capability, under, today).unwrap();
        found.capabilities().into_iter().map(str::to_owned).collect()
    };
    let gmail = profile("gmail");
    assert!(list(&gmail, Protocol::Smtp, Under::Plain).contains(&"STARTTLS".to_owned()));
    assert!(!list(&gmail, Protocol::Smtp, Under::Tls).contains(&"STARTTLS".to_owned()));
    let granted = gmail.baseline(Protocol::Imap, Stage::Auth, Under::Authenticated, today).unwrap();
    assert_eq!(granted.capabilities()[..3], ["IMAP4rev1", "UNSELECT", "IDLE"]);
    assert_eq!(granted.text_around(), Some("{user} authenticated (Success)"));
    let exchange = profile("exchange-online");
    assert_eq!(list(&exchange, Protocol::Pop3, Under::Tls), ["TOP", "UIDL", "SASL PLAIN XOAUTH2", "USER"]);
}

#[test]
fn token_answers_are_whole_and_escaped() {
    let microsoft = profile("microsoft-identity");
    let told = |date| microsoft.token_response("refresh-token-expired", day(date)).unwrap();
    assert_eq!(
        (told("2017-01-01").id.as_str(), told("2026-01-01").id.as_str()),
        ("ms-70008-old", "ms-700082")
    );
    let body = microsoft
        .token_response("account-unknown", day("2026-01-01"))
        .unwrap()
        .body(&noon("2026-01-01"), |name| (name == "user").then(|| "a\"b".to_owned()));
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["timestamp"], "2026-01-01 12:00:00Z");
    assert!(json["error_description"].as_str().unwrap().contains("The user account a\"b does not exist"));
    let own = microsoft.token_response("throttled", day("2026-01-01")).unwrap();
    assert_eq!((own.status, own.certainty), (429, Certainty::Own));
    assert!(microsoft.token_response("port-blocked", day("2026-01-01")).is_none());
}

const HEAD: &str = "title = { en = \"x\", ja = \"x\" }\nnote = \"x\"\n";

/// A profile with one response: a right one, with parts replaced.
fn with(from: &str, to: &str) -> Result<Profile, Diagnostic> {
    let right = "\n[[response]]\nid = \"x-1\"\nfailure = \"bad-password\"\nprotocol = \"smtp\"\ntext = \"535 No {session}\"\n\
        source = \"s\"\ncertainty = \"log\"\nwire = \"verbatim\"\n";
    assert!(right.contains(from), "{from}");
    parse("x", &format!("{HEAD}{}", right.replacen(from, to, 1)))
}

#[test]
fn a_wrong_profile_is_refused_with_its_place() {
    assert!(with("No", "Nein").is_ok());
    for (from, to, message, line, help) in [
        ("bad-password", "bad-pasword", "unknown failure `bad-pasword`", 6, "did you mean `bad-password`?"),
        ("{session}", "{sesion}", "unknown placeholder `sesion`", 8, "did you mean `session`?"),
        ("535 No", "NO", "`x-1` is no reply of its protocol; `malformed = true` if it really is so", 5, ""),
        (
            "535 No",
            "535-No",
            "`x-1` is no reply of its protocol; `malformed = true` if it really is so",
            5,
            "",
        ),
        ("wire =", "malformed = true\nwire =", "`x-1` is well formed, and yet `malformed = true`", 5, ""),
        (
            "wire = \"verbatim\"",
            "wire = \"event\"",
            "`x-1` has `event` without `wire = \"event\"`, or the other way about",
            5,
            "",
        ),
        (
            "text = \"535 No {session}\"\n",
            "",
            "`x-1` has no `text`; only `wire = \"event\"` and `wire = \"none\"` do without",
            5,
            "",
        ),
        ("source = \"s\"", "source = \" \"", "`x-1` has no source", 5, "say where"),
        (
            "wire =",
            "since = \"2025\"\nuntil = \"2024-12\"\nwire =",
            "`x-1` ends before it begins",
            5,
            "let `until`",
        ),
        ("wire =", "since = \"2025-13\"\nwire =", "`2025-13` is no date", 11, "write `2025`"),
        (
            "wire =",
            "certainity = \"log\"\nwire =",
            "unknown key `certainity`",
            11,
            "did you mean `certainty`?",
        ),
    ] {
        let wrong = with(from, to).unwrap_err();
        assert_eq!((wrong.message.as_str(), wrong.line), (message, line), "{wrong}");
        assert!(wrong.help.clone().unwrap_or_default().starts_with(help), "{wrong}");
    }
    let twice = "\n[[response]]\nid = \"x-1\"\nfailure = \"hang\"\nprotocol = \"imap\"\nevent = \"hang\"\nsource = \"s\"\ncertainty = \"log\"\nwire = \"event\"\n";
    assert_eq!(parse("x", &format!("{HEAD}{twice}{twice}")).unwrap_err().message, "`x-1` is there twice");
}
