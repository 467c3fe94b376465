"""A program of its own: people at work, until the power is cut.

    python -m tests.durability.power_work 40 FULL /below/acknowledged

So many runs are started, asked about and decided, four at a time. What was
acknowledged is written down, a line each, at once. The database is the environment's.
"""

import os
import sys
import time

import django
from pydantic import BaseModel

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.utils import timezone  # noqa: E402

from approvals import approval_policy, decisions  # noqa: E402
from approvals.models import Approval  # noqa: E402
from approvals.statuses import Channel  # noqa: E402
from tests.threads import in_threads  # noqa: E402
from workflows import StepContext, Suspended, Workflow, step, worker  # noqa: E402


class Answer(BaseModel):
    approved: bool


@approval_policy(groups=["judges"])
@step(resume_schema=Answer)
def ask(number: int, ctx: StepContext[int, Answer]) -> int | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend({"title": f"Question {number}"})
    return number


@step
def carry_on(number: int) -> str:
    return "x" * number * 20


workflow = Workflow("power", input_schema=int).then(ask).then(carry_on).commit()


def main(runs: int, synchronous: str, acknowledged: str) -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    options["init_command"] = options["init_command"].replace(
        "synchronous=FULL", f"synchronous={synchronous}"
    )
    judge = User.objects.create(username="judge")
    judge.groups.add(Group.objects.create(name="judges"))
    sheet = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def acknowledge(what: str, run_id: str) -> None:
        os.write(sheet, f"{what} {run_id}\n".encode())

    def errand(number: int) -> None:
        run = workflow.create_run(run_id=f"run-{number}")
        run.start(number)
        acknowledge("asked", run.id)
        approval = Approval.objects.get(run=run.id)
        decisions.decide(
            approval_id=approval.pk,
            decided_by=judge,
            data={"approved": True},
            digest=approval.digest,
            version=approval.version,
            channel=Channel.PAGE,
            now=timezone.now(),
        )
        acknowledge("decided", run.id)
        while run.refresh().status != "success":
            time.sleep(0.02)
        acknowledge("finished", run.id)

    background = worker.start_in_background()
    in_threads(errand, range(runs), at_once=4)
    background.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
