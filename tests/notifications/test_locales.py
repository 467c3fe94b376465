"""Mails in the language and the time zone of who reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import translation

from approvals import ApprovalPolicy
from approvals.models import Approval
from approvals.notifications import locales, preferences
from approvals.notifications.kinds import Kind, Timing
from approvals.notifications.models import Mail, ReaderLocale
from tests.notifications.conftest import Office
from tests.notifications.test_letters import html_of
from tests.pages.conftest import allow
from workflows.models import Run

ADDRESS = "/preferences/notifications/"
AT_ONCE = {kind.value: "at-once" for kind in Kind}
PASSWORD = "not a secret in tests"
DUE = datetime(2031, 5, 6, 0, 30, tzinfo=UTC)
STUCK = "it is stuck"


def letter_to(user: User) -> Any:
    (found,) = [letter for letter in mail.outbox if letter.to == [user.email]]
    return found


def test_each_reads_it_in_their_own_language_and_zone(office: Office) -> None:
    locales.choose(office.bob.pk, language="ja", zone="Asia/Tokyo")
    approval = office.ask(ApprovalPolicy(groups=["managers"], due_in=60))
    Approval.objects.filter(pk=approval.pk).update(due_at=DUE)
    with translation.override("ja"):  # whatever holds where the courier runs
        office.post()
    english, japanese = letter_to(office.alice), letter_to(office.bob)
    assert english.subject == "Decision needed: Pay?"
    assert "6 May 2031, 00:30 UTC" in english.body
    assert '<html lang="en">' in html_of(english)
    assert japanese.subject.endswith("Pay?")
    assert "決定" in japanese.subject
    assert "2031年5月6日9:30 JST" in japanese.body
    assert '<html lang="ja">' in html_of(japanese)
    for words in ("Requested by", "Due", "Read it", "Opening the link"):
        assert words in english.body
        assert words not in japanese.body
        assert words not in html_of(japanese)


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_of_mail_is_whole_in_japanese(office: Office, kind: str) -> None:
    locales.choose(office.bob.pk, language="ja")
    allow(office.bob, "operate_run")
    approval = office.ask()
    Run.objects.update(attention=STUCK)
    office.post()
    mail.outbox.clear()
    notice = Mail.objects.filter(recipient=office.bob).get().notice
    notice.pk, notice.kind, notice.spread_at = None, kind, None
    notice.recipient = office.bob
    notice.save()
    if kind == Kind.OUTCOME:
        office.answer(approval, office.alice)
    if kind == Kind.CHANGES_REQUESTED:
        Approval.objects.update(sent_back_at=DUE)
    office.post()
    (letter,) = [one for one in mail.outbox if one.to == [office.bob.email]]
    told = f"{letter.subject} {letter.body}"
    for name in (
        "Pay?",
        "Alice Young",
        "Ines Hill",
        "Title",
        "Amount",
        "payment",
        STUCK,
    ):
        told = told.replace(name, "")
    words = [word for word in told.split() if word.isascii() and word.isalpha()]
    assert [word for word in words if word not in ("Countersign",)] == []


def test_the_daily_mail_comes_in_the_morning_of_its_reader(office: Office) -> None:
    locales.choose(office.bob.pk, language="ja", zone="Asia/Tokyo")
    preferences.choose(office.bob.pk, {Kind.OPENED: Timing.DAILY})
    office.ask()
    office.post()
    mine = Mail.objects.filter(recipient=office.bob)
    due_at = mine.get().due_at
    assert due_at.astimezone(UTC).hour == 22  # seven in Tokyo
    mine.update(due_at=due_at - timedelta(days=1))
    office.post()
    letter = letter_to(office.bob)
    assert '<html lang="ja">' in html_of(letter)
    assert "決定" in letter.body


def test_people_choose_both_and_odd_choices_are_refused(
    office: Office, client: Client
) -> None:
    client.force_login(office.bob)
    page = client.get(ADDRESS).content.decode()
    assert "日本語" in page
    assert "America/Argentina/Buenos Aires" in page
    chosen = {**AT_ONCE, "language": "ja", "zone": "Asia/Tokyo"}
    assert client.post(ADDRESS, chosen).status_code == 302
    assert locales.chosen_by(office.bob.pk) == ("ja", "Asia/Tokyo")
    page = client.get(ADDRESS).content.decode()
    assert '<option value="Asia/Tokyo" selected>' in page
    for wrong in ({"language": "xx"}, {"zone": "Moon/Crater"}):
        assert client.post(ADDRESS, {**chosen, **wrong}).status_code == 422
    assert locales.chosen_by(office.bob.pk) == ("ja", "Asia/Tokyo")
    assert client.post(ADDRESS, AT_ONCE).status_code == 302
    assert locales.chosen_by(office.bob.pk) == ("", "")


def test_the_language_of_the_pages_is_that_of_the_mails(
    office: Office, client: Client
) -> None:
    client.force_login(office.bob)
    client.cookies["zone"] = "Asia/Tokyo"
    client.post("/preferences/language/", {"language": "ja"})
    assert locales.chosen_by(office.bob.pk) == ("ja", "Asia/Tokyo")
    client.post("/preferences/language/", {"language": "xx"})
    client.post("/preferences/language/", {"language": "en"})
    assert locales.chosen_by(office.bob.pk) == ("en", "Asia/Tokyo")


def test_the_first_sign_in_tells_how_somebody_reads_and_later_ones_do_not(
    office: Office, client: Client
) -> None:
    office.bob.set_password(PASSWORD)
    office.bob.save()
    given = {"username": "bob", "password": PASSWORD}

    def sign_in(language: str, zone: str) -> None:
        browser = Client(headers={"Accept-Language": language})
        browser.cookies["zone"] = zone
        assert browser.post("/accounts/login/", given).status_code == 302

    sign_in("en", "nowhere")
    assert not ReaderLocale.objects.exists()
    sign_in("ja", "Asia/Tokyo")
    assert locales.chosen_by(office.bob.pk) == ("ja", "Asia/Tokyo")
    sign_in("en", "Europe/Berlin")
    assert locales.chosen_by(office.bob.pk) == ("ja", "Asia/Tokyo")


def test_a_zone_that_is_no_more_is_that_of_the_site(office: Office) -> None:
    locales.choose(office.bob.pk, language="tlh", zone="Moon/Crater")
    locale = locales.of([office.bob.pk])[office.bob.pk]
    assert (locale.language, locale.zone.key) == ("en", "UTC")
