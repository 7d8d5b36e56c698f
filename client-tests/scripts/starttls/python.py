"""One visit with Python's own modules; what they raise ends it, as in most scripts."""
import imaplib
import os
import poplib
import smtplib
import ssl

env = os.environ
port = int(env["POSTFAIL_CLIENT_PORT"])
user, password = env["POSTFAIL_USER"], env["POSTFAIL_PASSWORD"]
strict = env["POSTFAIL_CLIENT_SECURITY"] != "opportunistic"
context = ssl.create_default_context(cafile=env["POSTFAIL_CA_FILE"])


def imap():
    server = imaplib.IMAP4("localhost", port, timeout=4)
    if strict or "STARTTLS" in server.capabilities:
        server.starttls(context)
    server.login(user, password)
    print(server.list()[1])
    server.select()
    print(server.fetch("1", "(FLAGS)")[1])
    server.logout()


def pop3():
    server = poplib.POP3("localhost", port, timeout=4)
    if strict or "STLS" in server.capa():
        server.stls(context)
    server.user(user)
    server.pass_(password)
    print(server.stat(), len(server.retr(1)[1]))
    server.quit()


def smtp():
    server = smtplib.SMTP("localhost", port, timeout=4)
    server.ehlo()
    if strict or server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    server.login(user, password)
    server.sendmail(user, [user], "Subject: by smtplib\r\n\r\nhello\r\n")
    server.quit()


{"imap": imap, "pop3": pop3, "smtp": smtp}[env["POSTFAIL_CLIENT_SCHEME"]]()
