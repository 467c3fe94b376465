"""Our engine on the same job: start, suspend, resume by id, success."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

from pydantic import BaseModel

from approvals import approval_policy
from workflows import StepContext, Suspended, Workflow, step


class Request(BaseModel):
    request_id: str
    amount: int


class Question(BaseModel):
    reason: str
    amount: int


class Answer(BaseModel):
    approved: bool
    comment: str = ""


@step
async def prepare(request: Request) -> Request:
    return Request(request_id=request.request_id, amount=request.amount * 2)


@step(suspend_schema=Question, resume_schema=Answer)
async def ask(
    request: Request, ctx: StepContext[Request, Answer]
) -> Request | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend(Question(reason="approval", amount=request.amount))
    return request


@step
async def finish(request: Request) -> dict[str, str]:
    return {"request_id": request.request_id, "status": "approved"}


approval = Workflow("bench-approval", input_schema=Request)
approval.then(prepare).then(ask).then(finish).commit()

# The same with a person to answer, whom ``crowd`` asks a hundred thousand times.
named_ask = approval_policy(users=["bench"])(ask.clone(id="named-ask"))
crowded = Workflow("bench-crowd", input_schema=Request)
crowded.then(named_ask).then(finish).commit()

# And with a group, as the inbox page shows it.
group_ask = approval_policy(groups=["bench-reviewers"], priority="high")(
    ask.clone(id="group-ask")
)
asked_of_many = Workflow("bench-page", input_schema=Request)
asked_of_many.then(group_ask).then(finish).commit()


@step
async def weigh(request: Request) -> str:
    return "x" * request.amount


@step(suspend_schema=Question, resume_schema=Answer)
async def ask_about(text: str, ctx: StepContext[str, Answer]) -> int | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend(Question(reason="approval", amount=len(text)))
    return len(text)


heavy = Workflow("bench-heavy", input_schema=Request)
heavy.then(weigh).then(ask_about).commit()


async def answer_heavy(size: int) -> float:
    """Seconds to answer a step that was given ``size`` characters."""
    run = await heavy.acreate_run()
    asked = await run.astart({"request_id": "r-1", "amount": size})
    assert asked.status == "suspended", asked
    began = time.perf_counter()
    ended = await (await heavy.aget_run(run.id)).aresume(ANSWER)
    seconds = time.perf_counter() - began
    assert ended.result == size, ended
    return seconds


REQUEST = {"request_id": "r-1", "amount": 100}
ANSWER = {"approved": True, "comment": "ok"}


async def cycle() -> None:
    """One run from start to success, with its answer."""
    run = await approval.acreate_run()
    asked = await run.astart(REQUEST)
    assert asked.status == "suspended", asked
    again = await approval.aget_run(run.id)  # by its id, as another request would
    ended = await again.aresume(ANSWER, step="ask")
    assert ended.status == "success", ended


async def together(callers: int, each: int) -> None:
    """``callers`` coroutines of one process, each doing ``each`` cycles in turn."""

    async def one() -> None:
        for _ in range(each):
            await cycle()

    await asyncio.gather(*(one() for _ in range(callers)))


def chain(length: int) -> Workflow:
    """A workflow of ``length`` small steps that notes when each one ran."""
    flow = Workflow(f"bench-chain-{length}")
    for number in range(length):
        flow = flow.then(_noting(number))
    return flow.commit()


TIMES: list[float] = []


def _noting(number: int) -> Any:
    async def note(amount: int) -> int:
        TIMES.append(time.perf_counter())
        return amount + 1

    return step(id=f"step-{number}")(note)


async def steps(flow: Workflow) -> list[float]:
    """Seconds from each step to the next, each durable in between."""
    TIMES.clear()
    run = await flow.acreate_run()
    ended = await run.astart(0)
    assert ended.status == "success", ended
    return [b - a for a, b in itertools.pairwise(TIMES)]
