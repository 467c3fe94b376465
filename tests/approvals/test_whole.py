"""An approval read by statements composed once is what the ORM reads."""

from operator import attrgetter
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from approvals import ApprovalPolicy
from approvals.errors import ApprovalNotFound
from approvals.models import Approval, ApprovalExclusion, Decision
from approvals.whole import PEOPLE, whole
from tests.approvals.conftest import NOW, Desk, desk
from workflows.joined_rows import Joined, Row
from workflows.models import Run
from workflows.rows import Statement, fetch_all

__all__ = ["desk"]

HELD = ("candidates", "decisions", "exclusions")


@pytest.fixture
def asked(desk: Desk) -> Approval:
    """Two votes are wanted, one was given, somebody is kept out."""
    policy = ApprovalPolicy(users=["alice", "bob"], groups=["managers"], quorum=2)
    approval = desk.ask(policy)
    ApprovalExclusion.objects.create(
        approval=approval, user=desk.carol, step_path="earlier"
    )
    desk.answer(approval, desk.alice)
    return approval


def rows_of(joined: Joined[Row], statement: Statement) -> list[Row]:
    (found,) = fetch_all([statement])
    return joined.read(found)


def fields_of(row: Model | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields}


def test_it_is_what_the_orm_gives(asked: Approval, desk: Desk) -> None:
    Approval.objects.filter(pk=asked.pk).update(claimed_by=desk.bob, claimed_at=NOW)
    read = whole(asked.pk)
    by_orm = Approval.objects.select_related("suspension__run").with_people()
    expected = by_orm.get(pk=asked.pk)
    assert fields_of(read) == fields_of(expected)
    assert fields_of(read.suspension) == fields_of(expected.suspension)
    assert fields_of(read.run) == fields_of(expected.run)
    for name in PEOPLE:
        assert fields_of(getattr(read, name)) == fields_of(getattr(expected, name))
    for name in HELD:
        found = [fields_of(row) for row in getattr(read, name).all()]
        by_key = sorted(getattr(expected, name).all(), key=attrgetter("pk"))
        assert found == [fields_of(row) for row in by_key]
        assert found, name


def test_nothing_more_is_asked_of_the_database(asked: Approval) -> None:
    with CaptureQueriesContext(connection) as queries:
        read = whole(asked.pk)
    assert len(queries) == 4
    with CaptureQueriesContext(connection) as queries:
        people = [getattr(read, name) for name in PEOPLE]
        voters = [vote.decided_by.username for vote in read.decisions.all()]
        back = [vote.approval for vote in read.decisions.all()]
        runs = [read.suspension.run, read.run]
        kept = [len(getattr(read, name).all()) for name in HELD]
    assert len(queries) == 0
    assert [person and person.username for person in people] == ["ines", None, None]
    assert voters == ["alice"]
    assert back == [read]
    assert [run.pk for run in runs] == [asked.run_id] * 2
    assert kept == [3, 1, 1]


def test_what_is_asked_of_its_rows_concerns_only_them(
    asked: Approval, desk: Desk
) -> None:
    """A relation that was read before still filters and updates its own rows."""
    other = desk.ask(ApprovalPolicy(users=["bob"]))
    read = whole(asked.pk)
    assert read.candidates.filter(user=desk.bob).count() == 1
    read.candidates.update(open=False)
    assert not asked.candidates.filter(open=True).exists()
    assert other.candidates.filter(open=True).exists()


def test_an_unknown_one_is_not_found(db: None) -> None:
    with pytest.raises(ApprovalNotFound):
        whole("nothing")


@pytest.mark.django_db(transaction=True)
def test_it_is_locked_in_a_transaction_or_not_at_all(desk: Desk) -> None:
    asked = desk.ask(ApprovalPolicy(users=["alice"]))
    with pytest.raises(TransactionManagementError):
        whole(asked.pk, lock=True)


def test_relations_of_a_row_that_is_not_there_are_not_there(desk: Desk) -> None:
    """Joined to nothing, they do not take the row with them."""
    run = desk.workflow(None).create_run()
    runs = Joined(Run, ("parent", "parent__initiator", "initiator"))
    (read,) = rows_of(runs, runs.select("id", [run.id]))
    assert read.pk == run.id
    with CaptureQueriesContext(connection) as queries:
        assert read.parent is None
        assert read.initiator is None
    assert len(queries) == 0


def test_rows_come_in_the_order_wanted(asked: Approval, desk: Desk) -> None:
    desk.answer(asked, desk.bob)
    votes = Joined(Decision, ("decided_by", "approval", "approval__initiator"))
    by_voter = votes.select("approval_id", [asked.pk], order=("decided_by_id",))
    found = rows_of(votes, by_voter)
    assert [vote.decided_by for vote in found] == [desk.alice, desk.bob]
    assert {vote.approval.initiator for vote in found} == {desk.ines}
