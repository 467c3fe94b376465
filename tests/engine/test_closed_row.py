"""A suspension whose row is closed while the journal still calls it open."""

import pytest

from workflows import AlreadyResumed, StepContext, Suspended, Workflow, step
from workflows.models import Suspension
from workflows.statuses import SuspensionStatus


@step
def ask(given: int, ctx: StepContext[int, int]) -> int | Suspended:
    return given if ctx.resumed else ctx.suspend()


@pytest.mark.django_db(transaction=True)
def test_an_answer_to_a_row_closed_by_hand_is_refused_and_ends() -> None:
    run = Workflow("closed-by-hand").then(ask).commit(register=False).create_run()
    run.start(1)
    row = Suspension.objects.get(run_id=run.id)
    Suspension.objects.filter(pk=row.pk).update(
        status=SuspensionStatus.WITHDRAWN, closed_at=row.opened_at
    )
    with pytest.raises(AlreadyResumed):
        run.resume(2)
    assert run.refresh().suspended == [["ask"]]
