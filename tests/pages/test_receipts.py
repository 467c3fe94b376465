"""The receipt of an answer: for people to read, to print, and to check."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pydantic import BaseModel, SecretStr

from approvals import ApprovalPolicy, triggers
from approvals.models import Approval, AuditRow, Decision
from tests.approvals.conftest import Desk
from tests.pages.conftest import Browser
from tests.pages.test_decision_page import TYPED, address, post
from workflows.testing import isolated_registry, run_until_idle

pytestmark = pytest.mark.one_database  # what pages say, and keep

HOLDS, BROKEN = "Checked just now: it holds", "Checked just now: it does not hold"


class WithPin(BaseModel):
    approved: bool
    comment: str = ""
    pin: SecretStr


def text(response: Any) -> str:
    return str(response.content.decode())


def receipt_of(approval: Approval) -> str:
    return f"{address(approval)}receipts/{Decision.objects.latest('pk').pk}/"


def sql(statement: str, *values: Any) -> None:
    """What somebody who owns the database can do once the triggers are gone."""
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def decided(desk: Desk, browser: Browser) -> Approval:
    approval = desk.ask(title="Pay <Zoë>?", amount=1234)
    post(browser(desk.alice), approval)
    return approval


def test_the_receipt_says_who_said_what_about_what_and_proves_it(
    desk: Desk, browser: Browser, decided: Approval
) -> None:
    bob = browser(desk.bob)
    assert f'href="{receipt_of(decided)}"' in text(bob.get(address(decided)))
    page = text(bob.get(receipt_of(decided)))
    row = AuditRow.objects.get()
    for words in (
        "Alice Young approved this.",
        "Pay &lt;Zoë&gt;?",
        "1,234",
        TYPED,
        "on the page of the request",
        decided.digest,
        row.hash,
        f"Entry {row.seq} of the record",
        f"http://testserver{receipt_of(decided)}",
        HOLDS,
    ):
        assert words in page
    assert page.count("This holds.") == 4


def test_each_vote_has_one_of_its_own(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    post(browser(desk.alice), approval)
    first = receipt_of(approval)
    assert "one vote of several" in text(browser(desk.bob).get(first))
    post(browser(desk.bob), approval)
    page = text(browser(desk.alice).get(receipt_of(approval)))
    assert "Bob Stone approved this." in page
    assert HOLDS in page
    assert HOLDS in text(browser(desk.alice).get(first))


def test_what_was_edited_stands_beside_what_was_shown(
    desk: Desk, browser: Browser
) -> None:
    rule = ApprovalPolicy(groups=["managers"], editable=("amount",))
    approval = desk.ask(rule, amount=480)
    post(browser(desk.alice), approval, **{"edits.amount": "400"})
    page = text(browser(desk.alice).get(receipt_of(approval)))
    told = page.partition("Approved with these changes")[2].partition("</section>")[0]
    was, now = told.index("<del>"), told.index("<ins>")
    assert was < told.index("480") < now < told.index("400")
    assert told.count("<dt>") == 1  # and nothing that stayed
    assert HOLDS in page


@pytest.mark.parametrize(
    ("table", "column", "value", "broken"),
    [
        ("approvals_decision", "answer", '{"approved": false}', 1),
        ("approvals_decision", "digest", "0" * 64, 2),
        ("approvals_auditrow", "outcome", "rejected", 2),
        ("approvals_auditrow", "prev", "1" * 64, 1),
        ("workflows_suspension", "payload", '{"title":"Pay?","amount":9}', 1),
    ],
)
def test_whatever_was_changed_since_is_found(
    desk: Desk,
    browser: Browser,
    decided: Approval,
    table: str,
    column: str,
    value: str,
    broken: int,
) -> None:
    sql(f"UPDATE {table} SET {column} = %s", value)
    page = text(browser(desk.bob).get(receipt_of(decided)))
    assert BROKEN in page
    assert page.count("Not so:") == broken


def test_a_record_whose_entry_is_gone_proves_nothing(
    desk: Desk, browser: Browser, decided: Approval
) -> None:
    sql("DELETE FROM approvals_auditrow")
    page = text(browser(desk.bob).get(receipt_of(decided)))
    assert BROKEN in page
    assert page.count("Not so:") == 2


def test_it_still_holds_when_the_code_that_asked_is_gone(
    desk: Desk, browser: Browser, decided: Approval
) -> None:
    with isolated_registry():
        page = text(browser(desk.bob).get(receipt_of(decided)))
    assert HOLDS in page
    assert "1,234" in page or "1234" in page


def test_it_shows_no_secret(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(resume_schema=WithPin)
    post(browser(desk.alice), approval, **{"answer.pin.__secret": "4711-0815"})
    page = text(browser(desk.alice).get(receipt_of(approval)))
    assert "Alice Young approved this." in page
    assert "4711" not in page


def test_it_is_for_those_who_may_see_the_request(
    desk: Desk, browser: Browser, decided: Approval
) -> None:
    other = desk.ask()
    pk = Decision.objects.get().pk
    assert browser(desk.carol).get(receipt_of(decided)).status_code == 404
    assert browser(desk.bob).post(receipt_of(decided)).status_code == 405
    wrong = f"{address(other)}receipts/{pk}/"
    assert browser(desk.bob).get(wrong).status_code == 404


def test_where_the_clock_answered_there_is_none(desk: Desk, browser: Browser) -> None:
    rule = ApprovalPolicy(groups=["managers"], due_in=1e-6, on_due="reject")
    approval = desk.ask(rule)
    run_until_idle()
    assert "receipts/" not in text(browser(desk.alice).get(address(approval)))


def test_rest_names_the_entry_and_the_page(
    desk: Desk, browser: Browser, decided: Approval
) -> None:
    shown = browser(desk.bob).get(f"/api/v1/approvals/{decided.pk}/receipts/").json()
    [receipt] = shown["results"]
    row = AuditRow.objects.get()
    assert receipt["audit"] == {"seq": row.seq, "hash": row.hash}
    assert receipt["page"] == receipt_of(decided)
    assert User.objects.get(username="alice").get_full_name() == receipt["decided_by"]
