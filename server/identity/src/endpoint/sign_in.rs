//! What a person answers on the sign-in page.
use super::Call;
use super::authorize::refuse;
use crate::denial::{Denial, Reason};
use crate::page;
use crate::provider::Provider;
use crate::request::Answer;

impl Provider {
    pub(super) fn sign_in(&mut self, call: &mut Call<'_>) -> Answer {
        let parameters = match Self::form(call.request) {
            Ok(parameters) => parameters,
            Err(denial) => return Answer::DeniedPage(denial),
        };
        let transaction = parameters.get("transaction").unwrap_or_default();
        let digest = self.digester.of(transaction);
        let place = call.request.place;
        let known =
            self.asked.get(&digest).filter(|asked| call.now < asked.expires && asked.issuer == place.issuer);
        let Some(asked) = known.cloned() else {
            let detail = "this sign-in is over; go back to the program and begin anew";
            return Answer::DeniedPage(Denial::new(Reason::InvalidRequest, detail));
        };
        call.note.client.clone_from(&asked.client);
        if parameters.get("decision") == Some("deny") {
            self.asked.remove(&digest);
            return refuse(&asked, &Denial::new(Reason::AccessDenied, "the person said no"));
        }
        let user = parameters.get("username").unwrap_or_default();
        let password = parameters.get("password").unwrap_or_default();
        match call.directory.sign_in(user, password) {
            Ok(account) => {
                self.asked.remove(&digest);
                self.allow(asked, account, call)
            }
            Err(failure) => {
                call.note.account = call.directory.find(user);
                Answer::Page(page::sign_in(&asked, transaction, Some(failure), call.request.language))
            }
        }
    }
}
