#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the analyst's page in headless Chromium and compares what it shows with the API.

    drive.py BASE_URL [--token TOKEN] [--screenshots DIR]

BASE_URL is that of a running service whose index has texts, a campaign and families; nothing else
is known of its data, since names come from the API first. With a token it needs the roles read and
write. One campaign is marked benign on the way, and then has the verdict again that it had.

Needs chromium and chromedriver (Debian: chromium-driver). Prints a line for each check, and ends
with 1 at the first that does not hold, saying what was expected and what was seen.
"""
import argparse
import base64
import contextlib
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus

PATIENCE = 20  # seconds until something has to be there
MINING_PATIENCE = 300  # seconds until families have to be mined
POLL = 0.02
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB, ESCAPE, ENTER = "\ue004", "\ue00c", "\ue007"
TEXT_ROOM = 20000  # how much of a text the page shows at first
FRAGMENT_ROOM = 400
LEAST_BITS = 8  # from so many on a signal speaks
SPEAKING = ("portfolio", "load", "clock", "rest")
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}


class Failure(Exception):
    """A check that does not hold."""


def check(name, seen, expected=True):
    """Prints that a check holds, or ends the run."""
    if seen != expected:
        raise Failure(f"{name}\n  expected: {expected!r:.2000}\n  seen:     {seen!r:.2000}")
    print(f"ok    {name}", flush=True)


def wait(name, probe, seconds=PATIENCE):
    """Asks a probe until it gives something true, and gives that."""
    end = time.monotonic() + seconds
    seen = None
    while time.monotonic() < end:
        try:
            seen = probe()
        except WebDriverError as error:
            if not error.is_passing:
                raise
        if seen:
            return seen
        time.sleep(POLL)
    raise Failure(f"{name}\n  expected: within {seconds} s\n  seen:     {seen!r:.2000}")


class API:
    """The service, asked directly."""

    def __init__(self, base, token):
        self.base = base
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method, path, query=None, body=None):
        """Gives the decoded answer of a call that has to work."""
        address = self.base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(self.headers)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(address, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise Failure(f"{method} {path}\n  expected: 2xx\n  seen:     {error.code} "
                          f"{error.read()[:500]!r}") from error
        return json.loads(text) if text else None

    def get(self, path, **query):
        """Gives the answer of a GET."""
        return self.call("GET", path, query)

    def is_ready(self):
        """Whether families and campaigns are there by now."""
        request = urllib.request.Request(self.base + "/v1/campaigns", headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=60):
                return True
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            return False

    def verdict(self, campaign, verdict):
        """Gives a campaign the verdict that it had, or none."""
        path = f"/v1/campaigns/{quoted(campaign)}/verdict"
        if verdict is None:
            self.call("DELETE", path)
        else:
            body = {key: verdict[key] for key in ("decision", "note") if key in verdict}
            self.call("PUT", path, body=body)


class WebDriverError(Exception):
    """What chromedriver says when a command fails."""

    def __init__(self, value):
        super().__init__(f"{value.get('error')}: {value.get('message')}")
        # The page is changing while it is looked at.
        self.is_passing = value.get("error") in (
            "stale element reference", "no such element", "element not interactable",
            "element click intercepted")


class Browser:
    """Chromium under chromedriver, both ended with it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.downloads = self.folder / "downloads"
        self.downloads.mkdir()
        self.profile = self.folder / "profile"
        self.session = None
        program = shutil.which("chromedriver")
        if program is None:
            raise Failure("chromedriver\n  expected: in the path (Debian: chromium-driver)\n"
                          "  seen:     not there")
        self.driver = subprocess.Popen(
            [program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            self.address = f"http://127.0.0.1:{self.port()}"
            self.session = self.start()
            self.devtools("Browser.setDownloadBehavior", behavior="allow",
                          downloadPath=str(self.downloads))
        except BaseException:
            self.stop()
            raise

    def port(self):
        """The port that chromedriver took, which it prints."""
        for line in self.driver.stdout:
            found = re.search(r"successfully on port (\d+)", line)
            if found:
                return int(found[1])
        raise Failure("chromedriver\n  expected: a port\n  seen:     it ended")

    def start(self):
        """Starts Chromium and gives the id of the session."""
        arguments = ["--headless=new", f"--user-data-dir={self.profile}", "--no-first-run",
                     "--disable-gpu", "--disable-background-networking", "--lang=en-US",
                     "--window-size=1280,900"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        options = {"args": arguments}
        if shutil.which("chromium"):
            options["binary"] = shutil.which("chromium")
        answer = self.send("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        return answer["sessionId"]

    def stop(self):
        """Ends Chromium and chromedriver, also where they do not answer any more."""
        try:
            if self.session:
                self.send("DELETE", f"/session/{self.session}", timeout=10)
        except Exception as error:  # whatever it is, the processes have to end
            print(f"note  the session did not end by itself: {error}", file=sys.stderr)
        self.driver.terminate()
        try:
            self.driver.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        self.driver.stdout.close()
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def processes(self):
        """The processes that have the profile of this run among their arguments."""
        mark = f"--user-data-dir={self.profile}".encode()
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def send(self, method, path, body=None, timeout=60):
        """Sends a command and gives its value."""
        data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return json.loads(response.read())["value"]
        except urllib.error.HTTPError as error:
            raise WebDriverError(json.loads(error.read())["value"]) from error

    def do(self, method, path, body=None):
        """Sends a command of the session."""
        return self.send(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, **parameters):
        """Sends a command of the DevTools protocol."""
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, address):
        """Loads a page."""
        self.do("POST", "/url", {"url": address})

    def script(self, code, *arguments):
        """Runs the body of a function in the page and gives what it returns."""
        return self.do("POST", "/execute/sync", {"script": code, "args": list(arguments)})

    def all(self, selector):
        """Gives all elements of a selector."""
        found = self.do("POST", "/elements", {"using": "css selector", "value": selector})
        return [element[ELEMENT] for element in found]

    def click(self, selector, text=None):
        """Clicks the element of a selector, or that of a text among them, when it is there."""
        def probe():
            for element in self.all(selector):
                if text is None or self.text_of(element).strip() == text:
                    self.script("arguments[0].scrollIntoView({ block: 'center' })",
                                {ELEMENT: element})
                    self.do("POST", f"/element/{element}/click")
                    return True
            return False
        wait(f"click on {selector} {text or ''}", probe)

    def text_of(self, element):
        """The text of an element as it is in the document."""
        return self.script("return arguments[0].textContent", {ELEMENT: element}) or ""

    def texts(self, selector):
        """The texts of all elements of a selector."""
        return self.script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)",
            selector)

    def type(self, selector, text):
        """Types into an empty field when it is there."""
        def probe():
            element = self.all(selector)[0]
            self.do("POST", f"/element/{element}/clear")
            self.do("POST", f"/element/{element}/value", {"text": text})
            return True
        wait(f"type into {selector}", lambda: self.all(selector) and probe())

    def set(self, selector, value):
        """Gives a field a value at once, as pasting does."""
        self.script(
            "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
            "field.dispatchEvent(new Event('input', { bubbles: true }));"
            "field.dispatchEvent(new Event('change', { bubbles: true }));", selector, value)

    def press(self, *keys):
        """Presses keys, wherever the cursor is."""
        actions = []
        for key in keys:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.do("POST", "/actions", {"actions": [
            {"type": "key", "id": "keyboard", "actions": actions}]})

    def resize(self, width, height):
        """Gives the page a width as a device has it."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme):
        """Has the page be light or dark."""
        self.devtools("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path, is_whole=False):
        """Keeps a picture of what is seen, or of the whole page."""
        picture = self.devtools("Page.captureScreenshot", format="png",
                                captureBeyondViewport=is_whole)
        path.write_bytes(base64.b64decode(picture["data"]))

    def log(self, kind):
        """Gives what a log has since it was asked last."""
        return self.do("POST", "/se/log", {"type": kind})


def quoted(name):
    """A name as it stands in a path."""
    return urllib.parse.quote(name, safe="")


def account_address(name):
    """The address of the view of an account, or None for a name that no address can hold."""
    if name in ("", ".", ".."):
        return None
    return "#/accounts/" + urllib.parse.quote(name, safe="!~*'()")


def minute(moment):
    """A moment as the page writes it."""
    return moment[:16].replace("T", " ")


def letters(text):
    """The letters and digits of a text: what no way of showing it changes."""
    fillers = "\u115f\u1160\u3164\uffa0"  # letters that are not seen, so the page names them
    return "".join(c for c in text if c.isalnum() and c not in fillers)


def count(number):
    """A number as the page writes it."""
    return f"{number:,}"


class Visit:
    """One visit of the page, check by check."""

    def __init__(self, browser, api, base, token, screenshots):
        self.browser = browser
        self.api = api
        self.base = base
        self.token = token
        self.screenshots = screenshots

    def run(self):
        """Goes through the page."""
        self.sign_in()
        self.campaigns()
        self.campaign()
        self.account()
        self.verdict()
        self.families()
        self.family()
        self.search()
        self.export()
        self.keyboard()
        self.widths()
        self.sign_out()
        self.logs()

    def show(self, hash_, ready):
        """Goes to a view by its address and waits until a selector is there and nothing loads."""
        self.browser.script("location.hash = arguments[0]", hash_)
        self.settle(f"view {hash_}", ready)

    def settle(self, name, ready):
        """Waits until a selector is there and nothing loads."""
        wait(name, lambda: self.browser.script(
            "return document.querySelector(arguments[0]) !== null"
            " && document.querySelector('[aria-busy]') === null", ready))

    def names(self, selector="main table tbody th[scope=row] .name"):
        """The names that head the rows of the table."""
        return self.browser.texts(selector)

    # Steps

    def sign_in(self):
        """Opens the page, with a token where there is one."""
        browser = self.browser
        browser.open(self.base + "/")
        if self.token:
            browser.type("input[name=token]", "not-" + self.token)
            browser.click("form.sign-in button")
            wait("a wrong token is refused", lambda: any(
                "does not know" in text for text in browser.texts("[role=alert]")))
            browser.type("input[name=token]", self.token)
            browser.click("form.sign-in button")
        self.settle("the first view", "main table.campaigns, main .view .state")
        check("the page opens with campaigns", browser.texts("h1"), ["Campaigns"])
        session = self.api.get("/v1/session")
        check("the name of the index is shown", letters("".join(browser.texts("#index"))),
              letters(session["index"]))
        kept = browser.script("return [localStorage.length, document.cookie,"
                              " Object.keys(sessionStorage)]")
        check("a token is kept for this tab only",
              kept, [0, "", ["chorus-token"] if self.token else []])

    def campaigns(self):
        """Compares the list of campaigns with that of the API."""
        page = self.api.get("/v1/campaigns")
        listed = page["campaigns"]
        check("there are campaigns to look at", bool(listed))
        check("campaigns stand in the order of the API", self.names(),
              [campaign["campaign"] for campaign in listed])
        scores = self.browser.texts("table.campaigns tbody td[data-label=score]")
        check("scores are those of the API", all(
            abs(float(seen.replace(",", "")) - campaign["score"]) <= 0.5
            for seen, campaign in zip(scores, listed, strict=True)))
        spoken = self.browser.texts("table.campaigns td.speaking")
        check("the signals that speak are named", spoken,
              [", ".join(s["name"] for s in campaign["signals"] if speaks(s)) or "\u2013"
               for campaign in listed])
        says = " ".join(self.browser.texts(".examined"))
        check("how many groups were examined is said", says.startswith(count(page["examined"])))
        check("'Not an accusation' is said once",
              self.browser.script("return document.body.textContent.split(arguments[0]).length",
                                  "Not an accusation"), 2)
        self.picture("campaigns")

    def campaign(self):
        """Looks at the largest campaign without a verdict."""
        listed = self.api.get("/v1/campaigns")["campaigns"]
        unjudged = [c for c in listed if "verdict" not in c]
        chosen = max(unjudged or listed, key=lambda c: c["accounts"])["campaign"]
        self.browser.click("main table tbody th a", chosen)
        self.settle("a campaign", "section table.accounts")
        self.subject = self.api.get(f"/v1/campaigns/{quoted(chosen)}")
        path = f"/v1/campaigns/{quoted(chosen)}/accounts"
        self.accounts = self.api.get(path, limit=100)
        check("the campaign has a heading", self.browser.texts("h1"), [f"Campaign {chosen}"])
        check("the heading has the focus",
              self.browser.script("return document.activeElement.tagName"), "H1")
        for selector, signals in [(".can-speak", True), (".explains", False)]:
            expected = [[s["name"], letters(s["says"])] for s in self.subject["signals"]
                        if (s["name"] in SPEAKING) == signals]
            seen = self.browser.script(
                "return [...document.querySelectorAll(arguments[0])].map((e) =>"
                "[e.dataset.signal, [...e.querySelectorAll(':scope > p:not(.small)')].map((p) =>"
                "[...p.childNodes].filter((n) => n.className !== 'odd').map((n) =>"
                "n.textContent).join('')).join('')])", f"{selector} > li")
            check(f"the sentences of evidence stand under {selector[1:]}",
                  [[name, letters(says)] for name, says in seen], expected)
        tags = self.browser.texts(".can-speak .tag")
        check("who speaks is said", tags,
              ["speaks" if speaks(s) else "does not speak" for s in self.subject["signals"]
               if s["name"] in SPEAKING])
        seen = self.browser.script(
            "return document.querySelectorAll('table.accounts tbody tr').length")
        check("as many accounts are listed as a page has", seen, len(self.accounts["accounts"]))
        first = self.accounts["accounts"][0]
        check("the first account is that of the API", letters(
            self.shown_text("table.accounts tbody th .name")), letters(first["account"]))
        while self.browser.script("return document.querySelectorAll('table.accounts tr').length"
                                  " < 300") and self.more_accounts():
            pass
        self.picture("campaign")

    def account(self):
        """Follows an account of the campaign to what it sent, and comes back."""
        browser = self.browser
        listed = self.accounts["accounts"]
        places = [n for n, a in enumerate(listed) if a["account"] not in (".", "..")]
        # A name that has to be encoded and escaped has more to go wrong.
        place = next((n for n in places if not re.fullmatch(r"[\w.-]+", listed[n]["account"])),
                     places[0])
        self.sender = listed[place]["account"]
        path = f"/v1/accounts/{quoted(self.sender)}"
        account = self.api.get(path)
        accounts = "table.accounts tbody th .name"
        followed = browser.texts(accounts)[place]
        browser.click(f"table.accounts tbody:first-of-type tr:nth-child({place + 1}) th a")
        self.settle("an account", "section table.members")
        check("the name of an account is encoded in the address",
              browser.script("return location.hash"), account_address(self.sender))
        check("the account has a heading", letters(self.shown_text("h1")),
              letters("Account" + self.sender))
        check("the heading of the account has the focus",
              browser.script("return document.activeElement.tagName"), "H1")
        inside = account["prompts"] - account["in_no_family"]
        facts = dict(zip(browser.texts(".facts dt"), browser.texts(".facts dd"), strict=True))
        check("what it sent is that of the API", [
            facts["prompts"], facts["in families"], facts["families"], facts["campaigns"],
            facts["first seen"], facts["last seen"],
        ], [
            count(account["prompts"]), count(inside), count(len(account["families"])),
            count(len({f["campaign"] for f in account["families"]} - {None})),
            minute(account["first_seen"]), minute(account["last_seen"]),
        ])
        share = float(facts["share in families"].rstrip("% \u00a0"))
        check("its share in families is that of the API",
              abs(share - 100 * inside / account["prompts"]) <= 0.5)
        self.account_families(account)
        self.account_prompts(path)
        self.picture("account")
        family = account["families"][0]["family"]
        browser.click("main table.families tbody th a")
        # Both views have a list of prompts: the heading tells them apart.
        wait("a family of the account", lambda: browser.texts("h1") == [f"Family {family}"])
        self.settle("a family of the account", "section table.members")
        check("a family of the account is a link", browser.texts("h1"), [f"Family {family}"])
        browser.do("POST", "/back")
        wait("the account again", lambda: browser.texts("h1")[0].startswith("Account"))
        self.settle("the account again", "main table.families")
        check("the account is as it was", len(browser.all("table.members .text")) > 0)
        browser.do("POST", "/back")
        self.settle("the campaign again", "section table.accounts")
        check("the focus is on the account that was followed",
              browser.script("return document.activeElement.textContent"), followed)

    def account_families(self, account):
        """Compares the families of the account that are shown with those of the API."""
        rows = self.browser.script(
            "return [...document.querySelectorAll('main table.families tbody tr')].map((r) =>"
            "[r.cells[0].textContent, r.cells[1].textContent, r.cells[5].textContent,"
            "r.cells[5].querySelector('a')?.hash ?? null])")
        check("its families and their campaigns are those of the API", rows, [
            [f["family"], count(f["prompts"]), f["campaign"] or "",
             f["campaign"] and "#/campaigns/" + f["campaign"]]
            for f in account["families"][:len(rows)]])
        check("all its families are there or can be loaded", len(rows) == len(account["families"])
              or bool(self.browser.all("section:has(table.families) .paging button:not([hidden])")))

    def account_prompts(self, path):
        """Compares the prompts of the account with the API, loads more, and asks for texts."""
        browser = self.browser
        check("no text of the account is there unasked", browser.all("table.members .text"), [])
        page = self.api.get(f"{path}/prompts", limit=50)
        expected = page["prompts"]
        if page["next"]:
            browser.click("section:has(table.members) .paging:last-child button")
            expected += self.api.get(f"{path}/prompts", limit=50, cursor=page["next"])["prompts"]
        rows = "table.members tbody tr:not(.texts)"
        wait("prompts of the account", lambda: len(browser.all(rows)) >= len(expected))
        seen = browser.script(
            "return [...document.querySelectorAll(arguments[0])].map((r) =>"
            "[r.cells[0].textContent, r.cells[1].textContent, r.cells[2].textContent])", rows)
        check("its prompts and their families are those of the API", [
            [time, family] for _, time, family in seen
        ], [[minute(p["time"]), p["family"] or "no family"] for p in expected])
        check("the first prompt is that of the API",
              letters(self.shown_text(f"{rows} th .name")), letters(expected[0]["id"]))
        browser.click("section:has(table.members) button", "Show texts")
        wait("texts of the account", lambda: browser.all("table.members .text"))
        text = self.api.get(f"{path}/prompts", limit=20, with_text="true")["prompts"][0]["text"]
        check("the text of its first prompt is that of the API",
              letters(self.shown_text("table.members .text"))[:5000],
              letters(text[:TEXT_ROOM])[:5000])

    def links_to_accounts(self, where, selector, accounts):
        """Looks where the names of accounts in a table lead."""
        seen = self.browser.script(
            "return [...document.querySelectorAll(arguments[0])].map((cell) =>"
            "cell.querySelector('a')?.getAttribute('href') ?? null)", selector)
        check(f"accounts are links in {where}", seen[:len(accounts)],
              [account_address(account) for account in accounts][:len(seen)])

    def more_accounts(self):
        """Loads one more page of accounts; gives whether there was one."""
        button = "section:has(table.accounts) .paging:last-child button"
        rows = "return document.querySelectorAll('table.accounts tbody tr').length"
        if self.browser.script("return document.querySelector(arguments[0]).hidden", button):
            return False
        before = self.browser.script(rows)
        self.browser.click(button)
        after = wait("more accounts", lambda: max(0, self.browser.script(rows) - before))
        expected = min(100, self.accounts["total"] - before)
        check(f"{expected} more accounts are loaded", after, expected)
        return True

    def shown_text(self, selector):
        """The text of the first element, without names of hidden code points."""
        return self.browser.script(
            "const copy = document.querySelector(arguments[0]).cloneNode(true);"
            "copy.querySelectorAll('.odd').forEach((e) => e.remove()); return copy.textContent",
            selector)

    def verdict(self):
        """Marks the campaign benign, finds it gone, shown on request, and back again."""
        browser, name = self.browser, self.subject["campaign"]
        before = self.subject.get("verdict")
        note = "Our load test <b>of May</b>"
        try:
            browser.type("textarea[name=note]", note)
            browser.click(".verdict button", "Mark benign")
            wait("the verdict is shown", lambda: browser.texts(".given .tag") == ["benign"])
            check("the note is shown as it is", browser.texts(".given .said"), [note])
            given = self.api.get(f"/v1/campaigns/{quoted(name)}").get("verdict", {})
            check("the service has the verdict", [given.get("decision"), given.get("note")],
                  ["benign", note])
            self.show("#/campaigns", "main table.campaigns, main .state")
            check("a benign campaign is not listed", name in self.names(), False)
            browser.click("input[name=all]")
            wait("it is shown on request", lambda: name in self.names())
            check("the filter stands in the address",
                  browser.script("return location.hash"), "#/campaigns?all=true")
            check("it says that it is benign", browser.script(
                "return [...document.querySelectorAll('main tbody tr')].find((r) =>"
                "r.querySelector('th').textContent === arguments[0])"
                ".querySelector('.verdict-cell').textContent", name), "benign")
            browser.click("main table tbody th a", name)
            browser.click(".verdict button", "Take back")
            wait("the verdict is taken back", lambda: browser.texts(".given .tag") == [])
            self.show("#/campaigns", "main table.campaigns")
            check("the campaign is listed again", name in self.names())
        finally:
            now = self.api.get(f"/v1/campaigns/{quoted(name)}").get("verdict")
            if now != before:
                self.api.verdict(name, before)

    def families(self):
        """Compares the list of families with that of the API, sorted and filtered."""
        browser = self.browser
        self.show("#/families", "main table.families")
        page = self.api.get("/v1/families", sort="spread", brief="true")
        check("there are families to look at", bool(page["families"]))
        check("families stand in the order of the API", self.names(), names_of(page))
        check("how many there are is said", count(page["total"]) in " ".join(
            browser.texts(".paging p")))
        if page["next"]:
            self.more_families(page)
        self.picture("families")
        for sort in ("accounts", "prompts", "recent"):
            self.family_order(sort)
        self.family_filter()

    def family_order(self, sort):
        """Has families in another order."""
        page = self.api.get("/v1/families", sort=sort, brief="true")
        self.browser.set("select[name=sort]", sort)
        wait(f"families are in the order {sort}", lambda: self.names() == names_of(page))
        check(f"the order {sort} stands in the address",
              self.browser.script("return location.hash"), f"#/families?sort={sort}")

    def more_families(self, page):
        """Loads one more page of families."""
        following = self.api.get("/v1/families", sort="spread", brief="true", cursor=page["next"])
        self.browser.click("main .view > div .paging:last-child button")
        expected = names_of(page) + names_of(following)
        wait("more families are loaded", lambda: self.names() == expected)
        check("more families are those of the API", True)

    def family_filter(self):
        """Filters by a word of a template, and finds the same after going back and forth."""
        browser = self.browser
        families = self.api.get("/v1/families", sort="spread", limit=20)["families"]
        family = next((f for f in families if word_of(f)), families[0])
        word = word_of(family) or family["family"]
        browser.script("location.hash = '#/families'")
        wait("families without a filter",
             lambda: browser.script("return document.querySelector('input[name=search]').value"
                                    " === ''"))
        browser.type("input[name=search]", word)
        found = self.api.get("/v1/families", sort="spread", brief="true", search=word)
        wait(f"only families with '{word}'", lambda: self.names() == names_of(found))
        check("families are filtered by text", family["family"] in self.names())
        expected = "#/families?" + urllib.parse.urlencode({"search": word})
        check("the text filter stands in the address",
              browser.script("return location.hash"), expected)
        browser.click("main table tbody th a", names_of(found)[0])
        self.settle("a family", "section table.members")
        browser.do("POST", "/back")
        self.settle("the list again", "main table.families")
        check("the list is as it was", self.names(), names_of(found))
        check("the focus is on the link that was followed",
              browser.script("return document.activeElement.textContent"), names_of(found)[0])
        browser.open(self.base + "/" + expected)
        self.settle("the list by its address", "main table.families")
        check("the address alone gives the same list", self.names(), names_of(found))

    def family(self):
        """Looks at the family with most slots among the first."""
        browser = self.browser
        listed = self.api.get("/v1/families", sort="spread", limit=20)["families"]
        chosen = max(listed, key=lambda f: (min(len(f["slots"]), 4), f["prompts"]))["family"]
        self.show("#/families/" + quoted(chosen), "section table.members")
        family = self.api.get(f"/v1/families/{quoted(chosen)}")
        self.member_family = family
        box = "section:has(> h2#part-template) .text"
        seen = browser.script(
            "const box = document.querySelector(arguments[0]).cloneNode(true);"
            "box.querySelectorAll('.odd, .slot').forEach((e) => e.remove());"
            "return box.textContent", box)
        fixed = "".join(part.get("fixed", "") for part in family["template_parts"])
        if len(fixed) < TEXT_ROOM:
            check("the template is that of the API", letters(seen), letters(fixed))
            check("its slots are marked and numbered", browser.script(
                "return [...document.querySelectorAll(arguments[0])].map((e) =>"
                "Number(e.dataset.slot))", f"{box} .slot"),
                [part["slot"] for part in family["template_parts"] if "slot" in part])
        kinds = browser.texts("table.slots tbody td:nth-child(2)")
        check("its slots are listed", kinds, [slot["kind"] for slot in family["slots"]])
        browser.click(".day-table summary")
        wait("the days as a table", lambda: browser.all(".day-table tbody tr"))
        check("its timeline has the days of the API", [
            browser.texts(".day-table tbody th"), browser.texts(".day-table tbody td:nth-child(2)"),
        ], [
            [entry["day"] for entry in family["timeline"]],
            [count(entry["prompts"]) for entry in family["timeline"]],
        ])
        accounts = self.shown_text("table.busiest tbody th .name")
        check("its busiest account is that of the API", letters(accounts),
              letters(family["top_accounts"][0]["account"]))
        self.links_to_accounts("the busiest of a family", "table.busiest tbody th",
                               [entry["account"] for entry in family["top_accounts"]])
        self.members(chosen)
        self.picture("family")

    def members(self, chosen):
        """Asks for the texts of the members, which are not there before."""
        browser = self.browser
        check("no text of a prompt is there unasked", browser.all("table.members .text"), [])
        browser.click("section:has(table.members) button", "Show texts")
        wait("texts of members", lambda: browser.all("table.members .text"))
        path = f"/v1/families/{quoted(chosen)}/members"
        listed = self.api.get(path, limit=20, with_text="true")["members"]
        self.links_to_accounts("the prompts of a family",
                               "table.members tbody tr:not(.texts) td:nth-child(2)",
                               [member["account"] for member in listed])
        # Where bytes and characters are not the same, there is more to go wrong.
        place = next((n for n, m in enumerate(listed) if m["spans"] and not
                      m["text"].encode()[:m["spans"][-1][0]].isascii()), 0)
        self.member = listed[place]
        seen, marked = browser.script(
            "const box = document.querySelectorAll('table.members .text')[arguments[0]]"
            ".cloneNode(true); box.querySelectorAll('.odd').forEach((e) => e.remove());"
            "return [box.textContent, [...box.querySelectorAll('mark.fixed')]"
            ".map((e) => e.textContent).join('')]", place)
        check("the text of a member is that of the API", letters(seen)[:5000],
              letters(self.member["text"][:TEXT_ROOM])[:5000])
        check("its fixed text is marked", letters(marked)[:5000],
              letters("".join(self.fixed_texts()))[:5000])

    def fixed_texts(self):
        """The fixed text of the member, piece by piece."""
        text = self.member["text"].encode()
        return [text[low:high].decode(errors="ignore") for low, high in self.member["spans"]]

    def search(self):
        """Searches for a fragment of the member, and filters by its account."""
        browser = self.browser
        fragment = max(self.fixed_texts(), key=len).strip()
        if len(fragment) > FRAGMENT_ROOM:  # half of a word is another word
            fragment = fragment[:FRAGMENT_ROOM].rsplit(maxsplit=1)[0]
        self.show("#/search", "form.search")
        browser.set("textarea[name=text]", fragment)
        browser.click("input[name=mode][value=contains]")
        browser.click("form.search button.main")
        self.settle("matches", "table.matches")
        query = {"text": fragment, "mode": "contains", "limit": 50}
        answer = self.api.call("POST", "/v1/query", body=query)
        accounts = {match["account"] for match in answer["matches"]}
        summary = " ".join(browser.texts(".summary"))
        check("how many texts and accounts match is said", [
            int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", summary)
        ], [answer["text_count"], len(answer["matches"]), len(accounts)])
        check("the family of the fragment is named",
              self.member_family["family"] in browser.texts("main .results a .name"))
        check("matches are those of the API", [
            letters(text) for text in browser.script(
                "return [...document.querySelectorAll('table.matches tbody tr:not(.texts)')]"
                ".map((r) => r.cells[4].textContent)")
        ], [letters(match["id"]) for match in answer["matches"]])
        self.links_to_accounts("matches", "table.matches tbody tr:not(.texts) th",
                               [match["account"] for match in answer["matches"]])
        check("the text that was searched for is not in the address",
              browser.script("return location.hash"), "#/search?mode=contains")
        self.match(answer["matches"][0])
        self.picture("search")
        if len(accounts) > 1:
            browser.click(".offers summary")
            browser.click(".offers button")
            wait("one account", lambda: len(set(browser.texts(
                "table.matches tbody th .name"))) == 1)
            check("matches are filtered by account",
                  "account=" in browser.script("return location.hash"))

    def match(self, match):
        """Opens a match and closes it with Escape."""
        browser = self.browser
        browser.click("table.matches tbody button")
        self.settle("the text of a match", "table.matches .text")
        prompt = self.api.get(f"/v1/prompts/{quoted(match['id'])}")
        check("the text of a match is that of its prompt",
              letters(self.shown_text("table.matches .text"))[:500],
              letters(prompt["text"][:TEXT_ROOM])[:500])
        check("it says why in sentences", len(browser.all(".reasons li")) > 0)
        browser.press(ESCAPE)
        wait("Escape closes it", lambda: browser.script(
            "return document.querySelector('table.matches .texts').hidden"))
        check("the focus is on what opened it", browser.script(
            "return document.activeElement.getAttribute('aria-expanded')"), "false")

    def export(self):
        """Saves accounts and campaign as files and counts what is in them."""
        name = self.subject["campaign"]
        self.show("#/campaigns/" + quoted(name), "section table.accounts")
        self.browser.click("section:has(table.accounts) button", "Accounts as CSV")
        file = self.saved(f"{name}-accounts.csv")
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
        check("the CSV has as many accounts as the API", len(rows) - 1, self.accounts["total"])
        check("no cell of the CSV is a formula",
              [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")], [])
        self.browser.click("section:has(table.accounts) button",
                           "Campaign with all accounts as JSON")
        whole = json.loads(self.saved(f"{name}.json").read_text(encoding="utf-8"))
        check("the JSON has campaign and accounts",
              [whole["campaign"]["campaign"], len(whole["accounts"])],
              [name, self.accounts["total"]])

    def saved(self, name):
        """Waits for a download and gives its path."""
        file = self.browser.downloads / re.sub(r"[^\w.-]", "_", name)
        wait(f"download of {file.name}", file.exists)
        return file

    def keyboard(self):
        """Uses the page without a mouse."""
        browser = self.browser
        browser.open(self.base + "/#/campaigns")
        browser.do("POST", "/refresh")
        self.settle("campaigns", "main table.campaigns")
        browser.press(TAB)
        active = "return document.activeElement.id || document.activeElement.textContent"
        check("the first thing that Tab reaches is the skip link", browser.script(active), "skip")
        check("what has the focus is seen", browser.script(
            "return document.activeElement.getBoundingClientRect().top >= 0 &&"
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'"))
        browser.press(ENTER)
        check("the skip link goes to the content",
              browser.script("return document.activeElement.tagName"), "H1")
        first = self.names()[0]
        seen = self.tabs_until(lambda: browser.script(active) == first)
        check("Tab goes from there to the first campaign", seen)
        browser.press(ENTER)
        self.settle("a campaign", "section table.accounts")
        check("Enter opens it", browser.texts("h1"), [f"Campaign {first}"])
        browser.press("/")
        wait("'/' opens the search", lambda: browser.script(
            "return document.activeElement.name") == "text")
        check("'/' goes to the search", browser.script("return location.hash"), "#/search")
        reached = set()
        self.tabs_until(lambda: reached.add(browser.script(
            "return document.activeElement.name || document.activeElement.textContent"
        )) or {"threshold", "limit", "account", "Search"} <= reached)
        check("Tab reaches the controls of the search",
              {"threshold", "limit", "account", "Search"} - reached, set())
        self.show("#/families", "main table.families")
        browser.press("/")
        check("'/' goes to the filter of families",
              browser.script("return document.activeElement.name"), "search")

    def tabs_until(self, probe):
        """Presses Tab until a probe holds; gives whether it did."""
        for _ in range(60):
            if probe():
                return True
            self.browser.press(TAB)
        return False

    def widths(self):
        """Looks for pages that are wider than the window, in both schemes."""
        browser = self.browser
        name = quoted(self.subject["campaign"])
        family = quoted(self.member_family["family"])
        views = {
            "campaigns": ("#/campaigns?all=true", "main table.campaigns"),
            "campaign": (f"#/campaigns/{name}", "section table.accounts"),
            "account": (account_address(self.sender), "section table.members"),
            "families": ("#/families", "main table.families"),
            "family": (f"#/families/{family}", "section table.members"),
            "search": (f"#/search?template={family}", "table.matches"),
        }
        for device, (width, height) in WIDTHS.items():
            browser.resize(width, height)
            for scheme in ("light", "dark"):
                browser.prefer(scheme)
                for view, (hash_, ready) in views.items():
                    self.show(hash_, ready)
                    self.open_all()
                    wide = browser.script(
                        "return [document.documentElement.scrollWidth, innerWidth]")
                    check(f"{view} fits {width} wide, {scheme}", wide[0] <= wide[1])
                    self.picture(f"{view}-{device}-{scheme}", is_whole=True)
        browser.devtools("Emulation.clearDeviceMetricsOverride")
        browser.prefer("light")

    def open_all(self):
        """Opens what can be opened in a view, and waits for it."""
        self.browser.script(
            "document.querySelectorAll('main details:not([open])').forEach((box) =>"
            "{ box.open = true });"
            "document.querySelectorAll('main [aria-pressed=false]').forEach((b) => b.click());"
            "document.querySelector('main [aria-expanded=false]')?.click()")
        self.settle("what was opened", "main h1")

    def sign_out(self):
        """Signs out, after which nothing is shown."""
        if not self.token:
            return
        self.browser.click("#sign-out")
        wait("the form for a token", lambda: self.browser.all("input[name=token]"))
        check("nothing is left after signing out", [
            self.browser.script("return sessionStorage.length"), self.browser.all("main table"),
        ], [0, []])

    def logs(self):
        """Looks for requests to others and for errors in the console."""
        origin = urllib.parse.urlsplit(self.base)[:2]
        elsewhere = set()
        for entry in self.browser.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent":
                continue
            address = urllib.parse.urlsplit(message["params"]["request"]["url"])
            if address.scheme in ("http", "https", "ws", "wss") and address[:2] != origin:
                elsewhere.add(address.geturl())
        check("no request left the origin", elsewhere, set())
        # Asking who is there without a token, or with a wrong one, is answered with 401.
        asked = f"{self.base}/v1/session - Failed to load resource"
        problems = [entry["message"] for entry in self.browser.log("browser")
                    if entry["level"] != "INFO"
                    and not (self.token and entry["message"].startswith(asked))]
        check("the console has no error and no violation of the policy", problems, [])

    def picture(self, name, is_whole=False):
        """Keeps a screenshot where these are wanted."""
        if self.screenshots:
            self.browser.screenshot(self.screenshots / f"{name}.png", is_whole)


def speaks(signal_):
    """Whether a signal of the API speaks for a campaign."""
    return signal_["name"] in SPEAKING and signal_["bits"] >= LEAST_BITS


def names_of(page):
    """The names of the families of a page."""
    return [family["family"] for family in page["families"]]


def word_of(family):
    """A plain word of a template, or None."""
    found = re.search(r"[A-Za-z]{5,}", family["template"])
    return found and found[0]


def main():
    """Reads the arguments, visits the page and cleans up."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("base", metavar="BASE_URL")
    parser.add_argument("--token")
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    base = options.base.rstrip("/")
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # All of it is on this machine or near it.
    urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = None
        try:
            api = API(base, options.token)
            wait("families are mined", api.is_ready, MINING_PATIENCE)
            browser = Browser(folder)
            Visit(browser, api, base, options.token, options.screenshots).run()
        except (Failure, WebDriverError, urllib.error.URLError) as error:
            print(f"FAILED {error}", flush=True)
            if browser and browser.session and options.screenshots:
                browser.screenshot(options.screenshots / "failed.png")
            return 1
        finally:
            if browser:
                browser.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
