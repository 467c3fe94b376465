"""Somebody puts a request aside until a moment: it leaves their own list alone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals import ApprovalPolicy, inbox, snoozing
from approvals.errors import ApprovalNotFound, NotAllowed
from approvals.models import Approval, AuditRow, Snooze
from approvals.pages.moments import ready_moments
from tests.pages.conftest import Browser, Desk
from tests.pages.test_acts import act, page
from workflows.errors import SchemaMismatch

DAY = timedelta(days=1)
SNOOZED = "Snoozed until"


def in_days(days: float) -> str:
    return f"{timezone.localtime() + days * DAY:%Y-%m-%dT%H:%M}"


def snooze(desk: Desk, title: str, days: float = 1) -> Approval:
    """Alice puts a new request aside."""
    approval = desk.ask(title=title)
    until = timezone.now() + days * DAY
    snoozing.snooze(approval=approval, user=desk.alice, until=until)
    return approval


def listed(client: Client, address: str = "/") -> list[str]:
    rows = client.get(address).context["page"].rows
    return [row.approval.title for row in rows]


def over() -> None:
    """The time of each snooze comes; the database's clock says when."""
    Snooze.objects.update(until=timezone.now() - timedelta(seconds=1))


def test_it_leaves_ones_own_list_and_nobody_elses(desk: Desk, browser: Browser) -> None:
    approval, other = desk.ask(title="Pay A?"), desk.ask(title="Pay B?")
    before = Approval.objects.filter(pk=approval.pk).values().get()
    audited = AuditRow.objects.count()
    alice, bob = browser(desk.alice), browser(desk.bob)
    response = act(alice, approval, "snooze", until=in_days(1))
    assert response.headers["Location"] == f"/approvals/{approval.pk}/"
    assert (listed(alice), listed(alice, "/?view=unclaimed")) == (["Pay B?"],) * 2
    assert listed(alice, "/?view=snoozed") == ["Pay A?"]
    assert sorted(listed(bob)) == ["Pay A?", "Pay B?"]
    assert listed(bob, "/?view=snoozed") == []
    assert listed(browser(desk.ines), "/?view=requested") == ["Pay A?", "Pay B?"]
    assert Approval.objects.filter(pk=approval.pk).values().get() == before
    assert AuditRow.objects.count() == audited
    assert SNOOZED in page(alice, approval)
    assert SNOOZED not in page(alice, other)
    assert SNOOZED not in page(bob, approval)


def test_it_comes_back_by_itself_when_its_time_is_over(
    desk: Desk, browser: Browser
) -> None:
    approval = snooze(desk, "Pay A?")
    alice = browser(desk.alice)
    assert listed(alice) == []
    over()
    assert listed(alice) == ["Pay A?"]
    assert listed(alice, "/?view=snoozed") == []
    assert SNOOZED not in page(alice, approval)


def test_it_is_woken_and_its_moment_moved_by_buttons(
    desk: Desk, browser: Browser
) -> None:
    approval = snooze(desk, "Pay A?")
    alice = browser(desk.alice)
    act(alice, approval, "snooze", until=in_days(3))
    assert Snooze.objects.get().until > timezone.now() + 2 * DAY
    act(alice, approval, "wake")
    assert listed(alice) == ["Pay A?"]
    assert "/act/wake/" not in page(alice, approval)
    again = alice.post(f"/approvals/{approval.pk}/act/wake/")
    assert again.status_code == 302


def test_waking_wakes_nobody_elses(desk: Desk) -> None:
    approval = snooze(desk, "Pay A?")
    snoozing.wake(approval=approval, user=desk.bob)
    assert Snooze.objects.get().user == desk.alice


def test_the_ready_moments_are_buttons_of_the_form(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay A?")
    alice = browser(desk.alice)
    shown = page(alice, approval)
    values = re.findall(r'<button [^>]*name="until" value="([^"]+)"', shown)
    assert "Tomorrow 9:00" in shown
    act(alice, approval, "snooze", until=values[0])
    until = timezone.localtime(Snooze.objects.get().until)
    tomorrow = timezone.localdate() + DAY
    assert (until.date(), until.hour, until.minute) == (tomorrow, 9, 0)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (23, ["Tomorrow 9:00 24", "Monday 9:00 30"]),  # a Monday
        (26, ["Tomorrow 9:00 27", "Monday 9:00 30", "In a week 9:00 03"]),
        (29, ["Tomorrow 9:00 30", "In a week 9:00 06"]),  # a Sunday
    ],
)
def test_a_morning_is_offered_once(day: int, expected: list[str]) -> None:
    choices = ready_moments(datetime(2026, 11, day, 22, 17, tzinfo=UTC))
    assert [f"{each.words} {each.value[8:10]}" for each in choices] == expected
    assert {each.value[10:] for each in choices} == {"T09:00"}


def test_the_moment_is_in_the_readers_zone(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    alice.cookies["zone"] = "Asia/Tokyo"
    assert "Time zone: Asia/Tokyo" in page(alice, approval)
    day = timezone.now() + 2 * DAY
    act(alice, approval, "snooze", until=f"{day:%Y-%m-%d}T09:00")
    assert Snooze.objects.get().until == day.replace(
        hour=0, minute=0, second=0, microsecond=0
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Choose a date and a time."),
        ("soon", "Enter a valid date/time."),
        (-1, "Choose a moment to come, within a year."),
        (400, "Choose a moment to come, within a year."),
        ("9999-12-31T23:59", "Choose a moment to come, within a year."),
    ],
)
def test_a_moment_that_does_not_do_is_told_at_the_field(
    desk: Desk, browser: Browser, typed: str | int, words: str
) -> None:
    approval = desk.ask()
    until = typed if isinstance(typed, str) else in_days(typed)
    response = act(browser(desk.alice), approval, "snooze", until=until)
    assert response.status_code == 422
    shown = response.content.decode()
    assert f'id="snooze-error">{words}' in shown
    field = shown.partition('<input id="snooze-until"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert f'value="{until}"' in field
    assert not Snooze.objects.exists()


def test_who_may_not_see_it_finds_nothing_to_put_aside(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    for name in ("snooze", "wake"):
        address = f"/approvals/{approval.pk}/act/{name}/"
        response = browser(desk.carol).post(address, {"until": in_days(1)})
        assert response.status_code == 404
    with pytest.raises(ApprovalNotFound):
        put_aside(approval, desk.carol)


def test_only_what_waits_for_one_is_put_aside(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    with pytest.raises(NotAllowed):
        put_aside(approval, desk.ines)
    desk.answer(approval, desk.bob)
    closed = inbox.get_visible(desk.alice, approval.pk)
    with pytest.raises(NotAllowed):
        put_aside(closed, desk.alice)
    address = f"/approvals/{approval.pk}/act/snooze/"
    response = browser(desk.alice).post(address, {"until": in_days(1)})
    assert response.status_code == 403
    assert not Snooze.objects.exists()


def put_aside(approval: Approval, user: Any) -> None:
    until = timezone.now() + DAY
    snoozing.snooze(approval=approval, user=user, until=until)


def test_the_soonest_stands_first_with_its_moment_and_is_counted(
    desk: Desk, browser: Browser
) -> None:
    for title, days in (("Pay C?", 3), ("Pay A?", 1), ("Pay B?", 2)):
        snooze(desk, title, days)
    shown = browser(desk.alice).get("/?view=snoozed")
    assert listed(browser(desk.alice), "/?view=snoozed") == [
        "Pay A?",
        "Pay B?",
        "Pay C?",
    ]
    counts = {view.name: view.count for view in shown.context["page"].views}
    assert (counts["snoozed"], counts["waiting"]) == (3, 0)
    assert shown.content.decode().count("Comes back") == 3


def test_it_is_decided_all_the_same_and_then_is_gone(
    desk: Desk, browser: Browser
) -> None:
    first = snooze(desk, "Pay A?")
    alice = browser(desk.alice)
    run = alice.get(f"/runs/{first.run_id}/").content.decode()
    assert f"/approvals/{first.pk}/" in run
    desk.answer(first, desk.alice)
    assert listed(alice, "/?view=snoozed") == []
    assert SNOOZED not in page(alice, first)


def test_what_a_colleague_took_does_not_stand_under_snoozed(desk: Desk) -> None:
    approval = snooze(desk, "Pay A?")
    assert inbox.snoozed_by(desk.alice).get() == approval
    Approval.objects.update(claimed_by=desk.bob, claimed_at=timezone.now())
    assert not inbox.snoozed_by(desk.alice).exists()


def test_what_is_over_or_closed_is_forgotten_with_the_next(desk: Desk) -> None:
    snooze(desk, "Pay A?")
    over()
    desk.answer(snooze(desk, "Pay B?"), desk.bob)
    kept, last = snooze(desk, "Pay C?"), snooze(desk, "Pay D?")
    left = Snooze.objects.values_list("approval", flat=True)
    assert set(left) == {kept.pk, last.pk}


def test_the_view_costs_the_same_for_one_and_for_many(
    desk: Desk, browser: Browser
) -> None:
    alice = browser(desk.alice)
    costs = []
    for number in (1, 9):
        for each in range(number):
            snooze(desk, f"Pay {each}?")
        with CaptureQueriesContext(connection) as queries:
            assert alice.get("/?view=snoozed").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12


def test_next_and_the_rest_inbox_leave_it_out(desk: Desk, browser: Browser) -> None:
    aside, answered = snooze(desk, "Pay A?"), desk.ask(title="Pay B?")
    alice = browser(desk.alice)
    mine = "/api/v1/approvals/?mine=true"
    assert [each["title"] for each in alice.get(mine).json()["results"]] == ["Pay B?"]
    desk.answer(answered, desk.alice)
    assert f"/approvals/{aside.pk}/" not in page(alice, answered)


def test_without_a_moment_the_service_says_which_field(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice"]))
    with pytest.raises(SchemaMismatch) as refused:
        snoozing.snooze(approval=approval, user=desk.alice, until=timezone.now())
    assert refused.value.errors[0]["loc"] == ["until"]
