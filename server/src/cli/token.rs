//! `postfail token`: an access and a refresh token of a running server, for scripts.
use serde_json::json;

use super::Failure;
use super::args::Token;
use super::ctl::server::Server;
use super::streams::print;

pub fn token(asked: &Token) -> Result<(), Failure> {
    let server = Server::find(&asked.server)?;
    let tokens = server.post("/api/tokens", &json!({ "account": asked.account }))?;
    if asked.json {
        return print(&format!("{tokens:#}\n"));
    }
    // To be read by a shell: `eval "$(postfail token taro)"`.
    let word = |key: &str| tokens[key].as_str().unwrap_or_default().to_owned();
    print(&format!(
        "POSTFAIL_ACCESS_TOKEN={}\nPOSTFAIL_REFRESH_TOKEN={}\n",
        word("access_token"),
        word("refresh_token")
    ))
}
