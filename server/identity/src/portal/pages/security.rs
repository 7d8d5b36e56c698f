//! The security page: password, app passwords, sign out everywhere.
use jiff::tz::TimeZone;

use super::Visit;
use crate::portal::acts::check_password;
use crate::portal::event::{Event, Happened, Way};
use crate::portal::request::Answer;

pub(super) fn show(visit: &mut Visit<'_>) -> Answer {
    match visit.session.account.clone() {
        Some(account) => {
            let new = visit.session.flash.take();
            page(visit, &account, 200, None, new)
        }
        None => to_sign_in(visit),
    }
}

fn to_sign_in(visit: &mut Visit<'_>) -> Answer {
    visit.session.next = Some("/portal/security".to_owned());
    Answer::see_other("/portal/sign-in")
}

fn page(visit: &Visit<'_>, account: &str, status: u16, error: Option<&str>, new: Option<String>) -> Answer {
    let of = visit.words();
    let apps = visit.directory.app_passwords(account);
    visit.page(status, of("Security", "セキュリティ"), |html| {
        html.error(error);
        if let Some(secret) = &new {
            html.done(of("The new app password. It is shown only now:", "新しいアプリパスワードです。表示されるのは今回だけです。"));
            html.raw("<p class=\"secret\" id=\"app-password\">").text(secret).raw("</p>");
            html.hint(of(
                "Type it into the mail program in place of your password. Spaces do not matter.",
                "メールソフトのパスワード欄に、ふだんのパスワードの代わりに入力してください。空白は入れても入れなくてもかまいません。",
            ));
        }
        html.h2(of("App passwords", "アプリパスワード"));
        html.p(of(
            "For mail programs that cannot show a sign-in page. Make one for each program, so that you can take each away by itself.",
            "サインイン画面を表示できないメールソフト用のパスワードです。ソフトごとに1つずつ発行しておくと、あとで1つだけ取り消せます。",
        ));
        if apps.is_empty() {
            html.hint(of("There is none.", "発行済みのものはありません。"));
        } else {
            html.raw("<table><tr><th>").text(of("For", "用途")).raw("</th><th>").text(of("Made", "発行日"));
            html.raw("</th><th>").text(of("Last used", "最終使用日")).raw("</th><th></th></tr>");
            let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::UTC).date().to_string();
            for app in &apps {
                html.raw("<tr><td>").text(&app.label).raw("</td><td>").text(&day(app.issued)).raw("</td><td>");
                html.text(&app.used.map_or_else(|| "-".to_owned(), day)).raw("</td><td>");
                html.form("/portal/security/revoke", &visit.view()).hidden("id", &app.id.to_string());
                html.submit(of("Revoke", "取り消す")).raw("</td></tr>");
            }
            html.raw("</table>");
        }
        html.form("/portal/security/app-password", &visit.view());
        html.field(of("What is it for?", "何に使いますか"), "label", "", "maxlength=\"60\" required");
        html.submit(of("Make an app password", "アプリパスワードを発行"));

        html.h2(of("Password", "パスワード"));
        html.form("/portal/security/password", &visit.view());
        html.password(of("The present one", "現在のパスワード"), "old", " autocomplete=\"current-password\"");
        html.password(of("New password (8 characters or more)", "新しいパスワード(8文字以上)"), "password", " autocomplete=\"new-password\"");
        html.password(of("The same again", "新しいパスワード(確認)"), "again", " autocomplete=\"new-password\"");
        html.submit(of("Change the password", "パスワードを変更"));

        html.h2(of("Sign out everywhere", "すべての端末からサインアウト"));
        html.p(of(
            "Ends every browser's sign-in, every program's, and all app passwords. Do it when somebody else may have been in.",
            "すべてのブラウザーとソフトのサインインを終了し、アプリパスワードもすべて取り消します。他人に使われた疑いがあるときに行ってください。",
        ));
        html.form("/portal/security/sign-out-everywhere", &visit.view());
        html.submit(of("Sign out everywhere", "すべてサインアウト"));
    })
}

pub(super) fn take_app_password(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.session.account.clone() else { return to_sign_in(visit) };
    let label = visit.form.get("label").to_owned();
    match visit.portal.issue_app_password(&account, &label, visit.directory) {
        Ok(secret) => {
            // As one reads it from a screen: four by four.
            let letters: Vec<char> = secret.chars().collect();
            let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
            visit.session.flash = Some(groups.join(" "));
            Answer::see_other("/portal/security")
        }
        Err(_) => {
            let of = visit.words();
            let said = of(
                "There are too many. Revoke one first.",
                "これ以上発行できません。先に1つ取り消してください。",
            );
            page(visit, &account, 409, Some(said), None)
        }
    }
}

pub(super) fn take_revoke(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.session.account.clone() else { return to_sign_in(visit) };
    let id = visit.form.get("id").parse().unwrap_or(0);
    if id == 0 || !visit.directory.revoke_app_password(&account, id) {
        let of = visit.words();
        let said = of("There is no such app password.", "そのアプリパスワードはありません。");
        return page(visit, &account, 404, Some(said), None);
    }
    visit.directory.note(Event::of(Happened::AppPasswordRevoked, &account).because(id.to_string()));
    Answer::see_other("/portal/security")
}

pub(super) fn take_password(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.session.account.clone() else { return to_sign_in(visit) };
    let old = visit.form.raw("old").to_owned();
    let password = match visit.new_password().and_then(|new| check_password(&new).map(|()| new)) {
        Ok(password) => password,
        Err(refused) => return page(visit, &account, 400, Some(refused.of(visit.language)), None),
    };
    if visit.directory.prove(&account, &old).is_err() {
        visit.refused();
        visit.directory.note(Event::of(Happened::SignInRefused, &account).because("wrong-password"));
        let of = visit.words();
        let said = of("The present password is wrong.", "現在のパスワードが違います。");
        return page(visit, &account, 403, Some(said), None);
    }
    visit.portal.reset(&account, &password, Way::Own, visit.directory);
    visit.session.account = None;
    super::forgot::set(visit)
}

pub(super) fn take_everywhere(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.session.account.take() else { return to_sign_in(visit) };
    visit.portal.sign_out_everywhere(&account, visit.directory);
    Answer::see_other("/portal/sign-in")
}
