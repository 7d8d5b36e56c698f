"""Shakes hands as a program that verifies does, and prints what the library says of the certificate.

Arguments: port, implicit, CA file. Exit code 4: refused.
"""
import socket
import ssl
import sys

port, _, ca = sys.argv[1:4]
tls = ssl.create_default_context(cafile=ca)
with socket.create_connection(("localhost", int(port)), timeout=20) as plain:
    try:
        with tls.wrap_socket(plain, server_hostname="localhost"):
            print("accepted")
    except ssl.SSLCertVerificationError as error:
        print(error.verify_message)
        sys.exit(4)
    except ssl.SSLError as error:
        print(error.reason)
        sys.exit(4)
