#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An example of a client of the service of Chorus, with Python's own library alone.

    CHORUS_URL=http://127.0.0.1:8080 CHORUS_TOKEN=... Tools/serve/clients/client.py

The token needs the roles read and write. A service without tokens needs none.
"""
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


class Problem(Exception):
    """What the service answers when a call fails: a problem document, RFC 9457."""

    def __init__(self, status, document):
        super().__init__(document.get("detail") or f"The service answered {status}.")
        self.status = status
        self.code = document.get("code", "")
        self.request_id = document.get("request_id", "")


class Chorus:
    """A service at an address."""

    def __init__(self, url, token=None, attempts=5):
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.attempts = attempts

    def call(self, method, path, body=None, **query):
        """Makes a call, and gives what its answer has.

        After 429 and 503 it waits as long as the service asks for, and tries again. That is safe:
        a record that is there already is not added again.
        """
        url = self.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        for attempt in range(1, self.attempts + 1):
            request = urllib.request.Request(url, body, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return json.loads(response.read() or "null")
            except urllib.error.HTTPError as error:
                with error:
                    wait = error.headers.get("Retry-After")
                    try:
                        problem = Problem(error.code, json.load(error))
                    except ValueError:
                        problem = Problem(error.code, {})
                if wait is None or error.code not in (429, 503) or attempt == self.attempts:
                    raise problem from None
                time.sleep(int(wait))

    def pages(self, path, key, **query):
        """Gives all items of a list, page by page."""
        cursor = {}
        while True:
            page = self.call("GET", path, **query, **cursor)
            yield from page[key]
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}


def main():
    chorus = Chorus(
        os.environ.get("CHORUS_URL", "http://127.0.0.1:8080"), os.environ.get("CHORUS_TOKEN")
    )
    essay = "Grade this essay from 1 to 10, and explain your grade: "

    print("Adding two prompts")
    outcome = chorus.call("POST", "/v1/prompts", [
        {"id": "example-1", "account": "acct-7", "time": "2026-05-01T10:00:00Z",
         "text": essay + "The sea was calm."},
        {"id": "example-2", "account": "acct-31", "time": 1777630440,
         "text": [{"role": "user", "content": essay + "It was raining."}]},
    ])
    for record in outcome["records"]:
        print(f"  {record['record']}: {record['status']}", record.get("detail", ""))

    print("Who else sent something like this?")
    answer = chorus.call("POST", "/v1/query", {"text": essay + "We met at noon.", "limit": 5})
    for match in answer["matches"]:
        print(f"  {match['similarity']:.3f} {match['account']} {match['id']}", match["family"])

    print("Families, best evidence first")
    for family in chorus.pages("/v1/families", "families", brief="true"):
        template = json.dumps(family["template"])[:60]
        print(f"  {family['family']}: {family['accounts']} accounts, {template}")

    print("Campaigns, best evidence first")
    for campaign in chorus.pages("/v1/campaigns", "campaigns"):
        print(f"  {campaign['campaign']}: {campaign['accounts']} accounts")
        for signal in campaign["signals"]:
            print("    " + signal["says"])


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(f"{problem.code}: {problem} (request {problem.request_id})")
    except urllib.error.URLError as error:
        sys.exit(f"The service cannot be reached: {error.reason}")
