"""Of two separated steps of a run nobody decides both, whichever comes first."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from approvals import ApprovalPolicy, errors, inbox, reservations
from approvals.models import Approval, ApprovalExclusion
from approvals.policies import eligibility
from tests.approvals.conftest import Desk, Question
from tests.approvals.test_changes import resubmit, send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_duties import MANAGERS, OTHERS, answer, asking
from tests.approvals.test_undo import let_it_go_ahead
from workflows import Workflow
from workflows.testing import run_until_idle

WAITS = ApprovalPolicy(groups=["managers"], undo_window=60)


def both(first: ApprovalPolicy, second: ApprovalPolicy = OTHERS) -> list[Approval]:
    """Two approvals that wait at once; the second keeps out who decided the first."""
    steps = [asking("first", first), asking("second", second)]
    run = Workflow("both", input_schema=Question).parallel(steps).commit().create_run()
    run.start(Question(title="Pay?"))
    return [Approval.objects.get(step_path=path) for path in ("first", "second")]


def is_kept_out(user: User, approval: Approval) -> bool:
    """What the one function says, and what the list says."""
    kept_out = not eligibility(user, Approval.objects.get(pk=approval.pk)).may_decide
    assert kept_out != inbox.waiting_for(user).filter(pk=approval.pk).exists()
    return kept_out


def test_it_makes_no_difference_which_is_decided_first(desk: Desk) -> None:
    first, second = both(MANAGERS)
    answer(desk, second, desk.alice)
    assert is_kept_out(desk.alice, first)
    with pytest.raises(errors.NotYourDecision, match="You decided"):
        answer(desk, first, desk.alice)
    assert answer(desk, first, desk.bob).outcome == "approved"


def test_an_answer_that_may_be_taken_back_keeps_out_already(desk: Desk) -> None:
    first, second = both(WAITS)
    assert answer(desk, first, desk.alice).is_reserved
    with pytest.raises(errors.NotYourDecision, match="You decided"):
        answer(desk, second, desk.alice)
    let_it_go_ahead(first)
    assert is_kept_out(desk.alice, second)
    assert answer(desk, second, desk.bob).outcome == "approved"


def test_who_takes_their_answer_back_is_let_in_again(desk: Desk) -> None:
    first, second = both(WAITS)
    answer(desk, first, desk.alice)
    reservations.undo(approval_id=first.pk, caller=by(desk.alice))
    assert not ApprovalExclusion.objects.exists()
    assert not is_kept_out(desk.alice, second)


def test_so_is_who_could_not_decide_any_more_when_it_went_ahead(desk: Desk) -> None:
    first, second = both(WAITS)
    answer(desk, first, desk.alice)
    desk.alice.groups.clear()
    let_it_go_ahead(first)
    desk.alice.groups.add(desk.managers)
    assert not is_kept_out(desk.alice, second)


def test_another_part_in_it_still_keeps_out(desk: Desk) -> None:
    """Two members of a step that asks for each item, one of them taken back."""
    each = Workflow("each", input_schema=list[Question]).foreach(
        asking("first", WAITS), concurrency=2
    )
    flow = each.map(lambda ctx: ctx.input_data[0]).then(asking("second", OTHERS))
    flow.commit().create_run(initiator=desk.ines).start(
        [{"title": "Pay?"}, {"title": "Pay more?"}]
    )
    one, other = Approval.objects.order_by("pk")
    answer(desk, one, desk.alice)
    answer(desk, other, desk.alice)
    reservations.undo(approval_id=one.pk, caller=by(desk.alice))
    let_it_go_ahead(other)
    answer(desk, one, desk.bob)
    let_it_go_ahead(one)
    second = Approval.objects.get(step_path="second")
    assert is_kept_out(desk.alice, second)
    assert is_kept_out(desk.bob, second)
    assert second.needs_assignment


def test_what_is_asked_later_is_kept_from_who_answered_and_waits(desk: Desk) -> None:
    """The answer to the one still waits when the other opens."""
    quick: Any = ApprovalPolicy(groups=["managers"])
    side = Workflow("side", input_schema=Question).then(asking("open", quick))
    side = side.then(asking("second", OTHERS)).commit()
    main = Workflow("main", input_schema=Question)
    main.parallel([asking("first", WAITS), side]).commit().create_run().start(
        Question(title="Pay?")
    )
    first = Approval.objects.get(step_path="first")
    answer(desk, first, desk.alice)
    answer(desk, Approval.objects.get(step_path__endswith="open"), desk.bob)
    run_until_idle()
    assert is_kept_out(desk.alice, Approval.objects.get(step_path__endswith="second"))


def test_an_edit_that_separates_no_more_lets_everybody_in(desk: Desk) -> None:
    def separated(question: Question) -> list[str]:
        return ["first"] if question.amount >= 100 else []

    second = ApprovalPolicy(
        groups=["managers"], editable=["amount"], exclude_deciders_of=separated
    )
    steps = asking("first", MANAGERS), asking("second", second)
    flow = Workflow("both", input_schema=Question).then(steps[0]).then(steps[1])
    run = flow.commit().create_run(initiator=desk.ines)
    run.start(Question(title="Pay?", amount=100))
    answer(desk, Approval.objects.get(), desk.alice)
    run_until_idle()
    approval = Approval.objects.get(step_path="second")
    assert is_kept_out(desk.alice, approval)
    send_back(approval, desk.bob)
    resubmit(approval, desk.ines, edits_made={"amount": 5})
    assert not is_kept_out(desk.alice, approval)
