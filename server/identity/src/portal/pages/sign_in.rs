//! Signing in, with a second factor where the account wants one, and out.
use super::Visit;
use crate::portal::acts::Code;
use crate::portal::bounds::CODES;
use crate::portal::directory::SignInRefused;
use crate::portal::event::{Event, Happened, Way};
use crate::portal::request::{Answer, local_path};

/// Where one goes who was going nowhere.
const HOME: &str = "/portal/security";

pub(super) fn show(visit: &mut Visit<'_>) -> Answer {
    if let Some(next) = local_path(visit.query.raw("continue")) {
        visit.session.next = Some(next.to_owned());
    }
    form(visit, 200, None)
}

fn form(visit: &Visit<'_>, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("Sign in", "サインイン"), |html| {
        html.error(error).form("/portal/sign-in", &visit.view());
        let typed = [visit.form.get("user"), visit.query.get("user")];
        let typed = typed.into_iter().find(|typed| !typed.is_empty()).unwrap_or_default();
        html.field(of("Mail address", "メールアドレス"), "user", typed, "autocomplete=\"username\" required");
        html.password(of("Password", "パスワード"), "password", " autocomplete=\"current-password\"");
        html.submit(of("Sign in", "サインイン"));
        html.way_on("/portal/forgot", of("I forgot my password", "パスワードを忘れた"));
    })
}

pub(super) fn take(visit: &mut Visit<'_>) -> Answer {
    let of = visit.words();
    let wrong = of("The address or the password is wrong.", "メールアドレスかパスワードが違います。");
    let Some(account) = visit.directory.find(visit.form.get("user")) else {
        visit.refused();
        return form(visit, 403, Some(wrong));
    };
    let password = visit.form.raw("password").to_owned();
    if let Err(refused) = visit.directory.prove(&account, &password) {
        visit.refused();
        let (word, said) = match refused {
            SignInRefused::WrongPassword => ("wrong-password", wrong),
            SignInRefused::Locked => (
                "locked",
                of(
                    "Too many wrong passwords: the account is locked. Wait, or get a new password.",
                    "パスワードの間違いが続いたため、アカウントがロックされています。しばらく待つか、パスワードを再設定してください。",
                ),
            ),
            SignInRefused::Closed => (
                "closed",
                of(
                    "This account is closed. Only its provider can help.",
                    "このアカウントは停止されています。プロバイダーにお問い合わせください。",
                ),
            ),
            SignInRefused::Expired => (
                "password-expired",
                of(
                    "The password has expired. Get a new one by \"I forgot my password\".",
                    "パスワードの有効期限が切れています。「パスワードを忘れた」から新しいものを設定してください。",
                ),
            ),
        };
        visit.directory.note(Event::of(Happened::SignInRefused, &account).because(word));
        return form(visit, 403, Some(said));
    }
    let facts = visit.directory.facts(&account);
    if !facts.second_factor {
        return signed_in(visit, &account, false);
    }
    send_factor(visit, account);
    Answer::see_other("/portal/second-factor")
}

/// A code for the second step goes out.
fn send_factor(visit: &mut Visit<'_>, account: String) {
    let (of, facts) = (visit.words(), visit.directory.facts(&account));
    let code = Code::draw(Way::Phone, visit.directory);
    // Without a telephone there is an authenticator; who plays its owner reads it with the texts.
    let to = facts.phone.unwrap_or_else(|| format!("authenticator of {account}"));
    let text = of(
        "is your sign-in code. Give it to nobody.",
        "がサインイン用の確認コードです。誰にも教えないでください。",
    );
    visit.directory.text(&to, &format!("{} {text} ({})", code.digits(), facts.address));
    visit.directory.note(Event::of(Happened::SecondFactorSent, &account).because(to));
    visit.session.pending = Some((account, code));
}

pub(super) fn show_factor(visit: &mut Visit<'_>) -> Answer {
    // Who signed in by a password alone is sent here by a page that asks for more.
    if let (Some(next), Some(account)) =
        (local_path(visit.query.raw("continue")), visit.session.account.clone())
    {
        if visit.portal.tries.is_over(CODES, &account, visit.now) {
            visit.directory.note(Event::of(Happened::TooManyTries, &account).because("codes"));
            return visit.failure(429);
        }
        visit.portal.tries.count(CODES, &account, visit.now);
        visit.session.next = Some(next.to_owned());
        send_factor(visit, account);
        return Answer::see_other("/portal/second-factor");
    }
    if visit.session.pending.is_none() {
        return Answer::see_other("/portal/sign-in");
    }
    factor_form(visit, 200, None)
}

fn factor_form(visit: &Visit<'_>, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("Second step", "2段階認証"), |html| {
        html.error(error);
        html.p(of(
            "We have sent a code of six digits to your telephone or authenticator.",
            "登録された電話(または認証アプリ)に6桁の確認コードを送りました。",
        ));
        html.form("/portal/second-factor", &visit.view());
        html.field(
            of("Code", "確認コード"),
            "code",
            "",
            "inputmode=\"numeric\" autocomplete=\"one-time-code\" required",
        );
        html.submit(of("Go on", "次へ"));
    })
}

pub(super) fn take_factor(visit: &mut Visit<'_>) -> Answer {
    let typed = visit.form.get("code").to_owned();
    let Some((account, code)) = &mut visit.session.pending else {
        return Answer::see_other("/portal/sign-in");
    };
    let account = account.clone();
    match code.check(&typed, visit.now) {
        Ok(()) => signed_in(visit, &account, true),
        Err(refused) => {
            visit.refused();
            let event = Event::of(Happened::CodeRefused, &account).because(refused.to_string());
            visit.directory.note(event);
            let said = refused.of(visit.language);
            factor_form(visit, 403, Some(said))
        }
    }
}

fn signed_in(visit: &mut Visit<'_>, account: &str, second_factor: bool) -> Answer {
    visit.session.renew(visit.request.random, visit.now);
    visit.renewed = true;
    visit.session.account = Some(account.to_owned());
    visit.session.second_factor = second_factor;
    visit.session.signed_in = visit.now;
    visit.directory.verified(account);
    visit.directory.note(Event::of(Happened::SignedIn, account));
    Answer::see_other(visit.session.next.take().unwrap_or_else(|| HOME.to_owned()))
}

pub(super) fn out(visit: &mut Visit<'_>) -> Answer {
    if let Some(account) = visit.session.account.take() {
        visit.directory.note(Event::of(Happened::SignedOut, &account));
    }
    visit.session.renew(visit.request.random, visit.now);
    visit.renewed = true;
    Answer::see_other("/portal/")
}
