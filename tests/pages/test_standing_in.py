"""Who stands in for somebody reads for whom, before the answer and after it."""

from datetime import timedelta

from django.utils import timezone

from approvals import ApprovalPolicy
from approvals.models import Approval, Delegation
from tests.pages.conftest import Browser, Desk
from tests.pages.test_acts import page

DAY = timedelta(days=1)


def carol_stands_in(desk: Desk) -> None:
    now = timezone.now()
    Delegation.objects.create(
        delegator=desk.alice,
        delegate=desk.carol,
        starts_at=now - 3000 * DAY,
        ends_at=now + DAY,
        created_at=now,
        created_by=desk.alice,
    )


def test_the_page_says_for_whom_one_answers(desk: Desk, browser: Browser) -> None:
    carol_stands_in(desk)
    approval = desk.ask()
    assert "You answer for Alice Young." in page(browser(desk.carol), approval)
    assert "You answer for" not in page(browser(desk.bob), approval)


def test_the_history_says_for_whom_it_was_answered(
    desk: Desk, browser: Browser
) -> None:
    carol_stands_in(desk)
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=600))
    assert "standing in for" not in page(browser(desk.bob), approval)
    desk.answer(approval, desk.carol)
    assert "answered: Approved, standing in for Alice Young" in page(
        browser(desk.bob), approval
    )
    decided = desk.ask()
    desk.answer(decided, desk.carol)
    shown = page(browser(desk.bob), Approval.objects.get(pk=decided.pk))
    assert "approved, standing in for Alice Young" in shown
