"""The page on which people choose what to hear of; it needs no script."""

from django.test import Client

from approvals import ApprovalPolicy
from approvals.notifications import preferences
from approvals.notifications.kinds import Delivery, Kind, Timing
from approvals.notifications.models import Mail
from tests.notifications.conftest import Office
from workflows.rows import database_now

ADDRESS = "/preferences/notifications/"
AT_ONCE = {kind.value: "at-once" for kind in Kind}
OFFERED = [kind for kind in Kind if kind != Kind.ATTENTION]


def test_a_choice_is_kept_and_shown(office: Office, client: Client) -> None:
    client.force_login(office.alice)
    choice = {**AT_ONCE, "opened": "daily", "reminder": "off"}
    done = client.post(ADDRESS, choice, follow=True)
    assert "Your choice is kept." in done.content.decode()
    kept = preferences.of_person(office.alice.pk)
    assert kept[Kind.OPENED] == Timing.DAILY
    assert kept[Kind.REMINDER] == Timing.OFF
    assert kept[Kind.OUTCOME] == Timing.AT_ONCE
    assert preferences.of_person(office.bob.pk)[Kind.OPENED] == Timing.AT_ONCE
    page = client.get(ADDRESS).content.decode()
    assert page.count("checked") == len(OFFERED)
    assert 'name="opened" value="daily"' in page


def test_what_waits_for_the_daily_mail_is_left_out_after_never(
    office: Office,
) -> None:
    alice = office.alice.pk
    preferences.choose(alice, {Kind.OPENED: Timing.DAILY})
    office.ask(ApprovalPolicy(users=["alice"]))
    assert office.post() == []
    Mail.objects.update(due_at=database_now())
    preferences.choose(alice, {Kind.OPENED: Timing.OFF})
    assert office.post() == []
    kept = Mail.objects.get()
    assert (kept.status, kept.error) == (
        Delivery.SKIPPED,
        "the person does not want to hear of it",
    )


def test_an_odd_choice_is_refused_and_nothing_is_kept(
    office: Office, client: Client
) -> None:
    client.force_login(office.alice)
    for wrong in ({**AT_ONCE, "opened": "sometimes"}, {"opened": "off"}):
        assert client.post(ADDRESS, wrong).status_code == 422
    assert preferences.of_person(office.alice.pk)[Kind.OPENED] == Timing.AT_ONCE


def test_nobody_chooses_for_a_stranger(client: Client, office: Office) -> None:
    assert client.get(ADDRESS).status_code == 302
    assert client.post(ADDRESS, AT_ONCE).status_code == 302
