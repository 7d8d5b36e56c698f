//! The way through the portal's sign-in to consent, and what does not lead there.
use super::*;
use postfail_identity::Issuer;

fn lab() -> Lab {
    Lab::new(Issuer::Generic)
}

#[test]
fn a_decision_is_good_once_and_for_ten_minutes() {
    let mut lab = lab();
    let asking = lab.asking();
    let said = lab.authorize(&asking);
    let page = lab.sign_in(said);
    assert!(page.reply.body.contains("mail-program"), "{}", page.reply.body);
    assert_eq!(lab.decide(&page, "allow").reply.status, 302);
    assert_eq!(lab.decide(&page, "allow").reply.status, 400);
    // Signed in is signed in: the next program only asks for consent.
    let page = lab.authorize(&asking);
    assert_eq!(lab.decide(&page, "deny").back()["error"], "access_denied");
    let page = lab.authorize(&asking);
    lab.seconds += 600;
    let late = lab.decide(&page, "allow");
    assert_eq!((late.reply.status, late.header("Location")), (400, None));
}

#[test]
fn only_the_sessions_own_page_decides() {
    let mut lab = lab();
    let asking = lab.asking();
    let said = lab.authorize(&asking);
    let page = lab.sign_in(said);
    let (transaction, csrf) = (Lab::hidden(&page, "transaction"), Lab::hidden(&page, "csrf"));
    let huge = "x".repeat(10_000);
    for (transaction, csrf, decision) in [
        (&*transaction, "", "allow"),
        (&*transaction, "00000000000000000000000000000000", "allow"),
        (&*transaction, &*huge, "allow"),
        (&*transaction, &*csrf, "perhaps"),
        (&*transaction, &*csrf, ""),
        ("", &*csrf, "allow"),
        ("AAAAAAAAAAAAAAAA", &*csrf, "allow"),
        (&*huge, &*csrf, "allow"),
    ] {
        let form = [("transaction", transaction), ("csrf", csrf), ("decision", decision)];
        let said = lab.post(Endpoint::Consent, &form);
        assert_eq!((said.reply.status, said.header("Location")), (400, None), "{decision}");
    }
    // Another browser, or none: to the sign-in, and nothing is given.
    let own = lab.cookie.take();
    for cookie in [None, Some("0".repeat(32)), Some("\u{3042}".to_owned())] {
        lab.cookie = cookie;
        let said = lab.decide(&page, "allow");
        assert!(
            said.header("Location").unwrap().starts_with("/portal/sign-in?continue=%2Fgeneric%2Fconsent%3F")
        );
    }
    lab.cookie = own;
    assert_eq!(lab.decide(&page, "allow").reply.status, 302);
}

#[test]
fn the_sign_in_goes_on_to_paths_of_this_server_only() {
    for (bad, to) in [
        ("https%3A%2F%2Fevil.example%2F", "/portal/security"),
        ("%2F%2Fevil.example%2F", "/portal/security"),
        ("%2F%5Cevil.example", "/portal/security"),
        ("javascript%3Aalert(1)", "/portal/security"),
        ("%2Fa%0D%0ASet-Cookie%3A%20x", "/portal/security"),
        ("%2Fgeneric%2Fconsent&continue=%2Fgeneric%2Fdevice", "/portal/security"),
        ("%2Fgeneric%2Fdevice", "/generic/device"),
    ] {
        let mut lab = lab();
        let page = lab.open(&format!("/portal/sign-in?continue={bad}"));
        let (csrf, password) = (Lab::hidden(&page, "csrf"), lab.password("taro"));
        let form = encoded(&[("csrf", &csrf), ("user", "taro"), ("password", &password)]);
        let said = lab.portal(Some(&form), "/portal/sign-in");
        assert_eq!((said.reply.status, said.header("Location")), (303, Some(to)), "{bad}");
    }
}

#[test]
fn without_the_second_step_there_are_no_tokens() {
    let mut lab = lab();
    let asking = lab.asking();
    let said = lab.authorize(&asking);
    let page = lab.sign_in(said);
    lab.change(r#"[{"identity": {"second_factor": true}}]"#);
    // The page was shown before; the session is of a password alone.
    let said = lab.decide(&page, "allow");
    assert!(said.header("Location").unwrap().starts_with("/portal/second-factor?continue="));
    let page = lab.follow(said);
    assert!(page.reply.body.contains("name=\"code\""), "{}", page.reply.body);
    let wrong = lab.fill(&page, "/portal/second-factor", "code", "0000000", &[]);
    assert_eq!(wrong.reply.status, 403);
    // Going round it leads back to it.
    let said = lab.authorize(&asking);
    assert!(said.header("Location").unwrap().starts_with("/portal/second-factor?continue="));
    let page = lab.sign_in(said);
    let back = lab.decide(&page, "allow").back();
    let given = lab.redeem(&back["code"]);
    let refresh = given.text("refresh_token").to_owned();
    assert!(lab.refresh(&refresh).json["access_token"].is_string());
}

#[test]
fn a_session_that_is_not_enough_signs_in_anew() {
    let mut lab = lab();
    lab.code();
    let mut asking = lab.asking();
    asking.push(("prompt", "login".to_owned()));
    asking.push(("login_hint", "taro@postfail.test".to_owned()));
    let said = lab.authorize(&asking);
    let to = said.header("Location").unwrap();
    assert!(to.starts_with("/portal/sign-in?") && to.ends_with("&user=taro%40postfail.test"), "{to}");
    let page = lab.sign_in(said);
    assert!(lab.decide(&page, "allow").back().contains_key("code"));
    lab.change(r#"[{"identity": {"sign_in_frequency": "1h"}}]"#);
    lab.seconds += 3600;
    let asking = lab.asking();
    assert!(lab.authorize(&asking).header("Location").unwrap().starts_with("/portal/sign-in?"));
    // Another password ends what a browser was signed in to.
    let said = lab.authorize(&asking);
    let page = lab.sign_in(said);
    lab.change(r#"[{"account": {"name": "taro", "password": "another-one"}}]"#);
    assert!(lab.decide(&page, "allow").header("Location").unwrap().starts_with("/portal/sign-in?"));
}
