"""Circular recovery in a browser with imaplib as the mail program.

portal.py PORTAL CONTROL TOKEN IMAPS_PORT CA [FOLDER]: with a folder, pictures of the pages go there.
"""
import email, imaplib, json, re, ssl, sys

from browser import Browser, call, chromium, must

PORTAL, CONTROL, TOKEN, PORT, CA = sys.argv[1:6]
FOLDER = sys.argv[6] if len(sys.argv) > 6 else None


def control(path):
    return call("GET", CONTROL + path, headers={"Authorization": "Bearer " + TOKEN})


class Trainee(Browser):
    def forget(self, user):
        self.go("/forgot")
        self.type("user", user)
        self.send("/portal/forgot")

    def way(self, way):
        self.click(f"[value={way}]")
        self.send("/portal/forgot/way")

    def new_password(self, code, password):
        for name, text in (("code", code), ("password", password), ("again", password)):
            self.type(name, text)
        self.send("/portal/forgot/code")


def mailbox(user, password):
    imap = imaplib.IMAP4_SSL("localhost", int(PORT), ssl_context=ssl.create_default_context(cafile=CA))
    imap.login(user, password)
    return imap


def refused(user, password):
    try:
        mailbox(user, password)
    except imaplib.IMAP4.error:
        return True
    return False


def behind_the_door(account):
    """The newest code in a mailbox, seen by the trainer."""
    uid = json.loads(control(f"/api/mail?account={account}"))[-1]["uid"]
    return code_in(control(f"/api/mail/{account}/{uid}"))


def code_in(text):
    return re.search(r"(?:コード|Code): (\d{6})", text).group(1)


def story(browser):
    taro, hanako, guess = "taro@postfail.test", "hanako@postfail.test", "sakura-2015"
    browser.go("/")
    must(browser.heading() == "アカウント", "the page speaks the browser's language")
    must(refused(taro, guess) and refused(hanako, guess), "neither password is known")

    browser.forget(taro)
    browser.picture("ways-ja")
    must("h***@postfail.test" in browser.text(), "taro's code can go to hanako")
    browser.way("mail")
    must(len(behind_the_door("hanako")) == 6 and refused(hanako, guess), "it came, into a mailbox that cannot be opened")
    browser.forget(hanako)
    browser.way("mail")
    browser.picture("code-ja")
    must(len(behind_the_door("taro")) == 6 and refused(taro, guess), "so did hanako's: this is the circle")

    browser.forget(taro)
    browser.way("phone")
    text = json.loads(control("/api/texts"))[-1]
    must(text["to"] == "090-0000-0001", "the other way is the telephone")
    browser.new_password("no-code", "haru-2026")
    browser.picture("wrong-code-ja")
    must(browser.heading() == "確認コードの入力", "a wrong code does not do")
    browser.new_password(text["text"][:6], "haru-2026")
    browser.picture("done-ja")
    must("設定しました" in browser.heading(), "the telephone's does")

    imap = mailbox(taro, "haru-2026")
    imap.select("INBOX")
    newest = imap.search(None, "ALL")[1][0].split()[-1].decode()
    message = email.message_from_bytes(imap.fetch(newest, "(RFC822)")[1][0][1])
    body = message.get_payload(decode=True).decode()
    must(hanako in body, "taro's mailbox opens, and hanako's code lies in it")
    imap.logout()
    browser.forget(hanako)
    browser.go("/forgot/code")
    browser.new_password(code_in(body), "natsu-2026")
    mailbox(hanako, "natsu-2026").logout()
    must(True, "hanako's mailbox opens too")

    browser.go("/sign-in?lang=en&continue=/portal/security")
    must(browser.heading() == "Sign in", "the switch changes the language")
    browser.picture("sign-in-en")
    browser.type("user", taro)
    browser.type("password", "haru-2026")
    browser.send("/portal/sign-in")
    browser.type("label", "Mail on the PC")
    browser.send("/portal/security/app-password")
    browser.picture("security-en")
    secret = browser.do(browser.find("#app-password") + "/text", method="GET")
    mailbox(taro, secret).logout()
    must(True, "an app password lets the mail program in")
    if FOLDER:
        more_pictures(browser)


def more_pictures(browser):
    for language in ("en", "ja"):
        browser.go(f"/?lang={language}")
        browser.picture(f"home-{language}")
        browser.forget("taro@postfail.test")
        browser.click("[value=form]")
        browser.send("/portal/forgot/way")
        browser.picture(f"form-{language}")
        browser.type("contact", "hanako@postfail.test")
        browser.send("/portal/recover")
        browser.picture(f"rejected-{language}")
        browser.go("/admin")
        browser.picture(f"admin-{language}")
        browser.go("/security")
        browser.picture(f"security-{language}")


with chromium(Trainee, "ja,en", PORTAL, FOLDER) as browser:
    story(browser)
