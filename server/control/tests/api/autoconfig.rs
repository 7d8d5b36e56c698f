//! Automatic settings as mail programs fetch them.
use crate::laboratory::start_autoconfig;

#[tokio::test]
async fn each_program_asks_in_its_own_way() {
    let api = start_autoconfig().await;
    let request =
        "<Autodiscover><Request><EMailAddress>taro@postfail.test</EMailAddress></Request></Autodiscover>";
    let email = "emailaddress=taro%40postfail.test";
    for (method, path, body, wanted) in [
        ("GET", format!("/mail/config-v1.1.xml?{email}"), "", "Thunderbird taro@postfail.test"),
        (
            "GET",
            format!("/.well-known/autoconfig/mail/config-v1.1.xml?{email}"),
            "",
            "Thunderbird taro@postfail.test",
        ),
        ("GET", "/mail/config-v1.1.xml".to_owned(), "", "Thunderbird "),
        ("POST", "/autodiscover/autodiscover.xml".to_owned(), request, "Autodiscover taro@postfail.test"),
        ("POST", "/Autodiscover/Autodiscover.xml".to_owned(), request, "Autodiscover taro@postfail.test"),
        ("GET", "/email.mobileconfig?email=taro@postfail.test".to_owned(), "", "Apple taro@postfail.test"),
    ] {
        // A mail program goes by the provider's name and knows no token.
        let (status, head, told) = api.bare(method, &path, "Host: autoconfig.postfail.test\r\n", body).await;
        assert_eq!((status, told.as_str()), (200, wanted), "{method} {path}");
        assert!(head.contains("content-type: text/xml; charset=utf-8"), "{head}");
    }
    let calls = api.laboratory.calls.lock().unwrap();
    assert_eq!((calls.len(), calls[0].as_str()), (6, "GET /mail/config-v1.1.xml 200"));
}

#[tokio::test]
async fn what_cannot_be_answered_is_told() {
    let api = start_autoconfig().await;
    let host = "Host: localhost\r\n";
    let (status, _, told) = api.bare("POST", "/autodiscover/autodiscover.xml", host, "<Autodiscover/>").await;
    assert!(status == 200 && told.contains("<ErrorCode>600</ErrorCode>"), "{told}");
    let large = "x".repeat(100_000);
    for (method, path, body, wanted) in [
        ("GET", "/email.mobileconfig", "", 400),
        ("GET", "/autodiscover/autodiscover.xml", "", 405),
        ("POST", "/autodiscover/autodiscover.xml", large.as_str(), 413),
        ("GET", "/api/state", "", 404),
    ] {
        assert_eq!(api.bare(method, path, host, body).await.0, wanted, "{method} {path}");
    }
}

#[tokio::test]
async fn the_authority_publishes_without_a_token() {
    let api = start_autoconfig().await;
    let host = "Host: localhost\r\n";
    for (method, path, body, media_type, wanted) in [
        ("GET", "/pki/ca.pem", "", "application/x-pem-file", "Root"),
        ("GET", "/pki/new-root.pem", "", "application/x-pem-file", "NewRoot"),
        ("GET", "/pki/intermediate.crl", "", "application/pkix-crl", "RevocationList"),
        ("POST", "/pki/ocsp", "01", "application/ocsp-response", "Ocsp([48, 49])"),
        // RFC 6960 appendix A.1: Base64, and that percent-encoded or not.
        ("GET", "/pki/ocsp/MDE%3D", "", "application/ocsp-response", "Ocsp([48, 49])"),
        ("GET", "/pki/ocsp/pz/+", "", "application/ocsp-response", "Ocsp([167, 63, 254])"),
        ("GET", "/pki/ocsp/%25", "", "application/ocsp-response", "Ocsp([])"),
    ] {
        let (status, head, told) = api.bare(method, path, host, body).await;
        assert_eq!((status, told.as_str()), (200, wanted), "{method} {path}");
        assert!(head.contains(&format!("content-type: {media_type}")), "{head}");
    }
}
