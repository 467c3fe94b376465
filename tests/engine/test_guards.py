"""Each guard by itself: what it refuses, seen with the other guards standing by.

``docs/decisions`` lists the guards with the tests that go red without them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import BaseModel
from pytest_django import Settings

from tests.engine.journals import (
    Overtaken,
    begins,
    die_in,
    ends,
    execute,
    first,
    over,
)
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    again,
    asks,
    background,
    eventually,
    expire_lease,
    journal,
    on_engine,
    settled,
    started,
    stored,
)
from workflows import (
    Run,
    Workflow,
    control,
    holder,
    loading,
    models,
    projection,
    recorder,
    run_rows,
    store,
)
from workflows.draft import Draft
from workflows.errors import DefinitionChanged, RunIsRunning, SchemaMismatch
from workflows.events import EventType
from workflows.json_gate import JSONObject
from workflows.process import process
from workflows.runner import Engine
from workflows.steps import Threads
from workflows.store import Append, Conflict

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
ANOTHER = "another-host|boot|namespace|1|1|a1b2c3d4"


class Approved(BaseModel):
    approved: bool


def rows(run: Run) -> list[Any]:
    """All that is stored of the run."""
    events = models.Event.objects.filter(run=run.id).values_list("seq", "type", "data")
    return [*events, models.Run.objects.filter(pk=run.id).values().get()]


def cancel_of(run: Run) -> Append:
    """An append that was decided on what is stored now."""
    loaded = loading.load(run.id)
    draft = Draft(loaded.fold, timezone.now(), loaded.values)
    draft.emit(EventType.CANCELED)
    return projection.change_of(run.id, draft)


def answer_of(run: Run) -> Append:
    """An append that answers the run's only question."""
    loaded = loading.load(run.id)
    [(address, visit)] = loaded.fold.suspensions().items()
    draft = Draft(loaded.fold, timezone.now(), loaded.values)
    data: JSONObject = {"suspension": visit.suspension, "resume_data": "late"}
    draft.emit(EventType.STEP_RESUMED, address, data)
    return control.change_for(loaded.run, draft, take=False)


def question(calls: Calls, **options: Any) -> Run:
    """A run that waits for an answer."""
    flow = Workflow("flow").then(calls.step("ask", asks(), **options)).commit()
    return started(flow)[0]


def append(change: Append) -> bool:
    with transaction.atomic():
        return store.append(change)


# The journal


def test_who_appends_behind_an_old_head_has_lost(calls: Calls) -> None:
    run = question(calls)
    one, another = answer_of(run), cancel_of(run)
    assert append(one)
    before = rows(run)
    assert not append(another)
    assert rows(run) == before


def test_a_number_is_given_to_one_event_even_if_the_head_is_wrong(calls: Calls) -> None:
    run = question(calls)
    models.Run.objects.filter(pk=run.id).update(head=stored(run).head - 1)
    before, late = rows(run), cancel_of(run)
    late.expected -= 1
    late.events = [replace(event, seq=event.seq - 1) for event in late.events]
    with pytest.raises(IntegrityError):
        append(late)
    assert rows(run) == before


def test_a_question_that_is_not_open_takes_no_answer(calls: Calls) -> None:
    run = question(calls)
    now = timezone.now()
    closed = {"status": "expired", "closed_at": now, "closed_seq": stored(run).head}
    models.Suspension.objects.filter(run=run.id).update(**closed)
    before, late = rows(run), answer_of(run)
    with pytest.raises(Conflict):
        append(late)
    assert rows(run) == before
    assert models.Suspension.objects.get(run=run.id).status == "expired"


# The lease


def test_who_lost_the_run_to_a_newer_claim_writes_nothing_more(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", 2)).commit()
    run = flow.create_run()
    claims = [0]
    rival = partial(takes_over, run, flow, claims)
    on_engine(execute(run, flow, over(lambda real: Overtaken(real, ends("a"), rival))))
    assert [stored(run).head] == claims[1:]
    assert calls == {"a": 1}


async def takes_over(run: Run, flow: Workflow, claims: list[int]) -> None:
    """Another executor claims the run, because its lease has run out."""
    await process.engine.journal.call(expire_lease, run)
    loaded = await control.claim(process.engine.journal, run.id, flow)
    assert loaded is not None
    claims.append(loaded.fold.seq)


def test_a_lease_renewed_at_the_last_moment_is_not_taken(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    run, _ = die_in(flow, begins("a"))
    held = models.Run.objects.filter(pk=run.id)
    held.update(lease_owner=ANOTHER)
    until = timezone.now() + MINUTE

    async def renews() -> None:
        await process.engine.journal.call(run_rows.renew, [run.id], ANOTHER, until)

    engine = over(lambda real: Overtaken(real, first, renews))
    assert on_engine(control.claim(engine.journal, run.id, flow)) is None
    assert (stored(run).lease_owner, stored(run).lease_expires_at) == (ANOTHER, until)


def test_a_run_is_not_taken_from_somebody_who_may_live(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    run, _ = die_in(flow, begins("a"))
    alive = {"lease_owner": ANOTHER, "lease_expires_at": timezone.now() + MINUTE}
    models.Run.objects.filter(pk=run.id).update(**alive)
    before = rows(run)
    # Without the guard the store refuses it again and again: it would ask for ever.
    with pytest.raises(RunIsRunning):
        on_engine(asyncio.wait_for(run.arestart(), 1))
    assert rows(run) == before
    models.Run.objects.filter(pk=run.id).update(due_at=timezone.now())
    assert on_engine(control.claim(process.engine.journal, run.id, flow)) is None


def test_nobody_renews_a_lease_that_another_one_holds(calls: Calls) -> None:
    run, _ = die_in(Workflow("flow").then(calls.step("a", 1)).commit(), begins("a"))
    models.Run.objects.filter(pk=run.id).update(lease_owner=ANOTHER)
    before = stored(run).lease_expires_at
    run_rows.renew([run.id], holder.current(), timezone.now() + MINUTE)
    assert stored(run).lease_expires_at == before


def test_only_what_is_executed_is_renewed(calls: Calls, settings: Settings) -> None:
    settings.WORKFLOWS = {**settings.WORKFLOWS, "HEARTBEAT": 0.05}
    gate = Gate()
    dropped, _ = die_in(Workflow("old").then(calls.step("a", 1)).commit(), begins("a"))
    flow = Workflow("flow").then(calls.step("held", gate.body("done"))).commit()
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()
    began, left = stored(run).lease_expires_at, stored(dropped).lease_expires_at
    assert began is not None
    eventually(lambda: stored(run).lease_expires_at != began)
    assert stored(dropped).lease_expires_at == left
    gate.open()
    assert settled(executing).status == "success"


# Visits


def test_a_late_outcome_of_an_earlier_round_is_not_taken_for_this_one(
    calls: Calls,
) -> None:
    gates = [Gate(), Gate()]

    def held(_: Context) -> str:
        round = calls["slow"] - 1
        gates[round].hold_thread()
        return ["early", "late"][round]

    def bails_once(ctx: Context) -> Any:
        round = calls["other"] - 1
        gates[round].reached()
        return "other" if round else ctx.bail("again")

    members = [calls.sync_step("slow", held), calls.sync_step("other", bails_once)]
    body = Workflow("body").parallel(members).commit()
    flow = Workflow("flow").dountil(body, lambda ctx: ctx.iteration_count == 2).commit()
    run = flow.create_run()
    executing = background(run.astart({}))
    eventually(lambda: ("workflow-step-result", "body.other") in journal(run)[-3:])
    gates[0].open()
    time.sleep(0.2)
    gates[1].open()
    assert settled(executing).result == {"slow": "late", "other": "other"}


def test_a_late_outcome_of_an_earlier_generation_is_not_taken_for_this_one(
    calls: Calls,
) -> None:
    gate = Gate()

    async def body(ctx: Context) -> str:
        if calls["a"] > 1:
            return "new"
        await gate.hold(ctx)
        return "old"

    run = Workflow("flow").then(calls.step("a", body)).commit().create_run()
    late = background(run.astart({}))
    gate.reached()
    expire_lease(run)
    again(run).time_travel("a", wait=False)
    gate.open()
    assert settled(late).result == "new"


def test_an_outcome_belongs_to_one_attempt_of_one_visit(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    run, _ = die_in(flow, begins("a"))
    loaded = loading.load(run.id)
    draft = Draft(loaded.fold, timezone.now(), loaded.values)
    [work] = recorder.advance(flow, draft).work
    assert recorder.still_wanted(draft, work)
    for other in (replace(work.key, visit=1), replace(work.key, attempt=1)):
        assert not recorder.still_wanted(draft, replace(work, key=other))


class Delayed:
    """Threads that come to the first call only after a rival has acted."""

    def __init__(self, inner: Threads, rival: Callable[[], Awaitable[Any]]) -> None:
        self._inner = inner
        self._rival: Callable[[], Awaitable[Any]] | None = rival

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        if self._rival:
            rival, self._rival = self._rival, None
            await rival()
        return await self._inner.call(function, *args)

    def apart(self) -> AbstractAsyncContextManager[None]:
        return self._inner.apart()


def test_what_a_step_wrote_in_a_transaction_under_an_old_claim_is_undone(
    calls: Calls,
) -> None:
    def pays(_: Context) -> str:
        Group.objects.create(name="paid")
        return "paid"

    step = calls.sync_step("pay", pays, transaction=True)
    flow = Workflow("flow").then(step).commit()
    run = flow.create_run()
    engine, claims = process.engine, [0]
    threads = Delayed(engine.threads, partial(takes_over, run, flow, claims))
    settled(background(execute(run, flow, Engine(engine.journal, threads))))
    assert calls == {"pay": 1}
    assert not Group.objects.exists()
    assert [stored(run).head] == claims[1:]


def test_what_a_step_wrote_in_a_transaction_nobody_waits_for_is_undone(
    calls: Calls, settings: Settings
) -> None:
    settings.WORKFLOWS = {**settings.WORKFLOWS, "CANCEL_GRACE": 5}
    gate = Gate()

    def pays(_: Context) -> str:
        Group.objects.create(name="paid")
        return "paid"

    pay = calls.sync_step("pay", pays, transaction=True)
    bails = calls.step("bails", lambda ctx: ctx.bail("out"))
    body = Workflow("body").parallel([pay, bails]).commit()
    flow = Workflow("flow").parallel([body, calls.step("held", gate.body("done"))])
    run = flow.commit().create_run()

    async def has_bailed() -> None:
        while await process.engine.journal.call(is_awaited, run, "body"):
            await asyncio.sleep(0.005)

    engine = process.engine
    late = Engine(engine.journal, Delayed(engine.threads, has_bailed))
    executing = background(execute(run, flow, late))
    eventually(lambda: calls["pay"])
    gate.open()
    settled(executing)
    assert run.refresh().result == {"body": "out", "held": "done"}
    assert not Group.objects.exists()


def is_awaited(run: Run, step: str) -> bool:
    """Whether a step's result is not stored yet."""
    results = models.Event.objects.filter(run=run.id, type="workflow-step-result")
    return not results.filter(path=step).exists()


# Answers and definitions


def test_an_answer_that_is_not_valid_leaves_the_question_as_it_was(
    calls: Calls,
) -> None:
    run = question(calls, resume_schema=Approved)
    before = rows(run)
    with pytest.raises(SchemaMismatch):
        run.resume({"approved": "perhaps"})
    assert rows(run) == before
    assert models.Suspension.objects.get(run=run.id).status == "open"
    assert run.resume({"approved": True}).status == "success"


def changed(calls: Calls) -> Workflow:
    """The workflow as somebody installed it since: its first step is another one."""
    return Workflow("flow").then(calls.step("new", asks())).commit(register=False)


def test_a_question_of_a_changed_workflow_is_not_answered(calls: Calls) -> None:
    run = question(calls)
    events = rows(run)[:-1]
    run._workflow = changed(calls)
    with pytest.raises(DefinitionChanged):
        run.resume("yes")
    assert rows(run)[:-1] == events
    assert "ask" in stored(run).attention


def test_a_due_run_of_a_changed_workflow_is_not_taken(calls: Calls) -> None:
    run = question(calls)
    run.resume("yes", wait=False)
    events = rows(run)[:-1]
    assert (
        on_engine(control.claim(process.engine.journal, run.id, changed(calls))) is None
    )
    assert rows(run)[:-1] == events
    assert "ask" in stored(run).attention
    assert calls == {"ask": 1}
