"""What only shows in committed transactions: threads, signals, emptied databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection

from approvals import audit, triggers
from approvals.models import AuditRow, Decision
from approvals.signals import approval_changed
from approvals.statuses import Channel
from tests.approvals.conftest import Desk, Question
from workflows.testing import isolated_registry, run_until_idle, stop_engine


@pytest.fixture
def office(transactional_db: None) -> Iterator[Desk]:
    with isolated_registry():
        yield Desk()
    stop_engine()


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    changes: list[tuple[str, str]] = []

    def listen(approval_id: str, run_id: str, **others: Any) -> None:
        # Somebody who looks now must find what is told, so it has been committed.
        assert not connection.in_atomic_block
        changes.append((approval_id, run_id))

    approval_changed.connect(listen)
    yield changes
    approval_changed.disconnect(listen)


def test_each_change_is_announced_once_after_its_commit(
    office: Desk, heard: list[tuple[str, str]]
) -> None:
    approval = office.ask()
    assert heard == [(approval.pk, approval.run_id)]
    office.answer(approval, office.alice)
    assert heard == [(approval.pk, approval.run_id)] * 2
    run_until_idle()
    assert office.run_of(approval).refresh().status == "success"
    assert len(heard) == 2


def test_a_refused_answer_announces_nothing(
    office: Desk, heard: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = office.ask()
    heard.clear()
    monkeypatch.setattr(audit, "record", lambda *entries: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        office.answer(approval, office.alice)
    assert heard == []
    assert not Decision.objects.exists()


class Victim(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize(
    ("cause", "times", "recorded"),
    [(Victim(), 2, True), (Victim(), 3, False), (ValueError(), 1, False)],
)
def test_an_answer_is_tried_again_only_when_a_deadlock_took_it_back(
    office: Desk,
    monkeypatch: pytest.MonkeyPatch,
    cause: Exception,
    times: int,
    recorded: bool,
) -> None:
    approval = office.ask()
    failures = [cause] * times
    record = audit.record

    def fail_first(*entries: audit.Entry) -> list[AuditRow]:
        if failures:
            raise OperationalError("gone") from failures.pop()
        return record(*entries)

    monkeypatch.setattr(audit, "record", fail_first)
    if recorded:
        assert office.answer(approval, office.alice).outcome == "approved"
    else:
        with pytest.raises(OperationalError):
            office.answer(approval, office.alice)
    assert failures == []
    assert Decision.objects.count() == AuditRow.objects.count() == int(recorded)


def test_whoever_cancels_is_named_in_the_chain(office: Desk) -> None:
    approval = office.ask()
    with audit.acting(office.ines, Channel.PAGE):
        office.run_of(approval).cancel()
    assert AuditRow.objects.get().actor == office.ines


def test_emptying_the_database_leaves_the_triggers_in_place(office: Desk) -> None:
    office.answer(office.ask(), office.alice)
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditRow.objects.exists()
    assert triggers.installed(connection) == set(triggers.NAMES)
    audit_again = Desk()
    audit_again.answer(audit_again.ask(), audit_again.alice)
    with pytest.raises(IntegrityError, match="append-only"):
        AuditRow.objects.all().delete()


def test_a_restart_that_says_who_asked_leaves_an_audit_row(office: Desk) -> None:
    run = office.workflow(None).create_run(initiator=office.ines)
    run.start(Question(title="Pay?"), wait=False)
    run.restart(wait=False)
    assert not AuditRow.objects.exists()
    run.restart(by={"user": office.bob.pk, "channel": "admin"}, wait=False)
    row = AuditRow.objects.get()
    assert (row.action, row.actor, row.channel) == ("restarted", office.bob, "admin")
