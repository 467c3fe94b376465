"""The whole story with nothing but curl: start, poll, decide, read the result.

And what curl sends that no browser would: bodies without a length, too long, cut.
"""

import json
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ServerProcess

pytestmark = pytest.mark.one_database

SECONDS = 20
CLAIM = {
    "employee": "Rita Moreno",
    "cost_centre": "ENG-210",
    "purpose": "Train to the customer and back.",
    "period_start": "2026-11-02",
    "period_end": "2026-11-02",
    "lines": [
        {
            "spent_on": "2026-11-02",
            "merchant": "National Railways",
            "category": "travel",
            "amount": "280.00",
        }
    ],
}
PEOPLE = """
from django.contrib.auth.models import Group, Permission, User
managers = Group.objects.create(name="managers")
Group.objects.create(name="finance")
alice = User.objects.create_user("alice", password="{password}")
alice.groups.add(managers)
User.objects.create_user("carol", password="{password}")
rita = User.objects.create_user("rita", password="{password}")
rita.user_permissions.add(Permission.objects.get(codename="start_run"))
"""


@dataclass(frozen=True)
class Reply:
    """What curl got: the status of the answer and its JSON."""

    status: int
    body: Any


@dataclass(kw_only=True)
class Curl:
    """One person at a shell, who has signed in for a token."""

    url: str
    scratch: Path
    headers: list[str] = field(default_factory=list)

    def sign_in(self, name: str, password: str) -> None:
        credentials = json.dumps({"username": name, "password": password})
        reply = self("token/", "--data", credentials)
        assert reply.status == 201
        self.headers = [*self.headers, f"Authorization: Token {reply.body['token']}"]

    def __call__(self, path: str, *options: str) -> Reply:
        headers = ["Content-Type: application/json", *self.headers]
        done = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--max-time", str(SECONDS)),
                *(part for header in headers for part in ("--header", header)),
                *("--write-out", "\n%{http_code}", *options),
                path if path.startswith("http") else f"{self.url}/api/v1/{path}",
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS + 5,
            check=True,
        )
        text, _, status = done.stdout.rpartition("\n")
        return Reply(int(status), json.loads(text) if text else None)

    def send(self, path: str, body: bytes, *headers: str) -> Reply:
        """POST these very bytes."""
        file = self.scratch / "body"
        file.write_bytes(body)
        options = [part for header in headers for part in ("--header", header)]
        return self(path, "--data-binary", f"@{file}", *options)

    def waiting(self) -> list[dict[str, Any]]:
        """What waits for this person's answer, as soon as anything does."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            results: list[dict[str, Any]] = self(
                "approvals/?status=open&mine=true"
            ).body["results"]
            if results:
                return results
            time.sleep(0.1)
        raise AssertionError("nothing to answer came")


@dataclass(frozen=True)
class Story:
    rita: Curl
    alice: Curl
    carol: Curl


@pytest.fixture
def story(live_server_process: ServerProcess, tmp_path: Path) -> Story:
    password = secrets.token_urlsafe(12)
    live_server_process.shell(PEOPLE.format(password=password))
    people = []
    for name in ("rita", "alice", "carol"):
        person = Curl(url=live_server_process.url, scratch=tmp_path)
        person.sign_in(name, password)
        people.append(person)
    return Story(*people)


def test_a_claim_is_started_decided_and_paid_with_curl_alone(story: Story) -> None:
    body = json.dumps({"input_data": CLAIM}).encode()
    started = story.rita.send(
        "workflows/expense-approval/runs/", body, "Idempotency-Key: claim-1"
    )
    assert started.status == 201
    run = started.body["links"]["self"].removeprefix("/api/v1/")

    (row,) = story.alice.waiting()
    approval = story.alice(f"approvals/{row['id']}/").body
    assert approval["may"]["decide"]
    answer = json.dumps(
        {
            "data": {"approved": True},
            "digest": approval["digest"],
            "version": approval["version"],
        }
    ).encode()
    decide = f"approvals/{row['id']}/decide/"
    assert story.carol.send(decide, answer).status == 404
    assert story.rita.send(decide, answer).status == 403
    assert story.alice.send(decide, answer).body["status"] == "decided"

    ended = story.rita(run, "--header", f"Prefer: wait={SECONDS}").body
    assert ended["status"] == "success"
    assert ended["result"]["paid"] is True
    late = story.alice.send(decide, answer)
    assert (late.status, late.body["winner"]) == (409, "alice")
    again = story.rita.send(
        "workflows/expense-approval/runs/", body, "Idempotency-Key: claim-1"
    )
    assert again == started


def test_a_start_may_wait_until_somebody_is_asked(story: Story) -> None:
    body = json.dumps({"input_data": CLAIM}).encode()
    began = time.monotonic()
    reply = story.rita.send(
        "workflows/expense-approval/runs/", body, f"Prefer: wait={SECONDS - 5}"
    )
    assert (reply.status, reply.body["status"]) == (201, "suspended")
    assert time.monotonic() - began < SECONDS / 2


def test_a_body_without_length_is_read_and_bounded_like_any_other(
    story: Story,
) -> None:
    starts, chunked = "workflows/expense-approval/runs/", "Transfer-Encoding: chunked"
    body = json.dumps({"input_data": CLAIM}).encode()
    started = story.rita.send(starts, body, chunked)
    assert (started.status, started.body["input"]["employee"]) == (201, "Rita Moreno")

    (row,) = story.alice.waiting()
    decide = f"approvals/{row['id']}/decide/"
    for sent, status in (
        (b"", 400),
        (b"{}", 422),
        (b"[" * 100_000, 400),
        (b"[" * 2_000_000, 413),
        (b" " * 20_000_000, 413),
    ):
        reply = story.alice.send(decide, sent, chunked)
        assert reply.status == status, reply.body
    assert story.alice(f"approvals/{row['id']}/").body["status"] == "open"


def test_a_bomb_and_a_strange_host_are_turned_away(story: Story) -> None:
    starts = "workflows/expense-approval/runs/"
    assert story.rita.send(starts, b"\x1f\x8b", "Content-Encoding: gzip").status == 415
    assert story.rita("runs/", "--header", "Host: evil.example").status == 400
    assert story.rita("runs/", "--header", "Accept: text/csv").status == 406
