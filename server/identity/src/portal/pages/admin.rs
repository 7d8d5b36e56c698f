//! The domain owner's panel: a mailbox of the domain gets a new password; and who sold the domain's name.
use super::Visit;
use crate::portal::request::Answer;

pub(super) fn show(visit: &mut Visit<'_>) -> Answer {
    page(visit, 200, None, None)
}

fn is_owner(visit: &Visit<'_>) -> bool {
    visit.session.account.is_some() && visit.session.account == visit.directory.domain().owner
}

fn page(visit: &Visit<'_>, status: u16, error: Option<&str>, done: Option<&str>) -> Answer {
    let of = visit.words();
    let domain = visit.directory.domain();
    let mailboxes = if is_owner(visit) { visit.directory.mailboxes() } else { Vec::new() };
    visit.page(status, of("The domain", "ドメインの管理"), |html| {
        html.error(error);
        if let Some(account) = done {
            html.done(of("The new password is set for:", "新しいパスワードを設定しました:"));
            html.p(account);
        }
        html.raw("<dl><dt>").text(of("Domain", "ドメイン")).raw("</dt><dd>").text(&domain.name);
        html.raw("</dd><dt>").text(of("Registrar", "登録事業者(レジストラ)")).raw("</dt><dd>").text(&domain.registrar);
        html.raw("</dd><dt>").text(of("Contact", "連絡先")).raw("</dt><dd>").text(&domain.contact).raw("</dd></dl>");
        if domain.owner.is_none() {
            html.p(of(
                "Nobody is on file as the owner. Who has taken the domain over shows the registrar the contract or the transfer, and is put on file.",
                "管理者が登録されていません。ドメインを引き継いだ方は、契約書や譲渡の書類を登録事業者に示して、管理者として登録を受けてください。",
            ));
        } else if mailboxes.is_empty() {
            html.p(of(
                "The owner of the domain can give its mailboxes new passwords. Ask them, or your organisation's IT; when nobody knows who the owner is, ask the registrar.",
                "ドメインの管理者は、メールボックスに新しいパスワードを設定できます。社内のIT担当者など管理者に依頼してください。誰が管理者か分からないときは、登録事業者に問い合わせます。",
            ));
            html.way_on("/portal/sign-in?continue=/portal/admin", of("Sign in as the owner", "管理者としてサインイン"));
        } else {
            html.h2(of("Mailboxes", "メールボックス"));
            html.raw("<table><tr><th>").text(of("Address", "アドレス")).raw("</th><th>");
            html.text(of("State", "状態")).raw("</th><th>").text(of("New password", "新しいパスワード")).raw("</th></tr>");
            for mailbox in &mailboxes {
                html.raw("<tr><td>").text(&mailbox.address).raw("</td><td>").text(state(&mailbox.state, of));
                html.raw("</td><td>").form("/portal/admin", &visit.view()).hidden("mailbox", &mailbox.name);
                html.raw("<input type=\"password\" name=\"password\" required autocomplete=\"new-password\" aria-label=\"");
                html.text(of("New password for", "新しいパスワード:")).raw(" ").text(&mailbox.address).raw("\">");
                html.submit(of("Set", "設定")).raw("</td></tr>");
            }
            html.raw("</table>");
        }
    })
}

fn state(word: &str, of: impl Fn(&'static str, &'static str) -> &'static str) -> &str {
    match word {
        "active" => of("active", "利用中"),
        "locked" => of("locked", "ロック中"),
        "disabled" => of("disabled", "無効"),
        "suspended" => of("suspended", "停止中"),
        "password-expired" => of("password expired", "パスワード期限切れ"),
        "deleted" => of("deleted", "削除済み"),
        "suspicious" => of("suspicious", "確認待ち"),
        "inactive" => of("asleep", "休止中"),
        "migrated" => of("moved", "移行済み"),
        other => other,
    }
}

pub(super) fn take(visit: &mut Visit<'_>) -> Answer {
    let of = visit.words();
    if !is_owner(visit) {
        visit.refused();
        let said =
            of("Only the owner of the domain may do that.", "この操作ができるのはドメインの管理者だけです。");
        return page(visit, 403, Some(said), None);
    }
    let (mailbox, password) = (visit.form.get("mailbox").to_owned(), visit.form.raw("password").to_owned());
    let owner = visit.session.account.clone();
    match visit.portal.admin_reset(&mailbox, &password, visit.directory) {
        Ok(account) => {
            let address = visit.directory.facts(&account).address;
            if owner.as_deref() == Some(account.as_str()) {
                // His own: he signs in again like everybody else.
                visit.session.account = None;
            }
            page(visit, 200, None, Some(&address))
        }
        Err(refused) => page(visit, 400, Some(refused.of(visit.language)), None),
    }
}
