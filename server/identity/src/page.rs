//! The pages people see: plain HTML forms in English or Japanese, as the browser asks.
use crate::endpoint::Asked;
use crate::request::{Endpoint, Place};

/// The languages there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    En,
    Ja,
}

impl Language {
    /// The first of an `Accept-Language` that is one of ours.
    fn of(field: &str) -> Self {
        let first = field.split(',').find_map(|range| {
            let tag = range.split([';', '-']).next().unwrap_or_default().trim();
            match tag {
                "ja" => Some(Self::Ja),
                "en" => Some(Self::En),
                _ => None,
            }
        });
        first.unwrap_or(Self::En)
    }

    fn tag(self) -> &'static str {
        if self == Self::Ja { "ja" } else { "en" }
    }

    fn say(self, en: &'static str, ja: &'static str) -> &'static str {
        if self == Self::Ja { ja } else { en }
    }
}

/// The sign-in page of an authorization request.
pub(crate) fn sign_in(asked: &Asked, transaction: &str, failure: Option<&str>, language: &str) -> String {
    let language = Language::of(language);
    let say = |en, ja| language.say(en, ja);
    let action = asked.place().path(Endpoint::SignIn).unwrap_or_default();
    let hint = asked.hint.as_deref().unwrap_or_default();
    let body = format!(
        "<p>{} <b>{}</b></p><p><code>{}</code></p>{}<form method=\"post\" action=\"{}\">\
         <input type=\"hidden\" name=\"transaction\" value=\"{}\">{}{}</form>",
        say("This program wants to use your mailbox:", "次のソフトがメールボックスの利用を求めています:"),
        html(&asked.client),
        html(&asked.scope),
        trouble(failure, language),
        html(&action),
        html(transaction),
        fields(hint, language),
        buttons(language),
    );
    document(language, say("Sign in", "サインイン"), &body)
}

/// The page on which the code of a device is entered.
pub(crate) fn device(place: &Place<'_>, code: Option<&str>, failure: Option<&str>, language: &str) -> String {
    let language = Language::of(language);
    let say = |en, ja| language.say(en, ja);
    let action = place.path(Endpoint::Device).unwrap_or_default();
    let body = format!(
        "{}<form method=\"post\" action=\"{}\"><p><label>{} <input name=\"user_code\" value=\"{}\" required \
         autocomplete=\"off\"></label></p>{}{}</form>",
        trouble(failure, language),
        html(&action),
        say("The code your device shows", "端末に表示されたコード"),
        html(code.unwrap_or_default()),
        fields("", language),
        buttons(language),
    );
    document(language, say("Connect a device", "端末の接続"), &body)
}

/// Behind the decision.
pub(crate) fn device_done(allowed: bool, language: &str) -> String {
    let language = Language::of(language);
    let text = if allowed {
        language.say("Done. Go back to your device.", "完了しました。端末に戻ってください。")
    } else {
        language.say("Refused. Nothing was connected.", "拒否しました。端末は接続されていません。")
    };
    document(language, language.say("Connect a device", "端末の接続"), &format!("<p>{text}</p>"))
}

pub(crate) fn signed_out(language: &str) -> String {
    let language = Language::of(language);
    let text = language.say("You are signed out.", "サインアウトしました。");
    document(language, text, "")
}

/// A page that says what is wrong.
#[must_use]
pub fn wrong(words: &str, language: &str) -> String {
    let language = Language::of(language);
    let title = language.say("This does not work", "処理できません");
    document(language, title, &format!("<p role=\"alert\">{}</p>", html(words)))
}

fn fields(hint: &str, language: Language) -> String {
    let say = |en, ja| language.say(en, ja);
    format!(
        "<p><label>{} <input name=\"username\" value=\"{}\" autocomplete=\"username\"></label></p>\
         <p><label>{} <input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label></p>",
        say("Mail address", "メールアドレス"),
        html(hint),
        say("Password", "パスワード"),
    )
}

fn buttons(language: Language) -> String {
    format!(
        "<p><button name=\"decision\" value=\"allow\">{}</button> \
         <button name=\"decision\" value=\"deny\" formnovalidate>{}</button></p>",
        language.say("Sign in and allow", "サインインして許可する"),
        language.say("Refuse", "拒否する"),
    )
}

fn trouble(failure: Option<&str>, language: Language) -> String {
    let Some(failure) = failure else { return String::new() };
    let say = |en, ja| language.say(en, ja);
    let text = match failure {
        "bad-password" => say("Address or password is wrong.", "メールアドレスまたはパスワードが違います。"),
        "account-locked" => say(
            "This account is locked: too many wrong passwords.",
            "パスワードを何度も間違えたため、アカウントがロックされています。",
        ),
        "password-expired" => say("The password has expired.", "パスワードの有効期限が切れています。"),
        "unknown-code" => say(
            "This code is not known, or has expired.",
            "このコードは正しくないか、有効期限が切れています。",
        ),
        _ => say("This account cannot sign in at present.", "このアカウントは現在サインインできません。"),
    };
    format!("<p role=\"alert\">{text}</p>")
}

fn document(language: Language, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>\n",
        language.tag(),
    )
}

/// Text as it may stand in HTML, between tags and in attributes.
#[must_use]
pub fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}
