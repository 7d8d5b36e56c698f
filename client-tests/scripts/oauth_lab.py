"""The control API of the server under test, for the scripts beside this one."""
import json
import os
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
    """What a person types on a page of the provider."""
    context = ssl.create_default_context(cafile=CA)
    body = urllib.parse.urlencode(form).encode()
    return urllib.request.urlopen(HTTPS + path, body, context=context).read().decode()


def say(what, got):
    print(f"{what}: {got}", flush=True)
