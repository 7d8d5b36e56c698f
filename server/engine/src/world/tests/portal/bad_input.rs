//! What no person types, at every form of the portal.
use super::*;

#[test]
fn bad_input_gets_a_page_and_changes_nothing() {
    let mut world = healthy();
    let mut browser = Browser::default();
    browser.go(&mut world, "/portal/sign-in?lang=ja", 0).shows(200, "サインイン");
    browser.go(&mut world, "/portal/sign-in?lang=xx", 0).shows(200, "サインイン");
    browser.go(&mut world, "/portal/sign-in?lang=en&continue=https://evil.example", 0).shows(200, "Sign in");
    for (path, status) in [
        ("/portal", 200),
        ("/portal/nowhere", 404),
        ("/portal/sign-out", 405),
        ("/portalx", 404),
        ("/portal/../x", 404),
    ] {
        browser.go(&mut world, path, 0);
        assert_eq!(browser.status, status, "{path}");
    }
    browser.go(&mut world, "/portal/sign-in", 0);
    let csrf = browser.page.split_once("name=\"csrf\" value=\"").unwrap().1[..32].to_owned();
    let huge = "x".repeat(70_000);
    let many = "a=b&".repeat(200);
    let posts = [
        "/portal/sign-in",
        "/portal/second-factor",
        "/portal/forgot",
        "/portal/forgot/way",
        "/portal/forgot/code",
        "/portal/recover",
        "/portal/recover/status",
        "/portal/security/password",
        "/portal/security/app-password",
        "/portal/security/revoke",
        "/portal/security/sign-out-everywhere",
        "/portal/admin",
    ];
    for (number, path) in (0_i64..).zip(posts) {
        // Each in its own ten minutes: refused input is bounded.
        let second = 1000 * number;
        for (form, statuses) in [
            (String::new(), &[403][..]),
            ("csrf=0".to_owned(), &[403]),
            (format!("csrf={csrf}&csrf={csrf}"), &[403]),
            (format!("csrf={}", csrf.to_uppercase()), &[403]),
            (huge.clone(), &[413]),
            (many.clone(), &[413]),
            (format!("csrf={csrf}&user={}", "y".repeat(9_000)), &[413]),
            (format!("csrf={csrf}"), &[303, 400, 403, 404]),
            (format!("csrf={csrf}&user=taro&user=hanako&password=x&password=y"), &[303, 400, 403, 404]),
            (
                format!(
                    "csrf={csrf}&user=%00&code=%ff&password=%0d%0a&again=%0d%0a&case=%00&id=-1&way=admin&mailbox=%00"
                ),
                &[303, 400, 403, 404],
            ),
            (
                format!(
                    "csrf={csrf}&id=99999999999999999999&case=..%2f&contact=a&code=1&password=12345678&again=12345678"
                ),
                &[303, 400, 403, 404],
            ),
        ] {
            let answer = browser.ask(&mut world, Method::Post, path, &form, second);
            let begin: String = form.chars().take(80).collect();
            assert!(statuses.contains(&answer.status), "{path} {begin}: {} {}", answer.status, answer.body);
            assert!(
                !answer.body.contains('\0') && answer.location.is_none_or(|to| to.starts_with("/portal/"))
            );
        }
    }
    let reset: Vec<String> = happened(&world).into_iter().filter(|event| event == "password-reset").collect();
    assert!(reset.is_empty());
    for _ in 0..40 {
        browser.ask(&mut world, Method::Post, "/portal/sign-in", &format!("csrf={csrf}&user=x"), 50_000);
    }
    let answer =
        browser.ask(&mut world, Method::Post, "/portal/sign-in", &format!("csrf={csrf}&user=x"), 50_000);
    assert_eq!(answer.status, 429);
}
