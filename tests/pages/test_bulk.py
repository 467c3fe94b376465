"""Several requests answered together, in a browser without scripts."""

import re
from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pydantic import BaseModel

from approvals import ApprovalPolicy, decisions, inbox
from approvals.models import Approval, Decision
from approvals.pages import wording
from tests.pages.conftest import Browser, Desk


class Amount(BaseModel):
    approved: bool
    amount: int


def review(client: Client, *approvals: Approval) -> str:
    response = client.get("/bulk/", {"id": [approval.pk for approval in approvals]})
    assert response.status_code == 200
    return response.content.decode()


def decide(
    client: Client, *approvals: Approval, verdict: str = "approved", **more: Any
) -> str:
    sent: dict[str, Any] = {"verdict": verdict, **more}
    for approval in approvals:
        sent.setdefault(f"digest.{approval.pk}", approval.digest)
        sent.setdefault(f"version.{approval.pk}", approval.version)
    return client.post(address(*approvals), sent).content.decode()


def address(*approvals: Approval) -> str:
    return f"/bulk/?{urlencode({'id': [a.pk for a in approvals]}, doseq=True)}"


def test_each_row_is_decided_by_itself_and_told_by_itself(
    desk: Desk, browser: Browser
) -> None:
    first, late = desk.ask(title="Pay the baker?"), desk.ask(title="Pay the smith?")
    other = desk.ask(title="Pay an amount?", resume_schema=Amount)
    alice = browser(desk.alice)
    page = review(alice, first, late, other)
    assert "3 requests selected" in page
    assert "You may decide 2 of them here." in page
    assert "Its form asks for more than an outcome and a reason." in page
    assert "Decide 2 requests" in page

    digest = late.digest
    desk.answer(late, desk.bob, False)
    page = decide(
        alice, first, late, other, reason="Fine.", **{f"digest.{late.pk}": digest}
    )

    assert "1 request decided" in page
    assert "2 left as they are" in page
    assert "Bob Stone rejected this." in page
    decision = Decision.objects.get(decided_by=desk.alice)
    assert (decision.approval_id, decision.channel) == (first.pk, "bulk")
    assert decision.answer_value == {"approved": True, "comment": "Fine."}


def test_what_changed_since_the_look_is_not_decided(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    page = decide(browser(desk.alice), approval, **{f"digest.{approval.pk}": "stale"})
    assert "0 requests decided" in page
    assert "This changed since you looked at it." in page
    assert "no longer waits" not in page
    assert not Decision.objects.exists()


def test_more_than_the_limit_is_refused_as_a_whole(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    ids = [approval.pk, *(f"other-{number}" for number in range(100))]
    sent = {f"digest.{approval.pk}": approval.digest, f"version.{approval.pk}": 1}
    alice = browser(desk.alice)
    words = "At most 100 requests at once; you selected 101."
    for answer in (
        alice.post(f"/bulk/?id={'&id='.join(ids)}", {"verdict": "approved", **sent}),
        alice.get("/bulk/", {"id": ids}),
        alice.post("/bulk/undo/", {"id": ids}),
    ):
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert words in alice.get("/bulk/summary/", {"id": ids}).content.decode()
    assert not Decision.objects.exists()


def test_a_reason_that_the_rule_asks_for_is_asked_for(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], require_comment_on_reject=True)
    approval = desk.ask(policy)
    alice = browser(desk.alice)
    assert "(needed for “Reject”)" in review(alice, approval)
    page = decide(alice, approval, verdict="rejected")
    assert '<a href="#reason">Say why you reject this.</a>' in page
    assert re.search(r'id="reason"[^>]* aria-invalid="true"', page)
    assert re.search(r'value="rejected"[^>]* checked', page)
    assert "Decide 1 request" in page  # the form is still there
    assert "1 request decided" in decide(
        alice, approval, verdict="rejected", reason="Too dear."
    )


def test_without_an_outcome_nothing_is_decided(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    page = decide(browser(desk.alice), approval, verdict="maybe", reason="Half typed")
    assert "Choose an outcome." in page
    assert "Half typed" in page
    assert not Decision.objects.exists()


def test_what_somebody_may_not_see_is_not_even_named(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay the baker?")
    page = review(browser(desk.carol), approval)
    assert "baker" not in page
    assert "0 requests selected" in page
    decide(browser(desk.carol), approval)
    assert not Decision.objects.exists()


def test_the_bar_says_how_many_of_the_ticked_can_be_decided(
    desk: Desk, browser: Browser
) -> None:
    ids = [desk.ask(title=f"Pay the {who}?").pk for who in ("baker", "smith")]
    page = browser(desk.ines).get("/bulk/summary/", {"id": ids}).content.decode()
    assert "2 selected" in page
    assert page.count("somebody else has to decide") == 1
    assert "and 1 more – " in page
    assert "you may decide 0" in page
    assert "somebody else has to decide" in page


def test_a_look_at_many_costs_what_a_look_at_two_costs(
    desk: Desk, browser: Browser
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    approvals = [desk.start(workflow) for _ in range(20)]
    alice = browser(desk.alice)
    costs = []
    for some in (approvals[:2], approvals):
        with CaptureQueriesContext(connection) as queries:
            review(alice, *some)
        costs.append(len(queries))
    assert costs[0] == costs[1]


class Courier(BaseModel):
    decision: Literal["send", "keep"]


def test_requests_without_a_common_outcome_are_not_decided_together(
    desk: Desk, browser: Browser
) -> None:
    page = review(browser(desk.alice), desk.ask(), desk.ask(resume_schema=Courier))
    assert "no outcome in common" in page


def test_a_batch_is_taken_back_as_a_whole_and_its_drafts_are_back(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], undo_window=60)
    first, second = desk.ask(policy), desk.ask(policy)
    late = desk.ask()
    alice = browser(desk.alice)
    alice.post(f"/approvals/{first.pk}/draft/", {"answer.comment": "Half"})

    page = decide(alice, first, second, late)
    assert "3 requests decided" in page
    assert "2 answers can still be taken back." in page
    assert "You approved this. It goes ahead soon" in page
    assert re.findall('name="id" value="(.*?)"', page) == [first.pk, second.pk]

    ids = [first.pk, late.pk, second.pk]
    undone = alice.post("/bulk/undo/", {"id": ids}).content.decode()
    assert "2 answers taken back" in undone
    assert "1 left as it is" in undone
    assert "too late to take this back" in undone
    assert set(inbox.waiting_for(desk.alice)) == {first, second}
    assert "Half" in alice.get(f"/approvals/{first.pk}/").content.decode()


def test_a_batch_is_taken_back_only_by_who_decided_it(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=60))
    decide(browser(desk.alice), approval)
    refused = browser(desk.bob).post("/bulk/undo/", {"id": approval.pk})
    assert "Only who gave the answer can take it back." in refused.content.decode()
    unseen = browser(desk.carol).post("/bulk/undo/", {"id": approval.pk})
    assert "0 answers taken back" in unseen.content.decode()
    approval.refresh_from_db()
    assert approval.is_reserved


def test_a_vote_given_with_others_counts_itself(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    page = decide(browser(desk.alice), approval, desk.ask())
    assert "1 request decided, 1 vote recorded</h1>" in page
    assert "Your vote is recorded: 1 of 2." in page
    assert "autofocus>1 vote recorded</h1>" in decide(browser(desk.alice), approval)


def test_what_is_recorded_stays_said_when_the_database_goes_on_the_way(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = ApprovalPolicy(groups=["managers"], quorum=2)
    asked = [desk.ask(policy, title=f"Pay the {who}?") for who in ("baker", "smith")]
    asked.append(desk.ask(title="Pay the cook?"))
    decide_one, tried = decisions.decide, []

    def decided(**given: Any) -> Approval:
        tried.append(given["approval_id"])
        if len(tried) == 2:
            raise OperationalError("the connection is closed")
        return decide_one(**given)

    monkeypatch.setattr(decisions, "decide", decided)
    alice = browser(desk.alice)
    page = decide(alice, *asked)
    assert tried == [asked[0].pk, asked[1].pk]
    assert "1 vote recorded</h1>" in page
    assert "Your vote is recorded: 1 of 2." in page
    assert "2 of them got no answer." in page
    assert page.count(">Not known</span>") == 2
    assert "Whether this was recorded is not known" in page
    assert "before this; send it again" in page
    again = re.findall('name="id" value="(.*?)"', page)
    assert again == [asked[1].pk, asked[2].pk]
    assert "You may decide 2 of them here." in review(
        alice, *Approval.objects.filter(pk__in=again)
    )


def test_an_answer_is_said_to_be_recorded_though_no_more_can_be_asked(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: Approval) -> str:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(wording, "recorded_of_many", gone)
    page = decide(browser(desk.alice), desk.ask())
    assert "1 request decided" in page
    assert "Your answer is recorded." in page
