"""The control API of the server under test, for the scripts beside this one."""
import json
import os
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request

CA = os.environ["POSTFAIL_CA_FILE"]
HTTPS = f"https://localhost:{os.environ['POSTFAIL_HTTPS_PORT']}"


def change(*changes):
    """Make these changes, all or none."""
    request = urllib.request.Request(
        os.environ["POSTFAIL_CONTROL"] + "/api/changes",
        json.dumps(list(changes)).encode(),
        {"Authorization": "Bearer " + os.environ["POSTFAIL_CONTROL_TOKEN"]},
    )
    urllib.request.urlopen(request).read()


def browse(url):
    """Follow a browser's way through an authorization request to where it is sent back."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    context = ssl.create_default_context(cafile=CA)
    opener = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=context))
    try:
        raise SystemExit("no way back: " + opener.open(url).read().decode())
    except urllib.error.HTTPError as answer:
        assert answer.code == 302, answer.read()
        return answer.headers["Location"]


def person(path, **form):
    """A person opens a page of the provider, signs in at the portal it leads to, and fills in the page."""
    context = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=CA))
    browser = urllib.request.build_opener(context, urllib.request.HTTPCookieProcessor())

    def send(path, page, **fields):
        fields["csrf"] = re.search('name="csrf" value="([^"]+)"', page)[1]
        return browser.open(HTTPS + path, urllib.parse.urlencode(fields).encode()).read().decode()

    page = browser.open(HTTPS + path).read().decode()
    page = send("/portal/sign-in", page, user="taro", password=os.environ["POSTFAIL_PASSWORD"])
    return send(path, page, **form)


def say(what, got):
    print(f"{what}: {got}", flush=True)
