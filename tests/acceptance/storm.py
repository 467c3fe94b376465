"""A program of its own: many people answer the same open questions at once.

    python -m tests.acceptance.storm ask 100 16      questions, people
    python -m tests.acceptance.storm answer 16 1     a process for each person, and
                                                     for each who cancels the runs
    python -m tests.acceptance.storm finish          executes what the answers began

Each prints one line of JSON. The database is that of the environment.
"""

import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from pydantic import BaseModel

django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.utils import timezone  # noqa: E402

from approvals import approval_policy, audit, decisions, inbox  # noqa: E402
from approvals.errors import AlreadyDecided, RunMovedOn  # noqa: E402
from approvals.models import Approval, AuditRow, Decision  # noqa: E402
from approvals.statuses import Channel  # noqa: E402
from workflows import StepContext, Suspended, Workflow, get_run, step  # noqa: E402
from workflows.models import Event, Run, Suspension  # noqa: E402
from workflows.testing import run_until_idle  # noqa: E402

CHANNELS = (Channel.PAGE, Channel.REST, Channel.BULK, Channel.COMMAND)
TOGETHER_SECONDS = 60


class Answer(BaseModel):
    approved: bool
    comment: str


@approval_policy(groups=["judges"], due_in=timedelta(days=1))
@step(resume_schema=Answer)
def ask(number: int, ctx: StepContext[int, Answer]) -> str | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend({"title": f"Question {number}"})
    return ctx.resume_data.comment


@step
def carry_on(comment: str) -> str:
    return comment


workflow = Workflow("storm", input_schema=int).then(ask).then(carry_on).commit()


def open_questions(questions: int, people: int) -> dict[str, Any]:
    """Start a run for each question and make the people who may answer."""
    judges = Group.objects.create(name="judges")
    for number in range(people):
        User.objects.create(username=f"judge-{number}").groups.add(judges)
    for number in range(questions):
        workflow.create_run().start(number)
    return {"open": Suspension.objects.filter(status="open").count()}


def answer_all(people: int, cancelers: int = 0) -> dict[str, Any]:
    """Everybody answers everything, each in a process, all from the same moment on."""
    # Forked before any connection or thread exists, so nothing is shared.
    processes = multiprocessing.get_context("fork")
    everybody = people + cancelers
    together = processes.Barrier(everybody)
    with processes.Pool(everybody, _meet, (together,)) as pool:
        answers = pool.map_async(_answer_as, range(people), chunksize=1)
        cancels = pool.map_async(_cancel_as, range(cancelers), chunksize=1)
        outcomes = [*answers.get(), *cancels.get()]
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome)
    return dict(total)


_together: Any = None


def _meet(together: Any) -> None:
    global _together
    _together = together


def _answer_as(number: int) -> Counter[str]:
    judge = User.objects.get(username=f"judge-{number}")
    approvals = list(inbox.waiting_for(judge).select_related("suspension__run"))
    for _all_have_looked_and_one_is_canceled in range(2):
        _together.wait(TOGETHER_SECONDS)
    return Counter(_answered(approval, judge, number) for approval in approvals)


def _cancel_as(number: int) -> Counter[str]:
    """Cancel all the runs from the other end, to meet the answers midway.

    The first before anybody answers: a busy machine may let no other one through.
    """
    judge = User.objects.get(username=f"judge-{number}")
    runs = list(Run.objects.order_by("-created_at").values_list("pk", flat=True))
    _together.wait(TOGETHER_SECONDS)
    with audit.acting(judge, Channel.PAGE):
        get_run(runs[0]).cancel()
        _together.wait(TOGETHER_SECONDS)
        for run_id in runs[1:]:
            get_run(run_id).cancel()
    return Counter()


def _answered(approval: Approval, judge: User, number: int) -> str:
    try:
        decisions.decide(
            approval_id=approval.pk,
            decided_by=judge,
            data={"approved": number % 2 == 0, "comment": judge.username},
            digest=approval.digest,
            version=approval.version,
            channel=CHANNELS[number % len(CHANNELS)],
            now=timezone.now(),
        )
    except AlreadyDecided as lost:
        winner = Decision.objects.get(approval=approval.pk).decided_by.username
        return "lost" if lost.winner == winner else "lost to nobody"
    except RunMovedOn:
        status = Approval.objects.get(pk=approval.pk).status
        return f"run moved on, {status}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "won"


def finish() -> dict[str, Any]:
    """Execute what was answered; what the whole storm left behind."""
    run_until_idle(timeout=120)
    events = Event.objects
    results = {run.pk: run.result_value for run in Run.objects.all()}
    said = {vote.approval.run_id: vote.decided_by for vote in Decision.objects.all()}
    return {
        "decisions": Decision.objects.count(),
        "audit rows": AuditRow.objects.count(),
        "chain": audit.verify().seq,
        "resumed": events.filter(type="workflow-step-resumed").count(),
        "continued": events.filter(type="workflow-step-start", path="carry-on").count(),
        "finished": Run.objects.filter(status="success").count(),
        "heard the winner": sum(
            results[run_id] == judge.username for run_id, judge in said.items()
        ),
        "open": Approval.objects.open().count(),
        "withdrawn": Approval.objects.filter(status="withdrawn").count(),
        "canceled by somebody": AuditRow.objects.filter(
            action="canceled", actor__isnull=False
        ).count(),
        "audited as decided": sum(
            AuditRow.objects.filter(
                object_id=vote.approval_id,
                actor=vote.decided_by,
                outcome=vote.verdict,
                channel=vote.channel,
            ).count()
            for vote in Decision.objects.all()
        ),
    }


ROLES: dict[str, Callable[..., dict[str, Any]]] = {
    "ask": open_questions,
    "answer": answer_all,
    "finish": finish,
}

if __name__ == "__main__":
    role, *numbers = sys.argv[1:]
    print(json.dumps(ROLES[role](*map(int, numbers))))
