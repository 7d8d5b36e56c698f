//! A forgotten password: which account, which way, then the code and a new password.
use super::{Visit, veiled};
use crate::portal::directory::Facts;
use crate::portal::event::Way;
use crate::portal::request::Answer;

pub(super) fn show(visit: &mut Visit<'_>) -> Answer {
    form(visit, 200, None)
}

fn form(visit: &Visit<'_>, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("A new password", "パスワードの再設定"), |html| {
        html.error(error);
        html.p(of(
            "Which account is it about? A mail program can hold several: look at its settings when you are not sure.",
            "どのアカウントのパスワードですか。メールソフトには複数のアカウントが登録されていることがあります。迷ったら設定画面で確認してください。",
        ));
        html.form("/portal/forgot", &visit.view());
        let typed = visit.form.get("user");
        html.field(of("Mail address", "メールアドレス"), "user", typed, "autocomplete=\"username\" required");
        html.submit(of("Go on", "次へ"));
    })
}

pub(super) fn take(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.directory.find(visit.form.get("user")) else {
        visit.refused();
        let said = crate::portal::Refused::UnknownAccount.of(visit.language);
        return form(visit, 404, Some(said));
    };
    visit.session.resetting = Some(account);
    Answer::see_other("/portal/forgot/way")
}

pub(super) fn show_ways(visit: &mut Visit<'_>) -> Answer {
    match resetting(visit) {
        Some((_, facts)) => ways(visit, &facts, 200, None),
        None => Answer::see_other("/portal/forgot"),
    }
}

fn resetting(visit: &Visit<'_>) -> Option<(String, Facts)> {
    let account = visit.session.resetting.clone()?;
    let facts = visit.directory.facts(&account);
    Some((account, facts))
}

fn ways(visit: &Visit<'_>, facts: &Facts, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("How do we know that it is you?", "本人確認の方法"), |html| {
        html.error(error);
        html.raw("<p>").text(of("Account", "アカウント")).raw(": <strong>").text(&facts.address).raw("</strong></p>");
        html.form("/portal/forgot/way", &visit.view());
        let choices = [
            (Way::Mail, &facts.recovery, of("Mail a code to", "次のアドレスに確認コードをメールで送る")),
            (Way::Phone, &facts.phone, of("Text a code to", "次の電話番号に確認コードをSMSで送る")),
        ];
        for (way, to, text) in choices {
            let Some(to) = to else { continue };
            html.raw("<label class=\"choice\"><input type=\"radio\" name=\"way\" required value=\"").text(way.as_str());
            html.raw("\"><span>").text(text).raw(": ").text(&veiled(to)).raw("</span></label>");
        }
        html.raw("<label class=\"choice\"><input type=\"radio\" name=\"way\" required value=\"form\"><span>");
        html.text(of(
            "I have none of these any more",
            "上の連絡先はどれも使えない",
        ));
        html.raw("</span></label>");
        html.submit(of("Go on", "次へ"));
        html.hint(of(
            "Choose a way that reaches you now. A code to a mailbox that you cannot open yourself leads round in a circle.",
            "いま確実に受け取れる方法を選んでください。自分でも開けないメールボックスに送っても、堂々巡りになるだけです。",
        ));
    })
}

pub(super) fn take_way(visit: &mut Visit<'_>) -> Answer {
    let Some((account, facts)) = resetting(visit) else { return Answer::see_other("/portal/forgot") };
    let way = match visit.form.get("way") {
        "mail" => Way::Mail,
        "phone" => Way::Phone,
        "form" => return Answer::see_other("/portal/recover"),
        _ => {
            let of = visit.words();
            visit.refused();
            return ways(
                visit,
                &facts,
                400,
                Some(of("Choose one of the ways.", "方法を1つ選んでください。")),
            );
        }
    };
    match visit.portal.ask_code(&account, way, visit.language, visit.directory) {
        Ok(()) => Answer::see_other("/portal/forgot/code"),
        Err(refused) => {
            visit.refused();
            ways(visit, &facts, 429, Some(refused.of(visit.language)))
        }
    }
}

pub(super) fn show_code(visit: &mut Visit<'_>) -> Answer {
    if visit.session.resetting.is_none() {
        return Answer::see_other("/portal/forgot");
    }
    code_form(visit, 200, None)
}

fn code_form(visit: &Visit<'_>, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("Type the code", "確認コードの入力"), |html| {
        html.error(error);
        html.p(of(
            "A code of six digits is on its way. It is good for 15 minutes.",
            "6桁の確認コードを送りました。有効期限は15分です。",
        ));
        html.form("/portal/forgot/code", &visit.view());
        html.field(
            of("Code", "確認コード"),
            "code",
            "",
            "inputmode=\"numeric\" autocomplete=\"one-time-code\" required",
        );
        html.password(
            of("New password (8 characters or more)", "新しいパスワード(8文字以上)"),
            "password",
            " autocomplete=\"new-password\"",
        );
        html.password(
            of("The same again", "新しいパスワード(確認)"),
            "again",
            " autocomplete=\"new-password\"",
        );
        html.submit(of("Set the password", "パスワードを設定"));
        html.way_on(
            "/portal/forgot/way",
            of("The code does not come: another way", "コードが届かない場合は、別の方法を選ぶ"),
        );
    })
}

pub(super) fn take_code(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.session.resetting.clone() else { return Answer::see_other("/portal/forgot") };
    let code = visit.form.get("code").to_owned();
    let done = visit
        .new_password()
        .and_then(|password| visit.portal.use_code(&account, &code, &password, visit.directory));
    if let Err(refused) = done {
        visit.refused();
        return code_form(visit, 403, Some(refused.of(visit.language)));
    }
    visit.session.resetting = None;
    set(visit)
}

/// The password is set: what to do now.
pub(super) fn set(visit: &Visit<'_>) -> Answer {
    let of = visit.words();
    visit.page(200, of("The new password is set", "新しいパスワードを設定しました"), |html| {
        html.done(of(
            "Type it into every mail program and device now, before they try the old one again.",
            "古いパスワードで接続が繰り返される前に、お使いのメールソフトと端末すべてに新しいパスワードを入力してください。",
        ));
        html.p(of(
            "Then put a spare address and a telephone on file, switch on the second step, and keep the password in a password manager.",
            "落ち着いたら、予備のメールアドレスと電話番号を登録し、2段階認証を有効にして、パスワードはパスワード管理ソフトに保存しましょう。",
        ));
        html.way_on("/portal/sign-in", of("Sign in", "サインイン"));
    })
}
