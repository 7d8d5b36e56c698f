//! HTML that cannot be injected into: markup is `&'static str`, everything else is escaped on its way in.
use super::request::{Answer, Language};

/// A page being written.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

/// What every page shows, and what its forms send along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) language: Language,
    pub(crate) csrf: &'a str,
    pub(crate) signed_in: Option<&'a str>,
    /// Where the language switch leads back to; without it there is none.
    pub(crate) path: &'a str,
}

impl Html {
    /// Markup of ours.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything: no letter of it is markup, in a text or in a quoted attribute.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // A NUL is no character of HTML.
                '\0' => self.0.push('\u{fffd}'),
                other => self.0.push(other),
            }
        }
        self
    }

    pub(crate) fn h2(&mut self, text: &str) -> &mut Self {
        self.raw("<h2>").text(text).raw("</h2>")
    }

    pub(crate) fn p(&mut self, text: &str) -> &mut Self {
        self.raw("<p>").text(text).raw("</p>")
    }

    /// A paragraph in smaller print.
    pub(crate) fn hint(&mut self, text: &str) -> &mut Self {
        self.raw("<p class=\"hint\">").text(text).raw("</p>")
    }

    pub(crate) fn error(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.raw("<p class=\"error\" role=\"alert\">").text(text).raw("</p>"),
            None => self,
        }
    }

    pub(crate) fn done(&mut self, text: &str) -> &mut Self {
        self.raw("<p class=\"done\" role=\"status\">").text(text).raw("</p>")
    }

    pub(crate) fn link(&mut self, href: &str, text: &str) -> &mut Self {
        self.raw("<a href=\"").text(href).raw("\">").text(text).raw("</a>")
    }

    /// A paragraph that is a link.
    pub(crate) fn way_on(&mut self, href: &str, text: &str) -> &mut Self {
        self.raw("<p>").link(href, text).raw("</p>")
    }

    /// A form's beginning, with its token.
    pub(crate) fn form(&mut self, action: &str, view: &View<'_>) -> &mut Self {
        self.raw("<form method=\"post\" action=\"").text(action).raw("\">").hidden("csrf", view.csrf)
    }

    pub(crate) fn hidden(&mut self, name: &str, value: &str) -> &mut Self {
        self.raw("<input type=\"hidden\" name=\"").text(name).raw("\" value=\"").text(value).raw("\">")
    }

    /// A labelled field; `more` are attributes of ours.
    pub(crate) fn field(&mut self, label: &str, name: &str, value: &str, more: &'static str) -> &mut Self {
        self.raw("<label>").text(label).raw("<input name=\"").text(name).raw("\" value=\"").text(value);
        self.raw("\" ").raw(more).raw("></label>")
    }

    /// A labelled field for a password: what was typed is never shown again.
    pub(crate) fn password(&mut self, label: &str, name: &str, more: &'static str) -> &mut Self {
        self.raw("<label>").text(label).raw("<input type=\"password\" required name=\"").text(name);
        self.raw("\"").raw(more).raw("></label>")
    }

    /// A labelled field of several lines.
    pub(crate) fn area(&mut self, label: &str, name: &str, value: &str) -> &mut Self {
        self.raw("<label>").text(label).raw("<textarea rows=\"3\" name=\"").text(name);
        // The first line end behind the tag is the tag's.
        self.raw("\">\n").text(value).raw("</textarea></label>")
    }

    pub(crate) fn button(&mut self, text: &str) -> &mut Self {
        self.raw("<button type=\"submit\">").text(text).raw("</button>")
    }

    /// A button that says which of two it is.
    pub(crate) fn decision(&mut self, value: &'static str, text: &str) -> &mut Self {
        self.raw("<button type=\"submit\" formnovalidate name=\"decision\" value=\"").raw(value);
        self.raw("\">").text(text).raw("</button>")
    }

    /// A form's end, behind its button.
    pub(crate) fn submit(&mut self, text: &str) -> &mut Self {
        self.button(text).raw("</form>")
    }
}

/// A whole page.
pub(crate) fn page(view: &View<'_>, status: u16, title: &str, write: impl FnOnce(&mut Html)) -> Answer {
    let mut html = Html::default();
    let of = |en, ja| view.language.of(en, ja);
    html.raw("<!DOCTYPE html>\n<html lang=\"").text(view.language.tag());
    html.raw(
        "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>",
    );
    html.text(title)
        .raw(" - Postfail</title><link rel=\"stylesheet\" href=\"/portal/style.css\"></head><body>");
    html.raw("<header><a class=\"brand\" href=\"/portal/\">Postfail ");
    html.text(of("account", "アカウント")).raw("</a><nav>");
    for (language, name) in [(Language::En, "English"), (Language::Ja, "日本語")] {
        if view.path.is_empty() {
            continue;
        }
        if language == view.language {
            html.raw("<span lang=\"")
                .text(language.tag())
                .raw("\" aria-current=\"true\">")
                .text(name)
                .raw("</span>");
        } else {
            html.raw("<a lang=\"").text(language.tag()).raw("\" href=\"").text(view.path);
            html.raw(if view.path.contains('?') { "&amp;lang=" } else { "?lang=" });
            html.text(language.tag()).raw("\">").text(name).raw("</a>");
        }
    }
    html.raw("</nav></header><main><h1>").text(title).raw("</h1>");
    write(&mut html);
    html.raw("</main><footer>");
    if let Some(account) = view.signed_in {
        html.form("/portal/sign-out", view).raw("<span>").text(account).raw("</span> ");
        html.submit(of("Sign out", "サインアウト"));
    }
    html.p(of(
        "A practice server. Nothing here is a real account; never type a real password.",
        "練習用のサーバーです。本物のアカウントではありません。実際に使っているパスワードは入力しないでください。",
    ));
    html.raw("</footer></body></html>\n");
    Answer::page(status, html.0)
}

/// Simple, readable, with fonts that have Japanese.
pub(crate) const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1d2433; --paper: #fff; --ground: #f2f4f8; --line: #c9d0dc; --act: #1f5fbf; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf2; --paper: #1d2129; --ground: #14171d; --line: #3d4657; --act: #7fb0ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.7;
  font-family: system-ui, -apple-system, 'Segoe UI', 'Hiragino Sans', 'Yu Gothic UI', Meiryo, 'Noto Sans CJK JP', 'Noto Sans JP', sans-serif; }
header, main, footer { max-width: 40rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; padding-top: 1.25rem; }
header .brand { font-weight: 700; color: inherit; text-decoration: none; }
nav > * { margin-left: 1rem; }
nav [aria-current] { font-weight: 700; }
main { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; margin-top: 1rem; padding: 1.25rem 1.75rem 1.75rem; }
h1 { font-size: 1.45rem; line-height: 1.35; margin: .25rem 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h1 + h2 { margin-top: 0; padding-top: 0; border: 0; }
a { color: var(--act); }
label { display: block; margin: 1rem 0; }
input:not([type=hidden]):not([type=radio]), textarea { display: block; width: 100%; margin-top: .25rem; padding: .55rem .7rem;
  font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .3rem; }
input:focus, textarea:focus, button:focus, a:focus { outline: 3px solid var(--act); outline-offset: 1px; }
button { font: inherit; padding: .5rem 1.4rem; color: var(--paper); background: var(--act); border: 0; border-radius: .3rem; cursor: pointer; }
.choice { display: flex; gap: .6rem; align-items: baseline; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .3rem; }
.hint { font-size: .9rem; opacity: .8; }
.error { padding: .6rem .9rem; border-left: .3rem solid #c0392b; background: color-mix(in srgb, #c0392b 12%, transparent); }
.done { padding: .6rem .9rem; border-left: .3rem solid #2e8b57; background: color-mix(in srgb, #2e8b57 12%, transparent); }
.secret { font-family: ui-monospace, Consolas, 'Noto Sans Mono CJK JP', monospace; font-size: 1.3rem; letter-spacing: .1em; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .45rem .5rem; border-bottom: 1px solid var(--line); vertical-align: middle; }
td form, footer form { display: inline-flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0; }
td label { margin: 0; }
td button, footer button { padding: .25rem .8rem; font-size: .9rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dd { margin: 0; }
footer { padding: 1rem 1.25rem 2rem; font-size: .85rem; }
footer > p { opacity: .75; }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_becomes_markup() {
        let nasty = "\"><script>alert('x')</script>&\0";
        let view = View { language: Language::Ja, csrf: nasty, signed_in: Some(nasty), path: nasty };
        let answer = page(&view, 200, nasty, |html| {
            html.p(nasty).field(nasty, nasty, nasty, "").area(nasty, nasty, nasty).link(nasty, nasty);
            html.form(nasty, &view).password(nasty, nasty, " autocomplete=\"off\"").submit(nasty);
        });
        assert!(!answer.body.contains("<script") && !answer.body.contains('\0'), "{}", answer.body);
        assert!(answer.body.contains("&lt;script&gt;") && answer.body.contains("lang=\"ja\""));
    }
}
