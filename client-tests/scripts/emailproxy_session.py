"""email-oauth2-proxy between imaplib and the server: an hourly expiry passes unseen, the 90-day one does not."""
import imaplib
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from oauth_lab import browse, change, say

E = os.environ
USER = E["POSTFAIL_USER"]


def free():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


local, back = free(), free()
open("proxy.config", "w").write(f"""[Server setup]
[IMAP-{local}]
server_address = localhost
server_port = {E['POSTFAIL_IMAPS_PORT']}
local_address = 127.0.0.1
[Account setup]
[{USER}]
permission_url = {E['POSTFAIL_AUTHORIZATION_URL']}
token_url = {E['POSTFAIL_TOKEN_URL']}
oauth2_scope = https://outlook.office.com/IMAP.AccessAsUser.All offline_access
redirect_uri = http://localhost:{back}
client_id = postfail-client
""")
# The proxy goes by its own clock, and refreshes what has less than ten minutes to live.
change({"identity": {"auto_consent": True, "access": "5m"}})
proxy = subprocess.Popen(
    [sys.executable, "-m", "emailproxy", "--no-gui", "--local-server-auth", "--config-file", "proxy.config", "--cache-store", "cache.config", "--debug"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
)
asked_again, late = threading.Event(), threading.Event()
visited = []


def watch():
    for line in proxy.stdout:
        found = re.search(r"https://\S+/authorize\?\S+", line)
        # Every line is written twice. Behind the 91 days the request alone counts: the page may not come, as the proxy's
        # own port for the answer can still be taken by the first time.
        if late.is_set() and "Authorisation request received" in line:
            asked_again.set()
        elif found and not visited:
            visited.append(1)
            threading.Thread(target=visit, args=(found.group(0).rstrip("'\")"),)).start()


def visit(url):
    to = browse(url)
    while True:
        try:
            return urllib.request.urlopen(to).read()
        except OSError:
            time.sleep(0.1)


threading.Thread(target=watch, daemon=True).start()


def log_in():
    imap = imaplib.IMAP4("127.0.0.1", local)
    try:
        imap.login(USER, "a-password-for-the-proxy")
        return imap.select()[0]
    finally:
        imap.shutdown()


def open_port():
    while True:
        try:
            return socket.create_connection(("127.0.0.1", local)).close()
        except OSError:
            time.sleep(0.05)


open_port()
try:
    say("first", log_in())
    change({"advance": "61m"})
    say("an hour later", log_in())
    change({"advance": "91d"}, {"identity": {"auto_consent": False}})
    late.set()
    # It asks its person to sign in again, and keeps the mail program waiting for that.
    threading.Thread(target=lambda: log_in(), daemon=True).start()
    say("91 days later", "asked to sign in again" if asked_again.wait(20) else "nothing was asked")
finally:
    proxy.kill()
