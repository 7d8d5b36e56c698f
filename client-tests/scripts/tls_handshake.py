"""Shakes hands at exactly one TLS version and prints it; the library's own words when that fails.

Arguments: port, starttls|implicit, CA file, 1.0|1.1|1.2|1.3. Exit code 4: no handshake.
"""
import imaplib
import ssl
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
port, security, ca, version = sys.argv[1:5]
tls = ssl.create_default_context(cafile=ca)
tls.set_ciphers("DEFAULT:@SECLEVEL=0")
tls.minimum_version = tls.maximum_version = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}[version]
try:
    if security == "implicit":
        imap = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=tls, timeout=20)
    else:
        imap = imaplib.IMAP4("localhost", int(port), timeout=20)
        imap.starttls(tls)
except ssl.SSLError as error:
    print("no handshake:", error)
    sys.exit(4)
print("handshake:", imap.sock.version())
imap.logout()
