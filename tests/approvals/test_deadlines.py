"""What the clock does to open approvals: once, in time, and never over a person."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth.models import Group, User
from pydantic import BaseModel

from approvals import (
    ApprovalPolicy,
    Escalation,
    claiming,
    deadlines,
    decisions,
    errors,
    history,
    inbox,
    timetable,
)
from approvals.locking import Caller
from approvals.models import Approval, AuditRow, Decision
from approvals.signals import TimerKind, timer_fired
from approvals.statuses import ApprovalStatus, Channel
from approvals.timetable import Timetable
from tests.approvals.conftest import NOW, Answer, Desk, Outcome, Question
from workflows import StepContext, Suspended
from workflows.errors import DefinitionError
from workflows.models import Suspension
from workflows.testing import run_until_idle

AT_ONCE = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def policy(**options: Any) -> ApprovalPolicy:
    return ApprovalPolicy(groups=["managers"], **options)


def elapse(approval: Approval, span: timedelta) -> None:
    """Let time pass: everything planned comes nearer."""
    approval.refresh_from_db()
    plan = timetable.loads(approval.timetable)
    nearer = Timetable(tuple(replace(e, at=e.at - span) for e in plan.entries))
    Approval.objects.filter(pk=approval.pk).update(
        timetable=nearer.dumps(), timer_at=nearer.next_at
    )


def caller(user: User) -> Caller:
    return Caller(user=user, channel=Channel.PAGE, now=NOW)


def names(approval: Approval) -> set[str]:
    return {str(candidate) for candidate in approval.candidates.all()}


@pytest.fixture
def told(django_capture_on_commit_callbacks: Any) -> Iterator[Callable[[], list[str]]]:
    """What listeners hear of the clock's doings while a worker runs."""
    kinds: list[str] = []

    def listen(*, kind: TimerKind, **_: Any) -> None:
        kinds.append(str(kind))

    def work() -> list[str]:
        kinds.clear()
        with django_capture_on_commit_callbacks(execute=True):
            run_until_idle()
        return list(kinds)

    timer_fired.connect(listen)
    yield work
    timer_fired.disconnect(listen)


@pytest.mark.parametrize(
    ("on_due", "outcome", "result"),
    [
        ("approve", "approved", Outcome(paid=True).model_dump()),
        ("reject", "rejected", Outcome(paid=False).model_dump()),
    ],
)
def test_a_due_date_answers_when_nobody_did(
    desk: Desk, on_due: str, outcome: str, result: Any
) -> None:
    approval = desk.ask(policy(due_in=AT_ONCE, on_due=on_due, quorum=2))
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, outcome)
    assert (approval.closed_channel, approval.closed_by) == (Channel.TIMER, None)
    assert not approval.candidates.filter(open=True).exists()
    assert not Decision.objects.exists()
    assert Suspension.objects.get().status == "consumed"
    assert desk.run_of(approval).refresh().result == result
    row = AuditRow.objects.get()
    assert (row.action, row.outcome, row.actor) == ("expired", outcome, None)
    assert (row.channel, row.before) == (Channel.TIMER, approval.digest)
    assert row.after


def test_the_step_is_told_that_the_clock_answered_and_who_had_voted(
    desk: Desk,
) -> None:
    seen: list[Any] = []

    def ask(question: Question, ctx: StepContext[Question, Answer]) -> Any:
        if ctx.resume_data is None:
            return ctx.suspend(question)
        seen.append((ctx.resume_data, ctx.resumed_by))
        return Outcome(paid=ctx.resume_data.approved)

    asked = policy(due_in=HOUR, on_due="reject", quorum=2)
    approval = desk.ask(asked, execute=ask)
    desk.answer(approval, desk.alice)
    elapse(approval, HOUR)
    run_until_idle()
    [(answer, by)] = seen
    assert answer == Answer(approved=False, comment="")
    assert (by["channel"], by["decided_by"]["id"]) == ("timer", None)
    assert by["verdict"] == "rejected"
    assert [vote["decided_by"]["username"] for vote in by["votes"]] == ["alice"]


def test_a_due_date_may_cancel_the_run(desk: Desk) -> None:
    approval = desk.ask(policy(due_in=AT_ONCE, on_due="cancel"))
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, "canceled")
    assert desk.run_of(approval).refresh().status == "canceled"
    rows = AuditRow.objects.values_list("action", "object_type", "channel")
    assert set(rows) == {
        ("expired", "approval", "timer"),
        ("canceled", "run", "timer"),
    }


@pytest.mark.parametrize("on_due", ["approve", "reject", "cancel"])
def test_who_answers_after_the_due_date_is_told_that_it_expired(
    desk: Desk, on_due: str
) -> None:
    approval = desk.ask(policy(due_in=AT_ONCE, on_due=on_due))
    run_until_idle()
    with pytest.raises(errors.Expired, match="time to answer this is over"):
        desk.answer(approval, desk.alice)
    assert not Decision.objects.exists()


def test_without_an_outcome_it_waits_on_as_overdue(
    desk: Desk, told: Callable[[], list[str]]
) -> None:
    approval = desk.ask(policy(due_in=AT_ONCE))
    assert told() == ["due", "overdue"]
    assert told() == []
    approval.refresh_from_db()
    assert approval.is_open
    assert approval.timer_at is None
    assert not AuditRow.objects.exists()
    assert desk.answer(approval, desk.alice).outcome == "approved"


def test_listeners_hear_each_moment_once_and_in_order(
    desk: Desk, told: Callable[[], list[str]]
) -> None:
    Group.objects.create(name="board")
    chain = policy(
        due_in=2 * HOUR, on_due="escalate", escalate_to=["board"], remind_before=[HOUR]
    )
    approval = desk.ask(chain)
    assert told() == []
    elapse(approval, HOUR)
    assert told() == ["reminder"]
    elapse(approval, HOUR)
    assert told() == ["due", "overdue", "escalated"]
    assert told() == []


def test_listeners_hear_that_the_due_date_ended_it(
    desk: Desk, told: Callable[[], list[str]]
) -> None:
    desk.ask(policy(due_in=AT_ONCE, on_due="cancel"))
    assert told() == ["due", "expired"]


def test_a_repeated_reminder_is_repeated_until_the_answer(
    desk: Desk, told: Callable[[], list[str]]
) -> None:
    approval = desk.ask(policy(remind_every=HOUR))
    for _again in range(2):
        elapse(approval, HOUR)
        assert told() == ["reminder"]
    desk.answer(approval, desk.alice)
    elapse(approval, HOUR)
    assert told() == []


def test_a_person_who_was_faster_leaves_the_clock_nothing_to_do(desk: Desk) -> None:
    approval = desk.ask(policy(due_in=HOUR, on_due="reject"))
    elapse(approval, HOUR)
    desk.answer(approval, desk.alice)
    assert deadlines.act(approval.pk) is False
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.DECIDED, "approved")
    result = desk.run_of(approval).refresh().result
    assert result == Outcome(paid=True, by="alice").model_dump()


def test_a_canceled_run_leaves_the_clock_nothing_to_do(desk: Desk) -> None:
    approval = desk.ask(policy(due_in=HOUR, on_due="approve"))
    elapse(approval, HOUR)
    desk.run_of(approval).cancel()
    run_until_idle()
    approval.refresh_from_db()
    assert approval.status == ApprovalStatus.WITHDRAWN
    assert AuditRow.objects.filter(action="expired").count() == 0


# The chain


def test_the_chain_asks_others_step_by_step(desk: Desk) -> None:
    Group.objects.create(name="directors")
    board = Group.objects.create(name="board")
    approval = desk.ask(
        policy(
            due_in=HOUR,
            on_due="escalate",
            escalate_to=[
                "directors",
                Escalation(users=["carol"], after=HOUR, priority="urgent"),
                Escalation(groups=["board"], replace=True),
            ],
        )
    )
    assert names(approval) == {"managers"}
    elapse(approval, HOUR)
    run_until_idle()
    assert names(approval) == {"managers", "directors"}
    assert approval.pk not in inbox.waiting_for(desk.carol).values_list("pk", flat=True)
    elapse(approval, HOUR)
    run_until_idle()
    assert names(approval) == {"managers", "directors", "carol"}
    approval.refresh_from_db()
    assert (approval.priority, approval.priority_rank) == ("urgent", 0)
    assert inbox.waiting_for(desk.carol).get() == approval
    elapse(approval, HOUR)
    run_until_idle()
    assert names(approval) == {"board"}
    assert list(AuditRow.objects.values_list("action", "outcome")) == [
        ("escalated", "directors"),
        ("escalated", "carol"),
        ("escalated", "board"),
    ]
    assert history.of(approval)[-1].kind == "escalated"
    desk.bob.groups.add(board)
    assert desk.answer(approval, desk.bob).outcome == "approved"


def test_a_step_that_names_nobody_known_takes_nobody_away(desk: Desk) -> None:
    approval = desk.ask(
        policy(
            due_in=AT_ONCE,
            on_due="escalate",
            escalate_to=[Escalation(groups=["no-such"], replace=True)],
        )
    )
    run_until_idle()
    assert names(approval) == {"managers"}
    approval.refresh_from_db()
    assert not approval.needs_assignment


def test_an_approval_that_nobody_could_decide_is_asked_of_the_chain(desk: Desk) -> None:
    approval = desk.ask(
        ApprovalPolicy(due_in=AT_ONCE, on_due="escalate", escalate_to=["managers"])
    )
    assert inbox.unassigned().count() == 1
    run_until_idle()
    assert inbox.unassigned().count() == 0
    approval.refresh_from_db()
    assert desk.answer(approval, desk.alice).outcome == "approved"


def test_who_claimed_it_and_did_not_answer_no_longer_holds_it(desk: Desk) -> None:
    chain = policy(due_in=HOUR, on_due="escalate", escalate_to=["carol"])
    approval = desk.ask(chain)
    claiming.claim(approval_id=approval.pk, caller=caller(desk.alice))
    elapse(approval, HOUR)
    run_until_idle()
    assert desk.answer(approval, desk.carol).outcome == "approved"


# Faults


class Choice(BaseModel):
    decision: Literal["pay", "hold", "reject"]


def test_a_function_that_asks_for_an_impossible_answer_fails_the_step(
    desk: Desk,
) -> None:
    workflow = desk.workflow(
        policy(due_in=HOUR, on_due=lambda question: "approve"), resume_schema=Choice
    )
    result = workflow.create_run().start(Question(title="?"))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.name == DefinitionError.__name__


def test_one_that_can_not_be_done_now_is_put_off_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (desk.ask(policy(due_in=AT_ONCE, on_due="reject")) for _ in range(2))
    resume_run = decisions.resume_run

    def broken(approval: Approval, *args: Any) -> None:
        if approval.pk == bad.pk:
            raise OSError("no space")
        resume_run(approval, *args)

    monkeypatch.setattr(decisions, "resume_run", broken)
    run_until_idle()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == (ApprovalStatus.EXPIRED, ApprovalStatus.OPEN)
    next_in = deadlines.Deadlines().next_in()
    assert next_in is not None
    assert 30 < next_in <= 60


def test_an_override_may_plan_as_a_policy_does(desk: Desk) -> None:
    def ask(question: Question, ctx: object) -> Suspended:
        times = {"due_in": "PT2H", "on_due": "reject", "remind_before": ["PT1H"]}
        return Suspended(payload=question, metadata={"approval": times})

    approval = desk.ask(policy(), execute=ask)
    assert approval.due_at == approval.created_at + 2 * HOUR
    assert approval.timer_at == approval.created_at + HOUR
    assert approval.on_due == "reject"
