"""The chain of audit rows: gapless, linked, refused to be changed, and verifiable."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from approvals import audit, triggers
from approvals.audit import GENESIS, ChainBroken, Entry, Head
from approvals.models import Approval, AuditHead, AuditRow, Decision
from approvals.statuses import Channel
from tests.approvals.conftest import Desk

pytestmark = pytest.mark.django_db


def chain(*outcomes: str) -> list[AuditRow]:
    entries = [
        Entry(action="decided", object_id="a", outcome=text) for text in outcomes
    ]
    return audit.record(*entries)


def sql(statement: str, *values: Any) -> None:
    """What somebody who owns the database can do once the triggers are gone."""
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_rows_are_numbered_and_linked_from_the_first() -> None:
    first, second = chain("one", "two")
    (third,) = chain("three")
    assert [row.seq for row in (first, second, third)] == [1, 2, 3]
    assert first.prev == GENESIS
    assert (second.prev, third.prev) == (first.hash, second.hash)
    assert audit.verify() == Head(tenant="default", seq=3, hash=third.hash)


def test_each_tenant_has_a_chain_of_its_own() -> None:
    chain("one")
    audit.record(Entry(action="x", object_id="b"), tenant="other")
    assert audit.verify("default").seq == audit.verify("other").seq == 1
    assert audit.verify("nobody") == Head(tenant="nobody", seq=0, hash=GENESIS)


def test_nothing_is_recorded_outside_a_transaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = SimpleNamespace(in_atomic_block=False)
    monkeypatch.setattr(transaction, "get_connection", lambda: outside)
    with pytest.raises(transaction.TransactionManagementError):
        chain("one")


def test_the_hash_covers_every_column_but_the_technical_ones() -> None:
    (row,) = chain("one")
    technical = {"id", "prev", "hash"}
    columns = {field.attname for field in AuditRow._meta.concrete_fields}
    assert {*audit.HASHED, "at"} == columns - technical
    assert len(row.hash) == 64
    assert audit.row_hash(AuditRow.objects.get()) == row.hash


@pytest.mark.parametrize("column", sorted({*audit.HASHED} - {"seq", "tenant"}))
def test_an_edited_column_is_found(desk: Desk, column: str) -> None:
    chain("one", "two", "three")
    value = desk.carol.pk if column.endswith("_id") and "actor" in column else "7"
    value = desk.carol.pk if column == "on_behalf_of_id" else value
    sql(f"UPDATE approvals_auditrow SET {column} = %s WHERE seq = 2", value)
    with pytest.raises(ChainBroken) as broken:
        audit.verify()
    assert broken.value.seq == 2


def test_a_moved_time_is_found() -> None:
    chain("one", "two")
    sql("UPDATE approvals_auditrow SET at = '2001-01-01 00:00:00' WHERE seq = 1")
    with pytest.raises(ChainBroken, match="1: its content was changed"):
        audit.verify()


def test_a_deleted_row_is_found_as_missing() -> None:
    chain("one", "two", "three")
    sql("DELETE FROM approvals_auditrow WHERE seq = 2")
    with pytest.raises(ChainBroken, match="Audit row 2: it is missing"):
        audit.verify()


def test_rows_that_changed_places_are_found() -> None:
    chain("one", "two", "three")
    for before, after in ((2, 99), (3, 2), (99, 3)):
        sql("UPDATE approvals_auditrow SET seq = %s WHERE seq = %s", after, before)
    with pytest.raises(ChainBroken) as broken:
        audit.verify()
    assert broken.value.seq == 2


def test_an_edited_row_with_a_fitting_hash_breaks_the_next_link() -> None:
    chain("one", "two")
    row = AuditRow.objects.get(seq=1)
    row.outcome = "forged"
    sql(
        "UPDATE approvals_auditrow SET outcome = 'forged', hash = %s WHERE seq = 1",
        audit.row_hash(row),
    )
    with pytest.raises(ChainBroken, match="2: it does not follow"):
        audit.verify()


def test_a_row_slipped_in_beyond_the_head_is_found() -> None:
    (last,) = chain("one")
    forged = AuditRow(
        tenant="default", seq=2, at=last.at, action="decided", prev=last.hash
    )
    forged.object_type, forged.object_id, forged.channel = "approval", "a", "page"
    forged.hash = audit.row_hash(forged)
    AuditRow.objects.bulk_create([forged])
    with pytest.raises(ChainBroken, match="2: it lies beyond the head"):
        audit.verify()


def test_a_cut_tail_is_found_by_the_head_that_names_it() -> None:
    chain("one", "two")
    sql("DELETE FROM approvals_auditrow WHERE seq = 2")
    with pytest.raises(ChainBroken, match="2: it was there and is gone"):
        audit.verify()


def test_a_cut_tail_with_a_forged_head_is_found_against_an_exported_head() -> None:
    first, second = chain("one", "two")
    exported = audit.head_of()
    sql("DELETE FROM approvals_auditrow WHERE seq = 2")
    AuditHead.objects.update(seq=1, hash=first.hash)
    assert audit.verify().seq == 1
    with pytest.raises(ChainBroken, match="2: it was there and is gone"):
        audit.verify(against=[exported])
    (other,) = chain("another end")
    assert other.seq == second.seq
    with pytest.raises(ChainBroken, match="2: it is not the row that the head names"):
        audit.verify(against=[exported])


def test_a_head_that_moved_meanwhile_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain("one")
    truth = audit._head
    stale = [(audit.Head(tenant="default", seq=0, hash=GENESIS), truth("default")[1])]
    monkeypatch.setattr(
        audit, "_head", lambda tenant: stale.pop() if stale else truth(tenant)
    )
    (row,) = chain("two")
    assert row.seq == 2
    assert audit.verify().seq == 2


def test_without_the_compare_and_set_a_stale_head_would_fork_and_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain("one")
    stale = (
        audit.Head(tenant="default", seq=0, hash=GENESIS),
        audit._head("default")[1],
    )
    monkeypatch.setattr(audit, "_head", lambda tenant: stale)
    with pytest.raises(audit.AuditContention):
        chain("two")
    assert AuditRow.objects.count() == 1


# What the database refuses


def change(model: type[Model]) -> Callable[[], int]:
    return lambda: model._default_manager.update(channel="page")


def remove(model: type[Model]) -> Callable[[], object]:
    return lambda: model._default_manager.all().delete()


@pytest.mark.parametrize("model", [AuditRow, Decision])
@pytest.mark.parametrize("attempt", [change, remove])
def test_the_database_refuses_to_change_what_is_append_only(
    desk: Desk,
    model: type[Model],
    attempt: Callable[[type[Model]], Callable[[], object]],
) -> None:
    desk.answer(desk.ask(), desk.alice)
    with (
        pytest.raises(IntegrityError, match="is append-only"),
        transaction.atomic(),
    ):
        attempt(model)()
    assert model._default_manager.count() == 1


def test_all_triggers_are_there_after_all_migrations() -> None:
    assert triggers.installed(connection) == set(triggers.NAMES)


def test_a_decision_goes_only_with_its_run(desk: Desk) -> None:
    desk.answer(desk.ask(), desk.alice)
    Approval.objects.update(purged=True)
    Decision.objects.all().delete()
    assert not Decision.objects.exists()


# The command


def verify(**options: Any) -> str:
    out = StringIO()
    call_command("audit_verify", stdout=out, **options)
    return out.getvalue()


def test_the_command_says_that_the_chain_holds_and_exports_its_head(
    tmp_path: Path,
) -> None:
    path = tmp_path / "heads"
    chain("one")
    assert "holds: 1 rows" in verify(export_head=path)
    chain("two")
    assert "1 exported heads agree" in verify(export_head=path, against=path)
    heads = [json.loads(line) for line in path.read_text().splitlines()]
    assert [head["seq"] for head in heads] == [1, 2]


def test_the_command_fails_and_names_the_first_broken_row() -> None:
    chain("one", "two", "three")
    sql("UPDATE approvals_auditrow SET outcome = 'x' WHERE seq > 1")
    with pytest.raises(CommandError, match="Audit row 2: its content was changed"):
        verify()


@pytest.mark.parametrize("content", ["no json", '{"seq": 1}', "[1]"])
def test_the_command_names_a_file_without_heads(tmp_path: Path, content: str) -> None:
    path = tmp_path / "heads"
    path.write_text(content)
    with pytest.raises(CommandError, match="holds no exported heads"):
        verify(against=path)
    with pytest.raises(CommandError, match="holds no exported heads"):
        verify(against=tmp_path / "missing")


def test_who_acts_is_named_for_what_the_engine_does_on_their_word(desk: Desk) -> None:
    approval = desk.ask()
    with audit.acting(desk.ines, Channel.ADMIN, address="192.0.2.9"):
        desk.run_of(approval).cancel()
    row = AuditRow.objects.get()
    assert (row.actor, row.channel, row.address) == (desk.ines, "admin", "192.0.2.9")
    assert audit.verify().seq == 1
    assert audit.who_acts() == audit.Acting()
