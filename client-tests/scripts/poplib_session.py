"""Logs in by poplib and prints the last message of the maildrop.

Arguments: port, plain|starttls|implicit, CA file, user, password, user|apop. Exit code 3: log-in refused.
"""
import poplib
import ssl
import sys

port, security, ca, user, password, how = sys.argv[1:7]
tls = ssl.create_default_context(cafile=ca)
if security == "implicit":
    pop = poplib.POP3_SSL("localhost", int(port), context=tls, timeout=20)
else:
    pop = poplib.POP3("localhost", int(port), timeout=20)
    if security == "starttls":
        pop.stls(tls)
try:
    if how == "apop":
        pop.apop(user, password)
    else:
        pop.user(user)
        pop.pass_(password)
except poplib.error_proto as refused:
    print("refused:", refused)
    sys.exit(3)
count, octets = pop.stat()
print("unique-ids:", len(pop.uidl()[1]) == count == len(pop.list()[1]))
print(b"\n".join(pop.top(count, 0)[1]).decode("utf-8", "replace"))
print(b"\n".join(pop.retr(count)[1]).decode("utf-8", "replace"))
pop.quit()
