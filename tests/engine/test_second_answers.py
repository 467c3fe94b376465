"""A second answer by label, and ids of suspensions that belong to other runs."""

import pytest

from workflows import (
    AlreadyResumed,
    Run,
    StepContext,
    StepNotSuspended,
    Suspended,
    Workflow,
    step,
)

pytestmark = pytest.mark.django_db(transaction=True)


@step
def first(given: int, ctx: StepContext[int, int]) -> int | Suspended:
    return given if ctx.resumed else ctx.suspend(resume_label="one")


@step
def second(given: int, ctx: StepContext[int, int]) -> int | Suspended:
    return given if ctx.resumed else ctx.suspend(resume_label="two")


def suspended() -> Run:
    flow = Workflow("second-answers").then(first).then(second).commit(register=False)
    run = flow.create_run()
    run.start(1)
    return run


def test_a_label_that_was_answered_says_so() -> None:
    run = suspended()
    run.resume(1, label="one")
    with pytest.raises(AlreadyResumed):
        run.resume(1, label="one")
    assert run.resume(1, label="two").status == "success"


def test_the_id_of_a_suspension_answered_in_another_run_names_nothing_here() -> None:
    other = suspended()
    answered = other.state().suspended_steps()[0].suspension_id
    other.resume(1)
    with pytest.raises(StepNotSuspended):
        suspended().resume(1, suspension_id=answered)
    with pytest.raises(AlreadyResumed):
        other.resume(1, suspension_id=answered)
