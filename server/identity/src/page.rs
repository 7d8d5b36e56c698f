//! The provider's own pages, in the portal's dress: consent, a device's code, and what is wrong.
use crate::endpoint::Asked;
use crate::portal::html::{Html, View, page};
use crate::portal::{Browser, Language};
use crate::request::{Endpoint, Place};

/// Where the consent to an authorization request is asked for.
pub(crate) fn consent_path(asked: &Asked, transaction: &str) -> String {
    let path = asked.place().path(Endpoint::Consent).unwrap_or_default();
    format!("{path}?transaction={transaction}")
}

/// A program wants in: what it asks for, and two buttons.
pub(crate) fn consent(asked: &Asked, transaction: &str, browser: &Browser, language: Language) -> String {
    let here = consent_path(asked, transaction);
    let view = view(browser, language, &here);
    let action = asked.place().path(Endpoint::Consent).unwrap_or_default();
    page(&view, 200, language.of("Allow this program?", "アクセスを許可しますか?"), |html| {
        html.p(language.of(
            "This program wants to use your mailbox:",
            "次のソフトがメールボックスの利用を求めています:",
        ));
        html.raw("<p><b>").text(&asked.client).raw("</b></p><p><code>").text(&asked.scope);
        html.raw("</code></p>").form(&action, &view).hidden("transaction", transaction);
        buttons(html, language);
    })
    .body
}

/// The page on which the code of a device is entered.
pub(crate) fn device(
    place: &Place<'_>,
    code: Option<&str>,
    unknown: bool,
    browser: &Browser,
    language: Language,
) -> String {
    let action = place.path(Endpoint::Device).unwrap_or_default();
    let view = view(browser, language, &action);
    page(&view, 200, language.of("Connect a device", "端末の接続"), |html| {
        let wrong = language.of(
            "This code is not known, or has expired.",
            "このコードは正しくないか、有効期限が切れています。",
        );
        html.error(unknown.then_some(wrong)).form(&action, &view);
        let label = language.of("The code your device shows", "端末に表示されたコード");
        html.field(label, "user_code", code.unwrap_or_default(), "required autocomplete=\"off\"");
        buttons(html, language);
    })
    .body
}

/// Behind the decision.
pub(crate) fn device_done(allowed: bool, browser: &Browser, language: Language) -> String {
    let text = if allowed {
        language.of("Done. Go back to your device.", "完了しました。端末に戻ってください。")
    } else {
        language.of("Refused. Nothing was connected.", "拒否しました。端末は接続されていません。")
    };
    let title = language.of("Connect a device", "端末の接続");
    page(&view(browser, language, ""), 200, title, |html| _ = html.p(text)).body
}

pub(crate) fn signed_out(language: &str) -> String {
    let language = Language::preferred(language);
    let title = language.of("You are signed out.", "サインアウトしました。");
    page(&strangers(language), 200, title, |_| ()).body
}

/// A page that says what is wrong.
#[must_use]
pub fn wrong(words: &str, language: &str) -> String {
    let language = Language::preferred(language);
    let title = language.of("This does not work", "処理できません");
    page(&strangers(language), 400, title, |html| _ = html.error(Some(words))).body
}

fn buttons(html: &mut Html, language: Language) {
    html.raw("<p>").decision("allow", language.of("Allow", "許可する"));
    html.raw(" ").decision("deny", language.of("Refuse", "拒否する")).raw("</p></form>");
}

fn view<'a>(browser: &'a Browser, language: Language, path: &'a str) -> View<'a> {
    View { language, csrf: &browser.csrf, signed_in: Some(&browser.account), path }
}

/// For whoever it is: nothing to send along, nowhere for the language switch to lead.
fn strangers(language: Language) -> View<'static> {
    View { language, csrf: "", signed_in: None, path: "" }
}
