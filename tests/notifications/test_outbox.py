"""Who is told of what, once, and what happens when sending does not work."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.db import transaction

from approvals import ApprovalPolicy, assigning, change_requests, claiming, deadlines
from approvals.locking import Caller
from approvals.models import Approval
from approvals.notifications import courier, letters, outbox, preferences, spreading
from approvals.notifications.kinds import Delivery, Kind, Timing
from approvals.notifications.models import Mail, Notice
from approvals.statuses import Channel, Priority
from tests.approvals.test_deadlines import DAY, elapse
from tests.approvals.test_undo import let_it_go_ahead
from tests.notifications.conftest import Office
from tests.pages.conftest import allow
from tests.threads import in_threads
from workflows import registry
from workflows.models import Run
from workflows.rows import database_now

ALICE, BOB, INES = "alice@desk.example", "bob@desk.example", "ines@desk.example"
BOTH = ApprovalPolicy(groups=["managers"], quorum=2)


def test_a_question_is_mailed_to_everybody_who_may_answer_it(office: Office) -> None:
    office.managers.user_set.add(office.ines)
    office.ask(title="Pay the printer?", amount=412)
    assert office.post() == [ALICE, BOB]  # Ines started it, Carol is not asked
    letter = mail.outbox[0]
    assert letter.subject == "Decision needed: Pay the printer?"
    assert "http://127.0.0.1:8000/d/" in letter.body
    assert "Amount: 412" in letter.body
    assert office.post() == []


def test_who_asked_hears_how_it_ended(office: Office) -> None:
    approval = office.ask()
    office.post()
    data = {"approved": False, "comment": "Too much."}
    office.answer(approval, office.alice, data=data)
    assert office.post() == [INES]
    assert mail.outbox[-1].subject == "Rejected: Pay?"
    assert "Alice Young rejected this." in mail.outbox[-1].body
    assert "> Too much." in mail.outbox[-1].body


def test_whose_answer_did_not_go_ahead_hears_it_and_nobody_else(
    office: Office,
) -> None:
    approval = office.ask(ApprovalPolicy(groups=["managers"], undo_window=600))
    office.post()
    office.answer(approval, office.alice)
    office.alice.groups.clear()
    let_it_go_ahead(approval)
    assert office.post() == [ALICE]
    letter = mail.outbox[-1]
    assert letter.subject == "Your answer did not count: Pay?"
    assert "did not count any more" in letter.body
    assert "Amount" not in letter.body
    assert approval.pk not in letter.body  # she may not see it any more


def test_voters_hear_it_too_but_not_who_closed_it(office: Office) -> None:
    approval = office.ask(BOTH)
    office.post()
    office.answer(approval, office.alice)
    assert office.post() == []
    office.answer(approval, office.bob)
    assert office.post() == [ALICE, INES]


def test_a_withdrawn_question_is_nobodys_news(office: Office) -> None:
    approval = office.ask()
    office.post()
    office.run_of(approval).cancel()
    assert office.post() == []


def test_nothing_is_mailed_of_what_was_rolled_back(office: Office) -> None:
    approval = office.ask()
    office.post()
    with transaction.atomic():
        office.answer(approval, office.alice)
        transaction.set_rollback(True)
    assert office.post() == []


def test_who_lost_the_right_meanwhile_is_not_told(office: Office) -> None:
    office.ask()
    spreading.SpreadChore().do_due()
    office.bob.groups.clear()
    assert office.post() == [ALICE]
    skipped = Mail.objects.get(recipient=office.bob)
    assert (skipped.status, skipped.error) == ("skipped", "the person may not see it")


def test_an_answered_question_is_not_mailed_any_more(office: Office) -> None:
    approval = office.ask()
    spreading.SpreadChore().do_due()
    office.answer(approval, office.alice)
    assert office.post() == [INES]


def test_one_person_alone_can_be_told(office: Office) -> None:
    approval = office.ask()
    office.post()
    notice = Notice(
        kind=Kind.REMINDER,
        approval=approval,
        recipient=office.bob,
        at=database_now(),
    )
    outbox.note([notice])
    assert office.post() == [BOB]
    assert mail.outbox[-1].subject == "Reminder: Pay?"


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_can_be_switched_off(office: Office, kind: Kind) -> None:
    allow(office.bob, "operate_run")
    approval = office.ask()
    Run.objects.update(attention="it is stuck")
    office.post()
    preferences.choose(office.bob.pk, {kind: Timing.OFF})
    told = 0
    for each in Kind:
        at = database_now()
        back = at if each == Kind.CHANGES_REQUESTED else None
        Approval.objects.update(sent_back_at=back)
        notice = Notice(kind=each, approval=approval, recipient=office.bob, at=at)
        outbox.note([notice])
        told += len(office.post())
    assert told == len(Kind) - 1


def test_daily_mails_come_as_one_at_their_hour(office: Office) -> None:
    preferences.choose(office.bob.pk, {Kind.OPENED: Timing.DAILY})
    office.ask(title="Pay the printer?")
    office.ask(title="Pay the baker?")
    assert office.post() == [ALICE, ALICE]
    now = database_now()
    due = spreading.next_digest(now, ZoneInfo("UTC"))
    assert set(of(office.bob).values_list("due_at", flat=True)) == {due}
    of(office.bob).update(due_at=now)
    assert office.post() == [BOB]
    letter = mail.outbox[-1]
    assert letter.subject == "2 requests since yesterday"
    assert "Pay the printer?" in letter.body
    assert "Pay the baker?" in letter.body
    assert set(of(office.bob).values_list("status", flat=True)) == {"sent"}


def test_what_is_urgent_does_not_wait_for_the_daily_mail(office: Office) -> None:
    preferences.choose(office.bob.pk, {Kind.OPENED: Timing.DAILY})
    office.ask(ApprovalPolicy(groups=["managers"], priority=Priority.URGENT))
    assert office.post() == [ALICE, BOB]


@pytest.mark.parametrize(("now", "hours"), [("21:00", 1), ("22:00", 24), ("23:00", 23)])
def test_the_daily_hour_is_seven_where_the_reader_is(now: str, hours: int) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")  # seven there is 22:00 in UTC
    at = datetime.fromisoformat(f"2026-11-20T{now}+00:00")
    assert spreading.next_digest(at, tokyo) == at + timedelta(hours=hours)


def test_a_mail_server_that_is_down_costs_no_decision_and_no_mail(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = office.ask(ApprovalPolicy(users=["alice"]))
    with monkeypatch.context() as patched:
        patched.setattr(courier, "_send", refused)
        assert office.post() == []
    waiting = Mail.objects.get()
    assert (waiting.status, waiting.attempts) == (Delivery.WAITING, 1)
    assert waiting.error == "ConnectionRefusedError: no mail here"
    assert waiting.due_at > database_now() + timedelta(seconds=10)
    assert office.post() == []  # not before the pause is over
    Mail.objects.update(due_at=database_now())
    assert office.post() == [ALICE]
    assert office.answer(approval, office.alice).outcome == "approved"


def refused(*_: object) -> None:
    raise ConnectionRefusedError("no mail here")


def test_after_many_attempts_it_is_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask(ApprovalPolicy(users=["alice"]))
    monkeypatch.setattr(courier, "_send", refused)
    for _ in range(outbox.ATTEMPTS + 3):
        Mail.objects.update(due_at=database_now())
        office.post()
    given_up = Mail.objects.get()
    assert (given_up.status, given_up.attempts) == ("failed", outbox.ATTEMPTS)


def test_the_pauses_grow_and_end_at_six_hours() -> None:
    pauses = [outbox.pause_after(n).total_seconds() for n in range(1, 9)]
    assert pauses == [15, 60, 240, 960, 3840, 15360, 21600, 21600]


def test_a_template_that_breaks_costs_that_mail_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = letters.write

    def breaks(mail: Mail, *, link: str) -> Any:
        if mail.recipient == office.alice:
            raise KeyError("the amount is 98765")
        return write(mail, link=link)

    monkeypatch.setattr(letters, "write", breaks)
    office.ask()
    assert office.post() == [BOB]
    assert Mail.objects.get(recipient=office.alice).error == "KeyError"


def test_a_worker_that_died_on_the_way_is_replaced_and_can_not_record(
    office: Office,
) -> None:
    office.ask(ApprovalPolicy(users=["alice"]))
    spreading.SpreadChore().do_due()
    now = database_now()
    first = outbox.claim(Mail, now=now)
    assert first is not None
    assert outbox.claim(Mail, now=now) is None
    second = outbox.claim(Mail, now=now + outbox.CLAIM)
    assert second is not None
    assert not outbox.sent(first)
    assert outbox.sent(second)


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_mail_once(office: Office) -> None:
    for number in range(3):
        office.ask(title=f"Question {number}")

    def work(_: int) -> None:
        while spreading.SpreadChore().do_due() or courier.MailChore().do_due():
            pass

    in_threads(work, range(8), at_once=8)
    told = sorted((letter.to[0], letter.subject) for letter in mail.outbox)
    assert len(told) == len(set(told)) == 6
    assert set(Mail.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_what_is_sent_is_kept_only_where_that_is_asked_for(
    office: Office, settings: Any
) -> None:
    office.ask(ApprovalPolicy(users=["alice"]))
    office.post()
    assert Mail.objects.get().text == ""
    settings.APPROVALS = {**settings.APPROVALS, "KEEP_MAILS": True}
    office.ask(ApprovalPolicy(users=["bob"]))
    office.post()
    kept = Mail.objects.get(recipient=office.bob)
    assert kept.text == mail.outbox[-1].body
    assert "<h1" in kept.html


def test_without_a_mail_server_they_are_kept_and_not_sent(
    office: Office, settings: Any
) -> None:
    settings.APPROVALS = {**settings.APPROVALS, "SEND_MAILS": False, "KEEP_MAILS": True}
    office.ask(ApprovalPolicy(users=["alice"]))
    assert office.post() == []
    kept = Mail.objects.get()
    assert kept.status == Delivery.SENT
    assert "Pay?" in kept.text


def test_a_deleted_run_takes_its_notices_along(office: Office) -> None:
    approval = office.ask()
    office.post()
    office.run_of(approval).cancel()
    workflow: Any = registry.get(approval.workflow)
    workflow.delete_run(approval.run_id)
    assert not Approval.objects.exists()
    assert not Notice.objects.exists()
    assert not Mail.objects.exists()


def of(person: User) -> Any:
    return Mail.objects.filter(recipient=person)


def test_who_it_is_given_to_is_told_and_not_who_gave_it(office: Office) -> None:
    approval = office.ask(ApprovalPolicy())
    assert office.post() == []
    operator = office.person("oskar", "Oskar", "Lund")
    operator.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    caller = Caller(user=operator, channel=Channel.PAGE, now=database_now())
    assigning.assign(approval_id=approval.pk, caller=caller, groups=["managers"])
    assert office.post() == [ALICE, BOB]
    assert mail.outbox[-1].subject == "Decision needed: Pay?"
    assert "A request was given to you to decide." in mail.outbox[-1].body


def test_a_colleague_is_told_of_what_is_handed_over_to_them(office: Office) -> None:
    approval = office.ask()
    office.post()
    caller = Caller(user=office.alice, channel=Channel.PAGE, now=database_now())
    claiming.claim(approval_id=approval.pk, caller=caller)
    claiming.hand_over(approval_id=approval.pk, caller=caller, username="bob")
    assert office.post() == [BOB]


@pytest.mark.parametrize(
    ("options", "told", "subject"),
    [
        ({"remind_every": DAY}, [ALICE], "Reminder: Pay?"),
        ({"due_in": DAY}, [ALICE], "Reminder: Pay?"),
        (
            {"due_in": DAY, "on_due": "escalate", "escalate_to": ["bob"]},
            [ALICE, BOB],
            "Overdue: Pay?",
        ),
        ({"due_in": DAY, "on_due": "reject"}, [INES], "Rejected: Pay?"),
        ({"due_in": DAY, "on_due": "cancel"}, [INES], "Canceled: Pay?"),
    ],
)
def test_the_clock_is_told_of_once(
    office: Office, options: dict[str, Any], told: list[str], subject: str
) -> None:
    approval = office.ask(ApprovalPolicy(users=["alice"], **options))
    office.post()
    elapse(approval, DAY)
    assert deadlines.act(approval.pk)
    assert office.post() == told
    assert mail.outbox[-1].subject == subject


def test_who_asked_is_told_what_to_change_and_the_others_when_it_is_back(
    office: Office,
) -> None:
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
    assert office.post() == [INES]
    assert "Alice Young: asks for changes" in mail.outbox[-1].body
    assert "> Which printer?" in mail.outbox[-1].body
    ines = Caller(user=office.ines, channel=Channel.PAGE, now=database_now())
    change_requests.resubmit(
        approval_id=approval.pk, caller=ines, text="The big one.", version=1
    )
    assert office.post() == [ALICE, BOB]


def test_a_notice_that_breaks_stops_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    timings = preferences.timings

    def breaks(people: Any, kind: Kind) -> Any:
        if kind == Kind.REMINDER:
            raise KeyError(kind)
        return timings(people, kind)

    approval = office.ask()
    Notice.objects.update(kind=Kind.REMINDER)
    office.answer(approval, office.alice)
    with monkeypatch.context() as patched:
        patched.setattr(preferences, "timings", breaks)
        assert office.post() == [INES]
    assert Notice.objects.get(spread_at=None).kind == Kind.REMINDER
