"""Headless Chromium (W3C WebDriver, spoken by urllib), for the scripts beside this one."""
import base64, contextlib, json, re, subprocess, sys, tempfile, urllib.error, urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver section 11


def call(method, url, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


class Browser:
    """Pages are named by their paths below `base`; with a folder, pictures of them go there."""

    def __init__(self, driver, languages, profile, base, folder):
        self.base, self.folder = base, folder
        # Nothing but this machine has a name.
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--window-size=820,1100",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost", "--user-data-dir=" + profile]
        options = {"args": arguments, "prefs": {"intl.accept_languages": languages}}
        # An element that is looked for may come with the rest of its page.
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options,
                                                   "timeouts": {"implicit": 10_000}}}}
        self.driver = driver
        self.session = "/session/" + json.loads(call("POST", driver + "/session", wanted))["value"]["sessionId"]

    def do(self, path, body=None, method="POST"):
        return json.loads(call(method, self.driver + self.session + path, body))["value"]

    def go(self, path):
        self.do("/url", {"url": self.base + path})

    def find(self, css):
        return "/element/" + self.do("/element", {"using": "css selector", "value": css})[ELEMENT]

    def type(self, name, text):
        self.do(self.find(f"main [name={name}]") + "/value", {"text": text})

    def click(self, css):
        self.do(self.find(css) + "/click", {})

    def send(self, form):
        self.leave(f"form[action='{form}'] button")

    def leave(self, css):
        """Click on what leads to another page."""
        before = self.find("main")
        self.click(css)
        # The page before is gone once its element is: then the next one is there, and what it tells has happened.
        while self.is_there(before):
            pass

    def is_there(self, element):
        try:
            self.do(element + "/name", method="GET")
        except urllib.error.HTTPError:
            return False
        return True

    def heading(self):
        return self.do(self.find("h1") + "/text", method="GET")

    def text(self):
        return self.do(self.find("body") + "/text", method="GET")

    def picture(self, name):
        if self.folder:
            picture = base64.b64decode(self.do("/screenshot", method="GET"))
            open(f"{self.folder}/{name}.png", "wb").write(picture)


def started():
    """A driver and its port. It takes a free one in IPv4 and gives up where IPv6 has no such one free: then another."""
    for _ in range(20):
        driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = []
        for line in driver.stdout:
            said.append(line)
            if found := re.search(r"successfully on port (\d+)", line):
                return driver, found.group(1)
        driver.wait()
    sys.exit("chromedriver does not start: " + "".join(said))


@contextlib.contextmanager
def chromium(kind, languages, base, folder):
    """A browser of this class, gone at the end."""
    driver, port = started()
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            browser = kind(f"http://localhost:{port}", languages, profile, base, folder)
            try:
                yield browser
            finally:
                browser.do("", method="DELETE")
    finally:
        driver.kill()


def must(true, what):
    print(("ok: " if true else "WRONG: ") + what)
    if not true:
        sys.exit(1)
