//! The documents in OpenAPI: who gets them, and that they tell of what is answered.
use std::collections::BTreeSet;

use serde_json::Value;

use super::laboratory::{Api, start};

async fn document(api: &Api, path: &str, fields: &str) -> Value {
    let (status, head, body) = api.bare("GET", path, fields, "").await;
    assert_eq!(status, 200, "{body}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let document: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(document["openapi"], "3.1.1");
    document
}

#[tokio::test]
async fn each_path_takes_the_methods_that_are_told() {
    let api = start().await;
    let token = format!("Host: localhost\r\nAuthorization: Bearer {}\r\n", super::TOKEN);
    let document = document(&api, "/api/openapi.json", &token).await;
    for (path, told) in document["paths"].as_object().unwrap() {
        let real: String = path
            .split(['{', '}'])
            .enumerate()
            .map(|(at, part)| if at % 2 == 1 { "1" } else { part })
            .collect();
        let (status, head, _) = api.call("PATCH", &real, "", "").await;
        assert_eq!(status, 405, "{path}");
        let allowed = head.lines().find_map(|line| line.strip_prefix("allow: ")).unwrap_or_default();
        // HEAD comes with GET.
        let allowed: BTreeSet<&str> = allowed.split(',').filter(|method| *method != "head").collect();
        let told: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(told, allowed, "{path}");
    }
}

#[tokio::test]
async fn the_identity_providers_is_for_everybody_and_the_apis_is_not() {
    let api = start().await;
    let foreign = "Host: localhost\r\nOrigin: http://elsewhere.example\r\n";
    document(&api, "/identity/openapi.json", foreign).await;
    let (status, head, _) = api.bare("GET", "/identity/openapi.json", foreign, "").await;
    assert!(status == 200 && head.contains("access-control-allow-origin: *"), "{head}");
    let (status, ..) = api.bare("POST", "/identity/openapi.json", foreign, "").await;
    assert_eq!(status, 405);
    let (status, ..) = api.bare("GET", "/api/openapi.json", "Host: localhost\r\n", "").await;
    assert_eq!(status, 401);
    let (status, ..) = api.bare("GET", "/identity/openapi.json", "Host: rebound.example\r\n", "").await;
    assert_eq!(status, 403);
}
