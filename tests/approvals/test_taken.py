"""What colleagues claimed is found again by those who may take it over."""

from django.contrib.auth.models import User
from django.utils import timezone

from approvals import ApprovalPolicy, inbox, permits
from approvals.models import Approval, ServiceAccount, Snooze
from approvals.persons import person_of
from approvals.policies import asked_of, eligibility
from tests.approvals.conftest import NOW, Desk
from tests.approvals.test_duties import DAY, away, second_of_two

MANAGERS = ApprovalPolicy(groups=["managers"])
BY_NAME = ApprovalPolicy(users=["ines", "alice"], exclude_initiator=False)


def test_what_colleagues_claimed_is_what_one_may_take_over(desk: Desk) -> None:
    """Each claim against everybody: SQL and Python say the same."""
    desk.ines.groups.add(desk.managers)
    robot = desk.person("robot", "", "", desk.managers)
    ServiceAccount.objects.create(user=robot, owner=desk.bob)
    away(desk, desk.alice, desk.carol)
    elsewhere = desk.workflow(MANAGERS, "elsewhere")
    away(desk, desk.ines, desk.bob, workflow="elsewhere")
    claimed(desk.start(elsewhere), desk.ines)
    left = desk.person("left", "L", "T", desk.managers)
    for claimer in (desk.alice, desk.bob, desk.carol, desk.ines, robot, left):
        for policy in (MANAGERS, BY_NAME):
            for title in ("plain", "sent back", "answered", "snoozed"):
                claimed(desk.ask(policy, title=title), claimer)
    claimed(second_of_two(desk, desk.alice), desk.bob)
    User.objects.filter(pk=left.pk).update(is_active=False)
    Approval.objects.filter(title="sent back").update(sent_back_at=NOW)
    Approval.objects.filter(title="answered").update(release_at=NOW)
    until = timezone.now() + DAY
    for each in Approval.objects.filter(title="snoozed"):
        Snooze.objects.create(approval=each, user=desk.alice, until=until)
    for user in User.objects.all():
        person, approvals = person_of(user), Approval.objects.with_people()
        assert set(inbox.claimed_by_others(user).values_list("pk", flat=True)) == {
            each.pk
            for each in approvals
            if permits.to_take_over(person, asked_of(each)).allowed
            and not eligibility(user, each, person=person).may_decide
        }, user
    assert inbox.claimed_by_others(desk.alice).filter(title="snoozed").exists()
    assert inbox.claimed_by_others(desk.carol).filter(title="plain").exists()
    assert not inbox.claimed_by_others(desk.alice).filter(title="answered").exists()


def claimed(approval: Approval, user: User) -> None:
    Approval.objects.filter(pk=approval.pk).update(claimed_by=user, claimed_at=NOW)
