//! What each endpoint of an issuer takes and answers.
use postfail_identity::Issuer;
use postfail_identity::request::Endpoint;
use serde_json::{Value, json};

use super::forms;
use super::parts::{Operation, in_query, named, text};
use super::said::{self, denied};

const FORM: &str = "application/x-www-form-urlencoded";
const PAGE: &str = "text/html";

/// One endpoint by one method.
pub(super) fn operation(issuer: Issuer, endpoint: Endpoint, get: bool, id: &str) -> Operation {
    let of = |summary: &str| Operation::new(id, summary);
    match endpoint {
        Endpoint::Authorize => {
            let asks = of(
                "A program asks a person to be let in (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2)",
            );
            let asks = if get { asks } else { asks.body(FORM, &forms::authorization(issuer)) };
            for_people(asks, "The person is signed in: the page that asks for consent")
        }
        Endpoint::Consent => {
            let asks = of("The page on which a person lets a program in, and its buttons");
            let asks = if get { asks } else { asks.body(FORM, &forms::decision("transaction")) };
            for_people(asks, "What is asked for")
        }
        Endpoint::Device => {
            let asks = of("Where a person enters the code a device shows (RFC 8628 section 3.3)");
            let asks = if get { asks } else { asks.body(FORM, &forms::decision("user_code")) };
            for_people(asks, "The page for the code, or what came of it")
        }
        Endpoint::Logout => of("The person signs out at this browser").answer(200, "Done", &[(PAGE, text())]),
        Endpoint::Token => {
            let token =
                of("Tokens for a code, a refresh token, a device, or a client itself (RFC 6749 section 3.2)");
            let token = token.body(FORM, &forms::token(issuer)).security(&json!([{}, { "client": [] }]));
            denied(token.json(200, "Tokens (RFC 6749 section 5.1)", named(said::tokens(issuer))), issuer)
        }
        Endpoint::DeviceAuthorization => {
            let device = of("A code for a device without a browser (RFC 8628 section 3.1)");
            let device = device.body(FORM, &forms::device(issuer)).security(&json!([{}, { "client": [] }]));
            denied(device.json(200, "A code (RFC 8628 section 3.2)", named(said::device(issuer))), issuer)
        }
        Endpoint::Revoke => {
            let revoke = of("End a token (RFC 7009)").text(said::revocation(issuer));
            let revoke = revoke.body(FORM, &forms::revocation(issuer));
            let revoke = revoke.security(&json!([{}, { "client": [] }]));
            denied(revoke.answer(200, "It is of no use any more", &[("text/plain", text())]), issuer)
        }
        Endpoint::Introspect => {
            let look = of("Is a token good? For clients that keep a secret (RFC 7662)");
            let look = look.body(FORM, &forms::introspection()).security(&json!([{}, { "client": [] }]));
            denied(look.json(200, "What it opens, or that it opens nothing", named("Introspection")), issuer)
        }
        Endpoint::UserInfo => {
            let who = of("Who signed in (OpenID Connect Core 5.3)").security(&json!([{ "accessToken": [] }]));
            let none = "The token is missing (no body), or not good (RFC 6750 section 3)";
            who.json(200, "The person", named("UserInfo"))
                .answer(401, none, &[("application/json", named("Error")), ("text/plain", text())])
                .field(401, "WWW-Authenticate", "Bearer, with the error where a token was shown")
                .json(403, "It has no `openid` in its scope", named("Error"))
                .field(403, "WWW-Authenticate", "Bearer, with the error")
        }
        Endpoint::Jwks => {
            of("Keys that ID tokens are signed with (RFC 7517)").json(200, "The keys", named("Keys"))
        }
        Endpoint::Metadata => of("What there is, and where (RFC 8414, OpenID Connect Discovery)").json(
            200,
            "The metadata",
            named("Metadata"),
        ),
    }
}

/// Pages for people, and the ways between them.
fn for_people(operation: Operation, page: &str) -> Operation {
    operation
        .answer(200, page, &[(PAGE, text())])
        .answer(302, "To the sign-in at the portal, or back to the program with a code or an error", &[])
        .field(302, "Location", "Where the browser goes")
        .answer(400, "A page that says what is wrong", &[(PAGE, text())])
        .answer(401, "A page that says that the program is not known", &[(PAGE, text())])
}

/// What stands in the query string.
pub(super) fn parameters(issuer: Issuer, endpoint: Endpoint, get: bool) -> Vec<Value> {
    if !get {
        return Vec::new();
    }
    let one = |name, text| vec![in_query(name, false, text, &json!({ "type": "string" }))];
    match endpoint {
        Endpoint::Authorize => {
            let form = forms::authorization(issuer);
            let required =
                |name: &str| form["required"].as_array().is_some_and(|all| all.contains(&name.into()));
            let all = form["properties"].as_object().into_iter().flatten();
            all.map(|(name, schema)| {
                let text = schema["description"].as_str().unwrap_or_default();
                in_query(name, required(name), text, schema)
            })
            .collect()
        }
        Endpoint::Consent => one("transaction", "The sign-in that is under way"),
        Endpoint::Device => one("user_code", "The code, where the device's link has it"),
        _ => Vec::new(),
    }
}
