"""An answer by link that is not taken: why, and what was written into it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel, SecretStr

from approvals import claiming
from approvals.locking import Caller
from approvals.models import Approval, Decision
from approvals.notifications import links
from approvals.notifications.models import Link
from approvals.statuses import Channel, Priority
from tests.notifications.conftest import Office
from tests.notifications.test_links import DIRECT, assert_private, mailed
from workflows.rows import database_now

pytestmark = pytest.mark.one_database  # what pages say, and keep

TWO = replace(DIRECT, users=["alice", "bob"])
SHORT = ["why not no", "監査の前に支払わないでください"]
TYPED = "What you had typed"


class Told(BaseModel):
    """An answer with a choice, a secret and words."""

    approved: bool
    pin: SecretStr = SecretStr("")
    comment: str = ""


def typed(client: Client, path: str, comment: str) -> dict[str, str]:
    """What a browser sends of the page once somebody has written a comment."""
    page = client.get(path).content.decode()
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    answer = {"answer.approved": "false", "answer.comment": comment}
    return {**dict(hidden), **answer, "answer.pin.__secret": "4711"}


def boxes(response: Any) -> list[str]:
    return re.findall(r"(?s)<pre [^>]*>\n(.*?)</pre>", response.content.decode())


@pytest.mark.parametrize("comment", SHORT)
def test_what_was_written_can_be_copied_wherever_it_is_refused(
    office: Office, client: Client, comment: str
) -> None:
    _approval, path = mailed(office, resume_schema=Told)
    sent = typed(client, path, comment)

    strict = Client(enforce_csrf_checks=True)
    outdated = strict.post(path, sent)
    assert (outdated.status_code, boxes(outdated)) == (403, [comment])
    forged = strict.post(path, sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, boxes(forged)) == (403, [])

    Link.objects.update(expires_at=database_now())
    late = client.post(path, sent)
    assert (late.status_code, boxes(late)) == (410, [comment])

    for _look in range(30):
        client.get("/d/guess")
    too_often = client.post(path, sent)
    assert (too_often.status_code, boxes(too_often)) == (429, [comment])
    assert not Decision.objects.exists()


def test_what_was_written_is_text_and_no_more_than_a_draft_holds(
    office: Office, client: Client
) -> None:
    sent = {"written": "answer.a answer.__secret", "text": "<b>No</b>"}
    more = {"answer.a": "x" * 200_000, "answer.b": "Yes", "answer.__secret": "4711"}
    page = client.post("/d/x", {**sent, **more})
    assert boxes(page) == ["&lt;b&gt;No&lt;/b&gt;"]
    assert TYPED not in client.get("/d/x").content.decode()


def claim(office: Office, approval: Approval) -> None:
    caller = Caller(user=office.bob, channel=Channel.PAGE, now=database_now())
    claiming.claim(approval_id=approval.pk, caller=caller)


def answer(office: Office, approval: Approval) -> None:
    office.answer(approval, office.bob, False)


def cancel(office: Office, approval: Approval) -> None:
    office.run_of(approval).cancel()


def change(office: Office, approval: Approval) -> None:
    Approval.objects.filter(pk=approval.pk).update(version=2)


def raise_the_stakes(office: Office, approval: Approval) -> None:
    Approval.objects.filter(pk=approval.pk).update(priority=Priority.URGENT)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (claim, "Bob Stone has claimed this."),
        (answer, "Bob Stone rejected this."),
        (cancel, "This is no longer needed"),
        (change, "still waits for you, but this link can&#x27;t decide it."),
        (raise_the_stakes, "still waits for you, but this link can&#x27;t decide it."),
    ],
)
def test_its_recipient_is_told_what_became_of_the_request(
    office: Office, client: Client, happens: Any, words: str
) -> None:
    approval = office.ask(TWO)
    path = links.issue(approval, office.alice, now=database_now())
    sent = typed(client, path, "why not no")
    happens(office, approval)
    for response in (client.get(path), client.post(path, sent)):
        assert response.status_code == 410
        assert_private(response)
        page = response.content.decode()
        assert words in page
        assert "Pay?" in page
        assert "It was used already" not in page
    assert boxes(response) == ["why not no"]
    assert not Decision.objects.filter(decided_by=office.alice).exists()


def test_who_answered_by_it_is_told_what_they_answered(
    office: Office, client: Client
) -> None:
    _approval, path = mailed(office)
    sent = typed(client, path, "why not no")
    sent.pop("answer.pin.__secret")
    assert client.post(path, sent).status_code == 200
    again = client.post(path, sent)
    assert again.status_code == 410
    assert "You rejected this." in again.content.decode()
    Approval.objects.get().candidates.update(user=office.bob)
    assert "It was used already" in client.get(path).content.decode()
