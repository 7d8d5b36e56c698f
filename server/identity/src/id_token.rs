//! ID tokens (OpenID Connect Core section 2): who signed in, for the client to read.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::endpoint::Call;
use crate::grant::Grant;
use crate::keys::Algorithm;
use crate::provider::{Provider, after};
use crate::{Issuer, jwt};

/// The directory that personal accounts are in.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The directory of the organization that work and school accounts are in; made up.
const ORGANIZATION: &str = "7c1f0a52-3d8e-4b6f-9a41-5e2d90c4b817";

impl Provider {
    pub(crate) fn id_token(&self, grant: &Grant, call: &Call<'_>) -> String {
        let place = call.request.place;
        let account = grant.account.as_deref().unwrap_or_default();
        let policy = self.policy(grant.issuer);
        let issued = call.now.saturating_add(policy.skew).unwrap_or(call.now);
        let address = call.directory.address(account);
        let subject = self.subject(account);
        let mut claims = json!({
            "iss": call.issuer(),
            "aud": &*grant.client,
            "sub": subject,
            "iat": issued.as_second(),
            "exp": after(issued, policy.access).as_second(),
            "auth_time": grant.signed_in.as_second(),
            "name": account,
            "email": address,
            "email_verified": true,
            "preferred_username": address,
        });
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(&**nonce);
        }
        if grant.issuer == Issuer::Microsoft {
            claims["oid"] = json!(subject);
            claims["tid"] = json!(self.tenant(account, place.tenant));
            claims["ver"] = json!("2.0");
        }
        let algorithm = self.keys.algorithms().first().copied().unwrap_or(Algorithm::Es256);
        jwt::mint(&self.keys, algorithm, "JWT", &claims)
    }

    /// The directory of an account: that of the tenant asked at, else that of its kind.
    fn tenant(&self, account: &str, tenant: &str) -> &'static str {
        match tenant {
            "consumers" => CONSUMERS,
            "organizations" => ORGANIZATION,
            _ if self.person(account).personal => CONSUMERS,
            _ => ORGANIZATION,
        }
    }

    /// Microsoft's hint to its own libraries: whose tokens these are.
    pub(crate) fn client_info(&self, account: &str, tenant: &str) -> String {
        let (subject, tenant) = (self.subject(account), self.tenant(account, tenant));
        URL_SAFE_NO_PAD.encode(json!({ "uid": subject, "utid": tenant }).to_string())
    }
}
