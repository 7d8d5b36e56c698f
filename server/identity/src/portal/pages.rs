//! Which page answers which path; sessions, tokens and bounds before any of them.
mod admin;
mod forgot;
mod recover;
mod security;
mod sign_in;

use jiff::Timestamp;

use super::Portal;
use super::acts::Refused;
use super::bounds::FROM_ADDRESS;
use super::directory::Directory;
use super::event::{Event, Happened};
use super::html::{self, Html, View};
use super::request::{Answer, Fields, Language, Method, Request};
use super::sessions::Session;

/// One request while it is answered.
struct Visit<'v> {
    portal: &'v mut Portal,
    directory: &'v mut dyn Directory,
    request: &'v Request<'v>,
    query: Fields,
    form: Fields,
    session: Session,
    language: Language,
    now: Timestamp,
    /// The path, and the case it is about: where the language switch leads back to.
    here: String,
    /// The session has another cookie now.
    renewed: bool,
}

type Page = fn(&mut Visit<'_>) -> Answer;

/// Path below `/portal`, what shows it, what takes its form.
const PAGES: [(&str, Option<Page>, Option<Page>); 15] = [
    ("/", Some(home), None),
    ("/sign-in", Some(sign_in::show), Some(sign_in::take)),
    ("/second-factor", Some(sign_in::show_factor), Some(sign_in::take_factor)),
    ("/sign-out", None, Some(sign_in::out)),
    ("/forgot", Some(forgot::show), Some(forgot::take)),
    ("/forgot/way", Some(forgot::show_ways), Some(forgot::take_way)),
    ("/forgot/code", Some(forgot::show_code), Some(forgot::take_code)),
    ("/recover", Some(recover::show), Some(recover::take)),
    ("/recover/status", Some(recover::show_status), Some(recover::take_status)),
    ("/security", Some(security::show), None),
    ("/security/password", None, Some(security::take_password)),
    ("/security/app-password", None, Some(security::take_app_password)),
    ("/security/revoke", None, Some(security::take_revoke)),
    ("/security/sign-out-everywhere", None, Some(security::take_everywhere)),
    ("/admin", Some(admin::show), Some(admin::take)),
];

pub(super) fn answer(portal: &mut Portal, request: &Request<'_>, directory: &mut dyn Directory) -> Answer {
    let path = request.path.strip_prefix("/portal").unwrap_or_default();
    if path == "/style.css" {
        let style = Answer::page(200, html::STYLE.to_owned());
        return Answer { media_type: "text/css; charset=utf-8", ..style };
    }
    if path.is_empty() {
        return Answer::see_other("/portal/");
    }
    portal.review(directory);
    let now = directory.now();
    let (session, new) = portal.sessions.take(request.cookie, request.random, now);
    let fields = (Fields::read(request.query.as_bytes()), Fields::read(request.form));
    let whole = fields.0.is_some() && fields.1.is_some();
    let mut visit = Visit {
        query: fields.0.unwrap_or_default(),
        form: fields.1.unwrap_or_default(),
        language: session.language.unwrap_or_else(|| Language::preferred(request.languages)),
        portal,
        directory,
        request,
        session,
        now,
        here: request.path.to_owned(),
        renewed: new,
    };
    let case = visit.query.get("case");
    if !case.is_empty() && case.bytes().all(|byte| byte.is_ascii_digit()) {
        visit.here = format!("{}?case={case}", request.path);
    }
    if let Some(language) = Language::named(visit.query.get("lang")) {
        visit.language = language;
        visit.session.language = Some(language);
    }
    let mut answer = if whole { visit.route(path) } else { visit.failure(413) };
    let Visit { portal, session, renewed, .. } = visit;
    if renewed {
        answer.cookie = Some(session.cookie(request.secure));
    }
    portal.sessions.keep(session);
    answer
}

fn home(visit: &mut Visit<'_>) -> Answer {
    let of = visit.words();
    visit.page(200, of("Your account", "アカウント"), |html| {
        html.p(of(
            "Sign in to change your password, or get a new one when you have lost it.",
            "パスワードの変更はサインインして行います。パスワードを忘れたときも、ここから再設定できます。",
        ));
        html.way_on("/portal/sign-in", of("Sign in", "サインイン"));
        html.way_on("/portal/forgot", of("I forgot my password", "パスワードを忘れた"));
        html.way_on(
            "/portal/recover/status",
            of("How does my recovery request stand?", "回復申請の状況を確認する"),
        );
        html.way_on("/portal/admin", of("For the owner of the domain", "ドメインの管理者の方"));
    })
}

impl Visit<'_> {
    fn route(&mut self, path: &str) -> Answer {
        let Some((_, show, take)) = PAGES.iter().find(|(known, ..)| *known == path) else {
            return self.failure(404);
        };
        match (self.request.method, show, take) {
            (Method::Get, Some(show), _) => show(self),
            (Method::Post, _, Some(take)) => {
                if !self.session.is_csrf(self.form.get("csrf")) {
                    return self.failure(403);
                }
                if self.portal.tries.is_over(FROM_ADDRESS, &self.request.from.to_string(), self.now) {
                    self.directory.note(Event::of(Happened::TooManyTries, "").because("address"));
                    return self.failure(429);
                }
                take(self)
            }
            _ => self.failure(405),
        }
    }

    /// The words of the page's language.
    fn words(&self) -> impl Fn(&'static str, &'static str) -> &'static str + Copy + use<> {
        let language = self.language;
        move |en, ja| language.of(en, ja)
    }

    fn page(&self, status: u16, title: &str, write: impl FnOnce(&mut Html)) -> Answer {
        html::page(&self.view(), status, title, write)
    }

    fn view(&self) -> View<'_> {
        View {
            language: self.language,
            csrf: &self.session.csrf,
            signed_in: self.session.account.as_deref(),
            path: &self.here,
        }
    }

    /// What was typed is refused: it counts for the address it came from.
    fn refused(&mut self) {
        self.portal.tries.count(FROM_ADDRESS, &self.request.from.to_string(), self.now);
    }

    /// Both fields of a new password, where they are the same.
    fn new_password(&self) -> Result<String, Refused> {
        let (password, again) = (self.form.raw("password"), self.form.raw("again"));
        if password == again { Ok(password.to_owned()) } else { Err(Refused::Mismatch) }
    }

    fn failure(&self, status: u16) -> Answer {
        let of = self.words();
        let (title, text) = match status {
            403 => (
                of("This form is too old", "このページは古くなっています"),
                of(
                    "Open the page again and send the form anew.",
                    "ページを開き直して、もう一度送信してください。",
                ),
            ),
            404 => (
                of("There is no such page", "ページが見つかりません"),
                of(
                    "Check the address, or begin at the first page.",
                    "アドレスを確認するか、最初のページからやり直してください。",
                ),
            ),
            405 => (
                of("This page does not take that", "この操作はできません"),
                of("Begin at the first page.", "最初のページからやり直してください。"),
            ),
            413 => (
                of("That is too much", "入力が多すぎます"),
                of("Fill in less.", "入力を減らして、もう一度送信してください。"),
            ),
            _ => (
                of("Too many tries", "試行回数が多すぎます"),
                of("Wait ten minutes, then try again.", "10分ほど待ってから、もう一度お試しください。"),
            ),
        };
        self.page(status, title, |html| {
            html.p(text).way_on("/portal/", of("To the first page", "最初のページへ"));
        })
    }
}

/// An address or a number of which only enough is shown to know it by: `t***@postfail.test`, `***-1234`.
fn veiled(text: &str) -> String {
    match text.split_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", local.chars().take(1).collect::<String>()),
        None => {
            let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
            let last: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
            format!("***-{last}")
        }
    }
}
