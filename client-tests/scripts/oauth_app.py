"""MSAL for Python as a program that speaks for itself: client credentials, and a mailbox opened by them."""
import imaplib
import os
import ssl

import msal

from oauth_lab import CA, HTTPS, change, say

SCOPES = ["https://outlook.office365.com/.default"]


def asked(secret):
    app = msal.ConfidentialClientApplication(
        os.environ["POSTFAIL_WEB_CLIENT_ID"],
        client_credential=secret,
        authority=HTTPS + "/microsoft/organizations",
        instance_discovery=False,
        verify=CA,
    )
    return app.acquire_token_for_client(SCOPES)


def opens(user, token):
    context = ssl.create_default_context(cafile=CA)
    imap = imaplib.IMAP4_SSL("localhost", int(os.environ["POSTFAIL_IMAPS_PORT"]), ssl_context=context)
    try:
        imap.authenticate("XOAUTH2", lambda said: b"" if said else f"user={user}\1auth=Bearer {token}\1\1".encode())
        return "open"
    except imaplib.IMAP4.error:
        return "refused"
    finally:
        imap.shutdown()


SECRET = os.environ["POSTFAIL_WEB_CLIENT_SECRET"]
token = asked(SECRET)["access_token"]
say("taro", opens("taro@postfail.test", token))
say("hanako", opens("hanako@postfail.test", token))
say("nobody", opens("nobody@postfail.test", token))
wrong = asked("guess")
say("wrong secret", f"{wrong['error']} {wrong['error_codes']}")
change({"identity": {"secret_expired": True}})
expired = asked(SECRET)
say("secret expired", f"{expired['error']} {expired['error_codes']}")
change({"advance": "61m"})
say("an hour later", opens("taro@postfail.test", token))
