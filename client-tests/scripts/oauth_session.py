"""Logs in by an OAuth token over IMAP, POP3 or SMTP, reads or sends, and answers an error challenge as it must.

PORT SECURITY CA USER TOKEN MECHANISM PROTOCOL; exit 0 in and out again, 3 refused (what the server said is printed).
"""
import base64
import imaplib
import poplib
import smtplib
import ssl
import sys

port, security, ca, user, token, mechanism, protocol = sys.argv[1:8]
context = ssl.create_default_context(cafile=ca)
if mechanism == "OAUTHBEARER":
    response = f"n,a={user},\x01host=localhost\x01port={port}\x01auth=Bearer {token}\x01\x01"
    acknowledgement = "\x01"
else:
    response, acknowledgement = f"user={user}\x01auth=Bearer {token}\x01\x01", ""
turns = iter([response, acknowledgement])


def imap():
    if security == "implicit":
        client = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context, timeout=20)
    else:
        client = imaplib.IMAP4("localhost", int(port), timeout=20)
        if security == "starttls":
            client.starttls(context)
    client.authenticate(mechanism, lambda _: next(turns).encode())
    print(client.select("INBOX"))
    client.logout()


def pop3():
    if security == "implicit":
        client = poplib.POP3_SSL("localhost", int(port), context=context, timeout=20)
    else:
        client = poplib.POP3("localhost", int(port), timeout=20)
        if security == "starttls":
            client.stls(context)
    # poplib knows no SASL: the exchange is spoken by its own line functions.
    client._putcmd(f"AUTH {mechanism}")
    answer = client._getline()[0]
    while answer.startswith(b"+ "):
        client._putline(base64.b64encode(next(turns).encode()))
        answer = client._getline()[0]
    if not answer.startswith(b"+OK"):
        raise poplib.error_proto(answer)
    print(client.stat())
    client.quit()


def smtp():
    if security == "implicit":
        client = smtplib.SMTP_SSL("localhost", int(port), context=context, timeout=20)
    else:
        client = smtplib.SMTP("localhost", int(port), timeout=20)
        if security == "starttls":
            client.starttls(context=context)
    client.ehlo()
    client.auth(mechanism, lambda challenge=None: next(turns))
    client.sendmail("python@example.org", [user], "Subject: by a token\r\n\r\nhello\r\n")
    client.quit()


try:
    {"imap": imap, "pop3": pop3, "smtp": smtp}[protocol]()
except (imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPAuthenticationError) as error:
    print(f"refused: {error}")
    sys.exit(3)
