//! What `postfail client` is told.
use std::path::PathBuf;

use clap::Args;
use postfail::client::TlsCeiling;
use postfail::client::oauth::Mechanism;

#[derive(Args, Debug)]
pub struct Client {
    /// imaps://localhost:3993, smtp+starttls://localhost:3587, ...
    pub url: String,
    #[arg(long, env = "POSTFAIL_USER")]
    pub user: String,
    #[arg(long, env = "POSTFAIL_PASSWORD", hide_env_values = true, required_unless_present_any = ["oauth", "external"])]
    pub password: Option<String>,
    /// Log in by an access token in place of the password
    #[arg(long, env = "POSTFAIL_OAUTH", value_enum, value_name = "MECHANISM")]
    pub oauth: Option<Mechanism>,
    #[arg(
        long,
        env = "POSTFAIL_ACCESS_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        default_value = ""
    )]
    pub access_token: String,
    /// What gets another access token when that one is refused
    #[arg(
        long,
        env = "POSTFAIL_REFRESH_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        default_value = ""
    )]
    pub refresh_token: String,
    /// The token endpoint to refresh at
    #[arg(long, env = "POSTFAIL_TOKEN_URL", value_name = "URL")]
    pub token_url: Option<String>,
    /// Who the client is at that endpoint
    #[arg(long, env = "POSTFAIL_CLIENT_ID", value_name = "ID", default_value = "postfail-client")]
    pub client_id: String,
    /// Its secret, where it was registered with one
    #[arg(long, env = "POSTFAIL_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub client_secret: Option<String>,
    /// Sign in by device code (RFC 8628) at this endpoint first: the code is shown, and typed in elsewhere
    #[arg(long, value_name = "URL", requires_all = ["oauth", "token_url"])]
    pub device_url: Option<String>,
    /// What is asked for then
    #[arg(long, env = "POSTFAIL_MAIL_SCOPE", value_name = "SCOPE", default_value = "")]
    pub scope: String,
    /// Where tokens are kept between visits; what stands there goes before the tokens given
    #[arg(long, env = "POSTFAIL_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// PEM file of the authority to trust
    #[arg(long, env = "POSTFAIL_CA_FILE", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The client's own certificate, shown to a server that asks for one: a PEM file, leaf first
    #[arg(long, value_name = "FILE", requires = "key", env = "POSTFAIL_CLIENT_CERT_FILE")]
    pub cert: Option<PathBuf>,
    /// Its key: a PEM file
    #[arg(long, value_name = "FILE", requires = "cert", env = "POSTFAIL_CLIENT_KEY_FILE")]
    pub key: Option<PathBuf>,
    /// Log in by that certificate (SASL EXTERNAL) in place of the password
    #[arg(long, requires = "cert", env = "POSTFAIL_EXTERNAL")]
    pub external: bool,
    /// The newest TLS version the client knows
    #[arg(long, env = "POSTFAIL_TLS_MAX", value_enum, default_value = "1.3")]
    pub tls_max: TlsCeiling,
    /// The longest silence borne, in seconds
    #[arg(long, default_value_t = 10)]
    pub timeout: u64,
    /// Believe everything: a bad example, which shows what a scenario finds out
    #[arg(long)]
    pub careless: bool,
}
