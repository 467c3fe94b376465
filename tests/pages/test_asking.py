"""A question to one colleague: kept with the request, mailed, and no vote."""

from typing import Any

import pytest
from django.core import mail

from approvals import ApprovalPolicy
from approvals.models import Approval, ApprovalComment, AuditRow
from approvals.notifications import preferences
from approvals.notifications.kinds import Kind, Timing
from approvals.policies import eligibility
from approvals.rule_models import CommentKind
from tests.notifications.conftest import Office, office
from tests.pages.conftest import Browser
from tests.pages.test_acts import act, offered, page
from tests.pages.test_people import found

pytestmark = pytest.mark.one_database  # what pages say, and keep

__all__ = ["office"]

QUESTION = "Did Zoë go there by train?"


def ask(office: Office, browser: Browser, approval: Approval, **fields: Any) -> Any:
    fields = {"username": "Bob Stone", "text": QUESTION, **fields}
    return act(browser(office.alice), approval, "ask", **fields)


def test_it_is_in_the_history_mailed_to_one_and_answered_by_a_comment(
    office: Office, browser: Browser
) -> None:
    office.person("dora", "Dora", "Lind", office.managers)
    approval = office.ask(title="Pay Zoë?")
    office.post()
    assert ask(office, browser, approval).status_code == 302
    assert office.post() == ["bob@desk.example"]
    letter = mail.outbox[-1]
    assert letter.subject == "Question: Pay Zoë?"
    assert f"Alice Young: asks you\n> {QUESTION}" in letter.body
    assert f"/approvals/{approval.pk}/" in letter.body
    act(browser(office.bob), approval, "comment", text="She did.")
    told = page(browser(office.alice), approval)
    assert "</strong> asked Bob Stone" in told
    assert told.lower().count("</strong> asked bob") == 1
    assert told.count(QUESTION) == 1
    assert "She did." in told


def test_it_leaves_one_row_and_nobodys_right_is_another(
    office: Office, browser: Browser
) -> None:
    approval = office.ask()
    before = AuditRow.objects.count()
    ask(office, browser, approval)
    row = AuditRow.objects.get(seq=before + 1)
    assert AuditRow.objects.count() == before + 1
    assert (row.action, row.outcome) == ("colleague-asked", "bob")
    assert row.actor == office.alice
    question = ApprovalComment.objects.get()
    assert (question.kind, question.addressee) == (CommentKind.QUESTION, office.bob)
    again = Approval.objects.get(pk=approval.pk)
    assert again.claimed_by is None
    assert eligibility(office.alice, again).may_decide
    assert eligibility(office.bob, again).may_decide


def test_of_two_questions_each_mail_has_its_own(
    office: Office, browser: Browser
) -> None:
    approval = office.ask()
    office.post()
    ask(office, browser, approval)
    ask(office, browser, approval, text="And back?")
    office.post()
    first, second = (letter.body for letter in mail.outbox[-2:])
    assert (QUESTION in first, "And back?" in first) == (True, False)
    assert (QUESTION in second, "And back?" in second) == (False, True)


def test_who_wants_no_such_mail_gets_none(office: Office, browser: Browser) -> None:
    approval = office.ask()
    office.post()
    preferences.choose(office.bob.pk, {Kind.QUESTION: Timing.OFF})
    ask(office, browser, approval)
    assert office.post() == []


@pytest.mark.parametrize("name", ["carol", "nobody", "alice", "Carol West", ""])
def test_only_who_was_asked_as_well_is_asked(
    office: Office, browser: Browser, name: str
) -> None:
    approval = office.ask()
    answer = ask(office, browser, approval, username=name)
    assert answer.status_code == 422
    words = answer.content.decode()
    assert f"{name} is not among the people who were asked." in words
    assert QUESTION in words
    assert not ApprovalComment.objects.exists()


def test_a_question_has_words(office: Office, browser: Browser) -> None:
    answer = ask(office, browser, office.ask(), text="  ")
    assert answer.status_code == 422
    assert not ApprovalComment.objects.exists()


def test_who_can_not_decide_is_not_offered_it_and_may_not(
    office: Office, browser: Browser
) -> None:
    approval = office.ask()
    assert "ask" not in offered(browser(office.ines), approval)
    address = f"/approvals/{approval.pk}/act/ask/"
    fields = {"username": "bob", "text": QUESTION}
    assert browser(office.ines).post(address, fields).status_code == 403
    assert found(browser(office.ines), "ask", approval=approval.pk) == []
    assert found(browser(office.alice), "ask", approval=approval.pk) == ["bob"]
    assert not ApprovalComment.objects.exists()


def test_with_several_votes_a_colleague_is_asked_too(
    office: Office, browser: Browser
) -> None:
    approval = office.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    assert ask(office, browser, approval).status_code == 302


def test_alone_there_is_nobody_to_ask(office: Office, browser: Browser) -> None:
    approval = office.ask(ApprovalPolicy(users=["alice"]))
    assert "ask" not in offered(browser(office.alice), approval)


def test_by_rest_a_question_says_whom_it_asks(office: Office, browser: Browser) -> None:
    approval = office.ask()
    alice = browser(office.alice)
    ask(office, browser, approval)
    act(alice, approval, "comment", text="I asked.")
    address = f"/api/v1/approvals/{approval.pk}/comments/"
    told = alice.get(address).json()["results"]
    assert [each["addressee"] for each in told] == ["Bob Stone", None]
