//! The identity provider: OAuth 2.0 (RFC 6749) and OpenID Connect, as Microsoft, Google and a provider by the book
//! issue, check, expire and revoke tokens.
//!
//! Sans-IO: requests, the time and randomness are passed in; answers come out as values. What an answer says in a
//! provider's own words is the engine's business.
pub mod check;
pub mod client;
pub mod denial;
mod endpoint;
pub mod flaw;
pub mod grant;
mod id_token;
pub mod issue;
pub mod issuer;
pub mod jwt;
pub mod keys;
pub mod page;
pub mod parameters;
pub mod pkce;
pub mod policy;
pub mod portal;
pub mod provider;
pub mod refresh;
pub mod request;
pub mod revoke;
pub mod table;

pub use check::{Subject, TokenRefusal};
pub use denial::{Denial, Reason};
pub use flaw::Flaw;
pub use issue::Tokens;
pub use issuer::{Issuer, Service};
pub use policy::Policy;
pub use provider::Provider;
pub use request::{Answer, Directory, Outcome, Place, Request};
