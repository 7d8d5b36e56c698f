//! Certificates of clients, by both libraries: curl shows one and logs in by SASL EXTERNAL; the scenario is mended by one;
//! openssl s_client shows its leaf alone.
use client_tests::{Client, Home, Outcome, Server, client, program};
use postfail::Postfail;

/// One visit of curl in each phase, with the certificate where the phase gives one.
const CURL: &str = r#"set -- -sS --max-time 30 --cacert "$POSTFAIL_CA_FILE" -u "$POSTFAIL_USER:$POSTFAIL_PASSWORD"
[ -z "${POSTFAIL_CLIENT_CERT_FILE-}" ] ||
    set -- "$@" --cert "$POSTFAIL_CLIENT_CERT_FILE" --key "$POSTFAIL_CLIENT_KEY_FILE"
exec curl "$@" "$POSTFAIL_CLIENT_URL/INBOX;MAILINDEX=1""#;

/// With no password at all: the certificate says who it is.
const EXTERNAL: &str = r#"exec curl -sS --max-time 30 --cacert "$POSTFAIL_CA_FILE" \
    --cert "$POSTFAIL_CLIENT_CERT_FILE" --key "$POSTFAIL_CLIENT_KEY_FILE" \
    -u "$POSTFAIL_USER:" --login-options AUTH=EXTERNAL "$POSTFAIL_CLIENT_URL/INBOX;MAILINDEX=1""#;

/// The catalogue's story with phases of our own.
fn story(phases: &str) -> String {
    let whole = include_str!("../../scenarios/tls/client-certificate-required.toml");
    let head = whole.split("[[phase]]").next().unwrap_or_default();
    format!("{head}{phases}")
}

fn run(home: &Home, scenario: &str, script: &str) -> Option<Outcome> {
    client("curl")?;
    let arguments = ["run", scenario, "--", "sh", "-c", script];
    Some(Client::new(program::postfail(), home).args(arguments).run())
}

#[test]
fn the_scenarios_are_mended_by_a_certificate() {
    for scenario in ["tls/client-certificate-required", "tls/client-certificate-expired"] {
        let home = Home::new();
        let Some(outcome) = run(&home, scenario, CURL) else { return };
        outcome.expect(0);
    }
}

#[test]
fn only_a_certificate_in_force_and_of_our_authority_is_taken() {
    for backend in ["rustls", "openssl"] {
        let home = Home::new();
        let phase = |name: &str, client: &str| {
            format!(
                "[[phase]]\nname = \"{name}\"\nsetup = {{ imap = \"imaps\", client_certificate = \"{name}\" }}\nclient = \"{client}\"\n"
            )
        };
        let demand = format!(
            "change = [{{ listener = {{ name = \"imaps\", backend = \"{backend}\", client_certificate = \"required\" }} }}]\n"
        );
        let phases =
            [&phase("good", "succeeds"), &demand, &phase("expired", "fails"), &phase("untrusted", "fails")];
        home.write("story.toml", &story(&phases.map(String::as_str).concat()));
        let Some(outcome) = run(&home, "story.toml", CURL) else { return };
        outcome.expect(0);
    }
}

#[test]
fn external_logs_in_whom_the_certificate_names() {
    for backend in ["rustls", "openssl"] {
        for listener in ["imaps", "imap"] {
            let home = Home::new();
            let phases = format!(
                "[[phase]]\nname = \"works\"\n\
                 setup = {{ imap = \"{listener}\", client_certificate = \"good\" }}\n\
                 change = [{{ listener = {{ name = \"all\", backend = \"{backend}\", client_certificate = \"wanted\", \
                 auth = [\"EXTERNAL\"] }} }}]\nclient = \"succeeds\"\n\
                 [[expect]]\nlogins = {{ exactly = 1 }}\n"
            );
            home.write("story.toml", &story(&phases));
            let secured = EXTERNAL.replace("exec curl", "exec curl --ssl-reqd");
            let Some(outcome) = run(&home, "story.toml", &secured) else { return };
            outcome.expect(0);
        }
    }
}

/// The built-in client, in each protocol, where the server takes nothing else.
#[test]
fn the_built_in_client_logs_in_by_its_certificate() {
    let home = Home::new();
    let places = [
        ("imap", "imaps"),
        ("imap", "imap"),
        ("pop3", "pop3s"),
        ("pop3", "pop3"),
        ("smtp", "smtps"),
        ("smtp", "submission"),
    ];
    let phase = |(number, (protocol, listener)): (usize, (&str, &str))| {
        let change = match number {
            0 => {
                "change = [{ listener = { name = \"all\", client_certificate = \"wanted\", auth = [\"EXTERNAL\"] } }]\n"
            }
            _ => "",
        };
        format!(
            "[[phase]]\nname = \"{listener}\"\n{change}client = \"succeeds\"\n\
             setup = {{ {protocol} = \"{listener}\", client_certificate = \"good\", external = true }}\n\
             [[expect]]\nin = \"{listener}\"\nlogins = {{ exactly = 1 }}\npassword_sent = \"never\"\n"
        )
    };
    // A story for each protocol: the client goes by the first of IMAP, POP3 and SMTP that is set.
    for protocol in ["imap", "pop3", "smtp"] {
        let own = places.into_iter().filter(|(of, _)| *of == protocol);
        let phases: String = own.enumerate().map(phase).collect();
        home.write("story.toml", &story(&phases));
        Client::new(program::postfail(), &home).args(["run", "story.toml"]).run().expect(0);
    }
}

/// What a server that requires a certificate tells its client and its journal.
const KINDS: [(&str, Option<&str>, &str); 3] = [
    ("good", None, ""),
    ("expired", Some("certificate_expired"), "the client's certificate: expired"),
    ("untrusted", Some("unknown_ca"), "the client's certificate: unknown issuer"),
];

/// Client certificates from `postfail certs`, shown without the intermediate to a server that was started later.
#[test]
fn a_client_that_shows_its_leaf_alone_is_known() {
    let Some(openssl) = client("openssl") else { return };
    let home = Home::new();
    Client::new(program::postfail(), &home).args(["certs", "--out", "lab", "--client"]).run().expect(0);
    let lab = home.path().join("lab");
    let server = Server::of(Postfail::healthy().ca_dir(&lab));
    let address = format!("localhost:{}", server.port("imaps"));
    let input = format!("a LOGIN {} \"{}\"\nb LOGOUT\n", server.user(), server.password());
    for backend in ["rustls", "openssl"] {
        server.set(&[&format!("imaps.backend={backend}"), "imaps.client_certificate=required"]);
        for version in ["-tls1_2", "-tls1_3"] {
            let old = backend == "openssl" && version == "-tls1_2";
            let missing = if old { "handshake_failure" } else { "certificate_required" };
            let shown = |kind: &str| {
                let [chain, key] =
                    ["", "-key"].map(|part| lab.join(format!("client-{kind}{part}.pem")).into_os_string());
                vec!["-cert".into(), chain, "-key".into(), key]
            };
            let shown = KINDS.map(|(kind, alert, reason)| (kind, shown(kind), alert, reason));
            let none = ("none", Vec::new(), Some(missing), "the client showed no certificate");
            for (kind, files, alert, reason) in shown.into_iter().chain([none]) {
                let seen = server.journal_of("handshake").len();
                let outcome = Client::new(&openssl, &home)
                    .args(["s_client", "-connect", &address, version, "-quiet", "-ign_eof", "-crlf"])
                    .args(["-CAfile".as_ref(), server.ca()])
                    .args(files)
                    .feed(&input)
                    .run();
                let handshake = server.journal_with("handshake", seen + 1).swap_remove(seen);
                let case = format!("{backend} {version} {kind}: {handshake}\n{}", outcome.said());
                assert_eq!(handshake["alert_sent"].as_str(), alert, "{case}");
                assert_eq!(handshake["reason"].as_str().unwrap_or_default(), reason, "{case}");
                assert_eq!(handshake["client_certificate"].is_string(), alert.is_none(), "{case}");
                assert_eq!(outcome.stdout.contains("b OK"), alert.is_none(), "{case}");
            }
        }
    }
}

/// What is known of clients stays with them: a server that forgets its intermediate must not find it there and send it.
#[test]
fn a_forgotten_intermediate_stays_forgotten() {
    let Some(openssl) = client("openssl") else { return };
    let server = Server::start();
    let address = format!("localhost:{}", server.port("imaps"));
    server.set(&["imaps.client_certificate=wanted", "imaps.certificate=missing-intermediate"]);
    for backend in ["rustls", "openssl"] {
        server.set(&[&format!("imaps.backend={backend}")]);
        let shown = Client::new(&openssl, &Home::new())
            .args(["s_client", "-connect", &address, "-showcerts"])
            .run()
            .stdout;
        assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 1, "{backend}: {shown}");
    }
}
