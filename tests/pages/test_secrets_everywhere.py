"""Whatever shows a run or an approval: no secret leaves but by the audited way."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from approvals.models import Approval, Decision, Delegation, SavedView
from approvals.notifications import link_policy, links
from approvals.notifications.models import Mail
from tests.approvals.conftest import Desk
from tests.pages.secret_scene import (
    DOOR,
    EDITED,
    SAFE,
    SECRETS,
    approvals,
    operator,
)
from workflows.masking import MASK
from workflows.models import Event, Run, Schedule
from workflows.rows import database_now

__all__ = ["approvals", "operator"]

REVEALING = "approvals/<str:approval_id>/secrets/"


def test_no_route_shows_a_secret(approvals: list[Approval], operator: User) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(operator)
    seen = ""
    for address in dict.fromkeys(addresses(approvals)):
        answer = client.get(address)
        assert answer.status_code < 500, address
        text = _text(answer)
        assert [one for one in SECRETS if one in text] == [], address
        seen += text if answer.status_code == 200 else ""
    assert seen.count(MASK) > 100  # that is: there was something to be hidden


def test_the_link_of_a_mail_shows_none(
    approvals: list[Approval], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [asked] = Approval.objects.filter(pk=approvals[2].pk)
    # As it is, it leads to the login.
    monkeypatch.setattr(link_policy, "allows", lambda _asked, asked_for: True)
    address = links.issue(asked, desk.alice, now=database_now())
    answer = Client().get(address)
    assert answer.status_code == 200
    page = _text(answer)
    assert "Cellar" in page  # it is public, and what it holds is not
    assert [one for one in SECRETS if one in page] == []


def test_a_run_in_the_admin_reads_its_journal_once(
    approvals: list[Approval], operator: User
) -> None:
    client = Client()
    client.force_login(operator)
    address = f"/admin/workflows/run/{approvals[0].run_id}/change/"
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    table = Event._meta.db_table
    reads = [each["sql"] for each in asked if f'FROM "{table}"' in each["sql"]]
    assert len(reads) <= 4  # the lines, and the journal page by page to its end


def test_the_audited_way_shows_them(approvals: list[Approval], operator: User) -> None:
    client = Client()
    client.force_login(operator)
    page = _text(client.post(f"/approvals/{approvals[0].pk}/secrets/"))
    assert all(one in page for one in (DOOR, EDITED, SAFE))


def test_without_the_code_every_text_of_a_run_is_hidden(
    approvals: list[Approval], operator: User
) -> None:
    Run.objects.update(version="gone")
    client = Client()
    client.force_login(operator)
    for approval in approvals:
        for part in ("", "events/", "snapshots/"):
            answer = client.get(f"/api/v1/runs/{approval.run_id}/{part}")
            assert answer.status_code == 200
            text = _text(answer)
            assert [one for one in SECRETS if one in text] == []


def addresses(approvals: list[Approval]) -> Iterator[str]:
    """Every route, for every approval and run; an admin page for every row."""
    for route in routes(get_resolver(), ""):
        if route == REVEALING or "logout" in route:
            continue
        for approval in approvals:
            address = route
            for name, value in (
                ("<str:approval_id>", approval.pk),
                ("<str:run_id>", approval.run_id),
                *CONSTANTS,
            ):
                address = address.replace(name, value)
            if "<" not in address and "^" not in address:
                yield f"/{address}"
    for model in admin.site._registry:
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
        for pk in model._default_manager.values_list("pk", flat=True):
            yield f"{place}/{pk}/change/"
    for decision in Decision.objects.all():
        yield f"/approvals/{decision.approval_id}/receipts/{decision.pk}/"
    for view in SavedView.objects.all():
        yield f"/views/{view.pk}/"
    for delegation in Delegation.objects.all():
        yield f"/preferences/delegations/{delegation.pk}/end/"
    for schedule in Schedule.objects.all():
        yield f"/api/v1/schedules/{schedule.pk}/"
    for row in Mail.objects.all():
        yield f"/outbox/{row.pk}/"
        yield f"/outbox/{row.pk}/html/"
    for approval in approvals:
        yield f"/api/v1/runs/{approval.run_id}/?include_state=true"
    yield from ("/?q=4711", "/runs/?q=4711", "/admin/approvals/approval/?q=4711")


CONSTANTS = (("<str:workflow_id>", "keys"), ("<str:name>", "claim"))


def routes(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


def _text(answer: Any) -> str:
    return str(answer.getvalue().decode())
