"""Workflows that several processes execute, and what each is told to do with them.

Their steps leave effects. A step whose name has a gate is held there; one whose name
begins with "ask" suspends until it is answered.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, TypeAlias

import django
from django.apps import apps

if not apps.ready:  # a process that was started for this module
    django.setup()

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connections

from tests.acceptance.effects import PAUSE, Effects
from workflows import (
    Step,
    Workflow,
    get_run,
    process,
    registry,
)
from workflows.errors import WorkflowError
from workflows.worker import Worker

Context: TypeAlias = Any  # a StepContext
Deed: TypeAlias = Callable[..., Any]
_effects: list[Effects] = []


def use(effects: Effects) -> None:
    """Where this process's steps leave their effects from now on."""
    _effects[:] = [effects]


def here() -> Effects:
    return _effects[0]


# The steps


def quick(name: str) -> Step:
    async def execute(given: Any, ctx: Context) -> Any:
        here().note(name, ctx.idempotency_key)
        return name

    return Step(name, execute)


def ask(name: str) -> Step:
    async def execute(given: Any, ctx: Context) -> Any:
        if not ctx.resumed:
            here().note(f"{name} asked", ctx.idempotency_key)
            return ctx.suspend({"question": name})
        here().note(name, ctx.idempotency_key)
        return ctx.resume_data

    return Step(name, execute)


def slow(name: str) -> Step:
    """An async step that is held at its gate, and stops when its run is canceled."""

    async def execute(given: Any, ctx: Context) -> Any:
        here().note(name, ctx.idempotency_key)
        while not here().is_open(name):
            if ctx.abort_signal.aborted:
                here().note(f"{name} aborted", ctx.idempotency_key)
                return "aborted"
            await asyncio.sleep(PAUSE)
        here().note(f"{name} done", ctx.idempotency_key)
        return name

    return Step(name, execute)


def slow_each_time(name: str) -> Step:
    """A step whose nth execution is held at the nth of its gates."""

    async def execute(given: Any, ctx: Context) -> Any:
        gate = f"{name}-{here().times()[name] + 1}"
        here().note(name, ctx.idempotency_key)
        while not here().is_open(gate):
            await asyncio.sleep(PAUSE)
        return name

    return Step(name, execute)


def late_ask(name: str) -> Step:
    """A step that is held at its gate before it suspends."""

    def execute(given: Any, ctx: Context) -> Any:
        here().note(name, ctx.idempotency_key)
        here().wait_at(name)
        here().note(f"{name} done", ctx.idempotency_key)
        return ctx.resume_data if ctx.resumed else ctx.suspend({"question": name})

    return Step(name, execute)


def stubborn(name: str) -> Step:
    """A sync step that is held at its gate and hears of no cancel."""

    def execute(given: Any, ctx: Context) -> Any:
        here().note(name, ctx.idempotency_key)
        here().wait_at(name)
        here().note(f"{name} done", ctx.idempotency_key)
        return name

    return Step(name, execute)


def _item(given: str, ctx: Context) -> Any:
    """An item of a foreach does what its name says."""
    if given.startswith("ask") and not ctx.resumed:
        here().note(f"{given} asked", ctx.idempotency_key)
        return ctx.suspend({"question": given})
    here().note(given, ctx.idempotency_key)
    if given.startswith("slow"):
        here().wait_at("slow")
    return ctx.resume_data if ctx.resumed else given


def _pay(given: Any, ctx: Context) -> Any:
    here().note("pay", ctx.idempotency_key)
    Group.objects.create(name=f"paid {len(here().all())}")
    here().wait_at("pay")
    return "paid"


def _talk(given: Any, ctx: Context) -> Any:
    for word in range(20):
        ctx.write({"word": word})
        if word == 10:
            here().wait_at("first word")
    return "said"


# The workflows


def beside(id: str) -> Workflow:
    """Three questions beside a slow and a quick step."""
    members = [ask("ask-a"), slow("slow"), ask("ask-b"), quick("quick"), ask("ask-c")]
    return Workflow(id).parallel(members).then(quick("joined")).commit(register=False)


def rounds(id: str) -> Workflow:
    """Two rounds of two rounds; the slow step of each is held at a gate of its own."""
    body = Workflow("body").then(quick("count")).then(slow_each_time("slow"))
    inner = Workflow("inner").dountil(
        body.commit(register=False), lambda ctx: ctx.iteration_count == 2
    )
    return (
        Workflow(id)
        .dountil(inner.commit(register=False), lambda ctx: ctx.iteration_count == 2)
        .then(quick("last"))
        .commit(register=False)
    )


BESIDE = beside("beside")
NESTED = (
    Workflow("nested")
    .then(
        Workflow("middle")
        .parallel([beside("child"), quick("other")])
        .commit(register=False)
    )
    .then(quick("last"))
    .commit(register=False)
)
BATCHES = (
    Workflow("batches", input_schema=list[str])
    .foreach(Step("item", _item), concurrency=4)
    .then(quick("last"))
    .commit(register=False)
)
NESTED_BATCHES = (
    Workflow("nested-batches", input_schema=list[str])
    .foreach(
        Workflow("each", input_schema=str)
        .then(Step("item", _item))
        .then(quick("after"))
        .commit(register=False),
        concurrency=4,
    )
    .then(quick("last"))
    .commit(register=False)
)
ROUNDS = rounds("rounds")
PAYMENT = (
    Workflow("payment")
    .then(quick("before"))
    .then(Step("pay", _pay, transaction=True))
    .then(slow("slow"))
    .commit(register=False)
)
LINE = (
    Workflow("line")
    .then(quick("first"))
    .then(slow("slow"))
    .then(quick("last"))
    .commit(register=False)
)
LATE_QUESTION = Workflow("late-question").then(late_ask("slow")).commit(register=False)
QUESTION = (
    Workflow("question").then(ask("ask")).then(quick("last")).commit(register=False)
)
STUBBORN = (
    Workflow("stubborn")
    .parallel([slow("slow"), stubborn("stubborn")])
    .then(quick("last"))
    .commit(register=False)
)
TALK = (
    Workflow("talk")
    .then(Step("talk", _talk))
    .then(ask("ask"))
    .then(slow("slow"))
    .then(quick("last"))
    .commit(register=False)
)


def install() -> None:
    """Register them all."""
    for workflow in (
        *(BESIDE, NESTED, BATCHES, NESTED_BATCHES, ROUNDS),
        *(PAYMENT, LINE, QUESTION, LATE_QUESTION, STUBBORN, TALK),
    ):
        registry.register(workflow)


# What another process is told to do


def start(run_id: str, given: Any = None) -> str:
    return str(get_run(run_id).start({} if given is None else given).status)


def resume(run_id: str, answer: Any, address: dict[str, Any]) -> str:
    return str(get_run(run_id).resume(answer, **address).status)


def restart(run_id: str) -> str:
    return str(get_run(run_id).restart().status)


def cancel(run_id: str) -> str:
    return str(get_run(run_id).cancel())


def work() -> None:
    """Be a worker until the end of the process."""

    async def run() -> None:
        await Worker(await process.engine()).run()

    asyncio.run(run())


def one_by_one(meet: Callable[[], Any], deed: Deed, run_ids: list[str]) -> list[str]:
    """Do it to each run at the same moment as somebody else; what came of each."""
    outcomes = []
    for run_id in run_ids:
        meet()
        try:
            outcomes.append(deed(run_id))
        except WorkflowError as error:
            outcomes.append(type(error).__name__)
    return outcomes


def answer_ask(run_id: str) -> str:
    return resume(run_id, "yes", {"step": "ask"})


def only_answer_ask(run_id: str) -> str:
    """Answer and execute nothing, so that the run is not over for the next who asks."""
    resume(run_id, "yes", {"step": "ask", "wait": False})
    return "answered"


def step_in(
    database: str, effects: Effects, changes: dict[str, Any], host: str
) -> None:
    """Make a process that was just started one that takes part in a test."""
    connections.settings["default"]["NAME"] = database
    settings.WORKFLOWS = {**settings.WORKFLOWS, **changes}
    if host:
        socket.gethostname = lambda: host
    use(effects)
    install()
