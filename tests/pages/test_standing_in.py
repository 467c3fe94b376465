"""Who stands in for somebody reads for whom, before the answer and after it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals import ApprovalPolicy
from approvals.models import Approval, Delegation
from tests.pages.conftest import Browser, Desk
from tests.pages.test_acts import page
from tests.pages.test_inbox_page import queries, text

pytestmark = pytest.mark.one_database  # what pages say, and keep

DAY = timedelta(days=1)
FOR_ALICE = "You answer for <bdi>Alice Young</bdi>"


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


def test_the_list_says_which_requests_one_answers_for_somebody_else(
    desk: Desk, browser: Browser
) -> None:
    carol_stands_in(desk)
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    desk.start(workflow, "Pay the managers' one?")
    desk.ask(ApprovalPolicy(users=["carol"]), title="Pay Carol's own?")
    carol = browser(desk.carol)
    anothers, own = rows(carol, "managers&#x27; one?", "Carol&#x27;s own?")
    assert FOR_ALICE in anothers
    assert FOR_ALICE not in own
    assert FOR_ALICE not in text(browser(desk.alice))
    few = queries(carol)
    for _number in range(20):
        desk.start(workflow)
    assert queries(carol) == few


def rows(client: Client, *titles: str) -> list[str]:
    """What stands in the list's row of each of these requests."""
    found = text(client).split("data-row>")
    return [next(row for row in found if title in row) for title in titles]
