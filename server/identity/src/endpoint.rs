//! Requests answered: one file for each endpoint.
mod authorize;
mod code;
mod consent;
mod device;
mod metadata;
mod token;
mod tokens;

pub(crate) use code::{Asked, Code};
pub(crate) use device::Device;

use jiff::Timestamp;

use crate::client::{Client, Shown, unknown};
use crate::denial::{Denial, Reason};
use crate::parameters::Parameters;
use crate::policy;
use crate::provider::{Draw, Provider};
use crate::request::{Answer, Directory, Endpoint, Note, Outcome, Request};

/// A request, and everything that answering it takes.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) now: Timestamp,
    pub(crate) directory: &'a mut dyn Directory,
    pub(crate) draw: Draw<'a>,
    pub(crate) note: Note,
}

impl Call<'_> {
    /// The name of the issuer that is asked, as its discovery has it.
    pub(crate) fn issuer(&self) -> String {
        self.request.place.name(self.request.base)
    }
}

impl Provider {
    /// Answer a request at `now`, in virtual time. Random numbers come from `draw`, people from `directory`.
    pub fn answer(
        &mut self,
        request: &Request<'_>,
        now: Timestamp,
        directory: &mut dyn Directory,
        draw: Draw<'_>,
    ) -> Outcome {
        let note = Note { grant: request.place.endpoint.as_str().to_owned(), ..Note::default() };
        let mut call = Call { request, now, directory, draw, note };
        let mut answer = self.dispatch(&mut call);
        if let Answer::Denied(denial) | Answer::DeniedPage(denial) = &mut answer
            && denial.about.client.is_none()
            && !call.note.client.is_empty()
        {
            denial.about.client = Some(call.note.client.clone());
        }
        Outcome { answer, note: call.note }
    }

    fn dispatch(&mut self, call: &mut Call<'_>) -> Answer {
        let endpoint = call.request.place.endpoint;
        if !endpoint.takes(call.request.get) {
            return Answer::WrongMethod;
        }
        match endpoint {
            Endpoint::Authorize => self.authorize(call),
            Endpoint::Device => self.device_page(call),
            Endpoint::Consent => self.decide(call),
            Endpoint::Logout => {
                call.directory.sign_out_browser(call.request.cookie);
                Answer::Page(crate::page::signed_out(call.request.language))
            }
            Endpoint::Metadata => Answer::Json(self.metadata(call.request)),
            Endpoint::Jwks => Answer::Json(self.keys.jwks()),
            Endpoint::UserInfo => self.user_info(call),
            Endpoint::Token => denied(self.token(call)),
            Endpoint::DeviceAuthorization => denied(self.device_authorization(call)),
            Endpoint::Revoke => denied(self.revoke(call)),
            Endpoint::Introspect => denied(self.introspect(call)),
        }
    }

    /// The parameters in the body of a call.
    pub(crate) fn form(request: &Request<'_>) -> Result<Parameters, Denial> {
        let media = request.content_type.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let detail = "the body must be application/x-www-form-urlencoded";
            return Err(Denial::new(Reason::InvalidRequest, detail));
        }
        let too_long = || Denial::new(Reason::InvalidRequest, "the body is too long");
        Parameters::read(request.body.ok_or_else(too_long)?)
    }

    /// The client with this name, if one is known or anyone may come.
    pub(crate) fn client(&self, id: &str, call: &Call<'_>) -> Result<Client, Denial> {
        if let Some(client) = self.clients.iter().find(|client| client.id == id) {
            return Ok(client.clone());
        }
        let plain = id.len() <= 256 && id.chars().all(|letter| letter.is_ascii_graphic());
        let any = self.policy(call.request.place.issuer).any_client;
        if any && plain { Ok(Client::unregistered(id)) } else { Err(unknown(id)) }
    }

    /// The client of a call to a token endpoint, which proved itself as far as it can.
    pub(crate) fn proven(&self, parameters: &Parameters, call: &mut Call<'_>) -> Result<Client, Denial> {
        let shown = Shown::read(parameters, call.request.authorization)?;
        call.note.client.clone_from(&shown.id);
        let client = self.client(&shown.id, call)?;
        let policy = self.policy(call.request.place.issuer);
        client.prove(&shown, policy).map_err(|mut denial| {
            denial.about.basic = shown.basic;
            denial
        })?;
        Ok(client)
    }

    /// Whether the endpoint answers at all, and the same has not been asked too often.
    pub(crate) fn admit(&mut self, call: &Call<'_>, parameters: &Parameters) -> Result<(), Denial> {
        let policy = self.policy(call.request.place.issuer);
        match policy.endpoint {
            policy::Endpoint::Down => return Err(Denial::new(Reason::Down, "try again later")),
            policy::Endpoint::Throttled(_) => {
                return Err(Denial::new(Reason::Throttled, "too many requests; try again later"));
            }
            policy::Endpoint::Up | policy::Endpoint::Slow(_) => {}
        }
        let Some((most, within)) = policy.loop_limit else { return Ok(()) };
        let same = ["grant_type", "client_id", "refresh_token", "username"];
        let same: Vec<&str> = same.map(|name| parameters.get(name).unwrap_or_default()).to_vec();
        let digest = self.digester.of(&same.join("\n"));
        let mut times = self.recent.get(&digest).cloned().unwrap_or_default();
        times.retain(|time| call.now < crate::provider::after(*time, within));
        let is_loop = times.len() >= most as usize;
        if !is_loop {
            times.push(call.now);
        }
        self.recent.insert(digest, times);
        if is_loop { Err(Denial::new(Reason::Loop, "the same was asked again and again")) } else { Ok(()) }
    }
}

fn denied(answer: Result<Answer, Denial>) -> Answer {
    answer.unwrap_or_else(Answer::Denied)
}
