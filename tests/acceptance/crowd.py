"""A program of its own: several people who answer the same questions over HTTP.

    python -m tests.acceptance.crowd http://127.0.0.1:8000 < crowd.json

Standard input holds a list of `Member`s, who begin at the moment `at`, and approvals as
REST lists them. Prints a line of JSON: how often each channel was answered what.
"""

from __future__ import annotations

import http.cookiejar
import json
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.acceptance.clients import Client, Refused

Question: TypeAlias = dict[str, Any]
AT_ONCE = 10  # questions of one bulk request
PATIENCE = 300.0  # seconds; where many push, the last of them waits for all


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of the crowd, and how this one answers."""

    username: str
    token: str
    session: str
    channel: str


class Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave the answer as it is."""


class Browser:
    """Posts the form of a page, as somebody who has read it."""

    def __init__(self, url: str, session: str) -> None:
        self._url, self._session = url, session
        cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(cookies), Redirects
        )
        self._opener.addheaders = [("Cookie", f"sessionid={session}")]
        with self._opener.open(f"{url}/", timeout=PATIENCE):
            self._csrf = next(c.value for c in cookies if c.name == "csrftoken")
        self._opener.addheaders = [
            ("Cookie", f"sessionid={session}; csrftoken={self._csrf}")
        ]

    def post(self, path: str, **fields: object) -> int:
        return self.ask(path, **fields)[0]

    def ask(self, path: str, **fields: object) -> tuple[int, str]:
        """Status and page; a GET without fields."""
        body = {**fields, "csrfmiddlewaretoken": self._csrf}
        data = urllib.parse.urlencode(body, doseq=True).encode() if fields else None
        try:
            with self._opener.open(f"{self._url}{path}", data, PATIENCE) as reply:
                return int(reply.status), reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def answer_for(member: Member) -> dict[str, str]:
    """Each one's own; what is granted, too."""
    return {"decision": "grant", "comment": f"says {member.username}"}


def client_of(url: str, member: Member) -> Client:
    return Client(url=url, token=member.token, patience=PATIENCE)


def by_rest(url: str, member: Member, questions: list[Question]) -> Counter[str]:
    client = client_of(url, member)
    said: Counter[str] = Counter()
    for asked in questions:
        try:
            client.post(
                f"approvals/{asked['id']}/decide/",
                data=answer_for(member),
                digest=asked["digest"],
                version=asked["version"],
            )
            said["won"] += 1
        except Refused as refused:
            said[_lost(refused, asked)] += 1
    return said


def by_bulk(url: str, member: Member, questions: list[Question]) -> Counter[str]:
    client = client_of(url, member)
    said: Counter[str] = Counter()
    for start in range(0, len(questions), AT_ONCE):
        items = [
            {name: asked[name] for name in ("id", "digest", "version")}
            for asked in questions[start : start + AT_ONCE]
        ]
        reply = client.post(
            "approvals/bulk-decide/", items=items, data=answer_for(member)
        )
        for result in reply["results"]:
            said[WORDS.get(result["status"], str(result["status"]))] += 1
    return said


def by_page(url: str, member: Member, questions: list[Question]) -> Counter[str]:
    browser = Browser(url, member.session)
    fields = {f"answer.{name}": text for name, text in answer_for(member).items()}
    said: Counter[str] = Counter()
    for asked in questions:
        shown = {"digest": asked["digest"], "version": asked["version"]}
        status = browser.post(f"/approvals/{asked['id']}/", **fields, **shown)
        said[WORDS.get(status, str(status))] += 1
    return said


def by_cancel(url: str, member: Member, questions: list[Question]) -> Counter[str]:
    """Call the runs off; every third of them only, so that some are left."""
    client = client_of(url, member)
    said: Counter[str] = Counter()
    for asked in questions:
        if not asked["called off"]:
            continue
        try:
            said[client.post(f"runs/{asked['run_id']}/cancel/")["status"]] += 1
        except Refused as refused:
            said[str(refused.status)] += 1  # somebody else was first
    return said


WORDS = {200: "won", 302: "won", 409: "lost"}
Way: TypeAlias = Callable[[str, Member, list[Question]], Counter[str]]
WAYS: dict[str, Way] = {
    "rest": by_rest,
    "bulk": by_bulk,
    "page": by_page,
    "cancel": by_cancel,
}


def _lost(refused: Refused, asked: Question) -> str:
    """A loser is told who won; where the run was called off, that may be nobody."""
    problem = json.loads(str(refused).partition(": ")[2])
    off = asked["called off"] and "moved-on" in problem["type"]
    told = problem.get("winner") or off
    return "lost" if refused.status == 409 and told else str(refused)


def main(url: str) -> None:
    given = json.load(sys.stdin)
    members = [Member(**each) for each in given["members"]]

    def work(member: Member) -> tuple[str, Counter[str]]:
        questions = random.sample(given["questions"], len(given["questions"]))
        time.sleep(max(0.0, given["at"] - time.time()))
        return member.channel, WAYS[member.channel](url, member, questions)

    said: dict[str, Counter[str]] = {}
    with ThreadPoolExecutor(len(members)) as pool:
        for channel, counted in pool.map(work, members):
            said.setdefault(channel, Counter()).update(counted)
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
