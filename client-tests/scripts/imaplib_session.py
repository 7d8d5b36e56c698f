"""Logs in by imaplib, prints the last message of INBOX, marks it, appends one, and logs out.

Arguments: port, plain|starttls|implicit, CA file, user, password. Exit code 3: log-in refused.
"""
import imaplib
import ssl
import sys
import time

port, security, ca, user, password = sys.argv[1:6]
tls = ssl.create_default_context(cafile=ca)
if security == "implicit":
    imap = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=tls, timeout=20)
else:
    imap = imaplib.IMAP4("localhost", int(port), timeout=20)
    if security == "starttls":
        imap.starttls(tls)
try:
    imap.login(user, password)
except imaplib.IMAP4.error as refused:
    print("refused:", refused)
    sys.exit(3)


def done(answer):
    kind, data = answer
    if kind != "OK":
        sys.exit(f"not OK: {answer}")
    return data


count = int(done(imap.select("INBOX"))[0])
print(done(imap.fetch(str(count), "(UID BODY.PEEK[])"))[0][1].decode("utf-8", "replace"))
print("flags:", done(imap.store(str(count), "+FLAGS", r"(\Flagged)"))[0].decode())
print("flagged:", done(imap.search(None, "FLAGGED"))[0].decode())
done(imap.append("INBOX", r"(\Seen)", imaplib.Time2Internaldate(time.time()), b"Subject: appended\r\n\r\nby imaplib\r\n"))
done(imap.noop())
print("appended:", int(done(imap.select("INBOX"))[0]) - count)
done(imap.close())
imap.logout()
