"""MSAL for Python: device code, refresh, and what it reports when something fails."""
import os

import msal

from oauth_lab import CA, HTTPS, change, person, say

SCOPES = ["https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"]


def application():
    return msal.PublicClientApplication(
        "postfail-client",
        authority=HTTPS + "/microsoft/organizations",
        instance_discovery=False,
        verify=CA,
    )


def device(app, decide=None, **form):
    flow = app.initiate_device_flow(SCOPES)
    assert "user_code" in flow, flow
    # Virtual time stands still between polls: the script must not wait for it.
    flow["interval"] = 0
    if decide:
        decide(flow)
    return app.acquire_token_by_device_flow(flow, exit_condition=lambda flow: decide is not None)


def refreshed(app):
    account = app.get_accounts()[0]
    return app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)


def word(answer):
    if "access_token" in answer:
        return "tokens"
    return " ".join([answer["error"], *map(str, answer.get("error_codes", []))])


app = application()
change({"identity": {"auto_consent": True}})
say("device", word(device(app)))
say("account", app.get_accounts()[0]["username"])
say("refresh", word(refreshed(app)))
change({"advance": "89d"})
say("89 days", word(refreshed(app)))
change({"advance": "91d"})
say("91 days", word(refreshed(app)))
app = application()
say("signed in again", word(device(app)))
for name, happens in [
    ("password changed", {"account": {"name": "taro", "password": os.environ["POSTFAIL_PASSWORD"]}}),
    ("consent withdrawn", {"revoke_tokens": {"account": "taro", "why": "consent"}}),
    ("second factor", {"identity": {"second_factor": True}}),
    ("conditional access", {"identity": {"second_factor": False, "conditional_access": True}}),
    ("down", {"identity": {"conditional_access": False, "endpoint": "down"}}),
]:
    app = application()
    assert word(device(app)) == "tokens"
    change({"advance": "1m"}, happens)
    say(name, word(refreshed(app)))
    change({"identity": {"endpoint": "up", "second_factor": False, "conditional_access": False}})
change({"identity": {"auto_consent": False}})
app = application()
say("undecided", device(app, lambda flow: None)["error"] in ("authorization_pending", "slow_down"))
say("expired", word(device(app, lambda flow: change({"advance": "16m"}))))


def decline(flow):
    person("/microsoft/organizations/device", user_code=flow["user_code"], decision="deny")


say("declined", word(device(app, decline)))
