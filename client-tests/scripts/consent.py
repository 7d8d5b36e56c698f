"""A program is let in by a person at a browser, and the code it is sent back with is redeemed.

consent.py BASE USER PASSWORD [FOLDER]: with a folder, pictures of the pages go there.
"""
import http.server, json, sys, threading, urllib.parse, urllib.request

from browser import Browser, chromium, must

BASE, USER, PASSWORD = sys.argv[1:4]
FOLDER = sys.argv[4] if len(sys.argv) > 4 else None
# RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Program(http.server.BaseHTTPRequestHandler):
    """The program, waiting on loopback for the browser to come back."""
    came = []

    def do_GET(self):
        query = urllib.parse.urlsplit(self.path).query
        if self.path.startswith("/back?"):
            self.came.append((dict(urllib.parse.parse_qsl(query)), self.headers.get("Referer")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<!doctype html><main><h1>Back</h1></main>")

    def log_message(self, *_):
        pass


def story(browser, back):
    asking = urllib.parse.urlencode({
        "client_id": "mail-program", "redirect_uri": back, "response_type": "code", "state": "s t&a",
        "scope": "imap offline_access", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    })

    def sign_in():
        browser.go("/generic/authorize?" + asking)
        must(browser.heading() == "Sign in", "the program leads to the sign-in")
        browser.type("user", USER)
        browser.type("password", PASSWORD)
        browser.send("/portal/sign-in")
        must(browser.heading() == "Allow this program?", "and that to the question")

    sign_in()
    browser.picture("consent-en")
    browser.send("/portal/sign-out")
    must("403" not in browser.text() and browser.heading() != "Allow this program?", "the question lets the person go")
    sign_in()
    browser.press("deny")
    said, referer = Program.came.pop()
    must(said["error"] == "access_denied" and said["state"] == "s t&a", "a refusal comes back")
    must(referer is None or "transaction" not in referer, "and nothing of the page's address")
    browser.go("/generic/authorize?" + asking)
    browser.press("allow")
    said, _ = Program.came.pop()
    form = {"grant_type": "authorization_code", "client_id": "mail-program", "code": said["code"],
            "redirect_uri": back, "code_verifier": VERIFIER}
    answer = urllib.request.urlopen(BASE + "/generic/token", urllib.parse.urlencode(form).encode())
    must("refresh_token" in json.load(answer), "the code is worth tokens")
    browser.go("/generic/device?lang=ja")
    must(browser.heading() == "端末の接続", "the device page is there, in Japanese")
    browser.picture("device-ja")


class Person(Browser):
    def press(self, decision):
        """A button of the question, and the way back to the program."""
        self.leave(f"button[value={decision}]")
        must(self.heading() == "Back", "the program is heard again")


program = http.server.HTTPServer(("localhost", 0), Program)
threading.Thread(target=program.serve_forever, daemon=True).start()
with chromium(Person, "en,ja", BASE, FOLDER) as browser:
    story(browser, f"http://localhost:{program.server_port}/back")
