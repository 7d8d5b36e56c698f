//! Who may call: the bearer token (RFC 6750), a `Host` that is ours, and an `Origin` that is ours.
//!
//! A web page open in the same browser must not steer the server. DNS rebinding shows in `Host`, a cross-site
//! request in `Origin`; the token stops both, and everybody else on the machine.
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use postfail_identity::Place;
use subtle::ConstantTimeEq;

use crate::{Laboratory, Problem, openapi, portal};

/// How much of a path goes into the journal, in characters.
pub(crate) const PATH_KEPT: usize = 200;

/// Who may call the control API.
#[derive(Clone, Debug)]
pub struct Access {
    /// The bearer token every path but `/healthz` asks for.
    pub token: String,
    /// Names allowed in `Host` and `Origin` besides loopback and the bound address, without port.
    pub names: Vec<String>,
    /// The address the API is bound to.
    pub bound: SocketAddr,
}

impl Access {
    /// May a request with these headers go on? To the identity provider and
    /// the portal anybody may who names this server.
    pub(crate) fn check(&self, path: &str, headers: &HeaderMap) -> Result<(), Problem> {
        self.check_host(headers)?;
        if Place::at(path).is_some() || portal::is_path(path) || path == openapi::IDENTITY {
            return Ok(());
        }
        self.check_origin(headers)?;
        if path == "/healthz" { Ok(()) } else { self.check_token(headers) }
    }

    fn check_host(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let mut sent = headers.get_all(HOST).iter();
        let host = match (sent.next(), sent.next()) {
            (Some(host), None) => host.to_str().unwrap_or_default(),
            // RFC 9112 3.2: no Host, or two, is a bad request.
            _ => {
                return Err(Problem::new(StatusCode::BAD_REQUEST, "a request needs exactly one Host field")
                    .at("Host"));
            }
        };
        if self.is_ours(host) { Ok(()) } else { Err(self.foreign("Host", host)) }
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        for origin in headers.get_all(ORIGIN) {
            let origin = origin.to_str().unwrap_or_default();
            // A sandboxed or file page sends `null`: it is not ours either.
            let ours =
                origin.strip_prefix("http://").is_some_and(|authority| self.is_ours_with_port(authority));
            if !ours {
                return Err(self.foreign("Origin", origin));
            }
        }
        Ok(())
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let refuse = |detail: &str| {
            Err(Problem::new(StatusCode::UNAUTHORIZED, detail).at("Authorization").expected(
                "Authorization: Bearer TOKEN, with POSTFAIL_CONTROL_TOKEN of the ready file or of the client's environment",
            ))
        };
        let Some(sent) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return refuse("no bearer token was sent");
        };
        // RFC 9110 11.1: the scheme's name is case-insensitive.
        match sent.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                if token.trim().as_bytes().ct_eq(self.token.as_bytes()).into() {
                    Ok(())
                } else {
                    refuse("the bearer token is not this server's")
                }
            }
            _ => refuse("the Authorization field is not of the Bearer scheme"),
        }
    }

    /// A page of another server on this machine is another origin: the port has to be ours as well.
    fn is_ours_with_port(&self, authority: &str) -> bool {
        let port = split(authority).and_then(|(_, port)| port).unwrap_or(80);
        port == self.bound.port() && self.is_ours(authority)
    }

    fn is_ours(&self, authority: &str) -> bool {
        let Some((name, _)) = split(authority) else { return false };
        if name.eq_ignore_ascii_case("localhost")
            || self.names.iter().any(|ours| ours.eq_ignore_ascii_case(name))
        {
            return true;
        }
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        // An address cannot be rebound: where every one of this machine's is served, any may be named.
        let bound = self.bound.ip();
        bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip == bound || bound.is_unspecified())
    }

    fn foreign(&self, field: &str, value: &str) -> Problem {
        let detail = format!("{field} {value:?} is not this server");
        Problem::new(StatusCode::FORBIDDEN, detail).at(field).expected(format!(
            "localhost, 127.0.0.1, [::1] or {}, port {}",
            self.bound.ip(),
            self.bound.port()
        ))
    }
}

/// Whether an authority's name stands in the certificate. A browser that came by TLS has compared the two already: a page
/// elsewhere whose name is made to mean this machine gets no further than the handshake.
pub(crate) fn is_covered(authority: &str, names: &[String]) -> bool {
    let Some((name, _)) = split(authority) else { return false };
    let name = name.to_ascii_lowercase();
    // RFC 9525 6.3: the asterisk is one label.
    let covers = |known: &str| match known.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => name == known,
    };
    names.iter().any(|known| covers(&known.to_ascii_lowercase()))
}

/// Whether an authority is this machine's: what a page elsewhere cannot make its own name mean.
pub(crate) fn is_local(authority: &str) -> bool {
    let Some((name, _)) = split(authority) else { return false };
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

/// Name and port; `None` for what is no authority.
///
/// ```abnf
/// authority = host [ ":" port ]      ; RFC 3986 3.2, IPv6 in brackets
/// ```
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let name_end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (name, rest) = authority.split_at(name_end);
    match rest {
        "" => Some((name, None)),
        _ => Some((name, Some(rest.strip_prefix(':')?.parse().ok()?))),
    }
}

/// The middleware in front of every path, the unknown ones too: a stranger learns nothing from a 404.
pub(crate) async fn guard(
    State((access, laboratory)): State<(Arc<Access>, Arc<dyn Laboratory>)>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let path: String = request.uri().path().chars().take(PATH_KEPT).collect();
    let response = match access.check(request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let status = response.status();
    // What the identity provider was asked has an entry of its own.
    let is_called = !method.is_safe() || status.is_client_error();
    if is_called && Place::at(&path).is_none() {
        laboratory.called(method.as_str(), &path, status.as_u16());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(path: &str, headers: &[(&'static str, &str)]) -> Option<u16> {
        let access = Access {
            token: "s3cret".to_owned(),
            names: vec!["lab.example".to_owned()],
            bound: "127.0.0.1:3080".parse().unwrap(),
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        access.check(path, &map).err().map(|problem| problem.status.as_u16())
    }

    const TOKEN: (&str, &str) = ("authorization", "Bearer s3cret");

    #[test]
    fn host_must_be_ours() {
        for ours in
            ["localhost", "LOCALHOST:3080", "127.0.0.1:3080", "127.9.9.9", "[::1]:3080", "lab.example:80"]
        {
            assert_eq!(status("/api/state", &[("host", ours), TOKEN]), None, "{ours}");
        }
        let rebound = [
            "evil.example",
            "evil.example:3080",
            "localhost.evil.example",
            "192.0.2.1",
            "",
            "[::2]",
            "::1:x",
        ];
        for foreign in rebound {
            assert_eq!(status("/api/state", &[("host", foreign), TOKEN]), Some(403), "{foreign}");
        }
        assert_eq!(status("/healthz", &[("host", "evil.example")]), Some(403));
        assert_eq!(status("/healthz", &[]), Some(400));
        assert_eq!(status("/healthz", &[("host", "localhost"), ("host", "evil.example")]), Some(400));
    }

    #[test]
    fn origin_must_be_ours_where_sent() {
        let with = |origin| status("/api/state", &[("host", "localhost:3080"), TOKEN, ("origin", origin)]);
        assert_eq!(with("http://localhost:3080"), None);
        assert_eq!(with("http://127.0.0.1:3080"), None);
        for foreign in [
            "null",
            "http://evil.example",
            "https://localhost:3080",
            "http://localhost:8080",
            "http://localhost",
            "x",
        ] {
            assert_eq!(with(foreign), Some(403), "{foreign}");
        }
    }

    #[test]
    fn everything_but_healthz_needs_the_token() {
        let host = ("host", "localhost:3080");
        assert_eq!(status("/healthz", &[host]), None);
        for path in ["/api/state", "/api/journal", "/nowhere", "/"] {
            assert_eq!(status(path, &[host]), Some(401), "{path}");
        }
        assert_eq!(status("/api/state", &[host, ("authorization", "bearer s3cret")]), None);
        for wrong in ["Bearer s3cre", "Bearer s3crets", "Bearer ", "Bearer", "Basic s3cret", "s3cret"] {
            assert_eq!(status("/api/state", &[host, ("authorization", wrong)]), Some(401), "{wrong}");
        }
    }

    #[test]
    fn the_identity_provider_is_open_to_every_origin_but_not_to_other_hosts() {
        let path = "/generic/token";
        assert_eq!(status(path, &[("host", "localhost:3080"), ("origin", "http://evil.example")]), None);
        assert_eq!(status(path, &[("host", "evil.example")]), Some(403));
        // What only looks like it is not.
        for path in
            ["/generic/token/", "/generic/../api/state", "/api/state?/generic/token", "/generic//token"]
        {
            assert_eq!(status(path, &[("host", "localhost:3080")]), Some(401), "{path}");
        }
    }

    #[test]
    fn a_certificate_covers_its_names_and_one_label() {
        let names = ["postfail.test".to_owned(), "*.postfail.test".to_owned()];
        for host in ["postfail.test", "imap.postfail.test:3443", "IMAP.Postfail.Test"] {
            assert!(is_covered(host, &names), "{host}");
        }
        for host in [
            "",
            ".postfail.test",
            "a.b.postfail.test",
            "postfail.test.evil.example",
            "evilpostfail.test",
            "evil.example",
            "postfail.test@evil.example",
            "*.example",
        ] {
            assert!(!is_covered(host, &names), "{host}");
        }
    }
}
