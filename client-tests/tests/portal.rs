//! Circular recovery in headless Chromium: the codes come to mailboxes that cannot be opened, the telephone is the way
//! out, and the mail program gets in by the new password. `POSTFAIL_PICTURES=FOLDER` keeps pictures of the pages.
use client_tests::{Client, Home, Server, client};
use postfail::Postfail;

const BROWSER: &str = include_str!("../scripts/browser.py");

#[test]
fn a_recovery_in_a_circle_is_lived_through() {
    let (Some(python), Some(_), Some(_)) = (client("python3"), client("chromium"), client("chromedriver"))
    else {
        return;
    };
    let server = Server::of(Postfail::scenario("recovery/circular-recovery"));
    let home = Home::new();
    home.write("browser.py", BROWSER);
    let script = home.write("portal.py", include_str!("../scripts/portal.py"));
    let (control, token) = server.control();
    let port = server.port("imaps").to_string();
    let pictures = std::env::var_os("POSTFAIL_PICTURES");
    let outcome = Client::new(&python, &home)
        .args([script])
        .args([server.portal(), control, token, port])
        .args([server.ca()])
        .args(pictures)
        .run();
    outcome.expect(0).expect_said("ok: an app password lets the mail program in");
    let words: Vec<String> = server
        .journal_of("portal")
        .iter()
        .map(|event| event["what"].as_str().unwrap_or_default().to_owned())
        .collect();
    let times = |word: &str| words.iter().filter(|happened| *happened == word).count();
    let circle =
        [times("reset-asked"), times("code-delivered"), times("code-refused"), times("password-reset")];
    assert_eq!(circle, [3, 3, 1, 2], "{words:?}");
}

#[test]
fn by_tls_the_portal_goes_by_every_name_of_its_certificate() {
    let Some(program) = client("curl") else { return };
    let server = Server::start();
    let variables = server.environment();
    let port = variables.iter().find(|(name, _)| name == "POSTFAIL_HTTPS_PORT").map(|(_, port)| port.clone());
    let port = port.expect("the provider is served by TLS");
    // A page whose name means this machine shows that name in `Host`; its browser would not have come so far.
    for (name, host, status) in [
        ("localhost", "localhost", "200"),
        ("mail.postfail.test", "mail.postfail.test", "200"),
        ("localhost", "evil.example", "403"),
        ("localhost", "a.b.postfail.test", "403"),
    ] {
        let home = Home::new();
        let outcome = Client::new(&program, &home)
            .args(["-sS", "--max-time", "30", "-o", "/dev/null", "-w", "status %{http_code}", "--cacert"])
            .args([server.ca()])
            .args(["--resolve", &format!("{name}:{port}:127.0.0.1"), "-H", &format!("Host: {host}:{port}")])
            .args([format!("https://{name}:{port}/portal/sign-in")])
            .run();
        outcome.expect(0).expect_said(&format!("status {status}"));
    }
}

#[test]
fn a_program_is_let_in_at_the_browser() {
    let (Some(python), Some(_), Some(_)) = (client("python3"), client("chromium"), client("chromedriver"))
    else {
        return;
    };
    let (server, home) = (Server::start(), Home::new());
    home.write("browser.py", BROWSER);
    let script = home.write("consent.py", include_str!("../scripts/consent.py"));
    let base = server.control().0.replace("127.0.0.1", "localhost");
    let outcome = Client::new(&python, &home)
        .args([script])
        .args([&*base, server.user(), server.password()])
        .args(std::env::var_os("POSTFAIL_PICTURES"))
        .run();
    outcome.expect(0).expect_said("ok: the code is worth tokens");
}
