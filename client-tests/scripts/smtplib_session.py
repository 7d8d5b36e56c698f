"""Sends one message by smtplib.

Arguments: port, plain|starttls|implicit, CA file, user, password, login|none, subject. Exit code 3: log-in refused.
"""
import smtplib
import ssl
import sys
from email.message import EmailMessage

port, security, ca, user, password, how, subject = sys.argv[1:8]
tls = ssl.create_default_context(cafile=ca)
if security == "implicit":
    smtp = smtplib.SMTP_SSL("localhost", int(port), context=tls, timeout=20)
else:
    smtp = smtplib.SMTP("localhost", int(port), timeout=20)
    if security == "starttls":
        smtp.starttls(context=tls)
if how == "login":
    try:
        smtp.login(user, password)
    except smtplib.SMTPAuthenticationError as refused:
        print("refused:", refused)
        sys.exit(3)
message = EmailMessage()
message["From"] = "python@example.org"
message["To"] = user
message["Subject"] = subject
message.set_content("送信の試験です。\n.a line with a dot in front\n")
smtp.send_message(message)
smtp.quit()
