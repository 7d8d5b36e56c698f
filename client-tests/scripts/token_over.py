"""Is logged in by a token when that ends: in IDLE, and with half of a message for APPEND sent.

PORT SECURITY CA USER TOKEN CONTROL CONTROL_TOKEN WHERE; WHERE is idle or append. Exit 0 once the server has said BYE and
closed (what it said is printed), 1 otherwise.
"""
import imaplib
import json
import ssl
import sys
import urllib.request

port, _, ca, user, token, control, control_token, where = sys.argv[1:9]
context = ssl.create_default_context(cafile=ca)
client = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context, timeout=20)
client.authenticate("XOAUTH2", lambda _: f"user={user}\x01auth=Bearer {token}\x01\x01".encode())
client.select("INBOX")


def an_hour_passes():
    request = urllib.request.Request(
        control + "/api/clock/advance",
        json.dumps({"by": "61m"}).encode(),
        {"Authorization": "Bearer " + control_token, "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=20).read()


if where == "idle":
    client.send(b"x1 IDLE\r\n")
    half = b""
else:
    message = b"Subject: half of a message\r\n\r\n" + b"hello\r\n" * 40
    client.send(b"x1 APPEND INBOX {%d}\r\n" % len(message))
    half = message[: len(message) // 2]
invitation = client.readline()
if not invitation.startswith(b"+ "):
    sys.exit(f"not invited: {invitation!r}")
client.send(half)
an_hour_passes()
bye = client.readline()
print("said:", bye.decode().strip())
behind = client.readline()
if not bye.startswith(b"* BYE ") or behind:
    sys.exit(f"and then {behind!r}")
