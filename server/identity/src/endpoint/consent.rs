//! Consent: a person who signed in at the portal lets a program in, or does not (RFC 6749 section 4.1.1).
use super::Call;
use super::authorize::refuse;
use super::code::Asked;
use crate::Issuer;
use crate::denial::{Denial, Reason};
use crate::page;
use crate::parameters::Parameters;
use crate::portal::{Browser, Language};
use crate::provider::{Provider, after};
use crate::request::{Answer, Endpoint};

impl Provider {
    /// GET shows what is asked for, POST is the person's answer.
    pub(super) fn decide(&mut self, call: &mut Call<'_>) -> Answer {
        let request = call.request;
        let read = if request.get { Parameters::read(request.query.as_bytes()) } else { Self::form(request) };
        let parameters = match read {
            Ok(parameters) => parameters,
            Err(denial) => return Answer::DeniedPage(denial),
        };
        let transaction = parameters.get("transaction").unwrap_or_default();
        let digest = self.digester.of(transaction);
        let known =
            self.asked.get(&digest).filter(|it| call.now < it.expires && it.issuer == request.place.issuer);
        let Some(asked) = known.cloned() else {
            let detail = "this sign-in is over; go back to the program and begin anew";
            return Answer::DeniedPage(Denial::new(Reason::InvalidRequest, detail));
        };
        call.note.client.clone_from(&asked.client);
        if request.get {
            return self.ask_consent(&asked, transaction, parameters.get("lang"), call);
        }
        let browser = match self.person_for(&asked, transaction, call) {
            Ok(browser) => browser,
            Err(elsewhere) => return elsewhere,
        };
        match decision(&parameters, &browser) {
            Err(denial) => Answer::DeniedPage(denial),
            Ok(allowed) => {
                self.asked.remove(&digest);
                if allowed {
                    self.allow(asked, browser.account, browser.second_factor, call)
                } else {
                    refuse(&asked, &Denial::new(Reason::AccessDenied, "the person said no"))
                }
            }
        }
    }

    /// The page, or the way to the portal for somebody who is not known well enough yet.
    pub(super) fn ask_consent(
        &self,
        asked: &Asked,
        transaction: &str,
        language: Option<&str>,
        call: &mut Call<'_>,
    ) -> Answer {
        match self.person_for(asked, transaction, call) {
            Ok(browser) => {
                let language = spoken(language, &browser, call);
                call.note.account = Some(browser.account.clone());
                Answer::Page(page::consent(asked, transaction, &browser, language))
            }
            Err(elsewhere) => elsewhere,
        }
    }

    fn person_for(&self, asked: &Asked, transaction: &str, call: &Call<'_>) -> Result<Browser, Answer> {
        let here = page::consent_path(asked, transaction);
        self.signed_in(asked.issuer, asked.fresh.as_deref(), &here, asked.hint.as_deref(), call)
    }

    /// Who is at the browser, once it is known as surely as the issuer asks; else the way to the portal's sign-in, and
    /// from there back `here`. A session whose token is `stale` does not count: the program wants a new sign-in.
    pub(super) fn signed_in(
        &self,
        issuer: Issuer,
        stale: Option<&str>,
        here: &str,
        hint: Option<&str>,
        call: &Call<'_>,
    ) -> Result<Browser, Answer> {
        let to = |page: &str, hint: Option<&str>| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("continue", here);
            query.extend_pairs(hint.map(|hint| ("user", hint)));
            Answer::Redirect(format!("/portal/{page}?{}", query.finish()))
        };
        let browser = call.directory.browser(call.request.cookie);
        let policy = self.policy(issuer);
        let is_old = |browser: &Browser| {
            let often = policy.sign_in_frequency;
            stale == Some(&browser.csrf)
                || often.is_some_and(|often| call.now >= after(browser.signed_in, often))
        };
        let browser = browser.filter(|browser| !is_old(browser)).ok_or_else(|| to("sign-in", hint))?;
        if policy.mfa && !browser.second_factor {
            return Err(to("second-factor", None));
        }
        Ok(browser)
    }
}

/// What the person chose; only the session's own page may say it (RFC 6819 section 4.4.1.8).
pub(super) fn decision(parameters: &Parameters, browser: &Browser) -> Result<bool, Denial> {
    let wrong = |detail| Err(Denial::new(Reason::InvalidRequest, detail));
    if !browser.is_csrf(parameters.get("csrf").unwrap_or_default()) {
        return wrong("this form is not of this browser's session; open the page again");
    }
    match parameters.get("decision") {
        Some("allow") => Ok(true),
        Some("deny") => Ok(false),
        _ => wrong("the decision is allow or deny"),
    }
}

/// The language chosen on the page, or at the portal, or the browser's.
pub(super) fn spoken(chosen: Option<&str>, browser: &Browser, call: &Call<'_>) -> Language {
    let chosen = chosen.and_then(Language::named).or(browser.language);
    chosen.unwrap_or_else(|| Language::preferred(call.request.language))
}

/// The device page's own address, with the code where one is typed already.
pub(super) fn device_path(call: &Call<'_>, code: Option<&str>) -> String {
    let path = call.request.place.path(Endpoint::Device).unwrap_or_default();
    let Some(code) = code else { return path };
    let code: String = code.chars().take(64).collect();
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("user_code", &code).finish();
    format!("{path}?{query}")
}
