"""The daily mail: one entry for each request, and only of what still holds."""

from django.core import mail

from approvals import change_requests
from approvals.locking import Caller
from approvals.models import Approval
from approvals.notifications import outbox, preferences
from approvals.notifications.kinds import Kind, Timing
from approvals.notifications.models import Mail, Notice
from approvals.statuses import Channel
from tests.notifications.conftest import Office
from tests.notifications.test_outbox import BOTH
from workflows.rows import database_now

DAILY = dict.fromkeys(Kind, Timing.DAILY)


def note(approval: Approval, *kinds: Kind) -> None:
    """Have these things happen to it, one after the other."""
    for kind in kinds:
        outbox.note([Notice(kind=kind, approval=approval, at=database_now())])


def in_the_morning(office: Office) -> list[str]:
    """Who gets a daily mail at its hour."""
    office.post()
    Mail.objects.filter(status="waiting").update(due_at=database_now())
    return office.post()


def test_a_request_is_listed_once_whatever_happened_to_it(office: Office) -> None:
    preferences.choose(office.bob.pk, DAILY)
    approval = office.ask(title="Pay the printer?")
    note(approval, Kind.REMINDER)
    assert in_the_morning(office) == ["bob@desk.example"]
    letter = mail.outbox[-1]
    assert letter.subject == "1 request since yesterday"
    assert letter.body.count("Pay the printer?") == 1
    statuses = Mail.objects.filter(recipient=office.bob).values_list("status")
    assert set(statuses) == {("sent",)}


def test_what_is_asked_and_told_of_one_request_is_one_request(office: Office) -> None:
    preferences.choose(office.bob.pk, DAILY)
    approval = office.ask(title="Pay the printer?")
    question = Notice(
        kind=Kind.QUESTION,
        approval=approval,
        actor=office.alice,
        recipient=office.bob,
        at=database_now(),
    )
    outbox.note([question])
    in_the_morning(office)
    letter = mail.outbox[-1]
    assert letter.subject == "1 request since yesterday"
    assert "Waiting for your decision" in letter.body
    assert "A colleague asks you about a request." in letter.body


def test_changes_that_are_asked_no_more_are_left_out(office: Office) -> None:
    preferences.choose(office.ines.pk, DAILY)
    approval = office.ask()
    office.post()
    alice = Caller(user=office.alice, channel=Channel.PAGE, now=database_now())
    change_requests.request_changes(
        approval_id=approval.pk,
        caller=alice,
        text="Which printer?",
        digest=approval.digest,
        version=1,
    )
    change_requests.recall(approval_id=approval.pk, caller=alice)
    assert in_the_morning(office) == []
    left_out = Mail.objects.get(recipient=office.ines)
    assert left_out.error == "no changes are asked for any more"


def test_who_voted_reads_of_no_request_of_theirs(office: Office) -> None:
    preferences.choose(office.alice.pk, {Kind.OUTCOME: Timing.DAILY})
    approval = office.ask(BOTH)
    office.post()
    office.answer(approval, office.alice)
    office.answer(approval, office.bob)
    assert in_the_morning(office) == ["alice@desk.example"]
    body = mail.outbox[-1].body
    assert "News of requests" in body
    assert "your requests" not in body
