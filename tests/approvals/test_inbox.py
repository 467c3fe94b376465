"""What people see: one definition, in the right order, at a constant cost."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals import ApprovalPolicy, audit, claiming, history, inbox
from approvals.counting import Part, tally
from approvals.errors import ApprovalNotFound
from approvals.locking import Caller
from approvals.models import Approval, ApprovalQuerySet
from approvals.persons import outline_of, person_of
from approvals.policies import eligibility
from approvals.statuses import Channel
from tests.approvals.conftest import NOW, Desk


def titles(approvals: ApprovalQuerySet) -> list[str]:
    return [approval.title for approval in approvals]


def test_the_inbox_holds_what_its_owner_was_asked_by_name_or_group(desk: Desk) -> None:
    desk.ask(ApprovalPolicy(groups=["managers"]), title="group")
    desk.ask(ApprovalPolicy(users=["alice"]), title="name")
    desk.ask(ApprovalPolicy(users=["alice"], groups=["managers"]), title="both")
    assert set(titles(inbox.waiting_for(desk.alice))) == {"group", "name", "both"}
    assert set(titles(inbox.waiting_for(desk.bob))) == {"group", "both"}
    for stranger in (desk.carol, desk.ines, AnonymousUser()):
        assert titles(inbox.waiting_for(stranger)) == []


def test_the_most_urgent_comes_first(desk: Desk) -> None:
    for title, due_in, priority in (
        ("low", None, "low"),
        ("first of its kind", None, "normal"),
        ("second of its kind", None, "normal"),
        ("urgent, but some day", None, "urgent"),
        ("tomorrow", timedelta(days=1), "low"),
        ("in an hour", timedelta(hours=1), "low"),
    ):
        policy = ApprovalPolicy(groups=["managers"], due_in=due_in, priority=priority)
        desk.ask(policy, title=title)
    assert titles(inbox.waiting_for(desk.alice)) == [
        "in an hour",
        "tomorrow",
        "urgent, but some day",
        "first of its kind",
        "second of its kind",
        "low",
    ]


def test_what_was_answered_leaves_the_inbox_and_stands_under_decided(
    desk: Desk,
) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    assert titles(inbox.waiting_for(desk.alice)) == []
    assert titles(inbox.waiting_for(desk.bob)) == []
    assert titles(inbox.decided_by(desk.alice)) == ["Pay?"]
    assert titles(inbox.decided_by(desk.bob)) == []
    desk.alice.groups.clear()
    assert titles(inbox.decided_by(User.objects.get(pk=desk.alice.pk))) == []


def test_what_is_open_in_spite_of_ones_answer_stands_before_what_is_closed(
    desk: Desk,
) -> None:
    for title, quorum in (("open", 2), ("first", 1), ("last", 1)):
        asked = desk.ask(
            ApprovalPolicy(groups=["managers"], quorum=quorum), title=title
        )
        desk.answer(asked, desk.alice)
    Approval.objects.filter(title="first").update(closed_at=NOW)
    Approval.objects.filter(title="last").update(closed_at=NOW + timedelta(hours=1))
    assert titles(inbox.decided_by(desk.alice)) == ["open", "last", "first"]


def test_a_vote_leaves_the_voters_inbox_and_stays_in_the_others(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    desk.answer(approval, desk.alice)
    assert titles(inbox.waiting_for(desk.alice)) == []
    assert titles(inbox.waiting_for(desk.bob)) == ["Pay?"]


def test_whoever_answered_an_earlier_version_is_asked_again(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    desk.answer(approval, desk.alice)
    Approval.objects.update(version=2)
    assert titles(inbox.waiting_for(desk.alice)) == ["Pay?"]
    again = Approval.objects.get()
    assert desk.answer(again, desk.alice).is_open
    assert desk.answer(again, desk.bob).outcome == "approved"


def test_unassigned_approvals_are_listed_for_operators_only(desk: Desk) -> None:
    desk.start(desk.workflow(None))
    assert titles(inbox.unassigned()) == ["Pay?"]
    root = User.objects.create_superuser("root")
    assert titles(inbox.waiting_for(root)) == []
    assert titles(inbox.visible_to(root)) == ["Pay?"]
    assert titles(inbox.visible_to(desk.alice)) == []


def test_the_badge_counts_what_the_list_holds(desk: Desk) -> None:
    desk.answer(desk.ask(), desk.alice)
    taken = desk.ask()
    desk.ask()
    caller = Caller(user=desk.bob, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=taken.pk, caller=caller)
    for person in (desk.alice, desk.bob, desk.carol, desk.ines, AnonymousUser()):
        reach, waiting = inbox.to_be_counted(person), inbox.waiting_for(person)
        views = {
            "reach": reach,
            "requested": inbox.waited_for_by(person),
            "decided": inbox.decided_by(person),
        }
        outline = outline_of(person)
        conditions = {
            "waiting": inbox.free_for(outline),
            "unclaimed": inbox.unclaimed(),
            "claimed": inbox.claimed_by(person),
            "taken": inbox.taken_from(outline),
        }
        parts = {
            name: Part(of="reach", condition=each) for name, each in conditions.items()
        }
        listed = {name: waiting.filter(each) for name, each in conditions.items()}
        listed |= {"waiting": waiting, "taken": inbox.claimed_by_others(person)}
        assert tally(views, parts) == {
            name: len(list(found)) for name, found in (views | listed).items()
        }
    assert titles(inbox.claimed_by_others(desk.alice)) == ["Pay?"]
    assert inbox.waiting_for(desk.bob).filter(inbox.claimed_by(desk.bob)).exists()
    assert inbox.waiting_for(desk.bob).count() == 2
    assert inbox.waited_for_by(desk.ines).count() == 2


def test_lists_and_the_eligibility_of_each_approval_never_disagree(desk: Desk) -> None:
    """Every person against every approval: SQL and Python say the same."""
    finance = Group.objects.create(name="finance")
    desk.carol.groups.add(finance)
    desk.ines.groups.add(desk.managers)
    idle = desk.person("idle", "I", "D", desk.managers)
    idle.is_active = False
    idle.save()
    seer = desk.person("seer", "S", "E", finance)
    seer.user_permissions.add(Permission.objects.get(codename="view_approval"))
    root = User.objects.create_superuser("root")
    for groups, users, four_eyes, quorum in product(
        ([], ["managers"], ["managers", "finance"]),
        ([], ["bob"]),
        (True, False),
        (1, 2),
    ):
        desk.ask(
            ApprovalPolicy(
                groups=groups, users=users, exclude_initiator=four_eyes, quorum=quorum
            )
        )
    for approval in Approval.objects.filter(candidates__group=finance).distinct():
        desk.answer(approval, desk.carol)
    people = [desk.alice, desk.bob, desk.carol, desk.ines, idle, seer, root]
    for person in User.objects.filter(pk__in=[person.pk for person in people]):
        approvals = Approval.objects.with_people()
        verdicts = {a.pk: eligibility(person, a) for a in approvals}
        assert set(inbox.visible_to(person).values_list("pk", flat=True)) == {
            pk for pk, verdict in verdicts.items() if verdict.may_view
        }
        assert set(inbox.waiting_for(person).values_list("pk", flat=True)) == {
            pk for pk, verdict in verdicts.items() if verdict.may_decide
        }


def test_an_approval_is_opened_only_for_those_who_may_see_it(desk: Desk) -> None:
    approval = desk.ask()
    for person in (desk.alice, desk.ines):
        assert inbox.get_visible(person, approval.pk) == approval
    for stranger in (desk.carol, AnonymousUser()):
        with pytest.raises(ApprovalNotFound):
            inbox.get_visible(stranger, approval.pk)
    with pytest.raises(ApprovalNotFound):
        inbox.get_visible(desk.alice, "unknown")


def test_history_tells_nothing_of_a_run_with_the_id_of_an_approval(
    desk: Desk,
) -> None:
    """Whoever starts a run may choose its id."""
    approval = desk.ask(ApprovalPolicy(users=["alice"]))
    entry = audit.Entry(action="canceled", object_type="run", object_id=approval.pk)
    with transaction.atomic():
        audit.record(entry)
    assert [moment.kind for moment in history.of(approval)] == ["asked"]


def test_history_tells_who_asked_who_answered_and_how_it_ended(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    desk.answer(approval, desk.alice, data={"approved": True, "comment": "Fine."})
    desk.answer(approval, desk.bob)
    told = [(m.kind, m.who, m.outcome, m.comment) for m in history.of(approval)]
    assert told == [
        ("asked", "Ines Hill", "", ""),
        ("voted", "Alice Young", "approved", "Fine."),
        ("decided", "Bob Stone", "approved", ""),
    ]
    canceled = desk.ask()
    desk.run_of(canceled).cancel()
    canceled.refresh_from_db()
    assert [moment.kind for moment in history.of(canceled)] == ["asked", "withdrawn"]


# What it costs


def cost(question: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        question()
    return len(queries)


def test_a_list_too_long_to_make_holds_the_same_in_the_same_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"], users=["bob"]))
    for _ in range(4):
        desk.start(workflow)
    desk.answer(Approval.objects.latest("created_at"), desk.alice)
    for person in (desk.alice, desk.bob, desk.carol):
        short = inbox.waiting_for(person)
        monkeypatch.setattr(inbox, "MANY", 0)
        long = inbox.waiting_for(person)
        monkeypatch.undo()
        assert list(long) == list(short)
        assert (str(long.query) == str(short.query)) is (person == desk.carol)


@pytest.mark.parametrize("rows", [1, 50])
def test_every_read_costs_the_same_for_one_row_and_for_fifty(
    desk: Desk, rows: int
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"], users=["bob"]))
    for _ in range(rows):
        desk.start(workflow)
    alice = User.objects.get(pk=desk.alice.pk)
    shown = inbox.waiting_for(alice).with_people()

    def rows_with_eligibility() -> None:
        person = person_of(alice)
        for approval in shown:
            eligibility(alice, approval, person=person)
            assert approval.summary_value is not None

    assert cost(lambda: list(inbox.waiting_for(alice))) == 3
    views = {"waiting": inbox.waiting_for(alice), "more": inbox.waited_for_by(alice)}
    assert cost(lambda: tally(views)) == 1
    assert cost(rows_with_eligibility) == 8
    desk.answer(Approval.objects.latest("created_at"), alice)
    assert cost(lambda: list(inbox.decided_by(alice))) == 3
    found = Approval.objects.select_related("suspension").with_people()
    answered = found.latest("created_at")
    assert cost(lambda: history.of(answered)) == 2
