"""google-auth and google-auth-oauthlib: the installed application's flow, refresh, and what they report."""
import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.credentials
import google.oauth2.id_token
import requests
from google_auth_oauthlib.flow import InstalledAppFlow

from oauth_lab import CA, HTTPS, browse, change, say

GOOGLE = HTTPS + "/google"
SCOPES = ["openid", "https://mail.google.com/"]
CONFIG = {
    "installed": {
        "client_id": "postfail-client",
        "client_secret": "not-a-secret",
        "auth_uri": GOOGLE + "/o/oauth2/v2/auth",
        "token_uri": GOOGLE + "/token",
    }
}
session = requests.Session()
session.verify = CA
transport = google.auth.transport.requests.Request(session)


def sign_in():
    flow = InstalledAppFlow.from_client_config(CONFIG, SCOPES, redirect_uri="http://localhost:9/")
    flow.oauth2session.verify = CA
    url, _ = flow.authorization_url(access_type="offline", prompt="consent")
    # The answer comes back by loopback, which oauthlib must be told is no network.
    back = browse(url).replace("http://", "https://", 1)
    flow.redirect_uri = "http://localhost:9/"
    flow.fetch_token(authorization_response=back)
    return flow.credentials


def refresh(credentials):
    try:
        credentials.refresh(transport)
        return "tokens"
    except google.auth.exceptions.RefreshError as error:
        return error.args[0]


change({"identity": {"auto_consent": True}})
credentials = sign_in()
say("code", "tokens" if credentials.refresh_token else "no refresh token")
certs = session.get(GOOGLE + "/oauth2/v3/certs").json()
say("keys", sorted(key["alg"] for key in certs["keys"]))
say("refresh", refresh(credentials))
change({"advance": "181d"})
say("181 days", refresh(credentials))
for name, happens in [
    ("revoked", {"revoke_tokens": {"account": "taro"}}),
    ("test application", {"identity": {"test_app": True}}),
]:
    credentials = sign_in()
    change({"advance": "7d"}, happens)
    say(name, refresh(credentials))
