//! The identity provider's document: every issuer's endpoints, from the tables by which it answers.
use postfail_identity::Issuer;
use postfail_identity::request::Endpoint;
use serde_json::{Value, json};

use super::parts::{self, Operation, Paths, at, in_path, text};
use super::{IDENTITY, endpoints, said};

const TEXT: &str = "OAuth 2.0 and OpenID Connect as Microsoft, Google and a provider by the book speak them. Nobody needs a \
                    secret to ask. Preflights of browsers (OPTIONS) are answered everywhere. The pages people sign in on \
                    are at /portal/.";

/// All of it.
pub(super) fn document() -> Value {
    let mut paths = Paths::new();
    for issuer in Issuer::ALL {
        for (path, endpoint) in issuer.paths() {
            put(&mut paths, issuer, &format!("{}/{path}", root(issuer)), *endpoint, "");
        }
        put(&mut paths, issuer, &well_known(issuer), Endpoint::Metadata, "Rfc8414");
    }
    let own =
        Operation::new("openApi", "This document").json(200, "OpenAPI 3.1", json!({ "type": "object" }));
    at(&mut paths, IDENTITY, [("get", own)]);
    let components = json!({
        "schemas": said::schemas(),
        "securitySchemes": {
            "client": {
                "type": "http",
                "scheme": "basic",
                "description": "The client's name and secret (RFC 6749 section 2.3.1); or both in the body",
            },
            "accessToken": { "type": "http", "scheme": "bearer" },
        },
    });
    parts::document("Postfail identity provider", TEXT, paths, &components)
}

fn put(paths: &mut Paths, issuer: Issuer, path: &str, endpoint: Endpoint, suffix: &str) {
    let operations = [("get", true), ("post", false)].into_iter().filter(|(_, get)| endpoint.takes(*get));
    let operations = operations.map(|(method, get)| {
        let id = format!("{issuer}_{}_{method}{suffix}", endpoint.as_str());
        let mut parameters = endpoints::parameters(issuer, endpoint, get);
        let mut operation = endpoints::operation(issuer, endpoint, get, &id).tag(issuer.as_str());
        if issuer == Issuer::Microsoft {
            parameters.push(tenant());
            let none = "This cannot be a directory's name: there is nothing at this path";
            operation =
                operation.answer(404, none, &[("application/problem+json", json!({ "type": "object" }))]);
        }
        (method, operation.parameters(parameters))
    });
    at(paths, path, operations.collect::<Vec<_>>());
}

fn root(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Microsoft => "/microsoft/{tenant}",
        Issuer::Google => "/google",
        Issuer::Generic => "/generic",
    }
}

/// RFC 8414 section 3.1.
fn well_known(issuer: Issuer) -> String {
    let version = if issuer == Issuer::Microsoft { "/v2.0" } else { "" };
    format!("/.well-known/oauth-authorization-server{}{version}", root(issuer))
}

fn tenant() -> Value {
    let mut schema = text();
    schema["pattern"] = r"^[A-Za-z0-9._-]{1,128}$".into();
    schema["examples"] = json!(["common", "organizations", "consumers"]);
    in_path(
        "tenant",
        "Whose accounts: `common`, `organizations`, `consumers`, or a directory's name",
        &schema,
    )
}

#[cfg(test)]
mod tests {
    use postfail_identity::Place;

    use super::*;

    #[test]
    fn every_path_is_one_that_is_answered() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        for path in paths.keys().filter(|path| *path != IDENTITY) {
            let real = path.replace("{tenant}", "common");
            let place = Place::at(&real).unwrap_or_else(|| panic!("{path}"));
            for (method, get) in [("get", true), ("post", false)] {
                assert_eq!(paths[path].get(method).is_some(), place.endpoint.takes(get), "{method} {path}");
            }
        }
        let count: usize = Issuer::ALL.into_iter().map(|issuer| issuer.paths().len() + 1).sum();
        assert_eq!(paths.len(), count + 1);
    }
}
