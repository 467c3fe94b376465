"""What a colleague has in hand is mailed to nobody else, but once it is free again."""

from datetime import timedelta

import pytest

from approvals import ApprovalPolicy, change_requests, claiming, reservations
from approvals.locking import Caller
from approvals.models import Approval
from approvals.notifications import outbox, preferences, spreading
from approvals.notifications.kinds import Kind, Timing
from approvals.notifications.models import Mail, Notice
from approvals.statuses import Channel
from tests.approvals.test_undo import let_it_go_ahead
from tests.notifications.conftest import Office
from workflows.rows import database_now

ALICE, BOB, INES = "alice@desk.example", "bob@desk.example", "ines@desk.example"
UNDOABLE = ApprovalPolicy(groups=["managers"], undo_window=600)


def by_alice(office: Office) -> Caller:
    return Caller(user=office.alice, channel=Channel.PAGE, now=database_now())


def asked(office: Office, policy: ApprovalPolicy | None = None) -> Approval:
    """A question, of which the mails are made and not yet sent."""
    approval = office.ask(policy)
    spreading.SpreadChore().do_due()
    return approval


def later(office: Office) -> list[str]:
    """Send what is due by tomorrow."""
    Mail.objects.filter(status="waiting").update(due_at=database_now())
    return office.post()


def send_back(office: Office, approval: Approval) -> None:
    change_requests.request_changes(
        approval_id=approval.pk,
        caller=by_alice(office),
        text="Which printer?",
        digest=approval.digest,
        version=1,
    )


def to_bob() -> list[tuple[str, str]]:
    mails = Mail.objects.filter(recipient__username="bob").order_by("pk")
    return list(mails.values_list("notice__kind", "status"))


def test_an_answer_that_is_taken_back_costs_nobody_their_mail(office: Office) -> None:
    approval = asked(office, UNDOABLE)
    office.answer(approval, office.alice)
    assert later(office) == []
    reservations.undo(approval_id=approval.pk, caller=by_alice(office))
    assert later(office) == [ALICE, BOB]


def test_an_answer_that_lapses_costs_nobody_their_mail(office: Office) -> None:
    approval = asked(office, UNDOABLE)
    office.answer(approval, office.alice)
    assert later(office) == []
    office.alice.is_active = False
    office.alice.save()
    let_it_go_ahead(approval)
    assert later(office) == [BOB]


def test_an_answer_that_goes_ahead_does(office: Office) -> None:
    approval = asked(office, UNDOABLE)
    office.answer(approval, office.alice)
    assert later(office) == []
    let_it_go_ahead(approval)
    assert later(office) == [INES]
    assert to_bob() == [("opened", "skipped")]


def test_what_was_claimed_is_mailed_once_it_is_free(office: Office) -> None:
    approval = asked(office)
    claiming.claim(approval_id=approval.pk, caller=by_alice(office))
    assert office.post() == [ALICE]
    assert later(office) == []
    claiming.release(approval_id=approval.pk, caller=by_alice(office))
    assert later(office) == [BOB]
    assert later(office) == []


def test_what_was_sent_back_comes_with_the_daily_mail_after_its_recall(
    office: Office,
) -> None:
    preferences.choose(office.bob.pk, {Kind.OPENED: Timing.DAILY})
    approval = asked(office)
    office.post()
    send_back(office, approval)
    assert later(office) == [INES]
    (held,) = Mail.objects.filter(recipient=office.bob)
    assert held.daily
    assert held.due_at.hour == 7
    change_requests.recall(approval_id=approval.pk, caller=by_alice(office))
    assert office.post() == []
    assert later(office) == [BOB]


def test_what_is_asked_anew_is_told_of_once(office: Office) -> None:
    approval = asked(office)
    send_back(office, approval)
    assert later(office) == [INES]
    ines = Caller(user=office.ines, channel=Channel.PAGE, now=database_now())
    Mail.objects.filter(status="waiting").update(
        due_at=database_now() + timedelta(hours=1)
    )
    change_requests.resubmit(
        approval_id=approval.pk, caller=ines, text="The big one.", version=1
    )
    assert office.post() == [ALICE, BOB]


def test_reminders_do_not_pile_up_while_a_colleague_is_at_it(office: Office) -> None:
    approval = asked(office)
    claiming.claim(approval_id=approval.pk, caller=by_alice(office))
    office.post()
    for _ in range(3):
        at = database_now()
        outbox.note([Notice(kind=Kind.REMINDER, approval=approval, at=at)])
        spreading.SpreadChore().do_due()
        later(office)
    claiming.release(approval_id=approval.pk, caller=by_alice(office))
    assert later(office) == [BOB]
    assert to_bob() == [
        ("opened", "skipped"),
        ("reminder", "skipped"),
        ("reminder", "skipped"),
        ("reminder", "sent"),
    ]


def test_waiting_costs_no_attempt_and_nobody_is_asked_all_the_time(
    office: Office,
) -> None:
    approval = asked(office)
    claiming.claim(approval_id=approval.pk, caller=by_alice(office))
    for _ in range(outbox.ATTEMPTS + 2):
        later(office)
    held = Mail.objects.get(recipient=office.bob)
    assert (held.status, held.attempts) == ("waiting", 0)
    assert held.error == "the person can't decide it now"
    assert held.due_at > database_now() + timedelta(minutes=4)


@pytest.mark.parametrize("kind", [Kind.OPENED, Kind.REMINDER])
def test_who_voted_is_not_waited_for(office: Office, kind: Kind) -> None:
    approval = asked(office, ApprovalPolicy(groups=["managers"], quorum=2))
    Notice.objects.update(kind=kind)
    office.answer(approval, office.bob)
    assert office.post() == [ALICE]
    assert to_bob() == [(kind, "skipped")]
