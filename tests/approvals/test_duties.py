"""Separation of duties, four eyes behind programs, and standing in for colleagues."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from approvals import ApprovalPolicy, checks, claiming, delegations, errors, inbox
from approvals.audit import verify
from approvals.locking import Caller
from approvals.models import Approval, AuditRow, Decision, Delegation, ServiceAccount
from approvals.policies import eligibility
from approvals.statuses import Channel
from tests.approvals.conftest import NOW, Answer, Desk, Question
from tests.approvals.test_claiming import by
from workflows import Step, Workflow
from workflows.errors import SchemaMismatch
from workflows.testing import run_until_idle

DAY = timedelta(days=1)
MANAGERS = ApprovalPolicy(groups=["managers"])
OTHERS = ApprovalPolicy(groups=["managers"], exclude_deciders_of=["first"])


def pass_on(question: Any, ctx: Any) -> Any:
    """Ask; on a yes, hand the question to the next step."""
    return ctx.suspend(question) if ctx.resume_data is None else question


def asking(id: str, policy: ApprovalPolicy) -> Step:
    return policy(
        Step(
            id,
            pass_on,
            input_schema=Question,
            suspend_schema=Question,
            resume_schema=Answer,
        )
    )


def second_of_two(desk: Desk, decided_first: User) -> Approval:
    """The second approval of a run whose first this person gave."""
    first, second = asking("first", MANAGERS), asking("second", OTHERS)
    twice = Workflow("twice", input_schema=Question).then(first).then(second).commit()
    answer(desk, desk.start(twice), decided_first)
    run_until_idle()
    return Approval.objects.get(step_path="second")


def answer(desk: Desk, approval: Approval, user: User) -> Approval:
    """Decide now: delegations hold by the clock of lists and decisions alike."""
    return desk.answer(approval, user, now=timezone.now())


def at_once(user: User) -> Caller:
    return Caller(user=user, channel=Channel.PAGE, now=timezone.now())


def waits_for(user: User) -> list[Approval]:
    return list(inbox.waiting_for(user))


def test_who_decided_one_step_may_not_decide_the_separated_one(desk: Desk) -> None:
    approval = second_of_two(desk, desk.alice)
    assert waits_for(desk.alice) == []
    assert waits_for(desk.bob) == [approval]
    with pytest.raises(errors.NotYourDecision, match="You decided an earlier step"):
        answer(desk, approval, desk.alice)
    assert answer(desk, approval, desk.bob).outcome == "approved"


def test_when_separation_leaves_nobody_an_operator_is_told(desk: Desk) -> None:
    desk.bob.groups.clear()
    approval = second_of_two(desk, desk.alice)
    assert approval.needs_assignment


def test_separation_holds_between_steps_that_wait_at_once(
    desk: Desk, django_capture_on_commit_callbacks: Any
) -> None:
    both = [asking("first", MANAGERS), asking("second", OTHERS)]
    run = Workflow("both", input_schema=Question).parallel(both).commit().create_run()
    run.start(Question(title="Pay?"))
    first, second = (Approval.objects.get(step_path=p) for p in ("first", "second"))
    assert eligibility(desk.alice, second).may_decide
    desk.bob.groups.clear()
    with django_capture_on_commit_callbacks(execute=True):
        answer(desk, first, desk.alice)
    second.refresh_from_db()
    assert not eligibility(desk.alice, second).may_decide
    assert second.needs_assignment


def test_a_misspelt_step_is_warned_of(desk: Desk) -> None:
    wrong = ApprovalPolicy(groups=["managers"], exclude_deciders_of=["frist"])
    desk.workflow(wrong)
    [warning] = checks.unknown_steps(None)
    assert "frist, which is no step" in warning.msg
    desk.workflow(OTHERS, "other")
    Workflow("third", input_schema=Question).then(asking("first", MANAGERS)).commit()
    assert len(checks.unknown_steps(None)) == 1


# The human behind a program


def test_who_owns_the_program_that_asked_may_not_decide(desk: Desk) -> None:
    robot = desk.person("robot", "", "")
    ServiceAccount.objects.create(user=robot, owner=desk.alice)
    run = desk.workflow(MANAGERS).create_run(initiator=robot)
    run.start(Question(title="Pay?"))
    approval = Approval.objects.get()
    assert waits_for(desk.alice) == []
    with pytest.raises(errors.NotYourDecision, match="You started this yourself"):
        answer(desk, approval, desk.alice)
    assert answer(desk, approval, desk.bob).outcome == "approved"


def test_a_person_and_their_program_have_one_vote(desk: Desk) -> None:
    robot = desk.person("robot", "", "", desk.managers)
    ServiceAccount.objects.create(user=robot, owner=desk.alice)
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    answer(desk, approval, robot)
    with pytest.raises(errors.NotYourDecision, match="You have already voted"):
        answer(desk, approval, desk.alice)
    assert waits_for(desk.alice) == []


# Standing in


def away(desk: Desk, delegator: User, delegate: User, **options: Any) -> Delegation:
    now = timezone.now()
    given = {"starts_at": now - DAY, "ends_at": now + 30 * DAY, **options}
    return delegations.delegate(
        caller=at_once(delegator), delegate=delegate.username, **given
    )


def test_who_stands_in_decides_and_the_record_names_both(desk: Desk) -> None:
    approval = desk.ask()
    away(desk, desk.alice, desk.carol)
    assert waits_for(desk.carol) == [approval]
    assert inbox.get_visible(desk.carol, approval.pk) == approval
    answer(desk, approval, desk.carol)
    decision, row = Decision.objects.get(), AuditRow.objects.latest("seq")
    assert (decision.decided_by, decision.on_behalf_of) == (desk.carol, desk.alice)
    assert (row.actor, row.on_behalf_of) == (desk.carol, desk.alice)
    run_until_idle()
    assert desk.run_of(approval).refresh().result == {"paid": True, "by": "carol"}
    verify()


@pytest.mark.parametrize(
    ("starts", "ends", "workflow"),
    [(1, 30, ""), (-3, -1, ""), (-1, 30, "other")],
    ids=["not yet", "no more", "another workflow"],
)
def test_a_delegation_holds_for_its_time_and_its_workflow(
    desk: Desk, starts: int, ends: int, workflow: str
) -> None:
    approval = desk.ask()
    now = timezone.now()
    Delegation.objects.create(
        delegator=desk.alice,
        delegate=desk.carol,
        starts_at=now + starts * DAY,
        ends_at=now + ends * DAY,
        workflow=workflow,
        created_at=now,
        created_by=desk.alice,
    )
    assert not inbox.visible_to(desk.carol).filter(pk=approval.pk).exists()
    with pytest.raises(errors.ApprovalNotFound):
        answer(desk, approval, desk.carol)


def test_a_chain_ends_after_one(desk: Desk) -> None:
    approval = desk.ask()
    away(desk, desk.alice, desk.carol)
    dora = desk.person("dora", "Dora", "Hall")
    away(desk, desk.carol, dora)
    assert waits_for(dora) == []
    with pytest.raises(errors.ApprovalNotFound):
        answer(desk, approval, dora)


def test_nobody_decides_their_own_request_by_a_detour(desk: Desk) -> None:
    approval = desk.ask()
    away(desk, desk.alice, desk.ines)
    with pytest.raises(errors.NotYourDecision, match="You started this yourself"):
        answer(desk, approval, desk.ines)
    desk.ines.groups.add(desk.managers)
    away(desk, desk.ines, desk.carol)
    assert waits_for(desk.carol) == []
    with pytest.raises(errors.NotYourDecision, match="The person you stand in for"):
        answer(desk, approval, desk.carol)


def test_a_vote_counts_for_both_and_only_once(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    away(desk, desk.alice, desk.carol)
    answer(desk, approval, desk.carol)
    for person in (desk.alice, desk.carol):
        assert waits_for(person) == []
        with pytest.raises((errors.NotYourDecision, errors.AlreadyVoted)):
            answer(desk, approval, person)
    assert answer(desk, approval, desk.bob).outcome == "approved"


def test_a_claim_of_who_is_away_does_not_bind_who_stands_in(desk: Desk) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    away(desk, desk.alice, desk.carol)
    assert waits_for(desk.carol) == [approval]
    assert answer(desk, approval, desk.carol).outcome == "approved"


def test_a_claim_binds_who_stands_in_elsewhere(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice", "carol"]))
    desk.workflow(MANAGERS, "other")
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    away(desk, desk.alice, desk.carol, workflow="other")
    assert waits_for(desk.carol) == []
    with pytest.raises(errors.AlreadyClaimed):
        answer(desk, approval, desk.carol)


def test_nobody_stands_in_for_an_account_that_is_shut(desk: Desk) -> None:
    approval = desk.ask()
    away(desk, desk.alice, desk.carol)
    User.objects.filter(pk=desk.alice.pk).update(is_active=False)
    assert waits_for(desk.carol) == []
    with pytest.raises(errors.ApprovalNotFound):
        answer(desk, approval, desk.carol)


def test_ending_a_delegation_ends_it_at_once(desk: Desk) -> None:
    approval = desk.ask()
    made = away(desk, desk.alice, desk.carol)
    for stranger in (desk.carol, desk.bob):
        with pytest.raises(errors.ApprovalNotFound):
            delegations.end(caller=at_once(stranger), delegation_id=made.pk)
    delegations.end(caller=at_once(desk.alice), delegation_id=made.pk)
    with pytest.raises(errors.ApprovalNotFound):
        answer(desk, approval, desk.carol)
    rows = AuditRow.objects.filter(object_type="delegation")
    assert [row.action for row in rows] == ["delegated", "delegation-ended"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"delegate": "alice"}, "delegate"),
        ({"delegate": "nobody"}, "delegate"),
        ({"ends_at": NOW - 2 * DAY}, "ends_at"),
        ({"starts_at": NOW - 3 * DAY, "ends_at": NOW - DAY}, "ends_at"),
        ({"ends_at": NOW + 400 * DAY}, "ends_at"),
        ({"workflow": "unheard-of"}, "workflow"),
    ],
)
def test_a_delegation_that_makes_no_sense_is_refused(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    given = {"delegate": "carol", "starts_at": NOW, "ends_at": NOW + DAY, **changes}
    with pytest.raises(SchemaMismatch) as misfit:
        delegations.delegate(caller=by(desk.alice), **given)
    assert misfit.value.errors[0]["loc"] == [field]
    assert not Delegation.objects.exists()
    assert not AuditRow.objects.exists()


def test_only_administrators_delegate_for_others(desk: Desk) -> None:
    given: Any = {"delegate": "carol", "starts_at": NOW, "ends_at": NOW + DAY}
    with pytest.raises(SchemaMismatch, match="Only an administrator"):
        delegations.delegate(caller=by(desk.bob), delegator=desk.alice, **given)
    root = User.objects.create_superuser("root")
    made = delegations.delegate(caller=by(root), delegator=desk.alice, **given)
    assert (made.delegator, made.created_by) == (desk.alice, root)


def test_lists_and_eligibility_agree_about_substitutes(desk: Desk) -> None:
    """The cast with every rule of this page at once: SQL and Python say the same."""
    desk.ines.groups.add(desk.managers)
    robot = desk.person("robot", "", "", desk.managers)
    ServiceAccount.objects.create(user=robot, owner=desk.bob)
    away(desk, desk.alice, desk.carol)
    away(desk, desk.ines, desk.carol, workflow="")
    away(desk, desk.bob, desk.ines)
    away(desk, robot, desk.alice)
    for quorum in (1, 2):
        for policy in (
            ApprovalPolicy(groups=["managers"], quorum=quorum),
            ApprovalPolicy(users=["ines"], quorum=quorum),
            ApprovalPolicy(users=["bob", "robot"], exclude_initiator=False),
        ):
            for _ in range(2):
                desk.ask(policy)
    several = Approval.objects.filter(quorum=2)
    for approval, voter in zip(several, (desk.carol, robot), strict=False):
        answer(desk, approval, voter)
    singles = Approval.objects.open().filter(quorum=1)
    claiming.claim(approval_id=singles[0].pk, caller=by(desk.alice))
    Approval.objects.filter(pk=singles[1].pk).update(sent_back_at=NOW)
    second_of_two(desk, desk.alice)
    for user in User.objects.all():
        verdicts = {a.pk: eligibility(user, a) for a in Approval.objects.with_people()}
        assert set(inbox.visible_to(user).values_list("pk", flat=True)) == {
            pk for pk, verdict in verdicts.items() if verdict.may_view
        }, user
        assert set(inbox.waiting_for(user).values_list("pk", flat=True)) == {
            pk for pk, verdict in verdicts.items() if verdict.may_decide
        }, user


def test_the_tables_refuse_what_makes_no_sense(desk: Desk) -> None:
    same: Any = {"starts_at": NOW, "created_at": NOW, "created_by": desk.bob}
    for wrong in (
        {"delegate": desk.alice, "ends_at": NOW + DAY},
        {"delegate": desk.bob, "ends_at": NOW - DAY},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delegation.objects.create(delegator=desk.alice, **same, **wrong)
