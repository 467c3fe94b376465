"""Who hears of a request besides those it names: owners, stand-ins, operators."""

from django.core import mail

from approvals import ApprovalPolicy, assigning, claiming
from approvals.models import Approval, ServiceAccount
from tests.approvals.conftest import Question
from tests.approvals.test_changes import send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_duties import at_once, away
from tests.notifications.conftest import Office
from tests.notifications.test_attention import work
from tests.pages.conftest import allow


def test_the_owner_of_a_program_hears_what_becomes_of_its_requests(
    office: Office,
) -> None:
    robot = office.person("robot", "", "")
    robot.email = ""
    robot.save()
    ServiceAccount.objects.create(user=robot, owner=office.ines)
    workflow = office.workflow(ApprovalPolicy(groups=["managers"]))
    run = workflow.create_run(initiator=robot)
    run.start(Question(title="Pay?"))
    approval = Approval.objects.get()
    office.post()
    send_back(approval, office.alice)
    assert office.post() == ["ines@desk.example"]
    workflow.create_run(initiator=robot).start(Question(title="Pay?"))
    office.post()
    second = Approval.objects.exclude(pk=approval.pk).get()
    office.answer(second, office.alice)
    assert office.post() == ["ines@desk.example"]


def test_who_stands_in_hears_of_what_is_given_by_name(office: Office) -> None:
    dan = office.person("dan", "Dan", "Ost")
    approval = office.ask(ApprovalPolicy(users=["alice", "carol"]))
    office.post()
    away(office, office.carol, dan)
    claiming.hand_over(
        approval_id=approval.pk, caller=at_once(office.alice), username="carol"
    )
    assert office.post() == ["carol@desk.example", "dan@desk.example"]
    operator = allow(office.person("olga", "Olga", "Frost"), "assign_approval")
    away(office, office.bob, dan)
    assigning.replace(
        approval_id=approval.pk,
        caller=at_once(operator),
        leaver="alice",
        successor="bob",
        reason="She is away.",
    )
    told = office.post()
    assert "dan@desk.example" in told


def test_whoever_assigns_hears_at_once_of_what_nobody_can_decide(
    office: Office,
) -> None:
    allow(office.person("olga", "Olga", "Frost"), "assign_approval")
    fine = office.ask()
    office.post()
    lonely = office.ask(ApprovalPolicy(groups=["nobody"]), title="Who decides this?")
    assert lonely.needs_assignment
    assert work(office) == ["olga@desk.example"]
    letter = mail.outbox[-1]
    assert "Who decides this?" in letter.subject
    assert "Too few people can decide this." in str(letter.body)
    assert work(office) == []  # not again before a day has gone by
    assert not fine.needs_assignment


def test_what_somebody_was_found_for_meanwhile_is_not_told(office: Office) -> None:
    operator = allow(office.person("olga", "Olga", "Frost"), "assign_approval")
    approval = office.ask(ApprovalPolicy(groups=["nobody"]))
    assigning.assign(approval_id=approval.pk, caller=by(operator), users=["bob"])
    assert "olga@desk.example" not in work(office)
