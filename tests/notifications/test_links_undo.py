"""After an answer by link that may be taken back: when it counts, where to undo it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from approvals.notifications import locales
from approvals.templatetags.countersign import to_the_second
from tests.notifications.conftest import Office
from tests.notifications.test_links import DIRECT, mailed, submit

pytestmark = pytest.mark.one_database  # what pages say, and keep


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


def test_what_is_taken_back_stands_in_the_form_again(
    office: Office, client: Client
) -> None:
    policy = replace(DIRECT, undo_window=timedelta(seconds=60))
    approval, path = mailed(office, policy)
    submit(client, path, **{"answer.comment": "Paid from the travel budget."})
    client.force_login(office.alice)
    assert client.post(f"/approvals/{approval.pk}/undo/").status_code == 302
    page = client.get(f"/approvals/{approval.pk}/").content.decode()
    assert "Paid from the travel budget.</textarea>" in page


def test_it_says_when_as_the_recipient_reads_mails(
    office: Office, client: Client
) -> None:
    locales.choose(office.alice.pk, language="ja", zone="Asia/Tokyo")
    policy = replace(DIRECT, undo_window=timedelta(seconds=60))
    approval, path = mailed(office, policy)
    opened = client.get(path)
    assert '<html lang="ja"' in opened.content.decode()
    assert opened["Content-Language"] == "ja"
    page = submit(client, path).content.decode()
    approval.refresh_from_db()
    assert '<html lang="ja"' in page
    shown = re.search(r'<time datetime="([^"]+)">([^<]+)</time>', page)
    assert shown is not None
    assert approval.release_at is not None
    local = approval.release_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert datetime.fromisoformat(shown[1]) == local
    assert shown[2].endswith(f"{local:%H:%M:%S} JST")


def test_what_the_recipient_never_chose_is_as_the_browser_says(
    office: Office, client: Client
) -> None:
    policy = replace(DIRECT, undo_window=timedelta(seconds=60))
    _approval, path = mailed(office, policy)
    client.cookies["zone"] = "Europe/Berlin"
    client.cookies["django_language"] = "ja"
    page = submit(client, path).content.decode()
    assert '<html lang="ja"' in page
    assert re.search(r":\d\d CES?T</time>", page)


@pytest.mark.parametrize(("days", "words"), [(0, "14:05:09 UTC"), (1, "20")])
def test_a_day_that_is_not_today_is_named(
    monkeypatch: pytest.MonkeyPatch, days: int, words: str
) -> None:
    at = datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at - timedelta(days=days))
    assert to_the_second(at).startswith(words)
    assert to_the_second(at).endswith("14:05:09 UTC")
