//! The recovery form, and how a form stands.
use jiff::tz::TimeZone;

use super::{Visit, forgot};
use crate::portal::acts::Refused;
use crate::portal::recovery::{Answers, CaseState};
use crate::portal::request::Answer;

pub(super) fn show(visit: &mut Visit<'_>) -> Answer {
    if visit.session.resetting.is_none() {
        return Answer::see_other("/portal/forgot");
    }
    form(visit, 200, None)
}

fn form(visit: &Visit<'_>, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    let typed = |name| visit.form.get(name);
    visit.page(status, of("Recover the account", "アカウントの回復"), |html| {
        html.error(error);
        html.p(of(
            "Tell us what only the owner of the account can know. Fill in as much as you can, as exactly as you can; leave nothing out because you are not quite sure.",
            "アカウントの持ち主にしか分からないことを入力してください。できるだけ多く、できるだけ正確に。自信がない項目も、空欄にせず思い当たるものを書いてください。",
        ));
        html.form("/portal/recover", &visit.view());
        html.field(of("Where we can reach you now (mail address)", "いま連絡が取れるメールアドレス"), "contact", typed("contact"), "type=\"email\" required");
        html.field(of("The account was made in (year-month, such as 2017-05)", "アカウントを作った年月(例: 2017-05)"), "created", typed("created"), "");
        html.area(of("Passwords you had before, one in a line", "以前使っていたパスワード(1行に1つ)"), "old_passwords", "");
        html.area(of("Subjects of recent mail, one in a line", "最近のメールの件名(1行に1つ)"), "subjects", typed("subjects"));
        html.area(of("Addresses you wrote to lately, one in a line", "最近メールを送った相手のアドレス(1行に1つ)"), "recipients", typed("recipients"));
        html.field(of("The last four digits of the card you pay with", "支払いに使っているカードの下4桁"), "payment", typed("payment"), "inputmode=\"numeric\" maxlength=\"4\"");
        html.submit(of("Send", "送信"));
        html.hint(of(
            "We answer at once, or within 24 hours. You may send the form three times a day.",
            "結果はすぐに、または24時間以内にお知らせします。申請は1日3回までです。",
        ));
    })
}

pub(super) fn take(visit: &mut Visit<'_>) -> Answer {
    let Some(account) = visit.session.resetting.clone() else { return Answer::see_other("/portal/forgot") };
    let fields = &visit.form;
    let answers = Answers {
        contact: fields.get("contact").to_owned(),
        created: fields.get("created").to_owned(),
        old_passwords: fields.lines("old_passwords", 5),
        subjects: fields.lines("subjects", 10),
        recipients: fields.lines("recipients", 10),
        payment: fields.get("payment").to_owned(),
    };
    match visit.portal.send_form(&account, &answers, visit.language, visit.directory) {
        Ok(number) => Answer::see_other(format!("/portal/recover/status?case={number}")),
        Err(refused) => {
            visit.refused();
            let status = if refused == Refused::TooManyTries { 429 } else { 400 };
            form(visit, status, Some(refused.of(visit.language)))
        }
    }
}

pub(super) fn show_status(visit: &mut Visit<'_>) -> Answer {
    let number = visit.query.get("case").to_owned();
    if number.is_empty() {
        return ask_number(visit, 200, None);
    }
    match visit.portal.case(&number) {
        Some(state) => status(visit, &number, state, 200, None),
        None => {
            visit.refused();
            ask_number(visit, 404, Some(Refused::NoCase.of(visit.language)))
        }
    }
}

fn ask_number(visit: &Visit<'_>, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("How does my request stand?", "申請状況の確認"), |html| {
        html.error(error).raw("<form method=\"get\" action=\"/portal/recover/status\">");
        html.field(of("Number of the request", "受付番号"), "case", "", "inputmode=\"numeric\" required");
        html.submit(of("Look", "確認"));
    })
}

fn status(visit: &Visit<'_>, number: &str, state: CaseState, status: u16, error: Option<&str>) -> Answer {
    let of = visit.words();
    visit.page(status, of("Your recovery request", "アカウント回復の申請"), |html| {
        html.raw("<p>").text(of("Number", "受付番号")).raw(": <strong>").text(number).raw("</strong></p>");
        html.error(error);
        match state {
            CaseState::UnderReview { until } => {
                let until = until.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string();
                html.done(of("We are looking at it.", "審査中です。"));
                html.raw("<p>").text(of("You get an answer by", "回答予定")).raw(": ").text(&until).raw("</p>");
                html.hint(of(
                    "Note the number. Sending the form again does not make it faster.",
                    "受付番号を控えておいてください。何度申請しても早くはなりません。",
                ));
            }
            CaseState::Rejected => {
                html.error(visit.portal.rejection(number, visit.language).as_deref());
                html.p(of(
                    "Look for more: old letters and mails with the account's name, subjects on another device, card bills; ask people you wrote to. Then send the form again, from a device and a place you used before.",
                    "古い書類やメール、別の端末に残っている件名、カードの明細などを探し、やり取りのあった人にも尋ねてください。情報が集まったら、以前から使っている端末と場所で、もう一度申請してください。",
                ));
                html.way_on("/portal/recover", of("Send the form again", "もう一度申請する"));
            }
            CaseState::Granted => {
                html.done(of(
                    "Granted. We have sent a code to the address you gave.",
                    "承認されました。入力された連絡先に確認コードを送りました。",
                ));
                html.form("/portal/recover/status", &visit.view()).hidden("case", number);
                html.field(of("Code", "確認コード"), "code", "", "inputmode=\"numeric\" autocomplete=\"one-time-code\" required");
                html.password(of("New password (8 characters or more)", "新しいパスワード(8文字以上)"), "password", " autocomplete=\"new-password\"");
                html.password(of("The same again", "新しいパスワード(確認)"), "again", " autocomplete=\"new-password\"");
                html.submit(of("Set the password", "パスワードを設定"));
            }
            CaseState::Used => {
                html.done(of("The new password was set.", "新しいパスワードは設定済みです。"));
                html.way_on("/portal/sign-in", of("Sign in", "サインイン"));
            }
        }
    })
}

pub(super) fn take_status(visit: &mut Visit<'_>) -> Answer {
    let (number, code) = (visit.form.get("case").to_owned(), visit.form.get("code").to_owned());
    let done = visit
        .new_password()
        .and_then(|password| visit.portal.use_case(&number, &code, &password, visit.directory));
    match (done, visit.portal.case(&number)) {
        (Ok(()), _) => forgot::set(visit),
        (Err(refused), Some(state)) => {
            visit.refused();
            status(visit, &number, state, 403, Some(refused.of(visit.language)))
        }
        (Err(refused), None) => {
            visit.refused();
            ask_number(visit, 404, Some(refused.of(visit.language)))
        }
    }
}
