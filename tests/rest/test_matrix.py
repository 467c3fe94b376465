"""Who gets what on each route: every route and method of the API has a row here.

The routes come from the URLconf, so a new one without a row fails.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from approvals import files
from tests.rest.scenes import BACKEND, CLAIM, RestCase, dumped
from workflows.rest import tokens

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Reply

ACTORS = (
    "anonymous",
    "plain",
    "initiator",
    "candidate",
    "operator",
    "admin",
    "disabled",
    "token",  # a candidate's
    "dead token",  # of the disabled one
    "forged token",
)
READ_ALL = (401, 200, 200, 200, 200, 200, 401, 200, 401, 401)
READ_RUN = (401, 404, 200, 200, 200, 200, 401, 200, 401, 401)
READ_APPROVAL = (401, 404, 200, 200, 404, 200, 401, 200, 401, 401)
OPERATE_SCHEDULE = (401, 403, 403, 403, 200, 200, 401, 403, 401, 401)
MATRIX: dict[tuple[str, str], tuple[int, ...]] = {
    ("rest:token", "POST"): (201,) * 10,
    ("rest:token-current", "DELETE"): (
        *(401, 401, 401, 401, 401, 401),
        *(401, 204, 401, 401),
    ),
    ("rest:workflows", "GET"): READ_ALL,
    ("rest:workflow", "GET"): READ_ALL,
    ("rest:workflow-runs", "POST"): (
        *(401, 403, 201, 403, 201, 201),
        *(401, 403, 401, 401),
    ),
    ("rest:runs", "GET"): READ_ALL,
    ("rest:run", "GET"): READ_RUN,
    ("rest:run-events", "GET"): READ_RUN,
    ("rest:run-snapshots", "GET"): READ_RUN,
    ("rest:run-resume", "POST"): (
        *(401, 404, 403, 403, 403, 202),
        *(401, 403, 401, 401),
    ),
    ("rest:run-cancel", "POST"): (
        *(401, 404, 202, 403, 202, 202),
        *(401, 403, 401, 401),
    ),
    ("rest:run-restart", "POST"): (
        *(401, 404, 403, 403, 202, 202),
        *(401, 403, 401, 401),
    ),
    ("rest:run-time-travel", "POST"): (
        *(401, 404, 403, 403, 202, 202),
        *(401, 403, 401, 401),
    ),
    ("rest:schedules", "GET"): OPERATE_SCHEDULE,
    ("rest:schedule", "GET"): OPERATE_SCHEDULE,
    ("rest:schedule-pause", "POST"): OPERATE_SCHEDULE,
    ("rest:schedule-resume", "POST"): OPERATE_SCHEDULE,
    ("approvals-rest:approvals", "GET"): READ_ALL,
    ("approvals-rest:approval", "GET"): READ_APPROVAL,
    ("approvals-rest:validate", "POST"): READ_APPROVAL,
    ("approvals-rest:decide", "POST"): (
        *(401, 404, 403, 200, 404, 403),
        *(401, 200, 401, 401),
    ),
    # No answer waits that could be taken back.
    ("approvals-rest:undo", "POST"): (
        *(401, 404, 409, 409, 404, 409),
        *(401, 409, 401, 401),
    ),
    # Only somebody who could decide claims; nobody has claimed what could be released.
    ("approvals-rest:claim", "POST"): (
        *(401, 404, 403, 200, 404, 403),
        *(401, 200, 401, 401),
    ),
    ("approvals-rest:release", "POST"): (
        *(401, 404, 403, 403, 404, 403),
        *(401, 403, 401, 401),
    ),
    ("approvals-rest:assign", "POST"): (
        *(401, 404, 403, 200, 404, 200),
        *(401, 200, 401, 401),
    ),
    ("approvals-rest:extend", "POST"): (
        *(401, 404, 403, 403, 404, 200),
        *(401, 403, 401, 401),
    ),
    # Nothing happens at the due date of this one.
    ("approvals-rest:expire", "POST"): (
        *(401, 404, 403, 403, 404, 403),
        *(401, 403, 401, 401),
    ),
    ("approvals-rest:comments", "GET"): READ_APPROVAL,
    ("approvals-rest:comments", "POST"): (
        *(401, 404, 200, 200, 404, 200),
        *(401, 200, 401, 401),
    ),
    ("approvals-rest:ask", "POST"): (
        *(401, 404, 403, 200, 404, 403),
        *(401, 200, 401, 401),
    ),
    # What waits for somebody is put aside; nobody has, so to wake it changes nothing.
    ("approvals-rest:snooze", "POST"): (
        *(401, 404, 403, 200, 404, 403),
        *(401, 200, 401, 401),
    ),
    ("approvals-rest:wake", "POST"): READ_APPROVAL,
    ("approvals-rest:eligibility", "GET"): READ_APPROVAL,
    ("approvals-rest:request-changes", "POST"): (
        *(401, 404, 403, 200, 404, 403),
        *(401, 200, 401, 401),
    ),
    # Nobody has asked for changes.
    ("approvals-rest:resubmit", "POST"): (
        *(401, 404, 403, 403, 404, 403),
        *(401, 403, 401, 401),
    ),
    ("approvals-rest:recall", "POST"): (
        *(401, 404, 403, 403, 404, 403),
        *(401, 403, 401, 401),
    ),
    ("approvals-rest:receipts", "GET"): READ_APPROVAL,
    ("approvals-rest:bulk-decide", "POST"): READ_ALL,
    ("approvals-rest:delegations", "GET"): READ_ALL,
    ("approvals-rest:delegations", "POST"): (
        *(401, 201, 201, 201, 201, 201),
        *(401, 201, 401, 401),
    ),
    ("approvals-rest:end-delegation", "POST"): (
        *(401, 404, 404, 404, 404, 404),
        *(401, 404, 401, 401),
    ),
    # The matrix sends JSON, which is no file.
    ("approvals-rest:files", "POST"): (
        *(401, 404, 403, 415, 404, 403),
        *(401, 415, 401, 401),
    ),
    # Just given by the candidate, and named by no answer yet.
    ("approvals-rest:file", "GET"): (
        *(401, 404, 404, 200, 404, 404),
        *(401, 200, 401, 401),
    ),
    ("schema", "GET"): READ_ALL,
    ("docs", "GET"): (302, 200, 200, 200, 200, 200, 302, 302, 302, 302),
}


WITHOUT_KEY = {
    "approvals-rest:approvals",
    "approvals-rest:bulk-decide",
    "approvals-rest:delegations",
}


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Every route below `/api/`, by its full name."""
    yield from _below(get_resolver(), "", "")


def _below(
    resolver: URLResolver, prefix: str, namespace: str
) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from _below(entry, path, namespace + inner)
        elif path.startswith("api/"):
            yield namespace + str(entry.name), entry


def methods(route: URLPattern) -> list[str]:
    callback: Any = route.callback
    view = getattr(callback, "view_class", None) or callback.cls
    names = view.http_method_names
    return [name.upper() for name in names if hasattr(view, name)]


@pytest.mark.one_database
class MatrixTests(RestCase):
    def test_every_route_and_method_has_a_row(self) -> None:
        found = {
            (name, method)
            for name, route in routes()
            for method in methods(route)
            if method not in ("HEAD", "OPTIONS")
        }
        assert found == set(MATRIX)

    def test_every_cell_holds(self) -> None:
        self.prepare()
        for (name, method), row in MATRIX.items():
            for actor, status in zip(ACTORS, row, strict=True):
                with self.subTest(route=name, method=method, actor=actor):
                    response = self.undone(name, method, actor)
                    assert response.status_code == status, response.content

    def test_methods_without_a_row_are_refused_by_name(self) -> None:
        self.prepare()
        every = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"}
        for name, route in routes():
            if name in ("schema", "docs"):
                continue
            for method in sorted(every - set(methods(route))):
                with self.subTest(route=name, method=method):
                    response = self.undone(name, method, "admin token")
                    self.assert_problem(response, 405)
                    assert response["Allow"]

    def prepare(self) -> None:
        self.approval = self.ask()
        self.given = self.answer(self.approval)
        receipt = SimpleUploadedFile("receipt.txt", b"12.50")
        self.file = files.store(receipt, uploaded_by=self.alice, now=timezone.now())
        self.people: dict[str, User] = {
            "plain": self.carol,
            "initiator": self.rita,
            "candidate": self.alice,
            "operator": self.olga,
            "admin": self.adam,
            "disabled": self.dan,
        }
        self.tokens = {
            "token": tokens.issue(user=self.alice).token,
            "dead token": tokens.issue(user=self.dan).token,
            "forged token": "f" * 64,
            "admin token": tokens.issue(user=self.adam).token,
        }

    def undone(self, name: str, method: str, actor: str) -> "Reply":
        """The answer to one request, whose effects are taken back."""
        path, body = self.request_for(name)
        client, headers = Client(), {}
        with transaction.atomic():
            if actor in self.people:
                client.force_login(self.people[actor], BACKEND)
            elif actor in self.tokens:
                headers["Authorization"] = f"Token {self.tokens[actor]}"
            data = b"" if method == "GET" else dumped(body)
            response = client.generic(
                method, path, data, content_type="application/json", headers=headers
            )
            transaction.set_rollback(True)
        if response.streaming:
            list(response)  # to its end, which closes the file
        return response

    def request_for(self, name: str) -> tuple[str, Any]:
        keys: list[str] = []
        if name.startswith("rest:workflow"):
            keys = [] if name == "rest:workflows" else ["claims"]
        elif name.startswith("rest:run"):
            keys = [] if name == "rest:runs" else [self.approval.run_id]
        elif name.startswith("rest:schedule"):
            keys = [] if name == "rest:schedules" else ["nightly"]
        elif name.startswith("approvals-rest:"):
            keys = [] if name in WITHOUT_KEY else [self.approval.pk]
            keys += [str(self.file["id"])] if name == "approvals-rest:file" else []
        answer = {"approved": True}
        suspension = self.approval.suspension_id
        bodies = {
            "rest:workflow-runs": {"input_data": CLAIM},
            "rest:run-resume": {"suspension_id": suspension, "resume_data": answer},
            "rest:run-time-travel": {"step": "ask-manager"},
            "approvals-rest:validate": {"data": answer},
            "approvals-rest:decide": self.given,
            "approvals-rest:undo": {},
            "approvals-rest:claim": {},
            "approvals-rest:release": {},
            "approvals-rest:assign": {"users": ["bob"]},
            "approvals-rest:extend": {
                "due_at": (timezone.now() + timedelta(days=1)).isoformat(),
                "reason": "Rita is ill.",
            },
            "approvals-rest:expire": {"reason": "Nobody is here."},
            "approvals-rest:comments": {"text": "Which invoice?"},
            "approvals-rest:ask": {"username": "bob", "text": "Which invoice?"},
            "approvals-rest:snooze": {
                "until": (timezone.now() + timedelta(days=1)).isoformat()
            },
            "approvals-rest:wake": {},
            "approvals-rest:request-changes": {
                "text": "Which invoice?",
                "digest": self.given["digest"],
                "version": 1,
            },
            "approvals-rest:resubmit": {"text": "The first.", "version": 1},
            "approvals-rest:recall": {},
            "approvals-rest:bulk-decide": {"items": [], "data": answer},
            "approvals-rest:delegations": {
                "delegate": "bob",
                "starts_at": "2026-01-01T00:00:00Z",
                "ends_at": (timezone.now() + timedelta(days=1)).isoformat(),
            },
            "approvals-rest:end-delegation": {},
            "rest:token": {"username": "alice", "password": "secret-word-1"},
        }
        return reverse(name, args=keys), bodies.get(name, {})
