"""After an answer by link that may be taken back: when it counts, where to undo it."""

from dataclasses import replace
from datetime import timedelta

from django.test import Client

from tests.notifications.conftest import Office
from tests.notifications.test_links import DIRECT, mailed, submit


def test_an_answer_that_may_be_taken_back_says_so_and_where(
    office: Office, client: Client
) -> None:
    policy = replace(DIRECT, undo_window=timedelta(seconds=60))
    approval, path = mailed(office, policy)
    page = submit(client, path).content.decode()
    approval.refresh_from_db()
    assert approval.is_reserved
    assert "unless you take it back" in page
    assert f'href="/approvals/{approval.pk}/"' in page
    assert "The run goes on by itself." not in page
