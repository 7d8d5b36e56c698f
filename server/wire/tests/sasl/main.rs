//! An independent client (rsasl) against our side of the mechanisms, in memory.
use postfail_wire::sasl::scram::{self, Keys, keys};
use postfail_wire::sasl::{Binding, Bindings, Credentials, Mechanism, Step};
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::scram::{SCRAM_SHA1, SCRAM_SHA1_PLUS, SCRAM_SHA256, SCRAM_SHA256_PLUS};
use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session, SessionError, State};
use rsasl::property::{
    AuthId, AuthzId, ChannelBindings, OAuthBearerKV, OAuthBearerToken, OverrideCBType, Password,
};
use rsasl::registry::Registry;

const PASSWORD: &str = "pencils and ink";
const BOUND: &[u8] = b"what the TLS library exports";

/// What the client is set up with.
#[derive(Clone, Copy)]
struct Setup {
    user: &'static str,
    password: &'static str,
    token: &'static str,
    binding: Option<(&'static str, &'static [u8])>,
}

impl SessionCallback for Setup {
    fn enable_channel_binding(&self) -> bool {
        self.binding.is_some()
    }

    fn callback(
        &self,
        _: &SessionData,
        _: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        request.satisfy::<AuthId>(self.user)?.satisfy::<Password>(self.password.as_bytes())?;
        request.satisfy::<OAuthBearerToken>(self.token)?;
        request.satisfy::<OAuthBearerKV>(&[("host", "mail.postfail.test"), ("port", "143")])?;
        if !self.token.is_empty() {
            request.satisfy::<AuthzId>(self.user)?;
        }
        if let Some((name, bytes)) = self.binding {
            request.satisfy::<OverrideCBType>(name)?.satisfy::<ChannelBindings>(bytes)?;
        }
        Ok(())
    }
}

fn session(mechanism: &str, setup: Setup) -> Session {
    // The default registry leaves -PLUS out.
    static ALL: &[rsasl::registry::Mechanism] = &[
        SCRAM_SHA1,
        SCRAM_SHA1_PLUS,
        SCRAM_SHA256,
        SCRAM_SHA256_PLUS,
        rsasl::mechanisms::oauthbearer::OAUTHBEARER,
        rsasl::mechanisms::xoauth2::XOAUTH2,
    ];
    let builder = SASLConfig::builder().with_registry(Registry::with_mechanisms(ALL));
    let config = builder.with_callback(setup).expect("a configuration");
    let name = Mechname::parse(mechanism.as_bytes()).expect("a name");
    SASLClient::new(config).start_suggested(&[name]).expect("rsasl knows it")
}

fn said(session: &mut Session, challenge: Option<&[u8]>) -> Result<(Vec<u8>, bool), SessionError> {
    let mut out = Vec::new();
    let state = session.step(challenge, &mut out)?;
    Ok((out, matches!(state, State::Finished(_))))
}

/// The client's whole SCRAM exchange with our side: the proof it showed, and whether it took our signature.
fn scram(mechanism: &str, setup: Setup, known: &str, bindings: &Bindings) -> (bool, bool) {
    let mut server = Mechanism::new(mechanism, bindings, || "0123456789abcdef".to_owned()).expect("ours");
    let mut client = session(mechanism, setup);
    let (first, _) = said(&mut client, None).expect("a first message");
    let Step::Salt { hash, user } = server.initial(&first) else {
        panic!("{mechanism}: no salt is asked for")
    };
    assert_eq!(user, setup.user);
    let Mechanism::Scram(exchange) = &mut server else { panic!("not SCRAM") };
    let challenge = exchange.salt(keys::salt(hash, b"our own", &user));
    let (last, _) = said(&mut client, Some(&challenge)).expect("a last message");
    let Step::Done(Credentials::Scram(shown)) = server.step(&last) else { panic!("{mechanism}: not done") };
    let keys = Keys::derive(hash, known, &shown.salt, keys::ITERATIONS);
    let right = shown.bound && keys.fit(&shown.exchange, &shown.proof);
    let signature = scram::server_final(&keys.signature(&shown.exchange));
    (right, said(&mut client, Some(&signature)).is_ok_and(|(_, finished)| finished))
}

const TARO: Setup = Setup { user: "taro,=花子", password: PASSWORD, token: "", binding: None };

#[test]
fn scram_proves_both_sides() {
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256"] {
        let none = Bindings::default();
        assert_eq!(scram(mechanism, TARO, PASSWORD, &none), (true, true), "{mechanism}");
        assert_eq!(scram(mechanism, TARO, "pencils", &none), (false, false), "{mechanism}");
    }
}

#[test]
fn scram_plus_is_bound_to_the_connection() {
    let mut bindings = Bindings::default();
    bindings.add(Binding::Exporter, BOUND);
    for mechanism in ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"] {
        let bound = Setup { binding: Some(("tls-exporter", BOUND)), ..TARO };
        assert_eq!(scram(mechanism, bound, PASSWORD, &bindings), (true, true), "{mechanism}");
        let elsewhere = Setup { binding: Some(("tls-exporter", b"of another")), ..TARO };
        // The password is right, and the signature with it; the connection is not.
        assert_eq!(scram(mechanism, elsewhere, PASSWORD, &bindings), (false, true), "{mechanism}");
    }
}

#[test]
fn bearer_tokens_are_read() {
    let hanako = Setup { user: "hanako@postfail.test", token: "ya29.A-b_c~d/e+f==", ..TARO };
    for (mechanism, host) in [("XOAUTH2", None), ("OAUTHBEARER", Some("mail.postfail.test"))] {
        let (response, _) = said(&mut session(mechanism, hanako), None).expect("a response");
        let mut server = Mechanism::new(mechanism, &Bindings::default(), String::new).expect("ours");
        let wanted = Credentials::Bearer {
            user: hanako.user.to_owned(),
            token: hanako.token.to_owned(),
            host: host.map(str::to_owned),
        };
        assert!(server.initial(&response) == Step::Done(wanted), "{mechanism}");
    }
}
