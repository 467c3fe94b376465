"""T3 and T4: many people answer the same questions by page, REST, bulk and command
while others call the runs off. Each question gets one answer, or goes with its run."""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest

from tests.acceptance.clients import Client
from tests.acceptance.crowd import Member
from tests.acceptance.test_crash import REQUEST
from tests.servers import ROOT, ServerFactory, ServerProcess
from tests.workers import eventually

PROCESSES = 4
SIZES = [(16, 100), pytest.param(64, 500, marks=pytest.mark.long, id="long")]
CHANNELS = ("rest", "page", "rest", "bulk", "rest", "page", "rest", "cancel")
BY_COMMAND = 3  # a process each
CAST = """
import json, sys
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth.models import Group
from knox.models import AuthToken
from examples.demo import people
people.make_people()
names = ["piotr", *[f"judge-{n}" for n in range(%d)]]
groups = Group.objects.filter(name__in=["platform-on-call", "operators"])
cast = {}
for name in names:
    user, made = User.objects.get_or_create(username=name)
    if made:
        user.groups.set(groups)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "config.backends.StoredPermissions"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    token = AuthToken.objects.create(user)[1]
    cast[name] = {"token": token, "session": session.session_key}
print(json.dumps(cast))
"""
LEFT = """
import json
from collections import Counter
from contextlib import suppress
from approvals import audit
from approvals.models import Approval, AuditRow, Decision
from examples.access_requests.models import Grant
from workflows.models import Event
decided = Decision.objects.select_related("approval__run", "decided_by")
print(json.dumps({
    "approvals": {a.run_id: a.status for a in Approval.objects.all()},
    "runs": {a.run_id: a.run.status for a in Approval.objects.select_related("run")},
    "decisions": [d.approval.run_id for d in decided],
    "channels": Counter(d.channel for d in decided),
    "own words": all(f"says {d.decided_by.username}" in d.answer for d in decided),
    "resumed": Event.objects.filter(type="workflow-step-resumed").count(),
    "audited": AuditRow.objects.filter(action="decided").count(),
    "chain": audit.verify().seq == AuditRow.objects.count(),
    "grants": Grant.objects.count(),
}))
"""


@pytest.mark.parametrize(("people", "questions"), SIZES)
def test_of_all_answers_by_all_channels_each_question_takes_one(
    people: int, questions: int, server_factory: ServerFactory
) -> None:
    server = server_factory.create()
    cast = json.loads(server.shell(CAST % people))
    server.start()
    asked = ask(Client(url=server.url, token=cast["piotr"]["token"]), questions)
    members = [
        Member(username=f"judge-{n}", channel=CHANNELS[n % 8], **cast[f"judge-{n}"])
        for n in range(people)
    ]
    said = storm(server, members, asked)
    operator = Client(url=server.url, token=members[0].token)
    eventually(lambda: settled(operator))
    server.stop()
    left = json.loads(server.shell(LEFT))

    assert server.log().count('"code": 500') == 0
    assert set(said.pop("cancel")) <= {"canceled", "409"}
    for channel in ("rest", "bulk", "page"):
        assert set(said[channel]) <= {"won", "lost"}, said
    won = {channel: outcomes["won"] for channel, outcomes in said.items()}
    assert {name: n for name, n in won.items() if n} == left["channels"]
    # One answer each, and nobody's words under another's name.
    assert len(set(left["decisions"])) == len(left["decisions"]) == sum(won.values())
    assert left["resumed"] == left["audited"] == len(left["decisions"])
    assert left["own words"]
    assert left["chain"]
    called_off = {each["run_id"] for each in asked if each["called off"]}
    kept = {each["run_id"] for each in asked} - called_off
    assert kept <= set(left["decisions"])
    assert {left["runs"][run_id] for run_id in kept} == {"waiting"}
    assert {left["runs"][run_id] for run_id in called_off} == {"canceled"}
    for run_id, status in left["approvals"].items():
        answered = run_id in left["decisions"]
        assert status == ("decided" if answered else "withdrawn"), run_id
    assert len(kept) <= left["grants"] <= len(left["decisions"])


def ask(piotr: Client, questions: int) -> list[dict[str, Any]]:
    """What a reviewer has before them; the runs of some will be called off."""
    runs = [f"storm-{number:04}" for number in range(questions)]
    for run_id in runs:
        path = "workflows/access-request/runs/"
        piotr.post(path, input_data=REQUEST, run_id=run_id)
    found: dict[str, dict[str, Any]] = {}

    def all_asked() -> bool:
        for run_id in [run_id for run_id in runs if run_id not in found]:
            rows = piotr.get(f"approvals/?run={run_id}")["results"]
            if not rows:
                return False
            found[run_id] = piotr.get(f"approvals/{rows[0]['id']}/")
        return True

    eventually(all_asked, 60 + questions)
    return [
        {
            **{name: found[run_id][name] for name in ("id", "digest", "version")},
            "run_id": run_id,
            "called off": number % 3 == 2,
        }
        for number, run_id in enumerate(runs)
    ]


def storm(
    server: ServerProcess, members: list[Member], asked: list[dict[str, Any]]
) -> dict[str, Counter[str]]:
    """Everybody at once, from several processes; what each channel was told."""
    command = [sys.executable, "-m", "tests.acceptance.crowd", server.url]
    begins = time.time() + 3
    crowds = []
    for number in range(PROCESSES):
        crowd = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        part = [asdict(member) for member in members[number::PROCESSES]]
        given = {"members": part, "questions": asked, "at": begins}
        assert crowd.stdin is not None
        crowd.stdin.write(json.dumps(given).encode())
        crowd.stdin.close()
        crowd.stdin = None
        crowds.append(crowd)
    said = {"command": by_command(server, members[0], asked[:BY_COMMAND])}
    for crowd in crowds:
        output, _ = crowd.communicate(timeout=600 + len(members) * len(asked) / 10)
        assert crowd.returncode == 0
        for channel, outcomes in json.loads(output).items():
            said.setdefault(channel, Counter()).update(outcomes)
    print(said)
    return said


def by_command(
    server: ServerProcess, member: Member, asked: list[dict[str, Any]]
) -> Counter[str]:
    answer = json.dumps({"decision": "grant", "comment": f"says {member.username}"})
    said: Counter[str] = Counter()
    for each in asked:
        with suppress(AssertionError):  # it was refused
            server.manage(
                *("decide", each["id"], "--as", member.username, "--data", answer)
            )
            said["won"] += 1
    return said


def settled(operator: Client) -> bool:
    return not operator.get("runs/?status=pending&status=running")["results"]
