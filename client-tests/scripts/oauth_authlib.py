"""Authlib: discovery, code with PKCE, rotation, revocation, introspection and ID token by the book."""
import os

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from oauth_lab import CA, HTTPS, browse, change, say

BACK = "http://localhost:9/back"


def session(**more):
    made = OAuth2Session(
        "postfail-client", scope="openid imap offline_access", redirect_uri=BACK,
        token_endpoint_auth_method="none", code_challenge_method="S256", **more,
    )
    made.verify = CA
    return made


def error(act):
    try:
        act()
        return "no error"
    except OAuthError as wrong:
        return wrong.error


client = session()
metadata = client.get(HTTPS + "/generic/.well-known/openid-configuration", withhold_token=True).json()
token_url = metadata["token_endpoint"]


def sign_in():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    url, _ = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    return client.fetch_token(token_url, authorization_response=browse(url), code_verifier=verifier)


change({"identity": {"auto_consent": True}})
token = sign_in()
say("code", token["token_type"])
keys = KeySet.import_key_set(client.get(metadata["jwks_uri"], withhold_token=True).json())
decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256", "ES256"])
say("id token", decoded.header["alg"] + " " + decoded.claims["email"])
say("userinfo", client.get(metadata["userinfo_endpoint"]).json()["email"])
first = token["refresh_token"]
second = client.refresh_token(token_url, refresh_token=first)
say("rotated", second["refresh_token"] != first)
say("used again", error(lambda: client.refresh_token(token_url, refresh_token=first)))
say("and then", error(lambda: client.refresh_token(token_url, refresh_token=second["refresh_token"])))
token = sign_in()
client.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"])
say("revoked", error(lambda: client.refresh_token(token_url, refresh_token=token["refresh_token"])))
token = sign_in()
change({"advance": "31d"})
say("31 days", error(lambda: client.refresh_token(token_url, refresh_token=token["refresh_token"])))
