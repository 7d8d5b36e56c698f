use super::*;

fn profile(id: &str) -> Profile {
    let text = match id {
        "dovecot" => include_str!("../../../../scenarios/profiles/dovecot.toml"),
        "exchange-online" => include_str!("../../../../scenarios/profiles/exchange-online.toml"),
        _ => return neutral().clone(),
    };
    Profile::parse(id, &Source { name: id, text }).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_neutral_profile_has_words_for_everything() {
    for failure in FAILURES {
        for protocol in [Protocol::Smtp, Protocol::Pop3, Protocol::Imap] {
            assert!(
                neutral().response(failure, protocol, day("2026-01-01")).is_some(),
                "{failure} {protocol:?}"
            );
        }
    }
}

#[test]
fn lines_have_the_form_of_their_protocol() {
    for id in ["postfail", "dovecot", "exchange-online"] {
        let profile = profile(id);
        let mut ids: Vec<&str> = profile.responses.iter().map(|response| response.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), profile.responses.len(), "{id}: each response has its own id");
        for response in &profile.responses {
            let refusal = response.refusal();
            let last = refusal.lines.last().unwrap();
            let fits = |line: &String| match response.protocol {
                Protocol::Smtp => line.as_bytes()[..3].iter().all(u8::is_ascii_digit),
                Protocol::Pop3 => line.starts_with("-ERR "),
                Protocol::Imap => line.starts_with("{tag} ") || line.starts_with("* "),
            };
            assert!(refusal.lines.iter().all(fits), "{}: {last}", response.id);
        }
    }
}

#[test]
fn words_change_with_the_day() {
    let dovecot = profile("dovecot");
    for (date, word) in [("2024-06-01", "Plaintext"), ("2026-06-01", "Cleartext")] {
        let refusal = dovecot.wording("plaintext-refused", Protocol::Imap, day(date));
        assert!(refusal.lines[1].contains(word), "{date}: {:?}", refusal.lines);
    }
}

#[test]
fn where_a_profile_is_silent_the_neutral_words_answer() {
    let exchange = profile("exchange-online");
    let refusal = exchange.wording("plaintext-refused", Protocol::Pop3, day("2026-01-01"));
    assert_eq!(refusal.lines, ["-ERR [AUTH] Start TLS first."]);
    let unheard = exchange.wording("no-such-failure", Protocol::Smtp, day("2026-01-01"));
    assert_eq!(unheard.lines, ["454 4.7.0 Temporary failure, try again later."]);
    assert_eq!(unheard.failure, "no-such-failure");
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
fn a_wrong_profile_is_refused_with_its_place() {
    let text = include_str!("../../../../scenarios/profiles/postfail.toml").replacen(
        "failure = \"bad-password\"",
        "failure = \"bad-pasword\"",
        1,
    );
    let wrong = Profile::parse("x", &Source { name: "x.toml", text: &text }).unwrap_err();
    assert_eq!((wrong.message.as_str(), wrong.line), ("unknown failure `bad-pasword`", 22));
    assert!(wrong.help.unwrap().starts_with("did you mean `bad-password`?"));
}
