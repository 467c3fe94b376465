"""A program of its own: a script of REST calls, and what they were answered.

    python -m tests.durability.calls 300 7        calls, the seed that chooses them

The database is that of the environment. Prints a line for each call; ids, times and
what follows from them are replaced by the order in which they appear.
"""

from __future__ import annotations

import json
import random
import re
import sys
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import django
from pydantic import BaseModel, Field

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.test import Client  # noqa: E402

from approvals import audit  # noqa: E402
from approvals.rules import ApprovalPolicy  # noqa: E402
from tests.durability.odd_values import BODIES, QUERIES, TEXTS, VALUES  # noqa: E402
from workflows import Step, StepContext, Suspended, Workflow  # noqa: E402
from workflows.testing import run_until_idle, stop_engine  # noqa: E402

settings.ALLOWED_HOSTS = ["testserver"]
PEOPLE = {
    "alice": ("Alice", "Young", "judges"),
    "bob": ("Bob", "Stone", "judges"),
    "asa": ("Åsa", "Öberg", "starters"),
    "ines": ("Ines", "Hill", "starters"),
    "olga": ("Ольга", "Иванова", "operators"),
    "carol": ("Carol", "West", ""),
}
MAY = {
    "starters": ["start_run"],
    "operators": ["view_run", "operate_run", "assign_approval"],
    "judges": [],
}


class Answer(BaseModel):
    approved: bool
    comment: str = ""
    value: Any = None


class Claim(BaseModel):
    what: str = Field(max_length=200)
    amount: Decimal = Field(max_digits=12, decimal_places=2)
    on: date | None = None


class Question(Claim):
    title: str


def ask(given: Any, ctx: StepContext[Any, Answer]) -> Any | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend({"title": str(given)[:80], "given": given})
    return [given, ctx.resume_data.value]


def ask_about(claim: Claim, ctx: StepContext[Claim, Answer]) -> Any | Suspended:
    if ctx.resume_data is None:
        title = f"Pay {claim.what}?"
        return ctx.suspend(Question(title=title, **claim.model_dump()))
    if not ctx.resume_data.approved:
        return ctx.bail({"paid": None})
    return {"paid": claim.amount}


def give_back(given: Any) -> Any:
    return given


def install() -> None:
    one = ApprovalPolicy(groups=["judges"])
    two = ApprovalPolicy(
        groups=["judges"], quorum=2, reject="quorum", editable=["amount"]
    )
    asking = Step("ask", ask, resume_schema=Answer)
    asking_two = Step(
        "ask-about", ask_about, suspend_schema=Question, resume_schema=Answer
    )
    last = Step("give-back", give_back)
    Workflow("anything").then(one(asking)).then(last).commit()
    Workflow("claim", input_schema=Claim).then(two(asking_two)).commit()


def people() -> dict[str, Client]:
    """Everybody signed in."""
    for name, codes in MAY.items():
        found = Permission.objects.filter(codename__in=codes)
        Group.objects.create(name=name).permissions.set(found)
    clients = {}
    for name, (first, last, group) in PEOPLE.items():
        user = User.objects.create(username=name, first_name=first, last_name=last)
        user.groups.set(Group.objects.filter(name=group))
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(user)
    return clients


class Script:
    """Chooses the calls by chance, from what earlier ones were answered."""

    def __init__(self, seed: int) -> None:
        self.chance, self.clients = random.Random(seed), people()
        self.runs: list[str] = []
        self.approvals: list[dict[str, Any]] = []
        self.calls = 0

    def go_on(self, calls: int) -> None:
        acts = [*[self.start] * 3, *[self.decide] * 4, *[self.see] * 3]
        acts += [self.act_on_run, self.act_on_approval, self.bulk, self.send_nonsense]
        while self.calls < calls:
            self.one_of(acts)()
            run_until_idle()
            if self.calls % 25 == 0:
                self.look_around()
        print("audit", audit.verify().seq)

    def start(self) -> None:
        workflow = self.one_of(["anything", "claim"])
        run_id = f"run-{len(self.runs)}"
        given: Any = self.one_of(VALUES)
        if workflow == "claim":
            amount = self.one_of(["12.50", "0.1", "1E+3", "007", "9999999999.99", 3.5])
            given = {"what": self.one_of(TEXTS), "amount": amount, "on": "2026-11-25"}
        said = self.post(
            self.one_of(["asa", "ines", "ines", "carol"]),
            f"workflows/{workflow}/runs/",
            {"input_data": given, "run_id": run_id},
        )
        if "status" in said:
            self.runs.append(run_id)

    def decide(self) -> None:
        asked = self.asked()
        if asked is None:
            return
        data = {
            "approved": self.one_of([True, True, False, "yes", 1, None]),
            "comment": self.one_of(TEXTS),
            "value": self.one_of(VALUES),
        }
        body = {**self.shown(asked), "data": data}
        if self.chance.random() < 0.2:
            body["edits"] = {"amount": self.one_of(["1.00", 2, "x", None])}
        self.post(self.judge(), f"approvals/{asked['id']}/decide/", body)

    def act_on_approval(self) -> None:
        asked = self.asked()
        if asked is None:
            return
        where, text = f"approvals/{asked['id']}", {"text": self.one_of(TEXTS)}
        path, body = self.one_of(
            [
                ("claim", {}),
                ("claim", {"take_over": True}),
                ("release", {}),
                ("comments", text),
                ("assign", {"users": ["alice"], "groups": [], "reason": "ill"}),
                ("assign", {"users": [self.one_of([*PEOPLE, "nobody"])]}),
                ("validate", {"data": {"approved": self.one_of(VALUES)}}),
                ("request-changes", {**self.shown(asked), **text}),
                ("resubmit", {**text, "version": asked["version"]}),
                ("recall", {}),
                ("undo", {}),
            ]
        )
        self.post(self.anybody(), f"{where}/{path}/", body)
        for part in ("", "comments/", "eligibility/", "receipts/"):
            self.get(self.judge(), f"{where}/{part}")

    def act_on_run(self) -> None:
        run = self.one_of([*self.runs, "nobody"])
        path, body = self.one_of(
            [
                ("cancel", {}),
                ("restart", {}),
                ("resume", {"resume_data": {"approved": True}}),
                ("time-travel", {"step": "ask", "input_data": self.one_of(VALUES)}),
            ]
        )
        self.post(self.anybody(), f"runs/{run}/{path}/", body)
        for part in ("", "events/", "snapshots/"):
            self.get("olga", f"runs/{run}/{part}")

    def bulk(self) -> None:
        items = self.chance.sample(self.approvals, min(3, len(self.approvals)))
        shown = [{"id": asked["id"], **self.shown(asked)} for asked in items]
        body = {"items": shown, "data": {"approved": True, "comment": "all"}}
        self.post(self.judge(), "approvals/bulk-decide/", body)

    def send_nonsense(self) -> None:
        path = self.one_of(["workflows/anything/runs/", "approvals/bulk-decide/"])
        self.call(self.anybody(), "POST", path, self.one_of(BODIES))

    def see(self) -> None:
        """Lists with filters, good and bad, and their further pages."""
        name = self.one_of(["runs/", "approvals/"])
        reader = self.anybody()
        said = self.get(reader, name + self.one_of(QUERIES[name]))
        if isinstance(said.get("next"), str):
            self.get(reader, said["next"].partition("/api/v1/")[2])
        query = quote(self.one_of(TEXTS)[:100])
        found = self.get(reader, f"approvals/?q={query}")
        self.remember(found.get("results", []))

    def look_around(self) -> None:
        """What is open now, so that calls are not only about old things."""
        found = self.get("alice", "approvals/?mine=true&limit=20")
        self.remember(found.get("results", []))
        for name in ("workflows/", "workflows/claim/", "schedules/", "delegations/"):
            self.get(self.anybody(), name)

    def remember(self, found: list[dict[str, Any]]) -> None:
        for row in found[:5]:
            detail = self.get("alice", f"approvals/{row['id']}/")
            if "digest" in detail:
                self.approvals.append(detail)

    def asked(self) -> dict[str, Any] | None:
        if self.chance.random() < 0.3 or not self.approvals:
            found = self.get("alice", "approvals/?status=open&ordering=-created_at")
            self.remember(found.get("results", []))
        return self.one_of(self.approvals[-20:]) if self.approvals else None

    def shown(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What an answer says it is about; now and then something else."""
        whole = {"digest": asked["digest"], "version": asked["version"]}
        wrong: Any = [{}, {**whole, "digest": "0" * 64}, {**whole, "version": 99}]
        return whole if self.chance.random() < 0.85 else dict(self.one_of(wrong))

    def judge(self) -> str:
        return str(self.one_of(["alice", "bob", "alice", "bob", "ines"]))

    def anybody(self) -> str:
        return str(self.one_of([*PEOPLE]))

    def one_of(self, choices: Any) -> Any:
        return self.chance.choice(choices)

    def get(self, who: str, path: str) -> Any:
        return self.call(who, "GET", path, b"")

    def post(self, who: str, path: str, body: Any) -> Any:
        return self.call(who, "POST", path, json.dumps(body).encode())

    def call(self, who: str, method: str, path: str, body: bytes) -> Any:
        self.calls += 1
        reply = self.clients[who].generic(
            method, f"/api/v1/{path}", body, content_type="application/json"
        )
        text = reply.content.decode()
        print(plain(f"{self.calls} {who} {method} {path} {reply.status_code} {text}"))
        try:
            return json.loads(text)
        except ValueError:
            return {}


ID = r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
CHANGING = re.compile(
    rf"(?P<id>{ID})|(?P<digest>\b[0-9a-f]{{64}}\b)"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?| \d\d:\d\d UTC))"
    r'|(?P<cursor>(?<=[?&]cursor=)[\w%=.-]+|(?<="next_cursor":")[^"]+)'
)
_seen: dict[str, str] = {}


def plain(line: str) -> str:
    """The line as it would be at any time, on any database."""

    def replaced(found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        if kind in ("time", "cursor"):
            return f"<{kind}>"
        return _seen.setdefault(found[0], f"<{kind} {len(_seen)}>")

    return CHANGING.sub(replaced, line)


if __name__ == "__main__":
    install()
    Script(int(sys.argv[2])).go_on(int(sys.argv[1]))
    stop_engine()
