"""The page after an answer by link: what was asked, what was said, where to go on."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pydantic import BaseModel, Field

from tests.notifications.conftest import Office
from tests.notifications.test_links import DIRECT, mailed, submit

pytestmark = pytest.mark.one_database  # what pages say, and keep

OUTCOMES = {"approved": "The printer is paid today."}


class Spoken(BaseModel):
    """An answer whose buttons have words of their author's."""

    approved: bool = Field(
        json_schema_extra={"labels": {"true": "Pay it", "false": "No"}}
    )
    comment: str = ""


def answered(office: Office, client: Client, **options: Any) -> str:
    _approval, path = mailed(office, DIRECT, **options)
    page: str = submit(client, path).content.decode()
    return page


def test_the_page_says_what_was_answered_and_what_that_leads_to(
    office: Office, client: Client
) -> None:
    page = answered(
        office, client, resume_schema=Spoken, metadata={"outcomes": OUTCOMES}
    )
    assert "Pay?" in page
    assert "You answered: <strong><bdi>Pay it</bdi></strong>" in page
    assert "The printer is paid today." in page


def test_the_form_of_a_link_says_when_its_comment_is_needed(
    office: Office, client: Client
) -> None:
    _approval, path = mailed(office, replace(DIRECT, require_comment_on_reject=True))
    assert "(needed for “Reject”)" in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("reader", "words"),
    [("", "Sign in to your inbox"), ("alice", "Go to the inbox")],
)
def test_the_page_leads_to_the_inbox(
    office: Office, client: Client, reader: str, words: str
) -> None:
    if reader:
        client.force_login(User.objects.get(username=reader))
    page = answered(office, client)
    assert f'<a class="button" href="/">{words}</a>' in page


class Amount(BaseModel):
    approved: bool
    amount: int = 0


def test_no_link_decides_what_its_form_may_not_show(
    office: Office, client: Client
) -> None:
    """The page proposes the amount asked for; a link would record the default."""
    _approval, path = mailed(office, resume_schema=Amount)
    assert client.get(path).headers["Location"].startswith("/approvals/")
