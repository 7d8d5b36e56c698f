//! Certificates of clients, by both libraries: curl shows one and logs in by SASL EXTERNAL; the scenario is mended by one.
use client_tests::{Client, Home, Outcome, client, program};

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
fn the_scenario_is_mended_by_a_certificate() {
    let home = Home::new();
    let Some(outcome) = run(&home, "tls/client-certificate-required", CURL) else { return };
    outcome.expect(0);
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
