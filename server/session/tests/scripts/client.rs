//! SCRAM as a client nobody here wrote (rsasl) speaks it.
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::scram::{SCRAM_SHA1, SCRAM_SHA1_PLUS, SCRAM_SHA256, SCRAM_SHA256_PLUS};
use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session, SessionError};
use rsasl::property::{AuthId, ChannelBindings, OverrideCBType, Password};
use rsasl::registry::{Mechanism, Registry};

pub struct Client(Session);

struct Setup {
    user: String,
    password: String,
    bound: Option<Vec<u8>>,
}

impl SessionCallback for Setup {
    fn enable_channel_binding(&self) -> bool {
        self.bound.is_some()
    }

    fn callback(
        &self,
        _: &SessionData,
        _: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        request.satisfy::<AuthId>(&self.user)?.satisfy::<Password>(self.password.as_bytes())?;
        if let Some(bound) = &self.bound {
            request.satisfy::<OverrideCBType>("tls-exporter")?.satisfy::<ChannelBindings>(bound)?;
        }
        Ok(())
    }
}

impl Client {
    /// `argument` is `MECHANISM USER PASSWORD`; `bound` what TLS exports.
    pub fn new(argument: &str, bound: Option<&[u8]>) -> Result<Self, String> {
        let mut words = argument.splitn(3, ' ');
        let mut word = || words.next().map(str::to_owned).ok_or("MECHANISM USER PASSWORD");
        let (mechanism, user, password) = (word()?, word()?, word()?);
        let bound = bound.filter(|_| mechanism.ends_with("-PLUS")).map(<[u8]>::to_vec);
        let setup = Setup { user, password, bound };
        // The default registry leaves -PLUS out.
        static ALL: &[Mechanism] = &[SCRAM_SHA1, SCRAM_SHA1_PLUS, SCRAM_SHA256, SCRAM_SHA256_PLUS];
        let builder = SASLConfig::builder().with_registry(Registry::with_mechanisms(ALL));
        let config = builder.with_callback(setup).map_err(|e| e.to_string())?;
        let name = Mechname::parse(mechanism.as_bytes()).map_err(|e| e.to_string())?;
        let session = SASLClient::new(config).start_suggested(&[name]).map_err(|e| e.to_string())?;
        Ok(Self(session))
    }

    pub fn answer(&mut self, challenge: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let mut said = Vec::new();
        self.0.step(challenge, &mut said).map_err(|error| error.to_string())?;
        Ok(said)
    }
}
