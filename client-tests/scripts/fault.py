"""Logs in and asks for the newest message; prints what became of it, `done` or the exception's name and words.

Arguments: port, plain|starttls|implicit, CA file, user, password, imap|pop3|smtp, time-out in seconds.
"""
import imaplib
import poplib
import smtplib
import ssl
import sys

port, security, ca, user, password, protocol, patience = sys.argv[1:8]
tls = ssl.create_default_context(cafile=ca)
place, patience = ("localhost", int(port)), int(patience)


def imap():
    if security == "implicit":
        box = imaplib.IMAP4_SSL(*place, ssl_context=tls, timeout=patience)
    else:
        box = imaplib.IMAP4(*place, timeout=patience)
        if security == "starttls":
            box.starttls(tls)
    box.login(user, password)
    box.select()
    box.fetch("*", "(BODY.PEEK[])")
    box.logout()


def pop3():
    if security == "implicit":
        box = poplib.POP3_SSL(*place, context=tls, timeout=patience)
    else:
        box = poplib.POP3(*place, timeout=patience)
        if security == "starttls":
            box.stls(tls)
    box.user(user)
    box.pass_(password)
    box.retr(box.stat()[0])
    box.quit()


def smtp():
    if security == "implicit":
        box = smtplib.SMTP_SSL(*place, context=tls, timeout=patience)
    else:
        box = smtplib.SMTP(*place, timeout=patience)
        if security == "starttls":
            box.starttls(context=tls)
    box.login(user, password)
    box.sendmail(user, user, "Subject: x\r\n\r\nx\r\n")
    box.quit()


try:
    {"imap": imap, "pop3": pop3, "smtp": smtp}[protocol]()
except Exception as trouble:
    print(f"{type(trouble).__name__}: {trouble}")
else:
    print("done")
