//! The account portal's rim: what of a browser's request reaches it, and what never does.
use crate::laboratory::start_autoconfig;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[tokio::test]
async fn a_browser_is_let_through_and_a_foreign_page_is_not() {
    let api = start_autoconfig().await;
    let json = "Content-Type: application/json\r\n".to_owned();
    let form = |more: &str| format!("Host: localhost:3081\r\n{FORM}{more}");
    let large = "x=".to_owned() + &"y".repeat(70_000);
    for (method, path, fields, body, wanted) in [
        ("GET", "/portal", "Host: localhost\r\n".to_owned(), "", 200),
        ("GET", "/portal/sign-in?lang=ja", "Host: 127.0.0.1:3081\r\n".to_owned(), "", 200),
        ("GET", "/portal/", "Host: [::1]:3081\r\n".to_owned(), "", 200),
        ("GET", "/portal/", "Host: rebound.example\r\n".to_owned(), "", 403),
        ("GET", "/portal/", "Host: localhost.rebound.example\r\n".to_owned(), "", 403),
        ("GET", "/portal/", String::new(), "", 403),
        ("POST", "/portal/sign-in", form(""), "user=taro", 200),
        ("POST", "/portal/sign-in", form("Origin: http://localhost:3081\r\n"), "user=taro", 200),
        ("POST", "/portal/sign-in", form("Origin: http://localhost:8080\r\n"), "user=taro", 403),
        ("POST", "/portal/sign-in", form("Origin: https://evil.example\r\n"), "user=taro", 403),
        ("POST", "/portal/sign-in", form("Origin: null\r\n"), "user=taro", 403),
        ("POST", "/portal/sign-in", format!("Host: localhost\r\n{json}"), "{}", 415),
        ("POST", "/portal/sign-in", "Host: localhost\r\n".to_owned(), "user=taro", 415),
        ("POST", "/portal/sign-in", form(""), large.as_str(), 413),
        ("DELETE", "/portal/sign-in", "Host: localhost\r\n".to_owned(), "", 405),
    ] {
        let (status, head, told) = api.bare(method, path, &fields, body).await;
        assert_eq!(status, wanted, "{method} {path} {fields}: {told}");
        if wanted == 200 {
            assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
            assert!(
                head.contains("x-frame-options: deny") && head.contains("cache-control: no-store"),
                "{head}"
            );
            assert!(head.contains("set-cookie: postfail_session=x"), "{head}");
        }
    }
    let fields = form("Cookie: a=1; postfail_session=abc\r\nAccept-Language: ja\r\n");
    let (_, _, told) = api.bare("POST", "/portal/forgot?lang=en", &fields, "user=taro").await;
    assert_eq!(told, "Post /portal/forgot lang=en user=taro Some(\"abc\") ja 127.0.0.1");
}
