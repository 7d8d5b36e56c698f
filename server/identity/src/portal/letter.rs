//! The portal's mail (RFC 5322), in the person's language: codes, and what became of a recovery form.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use super::directory::Directory;
use super::recovery::Score;
use super::rejection::reason;
use super::request::Language;

/// A code for an account, to the address on file.
pub(super) fn code(
    to: &str,
    account: &str,
    code: &str,
    language: Language,
    directory: &mut dyn Directory,
) -> String {
    let subject = language.of("Your code", "確認コードのお知らせ");
    let body = match language {
        Language::En => format!(
            "Somebody asked for a new password for {account}.\n\nCode: {code}\n\nIt is good for 15 minutes. If it \
             was not you, leave it alone: nothing has changed.\n"
        ),
        Language::Ja => format!(
            "{account} のパスワード再設定が申し込まれました。\n\n確認コード: {code}\n\n有効期限は15分です。\
             心当たりがない場合は何もしないでください。パスワードは変わりません。\n"
        ),
    };
    message(to, subject, &body, directory)
}

/// What became of a recovery form; `granted` holds the code, or what the form was worth.
pub(super) fn case(
    to: &str,
    account: &str,
    number: &str,
    granted: Result<&str, Score>,
    language: Language,
    directory: &mut dyn Directory,
) -> String {
    let subject = language.of("Your account recovery request", "アカウント回復の申請について");
    let body = match (language, granted) {
        (Language::En, Ok(code)) => format!(
            "Your request {number} for {account} was granted.\n\nCode: {code}\n\nGive it with the number of the \
             request to set a new password.\n"
        ),
        (Language::En, Err(score)) => format!(
            "Your request {number} for {account} was rejected.\n\n{}\n\nGather more, and send the form again.\n",
            reason(score, language)
        ),
        (Language::Ja, Ok(code)) => format!(
            "{account} の回復申請(受付番号 {number})が承認されました。\n\n確認コード: {code}\n\n\
             受付番号と一緒に入力して、新しいパスワードを設定してください。\n"
        ),
        (Language::Ja, Err(score)) => format!(
            "{account} の回復申請(受付番号 {number})は承認できませんでした。\n\n{}\n\n\
             できるだけ多くの情報を集めて、もう一度申請してください。\n",
            reason(score, language)
        ),
    };
    message(to, subject, &body, directory)
}

fn message(to: &str, subject: &str, body: &str, directory: &mut dyn Directory) -> String {
    let (from, id) = (directory.sender(), directory.draw());
    let date = rfc2822::to_string(&directory.now().to_zoned(TimeZone::UTC)).unwrap_or_default();
    let host = from.rsplit('@').next().unwrap_or_default();
    // RFC 2047 section 2: 75 characters at most; the subjects above are shorter than that.
    let subject = if subject.is_ascii() {
        subject.to_owned()
    } else {
        format!("=?UTF-8?B?{}?=", STANDARD.encode(subject))
    };
    let body = body.replace('\n', "\r\n");
    format!(
        "From: Postfail <{from}>\r\nTo: <{to}>\r\nDate: {date}\r\nMessage-ID: <{id:016x}@{host}>\r\n\
         Subject: {subject}\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    )
}
