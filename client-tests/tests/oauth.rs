//! Real clients that log in by a token (XOAUTH2, OAUTHBEARER) on all three protocols, and what becomes of them when the
//! token has expired: the provider's own words, and the challenge answered.
use client_tests::route::{Route, Security};
use client_tests::{Client, Home, Outcome, Server, Wire, client, file, python};
use postfail::Postfail;

const MECHANISMS: [&str; 2] = ["XOAUTH2", "OAUTHBEARER"];
const ROUTES: [(Route, &str); 3] = [
    (Route { listener: "imaps", security: Security::Implicit }, "imap"),
    (Route { listener: "pop3", security: Security::StartTls }, "pop3"),
    (Route { listener: "submission", security: Security::StartTls }, "smtp"),
];

/// A server of this provider, whose delays take no time.
fn of_profile(name: &str) -> Server {
    Server::of(Postfail::healthy().profile(name).pace(postfail::Pace::Instant))
}

/// How many error challenges were answered, and all as they must be.
#[track_caller]
fn answered(server: &Server, count: usize) {
    let answers = server.journal_with("error_challenge_answered", count);
    assert!(answers.iter().all(|entry| entry["answer"] == "as-required"), "{answers:?}");
    assert_eq!(answers.len(), count);
    let token = server.token();
    assert!(server.journal().iter().all(|entry| !entry.to_string().contains(&token)), "in the journal");
}

fn curl(server: &Server, route: Route, protocol: &str, mechanism: &str) -> Option<Outcome> {
    let program = client("curl")?;
    let home = Home::new();
    let scheme =
        if route.security == Security::Implicit { format!("{protocol}s") } else { protocol.to_owned() };
    let path = if protocol == "smtp" { "client.example.org" } else { "" };
    let url = format!("{scheme}://localhost:{}/{path}", server.port(route.listener));
    let mut command = Client::new(&program, &home)
        .args(["-sS", "--max-time", "30", "--ssl-reqd", "--cacert"])
        .args([server.ca()])
        .args(["--user", server.user(), "--oauth2-bearer", &server.token()])
        .args(["--login-options", &format!("AUTH={mechanism}")]);
    if protocol == "smtp" {
        let to = ["--mail-from", "curl@example.org", "--mail-rcpt", server.user(), "-T", "-"];
        command = command.args(to).feed("Subject: by a token\r\n\r\nhello\r\n");
    }
    Some(command.args([url]).run())
}

#[test]
fn curl_is_let_in_for_an_hour() {
    let server = Server::start();
    for good in [true, false] {
        for ((route, protocol), mechanism) in ROUTES.iter().flat_map(|it| MECHANISMS.map(|name| (it, name))) {
            let Some(outcome) = curl(&server, *route, protocol, mechanism) else { return };
            outcome.expect(if good { 0 } else { 67 });
        }
        if good {
            server.advance("61m");
        }
    }
    let refused = server.journal_with("log_in", 12);
    assert!(refused.iter().skip(6).all(|entry| entry["reason"] == "this token has expired"), "{refused:?}");
    answered(&server, 6);
}

#[test]
fn python_is_told_in_the_providers_words() {
    let said = |profile: &str, protocol: &str| match (profile, protocol) {
        ("gmail", "imap") => "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        ("gmail", "pop3") => "-ERR [AUTH] Username and password not accepted.",
        ("gmail", _) => "Username and Password not accepted.",
        (_, "imap") => "AUTHENTICATE failed.",
        (_, "pop3") => "-ERR Authentication failure: unknown user name or bad password.",
        _ => "5.7.3 Authentication unsuccessful",
    };
    const SCRIPT: &str = include_str!("../scripts/oauth_session.py");
    for (profile, mechanisms) in [("gmail", &MECHANISMS[..]), ("exchange-online", &MECHANISMS[..1])] {
        let server = of_profile(profile);
        let run = |(route, protocol): (Route, &str), mechanism: &str| {
            python::session(SCRIPT, &server, route, &server.token(), &[mechanism, protocol])
        };
        for mechanism in mechanisms {
            for place in ROUTES {
                let Some(outcome) = run(place, mechanism) else { return };
                outcome.expect(0);
            }
        }
        server.advance("61m");
        for mechanism in mechanisms {
            for place in ROUTES {
                let Some(outcome) = run(place, mechanism) else { return };
                outcome.expect(3).expect_said(said(profile, place.1));
            }
        }
        // Exchange gives no challenge.
        answered(&server, if profile == "gmail" { 6 } else { 0 });
    }
}

/// The provider ends the session together with its token: whoever waits in IDLE is thrown out, and of a message that
/// is half there nothing is kept.
#[test]
fn python_is_thrown_out_of_idle_and_of_append_with_its_token() {
    const SCRIPT: &str = include_str!("../scripts/token_over.py");
    for (profile, said) in [
        ("exchange-online", "* BYE Session invalidated - AccessTokenExpired"),
        ("outlook.com", "* BYE Session invalidated - AccessTokenExpired"),
    ] {
        for place in ["idle", "append"] {
            let server = of_profile(profile);
            let (before, (control, secret)) = (server.messages(), server.control());
            let words = [control.as_str(), secret.as_str(), place];
            let Some(outcome) = python::session(SCRIPT, &server, ROUTES[0].0, &server.token(), &words) else {
                return;
            };
            outcome.expect(0).expect_said(said);
            assert_eq!(server.messages(), before, "{profile}: {place}");
            server.journal_says("limit", "oauth-token-expired-midsession");
        }
    }
}

#[test]
fn msmtp_gives_up_with_an_expired_token() {
    let Some(program) = client("msmtp") else { return };
    let server = of_profile("gmail");
    let (port, ca, user) = (server.port("submission"), server.ca().display(), server.user());
    for (good, mechanism) in [true, false].into_iter().flat_map(|good| MECHANISMS.map(|name| (good, name))) {
        if !good && mechanism == MECHANISMS[0] {
            server.advance("61m");
        }
        let home = Home::new();
        let file = home.write(
            "msmtprc",
            &format!(
                "account default\nhost localhost\nport {port}\ntimeout 20\nfrom {user}\ntls on\n\
                 tls_trust_file {ca}\nauth {}\nuser {user}\npasswordeval echo '{}'\n",
                mechanism.to_lowercase(),
                server.token()
            ),
        );
        let message = "Subject: by a token\n\nhello\n";
        let outcome = Client::new(&program, &home).args(["-C"]).args([file]).args([user]).feed(message).run();
        outcome.expect(if good { 0 } else { 77 });
    }
}

#[test]
fn mbsync_by_a_plug_in_of_sasl() {
    let Some(program) = client("mbsync") else { return };
    let places = [
        "/usr/lib/x86_64-linux-gnu/sasl2/libkdexoauth2.so",
        "/usr/lib/aarch64-linux-gnu/sasl2/libkdexoauth2.so",
    ];
    let package = "libsasl2-modules-kdexoauth2";
    if file("mbsync's XOAUTH2", package, &places).is_none() {
        return;
    }
    // mbsync 1.4 does not answer an error challenge and waits for ever: shown to a provider that gives none.
    let server = of_profile("exchange-online");
    for good in [true, false] {
        let home = Home::new();
        let (port, user, ca, folder) =
            (server.port("imaps"), server.user(), server.ca().display(), home.path().display());
        let configuration = format!(
            "IMAPAccount a\nHost localhost\nPort {port}\nUser {user}\nPassCmd \"echo '{}'\"\nAuthMechs XOAUTH2\n\
             SSLType IMAPS\nCertificateFile {ca}\nTimeout 20\n\nIMAPStore far\nAccount a\n\nMaildirStore near\n\
             Path {folder}/mail/\nInbox {folder}/mail/INBOX\n\nChannel c\nFar :far:\nNear :near:\n\
             Patterns INBOX\nCreate Near\nSync Pull\nSyncState *\n",
            server.token()
        );
        let file = home.write("mbsyncrc", &configuration);
        std::fs::create_dir_all(home.path().join("mail")).expect("the home can be written to");
        let outcome = Client::new(&program, &home).args(["-c"]).args([file]).args(["c"]).run();
        if good {
            outcome.expect(0);
            server.advance("61m");
        } else {
            outcome.expect(1).expect_said("AUTHENTICATE failed.");
        }
    }
}

#[test]
fn imapflow_says_that_the_token_is_refused() {
    let Some(program) = client("node") else { return };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/clients/npm/node_modules");
    let library = format!("{folder}/imapflow");
    if file("imapflow", "none: npm, by cargo xtask clients", &[&library]).is_none() {
        return;
    }
    const SCRIPT: &str = include_str!("../scripts/imapflow_session.js");
    let server = of_profile("gmail");
    for (good, (listener, security)) in [true, false]
        .into_iter()
        .flat_map(|good| [("imaps", "implicit"), ("imap", "starttls")].map(|it| (good, it)))
    {
        if !good && listener == "imaps" {
            server.advance("61m");
        }
        let home = Home::new();
        let script = home.write("session.js", SCRIPT);
        let (port, token) = (server.port(listener).to_string(), server.token());
        let outcome = Client::new(&program, &home)
            .env("NODE_PATH", folder)
            .args([script])
            .args([port.as_str(), security])
            .args([server.ca()])
            .args([server.user(), &token])
            .run();
        if good {
            outcome.expect(0).expect_said("messages: ");
        } else {
            outcome.expect(3).expect_said("refused: true");
        }
    }
    answered(&server, 2);
}

/// GNU SASL by GnuTLS: what it binds the log-in to is what OpenSSL or rustls gave us.
#[test]
fn gsasl_binds_scram_to_the_connection() {
    let Some(program) = client("gsasl") else { return };
    let server = Server::start();
    for (window, mechanism) in [
        ("1.2-1.3", "SCRAM-SHA-256-PLUS"),
        ("1.0-1.3", "SCRAM-SHA-256-PLUS"),
        ("1.0-1.2", "SCRAM-SHA-1-PLUS"),
        ("1.0-1.2", "SCRAM-SHA-256-PLUS"),
    ] {
        server.set(&[&format!("imap.tls={window}")]);
        for right in [true, false] {
            let password = if right { server.password() } else { "not the password" };
            let outcome = Client::new(&program, &Home::new())
                .args(["--client", "--imap", "--connect", &format!("localhost:{}", server.port("imap"))])
                .args(["--x509-ca-file"])
                .args([server.ca()])
                .args(["--mechanism", mechanism, "-a", server.user(), "-p", password])
                .run();
            assert_eq!(outcome.code == Some(0), right, "{window} {mechanism}: {}", outcome.said());
        }
    }
    let log_ins = server.journal_with("log_in", 8);
    let granted = log_ins.iter().filter(|entry| entry["granted"] == true);
    let mechanisms: Vec<&str> = granted.filter_map(|entry| entry["mechanism"].as_str()).collect();
    let wanted = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"];
    assert_eq!(mechanisms, wanted);
}

#[test]
fn exchange_ends_a_session_with_its_token_in_idle_and_in_append() {
    let server = of_profile("exchange-online");
    let response = "dXNlcj10YXJvQHBvc3RmYWlsLnRlc3Q";
    let show = || {
        use base64::Engine;
        let text = format!("user={}\u{1}auth=Bearer {}\u{1}\u{1}", server.user(), server.token());
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let open = || {
        let (mut imap, _) = Wire::open(server.port("imap"));
        imap.ask_until(&format!("a AUTHENTICATE XOAUTH2 {}", show()), "a OK");
        imap
    };
    assert!(show().starts_with(response), "the account is taro's");
    let (mut idle, mut append, mut still) = (open(), open(), open());
    idle.ask_until("b IDLE", "+");
    append.ask_until("b APPEND INBOX {1000}", "+");
    append.send("Subject: half of it");
    server.advance("61m");
    for wire in [&mut idle, &mut append, &mut still] {
        assert_eq!(wire.line(), "* BYE Session invalidated - AccessTokenExpired");
        assert!(wire.rest().is_empty());
    }
}
